//! The running account of a community: what every member was credited, kept up as interactions come in, and ranked.
//!
//! One interaction costs one addition, whatever came before it and in whatever order. Ranking reads every pair once.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{InteractionKind, MemberId, Timestamp};
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::decay::{Decayed, Frame};
use super::formula::{Bond, Giver, Sums};
use super::model::{Beneficiary, ScoringModel, Signal, is_contribution};
use super::sheet::{NOBODY, Pair, Sheet};
use super::snapshot::{Snapshot, Standing};
use super::trust::{Footing, Trust, Vouching, Weighing};

/// A member as far as scoring goes.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Who.
    pub id: MemberId,
    /// Into whom they were merged, or themselves.
    pub root: MemberId,
    /// Neither staff nor bot nor opted out nor merged away.
    pub is_scored: bool,
    /// How their credit is trusted apart from what others gave them.
    pub footing: Footing,
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
    /// What the model makes of it being about its topics; 1 for most.
    pub factor: f64,
}

/// A member's account.
#[derive(Clone, Copy, Debug)]
struct Holder {
    id: MemberId,
    root: u32,
    is_scored: bool,
    has_entries: bool,
    footing: Footing,
    /// When they first took part; `i64::MAX` when never.
    first_contribution: i64,
}

struct Invitation {
    inviter: u32,
    newcomer: u32,
    at: Timestamp,
    factor: f64,
}

/// The running account of a community or a topic.
pub struct Ledger {
    model: Arc<ScoringModel>,
    frame: Frame,
    places: FxHashMap<MemberId, u32>,
    holders: Vec<Holder>,
    sheet: Sheet,
    invitations: Vec<Invitation>,
    /// When the first thing happened.
    start: i64,
}

impl Ledger {
    /// An empty ledger that can be ranked as of instants in the same window as `now`.
    #[must_use]
    pub fn new(model: Arc<ScoringModel>, now: Timestamp) -> Self {
        let frame = Frame::at(now, model.terms.decay);
        Self {
            model,
            frame,
            places: FxHashMap::default(),
            holders: Vec::new(),
            sheet: Sheet::default(),
            invitations: Vec::new(),
            start: i64::MAX,
        }
    }

    /// The model by which it credits.
    #[must_use]
    pub const fn model(&self) -> &Arc<ScoringModel> {
        &self.model
    }

    /// Whether it can be ranked as of this instant. If not, it must be built anew.
    #[must_use]
    pub fn covers(&self, as_of: Timestamp) -> bool {
        self.frame == Frame::at(as_of, self.model.terms.decay)
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
        holder.footing = person.footing;
        let same_root = holder.root == root;
        holder.root = root;
        same_root || !holder.has_entries
    }

    fn place(&mut self, id: MemberId) -> u32 {
        if let Some(place) = self.places.get(&id) {
            return *place;
        }
        // Two thousand million members are not to be expected.
        let place = u32::try_from(self.holders.len()).unwrap_or(NOBODY).min(NOBODY - 1);
        self.places.insert(id, place);
        self.holders.push(Holder {
            id,
            root: place,
            is_scored: false,
            has_entries: false,
            footing: Footing::Earns,
            first_contribution: i64::MAX,
        });
        place
    }

    /// The account that speaks for a member; `None` for a member who was never put.
    fn root_of(&mut self, id: Option<MemberId>) -> Option<u32> {
        let place = *self.places.get(&id?)?;
        let holder = self.holders.get_mut(place as usize)?;
        holder.has_entries = true;
        Some(holder.root)
    }

    /// Whether the ledger knows a member.
    #[must_use]
    pub fn knows(&self, id: MemberId) -> bool {
        self.places.contains_key(&id)
    }

    /// Credits an interaction.
    pub fn enter(&mut self, entry: Entry) {
        self.start = self.start.min(entry.at.as_micros());
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
        let value = rule.value * entry.factor;
        let Some(beneficiary) = beneficiary.filter(|_| beneficiary != giver && value != 0.0) else {
            return;
        };
        if rule.signal == Signal::Advocacy {
            // Whether it counts depends on what the newcomer does, so it is decided when ranking.
            self.invitations.extend(giver.map(|newcomer| Invitation {
                inviter: beneficiary,
                newcomer,
                at: entry.at,
                factor: entry.factor,
            }));
            return;
        }
        let amount = self.frame.deposit(value, entry.at);
        self.sheet.add(entry.kind, beneficiary, giver, amount, entry.at);
    }

    /// Whose credit counts how much. To be asked of the ledger of a whole community: a topic is too small to judge by.
    #[must_use]
    pub fn trust(&mut self) -> Trust {
        self.sheet.settle();
        let members: Vec<(MemberId, Footing)> = self.holders.iter().map(|holder| (holder.id, holder.footing)).collect();
        let terms = self.model.terms.trust;
        let start = Timestamp::from_micros(self.start);
        let half_life = self.model.terms.decay.half_life_micros();
        let mut weighing = Weighing::new(&terms, half_life, start, &members);
        // Those whom nobody credited may still be trusted from the start.
        for place in 0..u32::try_from(members.len()).unwrap_or(NOBODY) {
            weighing.stand(place, &[]);
        }
        self.vouchings(|place, received| weighing.stand(place, received));
        let mut steps: FxHashMap<MemberId, Box<[(i64, f32)]>> = FxHashMap::default();
        for (place, (id, footing)) in (0_u32..).zip(&members) {
            if matches!(footing, Footing::Seed | Footing::Staff) {
                steps.insert(*id, weighing.trust(place, &[]).into());
            }
        }
        self.vouchings(|place, received| {
            let earned = weighing.trust(place, received);
            if let Some((id, _)) = members.get(place as usize).filter(|_| !earned.is_empty()) {
                steps.insert(*id, earned.into());
            }
        });
        weighing.finish(steps)
    }

