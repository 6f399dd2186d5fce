//! What a community promises, for everybody.

use async_graphql::{Context, Object, SimpleObject};
use entity::{Metric, Severity, expectation};

use super::expectation::{kept_rate, promised};
use super::{KeptRate, OpenHoursObject};
use crate::context::OpContext;
use crate::error::{Error, Result};
use crate::features::expectations::rows;
use crate::features::expectations::service::{self, Span};
use crate::graphql::loaders::Loaders;
use crate::graphql::scalars::{DateTime, Promised};
use crate::graphql::{Maybe, maybe, maybe_absent};

/// When time counts for a promise.
#[derive(SimpleObject)]
pub struct PublishedCalendar {
    /// IANA time zone, for example `Europe/Berlin`.
    zone: String,
    /// The open hours of a week; holidays are left out here.
    hours: Vec<OpenHoursObject>,
}

/// A promise as everybody may read it.
pub struct PublishedExpectation(expectation::Model);

/// A promise as everybody may read it.
#[Object]
impl PublishedExpectation {
    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The promise in words.
    async fn public_text(&self) -> &str {
        &self.0.public_text
    }

    /// What is promised.
    async fn metric(&self) -> Metric {
        self.0.metric
    }

    /// Within what time, counted while the calendar is open. With a calendar it is written in hours and less, like PT45H, and around
    /// the clock in days, too.
    async fn target(&self) -> Promised {
        promised(&self.0, self.0.target)
    }

    /// The severities covered; empty for all.
    async fn severities(&self) -> Maybe<Vec<Severity>> {
        maybe(rows::terms(&self.0).map(|terms| terms.severities))
    }

    /// The categories covered; empty for all.
    async fn categories(&self) -> Maybe<Vec<String>> {
        maybe(rows::terms(&self.0).map(|terms| terms.categories))
    }

    /// The channels covered; empty for all.
    async fn channels(&self) -> Maybe<Vec<String>> {
        maybe(rows::terms(&self.0).map(|terms| terms.channels))
    }

    /// When time counts; null for around the clock.
    async fn calendar(&self, ctx: &Context<'_>) -> Maybe<PublishedCalendar> {
        maybe_absent(self.load_calendar(ctx).await)
    }

    /// Since when it has been promised in this way.
    async fn effective_from(&self) -> Option<DateTime> {
        self.0.effective_from.map(DateTime)
    }

    /// How well it was kept over the last 90 days, on all cases. A promise that was kept counts when it was, one that was broken
    /// when it was due.
    #[graphql(name = "keptRate90Days")]
    async fn kept_rate(&self, ctx: &Context<'_>) -> Maybe<KeptRate> {
        let now = ctx.data_unchecked::<OpContext>().now;
        maybe(async { kept_rate(ctx, &self.0, Span::new(service::PUBLISHED_DAYS, None, None, now)?).await }.await)
    }
}

impl PublishedExpectation {
    async fn load_calendar(&self, ctx: &Context<'_>) -> Result<Option<PublishedCalendar>> {
        let Some(series) = self.0.calendar_series_id else { return Ok(None) };
        let loaders = &ctx.data_unchecked::<Loaders>().promises;
        let found = loaders.present_calendar(ctx.data_unchecked(), self.0.community_id, series).await?;
        let row = found.ok_or_else(|| Error::internal(format!("expectation {} has lost its calendar", self.0.id)))?;
        let definition = rows::definition(&row)?;
        Ok(Some(PublishedCalendar {
            hours: definition.hours.iter().map(OpenHoursObject::from).collect(),
            zone: definition.zone,
        }))
    }
}

/// Queries for what is promised.
#[derive(Default)]
pub struct ExpectationQuery;

/// Queries for what is promised.
#[Object]
impl ExpectationQuery {
    /// What a community promises its customers now, by name, and how well that is kept. Readable without signing in where the
    /// community publishes it; otherwise for those with a part in it, and NOT_FOUND for everybody else.
    async fn published_expectations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community's slug.")] community: String,
    ) -> Maybe<Vec<PublishedExpectation>> {
        let found = service::published(ctx.data_unchecked(), ctx.data_unchecked(), &community).await;
        maybe(found.map(|rows| rows.into_iter().map(PublishedExpectation).collect()))
    }
}
