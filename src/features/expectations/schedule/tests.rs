//! Worked cases with known answers: ordinary weeks, nights on which clocks change, holidays, and what is refused.

mod laws;
mod walk;

use entity::Timestamp;
use serde_json::json;

use super::{CalendarDefinition, DayTime, Holiday, OpenHours, Schedule};

const HOUR: i64 = 3_600_000_000;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// `MONDAY 09:00-17:00`.
fn hours(text: &str) -> OpenHours {
    let (day, times) = text.split_once(' ').unwrap();
    let (opens, closes) = times.split_once('-').unwrap();
    serde_json::from_value(json!({ "day": day, "opens": opens, "closes": closes })).unwrap()
}

/// `2024-12-25`, or `2024-12-24 12:00-24:00`.
fn holiday(text: &str) -> Holiday {
    let (date, times) = text.split_once(' ').unwrap_or((text, ""));
    let closed = times.split_once('-').map(|(from, to)| json!([from, to]));
    serde_json::from_value(json!({ "date": date, "name": "Holiday", "closed": closed })).unwrap()
}

fn calendar(zone: &str, week: &[&str], holidays: &[&str]) -> CalendarDefinition {
    CalendarDefinition {
        zone: zone.into(),
        hours: week.iter().map(|text| hours(text)).collect(),
        holidays: holidays.iter().map(|text| holiday(text)).collect(),
    }
}

fn schedule(zone: &str, week: &[&str], holidays: &[&str]) -> Schedule {
    Schedule::compile(&calendar(zone, week, holidays), at("2024-01-01T00:00:00Z")).unwrap()
}

/// What is open between two instants: of each interval both ends, as month, day and time in UTC.
fn open(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    let (from, to) = (at(from), at(to));
    let intervals = schedule.intervals(from, to);
    let sum: i64 = intervals.iter().map(|(opens, closes)| closes.as_micros() - opens.as_micros()).sum();
    assert_eq!(sum, schedule.open_between(from, to));
    let short = |at: Timestamp| at.to_string()[5..16].to_owned();
    intervals
        .into_iter()
        .map(|(opens, closes)| format!("{} {}", short(opens), short(closes)))
        .collect()
}

const OFFICE: [&str; 5] = [
    "MONDAY 09:00-17:00",
    "TUESDAY 09:00-17:00",
    "WEDNESDAY 09:00-17:00",
    "THURSDAY 09:00-17:00",
    "FRIDAY 09:00-17:00",
];

const EVERY_DAY: [&str; 7] = [
    "MONDAY 00:00-24:00",
    "TUESDAY 00:00-24:00",
    "WEDNESDAY 00:00-24:00",
    "THURSDAY 00:00-24:00",
    "FRIDAY 00:00-24:00",
    "SATURDAY 00:00-24:00",
    "SUNDAY 00:00-24:00",
];

#[test]
fn a_target_runs_over_the_weekend_and_the_change_of_clocks() {
    let friday = at("2024-03-29T16:00:00+01:00");
    let plain = schedule("Europe/Berlin", &OFFICE, &[]);
    assert_eq!(
        plain.after(friday, HOUR),
        at("2024-03-29T17:00:00+01:00"),
        "reached at closing time, not at the next opening"
    );
    assert_eq!(plain.after(friday, HOUR + 1), at("2024-04-01T09:00:00.000001+02:00"));
    assert_eq!(plain.after(friday, 2 * HOUR), at("2024-04-01T10:00:00+02:00"));
    let easter = schedule("Europe/Berlin", &OFFICE, &["2024-04-01"]);
    assert_eq!(easter.after(friday, 2 * HOUR), at("2024-04-02T10:00:00+02:00"));
    assert_eq!(plain.after(at("2024-03-30T12:00:00Z"), 0), at("2024-03-30T12:00:00Z"));
    assert_eq!(plain.after(at("2024-03-30T12:00:00Z"), -5), at("2024-03-30T12:00:00Z"));
}

#[test]
fn intervals_hold_their_start_and_not_their_end() {
    let office = schedule("UTC", &OFFICE, &[]);
    for (instant, expected) in [
        ("2024-05-06T08:59:59.999999Z", false),
        ("2024-05-06T09:00:00Z", true),
        ("2024-05-06T16:59:59.999999Z", true),
        ("2024-05-06T17:00:00Z", false),
    ] {
        assert_eq!(office.is_open(at(instant)), expected, "{instant}");
    }
    assert_eq!(office.open_between(at("2024-05-06T10:00:00Z"), at("2024-05-06T09:00:00Z")), 0);
}

