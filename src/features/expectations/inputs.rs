//! Inputs of the API of promises, and how they become records and changes.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{CalendarId, CaseStatus, CommunityId, HolidayProposalId, Metric, Severity};
use jiff::civil::Date;

use super::calendars::{CalendarChanges, NewCalendar};
use super::graphql::Weekday;
use super::proposals::Decision;
use super::schedule::{CalendarDefinition, DayTime, Holiday, OpenHours};
use super::terms::Changes;
use crate::error::{Error, Result, UserError, UserErrorCode as Code};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::{DateTime, Duration};

/// Hours of a day of the week at which a calendar is open.
#[derive(Clone, Debug, InputObject)]
pub struct OpenHoursInput {
    /// The day on which they begin.
    pub day: Weekday,
    /// From this time of the day on, for example `09:00`.
    pub opens: String,
    /// Until before this time, for example `17:30`; `24:00` is the end of the day. Before `opens`: on the next day.
    pub closes: String,
}

/// A part of a day at which a calendar is closed.
#[derive(Clone, Debug, InputObject)]
pub struct ClosedHoursInput {
    /// From this time of the day on, for example `13:00`.
    pub from: String,
    /// Until before this time; `24:00` is the end of the day.
    pub to: String,
}

/// A day on which a calendar is closed, or a part of it.
#[derive(Clone, Debug, InputObject)]
pub struct HolidayInput {
    /// The day by ISO 8601, for example `2026-12-25`.
    pub date: String,
    /// What it is called.
    pub name: String,
    /// The part of the day that is closed; the whole day when left out.
    pub closed: Option<ClosedHoursInput>,
}

