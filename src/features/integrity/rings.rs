//! Rings: members whom nobody trusts, and who credit hardly anybody but one member and each other. Pure.
//!
//! Two patterns, both of at least four members without trust (earned below one half):
//!
//! - **Lifted**: each gave at least 80 % of all the credit they ever gave to one member or to others of the group, and what they
//!   gave that member is at least half of what the member's credit of the last half-life is worth. Each is bound to the group by
//!   more than one visit: they credited another of the group, too, or came back to the member on a third day. Otherwise everybody
//!   who asked once and thanked the one who answered would be suspicious, and every expert would be lifted by their guests.
//! - **Circle**: all can be reached from each other along the credit they gave, and each gave at least 80 % of it inside.
//!
//! A group of more than a third of those who gave or were given anything is no ring but the community itself: where it is young,
//! nobody is trusted yet.

use std::collections::HashSet;

use entity::{MemberId, Timestamp};

use super::components::components;
use super::finding::{Finding, Pattern};
use super::graph::{Bond, Graph};
use crate::features::evaluation::record::Record;
use crate::features::influence::trust::{Footing, Trust};

/// The fewest givers without trust.
const LEAST: usize = 4;
/// From which trust on a member is none of them.
const TRUSTED: f64 = 0.5;
/// How much of all they ever gave stays inside.
const INSIDE: f64 = 0.8;
/// How much of what the member's credit is worth they gave.
const LIFTED: f64 = 0.5;
/// On how many days somebody thanks the same member to be more than a guest.
const RETURNS: u32 = 3;
/// A group is at most one of so many parts of those who take part.
const PARTS: usize = 3;
/// How much of a group another finding may hold for it to be the same.
const SAME: f64 = 0.8;

/// A group by places.
struct Group {
    pattern: Pattern,
    /// Who benefits first, where there is one.
    members: Vec<u32>,
    givers: Vec<u32>,
    share: f64,
    bond: Bond,
}

/// The rings of a record as of an instant, in no order.
#[must_use]
pub fn rings(record: &Record, graph: &Graph, trust: &Trust, now: Timestamp) -> Vec<Finding> {
    let people = u32::try_from(record.people()).unwrap_or(u32::MAX);
    let doubted: Vec<bool> = (0..people).map(|place| is_doubted(record, trust, place, now)).collect();
    let most = graph.active() / PARTS;
    let is_scored = |place: u32| record.standing(place as usize).is_some_and(|(is_scored, _)| is_scored);
    let mut lifted: Vec<Group> = (0..people)
        .filter(|place| is_scored(*place))
        .filter_map(|place| lifted(graph, place, &doubted))
        .collect();
    // Where all lift each other, the largest group with the most at stake stands for all of them.
    lifted.sort_by(|a, b| b.members.len().cmp(&a.members.len()).then(b.bond.worth.total_cmp(&a.bond.worth)));
    let mut kept: Vec<Group> = Vec::new();
    for group in lifted.into_iter().chain(circles(graph, &doubted)) {
        if group.members.len() <= most && !is_told(&group, &kept) {
            kept.push(group);
        }
    }
    kept.iter().map(|group| finding(record, group)).collect()
}

fn is_doubted(record: &Record, trust: &Trust, place: u32, now: Timestamp) -> bool {
    let earns = record
        .standing(place as usize)
        .is_some_and(|(_, footing)| footing == Footing::Earns);
    let id = record.member(place as usize);
    earns && id.is_some_and(|id| trust.earned(id, now) < TRUSTED)
}

/// Whether most of a group is in a group that is kept already.
fn is_told(group: &Group, kept: &[Group]) -> bool {
    kept.iter().any(|other| {
        let others: HashSet<u32> = other.members.iter().copied().collect();
        let shared = group.members.iter().filter(|place| others.contains(*place)).count();
        shared as f64 >= SAME * group.members.len() as f64
    })
}

