//! Tests of the life of a follow-up.

use entity::CommunityId;
use proptest::prelude::*;

use super::*;

const ZONE: &str = "Europe/Berlin";
const HOUR: i64 = 3_600 * 1_000_000;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Planned on a Monday at 10:00 for Wednesday at 14:00, local time.
fn planned() -> follow_up::Model {
    let mut row = follow_up::Model {
        community_id: CommunityId(1),
        id: FollowUpId(1),
        case_id: CaseId(1),
        kind: FollowUpKind::Promise,
        status: Status::Scheduled,
        description: "Call back".to_owned(),
        promised_to_member: true,
        owner_id: Some(StaffId(1)),
        created_by: "staff:1".to_owned(),
        created_at: monday(),
        due_at: wednesday(),
        original_due_at: wednesday(),
        completed_at: None,
        outcome: None,
        cancelled_at: None,
        cancel_reason: None,
        next_at: None,
    };
    assert!(plan(&mut row, wednesday(), ZONE, monday()).is_empty());
    row
}

fn monday() -> Timestamp {
    at("2026-11-23T09:00:00Z")
}

fn wednesday() -> Timestamp {
    at("2026-11-25T13:00:00Z")
}

fn wednesday_begins() -> Timestamp {
    at("2026-11-24T23:00:00Z")
}

fn kinds(steps: &[Step]) -> Vec<CaseEventKind> {
    steps.iter().map(|(kind, _)| *kind).collect()
}

#[test]
fn its_day_begins_with_the_local_day() {
    let mut row = planned();
    assert_eq!(row.next_at, Some(wednesday_begins()));
    assert!(advance(&mut row, wednesday_begins().plus_micros(-1)).is_empty());
    let steps = advance(&mut row, wednesday_begins());
    assert_eq!(steps, [(CaseEventKind::FollowUpDue, wednesday_begins())]);
    assert_eq!((row.status, row.next_at), (Status::Due, Some(wednesday().plus_micros(1))));
    assert!(advance(&mut row, wednesday_begins()).is_empty());
}

#[test]
fn it_is_missed_only_after_its_time() {
    let mut row = planned();
    advance(&mut row, wednesday());
    assert_eq!(row.status, Status::Due);
    let steps = advance(&mut row, wednesday().plus_micros(1));
    assert_eq!(steps, [(CaseEventKind::FollowUpMissed, wednesday())]);
    assert_eq!((row.status, row.next_at), (Status::Missed, None));
}

#[test]
fn what_nobody_told_is_made_up_for_at_the_right_times() {
    let mut row = planned();
    let steps = advance(&mut row, at("2026-12-24T00:00:00Z"));
    let expected = [
        (CaseEventKind::FollowUpDue, wednesday_begins()),
        (CaseEventKind::FollowUpMissed, wednesday()),
    ];
    assert_eq!(steps, expected);
}

#[test]
fn one_for_later_today_is_due_at_once() {
    let mut row = planned();
    let steps = plan(&mut row, monday().plus_micros(HOUR), ZONE, monday());
    assert_eq!(steps, [(CaseEventKind::FollowUpDue, monday())]);
    assert_eq!(row.status, Status::Due);
}

#[test]
fn done_exactly_on_time_is_kept_and_done_later_is_missed_all_the_same() {
    let mut row = planned();
    let steps = complete(&mut row, "They are happy", wednesday()).unwrap();
    assert_eq!(kinds(&steps), [CaseEventKind::FollowUpDue, CaseEventKind::FollowUpKept]);
    assert_eq!((row.status, row.completed_at, row.next_at), (Status::Kept, Some(wednesday()), None));
    assert_eq!(kept(&row, wednesday()), Some(true));

    let mut row = planned();
    let late = wednesday().plus_micros(1);
    let steps = complete(&mut row, "They were annoyed", late).unwrap();
    let expected = [
        CaseEventKind::FollowUpDue,
        CaseEventKind::FollowUpMissed,
        CaseEventKind::FollowUpCompletedLate,
    ];
    assert_eq!(kinds(&steps), expected);
    assert_eq!((row.status, row.completed_at), (Status::Missed, Some(late)));
    assert_eq!(kept(&row, late), Some(false));
    let again = complete(&mut row, "Once more", late).unwrap_err();
    assert_eq!(
        (again.code, again.field),
        (UserErrorCode::NotAllowedNow, vec!["followUpId".to_owned()])
    );
}

