//! What the mutations of recovery answer.

use async_graphql::{Context, Enum, SimpleObject};
use entity::{FollowUpId, RepairId};

use super::follow_ups::FollowUp;
use super::types::{Apology, Repair};
use crate::context::Access;
use crate::error::Result;
use crate::features::recovery::apology::Warning;
use crate::features::recovery::service::apologies::Apologized;
use crate::graphql::errors::{UserErrorObject, user_errors};

/// Names of what is worth thinking over about an apology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ApologyWarningCode {
    /// It does not take responsibility, which matters most of all its parts (Lewicki et al. 2016).
    NoResponsibility,
    /// There was an apology for one of the breaches before, and no repair was promised on the case since. That can be worse than
    /// no apology (Halperin et al. 2022).
    RepeatedWithoutRepair,
}

/// What is worth thinking over about an apology. It was recorded all the same.
#[derive(SimpleObject)]
pub struct ApologyWarning {
    /// Stable name, for programs.
    code: ApologyWarningCode,
    /// For people.
    message: String,
}

impl From<Warning> for ApologyWarning {
    fn from(warning: Warning) -> Self {
        Self {
            code: match warning {
                Warning::NoResponsibility => ApologyWarningCode::NoResponsibility,
                Warning::RepeatedWithoutRepair => ApologyWarningCode::RepeatedWithoutRepair,
            },
            message: warning.message().to_owned(),
        }
    }
}

/// The apology as it is now, or why nothing changed.
#[derive(Default, SimpleObject)]
pub struct ApologyPayload {
    /// The apology.
    apology: Option<Apology>,
    /// What is worth thinking over about it; only when it was recorded, changed or sent. It hinders nothing.
    warnings: Vec<ApologyWarning>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// The repair as it is now, or why nothing changed.
#[derive(Default, SimpleObject)]
pub struct RepairPayload {
    /// The repair.
    repair: Option<Repair>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// The follow-up as it is now, or why nothing changed.
#[derive(Default, SimpleObject)]
pub struct FollowUpPayload {
    /// The follow-up.
    follow_up: Option<FollowUp>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// The answer about an apology.
pub async fn apology(ctx: &Context<'_>, access: &Access, done: Result<Apologized>) -> Result<ApologyPayload> {
    let done = match user_errors(done)? {
        Ok(done) => done,
        Err(user_errors) => {
            return Ok(ApologyPayload {
                user_errors,
                ..ApologyPayload::default()
            });
        }
    };
    Ok(ApologyPayload {
        apology: Apology::find(ctx.data_unchecked(), access, done.apology).await?,
        warnings: done.warnings.into_iter().map(ApologyWarning::from).collect(),
        user_errors: Vec::new(),
    })
}

/// The answer about a repair.
pub async fn repair(ctx: &Context<'_>, access: &Access, done: Result<RepairId>) -> Result<RepairPayload> {
    Ok(match user_errors(done)? {
        Ok(id) => RepairPayload {
            repair: Repair::find(ctx.data_unchecked(), access, id).await?,
            user_errors: Vec::new(),
        },
        Err(user_errors) => RepairPayload { repair: None, user_errors },
    })
}

/// The answer about a follow-up.
pub async fn follow_up(ctx: &Context<'_>, access: &Access, done: Result<FollowUpId>) -> Result<FollowUpPayload> {
    Ok(match user_errors(done)? {
        Ok(id) => FollowUpPayload {
            follow_up: FollowUp::find(ctx.data_unchecked(), access, id).await?,
            user_errors: Vec::new(),
        },
        Err(user_errors) => FollowUpPayload {
            follow_up: None,
            user_errors,
        },
    })
}
