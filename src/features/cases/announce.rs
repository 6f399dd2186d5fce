//! Telling of warnings and breaches when their time has come.
//!
//! Nothing is decided here: a clock says when it warns and when it is broken, and that instant is told, however late the
//! telling. Each is told once, by whichever process is first; what was missed while none ran is made up for at the start.

use std::collections::BTreeMap;
use std::time::Duration;

use entity::{BreachId, CaseEventKind, ClockState, CommunityId, Timestamp, breach, case, clock};

use super::{rows, store, timeline};
use crate::app::App;
use crate::context::OpContext;
use crate::db::Tx;
use crate::db::query::reserve_ids;
use crate::error::Result;
use crate::events;
use crate::features::recovery;

/// Announcements in one transaction.
const BATCH: u64 = 500;

/// How often the clock is looked at. Looking costs one read of an index.
const EVERY: Duration = Duration::from_secs(1);

/// Announces until the process stops.
pub async fn run(app: App) {
    loop {
        let ctx = app.system("clock");
        if let Err(error) = run_once(&app, ctx.now).await {
            // The database may be away for a while: nothing is lost, it is tried again.
            tracing::warn!(%error, "announcements have to wait");
        }
        if !app.stopping.rest(EVERY).await {
            return;
        }
    }
}

/// Announces everything whose time has come by `now`; returns how many announcements that were.
///
/// # Errors
/// When the database fails.
pub async fn run_once(app: &App, now: Timestamp) -> Result<usize> {
    let mut announced = 0;
    loop {
        let clocks = announce_clocks(app, now).await?;
        let follow_ups = recovery::service::announce(app, now, BATCH).await?;
        announced += clocks + follow_ups;
        if clocks + follow_ups == 0 {
            return Ok(announced);
        }
    }
}

async fn announce_clocks(app: &App, now: Timestamp) -> Result<usize> {
    let ctx = OpContext {
        now,
        ..app.system("clock")
    };
    let ctx = &ctx;
    app.db
        .write(|tx: Tx| async move {
            let due = store::due_clocks(&tx, now, BATCH).await?;
            let mut communities: BTreeMap<CommunityId, Vec<(clock::Model, case::Model)>> = BTreeMap::new();
            for (clock, case) in due {
                communities.entry(clock.community_id).or_default().push((clock, case));
            }
            let mut count = 0;
            for (community, due) in communities {
                count += announce_in(&tx, ctx, community, due).await?;
            }
            Ok(count)
        })
        .await
}

/// What is to be told of a clock by `now`: its warning, its breach, or both after a time in which nobody told.
fn steps(clock: &clock::Model, now: Timestamp) -> Vec<(CaseEventKind, Timestamp)> {
    let Some(due) = clock.due_at else { return Vec::new() };
    let mut steps = Vec::new();
    // Before the warning was told, the warning is what comes next.
    if let Some(warn) = clock.warn_at.filter(|warn| clock.next_at == Some(*warn)) {
        steps.push((CaseEventKind::ClockWarned, warn));
    }
    if due < now {
        steps.push((CaseEventKind::ClockBreached, due));
    }
    steps
}

async fn announce_in(tx: &Tx, ctx: &OpContext, community: CommunityId, due: Vec<(clock::Model, case::Model)>) -> Result<usize> {
    let (mut entries, mut told, mut breaches) = (Vec::new(), Vec::new(), Vec::new());
    let (mut warned, mut breached) = (Vec::new(), Vec::new());
    for (clock, case) in &due {
        for (kind, at) in steps(clock, ctx.now) {
            entries.push(rows::entry(case, clock, kind, at));
            told.extend(rows::announcement(case, clock, kind, at));
        }
        match clock.due_at {
            Some(due) if due < ctx.now => {
                breached.push((clock.id, None));
                breaches.push(broken(clock, due, ctx.now));
            }
            due => warned.push((clock.id, due.map(|due| due.plus_micros(1)))),
        }
    }
    let ids = reserve_ids(&**tx, "breaches", breaches.len()).await?;
    for (breach, id) in breaches.iter_mut().zip(ids) {
        breach.id = BreachId(id);
    }
    store::insert_breaches(tx, &breaches).await?;
    store::set_announced(tx, community, ClockState::Breaching, &breached).await?;
    store::set_announced(tx, community, ClockState::ImminentBreach, &warned).await?;
    timeline::add_all(tx, ctx, &entries).await?;
    let count = told.len();
    events::append(tx, ctx, community, told).await?;
    Ok(count)
}

fn broken(clock: &clock::Model, due_at: Timestamp, now: Timestamp) -> breach::Model {
    breach::Model {
        community_id: clock.community_id,
        id: BreachId(0),
        case_id: clock.case_id,
        clock_id: clock.id,
        expectation_id: clock.expectation_id,
        due_at,
        detected_at: now,
        ended_at: None,
        overrun: None,
        excused_at: None,
        excused_by: None,
        excuse: None,
    }
}