#[test]
fn what_came_in_time_counts_also_when_it_was_announced_as_missed_before() {
    let announced = || {
        let mut row = planned();
        advance(&mut row, wednesday().plus_micros(1));
        assert_eq!((row.status, row.next_at), (Status::Missed, None));
        row
    };
    let mut row = announced();
    let steps = complete(&mut row, "They are happy", wednesday()).unwrap();
    assert_eq!(steps, [(CaseEventKind::FollowUpKept, wednesday())]);
    assert_eq!((row.status, row.completed_at, row.next_at), (Status::Kept, Some(wednesday()), None));
    assert_eq!(kept(&row, wednesday().plus_micros(HOUR)), Some(true));
    assert!(complete(&mut row, "Once more", wednesday()).is_err());

    let mut row = announced();
    let steps = cancel(&mut row, "They wrote", wednesday()).unwrap();
    assert_eq!(steps, [(CaseEventKind::FollowUpCancelled, wednesday())]);
    assert_eq!((row.status, kept(&row, wednesday().plus_micros(HOUR))), (Status::Cancelled, None));

    // Its day was told of; it is not once more.
    for (to, status) in [
        (wednesday().plus_micros(HOUR), Status::Due),
        (at("2026-11-27T13:00:00Z"), Status::Scheduled),
    ] {
        let mut row = announced();
        let steps = reschedule(&mut row, to, ZONE, wednesday()).unwrap();
        assert_eq!(steps, [(CaseEventKind::FollowUpRescheduled, wednesday())]);
        assert_eq!((row.status, row.due_at), (status, to));
        assert!(row.next_at.is_some());
    }
    // What was done late is done.
    let mut row = announced();
    complete(&mut row, "They were annoyed", wednesday().plus_micros(1)).unwrap();
    assert!(complete(&mut row, "They are happy", wednesday()).is_err());
}

#[test]
fn putting_off_does_not_reset_what_counts() {
    let mut row = planned();
    let friday = at("2026-11-27T13:00:00Z");
    let steps = reschedule(&mut row, friday, ZONE, monday()).unwrap();
    assert_eq!(kinds(&steps), [CaseEventKind::FollowUpRescheduled]);
    assert_eq!((row.due_at, row.original_due_at), (friday, wednesday()));
    assert_eq!(kept(&row, wednesday()), None);
    assert_eq!(kept(&row, wednesday().plus_micros(1)), Some(false));
    complete(&mut row, "Done", friday).unwrap();
    assert_eq!(row.status, Status::Kept);
    assert_eq!(kept(&row, friday), Some(false));
}

#[test]
fn one_that_is_due_and_put_off_becomes_due_again_on_its_new_day_only() {
    let mut row = planned();
    advance(&mut row, wednesday_begins());
    let evening = wednesday().plus_micros(HOUR);
    assert_eq!(
        kinds(&reschedule(&mut row, evening, ZONE, wednesday()).unwrap()),
        [CaseEventKind::FollowUpRescheduled]
    );
    assert_eq!(row.status, Status::Due);
    let friday = at("2026-11-27T13:00:00Z");
    reschedule(&mut row, friday, ZONE, wednesday()).unwrap();
    assert_eq!((row.status, row.next_at), (Status::Scheduled, Some(at("2026-11-26T23:00:00Z"))));
    assert!(reschedule(&mut row, friday, ZONE, wednesday()).unwrap().is_empty());
}

#[test]
fn what_is_over_is_neither_put_off_nor_cancelled() {
    let mut missed = planned();
    let late = wednesday().plus_micros(1);
    advance(&mut missed, late);
    let mut cancelled = planned();
    cancel(&mut cancelled, "They wrote", monday()).unwrap();
    assert_eq!((cancelled.status, cancelled.next_at), (Status::Cancelled, None));
    let mut done = planned();
    complete(&mut done, "Done", monday()).unwrap();
    for row in [missed, cancelled, done] {
        assert!(reschedule(&mut row.clone(), late.plus_micros(HOUR), ZONE, late).is_err());
        assert!(cancel(&mut row.clone(), "Not needed", late).is_err());
    }
    assert_eq!(reschedule(&mut planned(), monday(), ZONE, monday()).unwrap_err().field, ["dueAt"]);
}

