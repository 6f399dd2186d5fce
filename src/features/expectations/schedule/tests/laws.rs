//! Any calendar in any zone: the same as the minute-by-minute walk, and the laws that hold of spans of every length.

use std::collections::BTreeSet;

use entity::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::{collection, option, sample};

use super::super::{CalendarDefinition, DayTime, Holiday, OpenHours, Schedule, Weekday};
use super::walk::Walk;
use super::{EVERY_DAY, hours};

const DAY: u32 = 1_440;
const MINUTE: i64 = 60_000_000;
const YEAR: i64 = 366 * 1_440 * MINUTE;

/// Zones that put their clocks forward and back at all hours, by whole hours, halves, three quarters and days.
static ZONES: [&str; 20] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Atlantic/Azores",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Nuuk",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Kwajalein",
];

/// Nights to remember: a date skipped in Samoa and on Kwajalein, which before had most of one twice; changes at midnight; half an hour.
static NIGHTS: [(&str, &str); 8] = [
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("Pacific/Kwajalein", "1993-08-21T12:00:00Z"),
    ("Pacific/Kwajalein", "1969-09-30T13:00:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("America/Sao_Paulo", "2018-02-18T02:00:00Z"),
    ("Africa/Cairo", "2023-10-26T21:00:00Z"),
    ("Australia/Lord_Howe", "2024-04-06T15:00:00Z"),
    ("America/St_Johns", "2005-10-30T02:31:00Z"),
];

/// A zone and a minute since 1970: anywhere in the years 1990 to 2099, or, more often, where a clock changes.
fn place() -> impl Strategy<Value = (&'static str, i64)> {
    let anywhere = || (sample::select(&ZONES[..]), 10_519_200_i64..68_000_000);
    let next_change = |(zone, minute): (&'static str, i64)| {
        let instant = jiff::Timestamp::from_second(minute * 60).unwrap();
        let change = TimeZone::get(zone)
            .unwrap()
            .following(instant)
            .next()
            .map(|change| change.timestamp().as_second() / 60);
        (zone, change.unwrap_or(minute))
    };
    let night = |(zone, instant): (&'static str, &'static str)| (zone, Timestamp::parse(instant).unwrap().as_micros() / MINUTE);
    prop_oneof![
        1 => anywhere(),
        3 => anywhere().prop_map(next_change),
        2 => sample::select(&NIGHTS[..]).prop_map(night),
    ]
}

/// A minute of the week, often one at which clocks are changed.
fn minute_of_week() -> impl Strategy<Value = u32> {
    let often = sample::select(vec![0_u32, 1, 15, 30, 45, 60, 75, 90, 105, 120, 150, 165, 180, 1_380, 1_410]);
    (0_u32..7, prop_oneof![0..DAY, often]).prop_map(|(day, minute)| day * DAY + minute)
}

/// Hours between every other of some minutes of the week and the next, so that none overlap; two may touch.
fn between(minutes: &BTreeSet<u32>, from_the_second: bool, touching: bool) -> Vec<OpenHours> {
    let minutes: Vec<u32> = minutes.iter().copied().collect();
    let mut week = Vec::new();
    for (index, &opens) in minutes.iter().enumerate() {
        let closes = minutes[(index + 1) % minutes.len()];
        let length = (closes + 7 * DAY - opens) % (7 * DAY);
        if (touching || (index % 2 == 1) == from_the_second) && (1..DAY).contains(&length) {
            week.push(OpenHours {
                day: Weekday::ALL[usize::try_from(opens / DAY).unwrap()],
                opens: time(opens % DAY),
                closes: time(if closes.is_multiple_of(DAY) && touching {
                    DAY
                } else {
                    closes % DAY
                }),
            });
        }
    }
    week
}

fn time(minute: u32) -> DayTime {
    DayTime::from_seconds(minute * 60).unwrap()
}

fn week() -> impl Strategy<Value = Vec<OpenHours>> {
    let some = (
        collection::btree_set(minute_of_week(), 2..=16),
        any::<bool>(),
        prop::bool::weighted(0.2),
    );
    let some = some.prop_filter_map("no hours", |(minutes, second, touching)| {
        Some(between(&minutes, second, touching)).filter(|week| !week.is_empty())
    });
    prop_oneof![
        19 => some,
        1 => Just(EVERY_DAY.iter().map(|text| hours(text)).collect::<Vec<_>>()),
    ]
}

/// Holidays in the days around a minute.
fn holidays(around: i64) -> impl Strategy<Value = Vec<Holiday>> {
    let part = (0..DAY, 1..=DAY).prop_filter_map("not a part of a day", |(from, to)| (from < to).then(|| (time(from), time(to))));
    let holiday = (-3_i64..4, option::of(part)).prop_map(move |(days, closed)| Holiday {
        date: TimeZone::UTC
            .to_datetime(jiff::Timestamp::from_second(around * 60).unwrap())
            .date()
            .saturating_add(jiff::Span::new().days(days)),
        name: "Holiday".into(),
        closed,
    });
    collection::vec(holiday, 0..4)
}

/// A calendar and a minute since 1970 at which something may happen to it.
fn calendar() -> impl Strategy<Value = (CalendarDefinition, i64)> {
    place().prop_flat_map(|(zone, minute)| {
        (week(), holidays(minute)).prop_map(move |(hours, holidays)| {
            let zone = zone.into();
            (CalendarDefinition { zone, hours, holidays }, minute)
        })
    })
}

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_micros(minute * MINUTE)
}

