//! Tests of the invented cases.

use std::collections::{HashMap, HashSet};

use entity::{CaseStatus, Timestamp, Visibility};

use super::promises::promised;
use super::{DemoCase, demo_cases};
use crate::features::cases::backdate::record::{CaseRecord, What};
use crate::features::cases::backdate::rules::{check_case, reopenings, steps};
use crate::features::demo::{DemoPlan, demo_community};

const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_123_456);

fn cases_of(plan: &DemoPlan) -> Vec<DemoCase> {
    demo_cases(plan, &demo_community(plan))
}

fn records(plan: &DemoPlan) -> Vec<CaseRecord> {
    cases_of(plan).into_iter().map(|case| case.record).collect()
}

fn status(record: &CaseRecord) -> CaseStatus {
    record.events.iter().fold(CaseStatus::New, |status, event| {
        steps(status, &event.what).unwrap().last().copied().unwrap_or(status)
    })
}

#[test]
fn the_same_plan_gives_the_same_cases() {
    let plan = DemoPlan::new(42, NOW);
    assert_eq!(records(&plan), records(&plan));
    assert_ne!(records(&plan), records(&DemoPlan::new(43, NOW)));
}

#[test]
fn every_case_can_have_happened() {
    for (seed, members, days) in [(42, 400, 730), (7, 400, 120), (3, 37, 60), (1, 20, 30), (1, 3, 1), (1, 0, 5)] {
        let plan = DemoPlan {
            members,
            days,
            ..DemoPlan::new(seed, NOW)
        };
        let records = records(&plan);
        for record in &records {
            assert_eq!(check_case(record, NOW), Ok(()), "{record:?}");
            assert!(record.events.iter().all(|event| event.at <= NOW));
            assert!(
                !record.subject.contains('{') && !record.text.as_deref().unwrap_or_default().contains('{'),
                "{record:?}"
            );
        }
        let ids: HashSet<&str> = records.iter().map(|record| record.external_id.as_str()).collect();
        assert_eq!(ids.len(), records.len());
    }
}

#[test]
fn cases_of_every_kind_are_there() {
    let records = records(&DemoPlan::new(42, NOW));
    assert!((60..=140).contains(&records.len()), "{}", records.len());
    let mut statuses: HashMap<CaseStatus, usize> = HashMap::new();
    for record in &records {
        *statuses.entry(status(record)).or_default() += 1;
    }
    for there in CaseStatus::ALL.iter().filter(|status| **status != CaseStatus::Merged) {
        assert!(statuses.contains_key(there), "{there}: {statuses:?}");
    }
    assert!(records.iter().filter(|record| reopenings(record) > 0).count() >= 3);
    assert!(records.iter().filter(|record| record.origin.is_some()).count() >= 20);
    for visibility in [Visibility::Public, Visibility::Private] {
        assert!(records.iter().filter(|record| record.visibility == visibility).count() >= 15);
    }
    for name in [
        "message",
        "reply",
        "note",
        "sentiment",
        "severity",
        "category",
        "visibility",
        "assignee",
    ] {
        assert!(
            records
                .iter()
                .flat_map(|record| &record.events)
                .any(|event| event.what.name() == name),
            "{name}"
        );
    }
}

#[test]
fn somebody_has_to_come_back_today() {
    let cases = cases_of(&DemoPlan::new(42, NOW));
    let due = cases
        .iter()
        .flat_map(|case| &case.amends.follow_ups)
        .map(|follow_up| follow_up.due_at);
    let soon = due.filter(|at| *at > NOW && *at < NOW.plus_micros(48 * 3_600_000_000));
    assert!(soon.count() >= 2);
    assert!(cases.iter().any(|case| case.merged_into.is_some()));
    assert!(cases.iter().any(|case| case.written_again.is_some()));
}

#[test]
fn staff_who_speak_are_in_the_forum() {
    let plan = DemoPlan::new(42, NOW);
    let community = demo_community(&plan);
    let members: HashSet<&str> = community.members.iter().map(|member| member.external_id.as_str()).collect();
    for record in records(&plan) {
        assert!(members.contains(record.member.as_str()));
        for event in &record.events {
            assert!(event.by.as_deref().is_none_or(|by| members.contains(by)), "{event:?}");
            assert_eq!(
                event.by.is_some(),
                matches!(event.what, What::Reply(_) | What::Note(_)),
                "{event:?}"
            );
        }
    }
}

#[test]
fn promises_hold_from_before_the_first_case() {
    let plan = DemoPlan::new(42, NOW);
    let first = records(&plan).iter().map(|record| record.opened_at).min().unwrap();
    let promises = promised(&plan);
    assert!(
        promises
            .expectations
            .iter()
            .all(|promise| promise.effective_from.is_some_and(|from| from < first))
    );
    assert!(promises.expectations.iter().all(|promise| promise.warn_before < promise.target));
    let [calendar] = promises.calendars.as_slice() else {
        panic!("{promises:?}")
    };
    assert!(calendar.holidays.len() >= 4 * 7 - 7);
}
