//! What is said on a case: replies, messages of the customer, notes.

use async_graphql::{Context, ID, InputObject, Object};
use entity::CaseStatus;

use super::{CasePayload, Target, change};
use crate::features::cases::command::Command;
use crate::graphql::{Maybe, maybe};

/// A reply to the customer.
#[derive(Clone, Debug, InputObject)]
pub struct RespondToCaseInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// The reply: at most 20,000 characters, kept as given.
    pub text: String,
    /// The status afterwards: OPEN, WAITING_ON_CUSTOMER, ON_HOLD or RESOLVED. It stays as it is when not given, except that a
    /// NEW case becomes OPEN.
    pub then: Option<CaseStatus>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// What the customer wrote.
#[derive(Clone, Debug, InputObject)]
pub struct RecordCustomerMessageInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// What they wrote: at most 20,000 characters, kept as given.
    pub text: String,
    /// Where, for example `email`: at most 100 characters.
    pub channel: Option<String>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A note for the company only.
#[derive(Clone, Debug, InputObject)]
pub struct AddCaseNoteInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the case.
    pub case_id: ID,
    /// The version that the caller has seen; when the case has changed since, nothing is done.
    pub expected_version: Option<i64>,
    /// The note: at most 20,000 characters, kept as given.
    pub text: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// What is said on cases.
#[derive(Default)]
pub struct TalkMutation;

/// What is said on cases.
#[Object]
impl TalkMutation {
    /// Records a person's reply that the customer can see, and sets the status with it where that is asked. It is what first and
    /// next responses and updates are measured by. Needs the role AGENT or the scope cases:write.
    async fn respond_to_case(&self, ctx: &Context<'_>, #[graphql(desc = "The reply.")] input: RespondToCaseInput) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        let command = Command::Respond {
            text: input.text,
            then: input.then,
        };
        maybe(change(ctx, "respondToCase", target, |_access| Ok(command)).await)
    }

    /// Records what the customer wrote, on whatever channel. A case that waited for it becomes OPEN; a RESOLVED one is reopened; a
    /// CLOSED one passes it on to the case that goes on from it, and where there is none a linked case is opened; a MERGED one
    /// passes it on to the case in which it is continued. The case of the answer is the one that has the message. Needs the role
    /// AGENT or the scope cases:write.
    async fn record_customer_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message.")] input: RecordCustomerMessageInput,
    ) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        let command = Command::ReceiveMessage {
            text: input.text,
            channel: input.channel,
        };
        maybe(change(ctx, "recordCustomerMessage", target, |_access| Ok(command)).await)
    }

    /// Notes something for the company only. A note is no answer: no clock minds it. Needs the role AGENT or the scope
    /// cases:write.
    async fn add_case_note(&self, ctx: &Context<'_>, #[graphql(desc = "The note.")] input: AddCaseNoteInput) -> Maybe<CasePayload> {
        let target = Target::new(input.community, input.case_id, input.expected_version, input.idempotency_key);
        let command = Command::Note { text: input.text };
        maybe(change(ctx, "addCaseNote", target, |_access| Ok(command)).await)
    }
}
