//! Leaderboards: the ranking of a community or a topic, page by page, from memory.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use entity::MemberId;

use super::models::ScoringModelObject;
use super::preview::{ScoringModelPreview, preview};
use super::score::InfluenceScore;
use super::terms::ScoringTermsInput;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::features::influence::keeper::Scope;
use crate::features::influence::model::Level;
use crate::features::influence::snapshot::{Place, Snapshot, Standing};
use crate::features::members::{self, Member};
use crate::graphql::page::{Cursor, Exact, PageArgs};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe};

/// Influence in the community.
pub struct CommunityInfluence(pub Access);

/// Influence in the community.
#[Object]
impl CommunityInfluence {
    /// Members with points, most first. Needs the role VIEWER or the scope influence:read.
    #[expect(clippy::too_many_arguments, reason = "each is one argument of the field")]
    async fn leaderboard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what was about this topic, by name.")] topic: Option<String>,
        #[graphql(desc = "As of this instant, from the evidence of then; now when not given.")] at: Option<DateTime>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, LeaderboardEntry, LeaderboardTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(list(ctx, &self.0, topic.as_deref(), at, &args).await)
    }

    /// The model by which scores are made now. Needs the role VIEWER or the scope influence:read.
    async fn scoring_model(&self, ctx: &Context<'_>) -> Maybe<ScoringModelObject> {
        maybe(ScoringModelObject::active(ctx, &self.0).await)
    }

    /// All versions of the model, the newest first; at most 1000. Needs the role VIEWER or the scope influence:read.
    async fn scoring_models(&self, ctx: &Context<'_>) -> Maybe<Vec<ScoringModelObject>> {
        maybe(ScoringModelObject::all(ctx, &self.0).await)
    }

    /// What would change under another model: who rises and who falls. Nothing is written. Needs the role MANAGER or the scope
    /// influence:manage.
    async fn preview_scoring_model(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version to look at.")] model: Option<ID>,
        #[graphql(desc = "Terms to try: on top of that version, or of the one in force.")] terms: Option<ScoringTermsInput>,
        #[graphql(desc = "How many of those who rise, and of those who fall, most; 1 to 100, 10 when not given.")] first: Option<i32>,
    ) -> Maybe<ScoringModelPreview> {
        maybe(preview(ctx, &self.0, model.as_ref(), terms, first.unwrap_or(10)).await)
    }
}

async fn list(
    ctx: &Context<'_>,
    access: &Access,
    topic: Option<&str>,
    at: Option<DateTime>,
    args: &PageArgs,
) -> Result<Connection<Cursor, LeaderboardEntry, LeaderboardTotals>> {
    access.require(Permission::ReadInfluence)?;
    let scope = super::scope(ctx, access, topic).await?;
    let name = format!("leaderboard:{:?}", scope.topic);
    let page = args.check::<(Exact, i64)>(&name)?;
    let app = ctx.data_unchecked::<App>();
    let now = ctx.data_unchecked::<OpContext>().now;
    let ranking = match at {
        Some(at) if at.0 > now => return Err(Error::bad_input("at", "must not be in the future")),
        Some(at) => app.scores.past(scope, at.0, now).await?,
        None => app.scores.ranking(scope, now).await?,
    };
    // Points fade between requests, all alike: a page goes on at the member it ended with, wherever they stand now.
    let place = |(total, id): (Exact, i64)| {
        let member = MemberId(id);
        let total = ranking.standing(member).map_or(total.0, |standing| standing.total);
        Place { total, member }
    };
    let slice = page.slice_of(ranking.between(page.after.map(place), page.before.map(place)));
    let ids: Vec<MemberId> = slice.items.iter().map(|standing| standing.member).collect();
    let rows = members::store::by_ids(app.db.read(), access.community_id(), &ids).await?;
    let totals = LeaderboardTotals(Arc::clone(&ranking));
    Ok(slice.connect_with(&name, totals, |standing| {
        let entry = LeaderboardEntry {
            access: access.clone(),
            scope,
            row: rows.get(&standing.member).cloned(),
            standing,
            ranking: Arc::clone(&ranking),
            is_past: at.is_some(),
        };
        (serde_json::json!([Exact(standing.total), standing.member]), entry)
    }))
}

/// What a leaderboard tells beside its page.
pub struct LeaderboardTotals(Arc<Snapshot>);

/// What a leaderboard tells beside its page.
#[Object]
impl LeaderboardTotals {
    /// How many members have points.
    async fn total_count(&self) -> usize {
        self.0.len()
    }
}

/// A place in a leaderboard.
pub struct LeaderboardEntry {
    access: Access,
    scope: Scope,
    row: Option<entity::member::Model>,
    standing: Standing,
    ranking: Arc<Snapshot>,
    is_past: bool,
}

/// A place in a leaderboard.
#[Object]
impl LeaderboardEntry {
    /// 1 for the most points; members with the same points share the better place.
    async fn rank(&self) -> usize {
        self.ranking.rank(self.standing.total)
    }

    /// 0 to 100, as in the member's score.
    async fn value(&self) -> f64 {
        self.ranking.model.value(self.standing.total)
    }

    /// How much influence, in words: EMERGING while there is too little evidence to rank anybody by.
    async fn level(&self) -> Level {
        self.ranking.model.level(self.standing.total, self.standing.evidence)
    }

    /// The points.
    async fn points(&self) -> f64 {
        self.standing.total
    }

    /// Who; null for a member who was removed a moment ago.
    async fn member(&self) -> Option<Member> {
        self.row.clone().map(|row| Member::new(&self.access, row))
    }

    /// The whole score, in the ranking of this leaderboard.
    async fn influence(&self, ctx: &Context<'_>) -> Maybe<InfluenceScore> {
        maybe(
            InfluenceScore::ranked(
                &self.access,
                self.standing.member,
                self.scope,
                Arc::clone(&self.ranking),
                self.is_past,
            )
            .with_receipts(ctx)
            .await,
        )
    }
}
