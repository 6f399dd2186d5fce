//! What is recorded of apologies.

use async_graphql::{Enum, ID, InputObject, MaybeUndefined};
use entity::{ApologyComponent, ApologyId, BreachId, CommunityId, Visibility};

use super::{apology_key, case_key, kept, key};
use crate::error::{Result, UserErrors};
use crate::features::recovery::apology::{Answer, ApologyChanges, NewApology};
use crate::features::recovery::service::apologies::{Response, Retraction};
use crate::graphql::global_id::NodeType;
use crate::graphql::scalars::DateTime;

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
        let mut errors = UserErrors::default();
        let case = errors.value(case_key(community, &self.case_id))?;
        let breaches = errors.value(breach_keys(community, self.breach_ids.as_deref().unwrap_or_default()))?;
        let (case, breaches) = errors.done(case.zip(breaches))?;
        Ok(NewApology {
            case,
            breaches,
            text: self.text.clone(),
            components: self.components.clone(),
            visibility: self.visibility,
            heard_at: self.heard_at.map(|at| at.0),
            send: self.send,
        })
    }
}

/// The breaches that an input names; all that are none are told.
fn breach_keys(community: CommunityId, ids: &[ID]) -> Result<Vec<BreachId>> {
    let mut errors = UserErrors::default();
    let mut breaches = Vec::with_capacity(ids.len());
    for (place, id) in ids.iter().enumerate() {
        let found = key(community, id, NodeType::Breach, &format!("breachIds.{place}"), "a breach");
        breaches.extend(errors.value(found)?.map(BreachId));
    }
    errors.done(Some(breaches))
}

/// Changes to a draft of an apology. What is left out stays.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateApologyInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the draft.
    pub apology_id: ID,
    /// Global ids of the breaches that it answers, in place of all there are: at most 100, all of this case or of cases that were merged
    /// into it; null for none.
    pub breach_ids: MaybeUndefined<Vec<ID>>,
    /// What is said: 1 to 20,000 characters, kept as given; cannot be cleared.
    pub text: MaybeUndefined<String>,
    /// What it is made of, in place of all there is; null for nothing.
    pub components: MaybeUndefined<Vec<ApologyComponent>>,
    /// PUBLIC or PRIVATE; cannot be cleared.
    pub visibility: MaybeUndefined<Visibility>,
    /// When the customer was heard out: not before the case was opened, and not in the future; null when they were not.
    pub heard_at: MaybeUndefined<DateTime>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl UpdateApologyInput {
    /// The changes.
    ///
    /// # Errors
    /// When an id names nothing in the community, or something is null that cannot be cleared.
    pub fn command(&self, community: CommunityId) -> Result<ApologyChanges> {
        let mut errors = UserErrors::default();
        let apology = errors.value(apology_key(community, &self.apology_id))?;
        let breaches = match &self.breach_ids {
            MaybeUndefined::Undefined => Some(None),
            MaybeUndefined::Null => Some(Some(Vec::new())),
            MaybeUndefined::Value(ids) => errors.value(breach_keys(community, ids))?.map(Some),
        };
        let text = errors.value(kept("text", self.text.clone()))?;
        let visibility = errors.value(kept("visibility", self.visibility))?;
        let (((apology, breaches), text), visibility) = errors.done(apology.zip(breaches).zip(text).zip(visibility))?;
        Ok(ApologyChanges {
            apology,
            breaches,
            text,
            components: match &self.components {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(Vec::new()),
                MaybeUndefined::Value(components) => Some(components.clone()),
            },
            visibility,
            heard_at: match self.heard_at {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(at) => Some(Some(at.0)),
            },
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
