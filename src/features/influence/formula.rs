//! The formula: from what each giver gave to points. Pure, the one place where it is written.
//!
//! For each giver, with `h`, `c`, `k`, `i` the faded credit for help, attention, thanks and newcomers:
//!
//! ```text
//! bond   = help·h + breadth·√(h + breadthAttention·c) + attention·c + advocacy·i
//! thanks = recognition·k·(1 − blame share)
//! ```
//!
//! What trusted givers gave counts in full. Of what others gave, the part that has ripened counts, and the fresh part up to a
//! limit that grows with what is trusted; so do thanks of nobody in particular. Of what is over a limit, a trace counts:
//!
//! ```text
//! trusted  = Σ trust·(bond + thanks)
//! base     = trusted + Σ (1−trust)·ripe(bond + thanks)
//! unnamed  = Σ unnamed thanks                      up to  anonymousLimit·base
//! fresh    = Σ (1−trust)·(bond + thanks − ripe)    up to  freshLimit·trusted
//! points   = base + unnamed + fresh
//! ```
//!
//! Blame (votes against, reports) takes at most all thanks and nothing else; what of it has no known giver, at most as much as
//! there are thanks without one. Where a giver neither asked for help nor did anything themselves for the beneficiary, their trust counts
//! by the share that the model gives it ([`Giver::credit`]): being written to is not giving. While a community has no quorum of trusted members,
//! the floor of trust lifts all of this towards plain sums. Sums over givers are whole numbers, the same in every order.
//! Receipts, which divide the points among the evidence, are in [`super::account`].

use entity::InteractionKind;

use super::decay::{Decayed, Exact, Reader};
use super::model::{Signal, Terms, TrustTerms, counts_against, credit_of};

/// What one giver gave one beneficiary, by what it was for, relative to a landmark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bond {
    /// Help.
    pub help: Decayed,
    /// Attention.
    pub attention: Decayed,
    /// Thanks and endorsements.
    pub praise: Decayed,
    /// Votes against and reports, as a positive amount.
    pub blame: Decayed,
    /// Newcomers brought.
    pub advocacy: Decayed,
}

impl Bond {
    /// Adds the amount of an interaction of a kind.
    pub fn add(&mut self, kind: InteractionKind, amount: Decayed) {
        match credit_of(kind) {
            Some((Signal::Help, _)) => self.help += amount,
            Some((Signal::Attention, _)) => self.attention += amount,
            Some((Signal::Advocacy, _)) => self.advocacy += amount,
            Some((Signal::Recognition, _)) if counts_against(kind) => self.blame += -amount,
            Some((Signal::Recognition, _)) => self.praise += amount,
            None => {}
        }
    }
}

/// Who gave, as far as the formula goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Giver {
    /// How much they are trusted, 0 to 1.
    pub trust: f64,
    /// How much the credit that comes from them is: less than they are where they neither asked nor answered.
    pub credit: f64,
    /// Whether it is known who it is.
    pub is_known: bool,
}

impl Giver {
    /// Somebody who is trusted so much, where anybody is by the floor. `is_wanted`: they asked for help or did something themselves for
    /// the beneficiary.
    #[must_use]
    pub fn new(terms: &TrustTerms, (trust, floor): (f64, f64), is_known: bool, is_wanted: bool) -> Self {
        let credit = if is_wanted {
            trust
        } else {
            terms.unanswered.mul_add(trust - floor, floor)
        };
        Self { trust, credit, is_known }
    }
}

/// A part of the points by signal: help, attention, advocacy.
type BySignal = [Exact; 3];

/// What the givers of a beneficiary gave, in whole numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    trusted: BySignal,
    ripe: BySignal,
    fresh: BySignal,
    praise_trusted: Exact,
    praise_ripe: Exact,
    praise_fresh: Exact,
    /// Thanks without a known giver: what counts anyway, and what is limited.
    unnamed_free: Exact,
    unnamed: Exact,
    praise: Exact,
    /// Votes against: what counts anyway, and those without a known giver, which can take away no more than thanks without one.
    blame: Exact,
    unnamed_blame: Exact,
    /// Sums of squares of what single givers gave, for the amount of evidence: the part that always counts, both, the fresh part.
    squares: [Exact; 3],
    /// How many thanks have no known giver.
    unnamed_count: u32,
}

/// What one giver's bond comes to: the trusted, the ripe and the fresh part of one amount.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    trusted: f64,
    ripe: f64,
    fresh: f64,
}

impl Parts {
    const fn of(all: f64, ripe: f64, trust: f64) -> Self {
        let doubt = 1.0 - trust;
        // Ripe credit is a part of all, whatever rounding says.
        let ripe = ripe.min(all);
        Self {
            trusted: trust * all,
            ripe: doubt * ripe,
            fresh: doubt * (all - ripe),
        }
    }
}

