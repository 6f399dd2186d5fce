//! Advocate programmes in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{ProgrammeId, advocate, advocate_programme};
use sea_orm::Condition;
use sea_orm::sea_query::ExprTrait as _;

use super::filter::AdvocateFilter;
use super::lists::{self, AdvocatePage};
use super::loaders::AdvocateLoaders;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::Result;
use crate::graphql::filters::column;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::page::PageArgs;
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe};

/// What members of the community are nurtured in.
pub struct AdvocateProgramme {
    access: Access,
    row: Arc<advocate_programme::Model>,
}

impl AdvocateProgramme {
    /// A programme that the actor may read.
    #[must_use]
    pub fn new(access: &Access, row: Arc<advocate_programme::Model>) -> Self {
        Self {
            access: access.clone(),
            row,
        }
    }

    /// A programme by id; `None` when there is none.
    ///
    /// # Errors
    /// [`crate::error::Error::Forbidden`] without [`Permission::ReadAdvocates`].
    pub async fn find(ctx: &Context<'_>, access: &Access, id: ProgrammeId) -> Result<Option<Self>> {
        access.require(Permission::ReadAdvocates)?;
        let loaders = ctx.data_unchecked::<AdvocateLoaders>();
        let row = loaders.programme(ctx.data_unchecked(), access.community_id(), id).await?;
        Ok(row.map(|row| Self::new(access, row)))
    }
}

/// What members of the community are nurtured in, until it is ended. Who is in it is chosen by staff, not by a score.
#[Object]
impl AdvocateProgramme {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::AdvocateProgramme, self.row.community_id, self.row.id.0)
    }

    /// Name to show; of all programmes that have not ended, one has it, whatever the case of its letters.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// What it is for, as given: escape it before showing it.
    async fn description(&self) -> Option<&str> {
        self.row.description.as_deref()
    }

    /// Since when it runs.
    async fn started_at(&self) -> DateTime {
        self.row.started_at.into()
    }

    /// When it ended; null while it runs. It takes no new advocates then, and those it has stay what they are.
    async fn ended_at(&self) -> Option<DateTime> {
        self.row.ended_at.map(DateTime)
    }

    /// Who set it up, as the change log names actors, for example `staff:3`.
    async fn created_by(&self) -> &str {
        &self.row.created_by
    }

    /// When it was set up.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// How many people are active in it; two members who were merged are one.
    async fn active_count(&self, ctx: &Context<'_>) -> Maybe<i64> {
        let loaders = ctx.data_unchecked::<AdvocateLoaders>();
        maybe(loaders.active_count(ctx.data_unchecked(), self.row.community_id, self.row.id).await)
    }

    /// Its advocates, the newest first; those who left, too, unless the filter says otherwise.
    async fn advocates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them.")] filter: Option<AdvocateFilter>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<AdvocatePage> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let own = Condition::all().add(column(advocate::Column::ProgrammeId).eq(self.row.id.0));
        maybe(lists::advocates(ctx, &self.access, filter.as_ref(), own, &args).await)
    }
}
