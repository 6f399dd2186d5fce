//! Rules 4 to 7, worked out by hand: pauses, open hours, and the versions that hold.

use super::*;
use CaseStatus::{OnHold, Open, Resolved, WaitingOnCustomer};
use ClockEventKind::{Activated, Paused, Resumed, Warned};
use Metric::{FirstResolution, FirstResponse, NextResponse, TotalResolution, Update};
use entity::ClockState;

#[test]
fn rule_4_waiting_pauses_updates_and_resolutions_only() {
    let metrics = [FirstResponse, NextResponse, Update, FirstResolution, TotalResolution];
    let promises: Vec<_> = metrics
        .iter()
        .zip(1..)
        .map(|(metric, number)| promise(number, *metric, 10 * HOUR))
        .collect();
    let paused = |status| {
        let told = Told::opened("02 09:00", &promises).reply("02 09:00").message("02 09:30");
        let clocks = told.status("02 10:00", status).clocks("02 12:00");
        let paused = clocks.iter().filter(|clock| clock.paused_at.is_some());
        paused.map(|clock| clock.metric).collect::<Vec<_>>()
    };
    assert_eq!(paused(WaitingOnCustomer), [Update, FirstResolution, TotalResolution]);
    assert_eq!(paused(OnHold), [Update, FirstResolution]);
    assert!(paused(Open).is_empty());

    let mut first = promise(1, FirstResponse, HOUR);
    first.pauses_waiting = true;
    let clock = Told::opened("02 09:00", &[first])
        .status("02 09:10", WaitingOnCustomer)
        .clock("02 11:00");
    assert_eq!(clock.state, ClockState::Breaching);
    let mut steady = promise(1, FirstResolution, HOUR);
    steady.pauses_waiting = false;
    let clock = Told::opened("02 09:00", &[steady])
        .status("02 09:10", WaitingOnCustomer)
        .clock("02 11:00");
    assert_eq!((clock.state, clock.paused_at), (ClockState::Breaching, None));
}

#[test]
fn rule_4_a_paused_clock_is_not_due_and_cannot_break() {
    let case = Told::opened("02 09:00", &[promise(1, FirstResolution, HOUR)])
        .status("02 09:20", Open)
        .status("02 09:40", WaitingOnCustomer);
    let clock = case.clock("09 00:00");
    assert_eq!((clock.state, clock.consumed), (ClockState::Pending, 40 * MINUTE));
    assert_eq!((clock.due_at, clock.warn_at, clock.paused_at), (None, None, Some(at("02 09:40"))));

    let clock = case.status("09 12:00", Open).clock("09 12:10");
    assert_eq!(
        (clock.due_at, clock.paused_at, clock.consumed),
        (Some(at("09 12:20")), None, 50 * MINUTE)
    );
    let expected = [(at("02 09:00"), Activated), (at("02 09:40"), Paused), (at("09 12:00"), Resumed)];
    assert_eq!(log(&clock), expected);
}

#[test]
fn rule_4_what_is_overdue_stays_overdue_while_it_is_paused() {
    let case = Told::opened("02 09:00", &[promise(1, FirstResolution, HOUR)]).status("02 10:30", OnHold);
    let clock = case.clock("02 15:00");
    assert_eq!((clock.state, clock.due_at), (ClockState::Breaching, None));
    assert_eq!(clock.breach.unwrap().due_at, at("02 10:00"));
    let clock = case.status("02 16:00", Resolved).clock("02 17:00");
    assert_eq!((clock.state, clock.due_at), (ClockState::Breached, Some(at("02 10:00"))));
    assert_eq!(clock.breach.unwrap().overrun, Some(30 * MINUTE), "on hold it did not run");
}

#[test]
fn rule_5_a_pause_in_closed_time_counts_once() {
    // The 6th is a Friday. One hour is used up, then the case waits over the weekend and one hour of Monday.
    let case = Told::opened("06 15:00", &[in_office_hours(promise(1, FirstResolution, 4 * HOUR))])
        .status("06 16:00", WaitingOnCustomer)
        .status("09 10:00", Open);
    let clock = case.clock("09 11:00");
    assert_eq!((clock.consumed, clock.due_at), (2 * HOUR, Some(at("09 13:00"))));
    assert_eq!(case.status("09 13:00", Resolved).clock("31 00:00").state, ClockState::Achieved);
}

#[test]
fn rule_5_only_open_hours_count() {
    let case = Told::opened("06 16:30", &[in_office_hours(promise(1, FirstResponse, HOUR))]);
    assert_eq!(case.clock("06 17:00").due_at, Some(at("09 09:30")));
    assert_eq!(case.clock("08 12:00").consumed, 30 * MINUTE);
    let clock = case.reply("09 10:00").clock("31 00:00");
    assert_eq!(
        (clock.state, clock.breach.unwrap().overrun),
        (ClockState::Breached, Some(30 * MINUTE))
    );
    let at_night = Told::opened("06 20:00", &[in_office_hours(promise(1, FirstResponse, HOUR))]);
    assert_eq!(at_night.clock("06 21:00").due_at, Some(at("09 10:00")));
}

