//! A member's account: their points worked out from the evidence, and the points divided among the evidence again. Pure.

use std::collections::HashMap;

use entity::{InteractionId, InteractionKind, MemberId, Timestamp, Visibility};

use super::decay::{Decayed, Exact, Frame, Reader};
use super::formula::{Bond, Cut, Giver, Points, Sums, share_of};
use super::model::{ScoringModel, Signal, counts_against, is_answer, is_asked_for};
use super::trust::Trust;

/// One interaction that gave somebody credit, or answered credit.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Which.
    pub interaction: InteractionId,
    /// What was done.
    pub kind: InteractionKind,
    /// Who gave the credit, after merges; `None` when unknown.
    pub giver: Option<MemberId>,
    /// Since when it counts: when it happened, or for an invitation when the newcomer first contributed.
    pub since: Timestamp,
    /// Until when it counts: when it was taken back.
    pub until: Option<Timestamp>,
    /// When it does not count in between: from when staff discounted it until they restored it, each time.
    pub discounts: Vec<(Timestamp, Option<Timestamp>)>,
    /// Who may read it.
    pub visibility: Visibility,
    /// What the model makes of it being about its topics; 1 for most.
    pub factor: f64,
    /// The giver helped the beneficiary in turn: no credit for the beneficiary, but an answer to theirs.
    pub is_return: bool,
}

impl Evidence {
    /// Whether it counts as of an instant in the past.
    #[must_use]
    pub fn counts_at(&self, at: Timestamp) -> bool {
        let is_over = |until: Option<Timestamp>| until.is_some_and(|until| until <= at);
        let is_discounted = self.discounts.iter().any(|(from, to)| *from <= at && !is_over(*to));
        self.since <= at && !is_over(self.until) && !is_discounted
    }

    /// Whether it counts in the ranking of the present, which takes in all that is recorded.
    #[must_use]
    pub fn counts_now(&self) -> bool {
        self.until.is_none() && self.discounts.iter().all(|(_, restored)| restored.is_some())
    }
}

/// What one piece of evidence brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The evidence.
    pub evidence: Evidence,
    /// What the credit is for.
    pub signal: Signal,
    /// Its share of the points; all receipts together sum to the points.
    pub points: f64,
    /// The value that the member would have without it.
    pub value_without: f64,
    /// How much this credit is trusted, 0 to 1.
    pub trust: f64,
    /// Whether the giver asked for help, or did anything for the member themselves.
    pub is_wanted: bool,
}

/// One piece of evidence in an account.
struct Item<'a> {
    evidence: &'a Evidence,
    signal: Signal,
    amount: Decayed,
    /// Whether it shows that what the giver got was wanted.
    is_wanted: bool,
}

/// What one giver, or nobody in particular, gave.
#[derive(Clone, Copy)]
struct Given {
    bond: Bond,
    /// How much they are trusted, and how much anybody is.
    trust: (f64, f64),
    is_known: bool,
    thanks: u32,
    /// How often they asked for help or did something for the beneficiary themselves.
    wanted: u32,
}

/// A member's score as of an instant, worked out from the evidence.
pub struct Account<'a> {
    model: &'a ScoringModel,
    trust: &'a Trust,
    at: Timestamp,
    frame: Frame,
    reader: Reader,
    items: Vec<Item<'a>>,
    given: HashMap<Option<MemberId>, Given>,
    sums: Sums,
}

impl<'a> Account<'a> {
    /// Weighs the evidence as of an instant in the past.
    #[must_use]
    pub fn as_of(model: &'a ScoringModel, trust: &'a Trust, evidence: impl IntoIterator<Item = &'a Evidence>, at: Timestamp) -> Self {
        Self::new(model, trust, evidence.into_iter().filter(|item| item.counts_at(at)), at)
    }

    /// Weighs the evidence as the ranking of the present does, which was made at `at`.
    #[must_use]
    pub fn present(model: &'a ScoringModel, trust: &'a Trust, evidence: impl IntoIterator<Item = &'a Evidence>, at: Timestamp) -> Self {
        Self::new(model, trust, evidence.into_iter().filter(|item| item.counts_now()), at)
    }

    fn new(model: &'a ScoringModel, trust: &'a Trust, evidence: impl IntoIterator<Item = &'a Evidence>, at: Timestamp) -> Self {
        let frame = Frame::at(at, model.terms.decay);
        let mut account = Self {
            model,
            trust,
            at,
            frame,
            reader: frame.reader(at, model.terms.trust.ripe_share),
            items: Vec::new(),
            given: HashMap::new(),
            sums: Sums::default(),
        };
        for item in evidence {
            account.add(item);
        }
        account.sums = account
            .given
            .values()
            .fold(Sums::default(), |sums, given| sums.plus(account.sums_of(given)));
        account
    }

