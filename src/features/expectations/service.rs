//! What other rooms ask of promises: which hold for a case, what they are, how well they were kept, and when a calendar is open.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use entity::{CalendarId, CommunityId, ExpectationId, Severity, Timestamp, calendar, expectation};
use quick_cache::sync::Cache;
use sea_orm::ConnectionTrait;

use super::rows;
use super::schedule::Schedule;
use super::store::{self, Kept};
use super::terms::{Period, Terms};
use crate::app::App;
use crate::context::OpContext;
use crate::error::{Error, Result};
use crate::features::cases::clocks::facts::Promise;
use crate::features::communities;

/// How many compiled calendars are remembered.
const REMEMBERED: usize = 1_000;

/// Longest time over which kept rates are counted, in days.
pub const MAX_KEPT_DAYS: i32 = 3_650;

/// The days over which published kept rates are counted.
pub const PUBLISHED_DAYS: i32 = 90;

const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// The time over which kept rates are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// From this instant on.
    pub from: Timestamp,
    /// Until before this one.
    pub until: Timestamp,
}

impl Span {
    /// From one instant until before another; a number of days before that one, where none to begin at is given; until now, where
    /// none to end at is given.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a time that is empty or too long.
    pub fn new(days: i32, from: Option<Timestamp>, to: Option<Timestamp>, now: Timestamp) -> Result<Self> {
        if !(1..=MAX_KEPT_DAYS).contains(&days) {
            return Err(Error::bad_input("days", format!("must be between 1 and {MAX_KEPT_DAYS}")));
        }
        let end = to.unwrap_or(now);
        let from = from.unwrap_or_else(|| end.plus_micros(-i64::from(days) * DAY_MICROS));
        if from >= end {
            let message = if to.is_some() {
                "must be before `to`"
            } else {
                "must be in the past"
            };
            return Err(Error::bad_input("from", message));
        }
        if end.as_micros().saturating_sub(from.as_micros()) > i64::from(MAX_KEPT_DAYS) * DAY_MICROS {
            let message = format!("must be at most {MAX_KEPT_DAYS} days before the end");
            return Err(Error::bad_input("from", message));
        }
        // What happens this very moment has happened.
        let until = to.unwrap_or_else(|| now.plus_micros(1));
        Ok(Self { from, until })
    }
}

/// Compiled calendars by what they say, so that it does not matter in which database or community they are.
static COMPILED: LazyLock<Cache<String, Arc<Schedule>>> = LazyLock::new(|| Cache::new(REMEMBERED));

/// A promise that a clock is to run for: the version of the expectation, and the version of its calendar.
pub type Promised = (ExpectationId, Option<CalendarId>);

/// The promises that hold for a case of this kind at an instant, by id; each with the present version of its calendar.
///
/// # Errors
/// When the database fails.
pub async fn promises_at(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    at: Timestamp,
    severity: Severity,
    category: Option<&str>,
    channel: Option<&str>,
) -> Result<Vec<Promised>> {
    let rows = store::holding(connection, community, Some(at)).await?;
    Ok(Catalogue::of(rows)?.promises_at(at, severity, category, channel))
}

/// All promises of a community, for those who ask about many cases at once.
#[derive(Clone, Debug)]
pub struct Catalogue(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    promised: Promised,
    series: ExpectationId,
    period: Period,
    terms: Terms,
}

/// Reads all promises of a community, as they are now.
///
/// # Errors
/// When the database fails.
pub async fn catalogue(connection: &impl ConnectionTrait, community: CommunityId) -> Result<Catalogue> {
    Catalogue::of(store::holding(connection, community, None).await?)
}

impl Catalogue {
    fn of(rows: Vec<(expectation::Model, Option<CalendarId>)>) -> Result<Self> {
        let entry = |(row, calendar): (expectation::Model, Option<CalendarId>)| -> Result<Entry> {
            if row.calendar_series_id.is_some() && calendar.is_none() {
                return Err(Error::internal(format!("expectation {} has lost its calendar", row.id)));
            }
            Ok(Entry {
                promised: (row.id, calendar),
                series: row.series_id,
                period: rows::period(&row),
                terms: rows::terms(&row)?,
            })
        };
        Ok(Self(rows.into_iter().map(entry).collect::<Result<_>>()?))
    }

    /// As [`promises_at`], without asking the database again.
    #[must_use]
    pub fn promises_at(&self, at: Timestamp, severity: Severity, category: Option<&str>, channel: Option<&str>) -> Vec<Promised> {
        let holds = |entry: &&Entry| entry.period.in_force(at) && entry.terms.covers(severity, category, channel);
        self.0.iter().filter(holds).map(|entry| entry.promised).collect()
    }

    /// As [`super::given::keep_given`], without asking the database again: what becomes of the promises `held` when a case
    /// changes, and what is promised `now` to such a case.
    #[must_use]
    pub fn keep_given(
        &self,
        held: &[Promised],
        now: Vec<Promised>,
        severity: Severity,
        category: Option<&str>,
        channel: Option<&str>,
    ) -> Vec<Promised> {
        let known = |id: ExpectationId| self.0.iter().find(|entry| entry.promised.0 == id);
        let stays = |promised: &Promised| known(promised.0).is_some_and(|entry| entry.terms.covers(severity, category, channel));
        let mut kept: Vec<Promised> = held.iter().copied().filter(stays).collect();
        let series: HashSet<ExpectationId> = kept.iter().filter_map(|(id, _)| known(*id)).map(|entry| entry.series).collect();
        let joins = |promised: &Promised| known(promised.0).is_some_and(|entry| !series.contains(&entry.series));
        kept.extend(now.into_iter().filter(joins));
        kept.sort_unstable();
        kept
    }
}

