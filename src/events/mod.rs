//! The change log: every state change writes its event here, in the transaction that makes it.
//!
//! Reading it from outside (sync, subscriptions, webhooks) comes with its own rooms; [`feed`] is how this process follows it.

mod event_type;
pub mod feed;

use entity::{CommunityId, Timestamp, Visibility};
use sea_orm::Value;
use serde_json::json;

use crate::context::OpContext;
use crate::db::{Tx, query};
use crate::error::Result;

pub use event_type::EventType;

/// An event about to be written.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What happened.
    pub event_type: EventType,
    /// To which record; 0 when the payload lists many.
    pub subject_id: i64,
    /// The clearance needed to see it.
    pub visibility: Visibility,
    /// Enough to act on: a JSON object.
    pub payload: serde_json::Value,
}

impl NewEvent {
    /// An event that everybody with access to the community may see.
    #[must_use]
    pub const fn public(event_type: EventType, subject_id: i64, payload: serde_json::Value) -> Self {
        Self {
            event_type,
            subject_id,
            visibility: Visibility::Public,
            payload,
        }
    }

    /// One event for many records, as imports write it.
    #[must_use]
    pub fn bulk(event_type: EventType, visibility: Visibility, ids: &[i64]) -> Self {
        Self {
            event_type,
            subject_id: 0,
            visibility,
            payload: json!({ "ids": ids }),
        }
    }
}

/// Writes events into the log.
///
/// # Errors
/// When the database fails; the transaction is lost then.
pub async fn append(tx: &Tx, ctx: &OpContext, community: CommunityId, events: Vec<NewEvent>) -> Result<()> {
    let actor = ctx.actor_label();
    let mut values: Vec<Value> = Vec::with_capacity(events.len() * 8);
    for event in events {
        values.extend([
            Value::from(community.0),
            event.event_type.as_str().into(),
            event.event_type.subject_type().into(),
            event.subject_id.into(),
            Timestamp::as_micros(ctx.now).into(),
            actor.as_str().into(),
            (event.visibility as i16).into(),
            event.payload.to_string().into(),
        ]);
    }
    let head = "INSERT INTO events (community_id, event_type, subject_type, subject_id, at, actor, visibility, payload) VALUES";
    query::insert_rows(&**tx, head, 8, values, "").await?;
    Ok(())
}
