//! The change log: every state change writes its event here, in the transaction that makes it.
//!
//! Events wait in their transaction and are written right before its commit, so that `seq` is in the order of the commits within
//! a community: whoever reads what comes after a number misses nothing and sees nothing twice. [`log`] reads so, [`cursor`] is
//! what readers keep, [`payload`] what they get to see, [`live`] wakes those who wait, [`hub`] serves those who follow, and
//! [`retention`] deletes what is old. [`feed`] is how the keeper of scores follows all communities at once.

pub mod cursor;
mod event_type;
pub mod feed;
pub mod hub;
pub mod live;
pub mod log;
pub mod payload;
pub mod retention;
mod store;

use entity::{CommunityId, Timestamp, Visibility};
use sea_orm::Value;
use serde_json::json;

use crate::context::OpContext;
use crate::db::{Log, Tx};
use crate::error::Result;

pub use event_type::EventType;
pub(crate) use event_type::with_event_types;
pub use store::forget_scores;

/// The table of events, as the room of the database needs to know it.
static LOG: Log = Log {
    insert: "INSERT INTO events (community_id, event_type, subject_type, subject_id, at, actor, visibility, internal, payload) VALUES",
    width: 9,
    last: "SELECT MAX(seq) FROM events WHERE community_id = ",
    // Any number will do that nobody else takes.
    lock_space: 0x6c6f_6773,
};

/// An event about to be written.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What happened.
    pub event_type: EventType,
    /// To which record; 0 when the payload lists many.
    pub subject_id: i64,
    /// The clearance needed to see it.
    pub visibility: Visibility,
    /// Enough to act on: a JSON object. Ids are numbers here, under names that [`payload`] knows.
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

/// Writes events into the log, when the transaction commits: until then nobody finds them there, the transaction itself
/// included.
///
/// # Errors
/// None yet: what is wrong with the database shows at the commit.
#[expect(clippy::unused_async, reason = "that writing takes no time is nothing for callers to rely on")]
pub async fn append(tx: &Tx, ctx: &OpContext, community: CommunityId, events: Vec<NewEvent>) -> Result<()> {
    queue(tx, ctx, community, events, false);
    Ok(())
}

/// As [`append`], for events that only those may see who may also read what the company notes among itself, whatever their type:
/// of what was not said to the customer.
///
/// # Errors
/// None yet, as [`append`].
#[expect(clippy::unused_async, reason = "that writing takes no time is nothing for callers to rely on")]
pub async fn append_internal(tx: &Tx, ctx: &OpContext, community: CommunityId, events: Vec<NewEvent>) -> Result<()> {
    queue(tx, ctx, community, events, true);
    Ok(())
}

fn queue(tx: &Tx, ctx: &OpContext, community: CommunityId, events: Vec<NewEvent>, internal: bool) {
    let actor = ctx.actor_label();
    for event in events {
        let values: [Value; 9] = [
            community.0.into(),
            event.event_type.as_str().into(),
            event.event_type.subject_type().into(),
            event.subject_id.into(),
            Timestamp::as_micros(ctx.now).into(),
            actor.as_str().into(),
            (event.visibility as i16).into(),
            internal.into(),
            event.payload.to_string().into(),
        ];
        tx.queue(&LOG, community, values);
    }
}
