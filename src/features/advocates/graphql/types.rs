//! Advocates in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{AdvocateId, AdvocateStatus, Timestamp, advocate};

use super::lists::{self, TouchpointPage};
use super::loaders::AdvocateLoaders;
use super::member;
use super::programme::AdvocateProgramme;
use crate::app::App;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::Result;
use crate::features::advocates::store;
use crate::features::members::Member;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::loaders::Loaders;
use crate::graphql::page::PageArgs;
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe, maybe_absent};

/// A member in a programme.
pub struct Advocate {
    access: Access,
    row: Arc<advocate::Model>,
}

impl Advocate {
    /// An advocate that the actor may read.
    #[must_use]
    pub fn new(access: &Access, row: Arc<advocate::Model>) -> Self {
        Self {
            access: access.clone(),
            row,
        }
    }

    /// An advocate by id; `None` when there is none.
    ///
    /// # Errors
    /// [`crate::error::Error::Forbidden`] without [`Permission::ReadAdvocates`].
    pub async fn find(app: &App, access: &Access, id: AdvocateId) -> Result<Option<Self>> {
        access.require(Permission::ReadAdvocates)?;
        let row = store::advocate(app.db.read(), access.community_id(), id).await?;
        Ok(row.map(|row| Self::new(access, Arc::new(row))))
    }

    async fn load_last_touchpoint(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        let loaders = ctx.data_unchecked::<AdvocateLoaders>();
        let at: Option<Timestamp> = loaders
            .last_touchpoint(ctx.data_unchecked(), self.row.community_id, self.row.member_id)
            .await?;
        Ok(at.map(DateTime))
    }

    async fn load_touchpoints(&self, ctx: &Context<'_>, args: &PageArgs) -> Result<TouchpointPage> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let named = self.row.member_id;
        // They may have been merged into somebody since.
        let now = loaders.member(ctx.data_unchecked(), self.row.community_id, named).await?;
        let whose = now.map_or(named, |member| member.id);
        lists::touchpoints(ctx, &self.access, whose, false, args).await
    }
}

/// A member in a programme, because staff said so and why. Whoever left and came back is another advocate. It stays on record when
/// the member opts out of being scored: it says how they are cared for, and no score.
#[Object]
impl Advocate {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Advocate, self.row.community_id, self.row.id.0)
    }

    /// The programme.
    async fn programme(&self, ctx: &Context<'_>) -> Maybe<AdvocateProgramme> {
        maybe_absent(AdvocateProgramme::find(ctx, &self.access, self.row.programme_id).await)
    }

    /// Who it is, after merges.
    async fn member(&self, ctx: &Context<'_>) -> Maybe<Member> {
        maybe_absent(member(ctx, &self.access, self.row.member_id).await)
    }

    /// Since when.
    async fn since(&self) -> DateTime {
        self.row.since.into()
    }

    /// Why, as given: escape it before showing it.
    async fn reason(&self) -> &str {
        &self.row.reason
    }

    /// Whether they still are one.
    async fn status(&self) -> AdvocateStatus {
        self.row.status
    }

    /// Who added them, as the change log names actors, for example `staff:3`.
    async fn added_by(&self) -> &str {
        &self.row.added_by
    }

    /// When they were added.
    async fn added_at(&self) -> DateTime {
        self.row.added_at.into()
    }

    /// When they left.
    async fn left_at(&self) -> Option<DateTime> {
        self.row.left_at.map(DateTime)
    }

    /// Why they left, as given: escape it before showing it.
    async fn left_reason(&self) -> Option<&str> {
        self.row.left_reason.as_deref()
    }

    /// When staff last took care of the member, in this programme, in another or in none; null when nobody ever did.
    async fn last_touchpoint_at(&self, ctx: &Context<'_>) -> Maybe<DateTime> {
        maybe_absent(self.load_last_touchpoint(ctx).await)
    }

    /// How staff took care of the member, in this programme, in another or in none; the latest first. Those that were retracted are
    /// left out.
    async fn touchpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<TouchpointPage> {
        let args = PageArgs {
            first,
            after,
            ..PageArgs::default()
        };
        maybe(self.load_touchpoints(ctx, &args).await)
    }
}
