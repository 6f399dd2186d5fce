//! What is found in records that are made up, in an attack, and in the demo.

use entity::{Consent, InteractionKind as Kind, MemberId, Timestamp};
use std::collections::{HashMap, HashSet};

use super::finding::{Finding, Pattern};
use super::service::look;
use crate::features::demo::{DemoPlan, demo_community};
use crate::features::evaluation::attack::{Preparation, attack};
use crate::features::evaluation::record::Record;
use crate::features::influence::ledger::{Entry, Person};
use crate::features::influence::model::ScoringModel;
use crate::features::influence::trust::Footing;

const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);
const DAY: i64 = 86_400 * 1_000_000;
/// Members who know each other for long.
const REGULARS: i64 = 48;

fn person(id: i64) -> Person {
    Person {
        id: MemberId(id),
        root: MemberId(id),
        is_scored: true,
        footing: Footing::Earns,
    }
}

fn did(kind: Kind, actor: i64, target: i64, days_ago: i64) -> Entry {
    Entry {
        kind,
        actor: Some(MemberId(actor)),
        target: Some(MemberId(target)),
        at: NOW.plus_micros(-days_ago * DAY),
        factor: 1.0,
    }
}

/// A community in which each regular answered and was thanked by the next five, half a year ago.
fn regulars() -> Vec<Entry> {
    let pair = |own: i64, step: i64| (own, (own + step) % REGULARS);
    let pairs = (0..REGULARS).flat_map(|own| (1..=5).map(move |step| pair(own, step)));
    pairs
        .flat_map(|(helper, helped)| {
            [
                did(Kind::Answer, helper, helped, 200 - helper),
                did(Kind::Kudos, helped, helper, 199 - helper),
            ]
        })
        .collect()
}

/// What is found in a community of the regulars and these others, who did this.
fn found(others: i64, more: Vec<Entry>) -> Vec<Finding> {
    let people: Vec<Person> = (0..REGULARS + others).map(person).collect();
    let entries = [regulars(), more].concat();
    look(&Record::new(&people, &entries), &ScoringModel::default(), NOW)
}

fn ids(finding: &Finding) -> Vec<i64> {
    finding.members.iter().map(|id| id.0).collect()
}

fn rings(found: &[Finding]) -> Vec<Vec<i64>> {
    found
        .iter()
        .filter(|one| !matches!(one.pattern, Pattern::Jump { .. }))
        .map(ids)
        .collect()
}

#[test]
fn nothing_is_found_where_people_help_each_other() {
    assert!(found(0, Vec::new()).is_empty());
}

#[test]
fn a_group_that_lifts_a_member_is_found_with_its_share_and_its_time() {
    let member = 7;
    let mut told: Vec<Entry> = (0..5)
        .flat_map(|number| {
            let (own, next) = (REGULARS + number, REGULARS + (number + 1) % 5);
            [did(Kind::Kudos, own, member, 20 - number), did(Kind::Kudos, own, next, 20 - number)]
        })
        .collect();
    // One of them also thanked somebody else: 80 % are still inside.
    told.extend((0..2).map(|days| did(Kind::Kudos, REGULARS, member, 12 + days)));
    told.push(did(Kind::Kudos, REGULARS, 30, 12));
    let found = found(6, told);
    assert_eq!(rings(&found), [[7, 48, 49, 50, 51, 52]]);
    let ring = &found[0];
    assert_eq!((ring.pattern, ring.count, ring.givers.len()), (Pattern::Lifted, 12, 5));
    assert_eq!((ring.since, ring.until), (NOW.plus_micros(-20 * DAY), NOW.plus_micros(-12 * DAY)));
    assert!((ring.share - 1.0).abs() < 1e-9 && (ring.credit - 12.0).abs() < 1e-9);
    assert!(ring.description().starts_with("5 members without trust gave at least 80 %"));
}

#[test]
fn guests_who_thank_the_one_who_answered_are_no_ring() {
    let asked = |guest: i64, days: i64| {
        let guest = REGULARS + guest;
        [
            did(Kind::Answer, 7, guest, days),
            did(Kind::SolutionAccepted, guest, 7, days),
            did(Kind::Kudos, guest, 7, days),
        ]
    };
    let told = (0..10).flat_map(|guest| asked(guest, 20 + guest)).collect();
    assert_eq!(rings(&found(10, told)), [[0_i64; 0]; 0]);
    // Those who thank the same member again and again, and nobody else, are more than guests.
    let told = (0..5)
        .flat_map(|guest| (0..3).flat_map(move |visit| asked(guest, 20 + guest + 5 * visit)))
        .collect();
    assert_eq!(rings(&found(10, told)), [[7, 48, 49, 50, 51, 52]]);
}

#[test]
fn a_ring_of_which_little_is_left_or_that_is_known_is_not_found() {
    let circle = |members: i64, days: i64| -> Vec<Entry> {
        (0..members)
            .map(|number| did(Kind::Kudos, REGULARS + number, REGULARS + (number + 1) % members, days))
            .collect()
    };
    assert_eq!(rings(&found(4, circle(4, 30))), [[48, 49, 50, 51]]);
    assert_eq!(rings(&found(3, circle(3, 30))), [[0_i64; 0]; 0], "three are a chat");
    assert_eq!(rings(&found(4, circle(4, 100))), [[0_i64; 0]; 0], "it was a half-life ago");
    let outward = (0..4).map(|number| did(Kind::Kudos, REGULARS + number, number, 30));
    let told = circle(4, 30).into_iter().chain(outward).collect();
    assert_eq!(rings(&found(4, told)), [[0_i64; 0]; 0], "they credit others as much");
    assert_eq!(
        rings(&found(40, circle(40, 30))),
        [[0_i64; 0]; 0],
        "so many are the community itself"
    );
}

