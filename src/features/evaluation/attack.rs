//! The price of gaming: how many made-up accounts it takes to bring a member of the middle among the first twenty, or how many
//! messages that nobody asked for. Pure.
//!
//! Each account asks the member something, accepts the answer and thanks for it, and the accounts help each other in a ring. What
//! they did before differs: nothing ([`Preparation::Fresh`]), a question long ago ([`Preparation::Aged`]), or a little that earned
//! something from real members ([`Preparation::Earned`]). Without accounts ([`Preparation::Unasked`]), the member writes to leading
//! members, who do not answer.

use std::ops::ControlFlow;
use std::sync::Arc;

use entity::{InteractionKind as Kind, Timestamp};
use serde::{Deserialize, Serialize};

use super::baselines::Baseline;
use super::record::{Act, Record, View};
use crate::features::influence::model::ScoringModel;

const DAY: i64 = 86_400 * 1_000_000;
/// The attack takes so long, in microseconds.
const ATTACK: i64 = 10 * DAY;
/// Among how many the member must come.
const GOAL: usize = 20;
/// So many leading members are there to get an answer from.
const LEADERS: usize = 30;
/// So many are there to write to.
const MOST_WRITTEN_TO: usize = 1_000;
/// How many members of the middle are tried.
const TARGETS: usize = 3;

/// What the accounts did before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preparation {
    /// Nothing: they are made for it.
    Fresh,
    /// They asked something when the community began, and were silent since.
    Aged,
    /// In the month before, each asked a question that a leading member answered, and gave an answer that was commented and
    /// anonymously voted for.
    Earned,
    /// There are none: the member writes to so many leading members instead.
    Unasked,
}

impl Preparation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Fresh, Self::Aged, Self::Earned, Self::Unasked];

    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Aged => "aged",
            Self::Earned => "earned",
            Self::Unasked => "unasked",
        }
    }
}

/// A way to rank members, under attack.
#[derive(Clone, Debug)]
pub enum Defence {
    /// A published formula, with the half-life that it is given.
    Published(Baseline, i64),
    /// A scoring model.
    Model(String, Box<ScoringModel>),
}

impl Defence {
    /// Its name in tables.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Published(baseline, _) => baseline.name(),
            Self::Model(name, _) => name,
        }
    }

    fn scores(&self, view: &View<'_>) -> Vec<f64> {
        match self {
            Self::Published(baseline, half_life) => baseline.scores(view, *half_life),
            Self::Model(_, model) => view.points(model),
        }
    }
}

/// What it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    /// The smallest number of accounts or messages, the median of three members of the middle; `None` when `tried` were not enough.
    pub accounts: Option<usize>,
    /// How many were tried at most.
    pub tried: usize,
}

/// The members of the middle among those whom the model gives points, by place.
#[must_use]
pub fn targets(record: &Record, model: &ScoringModel, at: Timestamp) -> Vec<usize> {
    let points = record.before(at).points(model);
    let mut ranked: Vec<(usize, f64)> = points.into_iter().enumerate().filter(|(_, points)| *points > 0.0).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let from = (ranked.len() / 2).saturating_sub(TARGETS / 2);
    ranked.into_iter().skip(from).take(TARGETS).map(|(place, _)| place).collect()
}

/// The smallest number of accounts that brings each target to the goal, the median over targets; looked for by doubling and
/// halving, up to `most`.
#[must_use]
pub fn price(record: &Record, at: Timestamp, defence: &Defence, preparation: Preparation, targets: &[usize], most: usize) -> Price {
    let leaders = leaders(record, at);
    let mut found: Vec<usize> = targets
        .iter()
        .map(|target| {
            let works = |accounts: usize| {
                let attacked = attack(record, at, *target, accounts, preparation, &leaders);
                let view = attacked.before(at);
                is_on_top(&defence.scores(&view), &view, *target)
            };
            smallest(works, most).unwrap_or(usize::MAX)
        })
        .collect();
    found.sort_unstable();
    let median = found.get(found.len() / 2).copied().unwrap_or(usize::MAX);
    Price {
        accounts: (median <= most).then_some(median),
        tried: most,
    }
}

