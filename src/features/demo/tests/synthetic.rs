//! Tests of the synthetic stream.

use super::super::{SYNTHETIC_SOURCE, SYNTHETIC_TOPICS, SyntheticInteraction, SyntheticPlan, synthetic_interactions, synthetic_member};
use super::{DAY, NOW};
use entity::InteractionKind;

fn synthetic(members: u64, interactions: u64) -> Vec<SyntheticInteraction> {
    let plan = SyntheticPlan {
        seed: 5,
        now: NOW,
        members,
        interactions,
        days: 365,
    };
    synthetic_interactions(&plan).collect()
}

#[test]
fn the_synthetic_stream_repeats_itself_and_counts_right() {
    let stream = synthetic(1_000, 50_000);
    assert_eq!(stream, synthetic(1_000, 50_000));
    assert_eq!(stream.len(), 50_000);
    assert!(stream.iter().zip(1..).all(|(one, number)| one.number == number));
    assert!(stream.is_sorted_by_key(|one| one.occurred_at));
    let earliest = NOW.plus_micros(-365 * DAY);
    assert!(stream.iter().all(|one| one.occurred_at >= earliest && one.occurred_at <= NOW));
}

#[test]
fn synthetic_people_exist_and_never_act_on_themselves() {
    for members in [1, 2, 3, 1_000, u64::MAX] {
        for one in synthetic(members, 20_000) {
            assert!(one.actor.is_none() || one.actor != one.target, "{one:?}");
            let people = [one.actor, one.target].into_iter().flatten();
            assert!(people.into_iter().all(|number| (1..=members).contains(&number)));
            assert!(one.topic < SYNTHETIC_TOPICS);
        }
    }
    assert!(synthetic(0, 10).is_empty());
    assert!(synthetic(10, 0).is_empty());
}

#[test]
fn synthetic_shares_and_skew_are_as_documented() {
    let stream = synthetic(10_000, 200_000);
    let share = |what: fn(&SyntheticInteraction) -> bool| stream.iter().filter(|one| what(one)).count() as f64 / 200_000.0;
    let kudos = share(|one| one.kind == InteractionKind::Kudos);
    assert!((0.34..0.36).contains(&kudos), "{kudos}");
    let anonymous = share(|one| one.actor.is_none()) / kudos;
    assert!((0.48..0.53).contains(&anonymous), "{anonymous}");
    let top = share(|one| one.target.is_some_and(|number| number <= 100));
    let rest = share(|one| one.target.is_some_and(|number| number > 9_900));
    assert!(top > 20.0 * rest, "{top} {rest}");
}

#[test]
fn a_synthetic_interaction_becomes_a_record() {
    let stream = synthetic(10, 3);
    let record = stream.first().map(|one| one.to_record(SYNTHETIC_SOURCE));
    assert_eq!(record.map(|one| one.external_id), Some("x-1".to_owned()));
    assert_eq!(synthetic_member(4).external_id, "4");
}
