//! An expectation's life: drafted, changed while it is a draft, published or discarded, retired. What was published never changes
//! again; another version takes its place.

use entity::{CalendarId, CommunityId, ExpectationId, ExpectationStatus as Status, Timestamp, expectation};
use serde_json::json;

use super::terms::{Changes, Terms, check_from};
use super::{calendars, rows, store};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode as Code};
use crate::events::{self, EventType, NewEvent};
use crate::idempotency::{Once, once};

/// Most expectations that a community publishes at a time; every case may get a clock for each.
const MAX_PUBLISHED: u64 = 100;

/// Drafts an expectation, or with `successor_of` the next version of one, which starts from the terms of the latest version.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageExpectations`]; [`Error::User`] for terms that are wrong, and where the
/// expectation has a draft already.
pub async fn draft(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    successor_of: Option<ExpectationId>,
    changes: &Changes,
    key: Option<&Once>,
) -> Result<ExpectationId> {
    access.require(Permission::ManageExpectations)?;
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move {
            let work = draft_in(&tx, ctx, community, successor_of, changes.clone());
            once(&tx, ctx, community, key, work).await
        })
        .await
}

/// As [`draft`], within a transaction of the caller's, who has checked the permission.
///
/// # Errors
/// [`Error::User`], as [`draft`].
pub(super) async fn draft_in(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    successor_of: Option<ExpectationId>,
    changes: Changes,
) -> Result<ExpectationId> {
    let changes = with_series(tx, community, changes).await?;
    let latest = match successor_of {
        None => None,
        Some(named) => Some(latest_to_succeed(tx, community, named, &changes).await?),
    };
    let terms = match &latest {
        None => Terms::new(changes),
        Some(row) => rows::terms(row)?.changed(changes),
    };
    let terms = terms.map_err(Error::User)?;
    let id = store::next_expectation_id(tx).await?;
    let (series, version) = latest.map_or((id, 1), |row| (row.series_id, row.version.saturating_add(1)));
    let row = rows::draft_row(community, id, series, version, &terms, ctx.now)?;
    store::insert_expectation(tx, row.clone()).await?;
    tell(tx, ctx, EventType::ExpectationDrafted, &row, None).await?;
    Ok(id)
}

/// The latest version of an expectation, when another one may follow.
async fn latest_to_succeed(tx: &Tx, community: CommunityId, named: ExpectationId, changes: &Changes) -> Result<expectation::Model> {
    let latest = store::lock_series(tx, community, named)
        .await?
        .pop()
        .ok_or_else(|| Error::user("successorOf", Code::NotFound, "is not an expectation of this community"))?;
    if latest.status == Status::Draft {
        let message = format!("has a draft already, version {}; change or publish that one", latest.version);
        return Err(Error::user("successorOf", Code::NotAllowedNow, message));
    }
    if changes.metric.is_some_and(|metric| metric != latest.metric) {
        let message = "is the same for all versions, so that their kept rate means one thing; draft another expectation";
        return Err(Error::user("metric", Code::Invalid, message));
    }
    Ok(latest)
}

/// Changes a draft.
///
/// # Errors
/// As [`draft`]; also when it is no draft any more.
pub async fn update(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    id: ExpectationId,
    changes: &Changes,
    key: Option<&Once>,
) -> Result<ExpectationId> {
    access.require(Permission::ManageExpectations)?;
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move {
            let work = update_in(&tx, ctx, community, id, changes.clone());
            once(&tx, ctx, community, key, work).await
        })
        .await
}

/// As [`update`], within a transaction of the caller's, who has checked the permission.
///
/// # Errors
/// [`Error::User`], as [`update`].
pub(super) async fn update_in(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    id: ExpectationId,
    changes: Changes,
) -> Result<ExpectationId> {
    let changes = with_series(tx, community, changes).await?;
    let (row, earlier) = locked(tx, community, id).await?;
    if row.status != Status::Draft {
        let message = format!("is {} and cannot be changed; draft its next version", row.status);
        return Err(Error::user("expectationId", Code::NotAllowedNow, message));
    }
    if !earlier.is_empty() && changes.metric.is_some_and(|metric| metric != row.metric) {
        let message = "is the same for all versions, so that their kept rate means one thing; draft another expectation";
        return Err(Error::user("metric", Code::Invalid, message));
    }
    let old = rows::terms(&row)?;
    let new = old.clone().changed(changes).map_err(Error::User)?;
    if new == old {
        return Ok(id);
    }
    let row = rows::with_terms(row, &new)?;
    store::update_expectation(tx, row.clone()).await?;
    tell(tx, ctx, EventType::ExpectationUpdated, &row, None).await?;
    Ok(id)
}