#[test]
fn a_reminder_that_was_missed_can_be_dropped() {
    let nudge = || follow_up::Model {
        kind: FollowUpKind::Nudge,
        ..planned()
    };
    let late = wednesday().plus_micros(1);
    let mut row = nudge();
    let steps = cancel(&mut row, "They wrote", late).unwrap();
    let expected = [
        CaseEventKind::FollowUpDue,
        CaseEventKind::FollowUpMissed,
        CaseEventKind::FollowUpCancelled,
    ];
    assert_eq!(kinds(&steps), expected);
    assert_eq!((row.status, row.cancelled_at, row.next_at), (Status::Cancelled, Some(late), None));
    assert!(cancel(&mut row, "Once more", late).is_err());
    let mut done = nudge();
    complete(&mut done, "Asked", late).unwrap();
    assert!(cancel(&mut done, "They wrote", late).is_err(), "what was done late is done");
    let mut row = nudge();
    assert!(
        reschedule(&mut row, late.plus_micros(HOUR), ZONE, late).is_err(),
        "plan another one"
    );
}

#[test]
fn what_is_still_to_be_done_can_change_hands() {
    let mut row = planned();
    assert_eq!(
        assign(&mut row, Some(StaffId(2)), monday()).unwrap(),
        [(CaseEventKind::FollowUpAssigned, monday())]
    );
    assert_eq!(row.owner_id, Some(StaffId(2)));
    assert!(assign(&mut row, Some(StaffId(2)), monday()).unwrap().is_empty());
    // Somebody may make up for what was missed.
    let late = wednesday().plus_micros(1);
    advance(&mut row, late);
    assert_eq!(assign(&mut row, None, late).unwrap(), [(CaseEventKind::FollowUpAssigned, late)]);
    complete(&mut row, "Done", late).unwrap();
    assert_eq!(assign(&mut row, Some(StaffId(1)), late).unwrap_err().field, ["followUpId"]);
    let mut cancelled = planned();
    cancel(&mut cancelled, "They wrote", monday()).unwrap();
    assert!(assign(&mut cancelled, None, monday()).is_err());
}

#[test]
fn cancelling_counts_only_once_the_first_time_has_passed() {
    let mut row = planned();
    cancel(&mut row, "They wrote", monday()).unwrap();
    assert_eq!(kept(&row, at("2027-01-01T00:00:00Z")), None);
    let mut row = planned();
    reschedule(&mut row, at("2026-11-30T13:00:00Z"), ZONE, monday()).unwrap();
    cancel(&mut row, "We forgot", wednesday().plus_micros(1)).unwrap();
    assert_eq!(kept(&row, at("2027-01-01T00:00:00Z")), Some(false));
    let nudge = follow_up::Model {
        kind: FollowUpKind::Nudge,
        ..planned()
    };
    assert_eq!(kept(&nudge, at("2027-01-01T00:00:00Z")), None);
}

#[test]
fn a_nudge_is_not_promised() {
    let new = NewFollowUp {
        case: CaseId(1),
        kind: FollowUpKind::Nudge,
        description: "Ask again".to_owned(),
        due_at: wednesday(),
        owner: None,
        promised_to_member: None,
    };
    assert!(!new.promised_to_member());
    let wrong = |new: &NewFollowUp, now| -> Vec<String> { new.check(now).iter().map(|error| error.field.join(".")).collect() };
    assert_eq!(wrong(&new, monday()), [""; 0]);
    assert_eq!(wrong(&new, wednesday()), ["dueAt"]);
    let promised = NewFollowUp {
        promised_to_member: Some(true),
        ..new
    };
    assert_eq!(wrong(&promised, monday()), ["promisedToMember"]);
    assert_eq!(wrong(&promised, wednesday()), ["dueAt", "promisedToMember"], "all at once");
}

proptest! {
    /// Looking more often changes nothing but when it is told.
    #[test]
    fn where_it_stands_does_not_depend_on_who_looked(
        due in 1_i64..1_000 * HOUR,
        mut looks in proptest::collection::vec(0_i64..1_200 * HOUR, 1..12),
    ) {
        let due = monday().plus_micros(due);
        let mut often = planned();
        plan(&mut often, due, ZONE, monday());
        let fresh = often.clone();
        looks.sort_unstable();
        let mut told = Vec::new();
        for look in &looks {
            let now = monday().plus_micros(*look);
            let expected = status_at(&often, now);
            told.extend(advance(&mut often, now));
            prop_assert_eq!(often.status, expected);
        }
        let last = monday().plus_micros(looks.last().copied().unwrap_or_default());
        let mut once = fresh;
        let expected = advance(&mut once, last);
        prop_assert_eq!(told, expected);
        prop_assert_eq!(once, often);
    }
}
