//! What a member's help led to, person by person.

use proptest::prelude::*;

use super::*;

const HELPER: MemberId = MemberId(1);
const OTHER: MemberId = MemberId(2);
const BOT: MemberId = MemberId(3);
const ANN: MemberId = MemberId(10);
const BEN: MemberId = MemberId(11);

/// Day 0 to day 90 is the period.
fn day(day: i64) -> Timestamp {
    Timestamp::from_micros(day * DAY)
}

fn told(kind: InteractionKind, actor: MemberId, target: Option<MemberId>, thread: Option<u32>, at: i64) -> Told {
    Told {
        kind,
        actor: Some(actor),
        target,
        thread,
        at: day(at),
    }
}

fn asks(who: MemberId, thread: u32, at: i64) -> Told {
    told(InteractionKind::Question, who, None, Some(thread), at)
}

fn answers(who: MemberId, whom: MemberId, thread: u32, at: i64) -> Told {
    told(InteractionKind::Answer, who, Some(whom), Some(thread), at)
}

fn posts(who: MemberId, at: i64) -> Told {
    told(InteractionKind::Post, who, None, None, at)
}

fn accepts(who: MemberId, thread: Option<u32>, at: i64) -> Told {
    told(InteractionKind::SolutionAccepted, who, Some(OTHER), thread, at)
}

fn story(mut told: Vec<Told>) -> Story {
    told.sort_by_key(|one| one.at);
    Story {
        told,
        left_out: HashSet::from([BOT]),
        bots: HashSet::from([BOT]),
        ..Story::default()
    }
}

fn compare(story: &Story) -> Effect {
    Askers::of(story).compare(HELPER, day(0), day(90))
}

fn effect(told: Vec<Told>) -> Effect {
    compare(&story(told))
}

fn group(people: u32, came_back: u32, solved: u32) -> Group {
    Group { people, came_back, solved }
}

#[test]
fn who_was_helped_is_beside_whom_nobody_helped() {
    let found = effect(vec![
        asks(ANN, 1, 10),
        answers(HELPER, ANN, 1, 12),
        accepts(ANN, Some(1), 12),
        posts(ANN, 42),
        asks(BEN, 2, 20),
        posts(BEN, 53),
    ]);
    assert_eq!((found.helped, found.comparable), (group(1, 1, 1), group(1, 0, 0)));
    assert_eq!((found.came_back_ratio, found.solved_ratio), (None, None));
    assert!(!found.came_back_enough && !found.solved_enough);
    // Two days of waiting and thirty: the same question, one day earlier.
    let found = effect(vec![
        asks(ANN, 1, 10),
        answers(HELPER, ANN, 1, 12),
        asks(BEN, 2, 20),
        posts(BEN, 52),
    ]);
    assert_eq!((found.helped, found.comparable), (group(1, 0, 0), group(1, 1, 0)));
    assert_eq!(found.came_back_ratio, Some(0.0));
}

#[test]
fn help_is_in_time_and_on_the_question() {
    let helped = |told: Vec<Told>| effect([vec![asks(ANN, 1, 10)], told].concat()).helped.people;
    let direct = |at: i64| told(InteractionKind::Message, HELPER, Some(ANN), None, at);
    assert_eq!(helped(vec![answers(HELPER, ANN, 1, 17)]), 1);
    assert_eq!(helped(vec![answers(HELPER, ANN, 1, 18)]), 0, "too late");
    assert_eq!(helped(vec![answers(HELPER, ANN, 2, 12)]), 0, "in another conversation");
    assert_eq!(helped(vec![direct(12)]), 1, "in none that is known");
    assert_eq!(helped(vec![direct(9)]), 0, "before the question");
    assert_eq!(helped(vec![answers(HELPER, BEN, 1, 12)]), 0, "to somebody else");
    assert_eq!(
        helped(vec![told(InteractionKind::Comment, HELPER, Some(ANN), Some(1), 12)]),
        0,
        "a comment is no help"
    );
}

#[test]
fn comparable_is_whom_nobody_helped() {
    let ann = vec![asks(ANN, 1, 10), answers(HELPER, ANN, 1, 10)];
    let comparable = |told: Vec<Told>| effect([ann.clone(), told].concat()).comparable.people;
    assert_eq!(comparable(vec![asks(BEN, 2, 20)]), 1);
    assert_eq!(comparable(vec![asks(BEN, 2, 20), answers(OTHER, BEN, 2, 27)]), 0);
    assert_eq!(comparable(vec![asks(BEN, 2, 20), answers(OTHER, BEN, 2, 28)]), 1);
    assert_eq!(
        comparable(vec![asks(BEN, 2, 20), answers(BEN, BEN, 2, 21)]),
        1,
        "nobody helps themselves"
    );
    assert_eq!(comparable(vec![asks(BEN, 2, 20), answers(BOT, BEN, 2, 21)]), 1, "bots do not help");
    assert_eq!(comparable(vec![asks(BOT, 2, 20)]), 0);
    assert_eq!(comparable(vec![asks(HELPER, 2, 20)]), 0);
    assert_eq!(comparable(vec![asks(BEN, 2, -1)]), 0, "before the period");
    assert_eq!(comparable(vec![asks(BEN, 2, 91)]), 0, "after it");
    assert_eq!(comparable(vec![asks(ANN, 2, 20)]), 0, "who was helped is in one group only");
    assert_eq!(comparable(vec![asks(BEN, 2, 20), asks(BEN, 3, 21)]), 1, "once each");
}

