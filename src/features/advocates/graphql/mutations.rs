//! Mutations of advocates: each names one command, and gives the record as it is afterwards.

use async_graphql::{Context, Object};

use super::inputs::{
    AddAdvocateInput, CreateAdvocateProgrammeInput, EndAdvocateProgrammeInput, RecordTouchpointInput, RemoveAdvocateInput,
    RetractTouchpointInput, UpdateAdvocateProgrammeInput,
};
use super::payloads::{self, AdvocatePayload, AdvocateProgrammePayload, TouchpointPayload};
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::advocates::service::{advocates, programmes, touchpoints};
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// Changes to how members are nurtured.
#[derive(Default)]
pub struct AdvocateMutation;

/// Changes to how members are nurtured.
#[Object]
impl AdvocateMutation {
    /// Sets an advocate programme up. Needs the role MANAGER or the scope advocates:manage.
    async fn create_advocate_programme(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The programme.")] input: CreateAdvocateProgrammeInput,
    ) -> Maybe<AdvocateProgrammePayload> {
        maybe(create_advocate_programme(ctx, input).await)
    }

    /// Changes the name or the description of a programme that has not ended. Needs the role MANAGER or the scope advocates:manage.
    async fn update_advocate_programme(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which programme, and what to change.")] input: UpdateAdvocateProgrammeInput,
    ) -> Maybe<AdvocateProgrammePayload> {
        maybe(update_advocate_programme(ctx, input).await)
    }

    /// Ends a programme: it takes no new advocates, and those it has stay what they are. Needs the role MANAGER or the scope
    /// advocates:manage.
    async fn end_advocate_programme(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which programme.")] input: EndAdvocateProgrammeInput,
    ) -> Maybe<AdvocateProgrammePayload> {
        maybe(end_advocate_programme(ctx, input).await)
    }

    /// Takes a member into a programme. Nobody is in one twice at the same time; who left may be added again. Needs the role AGENT or
    /// the scope advocates:write.
    async fn add_advocate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, into what, and why.")] input: AddAdvocateInput,
    ) -> Maybe<AdvocatePayload> {
        maybe(add_advocate(ctx, input).await)
    }

    /// Records that an advocate leaves their programme. They stay on record. Needs the role AGENT or the scope advocates:write.
    async fn remove_advocate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and why.")] input: RemoveAdvocateInput,
    ) -> Maybe<AdvocatePayload> {
        maybe(remove_advocate(ctx, input).await)
    }

    /// Records that staff took care of a member. Needs the role AGENT or the scope advocates:write.
    async fn record_touchpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of whom, and how.")] input: RecordTouchpointInput,
    ) -> Maybe<TouchpointPayload> {
        maybe(record_touchpoint(ctx, input).await)
    }

    /// Takes a touchpoint back. It stays on record, and counts no more. Needs the role AGENT or the scope advocates:write.
    async fn retract_touchpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: RetractTouchpointInput,
    ) -> Maybe<TouchpointPayload> {
        maybe(retract_touchpoint(ctx, input).await)
    }
}

/// The operation, and the access of a caller who has a permission.
fn holder<'a>(ctx: &'a Context<'_>, community: &str, permission: Permission) -> Result<(&'a OpContext, &'a Access)> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(community)?;
    access.require(permission)?;
    Ok((op, access))
}

async fn create_advocate_programme(ctx: &Context<'_>, input: CreateAdvocateProgrammeInput) -> Result<AdvocateProgrammePayload> {
    let (op, access) = holder(ctx, &input.community, Permission::ManageAdvocates)?;
    let done = async {
        let command = input.command();
        let key = Once::new(input.idempotency_key.as_deref(), "createAdvocateProgramme", &command)?;
        programmes::create(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::programme(ctx, access, done.await).await
}

async fn update_advocate_programme(ctx: &Context<'_>, input: UpdateAdvocateProgrammeInput) -> Result<AdvocateProgrammePayload> {
    let (op, access) = holder(ctx, &input.community, Permission::ManageAdvocates)?;
    let done = async {
        let (id, changes) = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "updateAdvocateProgramme", &(id, &changes))?;
        programmes::update(ctx.data_unchecked(), op, access, (id, &changes), key.as_ref()).await
    };
    payloads::programme(ctx, access, done.await).await
}

async fn end_advocate_programme(ctx: &Context<'_>, input: EndAdvocateProgrammeInput) -> Result<AdvocateProgrammePayload> {
    let (op, access) = holder(ctx, &input.community, Permission::ManageAdvocates)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "endAdvocateProgramme", &command)?;
        programmes::end(ctx.data_unchecked(), op, access, command, key.as_ref()).await
    };
    payloads::programme(ctx, access, done.await).await
}

async fn add_advocate(ctx: &Context<'_>, input: AddAdvocateInput) -> Result<AdvocatePayload> {
    let (op, access) = holder(ctx, &input.community, Permission::WriteAdvocates)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "addAdvocate", &command)?;
        advocates::add(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::advocate(ctx, access, done.await).await
}

async fn remove_advocate(ctx: &Context<'_>, input: RemoveAdvocateInput) -> Result<AdvocatePayload> {
    let (op, access) = holder(ctx, &input.community, Permission::WriteAdvocates)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "removeAdvocate", &command)?;
        advocates::remove(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::advocate(ctx, access, done.await).await
}

async fn record_touchpoint(ctx: &Context<'_>, input: RecordTouchpointInput) -> Result<TouchpointPayload> {
    let (op, access) = holder(ctx, &input.community, Permission::WriteAdvocates)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "recordTouchpoint", &command)?;
        touchpoints::record(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::touchpoint(ctx, access, done.await).await
}

async fn retract_touchpoint(ctx: &Context<'_>, input: RetractTouchpointInput) -> Result<TouchpointPayload> {
    let (op, access) = holder(ctx, &input.community, Permission::WriteAdvocates)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "retractTouchpoint", &command)?;
        touchpoints::retract(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::touchpoint(ctx, access, done.await).await
}
