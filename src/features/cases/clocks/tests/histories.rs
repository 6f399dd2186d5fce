//! Random histories: calendars of zones that change their clocks, promises, and cases that are worked, reopened and merged.

use std::sync::Arc;

use entity::{CalendarId, CaseId, CaseStatus, ExpectationId, Metric, Timestamp};
use jiff::civil::Date;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::facts::{Fact, Happened, History, Promise, PromiseKey};
use super::super::replay::{carried, replay};
use super::MINUTE;
use crate::features::cases::lifecycle::{MessageEffect, legal, on_customer_message};
use crate::features::expectations::schedule::{CalendarDefinition, DayTime, Holiday, OpenHours, Schedule, Weekday};

/// Zones with the days before they change their clocks, and days before a leap day and a new year.
const PLACES: [(&str, &str); 12] = [
    ("Europe/Berlin", "2026-03-28"),
    ("Europe/Berlin", "2026-10-24"),
    ("America/New_York", "2026-03-07"),
    ("America/New_York", "2026-10-31"),
    ("Australia/Sydney", "2026-04-04"),
    ("Australia/Sydney", "2026-10-03"),
    ("Australia/Lord_Howe", "2026-04-04"),
    ("America/Santiago", "2026-09-05"),
    ("America/Santiago", "2026-04-04"),
    ("Asia/Kathmandu", "2028-02-28"),
    ("America/New_York", "2028-02-28"),
    ("UTC", "2026-12-31"),
];

/// The shape of a working day, in minutes of the day: when it opens and closes, sometimes twice. Shapes never overlap.
const SHAPES: [&[(u32, u32)]; 6] = [
    &[(9 * 60, 17 * 60)],
    &[(8 * 60, 12 * 60), (13 * 60, 18 * 60)],
    &[(20 * 60, 60)],
    &[(60, 4 * 60), (22 * 60, 24 * 60)],
    &[(0, 24 * 60)],
    &[(90, 7 * 60), (12 * 60, 20 * 60)],
];

/// What a calendar is made from.
#[derive(Clone, Debug)]
struct Plan {
    at_home: bool,
    elsewhere: Index,
    shape: Index,
    closed_day: usize,
    /// Minutes by which everything is later; not for shapes that end with the day.
    shift: u32,
    /// Days after the beginning, with the part of the day that is closed.
    holidays: Vec<(i64, Option<(u32, u32)>)>,
}

fn plans() -> impl Strategy<Value = Plan> {
    let part = (0_u32..1_200, 1_u32..=240).prop_map(|(from, length)| (from, from + length));
    let holiday = (-1_i64..14, proptest::option::of(part));
    let holidays = proptest::collection::vec(holiday, 0..4);
    (any::<bool>(), any::<Index>(), any::<Index>(), 0_usize..7, 0_u32..60, holidays).prop_map(
        |(at_home, elsewhere, shape, closed_day, shift, holidays)| Plan {
            at_home,
            elsewhere,
            shape,
            closed_day,
            shift,
            holidays,
        },
    )
}

fn day_time(minutes: u32) -> DayTime {
    DayTime::from_seconds(minutes * 60).unwrap()
}

impl Plan {
    fn definition(&self, place: (&str, &str)) -> CalendarDefinition {
        let zone = if self.at_home { place.0 } else { self.elsewhere.get(&PLACES).0 };
        let shape = self.shape.get(&SHAPES);
        // A shape that ends with the day cannot be moved.
        let shift = if shape.iter().any(|(_, closes)| *closes == 24 * 60) {
            0
        } else {
            self.shift
        };
        let days = Weekday::ALL.iter().enumerate().filter(|(day, _)| *day != self.closed_day);
        let hours = days.flat_map(|(_, day)| {
            shape.iter().map(move |(opens, closes)| OpenHours {
                day: *day,
                opens: day_time(opens + shift),
                closes: day_time(closes + shift),
            })
        });
        let first: Date = place.1.parse().unwrap();
        let holidays = self.holidays.iter().map(|(day, closed)| Holiday {
            date: first.saturating_add(jiff::Span::new().days(*day)),
            name: "Holiday".to_owned(),
            closed: closed.map(|(from, to)| (day_time(from), day_time(to))),
        });
        CalendarDefinition {
            zone: zone.to_owned(),
            hours: hours.collect(),
            holidays: holidays.collect(),
        }
    }
}

/// What a promise is made from, in minutes.
#[derive(Clone, Debug)]
struct Offer {
    metric: Metric,
    target: i64,
    warn_before: i64,
    pauses: (bool, bool),
    /// One for each version of its calendar that is chosen; 0 is around the clock.
    calendars: Vec<usize>,
}

