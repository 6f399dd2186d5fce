//! The use cases of advocates: who may, the rules, one transaction, its event.

pub mod advocates;
pub mod programmes;
pub mod touchpoints;

use entity::{CommunityId, MemberId, Visibility, member};

use super::store;
use crate::context::OpContext;
use crate::db::Tx;
use crate::error::{Error, Result, UserError, UserErrorCode};
use crate::events::{self, EventType, NewEvent};

/// What is wrong with an input, as an error of the call.
fn refused(error: UserError) -> Error {
    Error::User(vec![error])
}

/// There is no such programme.
fn no_programme() -> Error {
    Error::user("programmeId", UserErrorCode::NotFound, "is not a programme of this community")
}

/// The member that an input names, after merges.
async fn member(tx: &Tx, community: CommunityId, id: MemberId) -> Result<member::Model> {
    let found = store::person(tx, community, id).await?;
    found.ok_or_else(|| Error::user("memberId", UserErrorCode::NotFound, "is not a member of this community"))
}

/// Tells of one thing in the change log. What is known of care is for the company, so never at a lower clearance.
async fn tell(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    event_type: EventType,
    subject_id: i64,
    payload: serde_json::Value,
) -> Result<()> {
    let event = NewEvent {
        event_type,
        subject_id,
        visibility: Visibility::Private,
        payload,
    };
    events::append(tx, ctx, community, vec![event]).await
}
