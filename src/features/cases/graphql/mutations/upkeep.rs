//! What is kept up on a case while it is worked: who has it, who may know of it, what it says of itself, how the customer feels.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::{Severity, StaffId, Visibility};

use super::{CasePayload, Target, change, key_of};
use crate::context::Access;
use crate::error::{Error, Result, UserErrorCode, UserErrors};
use crate::features::cases::command::Command;
use crate::graphql::global_id::NodeType;
use crate::graphql::{Maybe, maybe};

/// Who gets a case.
#[derive(Clone, Debug, InputObject)]
pub struct AssignCaseInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// Global id of a member of staff who may work cases; null for nobody.
    pub assignee_id: MaybeUndefined<ID>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// Who may know of a case from now on.
#[derive(Clone, Debug, InputObject)]
pub struct MoveCaseInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// PUBLIC or PRIVATE. What was said before stays as public as it was.
    pub to: Visibility,
    /// Why: at most 2,000 characters.
    pub reason: Option<String>,
    /// What the case is about from then on: at most 200 characters. Needed for PUBLIC when the subject is words that were said in
    /// private: when the case was opened without one and nobody has changed it since.
    pub subject: Option<String>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// What a case says of itself. What is left out stays; null clears.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateCaseInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// What it is about: at most 200 characters; cannot be cleared.
    pub subject: MaybeUndefined<String>,
    /// The root cause: at most 100 characters.
    pub category: MaybeUndefined<String>,
    /// How bad it is for the customer; cannot be cleared.
    pub severity: MaybeUndefined<Severity>,
    /// Where it came in: at most 100 characters.
    pub channel: MaybeUndefined<String>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// How the customer of a case feels.
#[derive(Clone, Debug, InputObject)]
pub struct RecordSentimentInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// From -1 (bad) to 1 (good).
    pub value: f64,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

fn assignment(access: &Access, assignee: &MaybeUndefined<ID>) -> Result<Command> {
    let to = match assignee {
        MaybeUndefined::Value(id) => Some(StaffId(key_of(access, id, NodeType::Staff, "assigneeId")?)),
        MaybeUndefined::Null => None,
        MaybeUndefined::Undefined => {
            let message = "is needed; null takes the case from whoever has it";
            return Err(Error::user("assigneeId", UserErrorCode::Required, message));
        }
    };
    Ok(Command::Assign { to })
}

/// A value that may stay but not be cleared.
fn kept<T>(field: &str, value: MaybeUndefined<T>) -> Result<Option<T>> {
    match value {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Value(value) => Ok(Some(value)),
        MaybeUndefined::Null => {
            let message = "cannot be cleared; leave it out to keep it";
            Err(Error::user(field, UserErrorCode::Invalid, message))
        }
    }
}

/// A change of what a case says of itself. That several things cannot be cleared is told at once.
fn update(
    subject: MaybeUndefined<String>,
    category: MaybeUndefined<String>,
    severity: MaybeUndefined<Severity>,
    channel: MaybeUndefined<String>,
) -> Result<Command> {
    let mut errors = UserErrors::default();
    let subject = errors.value(kept("subject", subject))?;
    let severity = errors.value(kept("severity", severity))?;
    let (subject, severity) = errors.done(subject.zip(severity))?;
    Ok(Command::Update {
        subject,
        category: clearable(category),
        severity,
        channel: clearable(channel),
    })
}

/// A value that may stay or be cleared.
fn clearable<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// What is kept up on cases.
#[derive(Default)]
pub struct UpkeepMutation;

/// What is kept up on cases.
#[Object]
impl UpkeepMutation {
    /// Gives a case to somebody, or takes it from them. Needs the role AGENT or the scope cases:write.
    async fn assign_case(&self, ctx: &Context<'_>, #[graphql(desc = "Who gets it.")] input: AssignCaseInput) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        let assignee = input.assignee_id;
        maybe(change(ctx, "assignCase", target, |access| assignment(access, &assignee)).await)
    }

    /// Takes a case out of the public eye, or puts it there. What follows is as public as the case is then. Whoever has the case or a
    /// follow-up on it and may not see it any more loses it: it is nobody's then. Needs the role AGENT or the scope cases:write.
    async fn move_case(&self, ctx: &Context<'_>, #[graphql(desc = "Where to.")] input: MoveCaseInput) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        let command = Command::Move {
            to: input.to,
            reason: input.reason,
            subject: input.subject,
        };
        maybe(change(ctx, "moveCase", target, |_access| Ok(command)).await)
    }

    /// Changes what a case says of itself. When severity, category or channel change, the expectations for such a case hold, counted
    /// from when it began; what was broken stays broken. Needs the role AGENT or the scope cases:write.
    async fn update_case(&self, ctx: &Context<'_>, #[graphql(desc = "What changes.")] input: UpdateCaseInput) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        let command = |_access: &Access| update(input.subject, input.category, input.severity, input.channel);
        maybe(change(ctx, "updateCase", target, command).await)
    }

    /// Records how the customer feels now. Needs the role AGENT or the scope cases:write.
    async fn record_sentiment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How they feel.")] input: RecordSentimentInput,
    ) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        let command = Command::RecordSentiment { value: input.value };
        maybe(change(ctx, "recordSentiment", target, |_access| Ok(command)).await)
    }
}
