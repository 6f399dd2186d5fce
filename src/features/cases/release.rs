//! Work of those who may not do it any more becomes nobody's, so that it is found where work is handed out: cases and follow-ups
//! that a member of staff has and may not see, or may not work on, since their grant was changed or taken away.

use entity::{CaseEventKind, CaseId, CommunityId, StaffId, case};
use serde_json::json;

use super::timeline::{self, NewEntry};
use super::{rows, store};
use crate::context::OpContext;
use crate::db::Tx;
use crate::error::Result;
use crate::events::{self, EventType, NewEvent};
use crate::features::recovery;

/// Cases that are released at a time.
const BATCH: u64 = 500;

/// Takes from a member of staff what they may not work on by the grant that they have now, in the transaction that changed it.
/// Cases that are over keep who had them.
///
/// # Errors
/// When the database fails.
pub async fn release_work(tx: &Tx, ctx: &OpContext, community: CommunityId, staff: StaffId) -> Result<()> {
    let up_to = store::workable(tx, community, staff).await?;
    loop {
        let rows = store::held_beyond(tx, community, (staff, up_to), BATCH).await?;
        if rows.is_empty() {
            break;
        }
        let (mut entries, mut announced) = (Vec::new(), Vec::new());
        for row in &rows {
            let detail = json!({ "from": staff, "to": null });
            entries.push(NewEntry::internal(row, CaseEventKind::Assigned, ctx.now.max(row.opened_at)).detail(detail));
            announced.push(NewEvent {
                event_type: EventType::CaseAssigned,
                subject_id: row.id.0,
                visibility: row.visibility,
                payload: rows::state(&case::Model {
                    assignee_id: None,
                    version: row.version + 1,
                    ..row.clone()
                }),
            });
        }
        let ids: Vec<CaseId> = rows.iter().map(|row| row.id).collect();
        store::set_nobodys(tx, community, &ids, ctx.now).await?;
        timeline::add_all(tx, ctx, &entries).await?;
        events::append(tx, ctx, community, announced).await?;
    }
    recovery::service::release_of(tx, ctx, community, staff, up_to).await
}
