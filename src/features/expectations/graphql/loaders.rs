//! What the fields of one request look up together about promises.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{CalendarId, CommunityId, ExpectationId, Timestamp, calendar, expectation};

use crate::app::App;
use crate::error::Result;
use crate::features::expectations::service::{self, Span};
use crate::features::expectations::store::{self, Kept};
use crate::graphql::batch::Batcher;
use crate::graphql::loaders::per_group;

/// The batches of one request.
#[derive(Default)]
pub struct PromiseLoaders {
    calendars: Batcher<(CommunityId, CalendarId), Arc<calendar::Model>>,
    present: Batcher<(CommunityId, CalendarId), Arc<calendar::Model>>,
    expectations: Batcher<(CommunityId, ExpectationId), Arc<expectation::Model>>,
    kept: Batcher<(CommunityId, (Span, ExpectationId)), Kept>,
}

impl PromiseLoaders {
    /// A version of a calendar.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calendar(&self, app: &App, community: CommunityId, id: CalendarId) -> Result<Option<Arc<calendar::Model>>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<CalendarId>| async move {
                Ok(shared(store::calendars_by_ids(app.db.read(), community, &ids).await?))
            })
        };
        self.calendars.load((community, id), load).await
    }

    /// The present version of a calendar, by its series.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn present_calendar(&self, app: &App, community: CommunityId, series: CalendarId) -> Result<Option<Arc<calendar::Model>>> {
        let load = |keys| {
            per_group(keys, |community, series: Vec<CalendarId>| async move {
                Ok(shared(store::current_calendars(app.db.read(), community, &series).await?))
            })
        };
        self.present.load((community, series), load).await
    }

    /// A version of an expectation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expectation(&self, app: &App, community: CommunityId, id: ExpectationId) -> Result<Option<Arc<expectation::Model>>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<ExpectationId>| async move {
                Ok(shared(store::expectations_by_ids(app.db.read(), community, &ids).await?))
            })
        };
        self.expectations.load((community, id), load).await
    }

    /// How well an expectation was kept over a time, in all its versions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn kept(&self, app: &App, community: CommunityId, series: ExpectationId, span: Span, now: Timestamp) -> Result<Kept> {
        let load = |keys| {
            per_group(keys, move |community, asked: Vec<(Span, ExpectationId)>| async move {
                let mut by_span: HashMap<Span, Vec<ExpectationId>> = HashMap::new();
                for (span, series) in asked {
                    by_span.entry(span).or_default().push(series);
                }
                let mut found = HashMap::new();
                for (span, series) in by_span {
                    let kept = service::kept(app.db.read(), community, &series, span, now).await?;
                    found.extend(kept.into_iter().map(|(id, kept)| ((span, id), kept)));
                }
                Ok(found)
            })
        };
        Ok(self.kept.load((community, (span, series)), load).await?.unwrap_or_default())
    }
}

fn shared<K: Eq + std::hash::Hash, R>(rows: HashMap<K, R>) -> HashMap<K, Arc<R>> {
    rows.into_iter().map(|(key, row)| (key, Arc::new(row))).collect()
}
