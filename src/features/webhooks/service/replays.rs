//! The use cases of sending on demand: a test, one delivery again, a part of the log again.

use entity::{CommunityId, Timestamp, WebhookDeliveryId, WebhookEndpointId, WebhookEndpointStatus, webhook_endpoint};
use serde::{Deserialize, Serialize};

use super::{in_transaction, locked};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::db::query::reserve_ids;
use crate::error::{Error, Result, UserErrorCode};
use crate::events::log;
use crate::features::webhooks::message::{self, Tester};
use crate::features::webhooks::store::{self, Known, Span};
use crate::idempotency::Once;

/// Most deliveries that one replay sends again.
const MOST_REPLAYED: usize = 5_000;
/// Events read at a time.
const PAGE: u64 = 500;
/// Pages that one replay looks at: few events may fit of many.
const MOST_PAGES: usize = 40;

/// Sends an endpoint a test.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::User`] when there is no such endpoint, or it is paused.
pub async fn send_test(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    id: WebhookEndpointId,
    key: Option<&Once>,
) -> Result<WebhookDeliveryId> {
    access.require(Permission::ManageAccess)?;
    let community = access.community_id();
    let made = in_transaction(app, ctx, community, key, |tx| async move {
        let row = locked(&tx, community, id).await?;
        if row.status != WebhookEndpointStatus::Active {
            let message = "is paused and sent nothing; resume it first";
            return Err(Error::user("webhookEndpointId", UserErrorCode::NotAllowedNow, message));
        }
        let reserved = reserve_ids(&*tx, "webhook_deliveries", 1).await?;
        let delivery = reserved.first().copied().map(WebhookDeliveryId);
        let delivery = delivery.ok_or_else(|| Error::internal("no id was reserved"))?;
        let tester = Tester {
            actor: &ctx.actor_label(),
            now: ctx.now,
        };
        store::insert_delivery(&tx, message::of_test(&row, delivery, &access.community.slug, tester)).await?;
        Ok(delivery)
    });
    let made = made.await?;
    app.webhooks.wake_deliver();
    Ok(made)
}

/// Sends a delivery again, under the same id.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::User`] when there is no such delivery that the caller may see, or
/// its endpoint was deleted.
pub async fn replay(app: &App, ctx: &OpContext, access: &Access, id: WebhookDeliveryId, key: Option<&Once>) -> Result<WebhookDeliveryId> {
    access.require(Permission::ManageAccess)?;
    let community = access.community_id();
    let again = in_transaction(app, ctx, community, key, |tx| async move {
        let missing = || Error::user("webhookDeliveryId", UserErrorCode::NotFound, "is not a delivery of this community");
        let found = store::delivery(&*tx, community, id).await?;
        let row = found.filter(|row| row.visibility <= access.clearance).ok_or_else(missing)?;
        // Locked, so that it is not deleted meanwhile: what waits for an endpoint that is gone would wait for ever.
        let endpoint = store::lock_endpoint(&tx, community, row.endpoint_id).await?;
        endpoint.filter(|endpoint| endpoint.deleted_at.is_none()).ok_or_else(missing)?;
        store::send_again(&tx, community, id, ctx.now).await?;
        Ok(id)
    });
    let again = again.await?;
    app.webhooks.wake_deliver();
    Ok(again)
}

/// A part of the log to send again.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Part {
    /// After this position.
    pub after: Option<i64>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Up to this position.
    pub up_to: Option<i64>,
    /// Up to this instant.
    pub to: Option<Timestamp>,
    /// Only what the endpoint did not take.
    pub only_failed: bool,
}

/// What a replay did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// The endpoint.
    pub endpoint: WebhookEndpointId,
    /// How many deliveries are sent again, or for the first time.
    pub count: usize,
    /// Up to this position the log was gone through.
    pub end: i64,
    /// Whether there is more to go through.
    pub has_more: bool,
}

