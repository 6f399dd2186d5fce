//! A case in the API.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, MergedObject, Object};
use entity::{CaseEventKind, CaseId, CaseStatus, Consent, Severity, Visibility, case};

use super::breach::Breach;
use super::clock::Clock;
use super::loaders::CaseLoaders;
use super::timeline::{self, CaseEvent, TimelineTotals};
use super::{StaffName, at_most, interaction, member};
use crate::auth::Permission;
use crate::context::Access;
use crate::error::{Error, Result};
use crate::features::cases::store::{Link, WhichClocks};
use crate::features::cases::summary::NEVER;
use crate::features::cases::{lifecycle, policy};
use crate::features::interactions::Interaction;
use crate::features::members::Member;
use crate::features::recovery::graphql::CaseRecovery;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::loaders::Loaders;
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe, maybe_absent};

/// What a member needs from the company, from the first word to the last.
#[derive(MergedObject)]
#[graphql(name = "Case")]
pub struct Case(CaseCore, CaseRecovery);

impl Case {
    /// A case as an actor may see it; `None` when it does not exist for them.
    #[must_use]
    pub fn new(access: &Access, row: Arc<case::Model>) -> Option<Self> {
        policy::visible(access, &row).then(|| Self::of_visible(access, row))
    }

    /// A case that was checked to exist for an actor.
    #[must_use]
    pub(super) fn of_visible(access: &Access, row: Arc<case::Model>) -> Self {
        let recovery = CaseRecovery {
            access: access.clone(),
            case: row.id,
        };
        let access = access.clone();
        Self(CaseCore { access, row }, recovery)
    }

    /// A case by id; `None` when there is none that exists for the actor.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(ctx: &Context<'_>, access: &Access, id: CaseId) -> Result<Option<Self>> {
        let loaders = ctx.data_unchecked::<CaseLoaders>();
        let row = loaders.case(ctx.data_unchecked(), access.community_id(), id).await?;
        Ok(row.and_then(|row| Self::new(access, row)))
    }

    /// The global id, for the interface.
    pub(crate) async fn id(&self, ctx: &Context<'_>) -> async_graphql::Result<ID> {
        self.0.id(ctx).await
    }
}

/// The case's own fields.
pub struct CaseCore {
    access: Access,
    row: Arc<case::Model>,
}

impl CaseCore {
    async fn other(&self, ctx: &Context<'_>, id: Option<CaseId>) -> Result<Option<Case>> {
        match id {
            None => Ok(None),
            Some(id) => Case::find(ctx, &self.access, id).await,
        }
    }

    async fn hanging_on(&self, ctx: &Context<'_>, link: Link, first: Option<i32>) -> Result<Vec<Case>> {
        let loaders = ctx.data_unchecked::<CaseLoaders>();
        let how = (link, self.access.clearance);
        let rows = loaders
            .cases_on(ctx.data_unchecked(), self.row.community_id, how, at_most(first)?, self.row.id)
            .await?;
        Ok(rows.iter().filter_map(|row| Case::new(&self.access, Arc::clone(row))).collect())
    }

    /// The score at the opening, for who may see it; never that of somebody who opted out since.
    async fn frozen_influence(&self, ctx: &Context<'_>) -> Result<Option<f64>> {
        if !policy::may_read_influence(&self.access, &self.row) {
            if self.row.status == CaseStatus::Closed {
                self.access.require(Permission::ReadInfluence)?;
            }
            let message = "who works on a case does not see how influential its member is; it can be read once the case is closed, \
                           or with the role MANAGER or the scope cases:manage";
            return Err(Error::Forbidden(message.to_owned()));
        }
        let loaders = ctx.data_unchecked::<Loaders>();
        let member = loaders
            .member(ctx.data_unchecked(), self.row.community_id, self.row.member_id)
            .await?;
        let is_scored = member.is_some_and(|member| member.consent == Consent::Scored);
        Ok(self.row.influence_at_open.filter(|_value| is_scored))
    }

    async fn load_clocks(&self, ctx: &Context<'_>, ended: Option<bool>, first: Option<i32>) -> Result<Vec<Clock>> {
        let which = match ended {
            None => WhichClocks::All,
            Some(true) => WhichClocks::Ended,
            Some(false) => WhichClocks::Open,
        };
        let loaders = ctx.data_unchecked::<CaseLoaders>();
        let rows = loaders
            .clocks_of(ctx.data_unchecked(), self.row.community_id, which, at_most(first)?, self.row.id)
            .await?;
        Ok(rows.iter().map(|row| Clock::new(&self.access, Arc::clone(row))).collect())
    }

