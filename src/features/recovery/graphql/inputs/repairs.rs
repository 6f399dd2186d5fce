//! What is recorded of repairs.

use async_graphql::{ID, InputObject};
use entity::{CommunityId, RepairId, RepairKind};

use super::{apology_key, case_key, repair_key};
use crate::error::{Result, UserErrors};
use crate::features::recovery::repair::{Mistake, NewRepair};
use crate::graphql::scalars::DateTime;

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
        let mut errors = UserErrors::default();
        let case = errors.value(case_key(community, &self.case_id))?;
        let apology = self.apology_id.as_ref().map(|id| apology_key(community, id)).transpose();
        let apology = errors.value(apology)?;
        let (case, apology) = errors.done(case.zip(apology))?;
        Ok(NewRepair {
            case,
            apology,
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
