//! From evidence to points, and from points back to the evidence: pure, the one place where the formula is written.
//!
//! `points = Σ weight · credit`; help counts twice: by volume, and by breadth, the sum over the people helped of the square
//! root of what each received. Recognition is what came in for, less what came in against, never below zero.

use std::collections::HashMap;

use entity::{InteractionId, InteractionKind, MemberId, Timestamp, Visibility};

use super::decay::{Decayed, Frame, Reader, RootSum};
use super::model::{ScoringModel, Signal};

/// One interaction that gave somebody credit.
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
    /// Who may read it.
    pub visibility: Visibility,
}

impl Evidence {
    /// Whether it counts as of an instant in the past.
    #[must_use]
    pub fn counts_at(&self, at: Timestamp) -> bool {
        self.since <= at && self.until.is_none_or(|until| at < until)
    }

    /// Whether it counts in the ranking of the present, which takes in all that is recorded.
    #[must_use]
    pub const fn counts_now(&self) -> bool {
        self.until.is_none()
    }
}

/// Credits of one member, by what they are for, relative to a landmark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credits {
    /// Help given.
    pub help: Decayed,
    /// Recognition for.
    pub praise: Decayed,
    /// Recognition against, as a positive amount.
    pub blame: Decayed,
    /// Attention drawn.
    pub attention: Decayed,
    /// Newcomers brought.
    pub advocacy: Decayed,
}

impl Credits {
    /// Adds an amount; a negative `value` of the rule counts against.
    pub fn add(&mut self, signal: Signal, value: f64, amount: Decayed) {
        match signal {
            Signal::Help => self.help += amount,
            Signal::Recognition if value < 0.0 => self.blame += -amount,
            Signal::Recognition => self.praise += amount,
            Signal::Attention => self.attention += amount,
            Signal::Advocacy => self.advocacy += amount,
        }
    }
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

/// The formula.
#[must_use]
pub fn points(model: &ScoringModel, credits: &Credits, breadth: RootSum, reader: Reader) -> Points {
    let weights = &model.weights;
    Points {
        help: weights.help.mul_add(reader.read(credits.help), weights.breadth * breadth.value()),
        recognition: weights.recognition * (reader.read(credits.praise) - reader.read(credits.blame)).max(0.0),
        attention: weights.attention * reader.read(credits.attention),
        advocacy: weights.advocacy * reader.read(credits.advocacy),
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
}

/// A member's score as of an instant, worked out from the evidence.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    model: &'a ScoringModel,
    frame: Frame,
    reader: Reader,
    evidence: Vec<(&'a Evidence, Signal, f64, Decayed)>,
    credits: Credits,
    helped: HashMap<MemberId, Decayed>,
    breadth: RootSum,
}

impl<'a> Account<'a> {
    /// Weighs the evidence as of an instant in the past.
    #[must_use]
    pub fn as_of(model: &'a ScoringModel, evidence: impl IntoIterator<Item = &'a Evidence>, at: Timestamp) -> Self {
        Self::new(model, evidence.into_iter().filter(|item| item.counts_at(at)), at)
    }

    /// Weighs the evidence as the ranking of the present does, which was made at `at`.
    #[must_use]
    pub fn present(model: &'a ScoringModel, evidence: impl IntoIterator<Item = &'a Evidence>, at: Timestamp) -> Self {
        Self::new(model, evidence.into_iter().filter(|item| item.counts_now()), at)
    }

    fn new(model: &'a ScoringModel, evidence: impl IntoIterator<Item = &'a Evidence>, at: Timestamp) -> Self {
        let frame = Frame::at(at, model.half_life_micros);
        let reader = frame.reader(at);
        let mut account = Self {
            model,
            frame,
            reader,
            evidence: Vec::new(),
            credits: Credits::default(),
            helped: HashMap::new(),
            breadth: RootSum::default(),
        };
        for item in evidence {
            account.add(item);
        }
        account.breadth = account
            .helped
            .values()
            .fold(RootSum::default(), |sum, amount| sum + RootSum::of(reader.read(*amount)));
        account
    }

    fn add(&mut self, item: &'a Evidence) {
        let Some(rule) = self.model.rule(item.kind) else { return };
        let amount = self.frame.deposit(rule.value, item.since);
        self.credits.add(rule.signal, rule.value, amount);
        if let (Signal::Help, Some(giver)) = (rule.signal, item.giver) {
            *self.helped.entry(giver).or_default() += amount;
        }
        self.evidence.push((item, rule.signal, rule.value, amount));
    }

    /// Points by signal.
    #[must_use]
    pub fn points(&self) -> Points {
        points(self.model, &self.credits, self.breadth, self.reader)
    }

    /// How many pieces of evidence count.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.evidence.len()
    }

    /// Whether nothing counts.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.evidence.is_empty()
    }

    /// The receipts, largest first; ties by interaction.
    #[must_use]
    pub fn receipts(&self) -> Vec<Receipt> {
        let mut receipts: Vec<Receipt> = self
            .evidence
            .iter()
            .map(|(item, signal, value, amount)| Receipt {
                evidence: (*item).clone(),
                signal: *signal,
                points: self.share(item, *signal, *value, *amount),
                value_without: self.model.value(self.points_without(item, *signal, *value, *amount).total()),
            })
            .collect();
        receipts.sort_by(|a, b| {
            b.points
                .abs()
                .total_cmp(&a.points.abs())
                .then(a.evidence.interaction.cmp(&b.evidence.interaction))
        });
        receipts
    }

