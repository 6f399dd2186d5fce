//! Follow-ups in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{CaseId, FollowUpId, FollowUpKind, FollowUpStatus, StaffId, follow_up};

use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::cases::graphql::{Case, CaseLoaders};
use crate::features::recovery::{follow_up as rules, policy, store};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe_absent};

/// When the company comes back to a customer, and what came of it.
pub struct FollowUp {
    access: Access,
    row: Arc<follow_up::Model>,
}

impl FollowUp {
    /// A follow-up of a case that the actor may see.
    #[must_use]
    pub fn new(access: &Access, row: Arc<follow_up::Model>) -> Self {
        Self {
            access: access.clone(),
            row,
        }
    }

    /// A follow-up by id; `None` when there is none, or its case does not exist for the actor.
    ///
    /// # Errors
    /// [`crate::error::Error::Forbidden`] without [`Permission::ReadCases`].
    pub async fn find(app: &App, access: &Access, id: FollowUpId) -> Result<Option<Self>> {
        access.require(Permission::ReadCases)?;
        let row = store::seen_follow_up(app.db.read(), access.community_id(), id, access.clearance).await?;
        Ok(row.map(|row| Self::new(access, Arc::new(row))))
    }

    /// The case it is on.
    #[must_use]
    pub fn case_id(&self) -> CaseId {
        self.row.case_id
    }

    /// Who of the staff does it.
    #[must_use]
    pub fn owner(&self) -> Option<StaffId> {
        self.row.owner_id
    }

    /// Words about it, if the actor may read them.
    fn words<'a>(&self, words: Option<&'a str>) -> Option<&'a str> {
        words.filter(|_words| policy::may_read_words(&self.access, &self.row))
    }

    async fn load_owner_name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let Some(owner) = self.row.owner_id else { return Ok(None) };
        let loaders = ctx.data_unchecked::<CaseLoaders>();
        let name = loaders.staff_name(ctx.data_unchecked(), owner).await?;
        Ok(name.map(|name| name.to_string()))
    }
}

/// When the company comes back to a customer, and what came of it. `SCHEDULED → DUE → KEPT, MISSED or CANCELLED`.
#[Object]
impl FollowUp {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::FollowUp, self.row.community_id, self.row.id.0)
    }

    /// The case.
    async fn case(&self, ctx: &Context<'_>) -> Maybe<Case> {
        maybe_absent(Case::find(ctx, &self.access, self.row.case_id).await)
    }

    /// Why it is planned.
    async fn kind(&self) -> FollowUpKind {
        self.row.kind
    }

    /// Where it stands at this moment. DUE from the beginning of its day on, where the community lives.
    async fn status(&self, ctx: &Context<'_>) -> FollowUpStatus {
        rules::status_at(&self.row, ctx.data_unchecked::<OpContext>().now)
    }

    /// What is to be done, as given: escape it before showing it. Unless the member was told of the
    /// follow-up, this is for the company: null without the role AGENT or the scope cases:notes.
    async fn description(&self) -> Option<&str> {
        self.words(Some(&self.row.description))
    }

    /// Whether the member was told.
    async fn promised_to_member(&self) -> bool {
        self.row.promised_to_member
    }

    /// Global id of the member of staff who is to do it; null when it is nobody's.
    async fn owner_id(&self) -> Option<ID> {
        let owner = self.row.owner_id?;
        Some(GlobalId::encode(NodeType::Staff, self.row.community_id, owner.0))
    }

    /// Name of the member of staff who is to do it; null when it is nobody's.
    async fn owner_name(&self, ctx: &Context<'_>) -> Maybe<String> {
        maybe_absent(self.load_owner_name(ctx).await)
    }

    /// Who planned it, as the change log names actors.
    async fn created_by(&self) -> &str {
        &self.row.created_by
    }

    /// When it was planned.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// By when. Exactly then is in time.
    async fn due_at(&self) -> DateTime {
        self.row.due_at.into()
    }

    /// By when at first; null when it was never rescheduled.
    async fn rescheduled_from(&self) -> Option<DateTime> {
        (self.row.original_due_at != self.row.due_at).then(|| self.row.original_due_at.into())
    }

    /// Whether a PROMISE was kept by the time that was first given, which is what the kept rate counts; null for a NUDGE, and
    /// while it does not count yet.
    async fn kept_by_original_due(&self, ctx: &Context<'_>) -> Option<bool> {
        rules::kept(&self.row, ctx.data_unchecked::<OpContext>().now)
    }

    /// When it was done. With the status MISSED it was done late.
    async fn completed_at(&self) -> Option<DateTime> {
        self.row.completed_at.map(DateTime)
    }

    /// What came of it, as given: escape it before showing it. Unless the member was told of the
    /// follow-up, this is for the company: null without the role AGENT or the scope cases:notes.
    async fn outcome(&self) -> Option<&str> {
        self.words(self.row.outcome.as_deref())
    }

    /// When it was cancelled.
    async fn cancelled_at(&self) -> Option<DateTime> {
        self.row.cancelled_at.map(DateTime)
    }

    /// Why it was cancelled, as given: escape it before showing it. Unless the member was told of the
    /// follow-up, this is for the company: null without the role AGENT or the scope cases:notes.
    async fn cancel_reason(&self) -> Option<&str> {
        self.words(self.row.cancel_reason.as_deref())
    }
}
