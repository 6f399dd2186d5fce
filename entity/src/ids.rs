//! Ids are types, so that a member can never be passed for an interaction.
//!
//! Numbers are given out by the database. Outside the process they travel only as opaque global ids.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

macro_rules! id_type {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id_type! {
    /// A community: the tenant.
    CommunityId,
    /// A member of a community.
    MemberId,
    /// A member's account in another system.
    IdentityId,
    /// Something somebody did.
    InteractionId,
    /// What interactions are about.
    TopicId,
    /// A member of staff, across communities.
    StaffId,
    /// An integration's credentials.
    ApiClientId,
    /// One version of a calendar of open hours; the first version's id is the series.
    CalendarId,
    /// A holiday proposed for a calendar.
    HolidayProposalId,
    /// One version of an expectation; the first version's id is the series.
    ExpectationId,
    /// A case.
    CaseId,
    /// An entry of a case's timeline.
    CaseEventId,
    /// A clock that runs on a case for one expectation.
    ClockId,
    /// A promise that was broken.
    BreachId,
    /// An apology.
    ApologyId,
    /// A repair.
    RepairId,
    /// A follow-up.
    FollowUpId,
    /// Work in the background.
    JobId,
    /// An advocate programme.
    ProgrammeId,
    /// A member in an advocate programme.
    AdvocateId,
    /// A note that staff took care of a member.
    TouchpointId,
    /// That an interaction was taken out of the account.
    EvidenceDiscountId,
    /// Where webhooks are sent.
    WebhookEndpointId,
    /// One webhook for one endpoint.
    WebhookDeliveryId,
    /// That staff vouched for a member.
    VouchId,
}
