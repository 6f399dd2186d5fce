//! Breaches in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{BreachId, CaseId, breach};

use super::case::Case;
use super::clock::{Clock, expectation};
use super::loaders::CaseLoaders;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::Result;
use crate::features::expectations::graphql::Expectation;
use crate::features::recovery::graphql::{Apology, RecoveryLoaders};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::{DateTime, Duration};
use crate::graphql::{Maybe, maybe, maybe_absent};

/// A promise that was broken. It stays on record, also when it was excused.
pub struct Breach {
    access: Access,
    row: Arc<breach::Model>,
}

impl Breach {
    /// A breach in a case that the actor may see.
    #[must_use]
    pub fn new(access: &Access, row: Arc<breach::Model>) -> Self {
        Self {
            access: access.clone(),
            row,
        }
    }

    /// A breach by id; `None` when there is none, or its case does not exist for the actor.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(ctx: &Context<'_>, access: &Access, id: BreachId) -> Result<Option<Self>> {
        let loaders = ctx.data_unchecked::<CaseLoaders>();
        let Some(row) = loaders.breach(ctx.data_unchecked(), access.community_id(), id).await? else {
            return Ok(None);
        };
        let case = Case::find(ctx, access, row.case_id).await?;
        Ok(case.map(|_visible| Self::new(access, row)))
    }

    /// A breach in a case that the actor may see.
    pub(super) async fn in_case(ctx: &Context<'_>, access: &Access, case: CaseId, id: BreachId) -> Result<Option<Self>> {
        let loaders = ctx.data_unchecked::<CaseLoaders>();
        let row = loaders.breach(ctx.data_unchecked(), access.community_id(), id).await?;
        Ok(row.filter(|row| row.case_id == case).map(|row| Self::new(access, row)))
    }

    /// Whether the actor may read what the company says among itself, as excuses are.
    fn reads_excuses(&self) -> bool {
        self.access.permissions.contains(Permission::ReadCaseNotes)
    }

    async fn load_answered(&self, ctx: &Context<'_>) -> Result<bool> {
        let loaders = ctx.data_unchecked::<RecoveryLoaders>();
        loaders.answered(ctx.data_unchecked(), self.row.community_id, self.row.id).await
    }

    async fn load_apologies(&self, ctx: &Context<'_>) -> Result<Vec<Apology>> {
        Apology::for_breach(ctx, &self.access, self.row.id).await
    }
}

/// A promise that was broken. It stays on record, also when it was excused.
#[Object]
impl Breach {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Breach, self.row.community_id, self.row.id.0)
    }

    /// The case in which it was broken.
    async fn case(&self, ctx: &Context<'_>) -> Maybe<Case> {
        maybe_absent(Case::find(ctx, &self.access, self.row.case_id).await)
    }

    /// The clock that ran out.
    async fn clock(&self, ctx: &Context<'_>) -> Maybe<Clock> {
        maybe_absent(Clock::in_case(ctx, &self.access, self.row.case_id, self.row.clock_id).await)
    }

    /// What was promised: the version that the customer was given.
    async fn expectation(&self, ctx: &Context<'_>) -> Maybe<Expectation> {
        maybe_absent(expectation(ctx, &self.access, self.row.expectation_id).await)
    }

    /// When it was due.
    async fn due_at(&self) -> DateTime {
        self.row.due_at.into()
    }

    /// When this system took note of it.
    async fn detected_at(&self) -> DateTime {
        self.row.detected_at.into()
    }

    /// When what was promised was done after all, or no longer counted; null while it is still owed, here or in the case into which
    /// this one was merged.
    async fn ended_at(&self) -> Option<DateTime> {
        self.row.ended_at.map(DateTime)
    }

    /// By how much open time it was late; null while it is still owed.
    async fn overrun(&self) -> Option<Duration> {
        self.row.overrun.map(|micros| Duration { micros: micros.max(0) })
    }

    /// Whether the customer has an apology for it that was not taken back.
    async fn answered(&self, ctx: &Context<'_>) -> Maybe<bool> {
        maybe(self.load_answered(ctx).await)
    }

    /// The apologies for it, the oldest first, as far as the caller may read them.
    async fn apologies(&self, ctx: &Context<'_>) -> Maybe<Vec<Apology>> {
        maybe(self.load_apologies(ctx).await)
    }

    /// When it was excused; null when it was not.
    async fn excused_at(&self) -> Option<DateTime> {
        self.row.excused_at.map(DateTime)
    }

    /// Who excused it, as the change log names actors; null when it was not excused, and without the role AGENT or the scope
    /// cases:notes.
    async fn excused_by(&self) -> Option<&str> {
        self.row.excused_by.as_deref().filter(|_by| self.reads_excuses())
    }

    /// Why it was excused, as given: escape it before showing it. Null when it was not excused, and without the role AGENT or the
    /// scope cases:notes.
    async fn excuse(&self) -> Option<&str> {
        self.row.excuse.as_deref().filter(|_excuse| self.reads_excuses())
    }
}
