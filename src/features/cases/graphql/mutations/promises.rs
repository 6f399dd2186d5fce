//! What becomes of the promises on a case: applying those of today, excusing one that was broken.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::BreachId;

use super::{CasePayload, Target, change, key_of};
use crate::auth::Permission;
use crate::context::OpContext;
use crate::error::{Error, Result, UserErrors};
use crate::features::cases::command::Command;
use crate::features::cases::graphql::{Breach, Case};
use crate::features::cases::service;
use crate::graphql::errors::{UserErrorObject, user_errors};
use crate::graphql::global_id::NodeType;
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// A case to which the expectations of today shall apply.
#[derive(Clone, Debug, InputObject)]
pub struct ReapplyExpectationsInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A breach to excuse.
#[derive(Clone, Debug, InputObject)]
pub struct ExcuseBreachInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the breach.
    pub breach_id: ID,
    /// Why: at most 2,000 characters, kept as given.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// The excused breach, or why it was not excused.
#[derive(Default, SimpleObject)]
pub struct ExcuseBreachPayload {
    /// The breach as it is now.
    breach: Option<Breach>,
    /// Its case as it is now.
    case: Option<Case>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// What becomes of promises.
#[derive(Default)]
pub struct PromiseMutation;

/// What becomes of promises.
#[Object]
impl PromiseMutation {
    /// Lets the expectations of today take the place of those that the case was opened with, counted from when each began; the
    /// timeline says so. Needs the role AGENT or the scope cases:write.
    async fn reapply_expectations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which case.")] input: ReapplyExpectationsInput,
    ) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        maybe(change(ctx, "reapplyExpectations", target, |_access| Ok(Command::Reapply)).await)
    }

    /// Excuses a broken promise, with the reason. It stays on record and in the count of what was broken. Needs the role MANAGER or
    /// the scope cases:manage.
    async fn excuse_breach(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which breach, and why.")] input: ExcuseBreachInput,
    ) -> Maybe<ExcuseBreachPayload> {
        maybe(excuse(ctx, input).await)
    }
}

async fn excuse(ctx: &Context<'_>, input: ExcuseBreachInput) -> Result<ExcuseBreachPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(&input.community)?;
    access.require(Permission::ManageCases)?;
    let excused = async {
        let mut errors = UserErrors::default();
        let breach = errors
            .value(key_of(access, &input.breach_id, NodeType::Breach, "breachId"))?
            .map(BreachId);
        errors.check(service::check_excuse(&input.reason));
        let key = errors.value(Once::new(
            input.idempotency_key.as_deref(),
            "excuseBreach",
            &(breach, &input.reason),
        ))?;
        let (breach, key) = errors.done(breach.zip(key))?;
        let case = service::excuse_breach(ctx.data_unchecked(), op, access, breach, &input.reason, key.as_ref()).await?;
        Ok::<_, Error>((case, breach))
    };
    Ok(match user_errors(excused.await)? {
        Err(user_errors) => ExcuseBreachPayload {
            user_errors,
            ..ExcuseBreachPayload::default()
        },
        Ok((case, breach)) => ExcuseBreachPayload {
            breach: Breach::find(ctx, access, breach).await?,
            case: Case::find(ctx, access, case).await?,
            user_errors: Vec::new(),
        },
    })
}
