//! After every command: the timeline is read back, its clocks are replayed, and what differs is written down.
//!
//! That costs what the case's own events cost, and nothing else decides what a clock says.

use std::collections::{HashMap, HashSet};

use entity::{BreachId, CaseEventKind, ClockId, Timestamp, breach, case, clock};
use serde_json::{Value, json};

use super::clocks::facts::{Fact, Happened, History};
use super::clocks::replay::{Clock, replay};
use super::rows::{self, ClockKey};
use super::store::FactRow;
use super::timeline::NewEntry;
use super::{store, summary, timeline};
use crate::context::OpContext;
use crate::db::Tx;
use crate::db::query::reserve_ids;
use crate::error::Result;
use crate::events::{self, EventType, NewEvent};
use crate::features::expectations;

/// The facts of a case and what its clocks make of them.
pub struct Standing {
    /// As of when: the instant of the operation, and never before one that the case was brought in line with already. Requests
    /// read the clock before they get the case, and servers' clocks differ.
    pub now: Timestamp,
    /// The facts.
    pub facts: Vec<Happened>,
    /// The clocks at the instant of the operation.
    pub clocks: Vec<Clock>,
    told: HashSet<(i64, CaseEventKind, Timestamp)>,
}

/// Replays a case as its timeline stands.
///
/// # Errors
/// When the database fails.
pub async fn standing(tx: &Tx, ctx: &OpContext, row: &case::Model) -> Result<Standing> {
    let stored = store::fact_rows(tx, row.community_id, row.id).await?;
    let facts = timeline::facts(&stored);
    let now = stored.iter().map(|row| row.recorded_at).fold(ctx.now, Timestamp::max);
    let clocks = clocks_of(tx, now, row, &facts).await?;
    Ok(Standing {
        now,
        facts,
        clocks,
        told: stored.iter().filter_map(told).collect(),
    })
}

/// The clocks that facts make run.
///
/// # Errors
/// When the database fails.
pub async fn clocks_of(tx: &Tx, now: Timestamp, row: &case::Model, facts: &[Happened]) -> Result<Vec<Clock>> {
    let mut named = Vec::new();
    for happened in facts {
        match &happened.fact {
            Fact::Promises(promises) => named.extend(promises.iter().copied()),
            Fact::Absorbed(carried) => named.extend(carried.iter().map(|clock| (clock.expectation, clock.calendar))),
            _ => {}
        }
    }
    named.sort_unstable();
    named.dedup();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let promises = expectations::service::promises_by_id(&**tx, row.community_id, &named).await?;
    let history = History {
        facts,
        promises: &promises,
    };
    Ok(replay(&history, now))
}

fn told(row: &FactRow) -> Option<(i64, CaseEventKind, Timestamp)> {
    use CaseEventKind as K;
    let is_clock = matches!(
        row.kind,
        K::ClockActivated | K::ClockPaused | K::ClockResumed | K::ClockFulfilled | K::ClockWarned | K::ClockBreached | K::ClockCancelled
    );
    let detail: Value = is_clock.then(|| serde_json::from_str(&row.detail).ok()).flatten()?;
    Some((detail.get("clock")?.as_i64()?, row.kind, row.at))
}

/// Brings clocks, breaches and the case's own fields in line with its timeline, and tells what is new. Writes the row, with
/// the next version.
///
/// # Errors
/// When the database fails.
pub async fn settle(tx: &Tx, ctx: &OpContext, mut row: case::Model) -> Result<case::Model> {
    let standing = standing(tx, ctx, &row).await?;
    let ctx = &OpContext {
        now: standing.now,
        ..ctx.clone()
    };
    let (clocks, written) = write_clocks(tx, ctx, &row, &standing.clocks).await?;
    let new_breaches = write_breaches(tx, ctx, &row, &clocks).await?;
    end_brought_breaches(tx, &row, &standing.clocks).await?;
    if new_breaches || !written.is_empty() {
        tell(tx, ctx, &row, &clocks, &standing).await?;
    }
    summary::summarize(&mut row, &standing.facts);
    row.queue_due_at = summary::queue_due_at(&standing.clocks);
    row.version += 1;
    row.updated_at = ctx.now;
    store::update_case(tx, row.clone()).await?;
    Ok(row)
}

/// A clock with its row, and whether its times are others than they were.
struct Paired<'a> {
    clock: &'a Clock,
    row: clock::Model,
    moved: bool,
}

