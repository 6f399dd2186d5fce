//! What holds for every history. `PROPTEST_CASES` says how many are tried of each sort; 256 by default.

use std::collections::HashMap;

use entity::{CalendarId, CaseId, ClockState, ExpectationId, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseResult, TestRunner};

use super::super::facts::{Fact, Happened, History};
use super::super::replay::{Clock, replay};
use super::histories::{Scenario, World, scenarios};
use super::{MINUTE, brute};

fn agree(world: &World) -> TestCaseResult {
    let (found, counted) = (replay(&world.history(), world.now), brute::clocks(&world.history(), world.now));
    for (found, counted) in found.iter().zip(&counted) {
        prop_assert_eq!(found, counted, "{:#?}", &world.facts);
    }
    prop_assert_eq!(found.len(), counted.len(), "{:#?}", &world.facts);
    Ok(())
}

type Key = (ExpectationId, Option<CalendarId>, u32, Option<CaseId>);

fn by_key(clocks: Vec<Clock>) -> HashMap<Key, Clock> {
    let key = |clock: &Clock| (clock.expectation, clock.calendar, clock.instance, clock.carried_from);
    let count = clocks.len();
    let keyed: HashMap<Key, Clock> = clocks.into_iter().map(|clock| (key(&clock), clock)).collect();
    assert_eq!(keyed.len(), count, "two clocks of one name");
    keyed
}

/// The same history with all facts at different minutes.
fn apart(world: &World) -> World {
    let mut facts = world.facts.clone();
    facts.sort_by_key(|happened| happened.at);
    let mut last = Timestamp::from_micros(i64::MIN);
    for happened in &mut facts {
        happened.at = happened.at.max(last.plus_micros(MINUTE));
        last = happened.at;
    }
    World {
        now: world.now.max(last),
        facts,
        ..world.clone()
    }
}

fn anything() -> impl Strategy<Value = Scenario> {
    prop_oneof![scenarios(false), scenarios(true)]
}

proptest! {
    #[test]
    fn clocks_are_what_counting_minutes_gives(scenario in scenarios(false)) {
        agree(&scenario.world())?;
    }

    #[test]
    fn chaos_is_counted_the_same_way(scenario in scenarios(true)) {
        agree(&scenario.world())?;
    }

    #[test]
    fn the_order_of_telling_does_not_matter(scenario in anything(), keys in proptest::collection::vec(any::<u32>(), 128)) {
        let told = apart(&scenario.world());
        let mut shuffled: Vec<(u32, Happened)> = keys.into_iter().cycle().zip(told.facts.clone()).collect();
        shuffled.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<Happened> = shuffled.into_iter().map(|(_, happened)| happened).collect();
        let history = History { facts: &shuffled, promises: &told.promises };
        prop_assert_eq!(replay(&history, told.now), replay(&told.history(), told.now));
    }

    #[test]
    fn nothing_is_mended_by_looking_later(scenario in anything(), early in 0_i64..5_000, late in 0_i64..5_000) {
        let world = scenario.world();
        let first = world.facts.iter().map(|happened| happened.at).min().unwrap_or(world.now);
        let early = first.plus_micros(early * MINUTE);
        let late = early.plus_micros(late * MINUTE);
        let later = by_key(replay(&world.history(), late));
        for (key, clock) in by_key(replay(&world.history(), early)) {
            let then = &later[&key];
            if let Some(breach) = clock.breach {
                prop_assert_eq!(then.breach.map(|breach| breach.due_at), Some(breach.due_at));
            }
            prop_assert!(then.consumed >= clock.consumed);
            prop_assert_eq!(clock.ended_at, then.ended_at);
            if clock.ended_at.is_some() {
                prop_assert_eq!(&clock, then);
            }
        }
    }

    #[test]
    fn what_happens_later_takes_nothing_back(scenario in anything(), split in any::<Index>()) {
        let world = scenario.world();
        let now = split.get(&world.facts).at;
        let until = World {
            facts: world.facts.iter().filter(|happened| happened.at <= now).cloned().collect(),
            now,
            ..world.clone()
        };
        let later = by_key(replay(&world.history(), world.now));
        for (key, clock) in by_key(replay(&until.history(), now)) {
            let then = &later[&key];
            if let Some(breach) = clock.breach {
                prop_assert!(breach.due_at < now);
                prop_assert_eq!(then.breach.map(|breach| breach.due_at), Some(breach.due_at));
            }
            // What was told of it stays true.
            for event in &clock.log {
                prop_assert!(then.log.contains(event), "{:?} of {:#?} is not in {:#?}", event, &clock, then);
            }
        }
    }

    #[test]
    fn states_say_what_the_times_say(scenario in anything()) {
        let world = scenario.world();
        for clock in replay(&world.history(), world.now) {
            let is_open = matches!(clock.state, ClockState::Pending | ClockState::ImminentBreach | ClockState::Breaching);
            prop_assert_eq!(is_open, clock.ended_at.is_none());
            let is_broken = matches!(clock.state, ClockState::Breaching | ClockState::Breached);
            prop_assert_eq!(is_broken, clock.breach.is_some());
            prop_assert_eq!(clock.fulfilled_at.is_some(), clock.ended_at.is_some() && clock.fulfilled_at == clock.ended_at);
            prop_assert!(clock.state != ClockState::Achieved || clock.fulfilled_at.is_some());
            if let Some(breach) = clock.breach {
                prop_assert!(breach.due_at < clock.ended_at.unwrap_or(world.now));
                prop_assert!(breach.overrun.is_none_or(|overrun| overrun >= 0));
            } else if let (Some(due), Some(ended)) = (clock.due_at, clock.ended_at) {
                prop_assert!(due >= ended);
            }
            prop_assert!(clock.log.is_sorted());
        }
    }
}

/// Guards the generator: agreement on histories in which nothing happens would prove nothing.
#[test]
fn random_histories_have_everything_in_them() {
    let mut runner = TestRunner::deterministic();
    let (mut states, mut carried, mut paused, mut again, mut chosen) = (HashMap::new(), 0, 0, 0, 0);
    for _ in 0..600 {
        let world = anything().new_tree(&mut runner).unwrap().current().world();
        chosen += world
            .facts
            .iter()
            .filter(|happened| matches!(happened.fact, Fact::Promises(_)))
            .count();
        for clock in replay(&world.history(), world.now) {
            *states.entry(clock.state).or_insert(0) += 1;
            carried += usize::from(clock.carried_from.is_some());
            paused += usize::from(clock.paused_at.is_some());
            again += usize::from(clock.instance > 1);
        }
    }
    assert_eq!(states.len(), ClockState::ALL.len(), "{states:?}");
    assert!(
        carried > 20 && paused > 20 && again > 100 && chosen > 400,
        "{carried} {paused} {again} {chosen}"
    );
}
