//! Apologies, repairs and follow-ups in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{
    ApologyComponent, ApologyId, ApologyStatus, CaseId, FollowUpId, FollowUpKind, FollowUpStatus, RepairId, RepairKind, Visibility,
    apology, follow_up, repair,
};
use futures_util::future::try_join_all;

use super::loaders::RecoveryLoaders;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::cases::graphql::{Breach, Case, CaseLoaders};
use crate::features::recovery::apology::Components;
use crate::features::recovery::{follow_up as rules, policy, store};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe, maybe_absent};

/// What the company said to make up for something that went wrong.
pub struct Apology {
    access: Access,
    row: Arc<apology::Model>,
}

impl Apology {
    /// An apology of a case that the actor may see; `None` when they may not read the apology itself.
    #[must_use]
    pub fn new(access: &Access, row: Arc<apology::Model>) -> Option<Self> {
        policy::may_read(access, &row).then(|| Self {
            access: access.clone(),
            row,
        })
    }

    /// An apology by id; `None` when there is none that the actor may read.
    ///
    /// # Errors
    /// [`crate::error::Error::Forbidden`] without [`Permission::ReadCases`].
    pub async fn find(app: &App, access: &Access, id: ApologyId) -> Result<Option<Self>> {
        access.require(Permission::ReadCases)?;
        let row = store::seen_apology(app.db.read(), access.community_id(), id, access.clearance).await?;
        Ok(row.and_then(|row| Self::new(access, Arc::new(row))))
    }

    async fn load_breaches(&self, ctx: &Context<'_>) -> Result<Vec<Breach>> {
        let (app, community) = (ctx.data_unchecked::<App>(), self.row.community_id);
        let ids = ctx
            .data_unchecked::<RecoveryLoaders>()
            .breaches(app, community, self.row.id)
            .await?;
        let loaders = ctx.data_unchecked::<CaseLoaders>();
        let rows = try_join_all(ids.iter().map(|id| loaders.breach(app, community, *id))).await?;
        // They are breaches of the same case, which the actor may see.
        Ok(rows.into_iter().flatten().map(|row| Breach::new(&self.access, row)).collect())
    }

    async fn load_repairs(&self, ctx: &Context<'_>) -> Result<Vec<Repair>> {
        let loaders = ctx.data_unchecked::<RecoveryLoaders>();
        let rows = loaders
            .repairs(ctx.data_unchecked(), self.row.community_id, self.row.case_id)
            .await?;
        let own = rows.iter().filter(|row| row.apology_id == Some(self.row.id));
        Ok(own.map(|row| Repair::new(&self.access, row.clone())).collect())
    }
}

/// What the company said to make up for something that went wrong. `DRAFT → SENT → ACCEPTED, REJECTED or NO_REPLY`;
/// `SENT → RETRACTED`. Drafts are for those who work on cases: they need the role AGENT or the scope cases:notes.
#[Object]
impl Apology {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Apology, self.row.community_id, self.row.id.0)
    }

    /// The case.
    async fn case(&self, ctx: &Context<'_>) -> Maybe<Case> {
        maybe_absent(Case::find(ctx, &self.access, self.row.case_id).await)
    }

    /// Where it stands.
    async fn status(&self) -> ApologyStatus {
        self.row.status
    }

    /// Who apologizes, as the change log names actors, for example `staff:3`.
    async fn author(&self) -> &str {
        &self.row.author
    }

    /// Who may read it: PUBLIC or PRIVATE.
    async fn visibility(&self) -> Visibility {
        self.row.visibility
    }

    /// What is said, as given: escape it before showing it.
    async fn text(&self) -> &str {
        &self.row.text
    }

    /// What it is made of.
    async fn components(&self) -> Vec<ApologyComponent> {
        Components::from_bits(self.row.components).into()
    }

    /// The breaches that it answers.
    async fn breaches(&self, ctx: &Context<'_>) -> Maybe<Vec<Breach>> {
        maybe(self.load_breaches(ctx).await)
    }

    /// The repairs that were promised with it, the oldest first.
    async fn repairs(&self, ctx: &Context<'_>) -> Maybe<Vec<Repair>> {
        maybe(self.load_repairs(ctx).await)
    }

    /// When the customer was heard out.
    async fn heard_at(&self) -> Option<DateTime> {
        self.row.heard_at.map(DateTime)
    }

    /// When it was recorded.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When the customer got it; null while it is a draft.
    async fn sent_at(&self) -> Option<DateTime> {
        self.row.sent_at.map(DateTime)
    }

    /// When the customer answered, or it was settled that they did not.
    async fn responded_at(&self) -> Option<DateTime> {
        self.row.responded_at.map(DateTime)
    }

    /// When it was taken back.
    async fn retracted_at(&self) -> Option<DateTime> {
        self.row.retracted_at.map(DateTime)
    }

    /// Why it was taken back, as given: escape it before showing it.
    async fn retraction_reason(&self) -> Option<&str> {
        self.row.retraction_reason.as_deref()
    }
}

