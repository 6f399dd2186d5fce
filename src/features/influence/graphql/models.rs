//! Versions of the scoring model in the API.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use entity::{InteractionKind, ModelOrigin};

use super::terms::{KindValue, ScoringLevels, ScoringTrust, SignalWeight, TopicFactor};
use crate::app::App;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::{Error, Result};
use crate::features::influence::model::{Beneficiary, ScoringModel, Signal};
use crate::features::influence::store;
use crate::features::influence::versions::{Models, Standing, Version};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::{DateTime, Duration};

/// Where a version of the scoring model stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ScoringModelStatus {
    /// It was never in force.
    Draft,
    /// Scores are made by it.
    Active,
    /// It was in force, and another one is.
    Retired,
}

/// A version of the formula by which scores are made. What it says never changes; another version takes its place.
pub struct ScoringModelObject {
    access: Access,
    version: Arc<Version>,
    models: Arc<Models>,
}

/// The version that a global id names.
pub(super) async fn version_of(ctx: &Context<'_>, access: &Access, id: &ID) -> Result<Arc<Version>> {
    let missing = || Error::NotFound("scoring model");
    let id = GlobalId::decode(id).filter(|id| id.node_type == NodeType::ScoringModel && id.community == access.community_id());
    let number = id.ok_or_else(missing)?.key;
    let models = store::models(ctx.data_unchecked::<App>().db.read(), access.community_id()).await?;
    models.version(number).cloned().ok_or_else(missing)
}

impl ScoringModelObject {
    async fn load(ctx: &Context<'_>, access: &Access) -> Result<Arc<Models>> {
        access.require(Permission::ReadInfluence)?;
        let models = store::models(ctx.data_unchecked::<App>().db.read(), access.community_id()).await?;
        Ok(Arc::new(models))
    }

    fn of(access: &Access, models: &Arc<Models>, version: &Arc<Version>) -> Self {
        Self {
            access: access.clone(),
            version: Arc::clone(version),
            models: Arc::clone(models),
        }
    }

    /// The one in force.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Permission::ReadInfluence`].
    pub async fn active(ctx: &Context<'_>, access: &Access) -> Result<Self> {
        let models = Self::load(ctx, access).await?;
        Ok(Self::of(access, &models, models.active()))
    }

    /// A version by its number.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Permission::ReadInfluence`].
    pub async fn by_version(ctx: &Context<'_>, access: &Access, number: i64) -> Result<Option<Self>> {
        let models = Self::load(ctx, access).await?;
        Ok(models.version(number).map(|version| Self::of(access, &models, version)))
    }

    /// A version that somebody who may not read influence has just written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn written(ctx: &Context<'_>, access: &Access, number: i64) -> Result<Option<Self>> {
        let models = Arc::new(store::models(ctx.data_unchecked::<App>().db.read(), access.community_id()).await?);
        Ok(models.version(number).map(|version| Self::of(access, &models, version)))
    }

    /// All versions, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Permission::ReadInfluence`].
    pub async fn all(ctx: &Context<'_>, access: &Access) -> Result<Vec<Self>> {
        let models = Self::load(ctx, access).await?;
        Ok(models
            .all()
            .iter()
            .rev()
            .map(|version| Self::of(access, &models, version))
            .collect())
    }

    fn model(&self) -> &ScoringModel {
        &self.version.model
    }
}