    async fn load_breaches(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Breach>> {
        let loaders = ctx.data_unchecked::<CaseLoaders>();
        let rows = loaders
            .breaches_of(ctx.data_unchecked(), self.row.community_id, at_most(first)?, self.row.id)
            .await?;
        Ok(rows.iter().map(|row| Breach::new(&self.access, Arc::clone(row))).collect())
    }
}

/// The case's own fields.
#[Object]
impl CaseCore {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Case, self.row.community_id, self.row.id.0)
    }

    /// Counted from 1 within the community.
    async fn number(&self) -> i64 {
        self.row.number
    }

    /// Whose case it is, after merges.
    async fn member(&self, ctx: &Context<'_>) -> Maybe<Member> {
        maybe_absent(member(ctx, &self.access, self.row.member_id).await)
    }

    /// What it is about, as given: escape it before showing it.
    async fn subject(&self) -> &str {
        &self.row.subject
    }

    /// The root cause.
    async fn category(&self) -> Option<&str> {
        self.row.category.as_deref()
    }

    /// How bad it is for the customer.
    async fn severity(&self) -> Severity {
        self.row.severity
    }

    /// Where it came in, for example `forum` or `email`.
    async fn channel(&self) -> Option<&str> {
        self.row.channel.as_deref()
    }

    /// Who may know of it: PUBLIC or PRIVATE.
    async fn visibility(&self) -> Visibility {
        self.row.visibility
    }

    /// Where it stands.
    async fn status(&self) -> CaseStatus {
        self.row.status
    }

    /// The statuses to which changeCaseStatus can bring it now.
    async fn legal_statuses(&self) -> Vec<CaseStatus> {
        lifecycle::reachable(self.row.status)
    }

    /// Who works on it; null when nobody does.
    async fn assignee(&self, ctx: &Context<'_>) -> Maybe<StaffName> {
        maybe_absent(StaffName::find(ctx, self.row.community_id, self.row.assignee_id).await)
    }

    /// When it was opened.
    async fn opened_at(&self) -> DateTime {
        self.row.opened_at.into()
    }

    /// When a person of the company first replied; null when nobody has.
    async fn first_response_at(&self) -> Option<DateTime> {
        self.row.first_response_at.map(DateTime)
    }

    /// Since when the customer has been waiting for an answer; null when they are not.
    async fn waiting_since(&self) -> Option<DateTime> {
        self.row.waiting_since.map(DateTime)
    }

    /// When it was last resolved; null when it is not resolved now.
    async fn resolved_at(&self) -> Option<DateTime> {
        self.row.resolved_at.map(DateTime)
    }

    /// When it was first resolved; a reopening does not change it.
    async fn first_resolved_at(&self) -> Option<DateTime> {
        self.row.first_resolved_at.map(DateTime)
    }

    /// When it was closed.
    async fn closed_at(&self) -> Option<DateTime> {
        self.row.closed_at.map(DateTime)
    }

    /// How often it was reopened.
    async fn reopen_count(&self) -> i32 {
        self.row.reopen_count
    }

    /// When the next promise is due; null when no clock runs. What is overdue lies in the past.
    async fn next_due_at(&self) -> Option<DateTime> {
        (self.row.queue_due_at < NEVER).then_some(DateTime(self.row.queue_due_at))
    }

    /// How the customer felt when last recorded, from -1 (bad) to 1 (good); null when never.
    async fn sentiment(&self) -> Option<f64> {
        self.row.sentiment
    }

    /// The case that it goes on from; null when there is none that the caller may see.
    async fn parent(&self, ctx: &Context<'_>) -> Maybe<Case> {
        maybe_absent(self.other(ctx, self.row.parent_id).await)
    }

    /// The cases that go on from it, the latest opened first.
    async fn linked_cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
    ) -> Maybe<Vec<Case>> {
        maybe(self.hanging_on(ctx, Link::Linked, first).await)
    }

    /// The case in which it is continued; null unless it is MERGED.
    async fn merged_into(&self, ctx: &Context<'_>) -> Maybe<Case> {
        maybe_absent(self.other(ctx, self.row.merged_into).await)
    }

    /// The cases that were merged into it, the latest opened first.
    async fn merged_cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
    ) -> Maybe<Vec<Case>> {
        maybe(self.hanging_on(ctx, Link::Merged, first).await)
    }

    /// The interaction that it was opened from; null when there is none, or it is above the caller's clearance.
    async fn origin_interaction(&self, ctx: &Context<'_>) -> Maybe<Interaction> {
        maybe_absent(interaction(ctx, &self.access, self.row.origin_interaction_id).await)
    }

    /// The member's influence when the case was opened, frozen so that it can be audited later whether the influential were
    /// served better. FORBIDDEN for those who work cases until the case is closed: who answers must not be swayed by it, and no
    /// order, clock or assignment reads it. Needs the role MANAGER or the scope cases:manage; once the case is CLOSED, the role
    /// VIEWER or the scope influence:read. A MERGED case is worked on as another one and counts as not closed. Null when the member
    /// had no score, or has opted out.
    async fn influence_at_open(&self, ctx: &Context<'_>) -> Maybe<f64> {
        maybe_absent(self.frozen_influence(ctx).await)
    }

    /// Whether it was recorded with times of the past, by an import.
    async fn backdated(&self) -> bool {
        self.row.backdated
    }

    /// Grows with every change; give it as expectedVersion, so that nobody's change is lost.
    async fn version(&self) -> i64 {
        self.row.version
    }

    /// When something of it last changed.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }

    /// What happened, the oldest first, as far as the caller may read it: what is between the customer and the company needs the
    /// clearance PRIVATE, what is internal the role AGENT or the scope cases:notes.
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only entries of these kinds.")] kinds: Option<Vec<CaseEventKind>>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, CaseEvent, TimelineTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(timeline::list(ctx, &self.access, self.row.id, kinds.as_deref(), &args).await)
    }

    /// How far the company is with what it promised, the latest started first.
    async fn clocks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "true: only those that have ended; false: only those that run or are paused.")] ended: Option<bool>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
    ) -> Maybe<Vec<Clock>> {
        maybe(self.load_clocks(ctx, ended, first).await)
    }

    /// The promises that were broken on it, the latest due first. What is overdue and was not announced yet is not among them.
    async fn breaches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
    ) -> Maybe<Vec<Breach>> {
        maybe(self.load_breaches(ctx, first).await)
    }
}