    fn share(&self, item: &Evidence, signal: Signal, value: f64, amount: Decayed) -> f64 {
        let weights = &self.model.weights;
        let credit = self.reader.read(amount);
        match signal {
            Signal::Help => weights.help.mul_add(credit, weights.breadth * self.share_of_breadth(item, credit)),
            // What counts against is cut so that recognition ends at zero; then what counts for keeps its points.
            Signal::Recognition if value < 0.0 => {
                let (praise, blame) = (self.reader.read(self.credits.praise), self.reader.read(self.credits.blame));
                let cut = if blame > praise { praise / blame } else { 1.0 };
                weights.recognition * credit * cut
            }
            Signal::Recognition => weights.recognition * credit,
            Signal::Attention => weights.attention * credit,
            Signal::Advocacy => weights.advocacy * credit,
        }
    }

    /// A square root is shared by the pieces of evidence under it in proportion.
    fn share_of_breadth(&self, item: &Evidence, credit: f64) -> f64 {
        let Some(all) = item.giver.and_then(|giver| self.helped.get(&giver)) else {
            return 0.0;
        };
        let all = self.reader.read(*all);
        if all > 0.0 { RootSum::of(all).value() * credit / all } else { 0.0 }
    }

    fn points_without(&self, item: &Evidence, signal: Signal, value: f64, amount: Decayed) -> Points {
        let mut credits = self.credits;
        credits.add(signal, value, -amount);
        let mut breadth = self.breadth;
        if let Some(all) = item
            .giver
            .filter(|_| signal == Signal::Help)
            .and_then(|giver| self.helped.get(&giver))
        {
            let rest = self.reader.read(*all - amount);
            breadth = breadth - RootSum::of(self.reader.read(*all)) + RootSum::of(rest);
        }
        points(self.model, &credits, breadth, self.reader)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MODEL: &ScoringModel = &ScoringModel::DEFAULT;
    const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);
    const DAY: i64 = 86_400_000_000;

    /// Evidence of ten years by a few givers: some taken back, some so old that nothing is left, some of tomorrow.
    fn evidence() -> impl Strategy<Value = Vec<Evidence>> {
        let piece = (
            proptest::sample::select(InteractionKind::ALL),
            proptest::option::weighted(0.9, 1_i64..6),
            prop_oneof![-3_650_i64..2, -120_i64..2],
            proptest::option::weighted(0.2, -400_i64..2),
        );
        let item = |((kind, giver, since, until), id): ((InteractionKind, Option<i64>, i64, Option<i64>), i64)| Evidence {
            interaction: InteractionId(id),
            kind,
            giver: giver.map(MemberId),
            since: NOW.plus_micros(since * DAY),
            until: until.map(|days| NOW.plus_micros(days * DAY)),
            visibility: Visibility::Public,
        };
        proptest::collection::vec(piece, 0..60).prop_map(move |pieces| pieces.into_iter().zip(1_i64..).map(item).collect::<Vec<_>>())
    }

    fn accounts(evidence: &[Evidence]) -> [Account<'_>; 2] {
        [Account::present(MODEL, evidence, NOW), Account::as_of(MODEL, evidence, NOW)]
    }

    proptest! {
        #[test]
        fn receipts_sum_to_the_points(evidence in evidence()) {
            for account in accounts(&evidence) {
                let (receipts, points) = (account.receipts(), account.points());
                prop_assert_eq!(receipts.len(), account.len());
                let sum: f64 = receipts.iter().map(|receipt| receipt.points).sum();
                let gross: f64 = receipts.iter().map(|receipt| receipt.points.abs()).sum();
                // Where praise and blame all but cancel, what is left is compared with what they came from.
                let most = 1e-9 * points.total().max(1e-4 * gross);
                prop_assert!((sum - points.total()).abs() <= most, "{} is not {}", sum, points.total());
                for signal in Signal::ALL {
                    prop_assert!(points.of(signal) >= 0.0);
                    let own = receipts.iter().filter(|receipt| receipt.signal == signal).map(|receipt| receipt.points);
                    prop_assert!((own.sum::<f64>() - points.of(signal)).abs() <= 1e-12 * gross.max(1.0));
                }
            }
        }

        #[test]
        fn the_value_without_is_that_of_the_rest(evidence in evidence()) {
            for (account, is_past) in accounts(&evidence).into_iter().zip([false, true]) {
                for receipt in account.receipts() {
                    let rest = evidence.iter().filter(|item| item.interaction != receipt.evidence.interaction);
                    let rest = if is_past { Account::as_of(MODEL, rest, NOW) } else { Account::present(MODEL, rest, NOW) };
                    let expected = MODEL.value(rest.points().total());
                    prop_assert!((receipt.value_without - expected).abs() <= 1e-12, "{:?} {}", receipt, expected);
                }
            }
        }

        #[test]
        fn order_does_not_matter((evidence, shuffled) in evidence().prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle()))) {
            for (account, other) in accounts(&evidence).iter().zip(accounts(&shuffled)) {
                prop_assert_eq!(account.points(), other.points());
                prop_assert_eq!(account.receipts(), other.receipts());
            }
        }
    }
}
