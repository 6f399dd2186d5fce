//! The terms of an expectation: what they must be like, which cases they cover, and when they hold. Pure: no database, no clock.
//!
//! Terms name no member, tier or score: a promise is the same for everybody.

use std::collections::HashSet;
use std::hash::Hash;

use entity::{CalendarId, CaseStatus, ExpectationStatus, Metric, Severity, Timestamp};
use serde::Serialize;

use crate::error::{UserError, UserErrorCode as Code};
use crate::text::is_blank;

/// Longest name, in characters.
const MAX_NAME: usize = 120;
/// Longest text for customers, in characters.
const MAX_PUBLIC_TEXT: usize = 2_000;
/// Longest target: three years.
const MAX_TARGET_MICROS: i64 = 3 * 365 * 24 * 3_600 * 1_000_000;
/// Most categories, and most channels.
const MAX_COVERED: usize = 50;
/// Longest name of a category or channel, in characters.
const MAX_COVERED_NAME: usize = 100;

/// What is promised, and for which cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Name to show.
    pub name: String,
    /// The promise in words for customers.
    pub public_text: String,
    /// What is promised.
    pub metric: Metric,
    /// Within what open time, in microseconds.
    pub target: i64,
    /// How long before the target it is warned of, in open microseconds; 0 for no warning.
    pub warn_before: i64,
    /// The series of the calendar that says when time counts; `None`: around the clock.
    pub calendar: Option<CalendarId>,
    /// The severities covered; empty for all.
    pub severities: Vec<Severity>,
    /// The categories covered; empty for all.
    pub categories: Vec<String>,
    /// The channels covered; empty for all.
    pub channels: Vec<String>,
    /// The clock stands still while the case waits on the customer.
    pub pauses_waiting: bool,
    /// The clock stands still while the case is on hold.
    pub pauses_on_hold: bool,
}

/// What somebody wants terms to be. What is not given stays as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Changes {
    /// Name to show.
    pub name: Option<String>,
    /// The promise in words for customers.
    pub public_text: Option<String>,
    /// What is promised.
    pub metric: Option<Metric>,
    /// Within what open time, in microseconds.
    pub target: Option<i64>,
    /// The warning time, in open microseconds.
    pub warn_before: Option<i64>,
    /// The calendar; the inner `None` for around the clock, which is told apart from nothing given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Option<CalendarId>>,
    /// The severities covered.
    pub severities: Option<Vec<Severity>>,
    /// The categories covered.
    pub categories: Option<Vec<String>>,
    /// The channels covered.
    pub channels: Option<Vec<String>>,
    /// The states in which the clock stands still.
    pub pause_on: Option<Vec<CaseStatus>>,
}

/// Whether a clock of this metric may stand still at all: a reply is owed whatever the case waits for.
#[must_use]
pub const fn may_pause(metric: Metric) -> bool {
    !matches!(metric, Metric::FirstResponse | Metric::NextResponse)
}

impl Terms {
    /// The terms of a new expectation.
    ///
    /// # Errors
    /// Everything that is missing or wrong.
    pub fn new(changes: Changes) -> Result<Self, Vec<UserError>> {
        let (Some(name), Some(public_text), Some(metric), Some(target)) =
            (&changes.name, &changes.public_text, changes.metric, changes.target)
        else {
            return Err(missing(&changes));
        };
        let bare = Self {
            name: name.clone(),
            public_text: public_text.clone(),
            metric,
            target,
            warn_before: 0,
            calendar: None,
            severities: Vec::new(),
            categories: Vec::new(),
            channels: Vec::new(),
            pauses_waiting: may_pause(metric),
            pauses_on_hold: false,
        };
        bare.changed(changes)
    }