/// How something is made right.
pub struct Repair {
    access: Access,
    row: Arc<repair::Model>,
}

impl Repair {
    /// A repair of a case that the actor may see.
    #[must_use]
    pub fn new(access: &Access, row: Arc<repair::Model>) -> Self {
        Self {
            access: access.clone(),
            row,
        }
    }

    /// A repair by id; `None` when there is none, or its case does not exist for the actor.
    ///
    /// # Errors
    /// [`crate::error::Error::Forbidden`] without [`Permission::ReadCases`].
    pub async fn find(app: &App, access: &Access, id: RepairId) -> Result<Option<Self>> {
        access.require(Permission::ReadCases)?;
        let row = store::seen_repair(app.db.read(), access.community_id(), id, access.clearance).await?;
        Ok(row.map(|row| Self::new(access, Arc::new(row))))
    }

    async fn load_apology(&self, ctx: &Context<'_>) -> Result<Option<Apology>> {
        let Some(id) = self.row.apology_id else { return Ok(None) };
        let loaders = ctx.data_unchecked::<RecoveryLoaders>();
        let rows = loaders
            .apologies(ctx.data_unchecked(), self.row.community_id, self.row.case_id)
            .await?;
        let found = rows.iter().find(|row| row.id == id);
        Ok(found.and_then(|row| Apology::new(&self.access, row.clone())))
    }
}

/// How something is made right.
#[Object]
impl Repair {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Repair, self.row.community_id, self.row.id.0)
    }

    /// The case.
    async fn case(&self, ctx: &Context<'_>) -> Maybe<Case> {
        maybe_absent(Case::find(ctx, &self.access, self.row.case_id).await)
    }

    /// The apology that it belongs to; null when there is none, or none that the caller may read.
    async fn apology(&self, ctx: &Context<'_>) -> Maybe<Apology> {
        maybe_absent(self.load_apology(ctx).await)
    }

    /// What it is.
    async fn kind(&self) -> RepairKind {
        self.row.kind
    }

    /// In words, as given: escape them before showing them.
    async fn description(&self) -> &str {
        &self.row.description
    }

    /// Its worth, in `currency`.
    async fn amount(&self) -> Option<f64> {
        self.row.amount
    }

    /// The currency of its worth: three letters by ISO 4217.
    async fn currency(&self) -> Option<&str> {
        self.row.currency.as_deref()
    }

    /// Who promised it, as the change log names actors.
    async fn promised_by(&self) -> &str {
        &self.row.promised_by
    }

    /// When it was promised.
    async fn promised_at(&self) -> DateTime {
        self.row.promised_at.into()
    }

    /// By when.
    async fn due_at(&self) -> Option<DateTime> {
        self.row.due_at.map(DateTime)
    }

    /// When it was delivered; null while it is owed.
    async fn delivered_at(&self) -> Option<DateTime> {
        self.row.delivered_at.map(DateTime)
    }

    /// Who delivered it, as the change log names actors.
    async fn delivered_by(&self) -> Option<&str> {
        self.row.delivered_by.as_deref()
    }
}

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

    /// What is to be done, as given: escape it before showing it.
    async fn description(&self) -> &str {
        &self.row.description
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

    /// What came of it, as given: escape it before showing it.
    async fn outcome(&self) -> Option<&str> {
        self.row.outcome.as_deref()
    }

    /// When it was cancelled.
    async fn cancelled_at(&self) -> Option<DateTime> {
        self.row.cancelled_at.map(DateTime)
    }

    /// Why it was cancelled, as given: escape it before showing it.
    async fn cancel_reason(&self) -> Option<&str> {
        self.row.cancel_reason.as_deref()
    }
}
