//! An event of an iCalendar file, and the days, or parts of days, that it closes.

use std::ops::RangeInclusive;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::Problem;
use super::content::Line;
use super::moment::Moment;
use super::rule::Rule;
use crate::features::expectations::schedule::DayTime;

/// Longest event.
const MAX_DAYS: i64 = 366;
const DAY_SECONDS: i64 = 86_400;
/// Longest name of a holiday, in characters; what is longer is cut.
const MAX_NAME: usize = 200;

/// A day that is closed, wholly or in part.
pub(super) type ClosedDay = (Date, Option<(DayTime, DayTime)>);

/// How long an event lasts.
#[derive(Clone, Copy, Debug)]
enum Length {
    Days(i64),
    Exactly(SignedDuration),
}

/// An event.
#[derive(Clone, Debug)]
pub(super) struct Event {
    line: usize,
    /// What it is called.
    pub(super) name: String,
    start: Moment,
    length: Length,
    rule: Option<Rule>,
    /// Where the repetition leaves it out.
    except: Vec<Moment>,
}

impl Event {
    /// Reads an event that begins at a line; `None` when it was cancelled.
    pub(super) fn read(line: usize, properties: &[Line], calendar: &TimeZone) -> Result<Option<Self>, Problem> {
        if only(properties, "STATUS")?.is_some_and(|status| status.value_is("CANCELLED")) {
            return Ok(None);
        }
        let unknown = |line: &&Line| ["RDATE", "EXRULE", "RECURRENCE-ID"].contains(&line.name.as_str());
        if let Some(unknown) = properties.iter().find(unknown) {
            return Err(unknown.problem("is not understood"));
        }
        let name = only(properties, "SUMMARY")?.map(|summary| plain(&summary.value));
        let name = name.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Problem::new(line, "the event has no SUMMARY, which names the holiday"))?;
        let start_line = only(properties, "DTSTART")?.ok_or_else(|| Problem::new(line, "the event has no DTSTART"))?;
        let start = Moment::read(start_line, calendar)?;
        let length = length(start_line, &start, properties, calendar)?;
        let rule = only(properties, "RRULE")?.map(|rule| Rule::read(rule, start.date(), zone_of(&start, calendar)));
        let except = properties.iter().filter(|line| line.name == "EXDATE");
        let except: Vec<Vec<Moment>> = except.map(|line| Moment::read_list(line, calendar)).collect::<Result<_, _>>()?;
        Ok(Some(Self {
            line,
            name,
            start,
            length,
            rule: rule.transpose()?,
            except: except.into_iter().flatten().collect(),
        }))
    }

    /// What it closes, by the clock of the calendar; of a repeated one, what is in some years.
    pub(super) fn closed_days(&self, calendar: &TimeZone, years: &RangeInclusive<i16>) -> Result<Vec<ClosedDay>, Problem> {
        let Some(rule) = &self.rule else {
            return self.closed_from(&self.start, calendar);
        };
        let starts = rule.dates(self.start.date(), *years.end()).map(|date| self.start.on(date));
        let starts = starts.take_while(|start| !rule.is_over(start));
        // One that starts earlier cannot last until then.
        let starts = starts.filter(|start| start.date().year() >= years.start().saturating_sub(2));
        let mut closed = Vec::new();
        for start in starts.filter(|start| !self.except.iter().any(|except| except.is(start))) {
            closed.extend(self.closed_from(&start, calendar)?);
        }
        closed.retain(|(date, _)| years.contains(&date.year()));
        Ok(closed)
    }

    /// What it closes when it starts at a moment.
    fn closed_from(&self, start: &Moment, calendar: &TimeZone) -> Result<Vec<ClosedDay>, Problem> {
        let too_far = || Problem::new(self.line, "the event is in a year that is too far away");
        match self.length {
            Length::Days(days) => {
                let dates = (0..days).map(|day| start.date().checked_add(Span::new().days(day)).ok().map(|date| (date, None)));
                dates.collect::<Option<_>>().ok_or_else(too_far)
            }
            Length::Exactly(length) => {
                let from = start.instant().ok_or_else(too_far)?;
                let to = from.checked_add(length).ok().ok_or_else(too_far)?;
                let closed = parts_of_days(calendar, from, to).ok_or_else(too_far)?;
                if closed.is_empty() {
                    return Err(Problem::new(self.line, "the event lies in an hour that clocks show twice"));
                }
                Ok(closed)
            }
        }
    }
}