#[test]
fn a_year_adds_up() {
    let year = (at("2024-01-01T00:00:00Z"), at("2025-01-01T00:00:00Z"));
    let in_year = |zone: &str, week: &[&str], holidays: &[&str]| schedule(zone, week, holidays).open_between(year.0, year.1) / HOUR;
    assert_eq!(in_year("UTC", &OFFICE, &[]), 262 * 8);
    assert_eq!(
        in_year("UTC", &OFFICE, &["2024-12-25", "2024-12-24 13:00-24:00", "2024-12-22"]),
        262 * 8 - 8 - 4
    );
    assert_eq!(in_year("America/New_York", &EVERY_DAY, &[]), 366 * 24);
    // One night in spring is an hour shorter, one in autumn an hour longer.
    assert_eq!(in_year("America/New_York", &["SUNDAY 00:00-06:00"], &[]), 52 * 6);
    assert_eq!(Schedule::always().open_between(year.0, year.1), 366 * 24 * HOUR);
}

#[test]
fn night_shifts_last_as_long_as_they_last() {
    let night = schedule("America/New_York", &["SATURDAY 22:00-06:00"], &[]);
    assert_eq!(
        open(&night, "2024-03-09T00:00:00Z", "2024-03-12T00:00:00Z"),
        ["03-10T03:00 03-10T10:00"]
    );
    assert_eq!(
        open(&night, "2024-11-02T12:00:00Z", "2024-11-05T00:00:00Z"),
        ["11-03T02:00 11-03T11:00"]
    );
}

#[test]
fn a_skipped_time_is_the_moment_of_the_change() {
    let spring = |week: &str| {
        open(
            &schedule("America/New_York", &[week], &[]),
            "2024-03-09T12:00:00Z",
            "2024-03-12T00:00:00Z",
        )
    };
    assert_eq!(spring("SATURDAY 22:00-02:30"), ["03-10T03:00 03-10T07:00"]);
    assert_eq!(spring("SUNDAY 02:15-05:00"), ["03-10T07:00 03-10T09:00"]);
    assert_eq!(spring("SUNDAY 02:10-02:50"), [""; 0]);
}

#[test]
fn a_repeated_time_opens_at_the_first_and_closes_at_the_second() {
    let autumn = |week: &str| {
        open(
            &schedule("America/New_York", &[week], &[]),
            "2024-11-02T12:00:00Z",
            "2024-11-05T00:00:00Z",
        )
    };
    assert_eq!(autumn("SUNDAY 01:30-05:00"), ["11-03T05:30 11-03T10:00"]);
    assert_eq!(autumn("SUNDAY 01:10-01:20"), ["11-03T05:10 11-03T06:20"]);
    assert_eq!(autumn("SATURDAY 20:00-01:30"), ["11-03T00:00 11-03T06:30"]);
    assert_eq!(autumn("SATURDAY 20:00-01:00"), ["11-03T00:00 11-03T06:00"]);
    assert_eq!(autumn("SATURDAY 20:00-02:00"), ["11-03T00:00 11-03T07:00"]);
    assert_eq!(autumn("SUNDAY 02:00-03:00"), ["11-03T07:00 11-03T08:00"]);
}

#[test]
fn half_hours_and_the_southern_summer() {
    let lord_howe = |week: &str, from: &str, to: &str| open(&schedule("Australia/Lord_Howe", &[week], &[]), from, to);
    // 02:00 becomes 01:30 in April, and 02:30 in October.
    let autumn = |week: &str| lord_howe(week, "2024-04-06T12:00:00Z", "2024-04-07T12:00:00Z");
    assert_eq!(autumn("SUNDAY 01:00-03:00"), ["04-06T14:00 04-06T16:30"]);
    assert_eq!(autumn("SUNDAY 01:45-03:00"), ["04-06T14:45 04-06T16:30"]);
    assert_eq!(autumn("SUNDAY 01:00-01:45"), ["04-06T14:00 04-06T15:15"]);
    let spring = |week: &str| lord_howe(week, "2024-10-05T12:00:00Z", "2024-10-06T12:00:00Z");
    assert_eq!(spring("SUNDAY 01:00-03:00"), ["10-05T14:30 10-05T16:00"]);
    assert_eq!(spring("SUNDAY 02:10-04:00"), ["10-05T15:30 10-05T17:00"]);
}

