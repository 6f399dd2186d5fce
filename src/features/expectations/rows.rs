//! Rows of calendars and expectations as the rules know them, and back: the columns that hold JSON are read and written here.

use entity::{CalendarId, CommunityId, ExpectationId, ExpectationStatus, Timestamp, calendar, expectation, holiday_proposal};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::schedule::{CalendarDefinition, Holiday};
use super::store::NewProposal;
use super::terms::{Period, Terms};
use crate::error::{Error, Result};

/// The open hours and holidays of a version of a calendar.
///
/// # Errors
/// When the row does not hold them.
pub fn definition(row: &calendar::Model) -> Result<CalendarDefinition> {
    Ok(CalendarDefinition {
        zone: row.zone.clone(),
        hours: read(&row.hours)?,
        holidays: read(&row.holidays)?,
    })
}

/// A version of a calendar that is about to be written.
pub struct NewVersion<'a> {
    /// The tenant.
    pub community: CommunityId,
    /// Its id.
    pub id: CalendarId,
    /// The series; its own id for the first version.
    pub series: CalendarId,
    /// Counted from 1.
    pub version: i32,
    /// Name to show.
    pub name: &'a str,
    /// Hours and holidays.
    pub definition: &'a CalendarDefinition,
    /// When.
    pub now: Timestamp,
    /// By whom.
    pub by: String,
}

/// The row of a version of a calendar.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn calendar_row(new: NewVersion<'_>) -> Result<calendar::Model> {
    Ok(calendar::Model {
        community_id: new.community,
        id: new.id,
        series_id: new.series,
        version: new.version,
        name: new.name.to_owned(),
        zone: new.definition.zone.clone(),
        hours: write(&new.definition.hours)?,
        holidays: write(&new.definition.holidays)?,
        created_at: new.now,
        created_by: new.by,
        superseded_at: None,
    })
}

/// The holiday that was proposed.
///
/// # Errors
/// When the row does not hold one.
pub fn holiday(row: &holiday_proposal::Model) -> Result<Holiday> {
    Ok(Holiday {
        date: row.date.parse().map_err(Error::internal)?,
        name: row.name.clone(),
        closed: read(&row.closed)?,
    })
}

/// A holiday as proposals hold it.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn proposal(holiday: &Holiday) -> Result<NewProposal> {
    Ok(NewProposal {
        date: holiday.date.to_string(),
        name: holiday.name.clone(),
        closed: write(&holiday.closed)?,
    })
}

/// The terms of a version of an expectation.
///
/// # Errors
/// When the row does not hold them.
pub fn terms(row: &expectation::Model) -> Result<Terms> {
    Ok(Terms {
        name: row.name.clone(),
        public_text: row.public_text.clone(),
        metric: row.metric,
        target: row.target,
        warn_before: row.warn_before,
        calendar: row.calendar_series_id,
        severities: read(&row.severities)?,
        categories: read(&row.categories)?,
        channels: read(&row.channels)?,
        pauses_waiting: row.pauses_waiting,
        pauses_on_hold: row.pauses_on_hold,
    })
}

/// When a version of an expectation holds.
#[must_use]
pub const fn period(row: &expectation::Model) -> Period {
    Period {
        status: row.status,
        from: row.effective_from,
        to: row.effective_to,
    }
}

/// Where a version stands at an instant: one that was to end has ended then.
#[must_use]
pub fn status_at(row: &expectation::Model, now: Timestamp) -> ExpectationStatus {
    let ended = row.effective_to.is_some_and(|end| end <= now);
    match row.status {
        ExpectationStatus::Published if ended => ExpectationStatus::Retired,
        status => status,
    }
}

/// The row of a draft.
///
/// # Errors
/// When the terms cannot be written as JSON.
pub fn draft_row(
    community: CommunityId,
    id: ExpectationId,
    series: ExpectationId,
    version: i32,
    terms: &Terms,
    now: Timestamp,
) -> Result<expectation::Model> {
    let bare = expectation::Model {
        community_id: community,
        id,
        series_id: series,
        version,
        status: ExpectationStatus::Draft,
        name: String::new(),
        public_text: String::new(),
        metric: terms.metric,
        target: terms.target,
        warn_before: terms.warn_before,
        calendar_series_id: None,
        severities: String::new(),
        categories: String::new(),
        channels: String::new(),
        pauses_waiting: false,
        pauses_on_hold: false,
        effective_from: None,
        effective_to: None,
        created_at: now,
        published_at: None,
        retired_at: None,
    };
    with_terms(bare, terms)
}

/// A row with other terms.
///
/// # Errors
/// When the terms cannot be written as JSON.
pub fn with_terms(row: expectation::Model, terms: &Terms) -> Result<expectation::Model> {
    Ok(expectation::Model {
        name: terms.name.clone(),
        public_text: terms.public_text.clone(),
        metric: terms.metric,
        target: terms.target,
        warn_before: terms.warn_before,
        calendar_series_id: terms.calendar,
        severities: write(&terms.severities)?,
        categories: write(&terms.categories)?,
        channels: write(&terms.channels)?,
        pauses_waiting: terms.pauses_waiting,
        pauses_on_hold: terms.pauses_on_hold,
        ..row
    })
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(Error::internal)
}

fn write(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}
