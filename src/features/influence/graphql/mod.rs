//! Influence in the API: a member's score, leaderboards, and who influences whom.

mod leaderboard;
mod models;
pub mod mutations;
mod preview;
mod receipts;
mod score;
mod subscriptions;
mod terms;
mod ties;
mod types;

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use entity::{Consent, MemberId, member};

pub use leaderboard::CommunityInfluence;
pub use models::ScoringModelObject;
pub use subscriptions::InfluenceSubscription;

use self::score::InfluenceScore;
use self::ties::InfluenceTie;
use super::evidence::Side;
use super::keeper::Scope;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::graphql::loaders::Loaders;
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe_absent};

/// The influence of a member.
#[derive(Clone)]
pub struct MemberInfluence {
    access: Access,
    member: MemberId,
    /// Neither staff nor bot nor opted out.
    is_scored: bool,
}

impl MemberInfluence {
    /// The influence of a member, as an actor may see it.
    #[must_use]
    pub fn new(access: &Access, row: &member::Model) -> Self {
        let is_scored = !row.is_staff && !row.is_bot && row.consent == Consent::Scored;
        Self {
            access: access.clone(),
            member: row.id,
            is_scored,
        }
    }

    async fn score(
        &self,
        ctx: &Context<'_>,
        topic: Option<String>,
        at: Option<DateTime>,
        model: Option<&ID>,
    ) -> Result<Option<InfluenceScore>> {
        self.access.require(Permission::ReadInfluence)?;
        if !self.is_scored {
            return Ok(None);
        }
        let now = ctx.data_unchecked::<OpContext>().now;
        if at.is_some_and(|at| at.0 > now) {
            return Err(Error::bad_input("at", "must not be in the future"));
        }
        let scope = scope(ctx, &self.access, topic.as_deref()).await?;
        let scores = &ctx.data_unchecked::<App>().scores;
        let present = scores.ranking(scope, now).await?;
        if at.is_none() && model.is_none() {
            let score = InfluenceScore::ranked(&self.access, self.member, scope, present, false);
            return score.with_receipts(ctx).await.map(Some);
        }
        let version = match (model, at) {
            (Some(id), _) => models::version_of(ctx, &self.access, id).await?,
            (None, at) => Arc::clone(scores.models(scope.community, now).await?.at(at.map_or(now, |at| at.0))),
        };
        let by = (&version.model, present.as_ref());
        InfluenceScore::single(ctx, &self.access, (self.member, scope), at.map(|at| at.0), by)
            .await
            .map(Some)
    }

    async fn ties(
        &self,
        ctx: &Context<'_>,
        side: Side,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Option<Connection<Cursor, InfluenceTie>>> {
        self.access.require(Permission::ReadInfluence)?;
        if !self.is_scored {
            return Ok(None);
        }
        let args = PageArgs {
            first,
            after,
            ..PageArgs::default()
        };
        ties::list(ctx, &self.access, self.member, side, &args).await.map(Some)
    }
}

/// The influence of a member.
#[Object]
impl MemberInfluence {
    /// How much others here do because of this member; null for staff, bots and those who opted out. Needs the role VIEWER or
    /// the scope influence:read.
    async fn influence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what was about this topic, by name.")] topic: Option<String>,
        #[graphql(desc = "As of this instant, from the evidence of then; now when not given.")] at: Option<DateTime>,
        #[graphql(desc = "By this version of the model; by the one that was in force then when not given.")] model: Option<ID>,
    ) -> Maybe<InfluenceScore> {
        maybe_absent(self.score(ctx, topic, at, model.as_ref()).await)
    }

    /// Whom this member influences: those who gave them credit, strongest first, as far as the caller's clearance reaches.
    async fn influences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<Connection<Cursor, InfluenceTie>> {
        maybe_absent(self.ties(ctx, Side::Received, first, after).await)
    }

    /// By whom this member is influenced: those to whom they gave credit, strongest first, as far as the caller's clearance
    /// reaches.
    async fn influenced_by(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<Connection<Cursor, InfluenceTie>> {
        maybe_absent(self.ties(ctx, Side::Given, first, after).await)
    }
}

/// The ranking that a topic name stands for.
///
/// # Errors
/// [`Error::NotFound`] when the community has no such topic.
pub async fn scope(ctx: &Context<'_>, access: &Access, topic: Option<&str>) -> Result<Scope> {
    let community = access.community_id();
    let topic = match topic {
        None => None,
        Some(name) => {
            let found = ctx
                .data_unchecked::<Loaders>()
                .topic_id(ctx.data_unchecked(), community, name)
                .await?;
            Some(found.ok_or(Error::NotFound("topic"))?)
        }
    };
    Ok(Scope { community, topic })
}