#[test]
fn clocks_that_change_at_midnight() {
    let sao_paulo = |week: &[&str], holidays: &[&str], from: &str, to: &str| open(&schedule("America/Sao_Paulo", week, holidays), from, to);
    let (spring, after_spring) = ("2018-11-03T12:00:00Z", "2018-11-05T00:00:00Z");
    assert_eq!(
        sao_paulo(&["SUNDAY 00:00-06:00"], &[], spring, after_spring),
        ["11-04T03:00 11-04T08:00"]
    );
    let (autumn, after_autumn) = ("2018-02-17T00:00:00Z", "2018-02-18T12:00:00Z");
    assert_eq!(
        sao_paulo(&["SATURDAY 20:00-24:00"], &[], autumn, after_autumn),
        ["02-17T22:00 02-18T03:00"]
    );
    assert_eq!(
        sao_paulo(&["SATURDAY 23:30-00:00"], &[], autumn, after_autumn),
        ["02-18T01:30 02-18T03:00"]
    );
    // A holiday of 25 hours.
    let expected = ["02-17T00:00 02-17T02:00", "02-18T03:00 02-18T12:00"];
    assert_eq!(sao_paulo(&EVERY_DAY, &["2018-02-17"], autumn, after_autumn), expected);

    let cairo = |week: &str, holidays: &[&str], from: &str, to: &str| open(&schedule("Africa/Cairo", &[week], holidays), from, to);
    let (autumn, after_autumn) = ("2023-10-26T00:00:00Z", "2023-10-28T00:00:00Z");
    assert_eq!(
        cairo("THURSDAY 22:00-24:00", &[], autumn, after_autumn),
        ["10-26T19:00 10-26T22:00"]
    );
    let (spring, after_spring) = ("2023-04-27T00:00:00Z", "2023-04-29T00:00:00Z");
    assert_eq!(
        cairo("THURSDAY 20:00-02:00", &[], spring, after_spring),
        ["04-27T18:00 04-27T23:00"]
    );
    assert_eq!(
        cairo("THURSDAY 20:00-02:00", &["2023-04-28"], spring, after_spring),
        ["04-27T18:00 04-27T22:00"]
    );
}

#[test]
fn a_midnight_that_comes_twice() {
    // On the Azores 01:00 of the last Sunday in October becomes 00:00.
    let azores = |week: &str, holidays: &[&str]| {
        open(
            &schedule("Atlantic/Azores", &[week], holidays),
            "2024-10-26T00:00:00Z",
            "2024-10-28T00:00:00Z",
        )
    };
    assert_eq!(azores("SUNDAY 00:00-06:00", &["2024-10-26"]), ["10-27T00:00 10-27T07:00"]);
    assert_eq!(azores("SATURDAY 20:00-24:00", &[]), ["10-26T20:00 10-27T01:00"]);
    assert_eq!(azores("SATURDAY 20:00-24:00", &["2024-10-27"]), ["10-26T20:00 10-27T00:00"]);
}

#[test]
fn a_date_that_never_was() {
    // Samoa went from the 29th of December 2011 straight to the 31st.
    let apia = |week: &[&str]| open(&schedule("Pacific/Apia", week, &[]), "2011-12-27T00:00:00Z", "2012-01-03T00:00:00Z");
    assert_eq!(apia(&["FRIDAY 00:00-24:00"]), [""; 0]);
    assert_eq!(apia(&["THURSDAY 22:00-06:00"]), ["12-30T08:00 12-30T10:00"]);
    assert_eq!(apia(&["THURSDAY 22:00-06:00", "SATURDAY 00:00-06:00"]), ["12-30T08:00 12-30T16:00"]);
    let schedule = schedule("Pacific/Apia", &["THURSDAY 22:00-06:00", "SATURDAY 00:00-06:00"], &[]);
    assert_eq!(schedule.after(at("2011-12-30T09:00:00Z"), 2 * HOUR), at("2011-12-30T11:00:00Z"));
}

