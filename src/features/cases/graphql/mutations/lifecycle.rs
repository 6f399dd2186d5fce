//! Steps in the life of a case.

use async_graphql::{Context, ID, InputObject, Object};
use entity::CaseStatus;

use super::{CasePayload, Target, change};
use crate::features::cases::command::Command;
use crate::graphql::{Maybe, maybe};

/// A status for a case.
#[derive(Clone, Debug, InputObject)]
pub struct ChangeCaseStatusInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// The status; see legalStatuses of the case for what is possible.
    pub to: CaseStatus,
    /// What the customer is told. Needed for WAITING_ON_CUSTOMER and ON_HOLD, and for RESOLVED when the customer spoke last.
    pub message: Option<String>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A case that the company considers solved.
#[derive(Clone, Debug, InputObject)]
pub struct ResolveCaseInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// What the customer is told. Needed when they were not answered yet.
    pub message: Option<String>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A case that is not solved after all.
#[derive(Clone, Debug, InputObject)]
pub struct ReopenCaseInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// Why: at most 2,000 characters.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A case that is over.
#[derive(Clone, Debug, InputObject)]
pub struct CloseCaseInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A case to pass on to a higher level.
#[derive(Clone, Debug, InputObject)]
pub struct EscalateCaseInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// Why: at most 2,000 characters.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// Steps in the life of cases.
#[derive(Default)]
pub struct LifecycleMutation;

/// Steps in the life of cases.
#[Object]
impl LifecycleMutation {
    /// Changes the status of a case. What is not possible now is refused, with what is. Whoever has the customer wait must have
    /// told them so. Needs the role AGENT or the scope cases:write.
    async fn change_case_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which status.")] input: ChangeCaseStatusInput,
    ) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        let command = Command::ChangeStatus {
            to: input.to,
            message: input.message,
        };
        maybe(change(ctx, "changeCaseStatus", target, |_access| Ok(command)).await)
    }

    /// Resolves a case. Needs the role AGENT or the scope cases:write.
    async fn resolve_case(&self, ctx: &Context<'_>, #[graphql(desc = "Which case.")] input: ResolveCaseInput) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        let command = Command::Resolve { message: input.message };
        maybe(change(ctx, "resolveCase", target, |_access| Ok(command)).await)
    }

    /// Reopens a resolved case. How long it took to resolve it first stays as it was; all the time until it is resolved for good
    /// goes on. Needs the role AGENT or the scope cases:write.
    async fn reopen_case(&self, ctx: &Context<'_>, #[graphql(desc = "Which case.")] input: ReopenCaseInput) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        let command = Command::Reopen { reason: input.reason };
        maybe(change(ctx, "reopenCase", target, |_access| Ok(command)).await)
    }

    /// Closes a resolved case for good: a further message of the customer opens a linked one. Needs the role AGENT or the scope
    /// cases:write.
    async fn close_case(&self, ctx: &Context<'_>, #[graphql(desc = "Which case.")] input: CloseCaseInput) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        maybe(change(ctx, "closeCase", target, |_access| Ok(Command::Close)).await)
    }

    /// Passes a case on to a higher level: the reason is noted in its timeline. Needs the role AGENT or the scope cases:write.
    async fn escalate_case(&self, ctx: &Context<'_>, #[graphql(desc = "Which case.")] input: EscalateCaseInput) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        let command = Command::Escalate { reason: input.reason };
        maybe(change(ctx, "escalateCase", target, |_access| Ok(command)).await)
    }
}
