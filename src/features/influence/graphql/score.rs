//! A member's score: its value, its place, and how it came to be.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};
use entity::{MemberId, Timestamp};

use super::models::ScoringModelObject;
use super::receipts::{ReceiptObject, ReceiptTotals, numbered};
use super::types::{ScoreInterval, ScorePoint, SignalShare, shares};
use crate::app::App;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::features::influence::account::Account;
use crate::features::influence::evidence::{Side, instants};
use crate::features::influence::formula::Points;
use crate::features::influence::interval::interval;
use crate::features::influence::keeper::Scope;
use crate::features::influence::model::{Level, ScoringModel};
use crate::features::influence::snapshot::Snapshot;
use crate::features::influence::trust::Trust;
use crate::features::interactions;
use crate::graphql::loaders::{EvidenceList, Loaders};
use crate::graphql::page::{Cursor, Exact, PageArgs};
use crate::graphql::scalars::{DateTime, Duration};
use crate::graphql::{Maybe, maybe};

/// How much others in this community do because of a member, by the community's model, as of an instant.
pub struct InfluenceScore {
    access: Access,
    member: MemberId,
    scope: Scope,
    at: Timestamp,
    points: Points,
    /// How much evidence there is, in equally strong givers.
    amount: f64,
    model: Arc<ScoringModel>,
    trust: Arc<Trust>,
    /// The ranking it stands in; `None` for a single member's score of the past or by another model.
    ranking: Option<Arc<Snapshot>>,
    /// As of an instant that was asked for, not of the present.
    is_past: bool,
    /// The evidence, where it was needed before the fields are resolved.
    evidence: Option<EvidenceList>,
}

impl InfluenceScore {
    /// The score in a ranking.
    #[must_use]
    pub fn ranked(access: &Access, member: MemberId, scope: Scope, ranking: Arc<Snapshot>, is_past: bool) -> Self {
        let standing = ranking.standing(member);
        Self {
            access: access.clone(),
            member,
            scope,
            at: ranking.as_of,
            points: standing.map(|standing| standing.points).unwrap_or_default(),
            amount: standing.map_or(0.0, |standing| standing.evidence),
            model: Arc::clone(&ranking.model),
            trust: Arc::clone(&ranking.trust),
            ranking: Some(ranking),
            is_past,
            evidence: None,
        }
    }

    /// The score of a single member as of an instant by a model, from the evidence of then; without an instant, of the present.
    /// Trust is that of the present ranking, which knows it for all instants.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn single(
        ctx: &Context<'_>,
        access: &Access,
        (member, scope): (MemberId, Scope),
        at: Option<Timestamp>,
        (model, present): (&Arc<ScoringModel>, &Snapshot),
    ) -> Result<Self> {
        let app = ctx.data_unchecked::<App>();
        let loaders = ctx.data_unchecked::<Loaders>();
        let evidence = loaders.evidence(app, model, scope, Side::Received, member).await?;
        let mut score = Self {
            access: access.clone(),
            member,
            scope,
            at: at.unwrap_or(present.as_of),
            points: Points::default(),
            amount: 0.0,
            model: Arc::clone(model),
            trust: Arc::clone(&present.trust),
            ranking: None,
            is_past: at.is_some(),
            evidence: None,
        };
        score.weigh(evidence);
        Ok(score)
    }

    /// Where receipts are asked for, the points are worked out from the same evidence: the ranking may be a moment behind
    /// what was recorded, and receipts sum to the points of the score that they are shown with.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn with_receipts(mut self, ctx: &Context<'_>) -> Result<Self> {
        if ctx.look_ahead().field("receipts").exists() || ctx.look_ahead().field("influence").field("receipts").exists() {
            let evidence = self.evidence(ctx).await?;
            self.weigh(evidence);
        }
        Ok(self)
    }

    fn weigh(&mut self, evidence: EvidenceList) {
        let account = self.account(&evidence);
        let (points, amount) = (account.points(), account.evidence());
        (self.points, self.amount) = (points, amount);
        self.evidence = Some(evidence);
    }

    async fn evidence(&self, ctx: &Context<'_>) -> Result<EvidenceList> {
        if let Some(evidence) = &self.evidence {
            return Ok(EvidenceList::clone(evidence));
        }
        ctx.data_unchecked::<Loaders>()
            .evidence(ctx.data_unchecked(), &self.model, self.scope, Side::Received, self.member)
            .await
    }

    fn account<'a>(&'a self, evidence: &'a EvidenceList) -> Account<'a> {
        let items = evidence.iter().map(|(_, item)| item);
        if self.is_past {
            Account::as_of(&self.model, &self.trust, items, self.at)
        } else {
            Account::present(&self.model, &self.trust, items, self.at)
        }
    }

    fn account_at<'a>(&'a self, evidence: &'a EvidenceList, at: Timestamp) -> Account<'a> {
        Account::as_of(&self.model, &self.trust, evidence.iter().map(|(_, item)| item), at)
    }

    fn value(&self) -> f64 {
        self.model.value(self.points.total())
    }

    async fn value_at(&self, ctx: &Context<'_>, at: Timestamp) -> Result<f64> {
        let evidence = self.evidence(ctx).await?;
        Ok(self.model.value(self.account_at(&evidence, at).points().total()))
    }
}

/// How much others in this community do because of a member, by the community's model, as of an instant.
#[Object]
impl InfluenceScore {
    /// 0 to 100: `100 * points / (points + kappa)`. It depends on this member's evidence and on how far those who gave it are
    /// trusted, not on what others are given.
    #[graphql(name = "value")]
    async fn shown_value(&self) -> f64 {
        self.value()
    }