#[test]
fn holidays_are_local_dates() {
    let night = |holidays: &[&str]| {
        let schedule = schedule("Europe/Berlin", &["WEDNESDAY 18:00-06:00"], holidays);
        open(&schedule, "2024-05-01T00:00:00Z", "2024-05-03T00:00:00Z")
    };
    assert_eq!(night(&[]), ["05-01T16:00 05-02T04:00"]);
    assert_eq!(night(&["2024-05-02"]), ["05-01T16:00 05-01T22:00"]);
    assert_eq!(night(&["2024-05-01"]), ["05-01T22:00 05-02T04:00"]);
    let expected = ["05-01T16:00 05-02T00:00", "05-02T01:00 05-02T04:00"];
    assert_eq!(night(&["2024-05-02 02:00-03:00"]), expected);
    assert_eq!(
        night(&["2024-05-02 02:00-02:30", "2024-05-02 02:15-03:00"]),
        expected,
        "holidays may overlap"
    );
    assert_eq!(night(&["2024-05-01", "2024-05-02 00:00-24:00"]), [""; 0]);
}

#[test]
fn a_part_of_a_day_is_closed_in_both_passes() {
    let schedule = schedule("America/New_York", &["SUNDAY 00:00-04:00"], &["2024-11-03 01:15-01:45"]);
    let expected = ["11-03T04:00 11-03T05:15", "11-03T05:45 11-03T06:15", "11-03T06:45 11-03T09:00"];
    assert_eq!(open(&schedule, "2024-11-02T12:00:00Z", "2024-11-05T00:00:00Z"), expected);
}

