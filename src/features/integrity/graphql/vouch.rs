//! Vouches in the API: each of them, and the one of a member.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::{MemberId, vouch};

use super::loaders::IntegrityLoaders;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::Result;
use crate::features::members::Member;
use crate::graphql::loaders::Loaders;
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe_absent};

/// That staff vouched for a member: while it is in force, the member's credit is trusted from the start, as that of members with a
/// verified identity is. It stays on record when the member opts out of being scored.
pub struct Vouch {
    access: Access,
    row: Arc<vouch::Model>,
}

impl Vouch {
    /// A vouch as an actor may see it.
    #[must_use]
    pub fn new(access: &Access, row: Arc<vouch::Model>) -> Self {
        Self {
            access: access.clone(),
            row,
        }
    }

    async fn load_member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let (community, id) = (self.access.community_id(), self.row.member_id);
        let row = loaders.member(ctx.data_unchecked(), community, id).await?;
        Ok(row.map(|row| Member::new(&self.access, row)))
    }
}

/// That staff vouched for a member: while it is in force, the member's credit is trusted from the start, as that of members with a
/// verified identity is. It stays on record when the member opts out of being scored.
#[Object]
impl Vouch {
    /// For whom, after merges.
    async fn member(&self, ctx: &Context<'_>) -> Maybe<Member> {
        maybe_absent(self.load_member(ctx).await)
    }

    /// Whether it makes the member trusted now.
    async fn in_force(&self) -> bool {
        self.row.withdrawn_at.is_none()
    }

    /// Why staff vouched, as given: escape it before showing it.
    async fn reason(&self) -> &str {
        &self.row.reason
    }

    /// Who vouched, as the change log names actors, for example `staff:3`.
    async fn vouched_by(&self) -> &str {
        &self.row.vouched_by
    }

    /// When they did.
    async fn vouched_at(&self) -> DateTime {
        self.row.vouched_at.into()
    }

    /// Who withdrew it, as the change log names actors.
    async fn withdrawn_by(&self) -> Option<&str> {
        self.row.withdrawn_by.as_deref()
    }

    /// When it was withdrawn; null while it is in force.
    async fn withdrawn_at(&self) -> Option<DateTime> {
        self.row.withdrawn_at.map(DateTime)
    }

    /// Why it was withdrawn, as given: escape it before showing it.
    async fn withdrawal_reason(&self) -> Option<&str> {
        self.row.withdrawal_reason.as_deref()
    }
}

/// What staff say for a member.
pub struct MemberIntegrity {
    /// What the caller may do.
    pub access: Access,
    /// Who.
    pub member: MemberId,
}

impl MemberIntegrity {
    async fn load_vouch(&self, ctx: &Context<'_>) -> Result<Option<Vouch>> {
        self.access.require(Permission::ReadInfluence)?;
        let loaders = ctx.data_unchecked::<IntegrityLoaders>();
        let row = loaders.vouch(ctx.data_unchecked(), self.access.community_id(), self.member).await?;
        Ok(row.map(|row| Vouch::new(&self.access, row)))
    }
}

/// What staff say for a member.
#[Object]
impl MemberIntegrity {
    /// That staff vouch for the member, or for somebody merged into them: the oldest vouch in force; null when there is none. Needs the
    /// role VIEWER or the scope influence:read.
    async fn vouch(&self, ctx: &Context<'_>) -> Maybe<Vouch> {
        maybe_absent(self.load_vouch(ctx).await)
    }
}
