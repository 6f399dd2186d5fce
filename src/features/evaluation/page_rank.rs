//! PageRank over who credited whom (Page, Brin, Motwani, Winograd 1999), by power iteration. Pure.

use std::collections::HashMap;

use entity::InteractionKind as Kind;

use super::metrics::count;
use super::record::View;

/// The chance to follow a credit rather than to start anew.
const DAMPING: f64 = 0.85;
/// Iterations at most; the error shrinks by the damping with each.
const MOST_ROUNDS: usize = 100;
/// Total change below which the ranks have settled.
const SETTLED: f64 = 1e-12;

/// Who is credited, and by whom; `None` for kinds that are no credit between two.
const fn credit(kind: Kind) -> Option<bool> {
    use Kind as K;
    match kind {
        K::Answer | K::Reply | K::Message | K::Invite => Some(true),
        K::SolutionAccepted | K::Comment | K::Kudos | K::Endorsement | K::Mention | K::Share => Some(false),
        _ => None,
    }
}

/// The rank of every member, by place; all ranks sum to 1. With a half-life credits fade. Walks start anew at members who took
/// part, all alike.
#[must_use]
pub fn page_rank(view: &View<'_>, half_life_micros: Option<i64>) -> Vec<f64> {
    let mut weights: HashMap<(usize, usize), f64> = HashMap::new();
    for act in view.acts {
        if let (Some(to_actor), Some((actor, target))) = (credit(act.kind), act.pair()) {
            let edge = if to_actor { (target, actor) } else { (actor, target) };
            *weights.entry(edge).or_default() += weight(view, act.at.as_micros(), half_life_micros);
        }
    }
    let mut edges: Vec<((usize, usize), f64)> = weights.into_iter().collect();
    // Sums in one order give the same ranks every time.
    edges.sort_by_key(|(edge, _)| *edge);
    rank(view, &edges)
}

#[expect(clippy::cast_precision_loss, reason = "ages of centuries fit 53 bits")]
fn weight(view: &View<'_>, at: i64, half_life_micros: Option<i64>) -> f64 {
    half_life_micros.map_or(1.0, |half_life| (-((view.at.as_micros() - at) as f64) / half_life as f64).exp2())
}

fn rank(view: &View<'_>, edges: &[((usize, usize), f64)]) -> Vec<f64> {
    let people = view.people();
    let seen = view.seen();
    let mut start = vec![0.0; people];
    for place in &seen {
        set(&mut start, *place, 1.0 / count(seen.len().max(1)));
    }
    let mut out = vec![0.0; people];
    for ((giver, _), weight) in edges {
        add(&mut out, *giver, *weight);
    }
    let mut ranks = start.clone();
    for _ in 0..MOST_ROUNDS {
        let mut next = vec![0.0; people];
        for ((giver, receiver), weight) in edges {
            let share = get(&ranks, *giver) * weight / get(&out, *giver);
            add(&mut next, *receiver, share);
        }
        // Who credited nobody passes everything on to all alike.
        let lost: f64 = ranks.iter().zip(&out).filter(|(_, out)| **out <= 0.0).map(|(rank, _)| rank).sum();
        for (next, start) in next.iter_mut().zip(&start) {
            *next = (1.0 - DAMPING).mul_add(*start, DAMPING * (*next + lost * start));
        }
        let change: f64 = next.iter().zip(&ranks).map(|(a, b)| (a - b).abs()).sum();
        ranks = next;
        if change < SETTLED {
            break;
        }
    }
    ranks
}

fn get(values: &[f64], place: usize) -> f64 {
    values.get(place).copied().unwrap_or_default()
}

fn set(values: &mut [f64], place: usize, value: f64) {
    if let Some(slot) = values.get_mut(place) {
        *slot = value;
    }
}

fn add(values: &mut [f64], place: usize, value: f64) {
    set(values, place, get(values, place) + value);
}