/// Writes the clocks that are new or differ; returns all with their rows, and which were written.
async fn write_clocks<'a>(
    tx: &Tx,
    ctx: &OpContext,
    case: &case::Model,
    clocks: &'a [Clock],
) -> Result<(Vec<Paired<'a>>, HashSet<ClockId>)> {
    let stored = store::clocks_in(tx, case.community_id, case.id).await?;
    let mut known: HashMap<ClockKey, Vec<clock::Model>> = HashMap::new();
    for row in stored {
        known.entry(rows::key_of(&row)).or_default().push(row);
    }
    // Several that began at one instant are told apart by their order.
    known
        .values_mut()
        .for_each(|rows| rows.sort_by_key(|row| std::cmp::Reverse(row.instance)));
    let matched: Vec<Option<clock::Model>> = clocks.iter().map(|clock| known.get_mut(&rows::key(clock))?.pop()).collect();
    let missing = matched.iter().filter(|found| found.is_none()).count();
    let mut ids = reserve_ids(&**tx, "clocks", missing).await?.into_iter().map(ClockId);
    let (mut paired, mut new, mut written) = (Vec::with_capacity(clocks.len()), Vec::new(), HashSet::new());
    for (clock, found) in clocks.iter().zip(matched) {
        let (row, moved) = match found {
            Some(old) => {
                let row = rows::clock_row(case, clock, old.id, ctx.now);
                let moved = times(&old) != times(&row);
                // What a running clock has consumed grows by itself: it is written when something else changes.
                let running = row.ended_at.is_none() && row.paused_at.is_none();
                let same = clock::Model {
                    consumed: if running { row.consumed } else { old.consumed },
                    ..old
                } == row;
                if !same {
                    store::update_clock(tx, row.clone()).await?;
                    written.insert(row.id);
                }
                (row, moved)
            }
            None => {
                let id = ids.next().unwrap_or(ClockId(0));
                let row = rows::clock_row(case, clock, id, ctx.now);
                new.push(row.clone());
                written.insert(id);
                (row, false)
            }
        };
        paired.push(Paired { clock, row, moved });
    }
    store::insert_clocks(tx, &new).await?;
    cancel(tx, ctx, case, known.into_values().flatten()).await?;
    Ok((paired, written))
}

/// The times of a clock that readers go by.
const fn times(row: &clock::Model) -> [Option<Timestamp>; 4] {
    [row.due_at, row.warn_at, row.fulfilled_at, row.ended_at]
}

/// Ends clocks that should never have run, as a fact that arrived late shows.
async fn cancel(tx: &Tx, ctx: &OpContext, case: &case::Model, orphans: impl Iterator<Item = clock::Model>) -> Result<()> {
    let running: Vec<clock::Model> = orphans.filter(|row| row.ended_at.is_none()).collect();
    let mut announced = Vec::with_capacity(running.len());
    for orphan in running {
        let cancelled = clock::Model {
            state: entity::ClockState::Cancelled,
            ended_at: Some(ctx.now),
            next_at: None,
            ..orphan
        };
        announced.push(rows::clock_event(case, &cancelled, EventType::ClockCancelled, ctx.now));
        store::update_clock(tx, cancelled).await?;
    }
    events::append(tx, ctx, case.community_id, announced).await
}

