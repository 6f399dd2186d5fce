//! The running account of a community: what every member was credited, kept up as interactions come in, and ranked.
//!
//! One interaction costs one addition, whatever came before it and in whatever order. Ranking reads every account once.

use std::collections::HashMap;

use entity::{InteractionKind, MemberId, Timestamp};
use rustc_hash::FxBuildHasher;

use super::decay::{Decayed, Frame, RootSum};
use super::formula::{self, Credits};
use super::model::{Beneficiary, ScoringModel, Signal, is_contribution};
use super::snapshot::{Snapshot, Standing};

/// A member as far as scoring goes.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Who.
    pub id: MemberId,
    /// Into whom they were merged, or themselves.
    pub root: MemberId,
    /// Neither staff nor bot nor opted out nor merged away.
    pub is_scored: bool,
}

/// An interaction as far as scoring goes.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What was done.
    pub kind: InteractionKind,
    /// By whom.
    pub actor: Option<MemberId>,
    /// Towards whom.
    pub target: Option<MemberId>,
    /// When.
    pub at: Timestamp,
}

/// A member's account.
#[derive(Clone, Copy, Debug)]
struct Holder {
    id: MemberId,
    root: u32,
    is_scored: bool,
    credits: Credits,
    /// When they first took part; `i64::MAX` when never.
    first_contribution: i64,
}

struct Invitation {
    inviter: u32,
    newcomer: u32,
    at: Timestamp,
}

/// The running account of a community or a topic.
pub struct Ledger {
    model: ScoringModel,
    frame: Frame,
    places: HashMap<MemberId, u32, FxBuildHasher>,
    holders: Vec<Holder>,
    /// Help by who gave it and who received it: `(helper << 32) | helped`.
    helped: HashMap<u64, Decayed, FxBuildHasher>,
    invitations: Vec<Invitation>,
}

impl Ledger {
    /// An empty ledger that can be ranked as of instants in the same window as `now`.
    #[must_use]
    pub fn new(model: ScoringModel, now: Timestamp) -> Self {
        let frame = Frame::at(now, model.half_life_micros);
        Self {
            model,
            frame,
            places: HashMap::default(),
            holders: Vec::new(),
            helped: HashMap::default(),
            invitations: Vec::new(),
        }
    }

    /// Whether it can be ranked as of this instant. If not, it must be built anew.
    #[must_use]
    pub fn covers(&self, as_of: Timestamp) -> bool {
        self.frame == Frame::at(as_of, self.model.half_life_micros)
    }

    /// How many members it knows.
    #[must_use]
    pub const fn people(&self) -> usize {
        self.holders.len()
    }

    /// Opens or updates an account. `false` when merges changed, so that it must be built anew.
    pub fn put_person(&mut self, person: Person) -> bool {
        let root = self.place(person.root);
        let place = self.place(person.id);
        let Some(holder) = self.holders.get_mut(place as usize) else {
            return false;
        };
        holder.is_scored = person.is_scored;
        let same_root = holder.root == root;
        holder.root = root;
        same_root || holder.credits == Credits::default()
    }

    fn place(&mut self, id: MemberId) -> u32 {
        if let Some(place) = self.places.get(&id) {
            return *place;
        }
        // Four thousand million members are not to be expected.
        let place = u32::try_from(self.holders.len()).unwrap_or(u32::MAX);
        self.places.insert(id, place);
        self.holders.push(Holder {
            id,
            root: place,
            is_scored: false,
            credits: Credits::default(),
            first_contribution: i64::MAX,
        });
        place
    }

    /// The account that speaks for a member; `None` for a member who was never put.
    fn root_of(&self, id: Option<MemberId>) -> Option<u32> {
        let place = *self.places.get(&id?)?;
        Some(self.holders.get(place as usize)?.root)
    }

    /// Whether the ledger knows a member.
    #[must_use]
    pub fn knows(&self, id: MemberId) -> bool {
        self.places.contains_key(&id)
    }

