//! What happened in a community, as far as scoring goes, laid out for being scored again and again: members by place, acts by
//! time. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{InteractionKind, MemberId, Timestamp};

use crate::features::influence::ledger::{Entry, Ledger, Person};
use crate::features::influence::model::ScoringModel;
use crate::features::influence::trust::Footing;

/// One act, with members by their places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Act {
    /// What was done.
    pub kind: InteractionKind,
    /// By whom.
    pub actor: Option<u32>,
    /// Towards whom.
    pub target: Option<u32>,
    /// When.
    pub at: Timestamp,
    /// What the model makes of it being about its topics; 1 for most.
    pub factor: f64,
}

impl Act {
    /// Both sides, when they are known and two.
    #[must_use]
    pub fn pair(&self) -> Option<(usize, usize)> {
        let (actor, target) = (self.actor?, self.target?);
        (actor != target).then_some((actor as usize, target as usize))
    }
}

/// A community's record. Merged members are one.
#[derive(Clone, Debug)]
pub struct Record {
    /// Members by place.
    members: Vec<MemberId>,
    /// Whether each may be scored, and how far they are trusted from the start.
    standing: Vec<(bool, Footing)>,
    /// Everything that was done, in order of time.
    acts: Vec<Act>,
}

impl Record {
    /// Lays a record out; entries may come in any order.
    #[must_use]
    pub fn new(people: &[Person], entries: &[Entry]) -> Self {
        let mut places: HashMap<MemberId, u32> = HashMap::with_capacity(people.len());
        let (mut members, mut standing) = (Vec::new(), Vec::new());
        for person in people.iter().filter(|person| person.root == person.id) {
            // Four thousand million members are not to be expected.
            places.insert(person.id, u32::try_from(members.len()).unwrap_or(u32::MAX));
            members.push(person.id);
            standing.push((person.is_scored, person.footing));
        }
        for person in people.iter().filter(|person| person.root != person.id) {
            if let Some(place) = places.get(&person.root).copied() {
                places.insert(person.id, place);
            }
        }
        let place = |id: Option<MemberId>| places.get(&id?).copied();
        let mut acts: Vec<Act> = entries
            .iter()
            .map(|entry| Act {
                kind: entry.kind,
                actor: place(entry.actor),
                target: place(entry.target),
                at: entry.at,
                factor: entry.factor,
            })
            .collect();
        acts.sort_by_key(|act| (act.at, act.kind, act.actor, act.target));
        Self { members, standing, acts }
    }

    /// How many members there are.
    #[must_use]
    pub const fn people(&self) -> usize {
        self.members.len()
    }

    /// Who is at a place.
    #[must_use]
    pub fn member(&self, place: usize) -> Option<MemberId> {
        self.members.get(place).copied()
    }

    /// Whether the member at a place may be scored, and how far they are trusted from the start.
    #[must_use]
    pub fn standing(&self, place: usize) -> Option<(bool, Footing)> {
        self.standing.get(place).copied()
    }

    /// Everything that was done.
    #[must_use]
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// When the first and the last act were; `None` when nothing happened.
    #[must_use]
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.acts.first()?.at, self.acts.last()?.at))
    }

    /// What was done before an instant: all that a score as of then may know.
    #[must_use]
    pub fn before(&self, cut: Timestamp) -> View<'_> {
        let end = self.acts.partition_point(|act| act.at < cut);
        View {
            record: self,
            acts: self.acts.get(..end).unwrap_or_default(),
            at: cut,
        }
    }

    /// What was done from an instant on and before another one.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> &[Act] {
        let start = self.acts.partition_point(|act| act.at < from);
        let end = self.acts.partition_point(|act| act.at < to);
        self.acts.get(start..end.max(start)).unwrap_or_default()
    }

    /// The same record with more members and more acts, for simulations. New members follow those that are there.
    #[must_use]
    pub fn with(&self, more_members: usize, more_acts: &[Act]) -> Self {
        let mut record = self.clone();
        let mut next = record.members.iter().map(|id| id.0).max().unwrap_or(0);
        for _ in 0..more_members {
            next += 1;
            record.members.push(MemberId(next));
            record.standing.push((true, Footing::Earns));
        }
        record.acts.extend_from_slice(more_acts);
        record.acts.sort_by_key(|act| (act.at, act.kind, act.actor, act.target));
        record
    }
}

/// What was done before an instant.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    record: &'a Record,
    /// In order of time.
    pub acts: &'a [Act],
    /// The instant.
    pub at: Timestamp,
}

impl View<'_> {
    /// How many members there are.
    #[must_use]
    pub const fn people(&self) -> usize {
        self.record.people()
    }

    /// Who is at a place.
    #[must_use]
    pub fn member(&self, place: usize) -> Option<MemberId> {
        self.record.member(place)
    }

    /// The members who may be scored and took part before the instant: those who are ranked.
    #[must_use]
    pub fn seen(&self) -> Vec<usize> {
        let mut seen = vec![false; self.people()];
        for place in self.acts.iter().flat_map(|act| [act.actor, act.target]).flatten() {
            if let Some(seen) = seen.get_mut(place as usize) {
                *seen = true;
            }
        }
        let is_ranked = |(place, seen): (usize, bool)| {
            (seen && self.record.standing.get(place).is_some_and(|(is_scored, _)| *is_scored)).then_some(place)
        };
        seen.into_iter().enumerate().filter_map(is_ranked).collect()
    }

    /// A ledger with everything of before the instant.
    #[must_use]
    pub fn ledger(&self, model: &ScoringModel) -> Ledger {
        let mut ledger = Ledger::new(Arc::new(model.clone()), self.at);
        for (id, (is_scored, footing)) in self.record.members.iter().zip(&self.record.standing) {
            ledger.put_person(Person {
                id: *id,
                root: *id,
                is_scored: *is_scored,
                footing: *footing,
            });
        }
        let id = |place: Option<u32>| self.record.member(place? as usize);
        for act in self.acts {
            ledger.enter(Entry {
                kind: act.kind,
                actor: id(act.actor),
                target: id(act.target),
                at: act.at,
                factor: act.factor,
            });
        }
        ledger
    }

    /// The points of every member by a model as of the instant, by place.
    #[must_use]
    pub fn points(&self, model: &ScoringModel) -> Vec<f64> {
        let mut ledger = self.ledger(model);
        let trust = Arc::new(ledger.trust());
        let ranking = ledger.rank(&trust, self.at);
        let points = |id: &MemberId| ranking.standing(*id).map_or(0.0, |standing| standing.total);
        self.record.members.iter().map(points).collect()
    }
}
