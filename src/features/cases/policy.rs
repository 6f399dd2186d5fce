//! Who may see what of a case.

use entity::{Audience, CaseStatus, Visibility, case, case_event};

use crate::auth::Permission;
use crate::context::Access;
use crate::error::{UserError, UserErrorCode};

/// Passes for what a case, and what is said of it, can be: public or private.
///
/// # Errors
/// At the field that says otherwise.
pub fn check_visibility(field: &str, visibility: Visibility) -> Result<(), UserError> {
    if visibility == Visibility::SemiPrivate {
        return Err(UserError::at(field, UserErrorCode::Invalid, "must be PUBLIC or PRIVATE"));
    }
    Ok(())
}

/// Whether a case exists for an actor. A private case does not for who may not read what is private.
#[must_use]
pub fn visible(access: &Access, case: &case::Model) -> bool {
    access.permissions.contains(Permission::ReadCases) && case.visibility <= access.clearance
}

/// The audiences whose entries an actor may read in the cases that they may see.
#[must_use]
pub fn audiences(access: &Access) -> Vec<Audience> {
    Audience::ALL
        .iter()
        .copied()
        .filter(|audience| match audience {
            Audience::Public => true,
            Audience::Customer => access.clearance >= Visibility::Private,
            Audience::Internal => access.permissions.contains(Permission::ReadCaseNotes),
        })
        .collect()
}

/// Whether an actor may read an entry of a case that they may see.
#[must_use]
pub fn may_read(access: &Access, entry: &case_event::Model) -> bool {
    audiences(access).contains(&entry.audience)
}

/// Whether an actor may see how influential the member was when the case was opened: those who work cases only once it is
/// closed, so that it cannot sway them. A case that was merged goes on in another one, which is worked.
#[must_use]
pub fn may_read_influence(access: &Access, case: &case::Model) -> bool {
    let over = case.status == CaseStatus::Closed;
    access.permissions.contains(Permission::ManageCases) || (over && access.permissions.contains(Permission::ReadInfluence))
}
