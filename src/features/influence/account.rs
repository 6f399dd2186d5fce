//! A member's account: their points worked out from the evidence, and the points divided among the evidence again. Pure.

use std::collections::HashMap;

use entity::{InteractionId, InteractionKind, MemberId, Timestamp, Visibility};

use super::decay::{Decayed, Exact, Frame, Reader};
use super::formula::{Bond, Cut, Giver, Points, Sums, share_of};
use super::model::{ScoringModel, Signal, counts_against};
use super::trust::Trust;

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
    /// When it does not count in between: from when staff discounted it until they restored it, each time.
    pub discounts: Vec<(Timestamp, Option<Timestamp>)>,
    /// Who may read it.
    pub visibility: Visibility,
    /// What the model makes of it being about its topics; 1 for most.
    pub factor: f64,
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
    /// How much the giver's credit is trusted, 0 to 1.
    pub trust: f64,
}

/// One piece of evidence in an account.
struct Item<'a> {
    evidence: &'a Evidence,
    signal: Signal,
    amount: Decayed,
}

/// What one giver, or nobody in particular, gave.
#[derive(Clone, Copy)]
struct Given {
    bond: Bond,
    giver: Giver,
    thanks: u32,
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
        let amount = self.frame.deposit(rule.value * evidence.factor, evidence.since);
        let (trust, at) = (self.trust, self.at);
        let given = self.given.entry(evidence.giver).or_insert_with(|| Given {
            bond: Bond::default(),
            giver: Giver {
                trust: trust.of(evidence.giver, at),
                is_known: evidence.giver.is_some(),
            },
            thanks: 0,
        });
        given.thanks += u32::from(is_thanks(evidence.kind));
        given.bond.add(evidence.kind, amount);
        self.items.push(Item {
            evidence,
            signal: rule.signal,
            amount,
        });
    }

    fn sums_of(&self, given: &Given) -> Sums {
        Sums::of(&self.model.terms, &given.bond, given.giver, self.reader, given.thanks)
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
            giver: Giver { trust: 1.0, ..given.giver },
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
                trust: given.giver.trust,
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
            given.giver,
            self.reader,
            cut,
            (item.signal, item.amount),
        )
    }

    fn points_without(&self, item: &Item<'_>, given: &Given) -> Points {
        let mut rest = *given;
        rest.bond.add(item.evidence.kind, -item.amount);
        rest.thanks = rest.thanks.saturating_sub(u32::from(is_thanks(item.evidence.kind)));
        self.sums
            .minus(self.sums_of(given))
            .plus(self.sums_of(&rest))
            .points(&self.model.terms)
    }
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
        let trust = if given.giver.is_known { given.giver.trust } else { 1.0 };
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
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static MODEL: LazyLock<ScoringModel> = LazyLock::new(ScoringModel::default);
    /// Nobody, half and full trust, and a floor of a quarter.
    static TRUST: LazyLock<Trust> = LazyLock::new(|| Trust::fixed(&[(MemberId(1), 1.0), (MemberId(2), 0.5), (MemberId(3), 0.125)], 3, 4));
    const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);
    const DAY: i64 = 86_400_000_000;

    /// Evidence of ten years by a few givers: some taken back, some so old that nothing is left, some of tomorrow.
    fn evidence() -> impl Strategy<Value = Vec<Evidence>> {
        let piece = (
            proptest::sample::select(InteractionKind::ALL),
            proptest::option::weighted(0.9, 1_i64..6),
            prop_oneof![-3_650_i64..2, -120_i64..2],
            proptest::option::weighted(0.2, -400_i64..2),
            proptest::collection::vec((-400_i64..2, proptest::option::of(0_i64..100)), 0..2),
        );
        type Piece = (InteractionKind, Option<i64>, i64, Option<i64>, Vec<(i64, Option<i64>)>);
        let day = |days: i64| NOW.plus_micros(days * DAY);
        let item = move |((kind, giver, since, until, discounts), id): (Piece, i64)| Evidence {
            interaction: InteractionId(id),
            kind,
            giver: giver.map(MemberId),
            since: day(since),
            until: until.map(day),
            discounts: discounts
                .into_iter()
                .map(|(from, length)| (day(from), length.map(|length| day(from + length))))
                .collect(),
            visibility: Visibility::Public,
            factor: if id % 7 == 0 { 0.5 } else { 1.0 },
        };
        proptest::collection::vec(piece, 0..60).prop_map(move |pieces| pieces.into_iter().zip(1_i64..).map(item).collect::<Vec<_>>())
    }

    #[test]
    fn evidence_counts_but_while_it_is_discounted() {
        let at = Timestamp::from_micros;
        let mut item = Evidence {
            interaction: InteractionId(1),
            kind: InteractionKind::Kudos,
            giver: None,
            since: at(10),
            until: None,
            discounts: vec![(at(20), Some(at(30))), (at(40), None)],
            visibility: Visibility::Public,
            factor: 1.0,
        };
        let counts = |item: &Evidence| [9, 10, 19, 20, 29, 30, 39, 40, 99].map(|micros| item.counts_at(at(micros)));
        assert_eq!(counts(&item), [false, true, true, false, false, true, true, false, false]);
        assert!(!item.counts_now());
        item.discounts.pop();
        assert!(item.counts_now() && item.counts_at(at(99)));
        item.until = Some(at(35));
        assert!(!item.counts_now() && item.counts_at(at(34)) && !item.counts_at(at(35)));
    }

    fn accounts(evidence: &[Evidence]) -> [Account<'_>; 2] {
        [
            Account::present(&MODEL, &TRUST, evidence, NOW),
            Account::as_of(&MODEL, &TRUST, evidence, NOW),
        ]
    }

    fn given(kind: InteractionKind, giver: Option<i64>, id: i64) -> Evidence {
        Evidence {
            interaction: InteractionId(id),
            kind,
            giver: giver.map(MemberId),
            since: NOW,
            until: None,
            discounts: Vec::new(),
            visibility: Visibility::Public,
            factor: 1.0,
        }
    }

    #[test]
    fn nobody_in_particular_can_take_away_no_more_than_nobody_gave() {
        let trust = Trust::fixed(&[(MemberId(1), 1.0)], 4, 4);
        let mut evidence = vec![given(InteractionKind::Kudos, Some(1), 1)];
        evidence.extend((2..60).map(|id| given(InteractionKind::Downvote, None, id)));
        let recognition = |evidence: &[Evidence]| Account::present(&MODEL, &trust, evidence, NOW).points().recognition;
        let alone = recognition(&evidence[..1]);
        assert!(
            alone > 0.0 && (recognition(&evidence) - alone).abs() < 1e-9,
            "fifty-eight votes of nobody"
        );
        evidence.push(given(InteractionKind::Flag, Some(1), 99));
        assert!(recognition(&evidence).abs() < 1e-9, "one report of somebody who is trusted");
    }

    #[test]
    fn evidence_is_as_many_givers_as_there_are_and_no_more() {
        let trust = Trust::fixed(&[(MemberId(1), 1.0), (MemberId(2), 1.0)], 4, 4);
        let amount = |evidence: &[Evidence]| Account::present(&MODEL, &trust, evidence, NOW).evidence();
        let two = [
            given(InteractionKind::Answer, Some(1), 1),
            given(InteractionKind::Answer, Some(2), 2),
        ];
        assert!((amount(&two) - 2.0).abs() < 1e-6);
        assert!(
            amount(&[given(InteractionKind::Kudos, None, 1)]) <= 1.0,
            "one thank-you is one at most"
        );
        let strangers: Vec<Evidence> = (10..40).map(|id| given(InteractionKind::Answer, Some(id), id)).collect();
        assert!(amount(&strangers) < 1.0, "what does not count is no evidence");
        assert!((Account::present(&MODEL, &Trust::everybody(), &strangers, NOW).evidence() - 30.0).abs() < 1e-3);
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
                let most = 1e-9 * points.total().max(1e-4 * gross).max(1e-2);
                prop_assert!((sum - points.total()).abs() <= most, "{} is not {}", sum, points.total());
                for signal in Signal::ALL {
                    prop_assert!(points.of(signal) >= 0.0);
                    let own = receipts.iter().filter(|receipt| receipt.signal == signal).map(|receipt| receipt.points);
                    prop_assert!((own.sum::<f64>() - points.of(signal)).abs() <= 1e-8 * gross.max(1.0));
                }
            }
        }

        #[test]
        fn the_value_without_is_that_of_the_rest(evidence in evidence()) {
            for (account, is_past) in accounts(&evidence).into_iter().zip([false, true]) {
                for receipt in account.receipts() {
                    let rest = evidence.iter().filter(|item| item.interaction != receipt.evidence.interaction);
                    let rest = if is_past { Account::as_of(&MODEL, &TRUST, rest, NOW) } else { Account::present(&MODEL, &TRUST, rest, NOW) };
                    let expected = MODEL.value(rest.points().total());
                    prop_assert!((receipt.value_without - expected).abs() <= 1e-9, "{:?} {}", receipt, expected);
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