    /// Credits an interaction.
    pub fn enter(&mut self, entry: Entry) {
        let (actor, target) = (self.root_of(entry.actor), self.root_of(entry.target));
        if is_contribution(entry.kind)
            && let Some(holder) = actor.and_then(|actor| self.holders.get_mut(actor as usize))
        {
            holder.first_contribution = holder.first_contribution.min(entry.at.as_micros());
        }
        let Some(rule) = self.model.rule(entry.kind) else { return };
        let (beneficiary, giver) = match rule.to {
            Beneficiary::Actor => (actor, target),
            Beneficiary::Target => (target, actor),
        };
        let Some(beneficiary) = beneficiary.filter(|_| beneficiary != giver) else {
            return;
        };
        if rule.signal == Signal::Advocacy {
            // Whether it counts depends on what the newcomer does, so it is decided when ranking.
            self.invitations.extend(giver.map(|newcomer| Invitation {
                inviter: beneficiary,
                newcomer,
                at: entry.at,
            }));
            return;
        }
        let amount = self.frame.deposit(rule.value, entry.at);
        if let Some(holder) = self.holders.get_mut(beneficiary as usize) {
            holder.credits.add(rule.signal, rule.value, amount);
        }
        if let (Signal::Help, Some(giver)) = (rule.signal, giver) {
            *self.helped.entry(u64::from(beneficiary) << 32 | u64::from(giver)).or_default() += amount;
        }
    }

    /// Ranks everybody as of an instant that the ledger covers.
    #[must_use]
    pub fn rank(&self, as_of: Timestamp) -> Snapshot {
        let reader = self.frame.reader(as_of);
        let mut breadth = vec![RootSum::default(); self.holders.len()];
        for (pair, amount) in &self.helped {
            if let Some(sum) = usize::try_from(pair >> 32).ok().and_then(|helper| breadth.get_mut(helper)) {
                *sum = *sum + RootSum::of(reader.read(*amount));
            }
        }
        let advocacy = self.advocacy();
        let mut standings = Vec::new();
        let mut population = 0;
        for ((holder, breadth), place) in self.holders.iter().zip(breadth).zip(0_u32..) {
            if !holder.is_scored || holder.root != place {
                continue;
            }
            population += 1;
            let mut credits = holder.credits;
            credits.advocacy = advocacy.get(&place).copied().unwrap_or_default();
            let points = formula::points(&self.model, &credits, breadth, reader);
            let total = points.total();
            if total > 0.0 {
                standings.push(Standing {
                    member: holder.id,
                    points,
                    total,
                });
            }
        }
        Snapshot::new(as_of, standings, population)
    }

    /// Credit for invitations whose newcomer took part afterwards, since then.
    fn advocacy(&self) -> HashMap<u32, Decayed> {
        let value = self.model.rule(InteractionKind::Invite).map_or(0.0, |rule| rule.value);
        let mut credits: HashMap<u32, Decayed> = HashMap::new();
        for invitation in &self.invitations {
            let Some(newcomer) = self.holders.get(invitation.newcomer as usize) else {
                continue;
            };
            let since = Timestamp::from_micros(newcomer.first_contribution);
            if invitation.at <= since && newcomer.first_contribution < i64::MAX {
                *credits.entry(invitation.inviter).or_default() += self.frame.deposit(value, since);
            }
        }
        credits
    }
}

#[cfg(test)]
mod tests {
    use entity::{InteractionId, Visibility};
    use proptest::prelude::*;

    use super::*;
    use crate::features::influence::formula::{Account, Evidence};

