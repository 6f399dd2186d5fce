//! Follow-ups of those who may not work on their cases any more become nobody's: what nobody sees nobody does.

use entity::{CaseEventKind, CommunityId, StaffId, Visibility, case, follow_up};

use super::follow_ups::{Before, told};
use crate::context::OpContext;
use crate::db::Tx;
use crate::error::Result;
use crate::events;
use crate::features::cases::timeline;
use crate::features::recovery::store;

/// Follow-ups that are released at a time.
const BATCH: u64 = 500;

/// Takes the follow-ups on a case that are still to be done from those who may not work on it any more. The case is locked.
///
/// # Errors
/// When the database fails.
pub async fn release_on(tx: &Tx, ctx: &OpContext, case: &case::Model) -> Result<()> {
    let rows = store::owned_unseen(tx, case).await?;
    let rows = rows.into_iter().map(|row| (row, case.clone())).collect();
    release(tx, ctx, case.community_id, rows).await
}

/// Takes the follow-ups that are still to be done from a member of staff, as far as they are on cases above what they may work
/// on; all of them when that is nothing.
///
/// # Errors
/// When the database fails.
pub async fn release_of(tx: &Tx, ctx: &OpContext, community: CommunityId, staff: StaffId, up_to: Option<Visibility>) -> Result<()> {
    loop {
        let rows = store::owned_beyond(tx, community, (staff, up_to), BATCH).await?;
        if rows.is_empty() {
            return Ok(());
        }
        release(tx, ctx, community, rows).await?;
    }
}

async fn release(tx: &Tx, ctx: &OpContext, community: CommunityId, rows: Vec<(follow_up::Model, case::Model)>) -> Result<()> {
    let (mut ids, mut entries, mut announced) = (Vec::new(), Vec::new(), Vec::new());
    for (mut row, case) in rows {
        let before = Before::of(&row);
        row.owner_id = None;
        let step = (CaseEventKind::FollowUpAssigned, ctx.now.max(case.opened_at));
        let (of_row, events_of_row) = told(&case, &row, &[step], before);
        ids.push(row.id);
        entries.extend(of_row);
        announced.extend(events_of_row);
    }
    store::set_nobodys(tx, community, &ids).await?;
    timeline::add_all(tx, ctx, &entries).await?;
    events::append(tx, ctx, community, announced).await
}