/// What the clock on the wall shows between two instants, day by day.
fn parts_of_days(calendar: &TimeZone, from: Timestamp, to: Timestamp) -> Option<Vec<ClosedDay>> {
    let (from, to) = (calendar.to_datetime(from), calendar.to_datetime(to));
    let mut parts = Vec::new();
    let mut date = from.date();
    while date <= to.date() {
        let start = if date == from.date() {
            day_time(from.time())?
        } else {
            DayTime::MIDNIGHT
        };
        let end = if date == to.date() {
            day_time(to.time())?
        } else {
            DayTime::END_OF_DAY
        };
        let whole = (start, end) == (DayTime::MIDNIGHT, DayTime::END_OF_DAY);
        if start < end {
            parts.push((date, (!whole).then_some((start, end))));
        }
        date = date.tomorrow().ok()?;
    }
    Some(parts)
}

fn day_time(time: Time) -> Option<DayTime> {
    let seconds = i32::from(time.hour()) * 3_600 + i32::from(time.minute()) * 60 + i32::from(time.second());
    u32::try_from(seconds).ok().and_then(DayTime::from_seconds)
}

fn length(start_line: &Line, start: &Moment, properties: &[Line], calendar: &TimeZone) -> Result<Length, Problem> {
    let (line, end) = match (only(properties, "DTEND")?, only(properties, "DURATION")?) {
        (Some(_), Some(duration)) => return Err(duration.problem("must not be there with DTEND")),
        (Some(end), None) => (end, Moment::read(end, calendar)?),
        (None, Some(duration)) => {
            let span = Some(duration.value.trim()).filter(|text| text.starts_with('P'));
            let end = span.and_then(|text| text.parse::<Span>().ok()).and_then(|span| start.plus(span));
            (
                duration,
                end.ok_or_else(|| duration.problem("is not a length such as P1D or PT4H"))?,
            )
        }
        (None, None) => match start {
            Moment::Date(_) => return Ok(Length::Days(1)),
            Moment::Time(..) => return Err(start_line.problem("is a time of the day, which needs DTEND or DURATION")),
        },
    };
    let (seconds, length) = match (start, &end) {
        (Moment::Date(from), Moment::Date(to)) => {
            // Some files name the day itself as the end, which is meant to be the day after.
            let days = (to.duration_since(*from).as_secs() / DAY_SECONDS).max(i64::from(from == to));
            (days * DAY_SECONDS, Length::Days(days))
        }
        (Moment::Time(..), Moment::Time(..)) => {
            let instants = start.instant().zip(end.instant());
            let (from, to) = instants.ok_or_else(|| line.problem("is in a year that is too far away"))?;
            let length = to.duration_since(from);
            (length.as_secs(), Length::Exactly(length))
        }
        _ => return Err(line.problem("must be a date when DTSTART is one, and a time when DTSTART is one")),
    };
    if (1..=MAX_DAYS * DAY_SECONDS).contains(&seconds) {
        Ok(length)
    } else {
        Err(line.problem(&format!(
            "makes the event end before it starts, or last longer than {MAX_DAYS} days"
        )))
    }
}

/// The zone in which an event is told.
fn zone_of<'a>(start: &'a Moment, calendar: &'a TimeZone) -> &'a TimeZone {
    match start {
        Moment::Date(_) => calendar,
        Moment::Time(_, zone) => zone,
    }
}

/// The property of a name, which may be there once.
fn only<'a>(properties: &'a [Line], name: &str) -> Result<Option<&'a Line>, Problem> {
    let mut found = properties.iter().filter(|line| line.name == name);
    match (found.next(), found.next()) {
        (_, Some(second)) => Err(second.problem("is there for the second time in this event")),
        (first, None) => Ok(first),
    }
}

/// A text without its escapes, in one line.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\\' => letters
                .next()
                .map_or(' ', |escaped| if matches!(escaped, 'n' | 'N') { ' ' } else { escaped }),
            other => other,
        };
        plain.push(if letter.is_control() { ' ' } else { letter });
    }
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").chars().take(MAX_NAME).collect()
}
