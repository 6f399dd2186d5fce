//! What is recorded of follow-ups.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{CommunityId, FollowUpKind};

use super::{case_key, follow_up_key, staff_key};
use crate::error::{Error, Result, UserErrorCode, UserErrors};
use crate::features::recovery::follow_up::{Assignment, Cancellation, Completion, NewFollowUp, Rescheduling};
use crate::graphql::scalars::DateTime;

/// A follow-up to schedule.
#[derive(Clone, Debug, InputObject)]
pub struct ScheduleFollowUpInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// PROMISE: we said that we would come back. NUDGE: a reminder to ask again, which the customer's reply cancels.
    pub kind: FollowUpKind,
    /// What is to be done: 1 to 2,000 characters, kept as given.
    pub description: String,
    /// By when: in the future, at most ten years ahead.
    pub due_at: DateTime,
    /// Global id of the member of staff who is to do it, who must be able to work on the case; the caller when not given.
    pub owner_id: Option<ID>,
    /// Whether the member was told: true for a PROMISE when not given, never for a NUDGE.
    pub promised_to_member: Option<bool>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl ScheduleFollowUpInput {
    /// The follow-up.
    ///
    /// # Errors
    /// When an id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<NewFollowUp> {
        let mut errors = UserErrors::default();
        let case = errors.value(case_key(community, &self.case_id))?;
        let owner = self.owner_id.as_ref().map(|id| staff_key(community, id)).transpose();
        let owner = errors.value(owner)?;
        let (case, owner) = errors.done(case.zip(owner))?;
        Ok(NewFollowUp {
            case,
            kind: self.kind,
            description: self.description.clone(),
            due_at: self.due_at.0,
            owner,
            promised_to_member: self.promised_to_member,
        })
    }
}

/// A follow-up that was done.
#[derive(Clone, Debug, InputObject)]
pub struct CompleteFollowUpInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the follow-up.
    pub follow_up_id: ID,
    /// What came of it: 1 to 2,000 characters, kept as given.
    pub outcome: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl CompleteFollowUpInput {
    /// The completion.
    ///
    /// # Errors
    /// When the id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<Completion> {
        Ok(Completion {
            follow_up: follow_up_key(community, &self.follow_up_id)?,
            outcome: self.outcome.clone(),
        })
    }
}

/// A follow-up to put off or bring forward.
#[derive(Clone, Debug, InputObject)]
pub struct RescheduleFollowUpInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the follow-up.
    pub follow_up_id: ID,
    /// To when: in the future, at most ten years ahead. The time that was first given stays what the kept rate goes by.
    pub due_at: DateTime,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl RescheduleFollowUpInput {
    /// The new time.
    ///
    /// # Errors
    /// When the id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<Rescheduling> {
        Ok(Rescheduling {
            follow_up: follow_up_key(community, &self.follow_up_id)?,
            due_at: self.due_at.0,
        })
    }
}

/// A follow-up to give to somebody else.
#[derive(Clone, Debug, InputObject)]
pub struct AssignFollowUpInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the follow-up.
    pub follow_up_id: ID,
    /// Global id of the member of staff who is to do it from now on, who must be able to work on the case; null for nobody.
    pub owner_id: MaybeUndefined<ID>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl AssignFollowUpInput {
    /// The new owner.
    ///
    /// # Errors
    /// When an id names nothing in the community, or nothing is said of the owner.
    pub fn command(&self, community: CommunityId) -> Result<Assignment> {
        let owner = match &self.owner_id {
            MaybeUndefined::Value(id) => staff_key(community, id).map(Some),
            MaybeUndefined::Null => Ok(None),
            MaybeUndefined::Undefined => {
                let message = "is needed; null takes the follow-up from whoever has it";
                Err(Error::user("ownerId", UserErrorCode::Required, message))
            }
        };
        let mut errors = UserErrors::default();
        let follow_up = errors.value(follow_up_key(community, &self.follow_up_id))?;
        let owner = errors.value(owner)?;
        let (follow_up, owner) = errors.done(follow_up.zip(owner))?;
        Ok(Assignment { follow_up, owner })
    }
}

/// A follow-up that is no longer needed.
#[derive(Clone, Debug, InputObject)]
pub struct CancelFollowUpInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the follow-up.
    pub follow_up_id: ID,
    /// Why: 1 to 2,000 characters, kept as given.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl CancelFollowUpInput {
    /// The cancellation.
    ///
    /// # Errors
    /// When the id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<Cancellation> {
        Ok(Cancellation {
            follow_up: follow_up_key(community, &self.follow_up_id)?,
            reason: self.reason.clone(),
        })
    }
}
