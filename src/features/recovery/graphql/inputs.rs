//! Inputs of the mutations of recovery, and the commands that they are.

use async_graphql::{Enum, ID, InputObject, MaybeUndefined};
use entity::{
    ApologyComponent, ApologyId, BreachId, CaseId, CommunityId, FollowUpId, FollowUpKind, RepairId, RepairKind, StaffId, Visibility,
};

use crate::error::{Error, Result, UserErrorCode};
use crate::features::recovery::apology::{Answer, NewApology};
use crate::features::recovery::follow_up::{Assignment, Cancellation, Completion, NewFollowUp, Rescheduling};
use crate::features::recovery::repair::{Mistake, NewRepair};
use crate::features::recovery::service::apologies::{Response, Retraction};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::DateTime;

/// The key that an id of the input names.
fn key(community: CommunityId, id: &ID, node_type: NodeType, field: &str, what: &str) -> Result<i64> {
    GlobalId::expect(id, node_type, community, "object")
        .map_err(|_not_here| Error::user(field, UserErrorCode::NotFound, format!("is not {what} in this community")))
}

fn case_key(community: CommunityId, id: &ID) -> Result<CaseId> {
    key(community, id, NodeType::Case, "caseId", "a case").map(CaseId)
}

fn apology_key(community: CommunityId, id: &ID) -> Result<ApologyId> {
    key(community, id, NodeType::Apology, "apologyId", "an apology").map(ApologyId)
}

fn repair_key(community: CommunityId, id: &ID) -> Result<RepairId> {
    key(community, id, NodeType::Repair, "repairId", "a repair").map(RepairId)
}

fn follow_up_key(community: CommunityId, id: &ID) -> Result<FollowUpId> {
    key(community, id, NodeType::FollowUp, "followUpId", "a follow-up").map(FollowUpId)
}

/// An apology to record.
#[derive(Clone, Debug, InputObject)]
pub struct RecordApologyInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// Global ids of the breaches that it answers: at most 100, all of this case or of cases that were merged into it.
    pub breach_ids: Option<Vec<ID>>,
    /// What is said: 1 to 20,000 characters, kept as given.
    pub text: String,
    /// What it is made of. Of all parts, RESPONSIBILITY matters most, then REPAIR (Lewicki et al. 2016).
    pub components: Vec<ApologyComponent>,
    /// PUBLIC or PRIVATE; as the case when not given.
    pub visibility: Option<Visibility>,
    /// When the customer was heard out: not before the case was opened, and not in the future.
    pub heard_at: Option<DateTime>,
    /// true: the customer gets it now; false: it is a draft.
    pub send: bool,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl RecordApologyInput {
    /// The apology.
    ///
    /// # Errors
    /// When an id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<NewApology> {
        let breach = |(place, id): (usize, &ID)| {
            let field = format!("breachIds.{place}");
            key(community, id, NodeType::Breach, &field, "a breach").map(BreachId)
        };
        Ok(NewApology {
            case: case_key(community, &self.case_id)?,
            breaches: self.breach_ids.iter().flatten().enumerate().map(breach).collect::<Result<_>>()?,
            text: self.text.clone(),
            components: self.components.clone(),
            visibility: self.visibility,
            heard_at: self.heard_at.map(|at| at.0),
            send: self.send,
        })
    }
}

/// A draft to send.
#[derive(Clone, Debug, InputObject)]
pub struct SendApologyInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the draft.
    pub apology_id: ID,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl SendApologyInput {
    /// The draft.
    ///
    /// # Errors
    /// When the id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<ApologyId> {
        apology_key(community, &self.apology_id)
    }
}

/// What a customer made of an apology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ApologyResponse {
    /// They accepted it.
    Accepted,
    /// They rejected it.
    Rejected,
    /// They never answered.
    NoReply,
}