/// Publishes a draft: it holds from `effective_from` on, by default from now. A published version before it ends there.
/// The past is for cases that are recorded late.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageExpectations`]; [`Error::User`] when it is no draft, when it would hold
/// before the version that it replaces, when another expectation is published under its name, or when its calendar cannot be
/// followed.
pub async fn publish(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    id: ExpectationId,
    effective_from: Option<Timestamp>,
    key: Option<&Once>,
) -> Result<ExpectationId> {
    access.require(Permission::ManageExpectations)?;
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move {
            let work = publish_in(&tx, ctx, community, id, effective_from);
            once(&tx, ctx, community, key, work).await
        })
        .await
}

/// As [`publish`], within a transaction of the caller's, who has checked the permission.
///
/// # Errors
/// [`Error::User`], as [`publish`].
pub(super) async fn publish_in(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    id: ExpectationId,
    effective_from: Option<Timestamp>,
) -> Result<ExpectationId> {
    // Who publishes at the same time waits, so that no name is taken twice.
    store::lock_names(tx, community).await?;
    let (row, earlier) = locked(tx, community, id).await?;
    if row.status != Status::Draft {
        let message = format!("is {} already; only a draft can be published", row.status);
        return Err(Error::user("expectationId", Code::NotAllowedNow, message));
    }
    check_to_publish(tx, ctx, &row).await?;
    let from = effective_from.unwrap_or(ctx.now);
    check_from(from, ctx.now).map_err(|error| Error::User(vec![error]))?;
    check_start(&earlier, from)?;
    check_name_is_free(tx, &row, from.max(ctx.now)).await?;
    let mut replaced = None;
    for published in earlier.into_iter().filter(|row| rows::status_at(row, ctx.now) == Status::Published) {
        replaced = Some(published.id);
        store::update_expectation(tx, ending(published, from, ctx.now)).await?;
    }
    if replaced.is_none() && store::count_published(tx, community, ctx.now).await? >= MAX_PUBLISHED {
        let message = format!("{MAX_PUBLISHED} expectations are published; retire one first");
        return Err(Error::user("expectationId", Code::TooMany, message));
    }
    let row = expectation::Model {
        status: Status::Published,
        effective_from: Some(from),
        published_at: Some(ctx.now),
        ..row
    };
    store::update_expectation(tx, row.clone()).await?;
    tell(tx, ctx, EventType::ExpectationPublished, &row, replaced).await?;
    Ok(id)
}

/// No two expectations are published under one name, upper and lower case aside, at the same time.
async fn check_name_is_free(tx: &Tx, row: &expectation::Model, at: Timestamp) -> Result<()> {
    let folded = |name: &str| name.trim().to_lowercase();
    let published = store::published_after(tx, row.community_id, at).await?;
    let taken = published
        .iter()
        .any(|other| other.series_id != row.series_id && folded(&other.name) == folded(&row.name));
    if taken {
        let message = "is the name of another published expectation; retire that one, draft its next version, or choose another name";
        return Err(Error::user("name", Code::Taken, message));
    }
    Ok(())
}

/// A published version that ends at an instant. It stays published until then.
fn ending(row: expectation::Model, end: Timestamp, now: Timestamp) -> expectation::Model {
    expectation::Model {
        status: if end <= now { Status::Retired } else { Status::Published },
        effective_to: Some(end),
        retired_at: Some(now),
        ..row
    }
}

/// The terms are what they must be, and the calendar can be followed now.
async fn check_to_publish(tx: &Tx, ctx: &OpContext, row: &expectation::Model) -> Result<()> {
    let errors = rows::terms(row)?.check();
    if !errors.is_empty() {
        return Err(Error::User(errors));
    }
    let Some(series) = row.calendar_series_id else { return Ok(()) };
    let calendar = store::current_calendar_of(&**tx, row.community_id, series).await?;
    let calendar = calendar.ok_or_else(|| Error::internal(format!("expectation {} has lost its calendar", row.id)))?;
    match calendars::compiles(ctx, &rows::definition(&calendar)?) {
        Err(Error::User(errors)) => {
            let reasons: Vec<String> = errors.into_iter().map(|error| error.message).collect();
            let message = format!("its calendar, {}, cannot be followed: {}", calendar.name, reasons.join("; "));
            Err(Error::user("expectationId", Code::NotAllowedNow, message))
        }
        other => other,
    }
}

/// No two versions hold at the same time: the next one starts no earlier than the one before did, and, where that has an end,
/// no earlier than that.
fn check_start(earlier: &[expectation::Model], from: Timestamp) -> Result<()> {
    let bound = |row: &expectation::Model| match row.status {
        Status::Draft => None,
        // Retired before its start: it never held.
        Status::Retired if row.effective_to == row.effective_from => None,
        Status::Published if row.effective_to.is_none() => Some((row.effective_from?, row.version, "starts")),
        Status::Published | Status::Retired => Some((row.effective_to?, row.version, "ends")),
    };
    match earlier.iter().filter_map(bound).max() {
        Some((earliest, version, what)) if from < earliest => {
            let message = format!("must not be before {earliest}, when version {version} {what}");
            Err(Error::user("effectiveFrom", Code::OutOfRange, message))
        }
        _ => Ok(()),
    }
}

