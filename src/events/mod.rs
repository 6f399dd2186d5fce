//! The change log: every state change writes its event here, in the transaction that makes it.
//!
//! Reading it from outside (sync, subscriptions, webhooks) comes with its own rooms; [`feed`] is how this process follows it.

pub mod feed;

use entity::{CommunityId, Timestamp, Visibility};
use sea_orm::Value;
use serde_json::json;

use crate::context::OpContext;
use crate::db::{Tx, query};
use crate::error::Result;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// A community was set up.
    CommunityCreated,
    /// A member became known.
    MemberCreated,
    /// A member's data changed.
    MemberUpdated,
    /// A member was merged into another.
    MemberMerged,
    /// A merge was taken back.
    MemberUnmerged,
    /// An interaction was recorded.
    InteractionRecorded,
    /// An import added or changed members: the payload lists them.
    MembersImported,
    /// An import recorded interactions: the payload lists them.
    InteractionsImported,
    /// A member of staff got a grant, or another one.
    GrantSet,
    /// A grant was taken away.
    GrantRevoked,
    /// An integration got credentials.
    ApiClientCreated,
    /// An integration's credentials were revoked.
    ApiClientRevoked,
}

impl EventType {
    /// Every type.
    pub const ALL: [Self; 12] = [
        Self::CommunityCreated,
        Self::MemberCreated,
        Self::MemberUpdated,
        Self::MemberMerged,
        Self::MemberUnmerged,
        Self::InteractionRecorded,
        Self::MembersImported,
        Self::InteractionsImported,
        Self::GrantSet,
        Self::GrantRevoked,
        Self::ApiClientCreated,
        Self::ApiClientRevoked,
    ];

    /// The name in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CommunityCreated => "community.created",
            Self::MemberCreated => "member.created",
            Self::MemberUpdated => "member.updated",
            Self::MemberMerged => "member.merged",
            Self::MemberUnmerged => "member.unmerged",
            Self::InteractionRecorded => "interaction.recorded",
            Self::MembersImported => "members.imported",
            Self::InteractionsImported => "interactions.imported",
            Self::GrantSet => "grant.set",
            Self::GrantRevoked => "grant.revoked",
            Self::ApiClientCreated => "api_client.created",
            Self::ApiClientRevoked => "api_client.revoked",
        }
    }

    /// The type of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == name)
    }

    /// The kind of record that the event is about.
    const fn subject_type(self) -> &'static str {
        match self {
            Self::CommunityCreated => "community",
            Self::MemberCreated | Self::MemberUpdated | Self::MemberMerged | Self::MemberUnmerged | Self::MembersImported => "member",
            Self::InteractionRecorded | Self::InteractionsImported => "interaction",
            Self::GrantSet | Self::GrantRevoked => "staff",
            Self::ApiClientCreated | Self::ApiClientRevoked => "api_client",
        }
    }
}

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
