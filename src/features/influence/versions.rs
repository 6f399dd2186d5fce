//! The versions of a community's scoring model, and which was in force when. Pure.

use std::sync::Arc;

use entity::{CommunityId, ModelOrigin, Timestamp, scoring_model, scoring_model_activation};

use super::model::{ScoringModel, Terms};
use crate::error::{Error, Result};

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was never in force.
    Draft,
    /// Scores are made by it.
    Active,
    /// It was in force, and another one is.
    Retired,
}

/// A version.
#[derive(Clone, Debug)]
pub struct Version {
    /// The row.
    pub row: scoring_model::Model,
    /// What it says.
    pub model: Arc<ScoringModel>,
}

impl Version {
    /// Reads a row.
    ///
    /// # Errors
    /// When it does not hold a model, which would be our own fault.
    pub fn read(row: scoring_model::Model) -> Result<Self> {
        let terms: Terms = serde_json::from_str(&row.terms).map_err(Error::internal)?;
        let model = ScoringModel {
            version: row.version,
            name: row.name.clone(),
            terms,
        };
        Ok(Self {
            row,
            model: Arc::new(model),
        })
    }

    /// What a community begins with: the default, in force from the start.
    ///
    /// # Errors
    /// When the terms cannot be written as JSON.
    pub fn first(community: CommunityId, by: &str, now: Timestamp) -> Result<(scoring_model::Model, scoring_model_activation::Model)> {
        let model = ScoringModel::default();
        let row = scoring_model::Model {
            community_id: community,
            version: model.version,
            name: model.name,
            origin: ModelOrigin::Default,
            based_on: None,
            terms: serde_json::to_string(&model.terms).map_err(Error::internal)?,
            backtest: None,
            created_at: now,
            created_by: by.to_owned(),
            discarded_at: None,
            discarded_by: None,
        };
        let activation = scoring_model_activation::Model {
            community_id: community,
            activated_at: now,
            version: row.version,
            activated_by: by.to_owned(),
        };
        Ok((row, activation))
    }
}

/// All versions of a community.
#[derive(Clone, Debug)]
pub struct Models {
    versions: Vec<Arc<Version>>,
    activations: Vec<scoring_model_activation::Model>,
    active: Arc<Version>,
}

impl Models {
    /// Versions by number and activations by time; `None` when none is in force.
    #[must_use]
    pub fn new(versions: Vec<Arc<Version>>, activations: Vec<scoring_model_activation::Model>) -> Option<Self> {
        let last = activations.last()?.version;
        let active = versions.iter().find(|version| version.row.version == last).cloned()?;
        Some(Self {
            versions,
            activations,
            active,
        })
    }

    /// The one in force.
    #[must_use]
    pub const fn active(&self) -> &Arc<Version> {
        &self.active
    }

    /// All versions, the oldest first.
    #[must_use]
    pub fn all(&self) -> &[Arc<Version>] {
        &self.versions
    }

    /// A version by its number.
    #[must_use]
    pub fn version(&self, number: i64) -> Option<&Arc<Version>> {
        self.versions.iter().find(|version| i64::from(version.row.version) == number)
    }

    /// The one that was in force at an instant; before the first, the first.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> &Arc<Version> {
        let past = self.activations.partition_point(|one| one.activated_at <= at);
        let activation = self.activations.get(past.saturating_sub(1));
        activation.and_then(|one| self.version(one.version.into())).unwrap_or(&self.active)
    }

    /// Where a version stands.
    #[must_use]
    pub fn standing(&self, version: i32) -> Standing {
        if self.active.row.version == version {
            Standing::Active
        } else if self.activations.iter().any(|one| one.version == version) {
            Standing::Retired
        } else {
            Standing::Draft
        }
    }

    /// Since when a version was in force, each time.
    pub fn activations(&self, version: i32) -> impl Iterator<Item = Timestamp> + '_ {
        self.activations
            .iter()
            .filter(move |one| one.version == version)
            .map(|one| one.activated_at)
    }

    /// When a version was last put in force, and when another one took its place.
    #[must_use]
    pub fn last_activation(&self) -> Option<Timestamp> {
        self.activations.last().map(|one| one.activated_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Databases from before versions were kept begin with the default of that time, and so do new communities now. When the
    /// default changes, this test says so: then the file stays, and the test goes.
    #[test]
    fn old_communities_begin_with_the_same_as_new_ones() {
        let first: Terms = serde_json::from_str(include_str!("../../../migration/src/first_scoring_terms.json")).unwrap();
        assert_eq!(first, Terms::default());
    }

    #[test]
    fn the_version_of_an_instant_is_the_one_in_force_then() {
        let at = Timestamp::from_micros;
        let (row, activation) = Version::first(CommunityId(1), "staff:1", at(10)).unwrap();
        let version = |number: i32| {
            let row = scoring_model::Model {
                version: number,
                ..row.clone()
            };
            Arc::new(Version::read(row).unwrap())
        };
        let in_force = |number: i32, since: i64| scoring_model_activation::Model {
            version: number,
            activated_at: at(since),
            ..activation.clone()
        };
        let versions = vec![version(1), version(2), version(3)];
        let models = Models::new(versions, vec![in_force(1, 10), in_force(2, 20), in_force(1, 30)]).unwrap();
        for (instant, number) in [(0, 1), (10, 1), (19, 1), (20, 2), (29, 2), (30, 1), (99, 1)] {
            assert_eq!(models.at(at(instant)).row.version, number, "{instant}");
        }
        assert_eq!(
            [1, 2, 3].map(|number| models.standing(number)),
            [Standing::Active, Standing::Retired, Standing::Draft]
        );
    }
}
