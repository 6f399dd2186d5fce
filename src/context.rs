//! What every layer is told about the operation in progress: who acts, since when, under which request id.

use std::sync::Arc;

use entity::{ApiClientId, CommunityId, StaffId, Timestamp, Visibility, community};

use crate::auth::{Permission, Permissions};
use crate::error::{Error, Result};

/// The operation in progress.
#[derive(Clone, Debug)]
pub struct OpContext {
    /// Who acts.
    pub actor: Actor,
    /// The id by which the client and the log speak of this request.
    pub request_id: Arc<str>,
    /// The instant of the operation; nothing below asks a clock of its own.
    pub now: Timestamp,
}

/// What the caller was identified by, the raw header: whoever waits for an answer is identified by it again.
#[derive(Clone)]
pub struct Authorization(Option<Arc<str>>);

impl Authorization {
    /// This header, or none.
    #[must_use]
    pub fn new(header: Option<&str>) -> Self {
        Self(header.map(Arc::from))
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// Who acts.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Nobody is signed in.
    Anonymous,
    /// A member of staff, with what the database grants them now.
    Staff {
        /// Who.
        id: StaffId,
        /// Sign-in name.
        email: Arc<str>,
        /// Name to show.
        name: Arc<str>,
        /// One per community.
        access: Arc<[Access]>,
    },
    /// An integration.
    Client {
        /// Which.
        id: ApiClientId,
        /// Name to show.
        name: Arc<str>,
        /// Its one community.
        access: Arc<[Access]>,
    },
    /// The program itself: command line, seeding, import. Allowed everything.
    System(&'static str),
}

/// What an actor may do in one community.
#[derive(Clone, Debug)]
pub struct Access {
    /// The community.
    pub community: Arc<community::Model>,
    /// What they may do.
    pub permissions: Permissions,
    /// The role, for staff.
    pub role: Option<entity::Role>,
    /// The highest visibility they may read.
    pub clearance: Visibility,
}

impl Access {
    /// Nothing but full access, for the program itself.
    #[must_use]
    pub fn system(community: Arc<community::Model>) -> Self {
        Self {
            community,
            permissions: Permissions::ALL,
            role: None,
            clearance: Visibility::Private,
        }
    }

    /// The tenant.
    #[must_use]
    pub fn community_id(&self) -> CommunityId {
        self.community.id
    }

    /// Passes when the permission is there, and what it is worth nothing without.
    ///
    /// # Errors
    /// [`Error::Forbidden`], which names what is missing.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if let Some(needed) = permission.needs() {
            self.require(needed)?;
        }
        if self.permissions.contains(permission) {
            return Ok(());
        }
        Err(Error::Forbidden(format!(
            "this needs the role {} or the scope {} in this community",
            permission.least_role(),
            permission.scope()
        )))
    }
}

impl OpContext {
    /// The program itself acts.
    #[must_use]
    pub fn system(name: &'static str, now: Timestamp) -> Self {
        Self {
            actor: Actor::System(name),
            request_id: Arc::from(name),
            now,
        }
    }

    /// What the actor may do in each community.
    #[must_use]
    pub fn all_access(&self) -> &[Access] {
        match &self.actor {
            Actor::Staff { access, .. } | Actor::Client { access, .. } => access,
            Actor::Anonymous | Actor::System(_) => &[],
        }
    }

    /// What the actor may do in one community.
    #[must_use]
    pub fn access_to(&self, community: CommunityId) -> Option<&Access> {
        self.all_access().iter().find(|access| access.community.id == community)
    }

    /// The access to a community by slug.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for the signed-out; [`Error::NotFound`] for a community the actor has no part in,
    /// whether it exists or not.
    pub fn community(&self, slug: &str) -> Result<&Access> {
        self.require_signed_in()?;
        self.all_access()
            .iter()
            .find(|access| access.community.slug == slug)
            .ok_or(Error::NotFound("community"))
    }

    /// Passes when somebody is signed in.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`].
    pub fn require_signed_in(&self) -> Result<()> {
        match self.actor {
            Actor::Anonymous => Err(Error::Unauthenticated("sign in first: this needs a bearer token".to_owned())),
            _ => Ok(()),
        }
    }

    /// The actor as the change log writes it: `staff:3`, `client:7`, `system:import`, `anonymous`.
    #[must_use]
    pub fn actor_label(&self) -> String {
        match &self.actor {
            Actor::Anonymous => "anonymous".to_owned(),
            Actor::Staff { id, .. } => format!("staff:{id}"),
            Actor::Client { id, .. } => format!("client:{id}"),
            Actor::System(name) => format!("system:{name}"),
        }
    }
}
