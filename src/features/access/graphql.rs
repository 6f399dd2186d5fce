//! Access in the API: signing in, and managing staff and integrations.

use async_graphql::{Context, ID, Object};
use entity::{Role, Visibility, api_client, grant, staff};

use super::service;
use crate::context::Access;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe};

/// A member of staff with what they may do in the community.
pub struct StaffMember {
    person: staff::Model,
    grant: grant::Model,
}

impl StaffMember {
    /// Staff as seen from the community of a grant.
    #[must_use]
    pub const fn new(person: staff::Model, grant: grant::Model) -> Self {
        Self { person, grant }
    }
}

/// A member of staff with what they may do in the community.
#[Object]
impl StaffMember {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Staff, self.grant.community_id, self.person.id.0)
    }

    /// Sign-in name.
    async fn email(&self) -> &str {
        &self.person.email
    }

    /// Name to show.
    async fn name(&self) -> &str {
        &self.person.name
    }

    /// What they may do in this community.
    async fn role(&self) -> Role {
        self.grant.role
    }

    /// The highest visibility they may read in this community.
    async fn clearance(&self) -> Visibility {
        self.grant.clearance
    }
}

/// The credentials of an integration, without its secret.
pub struct ApiClientObject(pub api_client::Model);

/// The credentials of an integration, without its secret.
#[Object(name = "ApiClient")]
impl ApiClientObject {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::ApiClient, self.0.community_id, self.0.id.0)
    }

    /// Public half of the credentials.
    async fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// Name to show.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may do.
    async fn scopes(&self) -> Vec<&str> {
        self.0.scopes.split_ascii_whitespace().collect()
    }

    /// The highest visibility it may read.
    async fn clearance(&self) -> Visibility {
        self.0.clearance
    }

    /// Since when.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was revoked; null while it is good.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }
}

/// Access to the community.
pub struct CommunityAccess(pub Access);

/// Access to the community.
#[Object]
impl CommunityAccess {
    /// The staff of the community, by name. Needs the role ADMIN or the scope access:manage.
    async fn staff(&self, ctx: &Context<'_>) -> Maybe<Vec<StaffMember>> {
        let found = service::staff_of(ctx.data_unchecked(), &self.0).await;
        maybe(found.map(|found| found.into_iter().map(|(person, grant)| StaffMember::new(person, grant)).collect()))
    }

    /// The credentials of integrations, revoked ones too. Needs the role ADMIN or the scope access:manage.
    async fn api_clients(&self, ctx: &Context<'_>) -> Maybe<Vec<ApiClientObject>> {
        let found = service::clients_of(ctx.data_unchecked(), &self.0).await;
        maybe(found.map(|found| found.into_iter().map(ApiClientObject).collect()))
    }
}