/// Retires what is published: it is promised no more from now on. Clocks that run go on. A version that was to start later is
/// taken back: the one before it, which was to end there, goes on.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageExpectations`]; [`Error::User`] when it is a draft.
pub async fn retire(app: &App, ctx: &OpContext, access: &Access, id: ExpectationId, key: Option<&Once>) -> Result<ExpectationId> {
    access.require(Permission::ManageExpectations)?;
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move { once(&tx, ctx, community, key, retire_in(&tx, ctx, community, id)).await })
        .await
}

async fn retire_in(tx: &Tx, ctx: &OpContext, community: CommunityId, id: ExpectationId) -> Result<ExpectationId> {
    let (row, earlier) = locked(tx, community, id).await?;
    match rows::status_at(&row, ctx.now) {
        Status::Draft => {
            let message = "is a draft, which nobody was promised; publish it, or change it";
            return Err(Error::user("expectationId", Code::NotAllowedNow, message));
        }
        // The same again: it is done.
        Status::Retired => return Ok(id),
        Status::Published => {}
    }
    let never_held = row.effective_from.is_some_and(|from| from > ctx.now);
    if never_held {
        let before = earlier.into_iter().filter(|before| {
            rows::status_at(before, ctx.now) == Status::Published
                && before.effective_to.is_some()
                && before.effective_to == row.effective_from
        });
        for before in before {
            let goes_on = expectation::Model {
                effective_to: None,
                retired_at: None,
                ..before
            };
            store::update_expectation(tx, goes_on).await?;
        }
    }
    let end = if never_held {
        row.effective_from.unwrap_or(ctx.now)
    } else {
        ctx.now
    };
    let row = expectation::Model {
        status: Status::Retired,
        effective_to: Some(end),
        retired_at: Some(ctx.now),
        ..row
    };
    store::update_expectation(tx, row.clone()).await?;
    tell(tx, ctx, EventType::ExpectationRetired, &row, None).await?;
    Ok(id)
}

/// Drops a draft, as if it had never been.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageExpectations`]; [`Error::User`] when it is no draft.
pub async fn discard(app: &App, ctx: &OpContext, access: &Access, id: ExpectationId, key: Option<&Once>) -> Result<ExpectationId> {
    access.require(Permission::ManageExpectations)?;
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move { once(&tx, ctx, community, key, discard_in(&tx, ctx, community, id)).await })
        .await
}

async fn discard_in(tx: &Tx, ctx: &OpContext, community: CommunityId, id: ExpectationId) -> Result<ExpectationId> {
    let (row, _earlier) = locked(tx, community, id).await?;
    if row.status != Status::Draft {
        let message = format!("is {}; only a draft can be discarded", row.status);
        return Err(Error::user("expectationId", Code::NotAllowedNow, message));
    }
    store::delete_expectation(tx, community, id).await?;
    tell(tx, ctx, EventType::ExpectationDiscarded, &row, None).await?;
    Ok(id)
}

/// A version and those before it, oldest first, with the whole series locked.
async fn locked(tx: &Tx, community: CommunityId, id: ExpectationId) -> Result<(expectation::Model, Vec<expectation::Model>)> {
    let mut earlier = store::lock_series(tx, community, id).await?;
    let row = earlier
        .iter()
        .find(|row| row.id == id)
        .cloned()
        .ok_or_else(|| Error::user("expectationId", Code::NotFound, "is not an expectation of this community"))?;
    earlier.retain(|other| other.version < row.version);
    Ok((row, earlier))
}

/// Changes with the calendar's series in place of the version that the caller named.
async fn with_series(tx: &Tx, community: CommunityId, mut changes: Changes) -> Result<Changes> {
    if let Some(Some(named)) = changes.calendar {
        changes.calendar = Some(Some(series_of(tx, community, named).await?));
    }
    Ok(changes)
}

async fn series_of(tx: &Tx, community: CommunityId, named: CalendarId) -> Result<CalendarId> {
    let found = store::current_calendar_of(&**tx, community, named).await?;
    found
        .map(|row| row.series_id)
        .ok_or_else(|| Error::user("calendarId", Code::NotFound, "is not a calendar of this community"))
}

async fn tell(tx: &Tx, ctx: &OpContext, event_type: EventType, row: &expectation::Model, replaces: Option<ExpectationId>) -> Result<()> {
    let payload = json!({
        "name": row.name, "metric": row.metric, "series": row.series_id, "version": row.version, "status": row.status,
        "effectiveFrom": row.effective_from, "effectiveTo": row.effective_to, "replaces": replaces,
    });
    events::append(tx, ctx, row.community_id, vec![NewEvent::public(event_type, row.id.0, payload)]).await
}
