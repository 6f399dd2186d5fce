//! Findings in the API.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use entity::{Consent, MemberId, member};
use futures_util::future::try_join_all;

use crate::app::App;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::{Error, Result};
use crate::features::integrity::finding::{Finding, Kind};
use crate::features::interactions::{self, Interaction};
use crate::features::members::{self, Member};
use crate::graphql::loaders::Loaders;
use crate::graphql::page::MAX_PAGE;
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe};

/// Most members of one finding that are listed.
const MOST_MEMBERS: usize = 200;

/// What kind of evidence looks arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum IntegrityFindingKind {
    /// At least four members without trust who credit hardly anybody but one member and each other.
    Ring,
    /// Far more credit for help and thanks in seven days than in a usual week.
    Jump,
}

impl From<Kind> for IntegrityFindingKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Ring => Self::Ring,
            Kind::Jump => Self::Jump,
        }
    }
}

impl From<IntegrityFindingKind> for Kind {
    fn from(kind: IntegrityFindingKind) -> Self {
        match kind {
            IntegrityFindingKind::Ring => Self::Ring,
            IntegrityFindingKind::Jump => Self::Jump,
        }
    }
}

/// Evidence that looks arranged, for people to judge. It changes nothing by itself.
pub struct IntegrityFinding {
    access: Access,
    finding: Arc<Finding>,
}

impl IntegrityFinding {
    /// A finding as an actor may see it.
    #[must_use]
    pub fn new(access: &Access, finding: Arc<Finding>) -> Self {
        Self {
            access: access.clone(),
            finding,
        }
    }

    /// The members of the finding who may be listed, in its order, and how many may not.
    async fn people(&self, ctx: &Context<'_>) -> Result<(Vec<member::Model>, usize)> {
        let app = ctx.data_unchecked::<App>();
        let ids: &[MemberId] = &self.finding.members;
        let mut rows = members::store::by_ids(app.db.read(), self.access.community_id(), ids).await?;
        let found = ids.iter().filter_map(|id| rows.remove(id));
        let shown: Vec<member::Model> = found.filter(|row| row.consent == Consent::Scored).collect();
        let hidden = ids.len().saturating_sub(shown.len());
        Ok((shown, hidden))
    }

    async fn list_members(&self, ctx: &Context<'_>) -> Result<Vec<Member>> {
        self.access.require(Permission::ReadMembers)?;
        let (shown, _) = self.people(ctx).await?;
        Ok(shown
            .into_iter()
            .take(MOST_MEMBERS)
            .map(|row| Member::new(&self.access, row))
            .collect())
    }

    async fn list_interactions(&self, ctx: &Context<'_>, first: i32) -> Result<Vec<Interaction>> {
        self.access.require(Permission::ReadInteractions)?;
        let size = usize::try_from(first).ok().filter(|_| (1..=MAX_PAGE).contains(&first));
        let size = size.ok_or_else(|| Error::bad_input("first", format!("must be between 1 and {MAX_PAGE}")))?;
        let app = ctx.data_unchecked::<App>();
        let loaders = ctx.data_unchecked::<Loaders>();
        let community = self.access.community_id();
        let readable = self.finding.evidence.iter();
        let readable = readable.filter(|(_, visibility)| interactions::service::may_read(&self.access, *visibility));
        let rows = try_join_all(readable.take(size).map(|(id, _)| loaders.interaction(app, community, *id))).await?;
        let shown = rows.into_iter().flatten().filter_map(|row| Interaction::new(&self.access, row));
        Ok(shown.collect())
    }
}

/// Evidence that looks arranged, for people to judge. It changes nothing by itself.
#[Object]
impl IntegrityFinding {
    /// What kind of finding.
    async fn kind(&self) -> IntegrityFindingKind {
        self.finding.pattern.kind().into()
    }

    /// The finding in a plain sentence, without names.
    async fn description(&self) -> String {
        self.finding.description()
    }

    /// Who is in it, at most 200; where one member benefits, that one first. Those who opted out are left out.
    async fn members(&self, ctx: &Context<'_>) -> Maybe<Vec<Member>> {
        maybe(self.list_members(ctx).await)
    }

    /// How many are in it and left out because they opted out.
    async fn hidden_members(&self, ctx: &Context<'_>) -> Maybe<usize> {
        maybe(self.people(ctx).await.map(|(_, hidden)| hidden))
    }

    /// How much of the credit it is, 0 to 1. RING: of what the first member's credit of the last half-life is worth, or, where all
    /// credit each other, of all that they ever gave. JUMP: how much of the credit of thirteen weeks came in the last seven days.
    async fn share(&self) -> f64 {
        self.finding.share
    }

    /// How much credit is in question, before it faded: of the last half-life in a RING, of the last seven days in a JUMP. Findings
    /// are ordered by it.
    async fn credit(&self) -> f64 {
        self.finding.credit
    }

    /// When the first of these interactions happened.
    async fn since(&self) -> DateTime {
        self.finding.since.into()
    }

    /// When the last of them happened.
    async fn until(&self) -> DateTime {
        self.finding.until.into()
    }

    /// The interactions that it rests on, the newest first, as far as the caller's clearance reaches; of the newest 200.
    async fn interactions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100.", default = 20)] first: i32,
    ) -> Maybe<Vec<Interaction>> {
        maybe(self.list_interactions(ctx, first).await)
    }

    /// How many interactions it rests on, those above the caller's clearance included.
    async fn interaction_count(&self) -> usize {
        self.finding.count
    }
}
