//! Calendars in the API.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::{Timestamp, calendar};
use sea_orm::{ColumnTrait as _, Condition};

use super::lists::{self, CalendarOrder, CalendarTotals};
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::features::expectations::schedule::{self, Holiday, OpenHours};
use crate::features::expectations::{rows, service};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe};

/// Longest stretch for which open hours are listed, in days.
const MAX_DAYS: i64 = 92;
const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "schedule::Weekday")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// Hours of a day of the week at which a calendar is open.
#[derive(SimpleObject)]
#[graphql(name = "OpenHours")]
pub struct OpenHoursObject {
    /// The day on which they begin.
    pub day: Weekday,
    /// From this time of the day on, for example `09:00`.
    pub opens: String,
    /// Until before this time, for example `17:30`; `24:00` is the end of the day. Before `opens`: on the next day.
    pub closes: String,
}

impl From<&OpenHours> for OpenHoursObject {
    fn from(hours: &OpenHours) -> Self {
        Self {
            day: hours.day.into(),
            opens: hours.opens.to_string(),
            closes: hours.closes.to_string(),
        }
    }
}

/// A day on which a calendar is closed, or a part of it.
#[derive(SimpleObject)]
#[graphql(name = "Holiday")]
pub struct HolidayObject {
    /// The day by ISO 8601, for example `2026-12-25`.
    pub date: String,
    /// What it is called.
    pub name: String,
    /// The part of the day that is closed; null for the whole day.
    pub closed: Option<ClosedHours>,
}

/// A part of a day at which a calendar is closed.
#[derive(SimpleObject)]
pub struct ClosedHours {
    /// From this time of the day on, for example `13:00`.
    pub from: String,
    /// Until before this time; `24:00` is the end of the day.
    pub to: String,
}

impl From<&Holiday> for HolidayObject {
    fn from(holiday: &Holiday) -> Self {
        Self {
            date: holiday.date.to_string(),
            name: holiday.name.clone(),
            closed: holiday.closed.map(|(from, to)| ClosedHours {
                from: from.to_string(),
                to: to.to_string(),
            }),
        }
    }
}

/// Time at which a calendar is open.
#[derive(SimpleObject)]
pub struct OpenInterval {
    /// From this instant on.
    from: DateTime,
    /// Until before this instant.
    to: DateTime,
}

/// A version of a calendar: the hours at which time counts for expectations. A change makes a new version; clocks that run keep
/// theirs.
pub struct Calendar {
    access: Access,
    row: Arc<calendar::Model>,
}

impl Calendar {
    /// A calendar, for who may see those of the community.
    #[must_use]
    pub fn new(access: &Access, row: impl Into<Arc<calendar::Model>>) -> Self {
        Self {
            access: access.clone(),
            row: row.into(),
        }
    }
}

/// A version of a calendar: the hours at which time counts for expectations. A change makes a new version; clocks that run keep
/// theirs.
#[Object]
impl Calendar {
    /// Global id of this version. Where a calendar is asked for, the id of any of its versions will do.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Calendar, self.row.community_id, self.row.id.0)
    }

    /// Name to show; unique in the community.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Which version it is, counted from 1.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// IANA time zone, for example `Europe/Berlin`.
    async fn zone(&self) -> &str {
        &self.row.zone
    }

    /// The open hours of a week.
    async fn hours(&self) -> Maybe<Vec<OpenHoursObject>> {
        maybe(rows::definition(&self.row).map(|definition| definition.hours.iter().map(OpenHoursObject::from).collect()))
    }

    /// The days on which it is closed, or a part of them.
    async fn holidays(&self) -> Maybe<Vec<HolidayObject>> {
        maybe(rows::definition(&self.row).map(|definition| definition.holidays.iter().map(HolidayObject::from).collect()))
    }

    /// Whether it is open at this moment.
    async fn open_now(&self, ctx: &Context<'_>) -> Maybe<bool> {
        let now = ctx.data_unchecked::<OpContext>().now;
        maybe(service::schedule(&self.row).map(|schedule| schedule.is_open(now)))
    }

    /// When it is open within some time, in order; hours that touch are one.
    async fn open_intervals(
        &self,
        #[graphql(desc = "From this instant on.")] from: DateTime,
        #[graphql(desc = "Until before this instant, at most 92 days later.")] to: DateTime,
    ) -> Maybe<Vec<OpenInterval>> {
        maybe(open_intervals(&self.row, from.0, to.0))
    }

    /// When this version was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When the next version took its place; null for the present one.
    async fn superseded_at(&self) -> Option<DateTime> {
        self.row.superseded_at.map(DateTime)
    }

    /// All versions of this calendar, the newest first.
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, Calendar, CalendarTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let of_series = Condition::all().add(calendar::Column::SeriesId.eq(self.row.series_id));
        maybe(lists::calendars(ctx, &self.access, of_series, CalendarOrder::Newest, &args).await)
    }
}

fn open_intervals(row: &calendar::Model, from: Timestamp, to: Timestamp) -> Result<Vec<OpenInterval>> {
    if to < from {
        return Err(Error::bad_input("to", "must not be before from"));
    }
    if to > from.plus_micros(MAX_DAYS * DAY_MICROS) {
        return Err(Error::bad_input("to", format!("must be at most {MAX_DAYS} days after from")));
    }
    let intervals = service::schedule(row)?.intervals(from, to);
    Ok(intervals
        .into_iter()
        .map(|(from, to)| OpenInterval {
            from: from.into(),
            to: to.into(),
        })
        .collect())
}
