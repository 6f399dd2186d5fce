//! Rules 9 and 10, worked out by hand: reopening, being on time to the instant, and where a case begins and ends.

use super::*;
use CaseStatus::{Closed, Open, Resolved, WaitingOnCustomer};
use ClockEventKind::{Activated, Breached, Fulfilled, Resumed};
use Metric::{FirstResolution, FirstResponse, NextResponse, TotalResolution, Update};
use entity::ClockState;

#[test]
fn rule_9_a_reopened_case_runs_on() {
    let promises = [
        promise(1, FirstResolution, 3 * HOUR),
        promise(2, TotalResolution, 3 * HOUR),
        promise(3, Update, 24 * HOUR),
    ];
    let case = Told::opened("02 09:00", &promises)
        .status("02 09:00", Open)
        .status("02 11:00", Resolved);
    let total = case.clock_of(2, "02 15:00");
    assert_eq!((total.state, total.fulfilled_at), (ClockState::Achieved, Some(at("02 11:00"))));
    assert_eq!((total.due_at, total.consumed), (Some(at("02 12:00")), 2 * HOUR));

    let case = case.message("02 20:00").status("02 20:00", Open);
    let first = case.clock_of(1, "02 23:00");
    assert_eq!((first.state, first.ended_at), (ClockState::Achieved, Some(at("02 11:00"))));
    let total = case.clock_of(2, "02 20:30");
    assert_eq!(
        (total.state, total.due_at, total.fulfilled_at),
        (ClockState::Pending, Some(at("02 21:00")), None)
    );
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
    assert_eq!(
        (ended.due_at, ended.ended_at, ended.overrun),
        (at("02 10:00"), Some(at("02 11:00")), Some(HOUR))
    );
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
fn what_is_opened_and_settled_at_one_instant_has_its_clocks() {
    let metrics = [FirstResponse, FirstResolution, TotalResolution];
    let promises: Vec<_> = metrics
        .iter()
        .zip(1..)
        .map(|(metric, number)| promise(number, *metric, HOUR))
        .collect();
    let case = Told::opened("02 09:00", &promises)
        .reply("02 09:00")
        .status("02 09:00", Open)
        .status("02 09:00", Resolved)
        .status("02 09:00", Closed);
    for clock in case.clocks("03 00:00") {
        assert_eq!(
            (clock.state, clock.fulfilled_at),
            (ClockState::Achieved, Some(at("02 09:00"))),
            "{clock:#?}"
        );
        assert_eq!((clock.due_at, clock.consumed), (Some(at("02 10:00")), 0));
    }
    assert_eq!(case.clocks("03 00:00").len(), 3);
}

#[test]
fn nothing_counts_before_the_opening_or_after_the_end() {
    let promises = [
        promise(1, FirstResponse, HOUR),
        promise(2, NextResponse, HOUR),
        promise(3, Update, HOUR),
    ];
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
    assert!(Told::nothing(&promises).message("02 08:00").clocks("03 00:00").is_empty());
}

#[test]
fn ten_thousand_facts_are_nothing_special() {
    let promises = [
        promise(1, NextResponse, 2 * MINUTE),
        promise(2, Update, HOUR),
        promise(3, TotalResolution, HOUR),
    ];
    let mut case = Told::opened("02 09:00", &promises).reply("02 09:00");
    let start = at("02 09:00");
    for pair in 1..=5_000 {
        let message = start.plus_micros(2 * pair * MINUTE);
        case.facts.push(Happened {
            at: message,
            fact: Fact::CustomerMessage,
        });
        case.facts.push(Happened {
            at: message.plus_micros(MINUTE),
            fact: Fact::Reply,
        });
    }
    let clocks = case.clocks("30 00:00");
    assert_eq!(clocks.len(), 5_000 + 5_001 + 1);
    assert!(clocks.iter().take(10_000).all(|clock| clock.state == ClockState::Achieved));
}
