//! Rules 1 to 3, worked out by hand: what is owed, and when it is broken.

use super::*;
use crate::features::cases::clocks::replay::Breach;
use CaseStatus::{Closed, Open, Resolved, WaitingOnCustomer};
use ClockEventKind::{Activated, Breached, Cancelled};
use Metric::{FirstResponse, NextResponse};
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
    let breach = late.breach.unwrap();
    assert_eq!(
        (breach.due_at, breach.ended_at, breach.overrun),
        (at("02 10:00"), None, None),
        "it is owed in the case in which this one goes on"
    );
}

#[test]
fn rule_3_next_responses_count_from_the_oldest_unanswered_message() {
    let case = Told::opened("02 09:00", &[promise(1, NextResponse, HOUR)])
        .message("02 09:10")
        .reply("02 09:30");
    assert!(
        case.clocks("02 12:00").is_empty(),
        "there was no first response before that message"
    );

    let case = case
        .message("02 10:00")
        .message("02 10:40")
        .status("02 10:45", Resolved)
        .reply("02 11:05")
        .message("02 13:00");
    let clocks = case.clocks("02 13:30");
    let told: Vec<_> = clocks.iter().map(|clock| (clock.instance, clock.started_at, clock.state)).collect();
    let expected = [(1, at("02 10:00"), ClockState::Breached), (2, at("02 13:00"), ClockState::Pending)];
    assert_eq!(told, expected);
    assert_eq!(clocks[0].breach.unwrap().overrun, Some(5 * MINUTE));
}

#[test]
fn rule_3_at_one_instant_the_order_of_telling_decides_what_was_answered() {
    let case = || Told::opened("02 09:00", &[promise(1, NextResponse, HOUR)]).reply("02 09:30");
    assert!(case().message("02 10:00").reply("02 10:00").clocks("02 12:00").is_empty());
    assert_eq!(case().reply("02 10:00").message("02 10:00").clocks("02 12:00").len(), 1);
}
