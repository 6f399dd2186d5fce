//! Writing new cases, one or hundreds at once, with their timelines, clocks and breaches.

use entity::{BreachId, ClockId, case, clock};

use super::clocks::replay::Clock;
use super::timeline::{self, NewEntry};
use super::{rows, store};
use crate::context::OpContext;
use crate::db::Tx;
use crate::db::query::reserve_ids;
use crate::error::Result;
use crate::events::NewEvent;

/// A case about to be written. Its id and number were reserved.
#[derive(Debug)]
pub struct NewCase {
    /// The row.
    pub row: case::Model,
    /// Its timeline so far.
    pub entries: Vec<NewEntry>,
    /// What the replay of that timeline gave.
    pub clocks: Vec<Clock>,
}

/// Writes new cases. Returns the announcements of what their clocks did by now; who opens a case writes them to the change log, who
/// brings in old ones does not.
///
/// # Errors
/// [`crate::error::Error::Raced`] when another writer opened one of them in the meantime; when the database fails.
pub async fn insert(tx: &Tx, ctx: &OpContext, cases: Vec<NewCase>) -> Result<Vec<NewEvent>> {
    let clock_count = cases.iter().map(|case| case.clocks.len()).sum();
    let mut clock_ids = reserve_ids(&**tx, "clocks", clock_count).await?.into_iter().map(ClockId);
    let breach_count = cases
        .iter()
        .flat_map(|case| &case.clocks)
        .filter(|clock| clock.breach.is_some())
        .count();
    let mut breach_ids = reserve_ids(&**tx, "breaches", breach_count).await?.into_iter().map(BreachId);

    let (mut case_rows, mut entries, mut clocks, mut breaches, mut events) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for mut case in cases {
        for (clock, id) in case.clocks.iter().zip(clock_ids.by_ref()) {
            let row = rows::clock_row(&case.row, clock, id, ctx.now);
            let (steps, announced) = told(&case.row, clock, &row);
            case.entries.extend(steps);
            events.extend(announced);
            if clock.breach.is_some() {
                breaches.extend(breach_ids.next().and_then(|id| rows::breach_row(clock, &row, id, ctx.now)));
            }
            clocks.push(row);
        }
        // Told in the order in which things happened.
        case.entries.sort_by_key(|entry| entry.at);
        entries.append(&mut case.entries);
        case_rows.push(case.row);
    }
    store::insert_cases(tx, &case_rows).await?;
    timeline::add_all(tx, ctx, &entries).await?;
    store::insert_clocks(tx, &clocks).await?;
    store::insert_breaches(tx, &breaches).await?;
    Ok(events)
}

fn told(case: &case::Model, clock: &Clock, row: &clock::Model) -> (Vec<NewEntry>, Vec<NewEvent>) {
    let steps = clock.log.iter().map(|step| (rows::entry_kind(step.kind), step.at));
    let entries = steps.clone().map(|(kind, at)| rows::entry(case, row, kind, at)).collect();
    let events = steps.filter_map(|(kind, at)| rows::announcement(case, row, kind, at)).collect();
    (entries, events)
}