#[test]
fn rule_6_a_night_in_which_clocks_are_put_forward_is_an_hour_shorter() {
    // In Berlin 02:00 becomes 03:00 on the 29th; the shift from 22:00 to 06:00 lasts from 21:00 to 04:00 UTC.
    let nights = compiled(&CalendarDefinition {
        zone: "Europe/Berlin".to_owned(),
        hours: vec![hours(Weekday::Saturday, "22:00", "06:00"), hours(Weekday::Sunday, "22:00", "24:00")],
        holidays: Vec::new(),
    });
    let due = |target| {
        let promise = Promise {
            calendar: Some(CalendarId(2)),
            schedule: Arc::clone(&nights),
            ..promise(1, FirstResponse, target)
        };
        Told::opened("28 18:00", &[promise]).clock("28 19:00").due_at
    };
    assert_eq!(due(6 * HOUR), Some(at("29 03:00")));
    assert_eq!(due(7 * HOUR), Some(at("29 04:00")));
    assert_eq!(
        due(8 * HOUR),
        Some(at("29 21:00")),
        "Sunday opens at 20:00 UTC, which is summer time"
    );
}

#[test]
fn rule_6_holidays_are_closed_wholly_or_in_part() {
    let holiday = |date: &str, closed| Holiday {
        date: date.parse().unwrap(),
        name: "Holiday".to_owned(),
        closed,
    };
    let noon = Some(("12:00".parse().unwrap(), "24:00".parse().unwrap()));
    let promise = Promise {
        schedule: office(vec![holiday("2026-03-09", None), holiday("2026-03-10", noon)]),
        ..in_office_hours(promise(1, FirstResponse, 6 * HOUR))
    };
    let clock = Told::opened("06 16:00", &[promise]).clock("06 16:00");
    assert_eq!(
        clock.due_at,
        Some(at("11 11:00")),
        "an hour on Friday, three on Tuesday, two on Wednesday"
    );
}

#[test]
fn rule_7_an_edit_touches_only_clocks_that_start_later() {
    let case = Told::opened("02 09:00", &[promise(1, NextResponse, HOUR), promise(2, NextResponse, 2 * HOUR)])
        .chosen("02 09:00", &[1])
        .reply("02 09:10")
        .message("02 10:00")
        .reply("02 10:30")
        .chosen("02 11:00", &[2])
        .message("02 12:00");
    let clocks = case.clocks("02 12:30");
    let told: Vec<_> = clocks
        .iter()
        .map(|clock| (clock.instance, clock.expectation.0, clock.state))
        .collect();
    assert_eq!(told, [(1, 1, ClockState::Achieved), (2, 2, ClockState::Pending)]);
}

#[test]
fn rule_7_a_calendar_is_a_version_too() {
    let around_the_clock = promise(1, FirstResponse, 2 * HOUR);
    let case = Told::opened("06 16:00", &[around_the_clock.clone(), in_office_hours(around_the_clock.clone())]);
    let only = |key| Fact::Promises(vec![key]);
    let case = case.then("06 16:00", only(around_the_clock.key()));
    assert_eq!(case.clock("06 16:30").due_at, Some(at("06 18:00")));
    let reapplied = case.then("06 17:30", only((ExpectationId(1), Some(CalendarId(1)))));
    let clocks = reapplied.clocks("06 17:45");
    let told: Vec<_> = clocks.iter().map(|clock| (clock.calendar, clock.state, clock.due_at)).collect();
    let expected = [
        (None, ClockState::Cancelled, Some(at("06 18:00"))),
        (Some(CalendarId(1)), ClockState::Pending, Some(at("09 10:00"))),
    ];
    assert_eq!(told, expected);
}

#[test]
fn warnings_are_told_once_and_only_before_the_end() {
    let promise = Promise {
        warn_before: 20 * MINUTE,
        ..promise(1, FirstResolution, HOUR)
    };
    let case = || Told::opened("02 09:00", std::slice::from_ref(&promise));
    let clock = case().clock("02 09:39");
    assert_eq!((clock.state, clock.warn_at), (ClockState::Pending, Some(at("02 09:40"))));
    assert_eq!(case().clock("02 09:40").state, ClockState::ImminentBreach);
    assert_eq!(case().clock("02 10:00").state, ClockState::ImminentBreach);
    assert_eq!(case().clock("02 10:01").state, ClockState::Breaching);

    let paused = case().status("02 09:45", OnHold);
    assert_eq!(paused.clock("02 11:00").state, ClockState::Pending);
    let clock = paused.status("02 12:00", Open).clock("02 12:05");
    assert_eq!((clock.state, clock.warn_at), (ClockState::ImminentBreach, Some(at("02 09:40"))));
    assert_eq!(log(&clock).iter().filter(|(_, kind)| *kind == Warned).count(), 1);

    let resolved = case().status("02 09:40", Resolved).clock("03 00:00");
    assert_eq!(
        (resolved.warn_at, log(&resolved).len()),
        (Some(at("02 09:40")), 2),
        "activated and fulfilled"
    );
}