/// A customer's answer to an apology.
#[derive(Clone, Debug, InputObject)]
pub struct RecordApologyResponseInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the apology.
    pub apology_id: ID,
    /// What they made of it.
    pub response: ApologyResponse,
    /// When: not before the apology was sent, and not in the future; now when not given.
    pub responded_at: Option<DateTime>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl RecordApologyResponseInput {
    /// The answer.
    ///
    /// # Errors
    /// When the id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<Response> {
        Ok(Response {
            apology: apology_key(community, &self.apology_id)?,
            answer: match self.response {
                ApologyResponse::Accepted => Answer::Accepted,
                ApologyResponse::Rejected => Answer::Rejected,
                ApologyResponse::NoReply => Answer::NoReply,
            },
            responded_at: self.responded_at.map(|at| at.0),
        })
    }
}

/// An apology to take back, or a draft to give up.
#[derive(Clone, Debug, InputObject)]
pub struct RetractApologyInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the apology.
    pub apology_id: ID,
    /// Why: 1 to 2,000 characters, kept as given.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl RetractApologyInput {
    /// The retraction.
    ///
    /// # Errors
    /// When the id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<Retraction> {
        Ok(Retraction {
            apology: apology_key(community, &self.apology_id)?,
            reason: self.reason.clone(),
        })
    }
}

/// A repair to promise.
#[derive(Clone, Debug, InputObject)]
pub struct PromiseRepairInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// Global id of the apology that it belongs to: one of this case.
    pub apology_id: Option<ID>,
    /// What it is.
    pub kind: RepairKind,
    /// In words: 1 to 2,000 characters, kept as given.
    pub description: String,
    /// Its worth: more than zero, at most 1,000,000,000, with at most three decimals and with its currency.
    pub amount: Option<f64>,
    /// The currency of its worth: its three capital letters by ISO 4217, for example `EUR`.
    pub currency: Option<String>,
    /// By when: in the future, at most ten years ahead.
    pub due_at: Option<DateTime>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl PromiseRepairInput {
    /// The repair.
    ///
    /// # Errors
    /// When an id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<NewRepair> {
        Ok(NewRepair {
            case: case_key(community, &self.case_id)?,
            apology: self.apology_id.as_ref().map(|id| apology_key(community, id)).transpose()?,
            kind: self.kind,
            description: self.description.clone(),
            amount: self.amount,
            currency: self.currency.clone(),
            due_at: self.due_at.map(|at| at.0),
        })
    }
}

/// A repair that was delivered.
#[derive(Clone, Debug, InputObject)]
pub struct DeliverRepairInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the repair.
    pub repair_id: ID,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl DeliverRepairInput {
    /// The repair.
    ///
    /// # Errors
    /// When the id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<RepairId> {
        repair_key(community, &self.repair_id)
    }
}

/// A repair that was promised by mistake.
#[derive(Clone, Debug, InputObject)]
pub struct CancelRepairInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the repair.
    pub repair_id: ID,
    /// Why: 1 to 2,000 characters, kept as given.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl CancelRepairInput {
    /// The repair, and why.
    ///
    /// # Errors
    /// When the id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<Mistake> {
        Ok(Mistake {
            repair: repair_key(community, &self.repair_id)?,
            reason: self.reason.clone(),
        })
    }
}

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
        let owner = |id: &ID| key(community, id, NodeType::Staff, "ownerId", "a member of staff").map(StaffId);
        Ok(NewFollowUp {
            case: case_key(community, &self.case_id)?,
            kind: self.kind,
            description: self.description.clone(),
            due_at: self.due_at.0,
            owner: self.owner_id.as_ref().map(owner).transpose()?,
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
            MaybeUndefined::Value(id) => Some(StaffId(key(community, id, NodeType::Staff, "ownerId", "a member of staff")?)),
            MaybeUndefined::Null => None,
            MaybeUndefined::Undefined => {
                let message = "is needed; null takes the follow-up from whoever has it";
                return Err(Error::user("ownerId", UserErrorCode::Required, message));
            }
        };
        Ok(Assignment {
            follow_up: follow_up_key(community, &self.follow_up_id)?,
            owner,
        })
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
