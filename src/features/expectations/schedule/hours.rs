//! Open hours on the line of absolute time: where the clock on the wall runs evenly, and where it is put forward or back.
//!
//! Between two changes of a zone's offset the clock on the wall runs evenly, so what is open there is arithmetic on wall time
//! ([`Line`]), however long it is. Where the clock is put forward that stays true on either side of the change: what was skipped is
//! in neither. Only where it is put back, and shows the same times twice, do hours that open or close among them need care:
//! they open in the first pass and close in the second (see [`super`]). So once any have opened in the first pass, it is open to
//! the end of that pass, and the second is open from its start until the last of them have closed. Holidays go by the clock in
//! both passes.
//!
//! Two changes less than a day apart, of which one puts the clock back, would disturb each other. The tz database has none.

use jiff::Timestamp as Instant;
use jiff::tz::TimeZone;

use super::line::{DAY, Line, SECOND, WEEK};
use super::validation::Checked;

/// How far ahead a moment is looked for.
const HORIZON: i64 = 200 * 366 * DAY;

/// More than a clock was ever put back. Where a walk begins this much earlier, it begins in no second pass that matters.
const MORE_THAN_ANY_CHANGE: i64 = 2 * DAY;

/// The compiled hours of a calendar; see the module. Cheap to share, asked through [`super::Schedule`].
#[derive(Clone, Debug)]
pub struct Hours {
    zone: TimeZone,
    /// The hours of the week, less the holidays.
    weekly: Line,
    /// Around the clock, less the holidays.
    throughout: Line,
}

impl Hours {
    pub(super) fn new(checked: Checked) -> Self {
        Self {
            weekly: Line::new(&checked.week, &checked.closed),
            throughout: Line::new(&[(0, WEEK)], &checked.closed),
            zone: checked.zone,
        }
    }

    /// See [`super::Schedule::open_between`].
    pub(super) fn open_between(&self, from: i64, to: i64) -> i64 {
        let stretches = self.stretches(from).take_while(|stretch| stretch.start < to);
        stretches.map(|stretch| stretch.open(from, to)).sum()
    }

    /// See [`super::Schedule::after`]; `open` is positive.
    pub(super) fn after(&self, from: i64, open: i64) -> i64 {
        let horizon = from.saturating_add(HORIZON);
        let mut missing = open;
        for stretch in self.stretches(from).take_while(|stretch| stretch.start < horizon) {
            let found = stretch.open(from, horizon);
            if found >= missing {
                return stretch.reaching(from, missing);
            }
            missing -= found;
        }
        horizon
    }

    /// See [`super::Schedule::intervals`].
    pub(super) fn intervals(&self, from: i64, to: i64) -> Vec<(i64, i64)> {
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for stretch in self.stretches(from).take_while(|stretch| stretch.start < to) {
            for (opens, closes) in stretch.spans(from, to) {
                match merged.last_mut() {
                    Some(last) if last.1 == opens => last.1 = closes,
                    _ => merged.push((opens, closes)),
                }
            }
        }
        merged
    }

    /// The stretches of time in which anything can be open, in ascending order, from some that is over by `from`.
    fn stretches(&self, from: i64) -> Stretches<'_> {
        let (earliest, latest) = (Instant::MIN.as_microsecond(), Instant::MAX.as_microsecond());
        let early = from.clamp(earliest, latest) - MORE_THAN_ANY_CHANGE;
        // Whole seconds, like the changes.
        let at = early.max(earliest).div_euclid(SECOND) * SECOND;
        let offset = self.offset(at);
        Stretches {
            hours: self,
            at,
            offset,
            last: None,
            next: self.change_after(at, offset),
            latest,
        }
    }

    /// By how much the clock on the wall is ahead of UTC.
    fn offset(&self, at: i64) -> i64 {
        i64::from(self.zone.to_offset(instant(at)).seconds()) * SECOND
    }

    /// The first change after a moment; up to it the offset is `before`.
    fn change_after(&self, at: i64, before: i64) -> Option<Change> {
        let found = self.zone.following(instant(at)).next()?.timestamp();
        // Rules that never end can give the last nanosecond of a year, which means the next second.
        let past = i64::from(found.subsec_nanosecond() % 1_000 != 0);
        let found = found.as_microsecond() + past;
        // Whatever the zone says, a walk must get on.
        (found > at).then(|| Change {
            at: found,
            before,
            after: self.offset(found),
        })
    }

    /// When the first pass of a time that is shown twice begins to be open; its end, the change, when it does not.
    fn opening_before(&self, change: Change) -> i64 {
        let repeats_from = change.at + change.after;
        (self.weekly.hours_from(repeats_from) - change.before).min(change.at)
    }

    /// When the second pass ceases to be open; not after its start, the change, when it never is.
    fn closing_after(&self, change: Change) -> i64 {
        let repeats_to = change.at + change.before;
        self.weekly.hours_to(repeats_to) - change.after
    }
}

