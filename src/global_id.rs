//! Global ids: opaque to clients, one for every object, naming its type, its community and its key.
//!
//! The form in which the API hands them out is `graphql::global_id`.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use entity::CommunityId;

use crate::error::{Error, Result};

/// Types that have global ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeType {
    /// A community.
    Community,
    /// A member.
    Member,
    /// An account in another system.
    Identity,
    /// An interaction.
    Interaction,
    /// A topic.
    Topic,
    /// A scoring model.
    ScoringModel,
    /// A member of staff, seen from a community.
    Staff,
    /// An integration's credentials.
    ApiClient,
    /// A version of a calendar.
    Calendar,
    /// A holiday proposed for a calendar.
    HolidayProposal,
    /// A version of an expectation.
    Expectation,
    /// A case.
    Case,
    /// An entry of a case's timeline.
    CaseEvent,
    /// A clock that runs on a case.
    Clock,
    /// A promise that was broken.
    Breach,
    /// An apology.
    Apology,
    /// A repair.
    Repair,
    /// A follow-up.
    FollowUp,
    /// Work in the background.
    Job,
    /// An advocate programme.
    AdvocateProgramme,
    /// A member in an advocate programme.
    Advocate,
    /// A note that staff took care of a member.
    Touchpoint,
    /// Where events are sent.
    WebhookEndpoint,
    /// That an event was sent, or is to be.
    WebhookDelivery,
}

impl NodeType {
    const ALL: [(Self, &'static str); 24] = [
        (Self::Community, "Community"),
        (Self::Member, "Member"),
        (Self::Identity, "Identity"),
        (Self::Interaction, "Interaction"),
        (Self::Topic, "Topic"),
        (Self::ScoringModel, "ScoringModel"),
        (Self::Staff, "Staff"),
        (Self::ApiClient, "ApiClient"),
        (Self::Calendar, "Calendar"),
        (Self::HolidayProposal, "HolidayProposal"),
        (Self::Expectation, "Expectation"),
        (Self::Case, "Case"),
        (Self::CaseEvent, "CaseEvent"),
        (Self::Clock, "Clock"),
        (Self::Breach, "Breach"),
        (Self::Apology, "Apology"),
        (Self::Repair, "Repair"),
        (Self::FollowUp, "FollowUp"),
        (Self::Job, "Job"),
        (Self::AdvocateProgramme, "AdvocateProgramme"),
        (Self::Advocate, "Advocate"),
        (Self::Touchpoint, "Touchpoint"),
        (Self::WebhookEndpoint, "WebhookEndpoint"),
        (Self::WebhookDelivery, "WebhookDelivery"),
    ];

    /// The name of the type in the schema.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Staff => "StaffMember",
            other => other.name(),
        }
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// A decoded global id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalId {
    /// What it names.
    pub node_type: NodeType,
    /// In which community.
    pub community: CommunityId,
    /// Its key.
    pub key: i64,
}

impl GlobalId {
    /// The id as clients see it, as text.
    #[must_use]
    pub fn text(node_type: NodeType, community: CommunityId, key: i64) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{}:{community}:{key}", node_type.name()))
    }

    /// Reads an id; `None` when it is none of ours.
    #[must_use]
    pub fn decode(id: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
        let mut parts = text.split(':');
        let name = parts.next()?;
        let (node_type, _) = NodeType::ALL.into_iter().find(|(_, known)| *known == name)?;
        let (community, key) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let decoded = Self {
            node_type,
            community: CommunityId(community),
            key,
        };
        // One spelling per object: leading zeros, signs and tails are refused.
        (Self::text(node_type, decoded.community, key) == id).then_some(decoded)
    }

    /// Reads an id of one type in one community.
    ///
    /// # Errors
    /// [`Error::NotFound`]: an id of another type or community names nothing here.
    pub fn expect(id: &str, node_type: NodeType, community: CommunityId, what: &'static str) -> Result<i64> {
        Self::decode(id)
            .filter(|decoded| decoded.node_type == node_type && decoded.community == community)
            .map(|decoded| decoded.key)
            .ok_or(Error::NotFound(what))
    }
}