/// What a unit of help gets of the root that it stands under.
fn root_per_unit(terms: &Terms, bond: &Bond, giver: Giver, reader: Reader) -> f64 {
    let attention = terms.weights.breadth_attention * reader.read(bond.attention);
    let under = attention + reader.read(bond.help);
    if giver.is_known && under > 0.0 {
        terms.weights.breadth / under.sqrt()
    } else {
        0.0
    }
}

impl Sums {
    /// What one giver gave. `thanks`: how many thanks the bond holds.
    #[must_use]
    pub fn of(terms: &Terms, bond: &Bond, giver: Giver, reader: Reader, thanks: u32) -> Self {
        let weights = &terms.weights;
        let per_unit = root_per_unit(terms, bond, giver, reader);
        let amounts = [
            (bond.help, weights.help + per_unit),
            (bond.attention, weights.breadth_attention.mul_add(per_unit, weights.attention)),
            (bond.advocacy, weights.advocacy),
        ];
        let mut sums = Self::default();
        let (mut sure, mut open) = (0.0, 0.0);
        for (place, (amount, weight)) in amounts.into_iter().enumerate() {
            if amount == Decayed::ZERO {
                continue;
            }
            let parts = Parts::of(weight * reader.read(amount), weight * reader.ripe(amount), giver.credit);
            for (slot, value) in [
                (&mut sums.trusted, parts.trusted),
                (&mut sums.ripe, parts.ripe),
                (&mut sums.fresh, parts.fresh),
            ] {
                if let Some(slot) = slot.get_mut(place) {
                    *slot = Exact::of(value);
                }
            }
            sure += parts.trusted + parts.ripe;
            open += parts.fresh;
        }
        let praise = reader.read(bond.praise);
        sums.praise = Exact::of(praise);
        if giver.is_known {
            let parts = Parts::of(praise, reader.ripe(bond.praise), giver.credit);
            (sums.praise_trusted, sums.praise_ripe, sums.praise_fresh) =
                (Exact::of(parts.trusted), Exact::of(parts.ripe), Exact::of(parts.fresh));
            sure += weights.recognition * (parts.trusted + parts.ripe);
            open += weights.recognition * parts.fresh;
            sums.blame = Exact::of(giver.trust * reader.read(bond.blame));
        } else {
            sums.unnamed_free = Exact::of(giver.trust * praise);
            sums.unnamed = Exact::of((1.0 - giver.trust) * praise);
            sums.unnamed_count = thanks;
            let blame = reader.read(bond.blame);
            sums.blame = Exact::of(giver.trust * blame);
            sums.unnamed_blame = Exact::of((1.0 - giver.trust) * blame);
        }
        if giver.is_known {
            sums.squares = [Exact::of(sure * sure), Exact::of(sure * open), Exact::of(open * open)];
        }
        sums
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.merged(other, |a, b| a + b, self.unnamed_count.saturating_add(other.unnamed_count))
    }