/// The intervals of minutes that follow each other.
fn runs(minutes: &[i64]) -> Vec<(Timestamp, Timestamp)> {
    let follows = |a: &i64, b: &i64| a + 1 == *b;
    let run = |run: &[i64]| (minute(run[0]), minute(run[run.len() - 1] + 1));
    minutes.chunk_by(follows).map(run).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn is_what_a_walk_minute_by_minute_finds(
        (definition, around) in calendar(),
        before in -2_000_i64..3_000,
        length in 0_i64..6_000,
        share in 0.0..1.0,
    ) {
        let schedule = Schedule::compile(&definition, minute(around)).unwrap();
        let (first, end) = (around - before, around - before + length);
        let open = Walk::new(&definition, first..end).open(first..end);
        let (from, to) = (minute(first), minute(end));
        prop_assert_eq!(schedule.intervals(from, to), runs(&open));
        let open_micros = i64::try_from(open.len()).unwrap() * MINUTE;
        prop_assert_eq!(schedule.open_between(from, to), open_micros);
        // Somewhere among the open minutes.
        let index = (f64::from(u32::try_from(open.len()).unwrap()) * share) as usize;
        if let Some(&chosen) = open.get(index) {
            let until = i64::try_from(index).unwrap() * MINUTE;
            prop_assert_eq!(schedule.after(from, until + MINUTE), minute(chosen + 1));
            prop_assert_eq!(schedule.after(from, until + 1), minute(chosen).plus_micros(1));
            prop_assert!(schedule.is_open(minute(chosen)));
        }
    }

    #[test]
    fn spans_add_up(
        (definition, around) in calendar(),
        start in -YEAR..YEAR,
        first in 0..2 * YEAR,
        second in 0..2 * YEAR,
    ) {
        let schedule = Schedule::compile(&definition, minute(around)).unwrap();
        let from = minute(around).plus_micros(start);
        let (middle, to) = (from.plus_micros(first), from.plus_micros(first + second));
        let (one, two) = (schedule.open_between(from, middle), schedule.open_between(middle, to));
        prop_assert!((0..=first).contains(&one) && (0..=second).contains(&two));
        prop_assert_eq!(one + two, schedule.open_between(from, to));
        let intervals = schedule.intervals(from, to);
        prop_assert_eq!(one + two, intervals.iter().map(|(opens, closes)| closes.as_micros() - opens.as_micros()).sum::<i64>());
        prop_assert!(intervals.iter().all(|(opens, closes)| from <= *opens && opens < closes && *closes <= to));
        prop_assert!(intervals.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }

    #[test]
    fn after_is_the_inverse_and_the_earliest(
        (definition, around) in calendar(),
        start in -YEAR..YEAR,
        later in 0..YEAR / 10,
        open in 1..YEAR / 100,
        more in 1..YEAR / 100,
    ) {
        let schedule = Schedule::compile(&definition, minute(around)).unwrap();
        let from = minute(around).plus_micros(start);
        let reached = schedule.after(from, open);
        // Hours may be so few that it takes longer than is looked for.
        prop_assume!(schedule.after(from, open + more) < from.plus_micros(150 * YEAR));
        prop_assert_eq!(schedule.open_between(from, reached), open);
        prop_assert_eq!(schedule.open_between(from, reached.plus_micros(-1)), open - 1);
        prop_assert_eq!(schedule.after(from, open + more), schedule.after(reached, more));
        prop_assert!(reached < schedule.after(from, open + more));
        prop_assert!(reached <= schedule.after(from.plus_micros(later), open));
    }
}