    fn add(&mut self, evidence: &'a Evidence) {
        let Some(rule) = self.model.rule(evidence.kind) else { return };
        let value = rule.value * evidence.factor;
        let amount = self.frame.deposit(value, evidence.since);
        let (trust, at) = (self.trust, self.at);
        let given = self.given.entry(evidence.giver).or_insert_with(|| Given {
            bond: Bond::default(),
            trust: (trust.of(evidence.giver, at), trust.floor(at)),
            is_known: evidence.giver.is_some(),
            thanks: 0,
            wanted: 0,
        });
        let is_wanted = shows_wanted(evidence) && value != 0.0;
        given.wanted += u32::from(is_wanted);
        if evidence.is_return {
            return;
        }
        given.thanks += u32::from(is_thanks(evidence.kind));
        given.bond.add(evidence.kind, amount);
        self.items.push(Item {
            evidence,
            signal: rule.signal,
            amount,
            is_wanted,
        });
    }

    fn sums_of(&self, given: &Given) -> Sums {
        Sums::of(&self.model.terms, &given.bond, self.giver(given), self.reader, given.thanks)
    }

    fn giver(&self, given: &Given) -> Giver {
        Giver::new(&self.model.terms.trust, given.trust, given.is_known, given.wanted > 0)
    }

    /// Points by signal.
    #[must_use]
    pub fn points(&self) -> Points {
        self.sums.points(&self.model.terms)
    }

    /// How much evidence there is, in equally strong givers.
    #[must_use]
    pub fn evidence(&self) -> f64 {
        self.sums.evidence(&self.model.terms)
    }

    /// What the evidence comes to where trust and limits play no part.
    #[must_use]
    pub fn strength(&self) -> f64 {
        let full = |given: &Given| Given {
            trust: (1.0, 1.0),
            ..*given
        };
        let sums = self
            .given
            .values()
            .fold(Sums::default(), |sums, given| sums.plus(self.sums_of(&full(given))));
        sums.points(&self.model.terms).total()
    }

    /// How many pieces of evidence count.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing counts.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The receipts, largest first; ties by interaction.
    #[must_use]
    pub fn receipts(&self) -> Vec<Receipt> {
        let cut = self.sums.cut(&self.model.terms);
        let blame = Blame::new(self, cut);
        let receipt = |item: &Item<'_>| {
            let given = self.given.get(&item.evidence.giver)?;
            let giver = self.giver(given);
            let points = if counts_against(item.evidence.kind) {
                blame.share_of(self, item, given)
            } else {
                self.share(item, given, cut)
            };
            Some(Receipt {
                evidence: item.evidence.clone(),
                signal: item.signal,
                points,
                value_without: self.model.value(self.points_without(item, given).total()),
                trust: if counts_against(item.evidence.kind) {
                    giver.trust
                } else {
                    giver.credit
                },
                is_wanted: given.wanted > 0,
            })
        };
        let mut receipts: Vec<Receipt> = self.items.iter().filter_map(receipt).collect();
        receipts.sort_by(|a, b| {
            b.points
                .abs()
                .total_cmp(&a.points.abs())
                .then(a.evidence.interaction.cmp(&b.evidence.interaction))
        });
        receipts
    }

    fn share(&self, item: &Item<'_>, given: &Given, cut: Cut) -> f64 {
        share_of(
            &self.model.terms,
            &given.bond,
            self.giver(given),
            self.reader,
            cut,
            (item.signal, item.amount),
        )
    }

    fn points_without(&self, item: &Item<'_>, given: &Given) -> Points {
        let mut rest = *given;
        rest.bond.add(item.evidence.kind, -item.amount);
        rest.thanks = rest.thanks.saturating_sub(u32::from(is_thanks(item.evidence.kind)));
        rest.wanted = rest.wanted.saturating_sub(u32::from(item.is_wanted));
        self.sums
            .minus(self.sums_of(given))
            .plus(self.sums_of(&rest))
            .points(&self.model.terms)
    }
}

/// Whether this shows that what the giver got was wanted: they asked for it, or did something themselves.
const fn shows_wanted(evidence: &Evidence) -> bool {
    let kind = evidence.kind;
    evidence.is_return || is_asked_for(kind) || is_answer(kind) || matches!(kind, InteractionKind::Invite)
}

const fn is_thanks(kind: InteractionKind) -> bool {
    matches!(kind, InteractionKind::Kudos | InteractionKind::Endorsement)
}

/// What blame takes from thanks, divided among the votes against.
struct Blame {
    taken: f64,
    all: f64,
}

impl Blame {
    fn new(account: &Account<'_>, cut: Cut) -> Self {
        // Whole numbers: the same in every order.
        let (mut thanks, mut all) = (Exact::default(), Exact::default());
        for item in &account.items {
            let Some(given) = account.given.get(&item.evidence.giver) else {
                continue;
            };
            if counts_against(item.evidence.kind) {
                all += Exact::of(Self::weight(account, item, given));
            } else if item.signal == Signal::Recognition {
                thanks += Exact::of(account.share(item, given, cut));
            }
        }
        Self {
            taken: thanks.value() * cut.blamed,
            all: all.value(),
        }
    }

    fn weight(account: &Account<'_>, item: &Item<'_>, given: &Given) -> f64 {
        let trust = if given.is_known { given.trust.0 } else { 1.0 };
        trust * account.reader.read(-item.amount)
    }

    fn share_of(&self, account: &Account<'_>, item: &Item<'_>, given: &Given) -> f64 {
        if self.all > 0.0 {
            -self.taken * Self::weight(account, item, given) / self.all
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests;