/// A change of the offset.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: i64,
    before: i64,
    after: i64,
}

impl Change {
    /// How long a time it is that the clock shows twice.
    fn repeats(self) -> i64 {
        (self.before - self.after).max(0)
    }
}

/// A stretch of time in which the clock on the wall runs evenly.
#[derive(Debug)]
struct Stretch<'a> {
    start: i64,
    end: i64,
    offset: i64,
    line: &'a Line,
}

impl Stretch<'_> {
    /// What is open of it between two moments.
    fn open(&self, from: i64, to: i64) -> i64 {
        let (from, to) = (from.max(self.start), to.min(self.end));
        if from < to {
            self.line.open_until(to + self.offset) - self.line.open_until(from + self.offset)
        } else {
            0
        }
    }

    /// When so much of it has been open since a moment; it holds that much.
    fn reaching(&self, from: i64, open: i64) -> i64 {
        let from = from.max(self.start) + self.offset;
        self.line.reaching(self.line.open_until(from) + open) - self.offset
    }

    /// Its open spans between two moments.
    fn spans(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, i64)> {
        let (line, offset) = (self.line, self.offset);
        let mut at = from.max(self.start).saturating_add(offset);
        let end = to.min(self.end).saturating_add(offset);
        std::iter::from_fn(move || {
            let (opens, closes) = (at < end).then(|| line.next_open(at))?;
            at = closes.min(end);
            (opens < end).then_some((opens - offset, at - offset))
        })
    }
}

/// The walk along the stretches.
struct Stretches<'a> {
    hours: &'a Hours,
    /// Where the walk has come to, and the offset there.
    at: i64,
    offset: i64,
    /// The change it has passed, and the one it comes to.
    last: Option<Change>,
    next: Option<Change>,
    /// Where time ends.
    latest: i64,
}

impl<'a> Stretches<'a> {
    /// Goes on by one stretch, which may be empty. It always gets on as long as the walk is not at the end.
    fn step(&mut self) -> Stretch<'a> {
        let hours = self.hours;
        if let Some(change) = self.next.filter(|change| change.at <= self.at) {
            self.offset = change.after;
            self.last = Some(change);
            self.next = hours.change_after(change.at, change.after);
        }
        let (start, offset) = (self.at, self.offset);
        let next_change = self.next.map_or(self.latest, |change| change.at.min(self.latest));
        if let Some(last) = self.last.filter(|last| start < last.at + last.repeats()) {
            // The second pass.
            self.at = next_change.min(last.at + last.repeats());
            return Stretch {
                start,
                end: hours.closing_after(last).min(self.at),
                offset,
                line: &hours.throughout,
            };
        }
        let first_pass = self.next.map_or(self.latest, |next| next_change.min(next.at - next.repeats()));
        if start < first_pass {
            self.at = first_pass;
            return Stretch {
                start,
                end: first_pass,
                offset,
                line: &hours.weekly,
            };
        }
        self.at = next_change;
        Stretch {
            start: self.next.map_or(start, |next| hours.opening_before(next).max(start)),
            end: next_change,
            offset,
            line: &hours.throughout,
        }
    }
}

impl<'a> Iterator for Stretches<'a> {
    type Item = Stretch<'a>;

    fn next(&mut self) -> Option<Stretch<'a>> {
        while self.at < self.latest {
            let stretch = self.step();
            if stretch.start < stretch.end {
                return Some(stretch);
            }
        }
        None
    }
}

/// The instant that a number of microseconds since 1970 means, or the nearest there is.
fn instant(micros: i64) -> Instant {
    let nearest = if micros < 0 { Instant::MIN } else { Instant::MAX };
    Instant::from_microsecond(micros).unwrap_or(nearest)
}
