//! Mutations of recovery: each names one command, and gives the record as it is afterwards.

use async_graphql::{Context, Object};

use super::inputs::{
    AssignFollowUpInput, CancelFollowUpInput, CancelRepairInput, CompleteFollowUpInput, DeliverRepairInput, PromiseRepairInput,
    RecordApologyInput, RecordApologyResponseInput, RescheduleFollowUpInput, RetractApologyInput, ScheduleFollowUpInput, SendApologyInput,
    UpdateApologyInput,
};
use super::payloads::{self, ApologyPayload, FollowUpPayload, RepairPayload};
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::recovery::service::{apologies, follow_ups, repairs};
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// Changes to apologies, repairs and follow-ups.
#[derive(Default)]
pub struct RecoveryMutation;

/// Changes to apologies, repairs and follow-ups.
#[Object]
impl RecoveryMutation {
    /// Records an apology for a case: sent at once, or as a draft. Warnings come beside it; they hinder nothing. Needs the role AGENT or
    /// the scope cases:write.
    async fn record_apology(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is said, and to what.")] input: RecordApologyInput,
    ) -> Maybe<ApologyPayload> {
        maybe(record_apology(ctx, input).await)
    }

    /// Changes a draft that was neither sent nor given up. Warnings come beside it; they hinder nothing. Needs the role AGENT or the
    /// scope cases:write.
    async fn update_apology(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft, and what is other.")] input: UpdateApologyInput,
    ) -> Maybe<ApologyPayload> {
        maybe(update_apology(ctx, input).await)
    }

    /// Sends a draft: the customer gets it. Needs the role AGENT or the scope cases:write.
    async fn send_apology(&self, ctx: &Context<'_>, #[graphql(desc = "Which draft.")] input: SendApologyInput) -> Maybe<ApologyPayload> {
        maybe(send_apology(ctx, input).await)
    }

    /// Records what the customer made of an apology, or that they never answered. Needs the role AGENT or the scope cases:write.
    async fn record_apology_response(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they answered to which.")] input: RecordApologyResponseInput,
    ) -> Maybe<ApologyPayload> {
        maybe(record_apology_response(ctx, input).await)
    }

    /// Takes back an apology that was not answered yet, or gives up a draft. It stays on record, and its breaches count as unanswered
    /// again. Needs the role AGENT or the scope cases:write.
    async fn retract_apology(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: RetractApologyInput,
    ) -> Maybe<ApologyPayload> {
        maybe(retract_apology(ctx, input).await)
    }

    /// Promises a repair on a case. Needs the role AGENT or the scope cases:write.
    async fn promise_repair(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is promised.")] input: PromiseRepairInput,
    ) -> Maybe<RepairPayload> {
        maybe(promise_repair(ctx, input).await)
    }

    /// Records that a repair was delivered. Needs the role AGENT or the scope cases:write.
    async fn deliver_repair(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which repair.")] input: DeliverRepairInput,
    ) -> Maybe<RepairPayload> {
        maybe(deliver_repair(ctx, input).await)
    }

    /// Cancels a repair that was promised by mistake: it stays on record, and nobody owes it. Needs the role AGENT or the scope
    /// cases:write.
    async fn cancel_repair(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which repair, and why.")] input: CancelRepairInput,
    ) -> Maybe<RepairPayload> {
        maybe(cancel_repair(ctx, input).await)
    }

    /// Schedules when the company comes back to the customer of a case. Needs the role AGENT or the scope cases:write.
    async fn schedule_follow_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done by when.")] input: ScheduleFollowUpInput,
    ) -> Maybe<FollowUpPayload> {
        maybe(schedule_follow_up(ctx, input).await)
    }

    /// Records that a follow-up was done: in time it is KEPT, afterwards it stays MISSED and was done late. Needs the role AGENT or the
    /// scope cases:write.
    async fn complete_follow_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what came of it.")] input: CompleteFollowUpInput,
    ) -> Maybe<FollowUpPayload> {
        maybe(complete_follow_up(ctx, input).await)
    }

    /// Puts a follow-up off or brings it forward. The time that was first given stays what the kept rate goes by. Needs the role AGENT or
    /// the scope cases:write.
    async fn reschedule_follow_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to when.")] input: RescheduleFollowUpInput,
    ) -> Maybe<FollowUpPayload> {
        maybe(reschedule_follow_up(ctx, input).await)
    }

    /// Gives a follow-up that is still to be done, in time or late, to somebody else or to nobody. Needs the role AGENT or the scope
    /// cases:write.
    async fn assign_follow_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to whom.")] input: AssignFollowUpInput,
    ) -> Maybe<FollowUpPayload> {
        maybe(assign_follow_up(ctx, input).await)
    }

    /// Cancels a follow-up that is no longer needed; a NUDGE also when it was missed. Needs the role AGENT or the scope cases:write.
    async fn cancel_follow_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: CancelFollowUpInput,
    ) -> Maybe<FollowUpPayload> {
        maybe(cancel_follow_up(ctx, input).await)
    }
}