fn offers() -> impl Strategy<Value = Vec<Offer>> {
    let target = prop_oneof![2 => 1_i64..60, 3 => 30_i64..600, 1 => 600_i64..1_500];
    let warn_before = prop_oneof![Just(0_i64), 1_i64..200];
    let calendars = proptest::sample::subsequence(vec![0_usize, 1, 2], 1..=2);
    let offer = (select(Metric::ALL), target, warn_before, any::<(bool, bool)>(), calendars).prop_map(
        |(metric, target, warn_before, pauses, calendars)| Offer {
            metric,
            target,
            warn_before,
            pauses,
            calendars,
        },
    );
    proptest::collection::vec(offer, 1..7)
}

/// Something that is done to a case.
#[derive(Clone, Debug)]
enum Act {
    Message,
    Reply,
    Move(u8),
    Choose(u16),
    Absorb,
    MergeAway,
}

/// A case: when it is opened, and what is done to it after how many minutes.
#[derive(Clone, Debug)]
struct Course {
    opened: i64,
    chosen: u16,
    /// How many facts are told before the opening, in chaos.
    early: usize,
    steps: Vec<(i64, Act)>,
}

fn courses() -> impl Strategy<Value = Course> {
    let gap = prop_oneof![3 => Just(0_i64), 2 => 1_i64..5, 5 => 5_i64..240, 1 => 240_i64..2_000];
    let act = prop_oneof![
        20 => Just(Act::Message),
        20 => Just(Act::Reply),
        40 => any::<u8>().prop_map(Act::Move),
        14 => any::<u16>().prop_map(Act::Choose),
        5 => Just(Act::Absorb),
        1 => Just(Act::MergeAway),
    ];
    let steps = proptest::collection::vec((gap, act), 0..26);
    (0_i64..1_500, any::<u16>(), 0_usize..3, steps).prop_map(|(opened, chosen, early, steps)| Course {
        opened,
        chosen,
        early,
        steps,
    })
}

/// All that a random history is made from.
#[derive(Clone, Debug)]
pub(super) struct Scenario {
    place: Index,
    plans: [Plan; 2],
    offers: Vec<Offer>,
    /// The case, and those that may be merged into it.
    courses: Vec<Course>,
    in_chaos: bool,
    tail: i64,
}

/// Histories; in chaos, statuses follow each other in any way, and things are told of a case that is not opened yet.
pub(super) fn scenarios(in_chaos: bool) -> impl Strategy<Value = Scenario> {
    let courses = proptest::collection::vec(courses(), 1..4);
    let tail = prop_oneof![Just(0_i64), 1_i64..5, 1_i64..1_000];
    (any::<Index>(), [plans(), plans()], offers(), courses, tail).prop_map(move |(place, plans, offers, courses, tail)| Scenario {
        place,
        plans,
        offers,
        courses,
        in_chaos,
        tail,
    })
}

/// A history that can be replayed.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) facts: Vec<Happened>,
    pub(super) promises: Vec<Promise>,
    pub(super) now: Timestamp,
}

impl World {
    pub(super) fn history(&self) -> History<'_> {
        History {
            facts: &self.facts,
            promises: &self.promises,
        }
    }
}

impl Scenario {
    pub(super) fn world(&self) -> World {
        let promises = self.promises();
        let mut facts = Vec::new();
        if let Some((course, others)) = self.courses.split_first() {
            let teller = Teller {
                promises: &promises,
                start: self.start(),
                in_chaos: self.in_chaos,
            };
            facts = teller.tell(course, others, 1, i64::MAX);
        }
        let last = facts.iter().map(|happened| happened.at).max();
        World {
            now: last.unwrap_or_else(|| self.start()).plus_micros(self.tail * MINUTE),
            facts,
            promises,
        }
    }

    fn start(&self) -> Timestamp {
        let (_, date) = self.place.get(&PLACES);
        Timestamp::parse(&format!("{date}T00:00:00Z")).unwrap()
    }

    fn promises(&self) -> Vec<Promise> {
        let compile = |plan: &Plan| {
            let definition = plan.definition(*self.place.get(&PLACES));
            let schedule = Schedule::compile(&definition, self.start());
            Arc::new(schedule.unwrap_or_else(|error| panic!("{error}: {definition:?}")))
        };
        let schedules = [Arc::new(Schedule::always()), compile(&self.plans[0]), compile(&self.plans[1])];
        let numbered = self.offers.iter().zip(1..);
        let promises = numbered.flat_map(|(offer, number)| {
            let schedules = &schedules;
            offer.calendars.iter().map(move |calendar| Promise {
                expectation: ExpectationId(number),
                calendar: i64::try_from(*calendar).ok().filter(|id| *id > 0).map(CalendarId),
                metric: offer.metric,
                target: offer.target * MINUTE,
                warn_before: offer.warn_before * MINUTE,
                pauses_waiting: offer.pauses.0,
                pauses_on_hold: offer.pauses.1,
                schedule: Arc::clone(&schedules[*calendar]),
            })
        });
        promises.collect()
    }
}

/// Tells what is done to cases as facts.
struct Teller<'a> {
    promises: &'a [Promise],
    start: Timestamp,
    in_chaos: bool,
}

