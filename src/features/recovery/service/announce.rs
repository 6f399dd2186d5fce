//! Telling that the day of a follow-up has come, or that its time has passed.
//!
//! Nothing is decided here: the rules say what happened by now, and when. Each step is told once, by whichever process is
//! first; what was missed while none ran is made up for, with the times at which it happened.

use std::collections::BTreeMap;

use entity::{CommunityId, FollowUpStatus, Timestamp, case, follow_up};

use super::follow_ups::{Before, told};
use crate::app::App;
use crate::context::OpContext;
use crate::db::Tx;
use crate::error::Result;
use crate::events;
use crate::features::cases::timeline;
use crate::features::recovery::follow_up as rules;
use crate::features::recovery::store;

/// Announces what is due by `now` of at most `limit` follow-ups, of all communities; returns how many announcements that were.
///
/// # Errors
/// When the database fails.
pub async fn announce(app: &App, now: Timestamp, limit: u64) -> Result<usize> {
    // Nothing waits most of the time, and a look needs no transaction.
    if !store::anything_to_announce(app.db.read(), now).await? {
        return Ok(0);
    }
    let ctx = OpContext {
        now,
        ..app.system("clock")
    };
    let ctx = &ctx;
    app.db
        .write(|tx: Tx| async move {
            let mut communities: BTreeMap<CommunityId, Vec<(follow_up::Model, case::Model)>> = BTreeMap::new();
            for (row, case) in store::to_announce(&tx, now, limit).await? {
                communities.entry(row.community_id).or_default().push((row, case));
            }
            let mut count = 0;
            for (community, waiting) in communities {
                count += announce_in(&tx, ctx, community, waiting).await?;
            }
            Ok(count)
        })
        .await
}

async fn announce_in(tx: &Tx, ctx: &OpContext, community: CommunityId, waiting: Vec<(follow_up::Model, case::Model)>) -> Result<usize> {
    let (mut due, mut missed, mut entries, mut announced) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (mut row, case) in waiting {
        let steps = rules::advance(&mut row, ctx.now);
        match row.status {
            FollowUpStatus::Due => due.push(row.id),
            FollowUpStatus::Missed => missed.push(row.id),
            FollowUpStatus::Scheduled | FollowUpStatus::Kept | FollowUpStatus::Cancelled => {}
        }
        let (of_row, events_of_row) = told(&case, &row, &steps, Before::of(&row));
        entries.extend(of_row);
        announced.extend(events_of_row);
    }
    store::set_due(tx, community, &due).await?;
    store::set_missed(tx, community, &missed).await?;
    timeline::add_all(tx, ctx, &entries).await?;
    let count = announced.len();
    events::append(tx, ctx, community, announced).await?;
    Ok(count)
}
