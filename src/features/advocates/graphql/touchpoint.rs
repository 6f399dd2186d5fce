//! Touchpoints in the API.

use async_graphql::{Context, ID, Object};
use entity::{TouchpointId, TouchpointKind, touchpoint};

use super::member;
use super::programme::AdvocateProgramme;
use crate::app::App;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::Result;
use crate::features::advocates::store;
use crate::features::members::Member;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe_absent};

/// How staff took care of a member.
pub struct Touchpoint {
    access: Access,
    row: touchpoint::Model,
}

impl Touchpoint {
    /// A touchpoint that the actor may read.
    #[must_use]
    pub fn new(access: &Access, row: touchpoint::Model) -> Self {
        Self {
            access: access.clone(),
            row,
        }
    }

    /// A touchpoint by id, also one that was retracted; `None` when there is none.
    ///
    /// # Errors
    /// [`crate::error::Error::Forbidden`] without [`Permission::ReadAdvocates`].
    pub async fn find(app: &App, access: &Access, id: TouchpointId) -> Result<Option<Self>> {
        access.require(Permission::ReadAdvocates)?;
        let row = store::touchpoint(app.db.read(), access.community_id(), id).await?;
        Ok(row.map(|row| Self::new(access, row)))
    }

    async fn load_programme(&self, ctx: &Context<'_>) -> Result<Option<AdvocateProgramme>> {
        match self.row.programme_id {
            Some(id) => AdvocateProgramme::find(ctx, &self.access, id).await,
            None => Ok(None),
        }
    }
}

/// How staff took care of a member. It is never changed; what is wrong is retracted.
#[Object]
impl Touchpoint {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Touchpoint, self.row.community_id, self.row.id.0)
    }

    /// Whom it is about, after merges.
    async fn member(&self, ctx: &Context<'_>) -> Maybe<Member> {
        maybe_absent(member(ctx, &self.access, self.row.member_id).await)
    }

    /// The programme that it was part of.
    async fn programme(&self, ctx: &Context<'_>) -> Maybe<AdvocateProgramme> {
        maybe_absent(self.load_programme(ctx).await)
    }

    /// How.
    async fn kind(&self) -> TouchpointKind {
        self.row.kind
    }

    /// What there is to say of it, as given: escape it before showing it.
    async fn note(&self) -> &str {
        &self.row.note
    }

    /// When it happened.
    async fn happened_at(&self) -> DateTime {
        self.row.happened_at.into()
    }

    /// Who recorded it, as the change log names actors, for example `staff:3`.
    async fn recorded_by(&self) -> &str {
        &self.row.recorded_by
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        self.row.recorded_at.into()
    }

    /// When it was retracted.
    async fn retracted_at(&self) -> Option<DateTime> {
        self.row.retracted_at.map(DateTime)
    }

    /// Who retracted it, as the change log names actors.
    async fn retracted_by(&self) -> Option<&str> {
        self.row.retracted_by.as_deref()
    }

    /// Why it was retracted, as given: escape it before showing it.
    async fn retraction_reason(&self) -> Option<&str> {
        self.row.retraction_reason.as_deref()
    }
}