#[test]
fn a_clique_is_told_once() {
    let pairs = (0..6).flat_map(|own| (0..6).filter(move |other| *other != own).map(move |other| (own, other)));
    let told = pairs
        .map(|(own, other)| did(Kind::Kudos, REGULARS + own, REGULARS + other, 10 + own))
        .collect();
    let found = found(6, told);
    assert_eq!(rings(&found).len(), 1);
    assert_eq!(ids(&found[0]).into_iter().collect::<HashSet<_>>(), (48..54).collect());
}

#[test]
fn the_simulated_attack_of_fresh_accounts_is_found() {
    let people: Vec<Person> = (0..REGULARS).map(person).collect();
    let record = Record::new(&people, &regulars());
    let attacked = attack(&record, NOW, 7, 12, Preparation::Fresh, &[]);
    let found = look(&attacked, &ScoringModel::default(), NOW);
    let expected: Vec<i64> = std::iter::once(7).chain(REGULARS..REGULARS + 12).collect();
    assert_eq!(rings(&found), [expected]);
    let jumps: Vec<_> = found
        .iter()
        .filter(|one| matches!(one.pattern, Pattern::Jump { .. }))
        .map(ids)
        .collect();
    assert_eq!(jumps, [[7]]);
}

#[test]
fn sudden_credit_is_found_against_what_is_usual() {
    let thanked = |member: i64, times: i64, days: i64| {
        (0..times).map(move |number| did(Kind::Kudos, (member + 1 + number % 5) % REGULARS, member, days))
    };
    let jumps = |told: Vec<Entry>| -> Vec<(Vec<i64>, Pattern, usize)> {
        found(0, told).iter().map(|one| (ids(one), one.pattern, one.count)).collect()
    };
    let sudden = |credit: f64, usual: f64| Pattern::Jump { credit, usual };
    assert!(jumps(thanked(3, 9, 2).collect()).is_empty());
    assert_eq!(jumps(thanked(3, 10, 2).collect()), [(vec![3], sudden(10.0, 0.0), 10)]);
    // Two a week are usual.
    let usual = |member: i64| (1..=12).flat_map(move |week| thanked(member, 2, 7 * week + 1));
    assert!(jumps(usual(3).chain(thanked(3, 9, 2)).collect()).is_empty());
    assert_eq!(
        jumps(usual(3).chain(thanked(3, 11, 2)).collect()),
        [(vec![3], sudden(11.0, 2.0), 11)]
    );
    let told = thanked(3, 11, 2).chain(thanked(4, 20, 3)).collect();
    assert_eq!(
        jumps(told).into_iter().map(|(ids, ..)| ids).collect::<Vec<_>>(),
        [[4], [3]],
        "the most credit first"
    );
}

#[test]
fn a_community_of_a_few_days_has_no_jumps() {
    let people: Vec<Person> = (0..8).map(person).collect();
    let told: Vec<Entry> = (0..40).map(|number| did(Kind::Kudos, number % 7, 7, number % 6)).collect();
    assert!(look(&Record::new(&people, &told), &ScoringModel::default(), NOW).is_empty());
}

#[test]
fn the_demo_has_no_rings() {
    let demo = demo_community(&DemoPlan::new(42, NOW));
    let places: HashMap<&str, i64> = demo.members.iter().map(|one| one.external_id.as_str()).zip(1..).collect();
    let people: Vec<Person> = demo
        .members
        .iter()
        .map(|one| {
            let (is_staff, is_bot) = (one.is_staff == Some(true), one.is_bot == Some(true));
            let is_verified = one.identities.iter().any(|account| account.verified == Some(true));
            Person {
                is_scored: !is_staff && !is_bot && one.consent != Some(Consent::OptedOut),
                footing: match (is_bot, is_staff, is_verified) {
                    (true, ..) => Footing::Never,
                    (_, true, _) => Footing::Staff,
                    (.., true) => Footing::Seed,
                    _ => Footing::Earns,
                },
                ..person(places[one.external_id.as_str()])
            }
        })
        .collect();
    let taken_back: HashSet<&str> = demo.interactions.iter().filter_map(|one| one.retracts.as_deref()).collect();
    let member = |name: &Option<String>| name.as_deref().map(|name| MemberId(places[name]));
    let counts = demo
        .interactions
        .iter()
        .filter(|one| !taken_back.contains(one.external_id.as_str()));
    let entries: Vec<Entry> = counts
        .map(|one| Entry {
            kind: one.kind,
            actor: member(&one.actor),
            target: member(&one.target),
            at: one.occurred_at,
            factor: 1.0,
        })
        .collect();
    let found = look(&Record::new(&people, &entries), &ScoringModel::default(), NOW);
    assert_eq!(rings(&found), [[0_i64; 0]; 0], "{found:#?}");
}