/// The group that lifts a member, if there is one: the largest in which everybody belongs.
fn lifted(graph: &Graph, member: u32, doubted: &[bool]) -> Option<Group> {
    let is_doubted = |place: &u32| doubted.get(*place as usize).copied().unwrap_or_default();
    let mut givers: Vec<u32> = graph.received(member).iter().copied().filter(is_doubted).collect();
    loop {
        if givers.len() < LEAST {
            return None;
        }
        let kept: Vec<u32> = givers
            .iter()
            .copied()
            .filter(|giver| belongs(graph, *giver, member, &givers))
            .collect();
        if kept.len() == givers.len() {
            break;
        }
        givers = kept;
    }
    let to_member = graph.between(&givers, |to| to == member);
    let share = to_member.worth / graph.worth(member);
    // Where there is nothing recent, the share is not a number, and not enough.
    let is_enough = share >= LIFTED;
    if !is_enough {
        return None;
    }
    let bond = graph.between(&givers, |to| to == member || givers.binary_search(&to).is_ok());
    let mut members = vec![member];
    members.extend_from_slice(&givers);
    Some(Group {
        pattern: Pattern::Lifted,
        members,
        givers,
        share: share.min(1.0),
        bond,
    })
}

/// Whether a giver belongs to a group around a member: hardly anything they gave went elsewhere, and they are more than a guest.
fn belongs(graph: &Graph, giver: u32, member: u32, group: &[u32]) -> bool {
    let (mut inside, mut is_bound) = (0.0, false);
    for (to, bond) in graph.given(giver) {
        let is_to_group = group.binary_search(to).is_ok();
        if *to == member || is_to_group {
            inside += bond.value;
        }
        is_bound |= is_to_group || (*to == member && bond.days >= RETURNS);
    }
    is_bound && inside >= INSIDE * graph.total(giver)
}

/// The groups that turn inward.
fn circles(graph: &Graph, doubted: &[bool]) -> Vec<Group> {
    let all: Vec<u32> = (0_u32..)
        .zip(doubted)
        .filter(|(_, is_doubted)| **is_doubted)
        .map(|(place, _)| place)
        .collect();
    let mut open = vec![all];
    let mut found = Vec::new();
    while let Some(among) = open.pop() {
        for component in within(graph, &among).into_iter().filter(|component| component.len() >= LEAST) {
            let kept = turned_inward(graph, component.clone());
            if kept.len() == component.len() {
                found.extend(circle(graph, component));
            } else if kept.len() >= LEAST {
                // Without those who left, it may fall apart.
                open.push(kept);
            }
        }
    }
    found
}

/// The components of the graph among some members, who are in order of place.
fn within(graph: &Graph, among: &[u32]) -> Vec<Vec<u32>> {
    let index = |place: u32| among.binary_search(&place).ok().and_then(|index| u32::try_from(index).ok());
    let mut edges = Vec::new();
    for (from, giver) in (0_u32..).zip(among) {
        edges.extend(graph.given(*giver).iter().filter_map(|(to, _)| Some((from, index(*to)?))));
    }
    let place = |index: u32| among.get(index as usize).copied();
    let places = |component: Vec<u32>| -> Vec<u32> { component.into_iter().filter_map(place).collect() };
    components(among.len(), &edges).into_iter().map(places).collect()
}

/// Those of a group who gave most inside what is left of it.
fn turned_inward(graph: &Graph, mut group: Vec<u32>) -> Vec<u32> {
    loop {
        let inside = |giver: u32| graph.between(&[giver], |to| group.binary_search(&to).is_ok()).value;
        let kept: Vec<u32> = group
            .iter()
            .copied()
            .filter(|giver| inside(*giver) >= INSIDE * graph.total(*giver))
            .collect();
        if kept.len() == group.len() {
            return kept;
        }
        group = kept;
    }
}

/// A circle, unless nothing of it is recent.
fn circle(graph: &Graph, members: Vec<u32>) -> Option<Group> {
    let bond = graph.between(&members, |to| members.binary_search(&to).is_ok());
    let total: f64 = members.iter().map(|giver| graph.total(*giver)).sum();
    (bond.recent > 0.0).then(|| Group {
        pattern: Pattern::Circle,
        givers: members.clone(),
        members,
        share: bond.value / total,
        bond,
    })
}

fn finding(record: &Record, group: &Group) -> Finding {
    let ids = |places: &[u32]| -> Vec<MemberId> { places.iter().filter_map(|place| record.member(*place as usize)).collect() };
    Finding {
        pattern: group.pattern,
        members: ids(&group.members),
        givers: ids(&group.givers),
        share: group.share,
        credit: group.bond.recent,
        since: Timestamp::from_micros(group.bond.first),
        until: Timestamp::from_micros(group.bond.last),
        count: group.bond.count,
        evidence: Vec::new(),
    }
}