    /// Tells for every member who credited them, member by member.
    fn vouchings(&self, mut tell: impl FnMut(u32, &[Vouching])) {
        let micros = |seconds: u32| {
            if seconds == u32::MAX {
                i64::MAX
            } else {
                i64::from(seconds) * 1_000_000
            }
        };
        let mut received: Vec<Vouching> = Vec::new();
        let mut whose = NOBODY;
        for pair in self.sheet.pairs().filter(|pair| pair.giver != NOBODY) {
            if pair.beneficiary != whose && !received.is_empty() {
                tell(whose, &received);
                received.clear();
            }
            whose = pair.beneficiary;
            // Where being helped is no sign of trust, it is none here either.
            let answered = if self.model.terms.trust.unanswered < 1.0 {
                pair.answered
            } else {
                0
            };
            let since = pair.since.filter(|_| answered < u32::MAX);
            received.extend(since.map(|since| Vouching {
                giver: pair.giver,
                first: micros(since.first.max(answered)),
                whole: micros(since.whole.max(answered)),
            }));
        }
        if !received.is_empty() {
            tell(whose, &received);
        }
    }

    /// Ranks everybody as of an instant that the ledger covers.
    #[must_use]
    pub fn rank(&mut self, trust: &Arc<Trust>, as_of: Timestamp) -> Snapshot {
        let sums = self.sums(trust, as_of);
        let terms = &self.model.terms;
        let mut standings = Vec::new();
        let mut population = 0;
        for ((holder, sums), place) in self.holders.iter().zip(&sums).zip(0_u32..) {
            if !holder.is_scored || holder.root != place {
                continue;
            }
            population += 1;
            let Some(sums) = sums else { continue };
            let points = sums.points(terms);
            let total = points.total();
            if total > 0.0 {
                standings.push(Standing {
                    member: holder.id,
                    points,
                    total,
                    evidence: sums.evidence(terms),
                });
            }
        }
        Snapshot::new(as_of, (Arc::clone(&self.model), Arc::clone(trust)), standings, population)
    }

    /// What everybody was given, by place.
    fn sums(&mut self, trust: &Trust, as_of: Timestamp) -> Vec<Option<Box<Sums>>> {
        self.sheet.settle();
        let reader = self.frame.reader(as_of, self.model.terms.trust.ripe_share);
        let floor = trust.floor(as_of);
        let trusted: Vec<f64> = self
            .holders
            .iter()
            .map(|holder| (1.0 - floor).mul_add(trust.earned(holder.id, as_of), floor))
            .collect();
        let mut advocacy = self.advocacy();
        let mut sums: Vec<Option<Box<Sums>>> = vec![None; self.holders.len()];
        let mut enter = |(beneficiary, giver): (u32, u32), bond: &Bond, thanks: u32, is_wanted: bool| {
            let trust = trusted.get(giver as usize).copied().unwrap_or(floor);
            let giver = Giver::new(&self.model.terms.trust, (trust, floor), giver != NOBODY, is_wanted);
            let given = Sums::of(&self.model.terms, bond, giver, reader, thanks);
            if let Some(slot) = sums.get_mut(beneficiary as usize) {
                let all = slot.get_or_insert_default();
                **all = all.plus(given);
            }
        };
        for Pair {
            beneficiary,
            giver,
            mut bond,
            thanks,
            answered,
            asked,
            ..
        } in self.sheet.pairs()
        {
            let mut is_wanted = asked || answered < u32::MAX;
            if let Some(brought) = advocacy.remove(&(beneficiary, giver)) {
                bond.advocacy = brought;
                // Coming by invitation and taking part is an answer, too.
                is_wanted = true;
            }
            enter((beneficiary, giver), &bond, thanks, is_wanted);
        }
        for ((beneficiary, giver), brought) in advocacy {
            let bond = Bond {
                advocacy: brought,
                ..Bond::default()
            };
            enter((beneficiary, giver), &bond, 0, true);
        }
        sums
    }

    /// Credit for invitations whose newcomer took part afterwards, since then; by inviter and newcomer.
    fn advocacy(&self) -> HashMap<(u32, u32), Decayed, FxBuildHasher> {
        let value = self.model.rule(InteractionKind::Invite).map_or(0.0, |rule| rule.value);
        let mut credits: HashMap<(u32, u32), Decayed, FxBuildHasher> = HashMap::default();
        for invitation in &self.invitations {
            let Some(newcomer) = self.holders.get(invitation.newcomer as usize) else {
                continue;
            };
            let since = Timestamp::from_micros(newcomer.first_contribution);
            if invitation.at <= since && newcomer.first_contribution < i64::MAX {
                let brought = credits.entry((invitation.inviter, invitation.newcomer)).or_default();
                *brought += self.frame.deposit(value * invitation.factor, since);
            }
        }
        credits
    }
}

#[cfg(test)]
mod tests;