/// A version of the formula by which scores are made. What it says never changes; another version takes its place.
#[Object(name = "ScoringModel")]
impl ScoringModelObject {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(
            NodeType::ScoringModel,
            self.version.row.community_id,
            self.version.row.version.into(),
        )
    }

    /// Its number in the community, from 1.
    async fn version(&self) -> i32 {
        self.version.row.version
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.version.row.name
    }

    /// Where it stands.
    async fn status(&self) -> ScoringModelStatus {
        match self.models.standing(self.version.row.version) {
            Standing::Draft => ScoringModelStatus::Draft,
            Standing::Active => ScoringModelStatus::Active,
            Standing::Retired => ScoringModelStatus::Retired,
        }
    }

    /// How it came about.
    async fn origin(&self) -> ModelOrigin {
        self.version.row.origin
    }

    /// The version from whose terms it started; null for the first one, and when that was discarded.
    async fn based_on(&self) -> Option<Self> {
        let version = self.models.version(self.version.row.based_on?.into())?;
        Some(Self::of(&self.access, &self.models, version))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.version.row.created_at.into()
    }

    /// By whom, as the change log names actors.
    async fn created_by(&self) -> &str {
        &self.version.row.created_by
    }

    /// Since when it was in force, each time; empty for a draft.
    async fn activations(&self) -> Vec<DateTime> {
        self.models.activations(self.version.row.version).map(DateTime).collect()
    }

    /// H in `decay(t) = fastShare * fastRate * 2^(-fastRate * t/H) + (1 - fastShare) * slowRate * 2^(-slowRate * t/H)`, by which
    /// credit fades.
    async fn half_life(&self) -> Duration {
        Duration {
            micros: self.model().terms.decay.half_life_micros(),
        }
    }

    /// The share of credit that fades fast.
    async fn fast_share(&self) -> f64 {
        self.model().terms.decay.fast_share
    }

    /// How many times faster than H that is.
    async fn fast_rate(&self) -> f64 {
        self.model().terms.decay.fast_rate
    }

    /// The rate at which the rest fades, of H.
    async fn slow_rate(&self) -> f64 {
        self.model().terms.decay.slow_rate
    }

    /// The points at which the value is 50: `value = 100 * points / (points + kappa)`.
    async fn kappa(&self) -> f64 {
        self.model().terms.kappa
    }

    /// What each signal weighs.
    async fn weights(&self) -> Vec<SignalWeight> {
        let weights = &self.model().terms.weights;
        let weight = |signal, volume, breadth| SignalWeight { signal, volume, breadth };
        vec![
            weight(Signal::Help, weights.help, weights.breadth),
            weight(Signal::Recognition, weights.recognition, 0.0),
            weight(Signal::Attention, weights.attention, weights.breadth * weights.breadth_attention),
            weight(Signal::Advocacy, weights.advocacy, 0.0),
        ]
    }

    /// What each kind of interaction is worth, and to whom; kinds that are not listed give nobody credit.
    async fn kinds(&self) -> Vec<KindValue> {
        let rule = |kind: &InteractionKind| {
            let rule = self.model().rule(*kind)?;
            Some(KindValue {
                kind: *kind,
                signal: rule.signal,
                value: rule.value,
                credits_actor: rule.to == Beneficiary::Actor,
            })
        };
        InteractionKind::ALL.iter().filter_map(rule).collect()
    }

    /// Whose credit counts in full.
    async fn trust(&self) -> ScoringTrust {
        let trust = &self.model().terms.trust;
        ScoringTrust {
            first_givers: trust.first_givers.into(),
            more_givers: trust.more_givers.into(),
            maturity: trust.maturity,
            ripe_share: trust.ripe_share,
            fresh_limit: trust.fresh_limit,
            anonymous_limit: trust.anonymous_limit,
            trace: trust.trace,
            unanswered: trust.unanswered,
            vetted_votes: trust.vetted_votes,
            quorum: i32::try_from(trust.quorum).unwrap_or(i32::MAX),
        }
    }

    /// The least evidence, in equally strong givers, for a level above EMERGING.
    async fn minimum_evidence(&self) -> f64 {
        self.model().terms.minimum_evidence
    }

    /// From which value on each level is reached.
    async fn levels(&self) -> ScoringLevels {
        let levels = &self.model().terms.levels;
        ScoringLevels {
            established: levels.established,
            influential: levels.influential,
            leading: levels.leading,
        }
    }

    /// Factors for interactions about topics; of several the smallest holds. Topics that are not listed count in full.
    async fn topics(&self) -> Vec<TopicFactor> {
        let topics = self.model().terms.topics.iter();
        topics
            .map(|(topic, factor)| TopicFactor {
                topic: topic.clone(),
                factor: *factor,
            })
            .collect()
    }
}
