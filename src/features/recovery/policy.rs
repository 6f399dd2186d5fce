//! Who may read what of a recovery. Follow-ups are as visible as their case, but not all that is said of them; repairs as their
//! case and the apology that they belong to.

use entity::{ApologyStatus, apology, follow_up, repair};

use crate::auth::Permission;
use crate::context::Access;

/// Whether an actor may read an apology of a case that they may see. A draft, also one that was given up, is for those who work on
/// cases: nobody has said it.
#[must_use]
pub fn may_read(access: &Access, apology: &apology::Model) -> bool {
    let said = apology.status != ApologyStatus::Draft || may_read_internal(access);
    said && apology.visibility <= access.clearance
}

/// Whether an actor may read a repair of a case that they may see, given the apology that it belongs to, if that was found.
#[must_use]
pub fn may_read_repair(access: &Access, repair: &repair::Model, apology: Option<&apology::Model>) -> bool {
    repair.apology_id.is_none() || apology.is_some_and(|apology| may_read(access, apology))
}

/// Whether an actor may read what the company says among itself.
#[must_use]
pub const fn may_read_internal(access: &Access) -> bool {
    access.permissions.contains(Permission::ReadCaseNotes)
}

/// Whether an actor may read what is to be done in a follow-up, and what came of it. What the member was not told of is for the
/// company.
#[must_use]
pub const fn may_read_words(access: &Access, follow_up: &follow_up::Model) -> bool {
    follow_up.promised_to_member || may_read_internal(access)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use entity::{CaseId, CommunityId, FollowUpId, FollowUpKind, FollowUpStatus, Role, Timestamp, Visibility, community};

    use super::*;
    use crate::auth::Permissions;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn access(permissions: Permissions) -> Access {
        let community = community::Model {
            id: CommunityId(1),
            slug: "tea".to_owned(),
            name: "Tea".to_owned(),
            timezone: "UTC".to_owned(),
            created_at: NOW,
            publishes_expectations: false,
        };
        Access {
            community: Arc::new(community),
            permissions,
            role: None,
            clearance: Visibility::Private,
        }
    }

    fn follow_up(promised_to_member: bool) -> follow_up::Model {
        follow_up::Model {
            community_id: CommunityId(1),
            id: FollowUpId(1),
            case_id: CaseId(1),
            kind: FollowUpKind::Promise,
            status: FollowUpStatus::Scheduled,
            description: "Call back".to_owned(),
            promised_to_member,
            owner_id: None,
            created_by: "staff:1".to_owned(),
            created_at: NOW,
            due_at: NOW,
            original_due_at: NOW,
            completed_at: None,
            outcome: None,
            cancelled_at: None,
            cancel_reason: None,
            next_at: None,
        }
    }

    #[test]
    fn what_the_member_was_not_told_is_for_those_who_read_notes() {
        for (permissions, internal) in [
            (Permissions::of_role(Role::Viewer), false),
            (Permissions::of_role(Role::Agent), true),
            (Permissions::of_scopes("cases:read cases:write"), false),
            (Permissions::of_scopes("cases:read cases:notes"), true),
        ] {
            let access = access(permissions);
            assert_eq!(may_read_internal(&access), internal, "{permissions:?}");
            assert_eq!(may_read_words(&access, &follow_up(false)), internal, "{permissions:?}");
            assert!(may_read_words(&access, &follow_up(true)), "{permissions:?}");
        }
    }
}