    /// These terms with changes.
    ///
    /// # Errors
    /// Everything that is wrong then.
    pub fn changed(mut self, changes: Changes) -> Result<Self, Vec<UserError>> {
        let mut errors = Vec::new();
        if let Some(metric) = changes.metric.filter(|metric| *metric != self.metric) {
            // Another metric has other pauses, unless it is said which.
            (self.metric, self.pauses_waiting, self.pauses_on_hold) = (metric, may_pause(metric), false);
        }
        if let Some(states) = &changes.pause_on {
            errors.extend(check_pauses(self.metric, states).err());
            self.pauses_waiting = states.contains(&CaseStatus::WaitingOnCustomer);
            self.pauses_on_hold = states.contains(&CaseStatus::OnHold);
        }
        self.name = changes.name.unwrap_or(self.name);
        self.public_text = changes.public_text.unwrap_or(self.public_text);
        self.target = changes.target.unwrap_or(self.target);
        self.warn_before = changes.warn_before.unwrap_or(self.warn_before);
        self.calendar = changes.calendar.unwrap_or(self.calendar);
        self.severities = changes.severities.map_or(self.severities, without_repeats);
        self.categories = changes.categories.map_or(self.categories, names);
        self.channels = changes.channels.map_or(self.channels, names);
        errors.extend(self.check());
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    /// Everything that is wrong with the texts, times and lists.
    #[must_use]
    pub fn check(&self) -> Vec<UserError> {
        let mut errors = Vec::new();
        errors.extend(check_text("name", &self.name, MAX_NAME).err());
        errors.extend(check_text("publicText", &self.public_text, MAX_PUBLIC_TEXT).err());
        if self.target <= 0 {
            errors.push(UserError::at("target", Code::OutOfRange, "must be longer than zero"));
        } else if self.target > MAX_TARGET_MICROS {
            errors.push(UserError::at(
                "target",
                Code::OutOfRange,
                "must be at most 3 years, which is P1095D",
            ));
        }
        if self.warn_before < 0 {
            errors.push(UserError::at("warnBefore", Code::OutOfRange, "must not be negative"));
        } else if self.target > 0 && self.warn_before >= self.target {
            errors.push(UserError::at("warnBefore", Code::OutOfRange, "must be shorter than the target"));
        }
        errors.extend(check_names("categories", &self.categories));
        errors.extend(check_names("channels", &self.channels));
        errors
    }

    /// The states in which the clock stands still.
    #[must_use]
    pub fn pause_on(&self) -> Vec<CaseStatus> {
        let states = [
            (self.pauses_waiting, CaseStatus::WaitingOnCustomer),
            (self.pauses_on_hold, CaseStatus::OnHold),
        ];
        states.into_iter().filter_map(|(pauses, state)| pauses.then_some(state)).collect()
    }

    /// Whether a case of this kind is covered. A case without a category or channel is covered where all are. Names are the same
    /// when they are spelled the same, blanks around them aside: `Email` is not `email`.
    #[must_use]
    pub fn covers(&self, severity: Severity, category: Option<&str>, channel: Option<&str>) -> bool {
        let is_among = |names: &[String], name: &str| names.iter().any(|known| known.trim() == name.trim());
        let among = |names: &[String], name: Option<&str>| names.is_empty() || name.is_some_and(|name| is_among(names, name));
        (self.severities.is_empty() || self.severities.contains(&severity))
            && among(&self.categories, category)
            && among(&self.channels, channel)
    }
}

/// When a version of an expectation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Where the version stands.
    pub status: ExpectationStatus,
    /// From when on.
    pub from: Option<Timestamp>,
    /// Until when, that instant not included; `None`: without end.
    pub to: Option<Timestamp>,
}

impl Period {
    /// Whether the version holds at an instant. A retired one holds for the time before it was retired.
    #[must_use]
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.status != ExpectationStatus::Draft && self.from.is_some_and(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}

fn missing(changes: &Changes) -> Vec<UserError> {
    let fields = [
        ("name", changes.name.is_none()),
        ("publicText", changes.public_text.is_none()),
        ("metric", changes.metric.is_none()),
        ("target", changes.target.is_none()),
    ];
    fields
        .into_iter()
        .filter(|(_, is_missing)| *is_missing)
        .map(|(field, _)| UserError::at(field, Code::Required, "is needed for a new expectation"))
        .collect()
}

fn check_pauses(metric: Metric, states: &[CaseStatus]) -> Result<(), UserError> {
    let message = if !may_pause(metric) && !states.is_empty() {
        format!("must be empty: {metric} never pauses")
    } else if states
        .iter()
        .any(|state| !matches!(state, CaseStatus::WaitingOnCustomer | CaseStatus::OnHold))
    {
        "can only hold WAITING_ON_CUSTOMER and ON_HOLD".to_owned()
    } else if metric == Metric::TotalResolution && states.contains(&CaseStatus::OnHold) {
        "must not hold ON_HOLD: TOTAL_RESOLUTION goes on while a case is on hold".to_owned()
    } else {
        return Ok(());
    };
    Err(UserError::at("pauseOn", Code::Invalid, message))
}

fn check_text(field: &str, text: &str, most: usize) -> Result<(), UserError> {
    if is_blank(text) || text.contains('\0') {
        return Err(UserError::at(
            field,
            Code::Invalid,
            format!("must be 1 to {most} characters without NUL"),
        ));
    }
    if text.chars().count() > most {
        return Err(UserError::at(field, Code::TooLong, format!("must be at most {most} characters")));
    }
    Ok(())
}

fn check_names(field: &str, names: &[String]) -> Vec<UserError> {
    if names.len() > MAX_COVERED {
        return vec![UserError::at(field, Code::TooMany, format!("must be at most {MAX_COVERED}"))];
    }
    let check = |(index, name): (usize, &String)| check_text(&format!("{field}.{index}"), name, MAX_COVERED_NAME).err();
    names.iter().enumerate().filter_map(check).collect()
}

/// Names without the blanks around them, each once.
fn names(list: Vec<String>) -> Vec<String> {
    without_repeats(list.into_iter().map(|name| name.trim().to_owned()).collect())
}

/// The earliest instant from which an expectation can hold: 1970.
const EARLIEST: Timestamp = Timestamp::from_micros(0);
/// How far ahead an expectation can begin to hold: ten years.
const MAX_AHEAD_MICROS: i64 = 10 * 365 * 24 * 3_600 * 1_000_000;

/// Passes for an instant from which an expectation can hold.
///
/// # Errors
/// When it lies before 1970 or more than ten years ahead.
pub fn check_from(from: Timestamp, now: Timestamp) -> Result<(), UserError> {
    let message = if from < EARLIEST {
        "must not be before 1970-01-01T00:00:00Z"
    } else if from > now.plus_micros(MAX_AHEAD_MICROS) {
        "must not be more than 10 years ahead"
    } else {
        return Ok(());
    };
    Err(UserError::at("effectiveFrom", Code::OutOfRange, message))
}

fn without_repeats<T: Clone + Eq + Hash>(mut list: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::new();
    list.retain(|item| seen.insert(item.clone()));
    list
}

#[cfg(test)]
mod tests;