/// The smallest number for which something works, when it works for all larger ones.
fn smallest(works: impl Fn(usize) -> bool, most: usize) -> Option<usize> {
    let mut high = 1;
    while !works(high) {
        if high >= most {
            return None;
        }
        high = (high * 2).min(most);
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        if works(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

fn is_on_top(scores: &[f64], view: &View<'_>, target: usize) -> bool {
    let own = scores.get(target).copied().unwrap_or_default();
    let above = view
        .seen()
        .into_iter()
        .filter(|place| scores.get(*place).is_some_and(|score| *score > own));
    own > 0.0 && above.count() < GOAL
}

/// The members who answered most, by place: those whom an account would get an answer from, and would write to.
fn leaders(record: &Record, at: Timestamp) -> Vec<u32> {
    let mut answers = vec![0_usize; record.people()];
    for act in record.before(at).acts.iter().filter(|act| act.kind == Kind::Answer) {
        if let Some(count) = act.actor.and_then(|actor| answers.get_mut(actor as usize)) {
            *count += 1;
        }
    }
    let mut order: Vec<u32> = (0..u32::try_from(answers.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by_key(|place| std::cmp::Reverse(answers.get(*place as usize).copied()));
    order.truncate(MOST_WRITTEN_TO);
    order
}

/// The record with the attack in it: the accounts follow the members that are there.
#[must_use]
pub fn attack(record: &Record, at: Timestamp, target: usize, accounts: usize, preparation: Preparation, leaders: &[u32]) -> Record {
    let first = record.people();
    let place = |number: usize| u32::try_from(number).ok();
    let (target, account) = (place(target), |number: usize| place(first + number % accounts));
    let mut acts = Vec::with_capacity(accounts * 12);
    let mut act = |kind, actor, target, at| {
        acts.push(Act {
            kind,
            actor,
            target,
            at,
            factor: 1.0,
        })
    };
    for number in 0..accounts {
        let (own, next) = (account(number), account(number + 1));
        // Spread over the time of the attack, the same every time.
        let share = i64::try_from(number).unwrap_or(0) * 7_919 % 1_000;
        let when = at.plus_micros(-ATTACK + ATTACK / 1_000 * share * 95 / 100);
        let later = |minutes: i64| when.plus_micros(minutes * 60 * 1_000_000);
        match preparation {
            Preparation::Unasked => {
                act(Kind::Message, target, leaders.get(number % leaders.len().max(1)).copied(), when);
                continue;
            }
            Preparation::Fresh => {}
            Preparation::Aged => {
                if let Some((start, _)) = record.span() {
                    act(Kind::Question, own, None, start);
                }
            }
            Preparation::Earned => {
                let leader = |shift: usize| leaders.get((number + shift) % leaders.len().clamp(1, LEADERS)).copied();
                let before = at.plus_micros(-11 * DAY - 29 * DAY / 1_000 * share);
                act(Kind::Question, own, None, before);
                act(Kind::Answer, leader(0), own, before.plus_micros(DAY / 24));
                act(Kind::Answer, own, leader(7), before.plus_micros(DAY / 12));
                act(Kind::Kudos, None, own, before.plus_micros(DAY / 8));
                act(Kind::Comment, leader(13), own, before.plus_micros(DAY / 6));
            }
        }
        act(Kind::Question, own, None, when);
        act(Kind::Answer, target, own, later(30));
        act(Kind::SolutionAccepted, own, target, later(60));
        act(Kind::Kudos, own, target, later(61));
        if accounts > 1 {
            act(Kind::Answer, next, own, later(90));
            act(Kind::SolutionAccepted, own, next, later(95));
            act(Kind::Kudos, own, next, later(96));
        }
    }
    record.with(accounts, &acts)
}

/// What it takes under each defence, for each way to prepare. `progress` is told how many of these are done and may end it; then
/// `None`.
#[must_use]
pub fn prices(
    record: &Arc<Record>,
    at: Timestamp,
    defences: &[Defence],
    (targets, most): (&[usize], usize),
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Option<Vec<(String, Vec<Price>)>> {
    let mut found = Vec::with_capacity(defences.len());
    let mut done = 0;
    for defence in defences {
        let mut prices = Vec::with_capacity(Preparation::ALL.len());
        for preparation in Preparation::ALL {
            prices.push(price(record, at, defence, preparation, targets, most));
            done += 1;
            if progress(done).is_break() {
                return None;
            }
        }
        found.push((defence.name().to_owned(), prices));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_number_is_found() {
        for least in [1, 2, 3, 7, 8, 9, 63, 64, 100] {
            assert_eq!(smallest(|number| number >= least, 100), Some(least));
        }
        assert_eq!(smallest(|number| number >= 101, 100), None);
    }
}