/// Sends an endpoint a part of the log again, each event under the id that it had. What the endpoint was not told of before is sent,
/// too, as far as it may be told now.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::User`] when there is no such endpoint, or no beginning is given,
/// or two; [`Error::CursorExpired`] when the log does not go back so far.
pub async fn replay_part(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    (id, part): (WebhookEndpointId, Part),
    key: Option<&Once>,
) -> Result<Replayed> {
    access.require(Permission::ManageAccess)?;
    let community = access.community_id();
    let slug = access.community.slug.as_str();
    let replayed = in_transaction(app, ctx, community, key, |tx| async move {
        let row = locked(&tx, community, id).await?;
        let span = span(&tx, &row, part).await?;
        if part.only_failed {
            failed(&tx, ctx, &row, span).await
        } else {
            all(&tx, ctx, (&row, slug), span).await
        }
    });
    let replayed = replayed.await?;
    app.webhooks.wake_deliver();
    Ok(replayed)
}

/// Where a part begins and ends in the log. What the endpoint is yet to be told of is no part of it. Times in the log are not in its
/// order, as what takes long has the time of its beginning: so a part goes from the first event that fits to the last.
async fn span(tx: &Tx, row: &webhook_endpoint::Model, part: Part) -> Result<Span> {
    let community = row.community_id;
    let after = match (part.after, part.from) {
        (Some(seq), None) => seq,
        (None, Some(from)) => {
            let first = store::first_from(&**tx, community, from).await?;
            first.map_or(row.read_to, |seq| seq - 1)
        }
        _ => {
            let message = "is needed, or from; not both";
            return Err(Error::user("after", UserErrorCode::Required, message));
        }
    };
    let up_to = match (part.up_to, part.to) {
        (None, None) => None,
        (Some(seq), None) => Some(seq),
        (None, Some(to)) => Some(store::last_until(&**tx, community, to).await?),
        (Some(_), Some(_)) => return Err(Error::user("upTo", UserErrorCode::Invalid, "cannot be given together with to")),
    };
    Ok(Span {
        after,
        up_to: up_to.map_or(row.read_to, |seq| seq.min(row.read_to)),
        from: part.from,
        to: part.to,
    })
}

/// Begins anew with what the endpoint did not take.
async fn failed(tx: &Tx, ctx: &OpContext, row: &webhook_endpoint::Model, span: Span) -> Result<Replayed> {
    let most = i64::try_from(MOST_REPLAYED).unwrap_or(i64::MAX);
    let key = (row.community_id, row.id);
    let again = store::send_failed_again(tx, key, span, most, ctx.now).await?;
    let has_more = again.len() >= MOST_REPLAYED;
    let last = again.iter().copied().max().filter(|_| has_more);
    Ok(Replayed {
        endpoint: row.id,
        count: again.len(),
        end: last.unwrap_or(span.up_to.max(span.after)),
        has_more,
    })
}

/// Sends all that fits of a part of the log.
async fn all(tx: &Tx, ctx: &OpContext, (row, slug): (&webhook_endpoint::Model, &str), span: Span) -> Result<Replayed> {
    let key: (CommunityId, WebhookEndpointId) = (row.community_id, row.id);
    let reading = message::reading(row);
    let (mut at, mut count, mut pages) = (span.after, 0, 0);
    let is_within = |happened: Timestamp| span.from.is_none_or(|from| happened >= from) && span.to.is_none_or(|to| happened <= to);
    while at < span.up_to && count < MOST_REPLAYED && pages < MOST_PAGES {
        let mut page = log::read(&**tx, &reading, at, PAGE).await?;
        page.entries.retain(|entry| entry.seq <= span.up_to && is_within(entry.at));
        let (again, end, has_more) = message::of_page(row, &page, slug);
        count += again.len();
        pages += 1;
        store::insert_deliveries(tx, key, again, Known::SendAgain, ctx.now).await?;
        at = end.min(span.up_to);
        if !has_more {
            at = span.up_to;
        }
    }
    let end = at.max(span.after);
    Ok(Replayed {
        endpoint: row.id,
        count,
        end,
        has_more: end < span.up_to,
    })
}
