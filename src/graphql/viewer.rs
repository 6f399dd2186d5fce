//! Who is asking, and what they may do.

use async_graphql::{Context, Enum, Object};
use entity::{Role, Visibility};

use super::{Maybe, maybe_absent};
use crate::context::{Access, Actor, OpContext};
use crate::features::cases::graphql::ViewerWork;
use crate::features::communities::graphql::Community;

/// What kind of caller it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ViewerKind {
    /// A member of staff.
    Staff,
    /// An integration.
    ApiClient,
}

/// Who is asking.
pub struct Viewer(Actor);

impl Viewer {
    /// The viewer that an actor is; `None` for the signed-out.
    #[must_use]
    pub fn of(actor: &Actor) -> Option<Self> {
        matches!(actor, Actor::Staff { .. } | Actor::Client { .. }).then(|| Self(actor.clone()))
    }
}

/// Who is asking.
#[Object]
impl Viewer {
    /// What kind of caller it is.
    async fn kind(&self) -> ViewerKind {
        if matches!(self.0, Actor::Client { .. }) {
            ViewerKind::ApiClient
        } else {
            ViewerKind::Staff
        }
    }

    /// Name to show.
    async fn name(&self) -> &str {
        match &self.0 {
            Actor::Staff { name, .. } | Actor::Client { name, .. } => name,
            Actor::Anonymous | Actor::System(_) => "",
        }
    }

    /// Sign-in name of a member of staff; null for integrations.
    async fn email(&self) -> Option<&str> {
        if let Actor::Staff { email, .. } = &self.0 {
            Some(email)
        } else {
            None
        }
    }

    /// What the caller may do, by community.
    async fn grants(&self) -> Vec<ViewerGrant> {
        match &self.0 {
            Actor::Staff { access, .. } | Actor::Client { access, .. } => access.iter().cloned().map(ViewerGrant).collect(),
            Actor::Anonymous | Actor::System(_) => Vec::new(),
        }
    }

    /// What the caller owes today in a community; null for integrations. NOT_FOUND when the caller has no part in the community.
    /// Needs the role VIEWER or the scope cases:read there.
    async fn work(&self, #[graphql(desc = "The community's slug.")] community: String) -> Maybe<ViewerWork> {
        maybe_absent(ViewerWork::of(&self.0, &community))
    }
}

/// What the caller may do in one community.
pub struct ViewerGrant(Access);

/// What the caller may do in one community.
#[Object]
impl ViewerGrant {
    /// The community.
    async fn community(&self) -> Community {
        Community::new(&self.0)
    }

    /// The role of a member of staff; null for integrations, which have scopes.
    async fn role(&self) -> Option<Role> {
        self.0.role
    }

    /// What may be done, as scope names.
    async fn scopes(&self) -> Vec<&str> {
        self.0.permissions.iter().map(crate::auth::Permission::scope).collect()
    }

    /// The highest visibility that may be read; above it, evidence keeps its points and loses its content and people.
    async fn clearance(&self) -> Visibility {
        self.0.clearance
    }
}

/// Queries about the caller.
#[derive(Default)]
pub struct ViewerQuery;

/// Queries about the caller.
#[Object]
impl ViewerQuery {
    /// Who is asking; null when nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Maybe<Viewer> {
        maybe_absent(Ok(Viewer::of(&ctx.data_unchecked::<OpContext>().actor)))
    }
}
