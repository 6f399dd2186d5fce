//! Promises as a whole: the calendars and expectations that a community shall have, by name. What is missing is set up and
//! published, what differs gets another version, what is as it shall be stays. What is not named stays, too.
//!
//! Not here: what a file says that there shall be (`wanted`).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use entity::{CalendarId, CaseStatus, CommunityId, ExpectationStatus, Timestamp, expectation};

use super::calendars::{self, CalendarChanges, NewCalendar};
use super::schedule::{CalendarDefinition, OpenHours};
use super::terms::{Changes, Terms, check_from, may_pause};
use super::wanted::{Promises, WantedCalendar, WantedExpectation};
use super::{lifecycle, rows, store};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserError, UserErrorCode as Code};

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

/// Brings a community's promises to what they shall be: all of it in one transaction, or nothing.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageExpectations`]; [`Error::User`] with everything that is wrong, each at the
/// calendar or expectation of that name, after which nothing is changed.
pub async fn apply(app: &App, ctx: &OpContext, access: &Access, promises: &Promises) -> Result<Applied> {
    access.require(Permission::ManageExpectations)?;
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move { Box::pin(apply_in(&tx, ctx, community, promises)).await })
        .await
}

/// Applies one after the other, also after something that is wrong, so that all of it is told at once. The caller's transaction
/// is given up then.
async fn apply_in(tx: &Tx, ctx: &OpContext, community: CommunityId, promises: &Promises) -> Result<Applied> {
    store::lock_names(tx, community).await?;
    let mut errors = repeats("calendars", promises.calendars.iter().map(|wanted| wanted.name.as_str()));
    errors.extend(repeats(
        "expectations",
        promises.expectations.iter().map(|wanted| wanted.name.as_str()),
    ));
    let mut applied = Applied::default();
    for wanted in &promises.calendars {
        match apply_calendar(tx, ctx, community, wanted).await {
            Ok(change) => applied.calendars.push((wanted.name.clone(), change)),
            Err(error) => errors.extend(blamed(error, "calendars", &wanted.name)?),
        }
    }
    for wanted in &promises.expectations {
        match apply_expectation(tx, ctx, community, wanted, &promises.calendars).await {
            Ok(change) => applied.expectations.push((wanted.name.clone(), change)),
            Err(error) => errors.extend(blamed(error, "expectations", &wanted.name)?),
        }
    }
    if errors.is_empty() { Ok(applied) } else { Err(Error::User(errors)) }
}

/// Names that a list has twice, upper and lower case aside.
fn repeats<'a>(list: &str, names: impl Iterator<Item = &'a str>) -> Vec<UserError> {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut errors = Vec::new();
    for (index, name) in names.enumerate() {
        match first.entry(name.trim().to_lowercase()) {
            Entry::Vacant(free) => {
                free.insert(index);
            }
            Entry::Occupied(taken) => {
                let message = format!(
                    "is there twice, as {list}.{} and {list}.{index}; names must differ by more than upper and lower case",
                    taken.get()
                );
                errors.push(at(list, name, UserError::at("name", Code::Taken, message)));
            }
        }
    }
    errors
}

/// What is wrong, at the one that it is wrong with.
///
/// # Errors
/// What nobody can mend in the file.
fn blamed(error: Error, list: &str, name: &str) -> Result<Vec<UserError>> {
    match error {
        Error::User(errors) => Ok(errors.into_iter().map(|error| at(list, name, error)).collect()),
        other => Err(other),
    }
}

fn at(list: &str, name: &str, mut error: UserError) -> UserError {
    let mut field = vec![list.to_owned(), name.to_owned()];
    field.append(&mut error.field);
    error.field = field;
    error
}

async fn apply_calendar(tx: &Tx, ctx: &OpContext, community: CommunityId, wanted: &WantedCalendar) -> Result<Change> {
    let definition = definition(wanted);
    let Some(present) = store::calendar_named(&**tx, community, &wanted.name).await? else {
        let new = NewCalendar {
            name: wanted.name.clone(),
            definition,
        };
        calendars::create_in(tx, ctx, community, &new).await?;
        return Ok(Change::Created);
    };
    let changes = CalendarChanges {
        name: None,
        zone: Some(definition.zone),
        hours: Some(definition.hours),
        holidays: Some(definition.holidays),
    };
    let id = calendars::update_in(tx, ctx, community, present.id, &changes).await?;
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

async fn apply_expectation(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    wanted: &WantedExpectation,
    in_file: &[WantedCalendar],
) -> Result<Change> {
    let mut errors = check(wanted, ctx.now);
    let calendar = match &wanted.calendar {
        None => None,
        Some(name) => {
            let found = store::calendar_named(&**tx, community, name).await?;
            // One of the file that is not there was wrong itself, which is told already.
            if found.is_none() && !in_file.iter().any(|calendar| calendar.name == *name) {
                let message = format!("there is no calendar {name}; name one of this file or of the community");
                errors.push(UserError::at("calendar", Code::NotFound, message));
            }
            found.map(|row| row.series_id)
        }
    };
    if !errors.is_empty() {
        return Err(Error::User(errors));
    }
    let changes = changes(wanted, calendar);
    let latest = store::expectation_named(&**tx, community, &wanted.name).await?;
    let id = match &latest {
        None => lifecycle::draft_in(tx, ctx, community, None, changes).await?,
        Some(row) if row.status == ExpectationStatus::Draft => lifecycle::update_in(tx, ctx, community, row.id, changes).await?,
        Some(row) if row.status == ExpectationStatus::Published && is_so(row, &changes)? => return Ok(Change::Unchanged),
        Some(row) => lifecycle::draft_in(tx, ctx, community, Some(row.id), changes).await?,
    };
    lifecycle::publish_in(tx, ctx, community, id, wanted.effective_from).await?;
    Ok(if latest.is_some() { Change::Changed } else { Change::Created })
}

/// Everything that is wrong with an expectation in itself.
fn check(wanted: &WantedExpectation, now: Timestamp) -> Vec<UserError> {
    let mut errors = Terms::new(changes(wanted, None)).err().unwrap_or_default();
    errors.extend(wanted.effective_from.and_then(|from| check_from(from, now).err()));
    errors
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
    use crate::features::expectations::schedule::Weekday;

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
    fn what_a_file_does_not_say_is_as_usual() {
        let promises = Promises::read(FILE).unwrap();
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
    }

    #[test]
    fn names_that_are_there_twice_are_told_with_both_places() {
        let names = ["First answer", "Solved", " first ANSWER"];
        let errors = repeats("expectations", names.into_iter());
        let [error] = errors.as_slice() else { panic!("{errors:?}") };
        assert_eq!(
            (error.field.join("."), error.code),
            ("expectations. first ANSWER.name".to_owned(), Code::Taken)
        );
        assert!(error.message.contains("expectations.0 and expectations.2"), "{error:?}");
    }

    #[test]
    fn all_that_is_wrong_with_an_expectation_is_told() {
        let promises = Promises::read(&FILE.replace("PT12H", "P9D").replace("2016", "1016")).unwrap();
        let [first, solved] = promises.expectations.as_slice() else {
            panic!("{promises:?}")
        };
        let now = Timestamp::from_micros(0);
        assert!(check(first, now).is_empty());
        let fields: Vec<String> = check(solved, now).into_iter().map(|error| error.field.join(".")).collect();
        assert_eq!(fields, ["warnBefore", "effectiveFrom"]);
    }
}
