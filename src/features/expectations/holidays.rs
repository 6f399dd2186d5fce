//! Reads holidays out of an iCalendar file (RFC 5545), as proposals that a person decides on.
//!
//! Every `VEVENT` is taken for a holiday: one of whole days closes those days, one with times of the day closes that part of them,
//! by the clock of the calendar it is for. Events that are repeated every year are followed for some years; other repetitions are
//! not understood, and said to be so. What is wrong with one event does not touch the others.
//!
//! An own reader, since one bad line must not cost the file, every problem needs its line, and blocks within blocks must not cost
//! the stack. Not here: what becomes of the proposals (`proposals`).

mod content;
mod event;
mod moment;
mod rule;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use entity::Timestamp;
use jiff::tz::TimeZone;

use self::content::Line;
use self::event::{ClosedDay, Event};
use super::schedule::{Holiday, MAX_HOLIDAYS};

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// Most events in a file.
pub const MAX_EVENTS: usize = 2_000;
/// For how many years after the present one repeated events are proposed.
pub const YEARS_AHEAD: i16 = 5;
/// Most problems that are told one by one.
const MAX_PROBLEMS: usize = 100;

/// What came of reading a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The holidays in it, by date, each once.
    pub proposals: Vec<Holiday>,
    /// What could not be used, by line.
    pub problems: Vec<Problem>,
}

/// Something in a file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Problem {
    /// The line, counted from 1; the first of a folded one.
    pub line: usize,
    /// What is wrong, for people.
    pub message: String,
}

impl Problem {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
        }
    }
}

/// Reads a file for a calendar in a zone. Repeated events are followed from the year of `now` on for [`YEARS_AHEAD`] more; others
/// are proposed whenever they are. A file that is no iCalendar file, or too large, or holds too much, gives one problem and nothing else.
#[must_use]
pub fn read(text: &str, zone: &str, now: Timestamp) -> Reading {
    read_file(text, zone, now).unwrap_or_else(|problem| Reading {
        proposals: Vec::new(),
        problems: vec![problem],
    })
}

fn read_file(text: &str, zone: &str, now: Timestamp) -> Result<Reading, Problem> {
    if text.len() > MAX_BYTES {
        return Err(Problem::new(1, format!("the file is larger than {MAX_BYTES} bytes")));
    }
    let zone = TimeZone::get(zone).map_err(|error| Problem::new(1, format!("the calendar's time zone is unknown: {error}")))?;
    let this_year = jiff::Timestamp::from_microsecond(now.as_micros()).map_or(1970, |now| zone.to_datetime(now).year());
    let mut walk = Walk {
        zone,
        years: this_year..=this_year.saturating_add(YEARS_AHEAD),
        open: Vec::new(),
        event: None,
        events: 0,
        found: BTreeSet::new(),
        problems: Vec::new(),
        untold: 0,
    };
    let mut lines = content::lines(text).into_iter();
    match lines.next() {
        Some(Ok(line)) if line.name == "BEGIN" && line.value_is("VCALENDAR") => walk.take(line)?,
        other => {
            let number = other.map_or(1, |line| line.map_or_else(|problem| problem.line, |line| line.number));
            return Err(Problem::new(number, "an iCalendar file begins with BEGIN:VCALENDAR"));
        }
    }
    for line in lines {
        match line {
            Ok(line) => walk.take(line)?,
            Err(problem) => walk.skip(problem),
        }
    }
    Ok(walk.finish())
}

/// An event of which the end has not been read.
struct Draft {
    line: usize,
    properties: Vec<Line>,
    /// One of its lines could not be read.
    spoiled: bool,
}

/// The way through the file, with what was found on it.
struct Walk {
    zone: TimeZone,
    years: RangeInclusive<i16>,
    /// The blocks that have begun and not ended, and where they began.
    open: Vec<(String, usize)>,
    /// The event among them.
    event: Option<Draft>,
    events: usize,
    found: BTreeSet<(ClosedDay, String)>,
    problems: Vec<Problem>,
    untold: usize,
}

impl Walk {
    fn take(&mut self, line: Line) -> Result<(), Problem> {
        match line.name.as_str() {
            "BEGIN" => self.begin(&line),
            "END" => self.end(&line),
            _ => {
                self.property(line);
                Ok(())
            }
        }
    }

