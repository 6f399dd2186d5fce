//! Promises as a whole: the calendars and expectations that a community shall have, by name. What is missing is set up and
//! published, what differs gets another version, what is as it shall be stays. What is not named stays, too.
//!
//! Not here: reading files (`cli`).

use entity::{CalendarId, CaseStatus, ExpectationStatus, Metric, Severity, Timestamp, expectation};
use serde::{Deserialize, Deserializer};

use super::calendars::{self, CalendarChanges, NewCalendar};
use super::schedule::{CalendarDefinition, DayTime, Holiday, OpenHours, Weekday};
use super::terms::{Changes, Terms, may_pause};
use super::{lifecycle, rows, store};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result, UserErrorCode};

/// The promises that a community shall have.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Promises {
    /// Calendars, by name.
    #[serde(default)]
    pub calendars: Vec<WantedCalendar>,
    /// Expectations, by name.
    #[serde(default)]
    pub expectations: Vec<WantedExpectation>,
}

/// A calendar as it shall be.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WantedCalendar {
    /// By which it is found.
    pub name: String,
    /// IANA time zone.
    pub zone: String,
    /// Open hours.
    pub hours: Vec<WantedHours>,
    /// Holidays.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
}

/// Hours that are the same on several days of the week.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WantedHours {
    /// On which days.
    pub days: Vec<Weekday>,
    /// When it opens.
    pub opens: DayTime,
    /// When it closes.
    pub closes: DayTime,
}

/// An expectation as it shall be.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WantedExpectation {
    /// By which it is found.
    pub name: String,
    /// The promise in words for customers.
    pub public_text: String,
    /// What is promised.
    pub metric: Metric,
    /// Within what open time, in microseconds; ISO 8601 in files.
    #[serde(deserialize_with = "duration")]
    pub target: i64,
    /// The warning time, in open microseconds; ISO 8601 in files.
    #[serde(default, deserialize_with = "duration")]
    pub warn_before: i64,
    /// The name of the calendar; without one, around the clock.
    #[serde(default)]
    pub calendar: Option<String>,
    /// The severities covered; all when empty.
    #[serde(default)]
    pub severities: Vec<Severity>,
    /// The categories covered; all when empty.
    #[serde(default)]
    pub categories: Vec<String>,
    /// The channels covered; all when empty.
    #[serde(default)]
    pub channels: Vec<String>,
    /// The states in which the clock stands still; while waiting on the customer when not given, where the metric allows it.
    #[serde(default)]
    pub pause_on: Option<Vec<CaseStatus>>,
    /// From when on it holds; from now on when not given. The past is for cases of the past.
    #[serde(default)]
    pub effective_from: Option<Timestamp>,
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    let wrong = |reason: String| serde::de::Error::custom(format!("`{text}` is not a length of time by ISO 8601 like PT4H: {reason}"));
    // The parser knows other spellings, too; files keep to the one that the API has.
    if !text.starts_with('P') {
        return Err(wrong("it begins with P".to_owned()));
    }
    let span: jiff::Span = text.parse().map_err(|error: jiff::Error| wrong(error.to_string()))?;
    let length = span
        .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .map_err(|error| wrong(error.to_string()))?;
    i64::try_from(length.as_micros()).map_err(|error| wrong(error.to_string()))
}

/// What became of something that was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was set up, and published if it is an expectation.
    Created,
    /// It got another version.
    Changed,
    /// It was as it shall be.
    Unchanged,
}

/// What became of everything that was named, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Calendars.
    pub calendars: Vec<(String, Change)>,
    /// Expectations.
    pub expectations: Vec<(String, Change)>,
}

/// Brings a community's promises to what they shall be. Each step is kept for itself: run again, it goes on.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageExpectations`]; [`Error::User`] for what is wrong, which names the calendar
/// or expectation.
pub async fn apply(app: &App, ctx: &OpContext, access: &Access, promises: &Promises) -> Result<Applied> {
    access.require(Permission::ManageExpectations)?;
    let mut applied = Applied::default();
    for wanted in &promises.calendars {
        let change = apply_calendar(app, ctx, access, wanted).await;
        let change = change.map_err(|error| blame(error, "calendars", &wanted.name))?;
        applied.calendars.push((wanted.name.clone(), change));
    }
    for wanted in &promises.expectations {
        let change = apply_expectation(app, ctx, access, wanted).await;
        let change = change.map_err(|error| blame(error, "expectations", &wanted.name))?;
        applied.expectations.push((wanted.name.clone(), change));
    }
    Ok(applied)
}

/// Says of which one the error is.
fn blame(error: Error, list: &str, name: &str) -> Error {
    let Error::User(mut errors) = error else { return error };
    for error in &mut errors {
        let mut field = vec![list.to_owned(), name.to_owned()];
        field.append(&mut error.field);
        error.field = field;
    }
    Error::User(errors)
}

