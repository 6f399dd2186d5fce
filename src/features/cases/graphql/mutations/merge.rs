//! Merging a case into another one.

use async_graphql::{Context, ID, InputObject, Object};

use super::{CasePayload, case_key};
use crate::auth::Permission;
use crate::context::OpContext;
use crate::error::{Result, UserErrors};
use crate::features::cases::service;
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// Two cases that are about the same.
#[derive(Clone, Debug, InputObject)]
pub struct MergeCasesInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case that is continued in the other.
    pub case_id: ID,
    /// The version of it that the caller has seen; when it has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// Global id of the case that goes on.
    pub into_id: ID,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// Merging cases.
#[derive(Default)]
pub struct MergeMutation;

/// Merging cases.
#[Object]
impl MergeMutation {
    /// Merges a case into another one of the same member. Of the clocks that run for the same thing, the one that is due first
    /// goes on, and what is overdue goes on in any case; what was broken is on record where it was, once, and ends with the answer
    /// in the case that goes on. It cannot be taken back. The case of the answer is the one that goes
    /// on. Needs the role MANAGER or the scope cases:manage.
    async fn merge_cases(&self, ctx: &Context<'_>, #[graphql(desc = "Which cases.")] input: MergeCasesInput) -> Maybe<CasePayload> {
        maybe(merge(ctx, input).await)
    }
}

async fn merge(ctx: &Context<'_>, input: MergeCasesInput) -> Result<CasePayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(&input.community)?;
    access.require(Permission::ManageCases)?;
    let merged = async {
        let mut errors = UserErrors::default();
        let case = errors.value(case_key(access, &input.case_id, "caseId"))?;
        let into = errors.value(case_key(access, &input.into_id, "intoId"))?;
        let target = case.map(|case| (case, input.expected_version));
        let key = errors.value(Once::new(input.idempotency_key.as_deref(), "mergeCases", &(target, into)))?;
        let ((target, into), key) = errors.done(target.zip(into).zip(key))?;
        service::merge(ctx.data_unchecked(), op, access, target, into, key.as_ref()).await
    };
    CasePayload::new(ctx, access, merged.await).await
}
