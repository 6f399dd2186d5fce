//! Tests of the clocks: every rule worked out by hand, and all of them against a model that counts minutes.

mod brute;
mod count;
mod endings;
mod histories;
mod merging;
mod owed;
mod properties;
mod severity;
mod time;

use std::sync::Arc;

use entity::{CalendarId, CaseStatus, ExpectationId, Metric, Timestamp};

use super::facts::{Fact, Happened, History, Promise, PromiseKey};
use super::replay::{Clock, ClockEventKind, replay};
use crate::features::expectations::schedule::{CalendarDefinition, Holiday, OpenHours, Schedule, Weekday};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

/// An instant of March 2026, whose 2nd is a Monday: `02 09:30`.
fn at(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    Timestamp::parse(&format!("2026-03-{day}T{time}:00Z")).unwrap()
}

fn hours(day: Weekday, opens: &str, closes: &str) -> OpenHours {
    OpenHours {
        day,
        opens: opens.parse().unwrap(),
        closes: closes.parse().unwrap(),
    }
}

fn compiled(definition: &CalendarDefinition) -> Arc<Schedule> {
    let schedule = Schedule::compile(definition, at("01 00:00"));
    Arc::new(schedule.unwrap_or_else(|error| panic!("{error}: {definition:?}")))
}

/// Monday to Friday, 9 to 17, in UTC.
fn office(holidays: Vec<Holiday>) -> Arc<Schedule> {
    let week = Weekday::ALL.iter().take(5);
    compiled(&CalendarDefinition {
        zone: "UTC".to_owned(),
        hours: week.map(|day| hours(*day, "09:00", "17:00")).collect(),
        holidays,
    })
}

/// A promise around the clock, with this number as its expectation, without warning, that pauses wherever it may.
fn promise(number: i64, metric: Metric, target: i64) -> Promise {
    Promise {
        expectation: ExpectationId(number),
        calendar: None,
        metric,
        target,
        warn_before: 0,
        pauses_waiting: true,
        pauses_on_hold: true,
        schedule: Arc::new(Schedule::always()),
    }
}

/// The same promise within office hours.
fn in_office_hours(promise: Promise) -> Promise {
    Promise {
        calendar: Some(CalendarId(1)),
        schedule: office(Vec::new()),
        ..promise
    }
}

/// A case and what was promised.
struct Told {
    facts: Vec<Happened>,
    promises: Vec<Promise>,
}

impl Told {
    /// A case of which nothing is told yet.
    fn nothing(promises: &[Promise]) -> Self {
        Self {
            facts: Vec::new(),
            promises: promises.to_vec(),
        }
    }

    /// A case that was opened with all these promises.
    fn opened(when: &str, promises: &[Promise]) -> Self {
        let keys = promises.iter().map(Promise::key).collect();
        Self::nothing(promises).then(when, Fact::Opened).then(when, Fact::Promises(keys))
    }

    fn then(mut self, when: &str, fact: Fact) -> Self {
        self.facts.push(Happened { at: at(when), fact });
        self
    }

    fn reply(self, when: &str) -> Self {
        self.then(when, Fact::Reply)
    }

    fn message(self, when: &str) -> Self {
        self.then(when, Fact::CustomerMessage)
    }

    fn status(self, when: &str, status: CaseStatus) -> Self {
        self.then(when, Fact::Status(status))
    }

    /// Only the promises with these numbers hold from now on.
    fn chosen(self, when: &str, numbers: &[i64]) -> Self {
        let all = self.promises.iter().map(Promise::key);
        let keys: Vec<PromiseKey> = all.filter(|key| numbers.contains(&key.0.0)).collect();
        self.then(when, Fact::Promises(keys))
    }

    fn clocks(&self, now: &str) -> Vec<Clock> {
        let history = History {
            facts: &self.facts,
            promises: &self.promises,
        };
        replay(&history, at(now))
    }

    /// The only clock.
    fn clock(&self, now: &str) -> Clock {
        let clocks = self.clocks(now);
        assert_eq!(clocks.len(), 1, "{clocks:#?}");
        clocks[0].clone()
    }

    /// The clock of a promise, by the number of its expectation; the first, if there are several.
    fn clock_of(&self, number: i64, now: &str) -> Clock {
        let clocks = self.clocks(now);
        let found = clocks.iter().find(|clock| clock.expectation == ExpectationId(number));
        found.unwrap_or_else(|| panic!("none of {number}: {clocks:#?}")).clone()
    }
}

/// What a clock did, in the form in which tests say it.
fn log(clock: &Clock) -> Vec<(Timestamp, ClockEventKind)> {
    clock.log.iter().map(|event| (event.at, event.kind)).collect()
}
