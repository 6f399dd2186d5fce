//! Proposed holidays in the API.

use async_graphql::{Context, ID, Object};
use entity::{ProposalStatus, holiday_proposal};

use super::{Calendar, HolidayObject, PromiseLoaders};
use crate::context::Access;
use crate::error::{Error, Result};
use crate::features::expectations::rows;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::loaders::Loaders;
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe};

/// A holiday that was proposed for a calendar, usually from an iCalendar file. It counts once it is approved.
pub struct HolidayProposal {
    access: Access,
    row: holiday_proposal::Model,
}

impl HolidayProposal {
    /// A proposal, for who may see the calendars of the community.
    #[must_use]
    pub fn new(access: &Access, row: holiday_proposal::Model) -> Self {
        Self {
            access: access.clone(),
            row,
        }
    }
}

/// A holiday that was proposed for a calendar, usually from an iCalendar file. It counts once it is approved.
#[Object]
impl HolidayProposal {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::HolidayProposal, self.row.community_id, self.row.id.0)
    }

    /// The calendar, in its present version.
    async fn calendar(&self, ctx: &Context<'_>) -> Maybe<Calendar> {
        maybe(self.load_calendar(ctx).await)
    }

    /// What was proposed.
    async fn holiday(&self) -> Maybe<HolidayObject> {
        maybe(rows::holiday(&self.row).map(|holiday| HolidayObject::from(&holiday)))
    }

    /// What became of it.
    async fn status(&self) -> ProposalStatus {
        self.row.status
    }

    /// When it was proposed.
    async fn proposed_at(&self) -> DateTime {
        self.row.proposed_at.into()
    }

    /// When it was decided on; null while it is not.
    async fn decided_at(&self) -> Option<DateTime> {
        self.row.decided_at.map(DateTime)
    }
}

impl HolidayProposal {
    async fn load_calendar(&self, ctx: &Context<'_>) -> Result<Calendar> {
        let loaders: &PromiseLoaders = &ctx.data_unchecked::<Loaders>().promises;
        let series = self.row.calendar_series_id;
        let found = loaders
            .present_calendar(ctx.data_unchecked(), self.row.community_id, series)
            .await?;
        found
            .map(|row| Calendar::new(&self.access, row))
            .ok_or_else(|| Error::internal(format!("proposal {} has lost its calendar", self.row.id)))
    }
}
