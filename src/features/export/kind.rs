//! What can be exported: one table of the names, the lines and the permissions. Pure.

use crate::auth::Permission;
use crate::context::Access;
use crate::error::{Error, Result};

/// Something that is exported, in the order in which it is: what others refer to comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Members, those merged into others left out.
    Members,
    /// What they did.
    Interactions,
    /// What is promised, in all versions.
    Expectations,
    /// Cases.
    Cases,
    /// Apologies.
    Apologies,
    /// Repairs.
    Repairs,
    /// Follow-ups.
    FollowUps,
    /// Members in advocate programmes.
    Advocates,
    /// Scores of the present.
    Scores,
}

impl Kind {
    /// Everything, in order.
    pub const ALL: [Self; 9] = [
        Self::Members,
        Self::Interactions,
        Self::Expectations,
        Self::Cases,
        Self::Apologies,
        Self::Repairs,
        Self::FollowUps,
        Self::Advocates,
        Self::Scores,
    ];

    /// The name by which it is asked for.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Interactions => "interactions",
            Self::Expectations => "expectations",
            Self::Cases => "cases",
            Self::Apologies => "apologies",
            Self::Repairs => "repairs",
            Self::FollowUps => "follow_ups",
            Self::Advocates => "advocates",
            Self::Scores => "scores",
        }
    }

    /// The `type` of its lines.
    #[must_use]
    pub const fn line_type(self) -> &'static str {
        match self {
            Self::Members => "member",
            Self::Interactions => "interaction",
            Self::Expectations => "expectation",
            Self::Cases => "case",
            Self::Apologies => "apology",
            Self::Repairs => "repair",
            Self::FollowUps => "follow_up",
            Self::Advocates => "advocate",
            Self::Scores => "score",
        }
    }

    /// What a caller needs to read it, as for its lists in the API.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::Members => Permission::ReadMembers,
            Self::Interactions => Permission::ReadInteractions,
            Self::Expectations => Permission::ReadExpectations,
            Self::Cases | Self::Apologies | Self::Repairs | Self::FollowUps => Permission::ReadCases,
            Self::Advocates => Permission::ReadAdvocates,
            Self::Scores => Permission::ReadInfluence,
        }
    }

    /// Its place in the order.
    #[must_use]
    pub const fn place(self) -> usize {
        self as usize
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What an export is asked for, as names separated by commas; everything that the caller may read when nothing is named.
///
/// # Errors
/// [`Error::BadInput`] for a name that is none; [`Error::Forbidden`] for what the caller may not read.
pub fn chosen(access: &Access, names: Option<&str>) -> Result<Vec<Kind>> {
    let Some(names) = names else {
        let readable = |kind: &Kind| access.require(kind.permission()).is_ok();
        let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(readable).collect();
        if kinds.is_empty() {
            return Err(Error::Forbidden("nothing here is for you to read in this community".to_owned()));
        }
        return Ok(kinds);
    };
    let mut kinds = Vec::new();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let known = || Kind::ALL.map(Kind::as_str).join(", ");
        let shown: String = name.chars().take(40).collect();
        let kind = Kind::parse(name).ok_or_else(|| Error::bad_input("types", format!("`{shown}` is none of {}", known())))?;
        kinds.push(kind);
    }
    if kinds.is_empty() {
        return Err(Error::bad_input("types", "must name something, or be left out"));
    }
    kinds.sort_unstable();
    kinds.dedup();
    permitted(access, &kinds)?;
    Ok(kinds)
}

/// Passes when a caller may read all of it.
///
/// # Errors
/// [`Error::Forbidden`], which names what is missing.
pub fn permitted(access: &Access, kinds: &[Kind]) -> Result<()> {
    kinds.iter().try_for_each(|kind| access.require(kind.permission()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use entity::{CommunityId, Role, Timestamp, Visibility, community};

    use super::*;
    use crate::auth::Permissions;

    fn access(permissions: Permissions) -> Access {
        let community = community::Model {
            id: CommunityId(1),
            slug: "tea".to_owned(),
            name: "Tea".to_owned(),
            timezone: "UTC".to_owned(),
            created_at: Timestamp::from_micros(1),
            publishes_expectations: false,
        };
        Access {
            community: Arc::new(community),
            permissions,
            role: None,
            clearance: Visibility::Public,
        }
    }

    #[test]
    fn places_are_those_in_the_list() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind.place(), place);
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn without_names_it_is_all_that_may_be_read() {
        let viewer = access(Permissions::of_role(Role::Viewer));
        let all_but_advocates: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Advocates).collect();
        assert_eq!(chosen(&viewer, None).unwrap(), all_but_advocates);
        assert_eq!(
            chosen(&access(Permissions::of_scopes("influence:read")), None).unwrap(),
            [Kind::Scores]
        );
        assert!(matches!(chosen(&access(Permissions::default()), None), Err(Error::Forbidden(_))));
    }

    #[test]
    fn names_come_in_any_order_and_what_is_wrong_is_said() {
        let agent = access(Permissions::of_role(Role::Agent));
        let kinds = chosen(&agent, Some(" scores, members ,members,")).unwrap();
        assert_eq!(kinds, [Kind::Members, Kind::Scores]);
        for wrong in ["member", "", " , ", "members,staff"] {
            assert!(matches!(chosen(&agent, Some(wrong)), Err(Error::BadInput { .. })), "{wrong}");
        }
        let viewer = access(Permissions::of_role(Role::Viewer));
        assert!(matches!(chosen(&viewer, Some("members,advocates")), Err(Error::Forbidden(_))));
    }
}