/// The operation, and the access of a caller who may work on cases.
fn writer<'a>(ctx: &'a Context<'_>, community: &str) -> Result<(&'a OpContext, &'a Access)> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(community)?;
    access.require(Permission::WriteCases)?;
    Ok((op, access))
}

async fn record_apology(ctx: &Context<'_>, input: RecordApologyInput) -> Result<ApologyPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "recordApology", &command)?;
        apologies::record(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::apology(ctx, access, done.await).await
}

async fn update_apology(ctx: &Context<'_>, input: UpdateApologyInput) -> Result<ApologyPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "updateApology", &command)?;
        apologies::update(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::apology(ctx, access, done.await).await
}

async fn send_apology(ctx: &Context<'_>, input: SendApologyInput) -> Result<ApologyPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "sendApology", &command)?;
        apologies::send(ctx.data_unchecked(), op, access, command, key.as_ref()).await
    };
    payloads::apology(ctx, access, done.await).await
}

async fn record_apology_response(ctx: &Context<'_>, input: RecordApologyResponseInput) -> Result<ApologyPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "recordApologyResponse", &command)?;
        apologies::record_response(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::apology(ctx, access, done.await).await
}

async fn retract_apology(ctx: &Context<'_>, input: RetractApologyInput) -> Result<ApologyPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "retractApology", &command)?;
        apologies::retract(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::apology(ctx, access, done.await).await
}

async fn promise_repair(ctx: &Context<'_>, input: PromiseRepairInput) -> Result<RepairPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "promiseRepair", &command)?;
        repairs::promise(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::repair(ctx, access, done.await).await
}

async fn deliver_repair(ctx: &Context<'_>, input: DeliverRepairInput) -> Result<RepairPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "deliverRepair", &command)?;
        repairs::deliver(ctx.data_unchecked(), op, access, command, key.as_ref()).await
    };
    payloads::repair(ctx, access, done.await).await
}

async fn cancel_repair(ctx: &Context<'_>, input: CancelRepairInput) -> Result<RepairPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "cancelRepair", &command)?;
        repairs::cancel(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::repair(ctx, access, done.await).await
}

async fn schedule_follow_up(ctx: &Context<'_>, input: ScheduleFollowUpInput) -> Result<FollowUpPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "scheduleFollowUp", &command)?;
        follow_ups::schedule(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::follow_up(ctx, access, done.await).await
}

async fn complete_follow_up(ctx: &Context<'_>, input: CompleteFollowUpInput) -> Result<FollowUpPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "completeFollowUp", &command)?;
        follow_ups::complete(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::follow_up(ctx, access, done.await).await
}

async fn reschedule_follow_up(ctx: &Context<'_>, input: RescheduleFollowUpInput) -> Result<FollowUpPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "rescheduleFollowUp", &command)?;
        follow_ups::reschedule(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::follow_up(ctx, access, done.await).await
}

async fn assign_follow_up(ctx: &Context<'_>, input: AssignFollowUpInput) -> Result<FollowUpPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "assignFollowUp", &command)?;
        follow_ups::assign(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::follow_up(ctx, access, done.await).await
}

async fn cancel_follow_up(ctx: &Context<'_>, input: CancelFollowUpInput) -> Result<FollowUpPayload> {
    let (op, access) = writer(ctx, &input.community)?;
    let done = async {
        let command = input.command(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "cancelFollowUp", &command)?;
        follow_ups::cancel(ctx.data_unchecked(), op, access, &command, key.as_ref()).await
    };
    payloads::follow_up(ctx, access, done.await).await
}
