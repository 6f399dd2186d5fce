//! The use cases of members.

use std::collections::HashMap;

use entity::{CommunityId, Consent, MemberId, member};
use serde_json::json;

use super::store;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode};
use crate::events::{self, EventType, NewEvent};
use crate::features::cases;
use crate::features::ingest::record::MemberRecord;
use crate::features::ingest::{self, Announce, MemberOutcome};
use crate::idempotency::{Once, once};

/// Most records in one call.
pub const MAX_BATCH: usize = 1_000;

/// Creates and changes members.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteMembers`]; [`Error::User`] for too many.
pub async fn upsert(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    records: &[MemberRecord],
    key: Option<&Once>,
) -> Result<Vec<MemberOutcome>> {
    access.require(Permission::WriteMembers)?;
    if records.len() > MAX_BATCH {
        return Err(Error::user(
            "members",
            UserErrorCode::TooMany,
            format!("must be at most {MAX_BATCH}"),
        ));
    }
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move {
            once(
                &tx,
                ctx,
                community,
                key,
                Box::pin(ingest::members::take(&tx, ctx, community, records, Announce::Each)),
            )
            .await
        })
        .await
}

/// Merges a member into another: from now on they are one person, with the accounts and the evidence of both.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::MergeMembers`]; [`Error::User`] when one of them is not here, they are the same,
/// or one was merged away already.
pub async fn merge(app: &App, ctx: &OpContext, access: &Access, member: MemberId, into: MemberId, key: Option<&Once>) -> Result<MemberId> {
    access.require(Permission::MergeMembers)?;
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move { once(&tx, ctx, community, key, merge_in(&tx, ctx, community, member, into)).await })
        .await
}

async fn merge_in(tx: &Tx, ctx: &OpContext, community: CommunityId, member: MemberId, into: MemberId) -> Result<MemberId> {
    if member == into {
        return Err(Error::user("intoId", UserErrorCode::Invalid, "must be another member"));
    }
    let rows = lock_both(tx, community, member, into).await?;
    let [merged, target] = [("memberId", member), ("intoId", into)].map(|(field, id)| {
        rows.get(&id)
            .ok_or_else(|| Error::user(field, UserErrorCode::NotFound, "is not a member of this community"))
    });
    let (merged, target) = (merged?, target?);
    if merged.merged_into == Some(into) {
        // The same merge again: it is done.
        return Ok(into);
    }
    for (field, row) in [("memberId", merged), ("intoId", target)] {
        if row.merged_into.is_some() {
            return Err(Error::user(
                field,
                UserErrorCode::NotAllowedNow,
                "was merged into another member; use that one",
            ));
        }
    }
    for follower in store::merged_into(&**tx, community, member).await? {
        store::set_merge(tx, community, follower.id, follower.merged_into, Some(into), ctx.now.as_micros()).await?;
    }
    store::set_merge(tx, community, member, Some(into), Some(into), ctx.now.as_micros()).await?;
    // A no holds for the whole person, whichever of the accounts it was said with.
    if merged.consent == Consent::OptedOut {
        opt_out(tx, ctx, community, target).await?;
    } else if target.consent == Consent::OptedOut {
        events::forget_scores(tx, community, &[into]).await?;
    }
    let event = NewEvent::public(EventType::MemberMerged, member.0, json!({ "into": into }));
    events::append(tx, ctx, community, vec![event]).await?;
    Ok(into)
}

/// Writes down that a member may not be scored, unless that is so already.
async fn opt_out(tx: &Tx, ctx: &OpContext, community: CommunityId, row: &member::Model) -> Result<()> {
    if row.consent == Consent::OptedOut {
        return Ok(());
    }
    store::set_opted_out(tx, community, row.id, ctx.now.as_micros()).await?;
    cases::store::forget_influence(tx, community, &[row.id]).await?;
    events::forget_scores(tx, community, &[row.id]).await?;
    let opted_out = member::Model {
        consent: Consent::OptedOut,
        ..row.clone()
    };
    let event = |event_type| NewEvent::public(event_type, row.id.0, ingest::members::described(&opted_out));
    let told = [EventType::MemberUpdated, EventType::MemberOptedOut].map(event);
    events::append(tx, ctx, community, told.into()).await
}

/// Locks in one order for all writers, so that two merges never wait for each other in a ring.
async fn lock_both(tx: &Tx, community: CommunityId, a: MemberId, b: MemberId) -> Result<HashMap<MemberId, member::Model>> {
    let mut rows = HashMap::new();
    for id in [a.min(b), a.max(b)] {
        rows.extend(store::lock(tx, community, id).await?.map(|row| (id, row)));
    }
    Ok(rows)
}

/// Takes a merge back: the member is a person of their own again, with their accounts, their evidence, and those who had
/// been merged into them before.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::MergeMembers`]; [`Error::User`] when they are not here or not merged.
pub async fn unmerge(app: &App, ctx: &OpContext, access: &Access, member: MemberId, key: Option<&Once>) -> Result<MemberId> {
    access.require(Permission::MergeMembers)?;
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move { once(&tx, ctx, community, key, unmerge_in(&tx, ctx, community, member)).await })
        .await
}

async fn unmerge_in(tx: &Tx, ctx: &OpContext, community: CommunityId, member: MemberId) -> Result<MemberId> {
    let row = store::lock(tx, community, member)
        .await?
        .ok_or_else(|| Error::user("memberId", UserErrorCode::NotFound, "is not a member of this community"))?;
    let Some(root) = row.root_id else {
        return Err(Error::user(
            "memberId",
            UserErrorCode::NotAllowedNow,
            "is not merged into another member",
        ));
    };
    store::set_merge(tx, community, member, None, None, ctx.now.as_micros()).await?;
    // Whoever was merged into this member follows them out again, also by way of others.
    let group = store::merged_into(&**tx, community, root).await?;
    let mut following = vec![member];
    while let Some(leader) = following.pop() {
        for follower in group.iter().filter(|row| row.merged_into == Some(leader)) {
            store::set_merge(tx, community, follower.id, follower.merged_into, Some(member), ctx.now.as_micros()).await?;
            following.push(follower.id);
        }
    }
    // What was said while they were one person may have been said by either.
    let said_no = store::lock(tx, community, root)
        .await?
        .is_some_and(|root| root.consent == Consent::OptedOut);
    if said_no {
        opt_out(tx, ctx, community, &row).await?;
    }
    let event = NewEvent::public(EventType::MemberUnmerged, member.0, json!({ "from": row.merged_into }));
    events::append(tx, ctx, community, vec![event]).await?;
    Ok(member)
}

/// The member to whom an account in another system belongs; `None` when there is none.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ReadMembers`].
pub async fn by_identity(app: &App, access: &Access, provider: &str, external_id: &str) -> Result<Option<member::Model>> {
    access.require(Permission::ReadMembers)?;
    if provider.contains('\0') || external_id.contains('\0') {
        return Ok(None);
    }
    store::by_identity(app.db.read(), access.community_id(), provider, external_id).await
}
