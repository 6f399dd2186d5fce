//! Apologies and repairs in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{ApologyComponent, ApologyId, ApologyStatus, BreachId, CaseId, RepairId, RepairKind, Visibility, apology, repair};
use futures_util::future::try_join_all;

use super::loaders::{RecoveryLoaders, Rows};
use crate::app::App;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::Result;
use crate::features::cases::graphql::{Breach, Case};
use crate::features::recovery::apology::{self as rules, Components};
use crate::features::recovery::{policy, store};
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

    /// The apologies for a breach that the actor may read, the oldest first. When the case of the breach was merged into another
    /// one, they can be of that one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn for_breach(ctx: &Context<'_>, access: &Access, breach: BreachId) -> Result<Vec<Self>> {
        let loaders = ctx.data_unchecked::<RecoveryLoaders>();
        let rows = loaders.answers(ctx.data_unchecked(), access.community_id(), breach).await?;
        let cases = try_join_all(rows.iter().map(|row| Case::find(ctx, access, row.case_id))).await?;
        let readable = rows.iter().zip(cases).filter_map(|(row, case)| {
            case?;
            Self::new(access, row.clone())
        });
        Ok(readable.collect())
    }

    async fn load_breaches(&self, ctx: &Context<'_>) -> Result<Vec<Breach>> {
        let (app, community) = (ctx.data_unchecked::<App>(), self.row.community_id);
        let ids = ctx
            .data_unchecked::<RecoveryLoaders>()
            .breaches(app, community, self.row.id)
            .await?;
        // They can be breaches of a case that was merged into this one, and that the actor may not see.
        let found = try_join_all(ids.iter().map(|id| Breach::find(ctx, &self.access, *id))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn load_repairs(&self, ctx: &Context<'_>) -> Result<Vec<Repair>> {
        let mut repairs = Repair::on_case(ctx, &self.access, self.row.case_id).await?;
        repairs.retain(|repair| repair.row.apology_id == Some(self.row.id));
        Ok(repairs)
    }
}

/// What the company said to make up for something that went wrong. `DRAFT → SENT → ACCEPTED, REJECTED or NO_REPLY`;
/// `DRAFT or SENT → RETRACTED`. What was never sent is for those who work on cases: it needs the role AGENT or the scope
/// cases:notes.
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
        rules::status(&self.row)
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

    /// The breaches that it answers, of this case and of cases that were merged into it.
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

    /// Why it was taken back, as given: escape it before showing it. This is for the company: null without the role AGENT or the
    /// scope cases:notes.
    async fn retraction_reason(&self) -> Option<&str> {
        let reason = self.row.retraction_reason.as_deref();
        reason.filter(|_reason| policy::may_read_internal(&self.access))
    }
}

/// How something is made right.
pub struct Repair {
    access: Access,
    row: Arc<repair::Model>,
}

impl Repair {
    /// A repair that the actor may read: of a case that they may see, and of an apology that they may read.
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
        let community = access.community_id();
        let Some(row) = store::seen_repair(app.db.read(), community, id, access.clearance).await? else {
            return Ok(None);
        };
        let apology = match row.apology_id {
            Some(apology) => store::seen_apology(app.db.read(), community, apology, access.clearance).await?,
            None => None,
        };
        let readable = policy::may_read_repair(access, &row, apology.as_ref());
        Ok(readable.then(|| Self::new(access, Arc::new(row))))
    }

    /// The repairs on a case that the actor may see and on those that were merged into it, the oldest first, as far as they may
    /// read them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn on_case(ctx: &Context<'_>, access: &Access, case: CaseId) -> Result<Vec<Self>> {
        let (app, loaders) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<RecoveryLoaders>());
        let community = access.community_id();
        let rows = loaders.repairs(app, community, case).await?;
        // A case that was merged into one that the actor may see can be one that they may not.
        let cases = try_join_all(rows.iter().map(|row| Case::find(ctx, access, row.case_id))).await?;
        let with_apologies: Vec<Option<CaseId>> = rows.iter().map(|row| row.apology_id.map(|_| row.case_id)).collect();
        let apologies = try_join_all(with_apologies.into_iter().map(|case| async move {
            match case {
                Some(case) => loaders.apologies(app, community, case).await,
                None => Ok(Rows::default()),
            }
        }));
        let apologies = apologies.await?;
        let readable = rows.iter().zip(cases).zip(&apologies).filter_map(|((row, case), apologies)| {
            case?;
            let apology = apologies.iter().find(|apology| Some(apology.id) == row.apology_id);
            policy::may_read_repair(access, row, apology.map(AsRef::as_ref)).then(|| Self::new(access, row.clone()))
        });
        Ok(readable.collect())
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

    /// When it was cancelled, as it had been promised by mistake; null when it was not.
    async fn cancelled_at(&self) -> Option<DateTime> {
        self.row.cancelled_at.map(DateTime)
    }

    /// Who cancelled it, as the change log names actors.
    async fn cancelled_by(&self) -> Option<&str> {
        self.row.cancelled_by.as_deref()
    }

    /// Why it was cancelled, as given: escape it before showing it. This is for the company: null without the role AGENT or the
    /// scope cases:notes.
    async fn cancel_reason(&self) -> Option<&str> {
        let reason = self.row.cancel_reason.as_deref();
        reason.filter(|_reason| policy::may_read_internal(&self.access))
    }

    /// When it was delivered; null while it is owed, and when it was cancelled.
    async fn delivered_at(&self) -> Option<DateTime> {
        self.row.delivered_at.map(DateTime)
    }

    /// Who delivered it, as the change log names actors.
    async fn delivered_by(&self) -> Option<&str> {
        self.row.delivered_by.as_deref()
    }
}