impl Teller<'_> {
    /// The facts of a case up to a minute after the start. What is merged into it is taken from the other courses, in turn; the
    /// number of a case that is merged begins with that of the case into which it is.
    fn tell(&self, course: &Course, mut others: &[Course], number: i64, until: i64) -> Vec<Happened> {
        let mut last = number * 10;
        let mut facts = Vec::new();
        let mut status = CaseStatus::New;
        let mut minute = course.opened;
        let early = if self.in_chaos { course.early } else { 0 };
        for (place, (gap, act)) in course.steps.iter().chain(&[(0, Act::Choose(0))]).enumerate() {
            if place == early || (place < early && place == course.steps.len()) {
                self.push(&mut facts, minute, Fact::Opened);
                self.push(&mut facts, minute, self.choice(course.chosen));
            }
            minute += gap;
            if minute > until || place == course.steps.len() {
                break;
            }
            match act {
                Act::Message => self.message(&mut facts, minute, &mut status),
                Act::Reply => self.reply(&mut facts, minute, &mut status),
                Act::Move(dice) => {
                    if let Some(to) = self.next(status, *dice) {
                        status = to;
                        self.push(&mut facts, minute, Fact::Status(to));
                    }
                }
                Act::Choose(mask) => self.push(&mut facts, minute, self.choice(*mask)),
                Act::Absorb => {
                    if let Some((other, rest)) = others.split_first() {
                        last += 1;
                        for fact in self.absorbed(other, rest, last, minute) {
                            self.push(&mut facts, minute, fact);
                        }
                        others = rest;
                    }
                }
                Act::MergeAway => self.push(&mut facts, minute, Fact::MergedAway),
            }
        }
        facts.retain(|happened| happened.at <= self.at(until));
        facts
    }

    fn at(&self, minute: i64) -> Timestamp {
        self.start.plus_micros(minute.saturating_mul(MINUTE))
    }

    fn push(&self, facts: &mut Vec<Happened>, minute: i64, fact: Fact) {
        facts.push(Happened { at: self.at(minute), fact });
    }

    fn choice(&self, mask: u16) -> Fact {
        let keys = self.promises.iter().map(Promise::key).enumerate();
        let chosen: Vec<PromiseKey> = keys
            .filter(|(place, _)| mask >> (place % 16) & 1 == 1)
            .map(|(_, key)| key)
            .collect();
        Fact::Promises(chosen)
    }

    fn message(&self, facts: &mut Vec<Happened>, minute: i64, status: &mut CaseStatus) {
        self.push(facts, minute, Fact::CustomerMessage);
        let effect = on_customer_message(*status);
        if !self.in_chaos && matches!(effect, MessageEffect::Open | MessageEffect::Reopen) {
            *status = CaseStatus::Open;
            self.push(facts, minute, Fact::Status(CaseStatus::Open));
        }
    }

    fn reply(&self, facts: &mut Vec<Happened>, minute: i64, status: &mut CaseStatus) {
        self.push(facts, minute, Fact::Reply);
        if !self.in_chaos && *status == CaseStatus::New {
            *status = CaseStatus::Open;
            self.push(facts, minute, Fact::Status(CaseStatus::Open));
        }
    }

    /// The next status. Cases are seldom closed, as nothing can happen after.
    fn next(&self, status: CaseStatus, dice: u8) -> Option<CaseStatus> {
        let among = if self.in_chaos { CaseStatus::ALL } else { legal(status) };
        let to = *among.get(usize::from(dice) % among.len().max(1))?;
        let is_over = matches!(to, CaseStatus::Closed | CaseStatus::Merged);
        Some(to).filter(|_| !is_over || dice >= 192)
    }

    /// What a case brings along that is merged at a minute. In chaos its customer waits whatever clocks come along.
    fn absorbed(&self, other: &Course, rest: &[Course], number: i64, minute: i64) -> Vec<Fact> {
        let facts = self.tell(other, rest, number, minute);
        let history = History {
            facts: &facts,
            promises: self.promises,
        };
        let carried = carried(&replay(&history, self.at(minute)), CaseId(number), self.at(minute));
        let is_counted = carried
            .iter()
            .any(|clock| matches!(clock.metric, Metric::FirstResponse | Metric::NextResponse));
        let waits = waiting(&facts).filter(|_since| self.in_chaos || !is_counted);
        waits.map(Fact::Waited).into_iter().chain([Fact::Absorbed(carried)]).collect()
    }
}

/// Since when a customer waits for an answer, as facts tell it.
fn waiting(facts: &[Happened]) -> Option<Timestamp> {
    let mut since: Option<Timestamp> = None;
    for happened in facts {
        match happened.fact {
            Fact::Opened | Fact::CustomerMessage => since = since.or(Some(happened.at)),
            Fact::Waited(asked) => since = Some(since.unwrap_or(asked).min(asked)),
            Fact::Reply | Fact::MergedAway | Fact::Status(CaseStatus::Closed | CaseStatus::Merged) => since = None,
            _ => {}
        }
    }
    since
}