#[test]
fn what_touches_is_one_interval() {
    let split = schedule("UTC", &["SUNDAY 12:00-00:00", "MONDAY 08:00-12:00", "MONDAY 00:00-08:00"], &[]);
    assert_eq!(
        open(&split, "2024-05-04T00:00:00Z", "2024-05-07T00:00:00Z"),
        ["05-05T12:00 05-06T12:00"]
    );
    let all = schedule("Europe/Berlin", &EVERY_DAY, &[]);
    assert_eq!(
        open(&all, "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ["01-01T00:00 01-01T00:00"]
    );
    let seconds = schedule("UTC", &["MONDAY 00:00:01-00:00:03"], &[]);
    assert_eq!(seconds.after(at("2024-05-06T00:00:00Z"), 1), at("2024-05-06T00:00:01.000001Z"));
}

#[test]
fn nothing_is_too_far() {
    let rare = schedule("Europe/Berlin", &["MONDAY 09:00-09:01"], &["2024-05-06"]);
    let start = at("2024-05-01T00:00:00Z");
    let horizon = start.plus_micros(200 * 366 * 24 * HOUR);
    assert_eq!(rare.after(start, i64::MAX), horizon);
    assert_eq!(rare.after(start, 366 * 24 * HOUR), horizon);
    let (first, last) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
    assert!(rare.open_between(first, last) > 19_000 * 52 * HOUR / 60);
    assert_eq!(rare.after(last, 1), last);
    assert!(rare.after(first, 1) > first);
    assert!(!rare.is_open(first) && !rare.is_open(last));
    assert!(rare.intervals(last.plus_micros(-1), last).is_empty());
    assert!(rare.intervals(first, first.plus_micros(1)).is_empty());
    let always = Schedule::always();
    assert_eq!(always.open_between(first, last), i64::MAX);
    assert_eq!(always.after(last, 1), last);
    assert_eq!(always.intervals(start, horizon), [(start, horizon)]);
    assert!(always.intervals(start, start).is_empty());
}

#[test]
fn what_makes_no_sense_is_refused_by_field() {
    let now = at("2024-01-01T00:00:00Z");
    let refused = |definition: &CalendarDefinition| Schedule::compile(definition, now).unwrap_err().field;
    let week = |week: &[&str]| refused(&calendar("Europe/Berlin", week, &[]));
    assert_eq!(refused(&calendar("Europe/Atlantis", &OFFICE, &[])), "zone");
    assert_eq!(refused(&calendar("", &OFFICE, &[])), "zone");
    assert_eq!(refused(&calendar("Etc/Unknown", &OFFICE, &[])), "zone");
    assert_eq!(week(&[]), "hours");
    assert_eq!(week(&["MONDAY 09:00-17:00"; 51]), "hours");
    assert_eq!(week(&["MONDAY 09:00-17:00", "TUESDAY 09:00-09:00"]), "hours.1.closes");
    assert_eq!(week(&["TUESDAY 00:00-00:00"]), "hours.0.closes");
    assert_eq!(week(&["TUESDAY 24:00-09:00"]), "hours.0.opens");
    assert_eq!(week(&["MONDAY 09:00-17:00", "MONDAY 16:59:59-20:00"]), "hours.1.opens");
    assert_eq!(week(&["MONDAY 09:00-17:00", "MONDAY 09:00-17:00"]), "hours.1.opens");
    assert_eq!(week(&["MONDAY 09:00-17:00", "MONDAY 08:00-10:00"]), "hours.1.closes");
    assert_eq!(week(&["MONDAY 09:00-17:00", "MONDAY 08:00-20:00"]), "hours.1.closes");
    assert_eq!(week(&["MONDAY 00:00-06:00", "SUNDAY 22:00-00:01"]), "hours.1.closes");
    assert_eq!(week(&["SUNDAY 22:00-06:00", "MONDAY 05:00-09:00"]), "hours.1.opens");
    let holidays = |holidays: &[&str]| refused(&calendar("Europe/Berlin", &OFFICE, holidays));
    assert_eq!(holidays(&["2024-05-01", "2024-05-02 12:00-12:00"]), "holidays.1.closed");
    assert_eq!(holidays(&["2024-05-02 24:00-02:00"]), "holidays.0.closed");
    assert_eq!(holidays(&["2024-05-01"; 2_001]), "holidays");
    assert!(Schedule::compile(&calendar("Europe/Berlin", &OFFICE, &["2024-05-01"; 2_000]), now).is_ok());
}

#[test]
fn a_calendar_must_open_within_a_year() {
    let mut closed = calendar("UTC", &["MONDAY 09:00-17:00"], &[]);
    let first = holiday("2024-01-01");
    closed.holidays = (0..53)
        .map(|week| Holiday {
            date: first.date.saturating_add(jiff::Span::new().weeks(week)),
            ..first.clone()
        })
        .collect();
    let error = Schedule::compile(&closed, at("2024-01-01T00:00:00Z")).unwrap_err();
    assert_eq!(error.field, "holidays");
    closed.holidays.pop();
    assert!(Schedule::compile(&closed, at("2024-01-01T00:00:00Z")).is_ok());
}

#[test]
fn definitions_are_written_as_the_api_writes_them() {
    let definition = calendar(
        "Europe/Berlin",
        &["SUNDAY 22:00-24:00", "MONDAY 09:00:30-17:00"],
        &["2024-12-25", "2024-12-24 12:00-24:00"],
    );
    let written = json!({
        "zone": "Europe/Berlin",
        "hours": [
            { "day": "SUNDAY", "opens": "22:00", "closes": "24:00" },
            { "day": "MONDAY", "opens": "09:00:30", "closes": "17:00" },
        ],
        "holidays": [
            { "date": "2024-12-25", "name": "Holiday", "closed": null },
            { "date": "2024-12-24", "name": "Holiday", "closed": ["12:00", "24:00"] },
        ],
    });
    assert_eq!(serde_json::to_value(&definition).unwrap(), written);
    assert_eq!(serde_json::from_value::<CalendarDefinition>(written).unwrap(), definition);
    for wrong in [
        "9:00",
        "09:0",
        "24:01",
        "24:00:01",
        "25:00",
        "12:60",
        "12:00:60",
        "+1:00",
        "12",
        "12:00:00:00",
        "",
        "09:00 ",
    ] {
        assert!(wrong.parse::<DayTime>().is_err(), "{wrong}");
    }
    for wrong in ["2024-02-30", "20241225", "2024-12-25T00:00", "25.12.2024"] {
        let holiday = json!({ "date": wrong, "name": "Holiday" });
        assert!(serde_json::from_value::<Holiday>(holiday).is_err(), "{wrong}");
    }
}

#[test]
fn schedules_are_shared_between_threads() {
    const fn shared<T: Clone + Send + Sync>() {}
    shared::<Schedule>();
}
