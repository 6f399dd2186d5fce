//! What the mutations of advocates answer.

use async_graphql::{Context, SimpleObject};
use entity::{AdvocateId, ProgrammeId, TouchpointId};

use super::programme::AdvocateProgramme;
use super::touchpoint::Touchpoint;
use super::types::Advocate;
use crate::context::Access;
use crate::error::Result;
use crate::graphql::errors::{UserErrorObject, user_errors};

/// The programme as it is now, or why nothing changed.
#[derive(SimpleObject)]
pub struct AdvocateProgrammePayload {
    /// The programme.
    programme: Option<AdvocateProgramme>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// The advocate as they are now, or why nothing changed.
#[derive(SimpleObject)]
pub struct AdvocatePayload {
    /// The advocate.
    advocate: Option<Advocate>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// The touchpoint as it is now, or why nothing changed.
#[derive(SimpleObject)]
pub struct TouchpointPayload {
    /// The touchpoint.
    touchpoint: Option<Touchpoint>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// The answer about a programme.
pub async fn programme(ctx: &Context<'_>, access: &Access, done: Result<ProgrammeId>) -> Result<AdvocateProgrammePayload> {
    Ok(match user_errors(done)? {
        Ok(id) => AdvocateProgrammePayload {
            programme: AdvocateProgramme::find(ctx, access, id).await?,
            user_errors: Vec::new(),
        },
        Err(user_errors) => AdvocateProgrammePayload {
            programme: None,
            user_errors,
        },
    })
}

/// The answer about an advocate.
pub async fn advocate(ctx: &Context<'_>, access: &Access, done: Result<AdvocateId>) -> Result<AdvocatePayload> {
    Ok(match user_errors(done)? {
        Ok(id) => AdvocatePayload {
            advocate: Advocate::find(ctx.data_unchecked(), access, id).await?,
            user_errors: Vec::new(),
        },
        Err(user_errors) => AdvocatePayload {
            advocate: None,
            user_errors,
        },
    })
}

/// The answer about a touchpoint.
pub async fn touchpoint(ctx: &Context<'_>, access: &Access, done: Result<TouchpointId>) -> Result<TouchpointPayload> {
    Ok(match user_errors(done)? {
        Ok(id) => TouchpointPayload {
            touchpoint: Touchpoint::find(ctx.data_unchecked(), access, id).await?,
            user_errors: Vec::new(),
        },
        Err(user_errors) => TouchpointPayload {
            touchpoint: None,
            user_errors,
        },
    })
}