/// What promises are, in the order in which they are named.
///
/// # Errors
/// When one of them is not in the community, or the database fails.
pub async fn promises_by_id(connection: &impl ConnectionTrait, community: CommunityId, promised: &[Promised]) -> Result<Vec<Promise>> {
    if promised.is_empty() {
        return Ok(Vec::new());
    }
    let ids: HashSet<ExpectationId> = promised.iter().map(|(id, _)| *id).collect();
    let ids: Vec<ExpectationId> = ids.into_iter().collect();
    let expectations = store::expectations_by_ids(connection, community, &ids).await?;
    let calendars: HashSet<CalendarId> = promised.iter().filter_map(|(_, calendar)| *calendar).collect();
    let calendars: Vec<CalendarId> = calendars.into_iter().collect();
    let schedules = schedules(connection, community, &calendars).await?;
    let promise = |(id, calendar): &Promised| -> Result<Promise> {
        let row = expectations
            .get(id)
            .ok_or_else(|| Error::internal(format!("there is no expectation {id}")))?;
        let schedule = match calendar {
            None => Arc::new(Schedule::always()),
            Some(calendar) => schedules
                .get(calendar)
                .cloned()
                .ok_or_else(|| Error::internal(format!("there is no calendar {calendar}")))?,
        };
        Ok(Promise {
            expectation: *id,
            calendar: *calendar,
            metric: row.metric,
            target: row.target,
            warn_before: row.warn_before,
            pauses_waiting: row.pauses_waiting,
            pauses_on_hold: row.pauses_on_hold,
            schedule,
        })
    };
    promised.iter().map(promise).collect()
}

async fn schedules(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    calendars: &[CalendarId],
) -> Result<HashMap<CalendarId, Arc<Schedule>>> {
    if calendars.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = store::calendars_by_ids(connection, community, calendars).await?;
    rows.into_iter().map(|(id, row)| Ok((id, schedule(&row)?))).collect()
}

/// When a version of a calendar is open.
///
/// # Errors
/// When the row holds no calendar, which would be our own fault.
pub fn schedule(row: &calendar::Model) -> Result<Arc<Schedule>> {
    let says = format!("{}\n{}\n{}", row.zone, row.hours, row.holidays);
    if let Some(known) = COMPILED.get(&says) {
        return Ok(known);
    }
    // It was open at some time after it was made; whether it ever is again is not asked here.
    let compiled = Schedule::compile(&rows::definition(row)?, row.created_at)
        .map_err(|error| Error::internal(format!("calendar {}: {}: {}", row.id, error.field, error.message)))?;
    let compiled = Arc::new(compiled);
    COMPILED.insert(says, Arc::clone(&compiled));
    Ok(compiled)
}

/// How well expectations were kept over a time, by series; none for those of which nothing was settled.
///
/// # Errors
/// When the database fails.
pub async fn kept(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    series: &[ExpectationId],
    span: Span,
    now: Timestamp,
) -> Result<HashMap<ExpectationId, Kept>> {
    store::kept(connection, community, series, (span.from, span.until), now).await
}

/// What a community promises now, by name: for everybody where the community says so, otherwise for those with a part in it.
///
/// # Errors
/// [`Error::NotFound`] when there is no such community, or it does not publish what it promises.
pub async fn published(app: &App, ctx: &OpContext, slug: &str) -> Result<Vec<expectation::Model>> {
    let own = ctx.all_access().iter().find(|access| access.community.slug == slug);
    let community = match own {
        Some(access) => access.community_id(),
        None => communities::service::publishing(&app.db, slug).await?.id,
    };
    let holding = store::holding(app.db.read(), community, Some(ctx.now)).await?;
    let mut rows: Vec<expectation::Model> = holding.into_iter().map(|(row, _)| row).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_count_over_has_its_bounds() {
        let day = |day: i64| Timestamp::from_micros(day * DAY_MICROS);
        let now = day(20_000);
        let span = |days, from, to| Span::new(days, from, to, now).map(|span| (span.from, span.until));
        assert_eq!(span(90, None, None).unwrap(), (day(19_910), now.plus_micros(1)));
        assert_eq!(span(3_650, None, None).unwrap().0, day(16_350));
        assert_eq!(span(7, None, Some(day(100))).unwrap(), (day(93), day(100)));
        assert_eq!(span(90, Some(day(0)), Some(day(3_650))).unwrap(), (day(0), day(3_650)));
        assert_eq!(span(90, Some(day(19_999)), None).unwrap().0, day(19_999));
        for (days, from, to, field) in [
            (0, None, None, "days"),
            (3_651, None, None, "days"),
            (90, Some(day(5)), Some(day(5)), "from"),
            (90, Some(now), None, "from"),
            (90, Some(day(0)), Some(day(3_651)), "from"),
            (90, Some(day(0)), None, "from"),
        ] {
            assert!(
                matches!(span(days, from, to), Err(Error::BadInput { field: of, .. }) if of == field),
                "{days} {from:?} {to:?}"
            );
        }
    }
}