async fn apply_calendar(app: &App, ctx: &OpContext, access: &Access, wanted: &WantedCalendar) -> Result<Change> {
    let definition = definition(wanted);
    let Some(present) = store::calendar_named(app.db.read(), access.community_id(), &wanted.name).await? else {
        let new = NewCalendar {
            name: wanted.name.clone(),
            definition,
        };
        calendars::create(app, ctx, access, &new, None).await?;
        return Ok(Change::Created);
    };
    let changes = CalendarChanges {
        name: None,
        zone: Some(definition.zone),
        hours: Some(definition.hours),
        holidays: Some(definition.holidays),
    };
    let id = calendars::update(app, ctx, access, present.id, &changes, None).await?;
    Ok(if id == present.id { Change::Unchanged } else { Change::Changed })
}

fn definition(wanted: &WantedCalendar) -> CalendarDefinition {
    let hours = wanted.hours.iter().flat_map(|hours| {
        hours.days.iter().map(|day| OpenHours {
            day: *day,
            opens: hours.opens,
            closes: hours.closes,
        })
    });
    CalendarDefinition {
        zone: wanted.zone.clone(),
        hours: hours.collect(),
        holidays: wanted.holidays.clone(),
    }
}

async fn apply_expectation(app: &App, ctx: &OpContext, access: &Access, wanted: &WantedExpectation) -> Result<Change> {
    let community = access.community_id();
    let calendar = match &wanted.calendar {
        None => None,
        Some(name) => {
            let found = store::calendar_named(app.db.read(), community, name).await?;
            let message = format!("there is no calendar {name}; name one of this file or of the community");
            let found = found.ok_or_else(|| Error::user("calendar", UserErrorCode::NotFound, message))?;
            Some(found.series_id)
        }
    };
    let changes = changes(wanted, calendar);
    let latest = store::expectation_named(app.db.read(), community, &wanted.name).await?;
    let id = match &latest {
        None => lifecycle::draft(app, ctx, access, None, &changes, None).await?,
        Some(row) if row.status == ExpectationStatus::Draft => lifecycle::update(app, ctx, access, row.id, &changes, None).await?,
        Some(row) if row.status == ExpectationStatus::Published && is_so(row, &changes)? => return Ok(Change::Unchanged),
        Some(row) => lifecycle::draft(app, ctx, access, Some(row.id), &changes, None).await?,
    };
    lifecycle::publish(app, ctx, access, id, wanted.effective_from, None).await?;
    Ok(if latest.is_some() { Change::Changed } else { Change::Created })
}

fn is_so(row: &expectation::Model, changes: &Changes) -> Result<bool> {
    let terms: Terms = rows::terms(row)?;
    let wanted = terms.clone().changed(changes.clone()).map_err(Error::User)?;
    Ok(wanted == terms)
}

/// The terms, all of them: what a file does not say is at its default, whatever an earlier version said.
fn changes(wanted: &WantedExpectation, calendar: Option<CalendarId>) -> Changes {
    let usual = || may_pause(wanted.metric).then_some(CaseStatus::WaitingOnCustomer);
    Changes {
        name: Some(wanted.name.clone()),
        public_text: Some(wanted.public_text.clone()),
        metric: Some(wanted.metric),
        target: Some(wanted.target),
        warn_before: Some(wanted.warn_before),
        calendar: Some(calendar),
        severities: Some(wanted.severities.clone()),
        categories: Some(wanted.categories.clone()),
        channels: Some(wanted.channels.clone()),
        pause_on: Some(wanted.pause_on.clone().unwrap_or_else(|| usual().into_iter().collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        [[calendars]]
        name = "Desk"
        zone = "Europe/Berlin"
        hours = [{ days = ["MONDAY", "FRIDAY"], opens = "09:00", closes = "17:30" }]
        holidays = [{ date = "2024-12-25", name = "Christmas" }]

        [[expectations]]
        name = "First answer"
        publicText = "We answer within a day."
        metric = "FIRST_RESPONSE"
        target = "P1DT2H"
        calendar = "Desk"

        [[expectations]]
        name = "Solved"
        publicText = "We solve it within a week."
        metric = "TOTAL_RESOLUTION"
        target = "P1W"
        warnBefore = "PT12H"
        severities = ["HIGH"]
        effectiveFrom = "2016-01-01T00:00:00Z"
    "#;

    #[test]
    fn a_file_says_what_shall_be() {
        let promises: Promises = toml::from_str(FILE).unwrap();
        let [calendar] = promises.calendars.as_slice() else {
            panic!("{promises:?}")
        };
        let days: Vec<Weekday> = definition(calendar).hours.iter().map(|hours| hours.day).collect();
        assert_eq!(days, [Weekday::Monday, Weekday::Friday]);
        let [first, solved] = promises.expectations.as_slice() else {
            panic!("{promises:?}")
        };
        assert_eq!((first.target, first.warn_before), (26 * 3_600_000_000, 0));
        assert_eq!(solved.target, 7 * 24 * 3_600_000_000);
        // A reply is never paused, a resolution while the customer is asked.
        assert_eq!(changes(first, None).pause_on, Some(vec![]));
        assert_eq!(changes(solved, None).pause_on, Some(vec![CaseStatus::WaitingOnCustomer]));
        for wrong in ["P1M", "4 hours", "", "-PT"] {
            assert!(toml::from_str::<Promises>(&FILE.replace("P1W", wrong)).is_err(), "{wrong}");
        }
        assert!(toml::from_str::<Promises>(&FILE.replace("publicText", "text")).is_err());
    }
}