/// A calendar to set up.
#[derive(Clone, Debug, InputObject)]
pub struct CreateCalendarInput {
    /// The community's slug.
    pub community: String,
    /// Name to show; unique in the community.
    pub name: String,
    /// IANA time zone, for example `Europe/Berlin`.
    pub zone: String,
    /// The open hours of a week, at most 50; they may touch and must not overlap.
    pub hours: Vec<OpenHoursInput>,
    /// The days on which it is closed, at most 2,000.
    pub holidays: Option<Vec<HolidayInput>>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// Changes to a calendar. Fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateCalendarInput {
    /// The community's slug.
    pub community: String,
    /// Global id of any version of the calendar.
    pub calendar_id: ID,
    /// Name to show; unique in the community.
    pub name: MaybeUndefined<String>,
    /// IANA time zone.
    pub zone: MaybeUndefined<String>,
    /// The open hours of a week, in place of all there are.
    pub hours: MaybeUndefined<Vec<OpenHoursInput>>,
    /// The days on which it is closed, in place of all there are; null for none.
    pub holidays: MaybeUndefined<Vec<HolidayInput>>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// Holidays to propose.
#[derive(Clone, Debug, InputObject)]
pub struct ProposeHolidaysInput {
    /// The community's slug.
    pub community: String,
    /// Global id of any version of the calendar.
    pub calendar_id: ID,
    /// The text of an iCalendar file (RFC 5545), at most 1 MiB and 2,000 events; events that are repeated every year are followed for
    /// five years.
    pub ical: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// What is decided on proposed holidays.
#[derive(Clone, Debug, InputObject)]
pub struct DecideHolidaysInput {
    /// The community's slug.
    pub community: String,
    /// Global id of any version of the calendar.
    pub calendar_id: ID,
    /// Global ids of the proposals that become holidays, all in one step.
    pub approve: Option<Vec<ID>>,
    /// Global ids of the proposals that do not.
    pub decline: Option<Vec<ID>>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// What is promised, and for which cases. Fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct ExpectationTermsInput {
    /// Name to show, up to 120 characters; needed for a new expectation. Two published expectations cannot have the same one, upper
    /// and lower case aside.
    pub name: MaybeUndefined<String>,
    /// The promise in words for customers, up to 2,000 characters; needed for a new expectation.
    pub public_text: MaybeUndefined<String>,
    /// What is promised; needed for a new expectation, and the same for all versions.
    pub metric: MaybeUndefined<Metric>,
    /// Within what time, counted while the calendar is open: more than zero, at most 3 years; needed for a new expectation.
    pub target: MaybeUndefined<Duration>,
    /// How long before the target clocks warn, in the same time; shorter than the target, null or zero for no warning.
    pub warn_before: MaybeUndefined<Duration>,
    /// Global id of any version of the calendar that says when time counts; null for around the clock.
    pub calendar_id: MaybeUndefined<ID>,
    /// The severities covered; null or empty for all.
    pub severities: MaybeUndefined<Vec<Severity>>,
    /// The categories covered, at most 50; null or empty for all. Blanks around them are cut off; otherwise a case is covered when
    /// its category is spelled exactly like this, upper and lower case included.
    pub categories: MaybeUndefined<Vec<String>>,
    /// The channels covered, at most 50; null or empty for all. They are compared like categories.
    pub channels: MaybeUndefined<Vec<String>>,
    /// The states of a case in which its clock stands still: WAITING_ON_CUSTOMER, also ON_HOLD for UPDATE and FIRST_RESOLUTION; none
    /// for FIRST_RESPONSE and NEXT_RESPONSE. When not given, WAITING_ON_CUSTOMER for UPDATE and the resolution metrics, nothing for
    /// the responses. Null for none.
    pub pause_on: MaybeUndefined<Vec<CaseStatus>>,
}

/// An expectation to draft, or the next version of one.
#[derive(Clone, Debug, InputObject)]
pub struct DraftExpectationInput {
    /// The community's slug.
    pub community: String,
    /// Global id of any version of an expectation, to draft its next version; fields left out are as in its latest version.
    pub successor_of: Option<ID>,
    /// What is promised.
    #[graphql(flatten)]
    pub terms: ExpectationTermsInput,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// Changes to a draft of an expectation.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateExpectationInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the draft.
    pub expectation_id: ID,
    /// What is promised.
    #[graphql(flatten)]
    pub terms: ExpectationTermsInput,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A draft to publish.
#[derive(Clone, Debug, InputObject)]
pub struct PublishExpectationInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the draft.
    pub expectation_id: ID,
    /// From when on it holds; now when left out. It may lie in the past, for cases that are recorded late, but not before 1970 and
    /// not before the version that it replaces; and at most 10 years ahead.
    pub effective_from: Option<DateTime>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A draft to drop.
#[derive(Clone, Debug, InputObject)]
pub struct DiscardExpectationInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the draft.
    pub expectation_id: ID,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// An expectation to retire.
#[derive(Clone, Debug, InputObject)]
pub struct RetireExpectationInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the published version.
    pub expectation_id: ID,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl CreateCalendarInput {
    /// The calendar.
    ///
    /// # Errors
    /// [`Error::User`] for times and dates that are none.
    pub fn into_new(self) -> Result<NewCalendar> {
        let mut errors = Vec::new();
        let hours = hours(&mut errors, self.hours);
        let holidays = holidays(&mut errors, self.holidays.unwrap_or_default());
        let definition = CalendarDefinition {
            zone: self.zone,
            hours,
            holidays,
        };
        let name = self.name;
        done(errors, NewCalendar { name, definition })
    }
}

impl UpdateCalendarInput {
    /// The changes.
    ///
    /// # Errors
    /// [`Error::User`] for times and dates that are none, and for a null where there must be something.
    pub fn into_changes(self) -> Result<CalendarChanges> {
        let mut errors = Vec::new();
        let changes = CalendarChanges {
            name: given(&mut errors, "name", self.name),
            zone: given(&mut errors, "zone", self.zone),
            hours: given(&mut errors, "hours", self.hours).map(|list| hours(&mut errors, list)),
            holidays: or_empty(self.holidays).map(|list| holidays(&mut errors, list)),
        };
        done(errors, changes)
    }
}

impl DecideHolidaysInput {
    /// What is decided.
    ///
    /// # Errors
    /// [`Error::User`] for ids that name nothing in the community.
    pub fn decision(&self, community: CommunityId) -> Result<Decision> {
        let proposals = |field: &str, ids: Option<&Vec<ID>>| -> Result<Vec<HolidayProposalId>> {
            let ids = ids.into_iter().flatten().enumerate();
            let key = |(index, id): (usize, &ID)| {
                GlobalId::expect(id, NodeType::HolidayProposal, community, "proposal")
                    .map(HolidayProposalId)
                    .map_err(|_not_here| Error::user(&format!("{field}.{index}"), Code::NotFound, "is not a proposal for this calendar"))
            };
            ids.map(key).collect()
        };
        Ok(Decision {
            calendar: calendar_key(community, &self.calendar_id)?,
            approve: proposals("approve", self.approve.as_ref())?,
            decline: proposals("decline", self.decline.as_ref())?,
        })
    }
}

impl ExpectationTermsInput {
    /// The changes.
    ///
    /// # Errors
    /// [`Error::User`] for a calendar that is not here, and for a null where there must be something.
    pub fn into_changes(self, community: CommunityId) -> Result<Changes> {
        let mut errors = Vec::new();
        let calendar = match self.calendar_id {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(id) => Some(Some(calendar_key(community, &id)?)),
        };
        let changes = Changes {
            name: given(&mut errors, "name", self.name),
            public_text: given(&mut errors, "publicText", self.public_text),
            metric: given(&mut errors, "metric", self.metric),
            target: given(&mut errors, "target", self.target).map(|target| target.micros),
            warn_before: match self.warn_before {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(0),
                MaybeUndefined::Value(before) => Some(before.micros),
            },
            calendar,
            severities: or_empty(self.severities),
            categories: or_empty(self.categories),
            channels: or_empty(self.channels),
            pause_on: or_empty(self.pause_on),
        };
        done(errors, changes)
    }
}

/// The key of the calendar that an input names.
///
/// # Errors
/// [`Error::User`] when it is none of the community's.
pub fn calendar_key(community: CommunityId, id: &ID) -> Result<CalendarId> {
    GlobalId::expect(id, NodeType::Calendar, community, "calendar")
        .map(CalendarId)
        .map_err(|_not_here| Error::user("calendarId", Code::NotFound, "is not a calendar of this community"))
}

fn hours(errors: &mut Vec<UserError>, list: Vec<OpenHoursInput>) -> Vec<OpenHours> {
    let mut read = Vec::with_capacity(list.len());
    for (index, input) in list.into_iter().enumerate() {
        let opens = time(errors, &format!("hours.{index}.opens"), &input.opens);
        let closes = time(errors, &format!("hours.{index}.closes"), &input.closes);
        if let (Some(opens), Some(closes)) = (opens, closes) {
            let day = input.day.into();
            read.push(OpenHours { day, opens, closes });
        }
    }
    read
}

fn holidays(errors: &mut Vec<UserError>, list: Vec<HolidayInput>) -> Vec<Holiday> {
    let mut read = Vec::with_capacity(list.len());
    for (index, input) in list.into_iter().enumerate() {
        let closed = input.closed.map(|closed| {
            let from = time(errors, &format!("holidays.{index}.closed.from"), &closed.from)?;
            Some((from, time(errors, &format!("holidays.{index}.closed.to"), &closed.to)?))
        });
        let date = input.date.parse::<Date>().ok().filter(|date| date.to_string() == input.date);
        let name = input.name;
        match (date, closed) {
            (Some(date), None) => read.push(Holiday { date, name, closed: None }),
            (Some(date), Some(closed)) => read.extend(closed.map(|closed| Holiday {
                date,
                name,
                closed: Some(closed),
            })),
            (None, _) => errors.push(UserError::at(
                &format!("holidays.{index}.date"),
                Code::Invalid,
                "must be a date by ISO 8601, for example 2026-12-25",
            )),
        }
    }
    read
}

fn time(errors: &mut Vec<UserError>, field: &str, text: &str) -> Option<DayTime> {
    text.parse::<DayTime>()
        .map_err(|_not_a_time| {
            let message = "must be a time of the day, for example 09:30, from 00:00 to 24:00";
            errors.push(UserError::at(field, Code::Invalid, message));
        })
        .ok()
}

fn given<T>(errors: &mut Vec<UserError>, field: &str, value: MaybeUndefined<T>) -> Option<T> {
    if value.is_null() {
        let message = "cannot be emptied; leave it out to keep it";
        errors.push(UserError::at(field, Code::Invalid, message));
    }
    value.take()
}

fn or_empty<T>(value: MaybeUndefined<Vec<T>>) -> Option<Vec<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(Vec::new()),
        MaybeUndefined::Value(list) => Some(list),
    }
}

fn done<T>(errors: Vec<UserError>, value: T) -> Result<T> {
    if errors.is_empty() { Ok(value) } else { Err(Error::User(errors)) }
}
