//! The ten rules, each with examples that were worked out by hand. Severity changes and merging have files of their own.

use super::*;
use crate::features::cases::clocks::replay::Breach;
use CaseStatus::{Closed, OnHold, Open, Resolved, WaitingOnCustomer};
use ClockEventKind::{Activated, Breached, Cancelled, Fulfilled, Paused, Resumed, Warned};
use Metric::{FirstResolution, FirstResponse, NextResponse, TotalResolution, Update};
use entity::ClockState;

#[test]
fn rule_1_breaches_follow_from_what_happened_not_from_when_one_looks() {
    let silent = Told::opened("02 09:00", &[promise(1, FirstResponse, HOUR)]);
    let clock = silent.clock("02 10:00");
    assert_eq!((clock.state, clock.due_at), (ClockState::Pending, Some(at("02 10:00"))));
    assert_eq!((clock.breach, clock.consumed), (None, HOUR));
    for now in ["02 10:01", "02 17:00", "30 00:00"] {
        let clock = silent.clock(now);
        assert_eq!(clock.state, ClockState::Breaching);
        assert_eq!(
            clock.breach,
            Some(Breach {
                due_at: at("02 10:00"),
                ended_at: None,
                overrun: None
            })
        );
        assert_eq!(log(&clock), [(at("02 09:00"), Activated), (at("02 10:00"), Breached)]);
    }

    let answered = silent.reply("02 10:30");
    for now in ["02 10:30", "30 00:00"] {
        let clock = answered.clock(now);
        assert_eq!((clock.state, clock.consumed), (ClockState::Breached, 90 * MINUTE));
        let breach = clock.breach.unwrap();
        assert_eq!((breach.ended_at, breach.overrun), (Some(at("02 10:30")), Some(30 * MINUTE)));
        assert_eq!(clock.fulfilled_at, Some(at("02 10:30")));
    }
}

#[test]
fn rule_1_a_reply_that_is_recorded_late_takes_the_breach_back() {
    let silent = Told::opened("02 09:00", &[promise(1, FirstResponse, HOUR)]);
    assert!(silent.clock("02 12:00").breach.is_some());
    assert_eq!(silent.reply("02 09:50").clock("02 12:00").state, ClockState::Achieved);
}

#[test]
fn rule_2_only_a_reply_is_a_first_response() {
    let case = Told::opened("02 09:00", &[promise(1, FirstResponse, HOUR)])
        .message("02 09:05")
        .status("02 09:10", Open)
        .status("02 09:20", WaitingOnCustomer)
        .status("02 09:30", Resolved);
    let clock = case.clock("02 09:40");
    assert_eq!((clock.state, clock.consumed), (ClockState::Pending, 40 * MINUTE));
    let case = case.reply("02 09:45").reply("02 11:00");
    assert_eq!(case.clock("02 12:00").fulfilled_at, Some(at("02 09:45")));
}

#[test]
fn rule_2_what_is_never_answered_ends_with_the_case() {
    let case = || Told::opened("02 09:00", &[promise(1, FirstResponse, HOUR)]).status("02 09:10", Open);
    let early = case().status("02 09:20", Resolved).status("02 09:50", Closed).clock("02 12:00");
    assert_eq!((early.state, early.ended_at), (ClockState::Cancelled, Some(at("02 09:50"))));
    assert_eq!(early.due_at, Some(at("02 10:00")));
    assert_eq!(log(&early).last(), Some(&(at("02 09:50"), Cancelled)));
    let late = case().then("02 10:50", Fact::MergedAway).clock("02 12:00");
    assert_eq!((late.state, late.fulfilled_at), (ClockState::Breached, None));
    assert_eq!(late.breach.unwrap().overrun, Some(50 * MINUTE));
}

#[test]
fn rule_3_next_responses_count_from_the_oldest_unanswered_message() {
    let case = Told::opened("02 09:00", &[promise(1, NextResponse, HOUR)])
        .message("02 09:10")
        .reply("02 09:30");
    assert_eq!(case.clocks("02 12:00"), [], "there was no first response before that message");

    let case = case
        .message("02 10:00")
        .message("02 10:40")
        .status("02 10:45", Resolved)
        .reply("02 11:05")
        .message("02 13:00");
    let clocks = case.clocks("02 13:30");
    let told: Vec<_> = clocks.iter().map(|clock| (clock.instance, clock.started_at, clock.state)).collect();
    let expected = [
        (1, at("02 10:00"), ClockState::Breached),
        (2, at("02 13:00"), ClockState::Pending),
    ];
    assert_eq!(told, expected);
    assert_eq!(clocks[0].breach.unwrap().overrun, Some(5 * MINUTE));
}

#[test]
fn rule_3_at_one_instant_the_order_of_telling_decides_what_was_answered() {
    let case = || Told::opened("02 09:00", &[promise(1, NextResponse, HOUR)]).reply("02 09:30");
    assert_eq!(case().message("02 10:00").reply("02 10:00").clocks("02 12:00"), []);
    assert_eq!(case().reply("02 10:00").message("02 10:00").clocks("02 12:00").len(), 1);
}