    const MODEL: &ScoringModel = &ScoringModel::DEFAULT;
    const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);
    const DAY: i64 = 86_400_000_000;
    const PEOPLE: i64 = 9;

    /// Nine members: 7 is never ranked; 9 was merged into 8, and 8 into 1.
    fn person(id: i64) -> Person {
        let root = if id >= 8 { 1 } else { id };
        Person {
            id: MemberId(id),
            root: MemberId(root),
            is_scored: root == id && id != 7,
        }
    }

    /// Interactions of three years, and the same in another order.
    fn entries() -> impl Strategy<Value = (Vec<Entry>, Vec<Entry>)> {
        let who = || proptest::option::weighted(0.9, (1..=PEOPLE).prop_map(MemberId));
        let entry =
            (proptest::sample::select(InteractionKind::ALL), who(), who(), -900_i64..2).prop_map(|(kind, actor, target, days)| Entry {
                kind,
                actor,
                target,
                at: NOW.plus_micros(days * DAY),
            });
        proptest::collection::vec(entry, 0..80).prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle()))
    }

    /// What everybody was credited, one interaction after the other and looking at all others where that is needed.
    fn evidence(entries: &[Entry]) -> HashMap<MemberId, Vec<Evidence>> {
        let root = |id: Option<MemberId>| id.map(|id| person(id.0).root);
        let first_contribution = |newcomer: MemberId| {
            let own = entries
                .iter()
                .filter(|entry| is_contribution(entry.kind) && root(entry.actor) == Some(newcomer));
            own.map(|entry| entry.at).min()
        };
        let mut found: HashMap<MemberId, Vec<Evidence>> = HashMap::new();
        for (entry, id) in entries.iter().zip(1_i64..) {
            let Some(rule) = MODEL.rule(entry.kind) else { continue };
            let (beneficiary, giver) = match rule.to {
                Beneficiary::Actor => (root(entry.actor), root(entry.target)),
                Beneficiary::Target => (root(entry.target), root(entry.actor)),
            };
            let since = if rule.signal == Signal::Advocacy {
                giver.and_then(first_contribution).filter(|first| entry.at <= *first)
            } else {
                Some(entry.at)
            };
            if let (Some(beneficiary), Some(since)) = (beneficiary.filter(|_| beneficiary != giver), since) {
                found.entry(beneficiary).or_default().push(Evidence {
                    interaction: InteractionId(id),
                    kind: entry.kind,
                    giver,
                    since,
                    until: None,
                    visibility: Visibility::Public,
                });
            }
        }
        found
    }

    fn ledger(entries: &[Entry]) -> Ledger {
        let mut ledger = Ledger::new(MODEL.clone(), NOW);
        for id in 1..=PEOPLE {
            ledger.put_person(person(id));
        }
        for entry in entries {
            ledger.enter(*entry);
        }
        ledger
    }

    proptest! {
        #[test]
        fn ranks_by_the_points_of_the_definition((entries, shuffled) in entries()) {
            let (evidence, ledger) = (evidence(&entries), ledger(&shuffled));
            // Also as of a later instant of the same window: ageing rewrites nothing.
            for at in [NOW, NOW.plus_micros(20 * DAY)] {
                prop_assert!(ledger.covers(at));
                let ranking = ledger.rank(at);
                prop_assert_eq!(ranking.population, 6);
                for person in (1..=PEOPLE).map(person) {
                    let own = evidence.get(&person.id).map(Vec::as_slice).unwrap_or_default();
                    let points = Account::present(MODEL, own, at).points();
                    let expected = (person.is_scored && points.total() > 0.0).then_some(points);
                    // To the last bit.
                    prop_assert_eq!(ranking.standing(person.id).map(|standing| standing.points), expected, "{}", person.id);
                }
            }
        }

        #[test]
        fn places_follow_points((entries, shuffled) in entries()) {
            let (ranking, other) = (ledger(&entries).rank(NOW), ledger(&shuffled).rank(NOW));
            let standings = ranking.between(None, None);
            prop_assert_eq!(standings, other.between(None, None));
            prop_assert!(standings.is_sorted_by(|a, b| a.total > b.total || (a.total.total_cmp(&b.total).is_eq() && a.member < b.member)));
            for standing in standings {
                let better = standings.iter().filter(|other| other.total > standing.total).count();
                prop_assert_eq!(ranking.rank(standing.total), better + 1);
            }
        }
    }
}
