//! Who may do what: one table of permissions, the least role that has each, and the scope that gives it to an integration.

use entity::Role;

/// Something that an actor may or may not do in a community.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See the community, its members and topics.
    ReadMembers,
    /// See the free attributes and outside identities of members.
    ReadMemberData,
    /// See scores, leaderboards and receipts.
    ReadInfluence,
    /// See interactions up to the clearance.
    ReadInteractions,
    /// Create and change members.
    WriteMembers,
    /// Record interactions.
    WriteInteractions,
    /// Merge members, and take it back.
    MergeMembers,
    /// See and manage staff and API clients.
    ManageAccess,
    /// See calendars, expectations and how well they are kept.
    ReadExpectations,
    /// Set up calendars; draft, publish and retire expectations.
    ManageExpectations,
    /// See cases up to the clearance, with what was said in them.
    ReadCases,
    /// See what the company notes on cases among itself.
    ReadCaseNotes,
    /// Open and work cases, apologize, promise repairs and follow-ups.
    WriteCases,
    /// Merge cases, excuse breaches, see what is frozen for audit.
    ManageCases,
    /// See advocate programmes, who is in them, and how staff took care of members.
    ReadAdvocates,
    /// Take members into advocate programmes and out of them; record how staff took care of members.
    WriteAdvocates,
    /// Set up, change and end advocate programmes.
    ManageAdvocates,
    /// Draft, test, activate and discard scoring models; look into irregular evidence and discount it; vouch for members.
    ManageInfluence,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 18] = [
        Self::ReadMembers,
        Self::ReadMemberData,
        Self::ReadInfluence,
        Self::ReadInteractions,
        Self::WriteMembers,
        Self::WriteInteractions,
        Self::MergeMembers,
        Self::ManageAccess,
        Self::ReadExpectations,
        Self::ManageExpectations,
        Self::ReadCases,
        Self::ReadCaseNotes,
        Self::WriteCases,
        Self::ManageCases,
        Self::ReadAdvocates,
        Self::WriteAdvocates,
        Self::ManageAdvocates,
        Self::ManageInfluence,
    ];

    /// The lowest role that has it.
    #[must_use]
    pub const fn least_role(self) -> Role {
        match self {
            Self::ReadMembers | Self::ReadInfluence | Self::ReadInteractions | Self::ReadExpectations | Self::ReadCases => Role::Viewer,
            Self::ReadMemberData
            | Self::WriteMembers
            | Self::WriteInteractions
            | Self::ReadCaseNotes
            | Self::WriteCases
            | Self::ReadAdvocates
            | Self::WriteAdvocates => Role::Agent,
            Self::MergeMembers | Self::ManageExpectations | Self::ManageCases | Self::ManageAdvocates | Self::ManageInfluence => {
                Role::Manager
            }
            Self::ManageAccess => Role::Admin,
        }
    }

    /// What it is worth nothing without: who may not see cases cannot work on them either. Roles have both; an integration must
    /// have been given both.
    #[must_use]
    pub const fn needs(self) -> Option<Self> {
        match self {
            Self::WriteCases | Self::ManageCases => Some(Self::ReadCases),
            _ => None,
        }
    }

    /// The scope that gives it to an integration.
    #[must_use]
    pub const fn scope(self) -> &'static str {
        match self {
            Self::ReadMembers => "members:read",
            Self::ReadMemberData => "members:data",
            Self::ReadInfluence => "influence:read",
            Self::ReadInteractions => "interactions:read",
            Self::WriteMembers => "members:write",
            Self::WriteInteractions => "interactions:write",
            Self::MergeMembers => "members:merge",
            Self::ManageAccess => "access:manage",
            Self::ReadExpectations => "expectations:read",
            Self::ManageExpectations => "expectations:write",
            Self::ReadCases => "cases:read",
            Self::ReadCaseNotes => "cases:notes",
            Self::WriteCases => "cases:write",
            Self::ManageCases => "cases:manage",
            Self::ReadAdvocates => "advocates:read",
            Self::WriteAdvocates => "advocates:write",
            Self::ManageAdvocates => "advocates:manage",
            Self::ManageInfluence => "influence:manage",
        }
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Permissions(u32);

impl Permissions {
    /// All of them.
    pub const ALL: Self = Self(u32::MAX);

    /// What a role may do.
    #[must_use]
    pub fn of_role(role: Role) -> Self {
        Permission::ALL
            .into_iter()
            .filter(|permission| permission.least_role() <= role)
            .collect()
    }

    /// What scopes allow; unknown names allow nothing.
    #[must_use]
    pub fn of_scopes(scopes: &str) -> Self {
        Permission::ALL
            .into_iter()
            .filter(|permission| scopes.split_ascii_whitespace().any(|scope| scope == permission.scope()))
            .collect()
    }

    /// Whether it is in the set.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// What both sets have.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The members of the set.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        Self(permissions.into_iter().fold(0, |set, permission| set | (1 << permission as u32)))
    }
}
