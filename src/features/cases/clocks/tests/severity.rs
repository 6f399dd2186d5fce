//! Rule 8: when severity changes, other promises hold, from the original start and with the pauses so far.

use super::*;
use CaseStatus::{OnHold, Open, Resolved, WaitingOnCustomer};
use ClockEventKind::{Activated, Breached, Cancelled, Fulfilled, Paused, Resumed};
use Metric::{FirstResolution, FirstResponse, TotalResolution};
use entity::ClockState;

const LOW: i64 = 1;
const HIGH: i64 = 2;

/// A case that was opened as a trifle, to be resolved within eight hours; within two, once it is more.
fn case(metric: Metric) -> Told {
    let promises = [promise(LOW, metric, 8 * HOUR), promise(HIGH, metric, 2 * HOUR)];
    Told::opened("02 09:00", &promises).chosen("02 09:00", &[LOW])
}

#[test]
fn a_new_promise_counts_from_the_original_start() {
    let case = case(FirstResponse).chosen("02 10:00", &[HIGH]);
    let (low, high) = (case.clock_of(LOW, "02 10:30"), case.clock_of(HIGH, "02 10:30"));
    assert_eq!(
        (low.state, low.ended_at, low.due_at),
        (ClockState::Cancelled, Some(at("02 10:00")), Some(at("02 17:00")))
    );
    assert_eq!(
        (high.state, high.started_at, high.instance),
        (ClockState::Pending, at("02 09:00"), 1)
    );
    assert_eq!((high.due_at, high.consumed), (Some(at("02 11:00")), 90 * MINUTE));
}

#[test]
fn it_can_be_overdue_at_once() {
    let high = case(FirstResponse).chosen("02 12:00", &[HIGH]).clock_of(HIGH, "02 12:00");
    assert_eq!(high.state, ClockState::Breaching);
    assert_eq!(high.breach.unwrap().due_at, at("02 11:00"));
}

#[test]
fn the_pauses_so_far_are_carried() {
    let paused = case(FirstResolution).status("02 09:30", WaitingOnCustomer);
    let high = paused.then("02 10:00", Fact::Promises(vec![(ExpectationId(HIGH), None)]));
    let clock = high.clock_of(HIGH, "02 12:00");
    assert_eq!(
        (clock.state, clock.consumed, clock.paused_at),
        (ClockState::Pending, 30 * MINUTE, Some(at("02 09:30")))
    );
    let clock = high.status("02 15:00", Open).clock_of(HIGH, "02 15:10");
    assert_eq!(clock.due_at, Some(at("02 16:30")));
    let expected = [(at("02 09:00"), Activated), (at("02 09:30"), Paused), (at("02 15:00"), Resumed)];
    assert_eq!(log(&clock), expected);
}

#[test]
fn past_breaches_stay_facts() {
    let promises = [promise(LOW, FirstResponse, 8 * HOUR), promise(HIGH, FirstResponse, 2 * HOUR)];
    let case = Told::opened("02 09:00", &promises)
        .chosen("02 09:00", &[HIGH])
        .chosen("02 11:30", &[LOW]);
    let high = case.clock_of(HIGH, "02 12:00");
    assert_eq!(
        (high.state, high.ended_at, high.fulfilled_at),
        (ClockState::Breached, Some(at("02 11:30")), None)
    );
    assert_eq!(high.breach.unwrap().overrun, Some(30 * MINUTE));
    assert_eq!(log(&high), [(at("02 09:00"), Activated), (at("02 11:00"), Breached)]);
    assert_eq!(case.clock_of(LOW, "02 12:00").state, ClockState::Pending);
}

#[test]
fn a_promise_that_held_before_goes_on() {
    let case = case(FirstResponse).chosen("02 10:00", &[LOW, HIGH]);
    let low = case.clock_of(LOW, "02 12:00");
    assert_eq!((low.state, low.consumed), (ClockState::Pending, 3 * HOUR));
    assert_eq!(log(&low), [(at("02 09:00"), Activated)]);
}

#[test]
fn a_promise_that_holds_again_has_the_same_clock() {
    let case = case(FirstResponse)
        .chosen("02 10:00", &[HIGH])
        .chosen("02 10:30", &[LOW])
        .chosen("02 12:00", &[HIGH]);
    assert_eq!(case.clocks("02 13:00").len(), 2);
    let (low, high) = (case.clock_of(LOW, "02 13:00"), case.clock_of(HIGH, "02 13:00"));
    assert_eq!((low.state, low.ended_at), (ClockState::Cancelled, Some(at("02 12:00"))));
    let expected = [
        (at("02 09:00"), Activated),
        (at("02 10:00"), Cancelled),
        (at("02 10:30"), Activated),
        (at("02 12:00"), Cancelled),
    ];
    assert_eq!(log(&low), expected);
    assert_eq!((high.state, high.due_at), (ClockState::Breaching, Some(at("02 11:00"))));
}

#[test]
fn what_ended_before_gets_no_new_clock() {
    let case = case(FirstResponse).reply("02 09:30").chosen("02 10:00", &[HIGH]);
    assert_eq!(case.clock("02 12:00").expectation, ExpectationId(LOW));
    // What is met at the very instant of the change was met under the old promise.
    let case = self::case(FirstResponse).chosen("02 10:00", &[HIGH]).reply("02 10:00");
    let clock = case.clock("02 12:00");
    assert_eq!((clock.expectation, clock.state), (ExpectationId(LOW), ClockState::Achieved));
}

#[test]
fn a_resolved_total_is_left_alone_until_the_case_is_reopened() {
    let case = case(TotalResolution).status("02 10:00", Resolved).chosen("02 11:00", &[HIGH]);
    let low = case.clock("02 12:00");
    assert_eq!((low.expectation, low.state), (ExpectationId(LOW), ClockState::Achieved));

    let case = case.status("02 20:00", Open);
    let (low, high) = (case.clock_of(LOW, "02 21:30"), case.clock_of(HIGH, "02 21:30"));
    assert_eq!((low.state, low.ended_at), (ClockState::Achieved, Some(at("02 10:00"))));
    assert_eq!((high.state, high.due_at), (ClockState::Breaching, Some(at("02 21:00"))));
    let expected = [
        (at("02 09:00"), Activated),
        (at("02 10:00"), Fulfilled),
        (at("02 20:00"), Resumed),
        (at("02 21:00"), Breached),
    ];
    assert_eq!(log(&high), expected);
}

#[test]
fn how_it_stood_before_the_instant_decides_how_it_ends() {
    let case = case(FirstResolution).status("02 10:00", OnHold).chosen("02 10:00", &[HIGH]);
    let low = case.clock_of(LOW, "02 12:00");
    assert_eq!((low.state, low.due_at), (ClockState::Cancelled, Some(at("02 17:00"))));
    assert_eq!(log(&low), [(at("02 09:00"), Activated), (at("02 10:00"), Cancelled)]);
    let high = case.clock_of(HIGH, "02 12:00");
    assert_eq!((high.state, high.paused_at), (ClockState::Pending, Some(at("02 10:00"))));
}