#[test]
fn rule_4_waiting_pauses_updates_and_resolutions_only() {
    let metrics = [FirstResponse, NextResponse, Update, FirstResolution, TotalResolution];
    let promises: Vec<_> = metrics.iter().zip(1..).map(|(metric, number)| promise(number, *metric, 10 * HOUR)).collect();
    let paused = |status| {
        let told = Told::opened("02 09:00", &promises).reply("02 09:00").message("02 09:30");
        let clocks = told.status("02 10:00", status).clocks("02 12:00");
        let open = clocks.iter().filter(|clock| clock.ended_at.is_none());
        let paused: Vec<_> = open.filter(|clock| clock.paused_at.is_some()).map(|clock| clock.metric).collect();
        paused
    };
    assert_eq!(paused(WaitingOnCustomer), [Update, FirstResolution, TotalResolution]);
    assert_eq!(paused(OnHold), [Update, FirstResolution]);
    assert_eq!(paused(Open), []);

    let mut first = promise(1, FirstResponse, HOUR);
    first.pauses_waiting = true;
    let clock = Told::opened("02 09:00", &[first]).status("02 09:10", WaitingOnCustomer).clock("02 11:00");
    assert_eq!(clock.state, ClockState::Breaching);
    let mut steady = promise(1, FirstResolution, HOUR);
    steady.pauses_waiting = false;
    let clock = Told::opened("02 09:00", &[steady]).status("02 09:10", WaitingOnCustomer).clock("02 11:00");
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
    assert_eq!((clock.due_at, clock.paused_at, clock.consumed), (Some(at("09 12:20")), None, 50 * MINUTE));
    let expected = [
        (at("02 09:00"), Activated),
        (at("02 09:40"), Paused),
        (at("09 12:00"), Resumed),
    ];
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
    assert_eq!((clock.state, clock.breach.unwrap().overrun), (ClockState::Breached, Some(30 * MINUTE)));
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
    assert_eq!(due(8 * HOUR), Some(at("29 21:00")), "Sunday opens at 20:00 UTC, which is summer time");
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
    assert_eq!(clock.due_at, Some(at("11 11:00")), "an hour on Friday, three on Tuesday, two on Wednesday");
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
    let told: Vec<_> = clocks.iter().map(|clock| (clock.instance, clock.expectation.0, clock.state)).collect();
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
fn rule_9_a_reopened_case_runs_on() {
    let promises = [
        promise(1, FirstResolution, 3 * HOUR),
        promise(2, TotalResolution, 3 * HOUR),
        promise(3, Update, 24 * HOUR),
    ];
    let case = Told::opened("02 09:00", &promises).status("02 09:00", Open).status("02 11:00", Resolved);
    let total = case.clock_of(2, "02 15:00");
    assert_eq!((total.state, total.fulfilled_at), (ClockState::Achieved, Some(at("02 11:00"))));
    assert_eq!((total.due_at, total.consumed), (Some(at("02 12:00")), 2 * HOUR));

    let case = case.message("02 20:00").status("02 20:00", Open);
    let first = case.clock_of(1, "02 23:00");
    assert_eq!((first.state, first.ended_at), (ClockState::Achieved, Some(at("02 11:00"))));
    let total = case.clock_of(2, "02 20:30");
    assert_eq!((total.state, total.due_at, total.fulfilled_at), (ClockState::Pending, Some(at("02 21:00")), None));
    let update = case.clock_of(3, "02 20:30");
    assert_eq!((update.instance, update.started_at), (1, at("02 20:00")));

    let case = case.status("02 22:00", Resolved).status("04 00:00", Closed);
    let total = case.clock_of(2, "05 00:00");
    assert_eq!((total.state, total.ended_at), (ClockState::Breached, Some(at("02 22:00"))));
    assert_eq!((total.consumed, total.breach.unwrap().overrun), (4 * HOUR, Some(HOUR)));
    let expected = [
        (at("02 09:00"), Activated),
        (at("02 11:00"), Fulfilled),
        (at("02 20:00"), Resumed),
        (at("02 21:00"), Breached),
        (at("02 22:00"), Fulfilled),
    ];
    assert_eq!(log(&total), expected);
}

#[test]
fn rule_9_a_total_that_was_overdue_is_overdue_again() {
    let case = Told::opened("02 09:00", &[promise(1, TotalResolution, HOUR)]).status("02 11:00", Resolved);
    let ended = case.clock("02 12:00").breach.unwrap();
    assert_eq!((ended.due_at, ended.ended_at, ended.overrun), (at("02 10:00"), Some(at("02 11:00")), Some(HOUR)));
    let clock = case.status("03 09:00", Open).clock("03 09:30");
    assert_eq!((clock.state, clock.due_at), (ClockState::Breaching, Some(at("02 10:00"))));
    assert_eq!((clock.breach.unwrap().ended_at, clock.consumed), (None, 150 * MINUTE));
}

#[test]
fn rule_9_updates_end_with_a_resolution_and_are_owed_again_from_a_reply() {
    let case = Told::opened("02 09:00", &[promise(1, Update, HOUR)])
        .status("02 09:05", Open)
        .reply("02 09:10")
        .reply("02 09:50")
        .status("02 10:00", Resolved)
        .reply("02 10:10")
        .status("02 11:00", Open)
        .reply("02 12:30")
        .status("02 12:30", Resolved);
    let clocks = case.clocks("03 00:00");
    let told: Vec<_> = clocks.iter().map(|clock| (clock.instance, clock.started_at, clock.state)).collect();
    let expected = [
        (1, at("02 09:10"), ClockState::Achieved),
        (2, at("02 09:50"), ClockState::Cancelled),
        (3, at("02 11:00"), ClockState::Breached),
    ];
    assert_eq!(told, expected, "a reply while it is resolved, and one that resolves it, start none");
    assert_eq!(clocks[2].fulfilled_at, Some(at("02 12:30")));
}

#[test]
fn rule_10_exactly_on_time_is_on_time() {
    let case = || Told::opened("02 09:00", &[promise(1, FirstResponse, HOUR)]);
    let punctual = case().reply("02 10:00").clock("30 00:00");
    assert_eq!((punctual.state, punctual.breach), (ClockState::Achieved, None));
    let mut late = case().reply("02 10:00");
    late.facts[2].at = at("02 10:00").plus_micros(1);
    let late = late.clock("30 00:00");
    assert_eq!((late.state, late.breach.unwrap().overrun), (ClockState::Breached, Some(1)));
}

#[test]
fn rule_10_who_comes_to_the_target_at_the_close_is_late_in_the_morning() {
    let case = Told::opened("06 16:00", &[in_office_hours(promise(1, FirstResponse, HOUR))]).reply("09 09:00");
    let clock = case.clock("31 00:00");
    assert_eq!((clock.state, clock.due_at), (ClockState::Breached, Some(at("06 17:00"))));
    assert_eq!(clock.breach.unwrap().overrun, Some(0));
}

#[test]
fn rule_10_a_pause_that_begins_when_it_is_due_keeps_it_in_time() {
    let case = Told::opened("02 09:00", &[promise(1, FirstResolution, HOUR)])
        .status("02 10:00", WaitingOnCustomer)
        .status("03 10:00", Open);
    assert_eq!(case.clock("03 10:00").state, ClockState::Pending);
    let clock = case.clock("03 10:01");
    assert_eq!((clock.state, clock.due_at), (ClockState::Breaching, Some(at("03 10:00"))));
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
    assert_eq!((resolved.warn_at, log(&resolved).len()), (Some(at("02 09:40")), 2), "activated and fulfilled");
}

#[test]
fn what_is_opened_and_settled_at_one_instant_has_its_clocks() {
    let metrics = [FirstResponse, FirstResolution, TotalResolution];
    let promises: Vec<_> = metrics.iter().zip(1..).map(|(metric, number)| promise(number, *metric, HOUR)).collect();
    let case = Told::opened("02 09:00", &promises)
        .reply("02 09:00")
        .status("02 09:00", Open)
        .status("02 09:00", Resolved)
        .status("02 09:00", Closed);
    for clock in case.clocks("03 00:00") {
        assert_eq!((clock.state, clock.fulfilled_at), (ClockState::Achieved, Some(at("02 09:00"))), "{clock:#?}");
        assert_eq!((clock.due_at, clock.consumed), (Some(at("02 10:00")), 0));
    }
    assert_eq!(case.clocks("03 00:00").len(), 3);
}

#[test]
fn nothing_counts_before_the_opening_or_after_the_end() {
    let promises = [promise(1, FirstResponse, HOUR), promise(2, NextResponse, HOUR), promise(3, Update, HOUR)];
    let case = Told::nothing(&promises)
        .chosen("02 08:00", &[1, 2, 3])
        .reply("02 08:10")
        .then("02 09:00", Fact::Opened)
        .status("02 09:10", Open)
        .status("02 09:20", Resolved)
        .status("02 09:30", Closed)
        .message("02 09:40")
        .reply("02 09:50")
        .status("02 09:50", Open);
    let clock = case.clock("03 00:00");
    assert_eq!((clock.expectation.0, clock.state), (1, ClockState::Cancelled));
    assert_eq!(Told::nothing(&promises).message("02 08:00").clocks("03 00:00"), []);
}

#[test]
fn ten_thousand_facts_are_nothing_special() {
    let promises = [promise(1, NextResponse, 2 * MINUTE), promise(2, Update, HOUR), promise(3, TotalResolution, HOUR)];
    let mut case = Told::opened("02 09:00", &promises).reply("02 09:00");
    let start = at("02 09:00");
    for pair in 1..=5_000 {
        let message = start.plus_micros(2 * pair * MINUTE);
        case.facts.push(Happened { at: message, fact: Fact::CustomerMessage });
        case.facts.push(Happened { at: message.plus_micros(MINUTE), fact: Fact::Reply });
    }
    let clocks = case.clocks("30 00:00");
    assert_eq!(clocks.len(), 5_000 + 5_001 + 1);
    assert!(clocks.iter().take(10_000).all(|clock| clock.state == ClockState::Achieved));
}
