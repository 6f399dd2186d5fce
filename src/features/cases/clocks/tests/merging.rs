//! Rule 10: when cases are merged, the earliest open clock of each metric goes on.

use super::*;
use crate::features::cases::clocks::facts::Carried;
use crate::features::cases::clocks::replay::{Breach, carried};
use CaseStatus::{Closed, Open, Resolved, WaitingOnCustomer};
use ClockEventKind::{Activated, Cancelled, Fulfilled};
use Metric::{FirstResolution, FirstResponse, NextResponse, TotalResolution, Update};
use entity::{CaseId, ClockState};

const OTHER: CaseId = CaseId(7);

/// What a case with this promise, opened when, brings along when it is merged.
fn brought(opened: &str, promise: &Promise, merged: &str) -> Fact {
    let case = Told::opened(opened, std::slice::from_ref(promise)).status(opened, Open);
    Fact::Absorbed(carried(&case.clocks(merged), OTHER, at(merged)))
}

fn of(clocks: &[Clock], carried_from: Option<CaseId>) -> &Clock {
    clocks.iter().find(|clock| clock.carried_from == carried_from).unwrap()
}

#[test]
fn a_case_takes_its_open_clocks_along() {
    let promises = [
        promise(1, FirstResponse, HOUR),
        promise(2, FirstResolution, 2 * HOUR),
        promise(3, TotalResolution, 8 * HOUR),
    ];
    let case = Told::opened("02 09:00", &promises)
        .reply("02 09:10")
        .status("02 11:30", WaitingOnCustomer);
    let taken = carried(&case.clocks("02 12:00"), OTHER, at("02 12:00"));
    let expected = |number, metric, due_at| Carried {
        expectation: ExpectationId(number),
        calendar: None,
        metric,
        started_at: at("02 09:00"),
        consumed: 150 * MINUTE,
        from_case: OTHER,
        instance: 1,
        due_at,
    };
    let resolution = expected(2, FirstResolution, Some(at("02 11:00")));
    assert_eq!(taken, [resolution, expected(3, TotalResolution, None)]);
    let text = serde_json::to_string(&taken).unwrap();
    assert!(
        text.contains(r#""fromCase":7"#) && text.contains(r#""dueAt":"2026-03-02T11:00:00Z""#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Vec<Carried>>(&text).unwrap(), taken);
}

#[test]
fn the_earliest_open_clock_wins() {
    let promise = promise(1, FirstResolution, 8 * HOUR);
    // The other case is older by an hour: its clock is due at 16:00, this one's at 17:00.
    let case = || {
        Told::opened("02 09:00", std::slice::from_ref(&promise))
            .status("02 09:00", Open)
            .then("02 12:00", brought("02 08:00", &promise, "02 12:00"))
    };
    let clocks = case().clocks("02 13:00");
    let (own, other) = (of(&clocks, None), of(&clocks, Some(OTHER)));
    assert_eq!((own.state, own.ended_at), (ClockState::Cancelled, Some(at("02 12:00"))));
    assert_eq!(
        (other.state, other.started_at, other.consumed),
        (ClockState::Pending, at("02 08:00"), 5 * HOUR)
    );
    assert_eq!(other.due_at, Some(at("02 16:00")));

    let clocks = case().status("02 15:00", Resolved).clocks("03 00:00");
    let other = of(&clocks, Some(OTHER));
    assert_eq!((other.state, other.fulfilled_at), (ClockState::Achieved, Some(at("02 15:00"))));
    assert_eq!(log(other), [(at("02 12:00"), Activated), (at("02 15:00"), Fulfilled)]);

    let later = Told::opened("02 09:00", std::slice::from_ref(&promise)).then("02 12:00", brought("02 10:00", &promise, "02 12:00"));
    let clocks = later.clocks("02 13:00");
    let (own, other) = (of(&clocks, None), of(&clocks, Some(OTHER)));
    assert_eq!((own.state, own.due_at), (ClockState::Pending, Some(at("02 17:00"))));
    assert_eq!((other.state, other.due_at), (ClockState::Cancelled, Some(at("02 18:00"))));
    assert_eq!(log(other), [(at("02 12:00"), Activated), (at("02 12:00"), Cancelled)]);
}

#[test]
fn what_is_overdue_comes_before_what_is_not() {
    let promise = promise(1, FirstResponse, HOUR);
    let case = Told::opened("02 11:30", std::slice::from_ref(&promise)).then("02 12:00", brought("02 09:00", &promise, "02 12:00"));
    let clocks = case.clocks("02 12:10");
    assert_eq!(of(&clocks, None).state, ClockState::Cancelled);
    let other = of(&clocks, Some(OTHER));
    assert_eq!((other.state, other.due_at), (ClockState::Breaching, Some(at("02 10:00"))));
    let clocks = case.reply("02 12:30").clocks("03 00:00");
    let expected = Breach {
        due_at: at("02 10:00"),
        ended_at: Some(at("02 12:30")),
        overrun: Some(150 * MINUTE),
    };
    assert_eq!(of(&clocks, Some(OTHER)).breach, Some(expected));
}

#[test]
fn what_was_broken_before_is_not_broken_once_more() {
    let promise = promise(1, FirstResponse, HOUR);
    let case = Told::opened("02 11:30", std::slice::from_ref(&promise)).then("02 12:00", brought("02 09:00", &promise, "02 12:00"));
    let clocks = case.reply("02 12:30").clocks("03 00:00");
    let other = of(&clocks, Some(OTHER));
    assert!(other.came_broken);
    assert_eq!(
        log(other),
        [(at("02 12:00"), Activated), (at("02 12:30"), Fulfilled)],
        "it was told in the other case"
    );
    assert!(!of(&clocks, None).came_broken);
    let left = Told::opened("02 09:00", std::slice::from_ref(&promise)).then("02 12:00", Fact::MergedAway);
    let left = left.clock("03 00:00");
    assert_eq!((left.state, left.ended_at), (ClockState::Breached, Some(at("02 12:00"))));
    let breach = left.breach.unwrap();
    assert_eq!((breach.due_at, breach.ended_at, breach.overrun), (at("02 10:00"), None, None));
}

#[test]
fn what_is_overdue_never_loses() {
    let promise = promise(1, FirstResponse, HOUR);
    let case = Told::opened("02 09:30", std::slice::from_ref(&promise)).then("02 12:00", brought("02 09:00", &promise, "02 12:00"));
    let clocks = case.clocks("02 13:00");
    assert!(clocks.iter().all(|clock| clock.state == ClockState::Breaching), "{clocks:#?}");
    let clocks = case.reply("02 13:00").clocks("03 00:00");
    let ends: Vec<_> = [None, Some(OTHER)].map(|from| of(&clocks, from).breach.unwrap()).into();
    let told: Vec<_> = ends.iter().map(|breach| (breach.ended_at, breach.overrun)).collect();
    let expected = [150, 180].map(|late| (Some(at("02 13:00")), Some(late * MINUTE)));
    assert_eq!(told, expected, "each is late until the customer is answered");
}

#[test]
fn what_was_brought_keeps_the_name_of_where_it_began() {
    let promise = promise(1, FirstResponse, HOUR);
    let case = Told::opened("02 11:30", std::slice::from_ref(&promise)).then("02 12:00", brought("02 09:00", &promise, "02 12:00"));
    let again = carried(&case.clocks("02 12:10"), CaseId(8), at("02 12:10"));
    let told: Vec<_> = again.iter().map(|clock| (clock.from_case, clock.due_at, clock.consumed)).collect();
    assert_eq!(told, [(OTHER, Some(at("02 10:00")), 190 * MINUTE)]);
}

#[test]
fn who_was_not_answered_in_the_other_case_waits_here_since_they_asked() {
    let promises = [promise(1, NextResponse, HOUR)];
    let case = || Told::opened("02 09:00", &promises);
    let answered = case().reply("02 09:30").then("02 12:00", Fact::Waited(at("02 08:00")));
    let clock = answered.clock("02 12:10");
    assert_eq!((clock.state, clock.started_at), (ClockState::Breaching, at("02 08:00")));
    assert_eq!((clock.due_at, clock.consumed), (Some(at("02 09:00")), 250 * MINUTE));
    assert_eq!(answered.reply("02 12:20").clock("03 00:00").state, ClockState::Breached);
    // Before the first response it is that which is owed.
    let new = case().then("02 12:00", Fact::Waited(at("02 08:00")));
    assert!(new.clocks("02 12:10").is_empty());
    assert!(new.reply("02 12:20").clocks("03 00:00").is_empty(), "one answer is enough");
    // What is owed already stays as it is.
    let asked = case()
        .reply("02 09:30")
        .message("02 11:30")
        .then("02 12:00", Fact::Waited(at("02 08:00")));
    assert_eq!(asked.clock("02 12:10").started_at, at("02 11:30"));
}

#[test]
fn paused_clocks_compete_as_if_they_ran() {
    let (own, other) = (promise(1, FirstResolution, 4 * HOUR), promise(2, FirstResolution, 5 * HOUR));
    let case = Told::opened("02 09:00", std::slice::from_ref(&own)).status("02 10:00", WaitingOnCustomer);
    // This case's has three hours left, the other's four.
    let mut case = case.then("02 12:00", brought("02 11:00", &other, "02 12:00"));
    case.promises.push(other);
    let clocks = case.clocks("02 13:00");
    let own = of(&clocks, None);
    assert_eq!((own.state, own.paused_at), (ClockState::Pending, Some(at("02 10:00"))));
    assert_eq!(of(&clocks, Some(OTHER)).state, ClockState::Cancelled);
}

#[test]
fn a_carried_clock_follows_the_statuses_of_its_new_case() {
    let promise = promise(1, FirstResolution, 4 * HOUR);
    let case = Told::nothing(std::slice::from_ref(&promise))
        .then("02 09:00", Fact::Opened)
        .status("02 10:00", WaitingOnCustomer)
        .then("02 12:00", brought("02 11:00", &promise, "02 12:00"));
    let clock = case.clock("02 18:00");
    assert_eq!((clock.paused_at, clock.consumed), (Some(at("02 12:00")), HOUR));
    let clock = case.status("02 20:00", Open).clock("02 20:30");
    assert_eq!(clock.due_at, Some(at("02 23:00")));
}

#[test]
fn without_a_counterpart_it_ends_with_what_meets_it_next() {
    let promises = [promise(1, NextResponse, HOUR), promise(2, Update, 8 * HOUR)];
    let other = Told::opened("02 08:00", &promises).reply("02 08:30").message("02 11:30");
    let brought = Fact::Absorbed(carried(&other.clocks("02 12:00"), OTHER, at("02 12:00")));
    let case = Told::nothing(&promises).then("02 09:00", Fact::Opened).then("02 12:00", brought);
    assert_eq!(case.clocks("02 12:15").len(), 2);
    let clocks = case.reply("02 12:20").clocks("02 13:00");
    assert!(
        clocks
            .iter()
            .all(|clock| clock.state == ClockState::Achieved && clock.carried_from == Some(OTHER))
    );
}

#[test]
fn what_was_resolved_before_is_not_what_came_along() {
    let promises = [promise(1, FirstResolution, 8 * HOUR), promise(2, TotalResolution, 8 * HOUR)];
    let brought = |number: usize| brought("02 11:00", &promises[number], "02 12:00");
    let case = Told::opened("02 09:00", &promises)
        .status("02 09:00", Open)
        .status("02 10:00", Resolved)
        .then("02 12:00", brought(0))
        .then("02 12:00", brought(1));
    let clocks = case.clocks("02 13:00");
    let open: Vec<_> = clocks.iter().filter(|clock| clock.ended_at.is_none()).collect();
    assert_eq!(open.len(), 2);
    assert!(
        open.iter()
            .all(|clock| clock.carried_from == Some(OTHER) && clock.consumed == 2 * HOUR)
    );

    let case = case.status("02 14:00", Open).status("02 15:00", Resolved);
    let clocks = case.clocks("03 00:00");
    let others = clocks.iter().filter(|clock| clock.carried_from == Some(OTHER));
    let ended: Vec<_> = others.map(|clock| (clock.state, clock.ended_at, clock.consumed)).collect();
    assert_eq!(ended, [(ClockState::Achieved, Some(at("02 15:00")), 4 * HOUR); 2]);
}

#[test]
fn a_promise_that_lost_does_not_start_again() {
    let promise = promise(1, FirstResolution, 8 * HOUR);
    let case = Told::opened("02 09:00", std::slice::from_ref(&promise))
        .then("02 12:00", brought("02 08:00", &promise, "02 12:00"))
        .chosen("02 13:00", &[])
        .chosen("02 14:00", &[1]);
    let clocks = case.clocks("02 15:00");
    assert_eq!(clocks.len(), 2);
    assert_eq!(
        (of(&clocks, None).state, of(&clocks, None).ended_at),
        (ClockState::Cancelled, Some(at("02 12:00")))
    );
    let other = of(&clocks, Some(OTHER));
    assert_eq!(
        (other.state, other.ended_at),
        (ClockState::Pending, None),
        "what was brought does not depend on the choice"
    );
}

#[test]
fn a_case_that_was_merged_away_drops_what_it_owed() {
    let promises = [
        promise(1, FirstResolution, HOUR),
        promise(2, TotalResolution, 8 * HOUR),
        promise(3, Update, HOUR),
    ];
    let case = Told::opened("02 09:00", &promises)
        .reply("02 11:30")
        .then("02 12:00", Fact::MergedAway);
    let told: Vec<_> = case.clocks("03 00:00").iter().map(|clock| (clock.metric, clock.state)).collect();
    let expected = [
        (Update, ClockState::Cancelled),
        (FirstResolution, ClockState::Breached),
        (TotalResolution, ClockState::Cancelled),
    ];
    assert_eq!(told, expected);
    assert!(
        carried(&case.clocks("03 00:00"), OTHER, at("02 12:00")).is_empty(),
        "it is asked before the merging is told"
    );
    let over = case
        .then("02 13:00", brought("02 09:00", &promises[0], "02 13:00"))
        .status("02 13:00", Closed);
    assert_eq!(over.clocks("03 00:00").len(), 3);
}
