//! After every command: the timeline is read back, its clocks are replayed, and what differs is written down.
//!
//! That costs what the case's own events cost, and nothing else decides what a clock says.

use std::collections::{HashMap, HashSet};

use entity::{BreachId, CaseEventKind, ClockId, Timestamp, breach, case, clock};
use serde_json::Value;

use super::clocks::facts::{Fact, Happened, History};
use super::clocks::replay::{Clock, replay};
use super::rows::{self, ClockKey};
use super::store::FactRow;
use super::{store, summary, timeline};
use crate::context::OpContext;
use crate::db::Tx;
use crate::db::query::reserve_ids;
use crate::error::Result;
use crate::events::{self, NewEvent};
use crate::features::expectations;

/// The facts of a case and what its clocks make of them.
pub struct Standing {
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
    let clocks = clocks_of(tx, ctx, row, &facts).await?;
    Ok(Standing {
        facts,
        clocks,
        told: stored.iter().filter_map(told).collect(),
    })
}

/// The clocks that facts make run.
///
/// # Errors
/// When the database fails.
pub async fn clocks_of(tx: &Tx, ctx: &OpContext, row: &case::Model, facts: &[Happened]) -> Result<Vec<Clock>> {
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
    Ok(replay(&history, ctx.now))
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
    let (clocks, fresh) = write_clocks(tx, ctx, &row, &standing.clocks).await?;
    let new_breaches = write_breaches(tx, ctx, &row, &clocks).await?;
    tell(tx, ctx, &row, &clocks, &standing, fresh || new_breaches).await?;
    summary::summarize(&mut row, &standing.facts);
    row.queue_due_at = summary::queue_due_at(&standing.clocks);
    row.version += 1;
    row.updated_at = ctx.now;
    store::update_case(tx, row.clone()).await?;
    Ok(row)
}

type Paired<'a> = Vec<(&'a Clock, clock::Model)>;

/// Writes the clocks that are new or differ; returns all with their rows, and whether any was written.
async fn write_clocks<'a>(tx: &Tx, ctx: &OpContext, case: &case::Model, clocks: &'a [Clock]) -> Result<(Paired<'a>, bool)> {
    let stored = store::clocks_in(tx, case.community_id, case.id).await?;
    let mut stored: HashMap<ClockKey, clock::Model> = stored.into_iter().map(|row| (rows::key_of(&row), row)).collect();
    let missing = clocks.iter().filter(|clock| !stored.contains_key(&rows::key(clock))).count();
    let mut ids = reserve_ids(&**tx, "clocks", missing).await?.into_iter().map(ClockId);
    let (mut paired, mut new, mut changed) = (Vec::with_capacity(clocks.len()), Vec::new(), false);
    for clock in clocks {
        match stored.remove(&rows::key(clock)) {
            Some(old) => {
                let row = rows::clock_row(case, clock, old.id, ctx.now);
                // What a running clock has consumed grows by itself: it is written when something else changes.
                let running = row.ended_at.is_none() && row.paused_at.is_none();
                let same = clock::Model {
                    consumed: if running { row.consumed } else { old.consumed },
                    ..old
                } == row;
                if !same {
                    store::update_clock(tx, row.clone()).await?;
                    changed = true;
                }
                paired.push((clock, row));
            }
            None => {
                let id = ids.next().unwrap_or(ClockId(0));
                let row = rows::clock_row(case, clock, id, ctx.now);
                new.push(row.clone());
                paired.push((clock, row));
            }
        }
    }
    store::insert_clocks(tx, &new).await?;
    // A fact that arrives late can show that a clock should never have run.
    for orphan in stored.into_values().filter(|row| row.ended_at.is_none()) {
        let cancelled = clock::Model {
            state: entity::ClockState::Cancelled,
            ended_at: Some(ctx.now),
            next_at: None,
            ..orphan
        };
        store::update_clock(tx, cancelled).await?;
    }
    Ok((paired, changed || !new.is_empty()))
}

/// Writes breaches that are new, went on or ended. One that turns out not to have been is excused, never deleted.
async fn write_breaches(tx: &Tx, ctx: &OpContext, case: &case::Model, clocks: &Paired<'_>) -> Result<bool> {
    let mut stored = store::breaches_in(tx, case.community_id, case.id).await?;
    let mut new = Vec::new();
    for (clock, row) in clocks {
        let found = rows::breach_row(clock, row, BreachId(0), ctx.now);
        match (stored.remove(&row.id), found) {
            (None, Some(breach)) => new.push(breach),
            (Some(old), Some(breach))
                if old.ended_at != breach.ended_at || old.overrun != breach.overrun || old.due_at != breach.due_at =>
            {
                let changed = breach::Model {
                    due_at: breach.due_at,
                    ended_at: breach.ended_at,
                    overrun: breach.overrun,
                    ..old
                };
                store::update_breach(tx, changed).await?;
            }
            (Some(old), None) if old.excused_at.is_none() => {
                let excused = breach::Model {
                    ended_at: old.ended_at.or(row.ended_at).or(Some(ctx.now)),
                    excused_at: Some(ctx.now),
                    excused_by: Some("system:late-facts".to_owned()),
                    excuse: Some("What was recorded later shows that the promise was kept.".to_owned()),
                    ..old
                };
                store::update_breach(tx, excused).await?;
            }
            _ => {}
        }
    }
    let ids = reserve_ids(&**tx, "breaches", new.len()).await?;
    for (breach, id) in new.iter_mut().zip(ids) {
        breach.id = BreachId(id);
    }
    store::insert_breaches(tx, &new).await?;
    Ok(!new.is_empty())
}

/// Adds what clocks did since the last time to the timeline, and announces warnings and breaches.
async fn tell(tx: &Tx, ctx: &OpContext, case: &case::Model, clocks: &Paired<'_>, standing: &Standing, changed: bool) -> Result<()> {
    if !changed {
        return Ok(());
    }
    let (mut entries, mut announced): (Vec<_>, Vec<NewEvent>) = (Vec::new(), Vec::new());
    for (clock, row) in clocks {
        for step in &clock.log {
            let kind = rows::entry_kind(step.kind);
            if !standing.told.contains(&(row.id.0, kind, step.at)) {
                entries.push(rows::entry(case, row, kind, step.at));
                announced.extend(rows::announcement(case, row, kind, step.at));
            }
        }
    }
    entries.sort_by_key(|entry| entry.at);
    timeline::add_all(tx, ctx, &entries).await?;
    events::append(tx, ctx, case.community_id, announced).await
}