    /// The weighted sum of the credit that the member received; 0 or more.
    async fn points(&self) -> f64 {
        self.points.total()
    }

    /// Place among those with points, 1 for the most; members with the same points share the better place. Null without
    /// points, and for a member's score of the past or by another model, where the others are not ranked; a leaderboard of the
    /// past ranks all.
    async fn rank(&self) -> Option<u64> {
        let ranking = self.ranking.as_ref().filter(|_| self.points.total() > 0.0)?;
        Some(ranking.rank(self.points.total()) as u64)
    }

    /// The share of all members who may be scored that has fewer points, in percent. Null where rank is null for the past.
    async fn percentile(&self) -> Option<f64> {
        Some(self.ranking.as_ref()?.percentile(self.points.total()))
    }

    /// The points by what they are for.
    async fn signals(&self) -> Vec<SignalShare> {
        shares(&self.points)
    }

    /// By how much the value changed over the time before: the value as of this score less the value so long before.
    async fn change(&self, ctx: &Context<'_>, #[graphql(desc = "How long before, for example `P30D`.")] over: Duration) -> Maybe<f64> {
        let before = self.value_at(ctx, self.at.plus_micros(-over.micros)).await;
        maybe(before.map(|before| self.value() - before))
    }

    /// The evidence, largest first. Its points sum to the points of the score. Above the caller's clearance it keeps its
    /// points and loses its content and people.
    async fn receipts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<Connection<Cursor, ReceiptObject, ReceiptTotals>> {
        maybe(
            self.list_receipts(
                ctx,
                &PageArgs {
                    first,
                    after,
                    ..PageArgs::default()
                },
            )
            .await,
        )
    }

    /// The score at regular instants, each from the evidence of then; at most 500.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first instant.")] from: DateTime,
        #[graphql(desc = "The last instant at most; now when not given.")] to: Option<DateTime>,
        #[graphql(desc = "How far apart, for example `P7D`.")] every: Duration,
    ) -> Maybe<Vec<ScorePoint>> {
        maybe(self.list_history(ctx, from.0, to.map(|to| to.0), every.micros).await)
    }

    /// How much influence, in words: EMERGING while there is too little evidence to rank anybody by.
    async fn level(&self) -> Level {
        self.model.level(self.points.total(), self.amount)
    }

    /// How much evidence there is: as much as so many givers who all gave the same.
    async fn evidence_amount(&self) -> f64 {
        self.amount
    }

    /// Where the value lies with 90 % confidence: what comes in is partly chance, the more so the fewer people gave it.
    async fn interval(&self) -> ScoreInterval {
        let (low, high) = interval(self.points.total(), self.amount);
        ScoreInterval {
            low: self.model.value(low),
            high: self.model.value(high),
        }
    }

    /// The version of the model by which it was made.
    async fn model(&self, ctx: &Context<'_>) -> Maybe<ScoringModelObject> {
        let number = self.model.version.into();
        maybe(
            ScoringModelObject::by_version(ctx, &self.access, number)
                .await
                .and_then(|found| found.ok_or(Error::NotFound("scoring model"))),
        )
    }

    /// As of when it was made.
    async fn computed_at(&self) -> DateTime {
        self.at.into()
    }
}

impl InfluenceScore {
    async fn list_receipts(&self, ctx: &Context<'_>, args: &PageArgs) -> Result<Connection<Cursor, ReceiptObject, ReceiptTotals>> {
        // Pages after the first one go on as of the instant of the first: points fade between requests.
        let name = format!("receipts:{}:{:?}", self.member, self.scope.topic);
        let page = args.check::<(i64, Exact, i64)>(&name)?;
        let evidence = self.evidence(ctx).await?;
        let account = match page.after {
            Some((at, ..)) if at != self.at.as_micros() => {
                let at = Timestamp::from_micros(at.clamp(0, self.at.as_micros()));
                self.account_at(&evidence, at)
            }
            _ => self.account(&evidence),
        };
        let at = page.after.map_or(self.at.as_micros(), |(at, ..)| at);
        let mut receipts = numbered(account.receipts());
        let totals = ReceiptTotals {
            count: receipts.len(),
            points: account.points().total(),
        };
        if let Some((_, Exact(points), number)) = page.after {
            receipts.retain(|(receipt, own)| {
                let size = receipt.points.abs();
                size < points || (size.total_cmp(&points).is_eq() && *own > number)
            });
        }
        Ok(page.slice_of(&receipts).connect_with(&name, totals, |(receipt, number)| {
            let key = serde_json::json!([at, Exact(receipt.points.abs()), number]);
            let is_redacted = !interactions::service::may_read(&self.access, receipt.evidence.visibility);
            (
                key,
                ReceiptObject {
                    access: self.access.clone(),
                    receipt,
                    is_redacted,
                },
            )
        }))
    }

    async fn list_history(&self, ctx: &Context<'_>, from: Timestamp, to: Option<Timestamp>, every: i64) -> Result<Vec<ScorePoint>> {
        let now = ctx.data_unchecked::<OpContext>().now;
        if to.is_some_and(|to| to > now) {
            return Err(Error::bad_input("to", "must not be in the future"));
        }
        let instants = instants(from, to.unwrap_or(now), every)?;
        let evidence = self.evidence(ctx).await?;
        let point = |at: Timestamp| {
            let points = self.account_at(&evidence, at).points().total();
            ScorePoint {
                at: at.into(),
                value: self.model.value(points),
                points,
            }
        };
        Ok(instants.into_iter().map(point).collect())
    }
}
