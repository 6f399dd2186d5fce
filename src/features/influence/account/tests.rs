//! Receipts and what is left without one, on random evidence.

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
        is_return: id % 11 == 0 && matches!(kind, InteractionKind::Answer | InteractionKind::Reply),
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
        is_return: false,
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
        is_return: false,
    }
}

#[test]
fn who_was_written_to_gives_their_trust_only_once_they_answer() {
    let trust = Trust::fixed(&[(MemberId(1), 1.0), (MemberId(2), 1.0)], 4, 4);
    let points = |evidence: &[Evidence]| Account::present(&MODEL, &trust, evidence, NOW).points().total();
    let unasked: Vec<Evidence> = (1..=2).map(|giver| given(InteractionKind::Message, Some(giver), giver)).collect();
    assert!(points(&unasked) < 0.02, "two messages to people who said nothing");
    let returned = Evidence {
        is_return: true,
        ..given(InteractionKind::Message, Some(1), 3)
    };
    let answered = [unasked.as_slice(), &[returned]].concat();
    assert!(points(&answered) > 1.4, "one of them wrote back");
    let receipts = |evidence: &[Evidence]| -> Vec<(bool, f64)> {
        let account = Account::present(&MODEL, &trust, evidence, NOW);
        account
            .receipts()
            .iter()
            .map(|receipt| (receipt.is_wanted, receipt.trust))
            .collect()
    };
    assert_eq!(receipts(&answered), [(true, 1.0), (false, 0.0)]);
    let thanked = [
        unasked.as_slice(),
        &[
            given(InteractionKind::Kudos, Some(1), 3),
            given(InteractionKind::Comment, Some(2), 4),
        ],
    ]
    .concat();
    assert!(receipts(&thanked).iter().all(|receipt| *receipt == (true, 1.0)));
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
        given(InteractionKind::SolutionAccepted, Some(1), 1),
        given(InteractionKind::SolutionAccepted, Some(2), 2),
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