    /// This without the other, which is in it.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.merged(other, |a, b| a - b, self.unnamed_count.saturating_sub(other.unnamed_count))
    }

    fn merged(self, other: Self, both: impl Fn(Exact, Exact) -> Exact, unnamed_count: u32) -> Self {
        let each = |[a, b, c]: BySignal, [x, y, z]: BySignal| [both(a, x), both(b, y), both(c, z)];
        Self {
            trusted: each(self.trusted, other.trusted),
            ripe: each(self.ripe, other.ripe),
            fresh: each(self.fresh, other.fresh),
            praise_trusted: both(self.praise_trusted, other.praise_trusted),
            praise_ripe: both(self.praise_ripe, other.praise_ripe),
            praise_fresh: both(self.praise_fresh, other.praise_fresh),
            unnamed_free: both(self.unnamed_free, other.unnamed_free),
            unnamed: both(self.unnamed, other.unnamed),
            praise: both(self.praise, other.praise),
            blame: both(self.blame, other.blame),
            unnamed_blame: both(self.unnamed_blame, other.unnamed_blame),
            squares: each(self.squares, other.squares),
            unnamed_count,
        }
    }

    /// What limits and blame leave of each sort of credit.
    #[must_use]
    pub fn cut(&self, terms: &Terms) -> Cut {
        let praise = self.praise.value().max(0.0);
        let unnamed_praise = self.unnamed.value().max(0.0);
        let blame = self.blame.value().max(0.0) + self.unnamed_blame.value().clamp(0.0, unnamed_praise);
        let blamed = if blame >= praise && blame > 0.0 {
            1.0
        } else if praise > 0.0 {
            blame / praise
        } else {
            0.0
        };
        let net = terms.weights.recognition * (1.0 - blamed);
        let sum = |parts: &BySignal| parts.iter().fold(Exact::default(), |sum, part| sum + *part).value();
        let trusted = net.mul_add(self.praise_trusted.value(), sum(&self.trusted));
        let base = trusted + net.mul_add(self.praise_ripe.value(), sum(&self.ripe));
        let fresh = net.mul_add(self.praise_fresh.value(), sum(&self.fresh));
        let trust = &terms.trust;
        let unnamed_free = net * self.unnamed_free.value();
        let unnamed_limited = net * self.unnamed.value();
        let up_to = |amount: f64, limit: f64| {
            let share = if amount > limit { (limit / amount).max(0.0) } else { 1.0 };
            trust.trace.mul_add(1.0 - share, share)
        };
        let (unnamed, sure) = if trust.vetted_votes {
            (1.0, trusted + unnamed_free + unnamed_limited)
        } else {
            let limit = trust.anonymous_limit * (base + unnamed_free);
            (up_to(unnamed_limited, limit), trusted + unnamed_free)
        };
        Cut {
            blamed,
            unnamed,
            fresh: up_to(fresh, trust.fresh_limit * sure),
        }
    }

    /// The points.
    #[must_use]
    pub fn points(&self, terms: &Terms) -> Points {
        self.points_after(terms, self.cut(terms))
    }

    fn points_after(&self, terms: &Terms, cut: Cut) -> Points {
        let of = |[trusted, ripe, fresh]: [Exact; 3]| cut.fresh.mul_add(fresh.value(), (trusted + ripe).value());
        let [help, attention, advocacy] = [0, 1, 2].map(|place| {
            let part = |parts: &BySignal| parts.get(place).copied().unwrap_or_default();
            of([part(&self.trusted), part(&self.ripe), part(&self.fresh)])
        });
        let named = of([self.praise_trusted, self.praise_ripe, self.praise_fresh]);
        let unnamed = cut.unnamed.mul_add(self.unnamed.value(), self.unnamed_free.value());
        Points {
            help,
            recognition: terms.weights.recognition * (1.0 - cut.blamed) * (named + unnamed),
            attention,
            advocacy,
        }
    }

    /// How much evidence there is: how many givers who all gave the same would tell as much (Kish's effective sample size), times
    /// the share of what they gave that counts. Thanks without a giver are taken for those of as many people.
    #[must_use]
    pub fn evidence(&self, terms: &Terms) -> f64 {
        let cut = self.cut(terms);
        let total = self.points_after(terms, cut).total();
        let each = terms.weights.recognition * (1.0 - cut.blamed) * cut.unnamed;
        let unnamed_praise = (self.unnamed + self.unnamed_free).value();
        // Of many that came steadily, the squares are known from how credit fades; of few, they are at least those of equal ones.
        let steady = terms.decay.square_share() * unnamed_praise;
        let equal = unnamed_praise * unnamed_praise / f64::from(self.unnamed_count.max(1));
        let unnamed = each * each * steady.max(equal);
        let [sure, both, open] = self.squares.map(Exact::value);
        let named = cut.fresh.mul_add(cut.fresh.mul_add(open, 2.0 * both), sure);
        let squares = named + unnamed;
        let full = Cut {
            unnamed: 1.0,
            fresh: 1.0,
            ..cut
        };
        let given = self.points_after(terms, full).total();
        if squares > 0.0 && given > 0.0 {
            total * total / squares * (total / given).min(1.0)
        } else {
            0.0
        }
    }
}

/// What limits and blame leave of each sort of credit, each 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// The share of the thanks that blame takes.
    pub blamed: f64,
    /// What counts of thanks without a known giver.
    pub unnamed: f64,
    /// What counts of fresh credit from givers who are not trusted.
    pub fresh: f64,
}

/// What one amount under a bond brings, given what became of the whole: its share of the points, before blame for thanks.
#[must_use]
pub fn share_of(terms: &Terms, bond: &Bond, giver: Giver, reader: Reader, cut: Cut, (signal, amount): (Signal, Decayed)) -> f64 {
    let weights = &terms.weights;
    let (all, ripe) = (reader.read(amount), reader.ripe(amount));
    if signal == Signal::Recognition && !giver.is_known {
        return weights.recognition * all * (1.0 - giver.trust).mul_add(cut.unnamed, giver.trust);
    }
    let per_unit = root_per_unit(terms, bond, giver, reader);
    let weight = match signal {
        Signal::Help => weights.help + per_unit,
        Signal::Attention => weights.breadth_attention.mul_add(per_unit, weights.attention),
        Signal::Advocacy => weights.advocacy,
        Signal::Recognition => weights.recognition,
    };
    let parts = Parts::of(weight * all, weight * ripe, giver.credit);
    cut.fresh.mul_add(parts.fresh, parts.trusted + parts.ripe)
}

/// Points by signal.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Points {
    /// Points for help, volume and breadth together.
    pub help: f64,
    /// Points for recognition, zero or more.
    pub recognition: f64,
    /// Points for attention.
    pub attention: f64,
    /// Points for advocacy.
    pub advocacy: f64,
}

impl Points {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.help + self.recognition + self.attention + self.advocacy
    }

    /// Those of one signal.
    #[must_use]
    pub const fn of(&self, signal: Signal) -> f64 {
        match signal {
            Signal::Help => self.help,
            Signal::Recognition => self.recognition,
            Signal::Attention => self.attention,
            Signal::Advocacy => self.advocacy,
        }
    }
}
