//! Who gave whom how much in all: gifts by pairs. Pure.

use entity::Timestamp;
use rustc_hash::FxHashMap;

use super::gifts::Gift;
use crate::features::influence::decay::Decay;

const DAY: i64 = 86_400 * 1_000_000;

/// What one member gave another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bond {
    /// How much, before it faded.
    pub value: f64,
    /// How much of it in the last half-life, before it faded.
    pub recent: f64,
    /// What that is worth now.
    pub worth: f64,
    /// On how many different days.
    pub days: u32,
    /// How many times.
    pub count: usize,
    /// When first, in microseconds.
    pub first: i64,
    /// When last, in microseconds.
    pub last: i64,
}

impl Bond {
    /// Adds a gift, later than all before.
    fn add(&mut self, gift: &Gift, faded: Option<f64>) {
        let at = gift.at.as_micros();
        if self.count == 0 || at.div_euclid(DAY) != self.last.div_euclid(DAY) {
            self.days += 1;
        }
        if self.count == 0 {
            self.first = at;
        }
        self.last = at;
        self.count += 1;
        self.value += gift.value;
        if let Some(faded) = faded {
            self.recent += gift.value;
            self.worth += faded;
        }
    }

    /// Both as one.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        if self.count == 0 {
            return *other;
        }
        Self {
            value: self.value + other.value,
            recent: self.recent + other.recent,
            worth: self.worth + other.worth,
            days: self.days.max(other.days),
            count: self.count + other.count,
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }
}

/// Gifts by pairs. Members stand by their places in the record.
#[derive(Debug)]
pub struct Graph {
    /// To whom each gave what, in order of place.
    given: Vec<Vec<(u32, Bond)>>,
    /// By whom each was given something, in order of place.
    received: Vec<Vec<u32>>,
    /// All that each ever gave, before it faded.
    totals: Vec<f64>,
    /// What the credit that each was given in the last half-life is worth now, that of unknown givers included.
    worth: Vec<f64>,
}

impl Graph {
    /// Gathers gifts, which come in order of time.
    #[must_use]
    pub fn new(people: usize, gifts: &[Gift], decay: &Decay, now: Timestamp) -> Self {
        let half_life = decay.half_life_micros();
        let mut graph = Self {
            given: vec![Vec::new(); people],
            received: vec![Vec::new(); people],
            totals: vec![0.0; people],
            worth: vec![0.0; people],
        };
        let mut pairs: FxHashMap<(u32, u32), Bond> = FxHashMap::default();
        for gift in gifts {
            let age = now.as_micros().saturating_sub(gift.at.as_micros()).max(0);
            let faded = (age < half_life).then(|| gift.value * decay.at_age(age as f64 / half_life as f64));
            if let (Some(worth), Some(faded)) = (graph.worth.get_mut(gift.beneficiary as usize), faded) {
                *worth += faded;
            }
            if let Some(giver) = gift.giver {
                pairs.entry((giver, gift.beneficiary)).or_default().add(gift, faded);
            }
        }
        let mut pairs: Vec<((u32, u32), Bond)> = pairs.into_iter().collect();
        pairs.sort_unstable_by_key(|(pair, _)| *pair);
        for ((giver, beneficiary), bond) in pairs {
            if let Some(total) = graph.totals.get_mut(giver as usize) {
                *total += bond.value;
            }
            if let Some(received) = graph.received.get_mut(beneficiary as usize) {
                received.push(giver);
            }
            if let Some(given) = graph.given.get_mut(giver as usize) {
                given.push((beneficiary, bond));
            }
        }
        graph
    }

    /// To whom a member gave what, in order of place.
    #[must_use]
    pub fn given(&self, giver: u32) -> &[(u32, Bond)] {
        self.given.get(giver as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// By whom a member was given something, in order of place.
    #[must_use]
    pub fn received(&self, beneficiary: u32) -> &[u32] {
        self.received.get(beneficiary as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// All that a member ever gave, before it faded.
    #[must_use]
    pub fn total(&self, giver: u32) -> f64 {
        self.totals.get(giver as usize).copied().unwrap_or_default()
    }

    /// What the credit that a member was given in the last half-life is worth now.
    #[must_use]
    pub fn worth(&self, beneficiary: u32) -> f64 {
        self.worth.get(beneficiary as usize).copied().unwrap_or_default()
    }

    /// How many members gave or were given anything.
    #[must_use]
    pub fn active(&self) -> usize {
        self.given
            .iter()
            .zip(&self.received)
            .filter(|(given, received)| !given.is_empty() || !received.is_empty())
            .count()
    }

    /// What some members gave to those whom a condition lets through.
    #[must_use]
    pub fn between(&self, givers: &[u32], to: impl Fn(u32) -> bool) -> Bond {
        let given = givers.iter().flat_map(|giver| self.given(*giver));
        given
            .filter(|(beneficiary, _)| to(*beneficiary))
            .fold(Bond::default(), |all, (_, bond)| all.and(bond))
    }
}
