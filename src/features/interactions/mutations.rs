//! The one mutation of interactions: recording them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::inputs::RecordInteractionsInput;
use super::service;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::ingest::{InteractionOutcome, rules};
use crate::graphql::errors::{UserErrorObject, user_errors};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// What became of an interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum InteractionResultStatus {
    /// It was recorded.
    Created,
    /// It was on record already.
    Duplicate,
    /// It cannot be taken; see the error.
    Rejected,
}

/// What became of one interaction.
#[derive(SimpleObject)]
pub struct InteractionResult {
    /// Which interaction, counted from 0.
    index: u32,
    /// What became of it.
    status: InteractionResultStatus,
    /// Its global id; null when it was rejected.
    interaction_id: Option<ID>,
    /// Why it was rejected.
    error: Option<UserErrorObject>,
}

/// What became of the interactions.
#[derive(Default, SimpleObject)]
pub struct RecordInteractionsPayload {
    /// One per interaction, in order; empty when the call as a whole was refused.
    results: Vec<InteractionResult>,
    /// What the caller can mend, those of single interactions included.
    user_errors: Vec<UserErrorObject>,
}

/// Changes to interactions: there is one, recording.
#[derive(Default)]
pub struct InteractionMutation;

/// Changes to interactions: there is one, recording.
#[Object]
impl InteractionMutation {
    /// Records interactions, each once by `(source, externalId)`. Each is taken or rejected by itself; the scores that clients
    /// read reflect them within a second. Acting on one's own content is recorded and gives no credit. Needs the role AGENT or
    /// the scope interactions:write.
    async fn record_interactions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The interactions.")] input: RecordInteractionsInput,
    ) -> Maybe<RecordInteractionsPayload> {
        maybe(record(ctx, input).await)
    }
}

async fn record(ctx: &Context<'_>, input: RecordInteractionsInput) -> Result<RecordInteractionsPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(&input.community)?;
    // Those that name people who are not here are set aside, so that the others keep their places.
    let (mut items, mut places, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    for (place, interaction) in input.interactions.into_iter().enumerate() {
        match interaction.into_new(access.community_id()) {
            Ok(item) => {
                items.push(item);
                places.push(place);
                outcomes.push(None);
            }
            Err(error) => outcomes.push(Some(InteractionOutcome::Rejected(error))),
        }
    }
    let taken = async {
        let key = Once::new(input.idempotency_key.as_deref(), "recordInteractions", &(&items, &outcomes))?;
        service::record(ctx.data_unchecked(), op, access, &items, key.as_ref()).await
    };
    match user_errors(taken.await)? {
        Err(user_errors) => Ok(RecordInteractionsPayload {
            user_errors,
            ..RecordInteractionsPayload::default()
        }),
        Ok(taken) => {
            for (place, outcome) in places.into_iter().zip(taken) {
                if let Some(slot) = outcomes.get_mut(place) {
                    *slot = Some(outcome);
                }
            }
            Ok(describe(access, outcomes.into_iter().flatten()))
        }
    }
}

fn describe(access: &Access, outcomes: impl Iterator<Item = InteractionOutcome>) -> RecordInteractionsPayload {
    let mut payload = RecordInteractionsPayload::default();
    for (index, outcome) in (0_u32..).zip(outcomes) {
        use InteractionResultStatus as S;
        let (status, id, error) = match outcome {
            InteractionOutcome::Created(id) => (S::Created, Some(id), None),
            InteractionOutcome::Duplicate(id) => (S::Duplicate, Some(id), None),
            InteractionOutcome::Rejected(error) => (
                S::Rejected,
                None,
                Some(UserErrorObject::from(rules::nested(&format!("interactions.{index}"), error))),
            ),
        };
        payload.user_errors.extend(error.clone());
        let interaction_id = id.map(|id| GlobalId::encode(NodeType::Interaction, access.community_id(), id.0));
        payload.results.push(InteractionResult {
            index,
            status,
            interaction_id,
            error,
        });
    }
    payload
}
