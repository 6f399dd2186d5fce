//! Which expectations a list shows.

use async_graphql::InputObject;
use entity::{ExpectationStatus, Metric, Timestamp, expectation};
use sea_orm::Condition;

use crate::error::Result;
use crate::features::expectations::store;
use crate::graphql::filters::{StringFilter, Terms, column, enum_filter};

enum_filter! {
    /// Conditions on what an expectation promises.
    MetricFilter, Metric
}

enum_filter! {
    /// Conditions on where a version of an expectation stands.
    ExpectationStatusFilter, ExpectationStatus
}

/// Which expectations. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ExpectationFilter {
    /// On where the version stands.
    pub status: Option<ExpectationStatusFilter>,
    /// On what is promised.
    pub metric: Option<MetricFilter>,
    /// On the name.
    pub name: Option<StringFilter>,
    /// All of these hold.
    pub and: Option<Vec<ExpectationFilter>>,
    /// At least one of these holds.
    pub or: Option<Vec<ExpectationFilter>>,
    /// This does not hold.
    pub not: Option<Box<ExpectationFilter>>,
}

impl ExpectationFilter {
    fn apply(&self, terms: &mut Terms, now: Timestamp) -> Result<()> {
        use expectation::Column as C;
        if let Some(filter) = &self.status {
            filter.apply(terms, &store::status_at(now))?;
        }
        if let Some(filter) = &self.metric {
            filter.apply(terms, &column(C::Metric))?;
        }
        if let Some(filter) = &self.name {
            filter.apply(terms, &column(C::Name), None)?;
        }
        terms.group(self.and.as_ref(), self.or.as_ref(), self.not.as_deref(), |filter, terms| {
            filter.apply(terms, now)
        })
    }

    /// The condition that it makes at an instant.
    ///
    /// # Errors
    /// When there are too many conditions.
    pub fn condition(filter: Option<&Self>, now: Timestamp) -> Result<Condition> {
        let mut terms = Terms::default();
        if let Some(filter) = filter {
            filter.apply(&mut terms, now)?;
        }
        Ok(terms.build())
    }
}
