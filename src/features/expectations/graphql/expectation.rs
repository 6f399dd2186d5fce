//! Expectations in the API.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, SimpleObject};
use entity::{CaseStatus, ExpectationStatus, Metric, Severity, expectation};
use sea_orm::{ColumnTrait as _, Condition};

use super::Calendar;
use super::lists::{self, ExpectationTotals};
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::features::expectations::rows;
use crate::features::expectations::service::Span;
use crate::features::expectations::store::Kept;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::loaders::Loaders;
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::scalars::{DateTime, Promised};
use crate::graphql::{Maybe, maybe, maybe_absent};

/// How well a promise was kept.
#[derive(SimpleObject)]
pub struct KeptRate {
    /// How often it was kept.
    kept: u64,
    /// How often it was broken; what is overdue and still not done counts, and so does what was excused.
    broken: u64,
    /// The share that was kept, from 0 to 1; null when there was nothing to keep.
    rate: Option<f64>,
}

impl From<Kept> for KeptRate {
    fn from(count: Kept) -> Self {
        Self {
            kept: count.kept,
            broken: count.broken,
            rate: count.rate(),
        }
    }
}

/// A version of an expectation: a promise to customers, the same for every member. What was published never changes; another
/// version takes its place.
pub struct Expectation {
    access: Access,
    row: Arc<expectation::Model>,
}

impl Expectation {
    /// An expectation, for who may see those of the community.
    #[must_use]
    pub fn new(access: &Access, row: impl Into<Arc<expectation::Model>>) -> Self {
        Self {
            access: access.clone(),
            row: row.into(),
        }
    }
}

/// A version of an expectation: a promise to customers, the same for every member. What was published never changes; another
/// version takes its place.
#[Object]
impl Expectation {
    /// Global id of this version.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Expectation, self.row.community_id, self.row.id.0)
    }

    /// Which version it is, counted from 1.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// Where this version stands. One whose successor starts later stays PUBLISHED until then.
    async fn status(&self, ctx: &Context<'_>) -> ExpectationStatus {
        rows::status_at(&self.row, ctx.data_unchecked::<OpContext>().now)
    }

    /// Name to show.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// The promise in words for customers.
    async fn public_text(&self) -> &str {
        &self.row.public_text
    }

    /// What is promised; the same for all versions.
    async fn metric(&self) -> Metric {
        self.row.metric
    }

    /// Within what time, counted while the calendar is open and the clock does not stand still. With a calendar it is written in
    /// hours and less, like PT45H, and around the clock in days, too.
    async fn target(&self) -> Promised {
        promised(&self.row, self.row.target)
    }

    /// How long before the target a clock warns, in the same time; zero for no warning.
    async fn warn_before(&self) -> Promised {
        promised(&self.row, self.row.warn_before)
    }

    /// The calendar that says when time counts, in its present version; null for around the clock.
    async fn calendar(&self, ctx: &Context<'_>) -> Maybe<Calendar> {
        maybe_absent(self.load_calendar(ctx).await)
    }

    /// The severities covered; empty for all.
    async fn severities(&self) -> Maybe<Vec<Severity>> {
        maybe(rows::terms(&self.row).map(|terms| terms.severities))
    }

    /// The categories covered; empty for all.
    async fn categories(&self) -> Maybe<Vec<String>> {
        maybe(rows::terms(&self.row).map(|terms| terms.categories))
    }

    /// The channels covered; empty for all.
    async fn channels(&self) -> Maybe<Vec<String>> {
        maybe(rows::terms(&self.row).map(|terms| terms.channels))
    }

    /// The states of a case in which its clock stands still.
    async fn pause_on(&self) -> Maybe<Vec<CaseStatus>> {
        maybe(rows::terms(&self.row).map(|terms| terms.pause_on()))
    }

    /// From when on it holds; null for a draft.
    async fn effective_from(&self) -> Option<DateTime> {
        self.row.effective_from.map(DateTime)
    }

    /// Until when it holds; null while there is no end.
    async fn effective_to(&self) -> Option<DateTime> {
        self.row.effective_to.map(DateTime)
    }

    /// When it was published; null for a draft.
    async fn published_at(&self) -> Option<DateTime> {
        self.row.published_at.map(DateTime)
    }

    /// How well it was kept over the last days, or from one instant until before another, in all its versions and on all cases, private
    /// ones included. A promise that was kept counts when it was, one that was broken when it was due.
    async fn kept_rate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many days before `to`, 1 to 3650; of no meaning with `from`.", default = 90)] days: i32,
        #[graphql(desc = "From this instant on, at most 3650 days before `to`.")] from: Option<DateTime>,
        #[graphql(desc = "Until before this instant; until now when left out.")] to: Option<DateTime>,
    ) -> Maybe<KeptRate> {
        let (from, to) = (from.map(|from| from.0), to.map(|to| to.0));
        let now = ctx.data_unchecked::<OpContext>().now;
        maybe(async { kept_rate(ctx, &self.row, Span::new(days, from, to, now)?).await }.await)
    }

    /// All versions of this expectation, the newest first.
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, Expectation, ExpectationTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let of_series = Condition::all().add(expectation::Column::SeriesId.eq(self.row.series_id));
        maybe(lists::expectations(ctx, &self.access, of_series, &args).await)
    }
}

impl Expectation {
    async fn load_calendar(&self, ctx: &Context<'_>) -> Result<Option<Calendar>> {
        let Some(series) = self.row.calendar_series_id else {
            return Ok(None);
        };
        let loaders = &ctx.data_unchecked::<Loaders>().promises;
        let found = loaders
            .present_calendar(ctx.data_unchecked(), self.row.community_id, series)
            .await?;
        let row = found.ok_or_else(|| Error::internal(format!("expectation {} has lost its calendar", self.row.id)))?;
        Ok(Some(Calendar::new(&self.access, row)))
    }
}

/// A time that a version of an expectation promises: open time where it has a calendar.
pub(super) const fn promised(row: &expectation::Model, micros: i64) -> Promised {
    Promised {
        micros,
        is_open_time: row.calendar_series_id.is_some(),
    }
}

/// How well the expectation of a version was kept over a time.
pub(super) async fn kept_rate(ctx: &Context<'_>, row: &expectation::Model, span: Span) -> Result<KeptRate> {
    let now = ctx.data_unchecked::<OpContext>().now;
    let loaders = &ctx.data_unchecked::<Loaders>().promises;
    let kept = loaders
        .kept(ctx.data_unchecked(), row.community_id, row.series_id, span, now)
        .await?;
    Ok(kept.into())
}