/// Writes breaches that are new, went on or ended. One that turns out not to have been is excused, never deleted.
async fn write_breaches(tx: &Tx, ctx: &OpContext, case: &case::Model, clocks: &[Paired<'_>]) -> Result<bool> {
    let mut stored = store::breaches_in(tx, case.community_id, case.id).await?;
    let mut new = Vec::new();
    for Paired { clock, row, .. } in clocks {
        let found = rows::breach_row(clock, row, BreachId(0), ctx.now);
        match (stored.remove(&row.id), found) {
            (None, Some(breach)) => new.push(breach),
            (Some(old), Some(breach)) => {
                let stands = old.excused_by.as_deref() != Some(LATE_FACTS);
                // Where a case was merged into another one, what is done over there ended it.
                let over_there = case.merged_into.filter(|_into| breach.ended_at.is_none()).and(old.ended_at);
                let changed = breach::Model {
                    due_at: breach.due_at,
                    ended_at: breach.ended_at.or(over_there),
                    overrun: breach.overrun.or(over_there.and(old.overrun)),
                    excused_at: old.excused_at.filter(|_| stands),
                    excused_by: old.excused_by.clone().filter(|_| stands),
                    excuse: old.excuse.clone().filter(|_| stands),
                    ..old.clone()
                };
                if changed != old {
                    if old.excused_at.is_some() && changed.excused_at.is_none() {
                        let event = rows::breach_event(case, &changed, EventType::BreachReinstated);
                        events::append(tx, ctx, case.community_id, vec![event]).await?;
                    }
                    store::update_breach(tx, changed).await?;
                }
            }
            (Some(old), None) => withdraw(tx, ctx, case, old, row.ended_at).await?,
            (None, None) => {}
        }
    }
    // Those of clocks that should never have run.
    for old in stored.into_values() {
        withdraw(tx, ctx, case, old, None).await?;
    }
    let ids = reserve_ids(&**tx, "breaches", new.len()).await?;
    for (breach, id) in new.iter_mut().zip(ids) {
        breach.id = BreachId(id);
    }
    store::insert_breaches(tx, &new).await?;
    Ok(!new.is_empty())
}

/// Breaches of cases that were merged into this one end with the clocks that go on here.
async fn end_brought_breaches(tx: &Tx, case: &case::Model, clocks: &[Clock]) -> Result<()> {
    if !clocks.iter().any(|clock| clock.came_broken) {
        return Ok(());
    }
    let brought = store::brought_breaches(tx, case.community_id, case.id).await?;
    for clock in clocks.iter().filter(|clock| clock.came_broken) {
        let found = brought.iter().find(|brought| {
            let same_promise = (brought.expectation, brought.calendar) == (clock.expectation, clock.calendar);
            let same_time = (brought.started_at, brought.instance) == (clock.started_at, rows::instance(clock));
            same_promise && same_time && Some(brought.started_in) == clock.carried_from
        });
        let (Some(found), Some(breach)) = (found, clock.breach) else {
            continue;
        };
        if (found.ended_at, found.overrun) != (breach.ended_at, breach.overrun) {
            store::end_breach(tx, case.community_id, found.breach, (breach.ended_at, breach.overrun)).await?;
        }
    }
    Ok(())
}

/// Who excuses breaches that later facts disprove.
const LATE_FACTS: &str = "system:late-facts";

/// Excuses a breach that was none, as what was recorded later shows. It stays on record.
async fn withdraw(tx: &Tx, ctx: &OpContext, case: &case::Model, old: breach::Model, ended: Option<Timestamp>) -> Result<()> {
    if old.excused_at.is_some() {
        return Ok(());
    }
    let excuse = "What was recorded later shows that the promise was kept.";
    let entry = NewEntry::internal(case, CaseEventKind::BreachExcused, ctx.now).text(excuse);
    timeline::add(tx, ctx, entry.detail(json!({ "breach": old.id }))).await?;
    let event = rows::breach_event(case, &old, EventType::BreachExcused);
    events::append(tx, ctx, case.community_id, vec![event]).await?;
    let excused = breach::Model {
        ended_at: old.ended_at.or(ended.filter(|ended| *ended >= old.due_at)).or(Some(ctx.now)),
        excused_at: Some(ctx.now),
        excused_by: Some(LATE_FACTS.to_owned()),
        excuse: Some(excuse.to_owned()),
        ..old
    };
    store::update_breach(tx, excused).await
}

/// Adds what clocks did since the last time to the timeline, and announces it; also where only their times are others now.
async fn tell(tx: &Tx, ctx: &OpContext, case: &case::Model, clocks: &[Paired<'_>], standing: &Standing) -> Result<()> {
    let (mut entries, mut announced): (Vec<_>, Vec<NewEvent>) = (Vec::new(), Vec::new());
    for Paired { clock, row, moved } in clocks {
        let told_before = entries.len();
        for step in &clock.log {
            let kind = rows::entry_kind(step.kind);
            if !standing.told.contains(&(row.id.0, kind, step.at)) {
                entries.push(rows::entry(case, row, kind, step.at));
                announced.extend(rows::announcement(case, row, kind, step.at));
            }
        }
        if *moved && entries.len() == told_before {
            announced.push(rows::clock_event(case, row, EventType::ClockUpdated, ctx.now));
        }
    }
    entries.sort_by_key(|entry| entry.at);
    timeline::add_all(tx, ctx, &entries).await?;
    events::append(tx, ctx, case.community_id, announced).await
}
