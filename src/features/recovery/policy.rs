//! Who may read what of a recovery. Repairs and follow-ups are as visible as their case.

use entity::{ApologyStatus, apology};

use crate::auth::Permission;
use crate::context::Access;

/// Whether an actor may read an apology of a case that they may see. A draft is for those who work on cases: nobody has said
/// it yet.
#[must_use]
pub fn may_read(access: &Access, apology: &apology::Model) -> bool {
    let said = apology.status != ApologyStatus::Draft || access.permissions.contains(Permission::ReadCaseNotes);
    said && apology.visibility <= access.clearance
}