#[test]
fn the_problem_is_solved_in_its_conversation() {
    let solved = |told: Told| effect(vec![asks(ANN, 1, 10), answers(HELPER, ANN, 1, 12), told]).helped.solved;
    assert_eq!(solved(accepts(ANN, Some(1), 42)), 1);
    assert_eq!(solved(accepts(ANN, None, 13)), 1);
    assert_eq!(solved(accepts(ANN, Some(2), 13)), 0);
    assert_eq!(solved(accepts(ANN, Some(1), 11)), 0, "before the help");
    assert_eq!(solved(accepts(ANN, Some(1), 43)), 0);
    assert_eq!(solved(accepts(BEN, Some(1), 13)), 0);
}

/// People of whom some come back, as `(how many, how often they had contributed, how many come back, whether they are helped)`.
fn people(of: &[(i64, i64, i64, bool)]) -> Story {
    let (mut told, mut earlier, mut id) = (Vec::new(), HashMap::new(), 100);
    for (count, before, back, is_helped) in of {
        for n in 0..*count {
            id += 1;
            let (who, thread) = (MemberId(id), u32::try_from(id).unwrap());
            earlier.insert(who, *before);
            told.push(asks(who, thread, 10));
            if *is_helped {
                told.push(answers(HELPER, who, thread, 10));
            }
            if n < *back {
                told.push(posts(who, 20));
            }
        }
    }
    Story { earlier, ..story(told) }
}

fn close(ratio: Option<f64>, expected: f64) {
    assert!((ratio.unwrap() - expected).abs() < 1e-12, "{ratio:?} is not {expected}");
}

#[test]
fn people_are_compared_with_their_like() {
    // Newcomers return half as often as regulars, and mostly regulars are helped: help changes nothing.
    let mixed = people(&[(4, 0, 1, true), (8, 7, 4, true), (40, 0, 10, false), (10, 7, 5, false)]);
    let found = compare(&mixed);
    assert_eq!((found.helped, found.comparable), (group(12, 5, 0), group(50, 15, 0)));
    close(found.came_back_ratio, 1.0);
    assert!(found.came_back_enough);
    assert!(!found.solved_enough, "nobody solved anything");
    // Nobody like the regulars was left alone: they count as helped, and are compared with nobody.
    let lonely = people(&[(4, 0, 2, true), (8, 7, 4, true), (40, 0, 10, false), (10, 2, 5, false)]);
    let found = compare(&lonely);
    assert_eq!((found.helped.people, found.comparable), (12, group(40, 10, 0)));
    close(found.came_back_ratio, 2.0);
    assert!(!found.came_back_enough, "four were compared");
    let boundary = compare(&people(&[(10, 1, 5, true), (10, 4, 5, false)]));
    assert!(boundary.came_back_enough);
    close(boundary.came_back_ratio, 1.0);
}

#[test]
fn a_ratio_rests_on_enough_people_and_events_on_both_sides() {
    let is_enough = |of: &[(i64, i64, i64, bool)]| compare(&people(of)).came_back_enough;
    assert!(
        is_enough(&[(10, 0, 0, true), (10, 0, 5, false)]),
        "that nobody came back says something, too"
    );
    assert!(!is_enough(&[(9, 0, 9, true), (90, 0, 90, false)]), "few were helped");
    assert!(!is_enough(&[(90, 0, 90, true), (9, 0, 9, false)]), "few were not");
    assert!(!is_enough(&[(90, 0, 90, true), (90, 0, 4, false)]), "hardly any of them came back");
    assert!(
        !is_enough(&[(10, 0, 9, true), (90, 0, 44, false)]),
        "of ten, fewer than five were to be expected"
    );
    assert!(is_enough(&[(10, 0, 9, true), (90, 0, 45, false)]));
    // Fifty regulars were helped, and of those whom nobody helped one is like them.
    let lopsided = people(&[(50, 7, 40, true), (1, 0, 1, true), (1, 7, 1, false), (40, 0, 20, false)]);
    let found = compare(&lopsided);
    assert_eq!((found.helped.people, found.comparable), (51, group(41, 21, 0)));
    assert!(!found.came_back_enough, "one person stands for fifty");
}

#[test]
fn nobody_helped_is_nothing_to_say() {
    assert_eq!(compare(&people(&[(40, 0, 10, false)])), Effect::default());
    assert_eq!(compare(&Story::default()), Effect::default());
}

proptest! {
    #[test]
    fn groups_are_never_more_than_who_asked(
        rows in proptest::collection::vec((0..4_usize, 1..8_i64, 1..8_i64, proptest::option::of(0..4_u32), -5..125_i64), 0..80),
    ) {
        let kinds = [InteractionKind::Question, InteractionKind::Answer, InteractionKind::Post, InteractionKind::SolutionAccepted];
        let told = |(kind, actor, target, thread, at): (usize, i64, i64, Option<u32>, i64)| {
            told(kinds[kind], MemberId(actor), Some(MemberId(target)), thread, at)
        };
        let rows = rows.into_iter().map(told);
        let story = story(rows.collect());
        let asked: HashSet<_> = story.told.iter().filter(|one| one.kind == InteractionKind::Question).map(|one| one.actor).collect();
        let found = compare(&story);
        prop_assert!((found.helped.people + found.comparable.people) as usize <= asked.len());
        for group in [found.helped, found.comparable] {
            prop_assert!(group.came_back <= group.people && group.solved <= group.people);
        }
        for ratio in [found.came_back_ratio, found.solved_ratio].into_iter().flatten() {
            prop_assert!(ratio.is_finite() && ratio >= 0.0);
        }
    }
}
