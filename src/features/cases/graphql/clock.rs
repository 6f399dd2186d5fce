//! Clocks in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::{CaseId, ClockId, ClockState, ExpectationId, Metric, Timestamp, clock};

use super::breach::Breach;
use super::case::Case;
use super::loaders::CaseLoaders;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::expectations::graphql::Expectation;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::loaders::Loaders;
use crate::graphql::scalars::{DateTime, Duration};
use crate::graphql::{Maybe, maybe_absent};

/// How far the company is with something that it promised to the customer of a case.
pub struct Clock {
    access: Access,
    row: Arc<clock::Model>,
}

impl Clock {
    /// A clock of a case that the actor may see.
    #[must_use]
    pub(super) fn new(access: &Access, row: Arc<clock::Model>) -> Self {
        Self {
            access: access.clone(),
            row,
        }
    }

    /// A clock by id; `None` when there is none, or its case does not exist for the actor.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(ctx: &Context<'_>, access: &Access, id: ClockId) -> Result<Option<Self>> {
        let loaders = ctx.data_unchecked::<CaseLoaders>();
        let Some(row) = loaders.clock(ctx.data_unchecked(), access.community_id(), id).await? else {
            return Ok(None);
        };
        let case = Case::find(ctx, access, row.case_id).await?;
        Ok(case.map(|_visible| Self::new(access, row)))
    }

    /// A clock of a case that the actor may see.
    pub(super) async fn in_case(ctx: &Context<'_>, access: &Access, case: CaseId, id: ClockId) -> Result<Option<Self>> {
        let loaders = ctx.data_unchecked::<CaseLoaders>();
        let row = loaders.clock(ctx.data_unchecked(), access.community_id(), id).await?;
        Ok(row.filter(|row| row.case_id == case).map(|row| Self::new(access, row)))
    }

    async fn load_breach(&self, ctx: &Context<'_>) -> Result<Option<Breach>> {
        let loaders = ctx.data_unchecked::<CaseLoaders>();
        let row = loaders
            .breach_of_clock(ctx.data_unchecked(), self.row.community_id, self.row.id)
            .await?;
        Ok(row.map(|row| Breach::new(&self.access, row)))
    }
}

/// The expectation that a clock or a breach is of.
pub(super) async fn expectation(ctx: &Context<'_>, access: &Access, id: ExpectationId) -> Result<Option<Expectation>> {
    access.require(Permission::ReadExpectations)?;
    let loaders = &ctx.data_unchecked::<Loaders>().promises;
    let row = loaders.expectation(ctx.data_unchecked(), access.community_id(), id).await?;
    Ok(row.map(|row| Expectation::new(access, row)))
}

/// How a clock stands at an instant. Warnings and breaches follow from the times themselves: they are so before anybody has
/// announced them.
#[must_use]
fn state_at(row: &clock::Model, now: Timestamp) -> ClockState {
    let stands_still = row.ended_at.is_some() || row.paused_at.is_some() || row.fulfilled_at.is_some();
    let Some(due_at) = row.due_at.filter(|_due| !stands_still) else {
        return row.state;
    };
    if due_at < now {
        ClockState::Breaching
    } else if row.warn_at.is_some_and(|warn_at| warn_at <= now) {
        ClockState::ImminentBreach
    } else {
        ClockState::Pending
    }
}

/// How far the company is with something that it promised to the customer of a case.
#[Object]
impl Clock {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Clock, self.row.community_id, self.row.id.0)
    }

    /// What was promised: the version that the customer was given.
    async fn expectation(&self, ctx: &Context<'_>) -> Maybe<Expectation> {
        maybe_absent(expectation(ctx, &self.access, self.row.expectation_id).await)
    }

    /// What is measured.
    async fn metric(&self) -> Metric {
        self.row.metric
    }

    /// Which time in the case this is measured, counted from 1.
    async fn instance(&self) -> i32 {
        self.row.instance
    }

    /// How it stands at this moment, also when a warning or breach was not announced yet.
    async fn state(&self, ctx: &Context<'_>) -> ClockState {
        state_at(&self.row, ctx.data_unchecked::<OpContext>().now)
    }

    /// Since when it has been running.
    async fn started_at(&self) -> DateTime {
        self.row.started_at.into()
    }

    /// When it is due; null while it is paused. Exactly then is in time.
    async fn due_at(&self) -> Option<DateTime> {
        self.row.due_at.map(DateTime)
    }

    /// From when on it is close to its due time; null without a warning time and while it is paused.
    async fn warn_at(&self) -> Option<DateTime> {
        self.row.warn_at.map(DateTime)
    }

    /// Since when it has been paused; null when it is not.
    async fn paused_at(&self) -> Option<DateTime> {
        self.row.paused_at.map(DateTime)
    }

    /// The open time that it had consumed when something about it last changed.
    async fn consumed(&self) -> Duration {
        Duration {
            micros: self.row.consumed.max(0),
        }
    }

    /// When what was promised was done, in time or late.
    async fn fulfilled_at(&self) -> Option<DateTime> {
        self.row.fulfilled_at.map(DateTime)
    }

    /// When it ended, in whatever way.
    async fn ended_at(&self) -> Option<DateTime> {
        self.row.ended_at.map(DateTime)
    }

    /// The case in which it was started, when it came along as that case was merged into this one; null for a clock of the case
    /// itself, and when that case does not exist for the caller.
    async fn carried_from(&self, ctx: &Context<'_>) -> Maybe<Case> {
        maybe_absent(match self.row.carried_from {
            CaseId(0) => Ok(None),
            started_in => Case::find(ctx, &self.access, started_in).await,
        })
    }

    /// The breach, if the promise was broken; it is there once it was announced. When the promise was broken before its case was
    /// merged into this one, the breach is on that case and here it is null.
    async fn breach(&self, ctx: &Context<'_>) -> Maybe<Breach> {
        maybe_absent(self.load_breach(ctx).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::CommunityId;

    fn row() -> clock::Model {
        clock::Model {
            community_id: CommunityId(1),
            id: ClockId(1),
            case_id: CaseId(1),
            expectation_id: ExpectationId(1),
            calendar_id: None,
            metric: Metric::Update,
            instance: 1,
            carried_from: CaseId(0),
            state: ClockState::Pending,
            started_at: Timestamp::from_micros(0),
            due_at: Some(Timestamp::from_micros(100)),
            warn_at: Some(Timestamp::from_micros(80)),
            paused_at: None,
            consumed: 0,
            fulfilled_at: None,
            ended_at: None,
            next_at: Some(Timestamp::from_micros(80)),
        }
    }

    #[test]
    fn given_a_running_clock_when_nobody_announced_anything_then_its_times_say_how_it_stands() {
        let states = [79, 80, 100, 101].map(|now| state_at(&row(), Timestamp::from_micros(now)));
        assert_eq!(
            states,
            [
                ClockState::Pending,
                ClockState::ImminentBreach,
                ClockState::ImminentBreach,
                ClockState::Breaching
            ]
        );
    }

    #[test]
    fn given_a_clock_that_stands_still_when_time_goes_on_then_it_stays_as_it_is() {
        let at = Some(Timestamp::from_micros(50));
        let paused = clock::Model {
            paused_at: at,
            due_at: None,
            warn_at: None,
            ..row()
        };
        let ended = clock::Model {
            ended_at: at,
            fulfilled_at: at,
            state: ClockState::Achieved,
            ..row()
        };
        let later = Timestamp::from_micros(1_000);
        assert_eq!(state_at(&paused, later), ClockState::Pending);
        assert_eq!(state_at(&ended, later), ClockState::Achieved);
    }
}