    fn property(&mut self, line: Line) {
        // Those of alarms and the like within the event do not count.
        let is_of_event = self.open.len() == 2;
        if let Some(draft) = &mut self.event {
            if is_of_event {
                draft.properties.push(line);
            }
        } else if self.open.is_empty() {
            self.report(Problem::new(line.number, "the line is outside of BEGIN:VCALENDAR"));
        }
    }

    /// Passes over a line that cannot be read.
    fn skip(&mut self, problem: Problem) {
        if let Some(draft) = &mut self.event {
            draft.spoiled = true;
        }
        self.report(problem);
    }

    fn begin(&mut self, line: &Line) -> Result<(), Problem> {
        let name = line.value.trim().to_ascii_uppercase();
        if name == "VEVENT" {
            if let Some(draft) = self.event.take() {
                self.report(Problem::new(draft.line, "the event has no END:VEVENT"));
                self.open.truncate(1);
            }
            self.events += 1;
            if self.events > MAX_EVENTS {
                return Err(Problem::new(line.number, format!("the file holds more than {MAX_EVENTS} events")));
            }
            let in_calendar = self.open.len() == 1 && self.open.first().is_some_and(|(name, _)| name == "VCALENDAR");
            if in_calendar {
                self.event = Some(Draft {
                    line: line.number,
                    properties: Vec::new(),
                    spoiled: false,
                });
            } else {
                self.report(Problem::new(line.number, "the event is not directly within BEGIN:VCALENDAR"));
            }
        }
        self.open.push((name, line.number));
        Ok(())
    }

    fn end(&mut self, line: &Line) -> Result<(), Problem> {
        let name = line.value.trim().to_ascii_uppercase();
        let Some(depth) = self.open.iter().rposition(|(open, _)| *open == name) else {
            self.report(Problem::new(
                line.number,
                format!("END:{} ends nothing that has begun", excerpt(&name)),
            ));
            return Ok(());
        };
        let within = self.open.get(depth + 1).cloned();
        self.open.truncate(depth);
        // The event is the second block.
        let event = if depth <= 1 { self.event.take() } else { None };
        match (within, event) {
            (Some((within, begun)), _) => {
                self.report(Problem::new(begun, format!("BEGIN:{} is never ended", excerpt(&within))));
                Ok(())
            }
            (None, Some(draft)) => self.conclude(&draft),
            (None, None) => Ok(()),
        }
    }

    /// Makes holidays of an event that was read to its end.
    fn conclude(&mut self, draft: &Draft) -> Result<(), Problem> {
        if draft.spoiled {
            return Ok(());
        }
        let event = Event::read(draft.line, &draft.properties, &self.zone);
        let days = event.and_then(|event| match event {
            Some(event) => Ok((event.closed_days(&self.zone, &self.years)?, event.name)),
            None => Ok((Vec::new(), String::new())),
        });
        match days {
            Ok((days, name)) => self.found.extend(days.into_iter().map(|day| (day, name.clone()))),
            Err(problem) => self.report(problem),
        }
        if self.found.len() > MAX_HOLIDAYS {
            let message = format!("with this event the file comes to more than {MAX_HOLIDAYS} holidays, the most that a calendar can have");
            return Err(Problem::new(draft.line, message));
        }
        Ok(())
    }

    fn report(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.untold += 1;
        }
    }

    fn finish(mut self) -> Reading {
        if let Some((name, line)) = self.open.pop() {
            self.report(Problem::new(line, format!("BEGIN:{} is never ended", excerpt(&name))));
        }
        self.problems.sort_by_key(|problem| problem.line);
        if self.untold > 0 {
            let line = self.problems.last().map_or(1, |problem| problem.line);
            self.problems
                .push(Problem::new(line, format!("there are {} more problems", self.untold)));
        }
        let holiday = |((date, closed), name): (ClosedDay, String)| Holiday { date, name, closed };
        Reading {
            proposals: self.found.into_iter().map(holiday).collect(),
            problems: self.problems,
        }
    }
}

/// The beginning of a text from a file, to be shown.
fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
