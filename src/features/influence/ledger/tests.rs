//! The ledger against the definition: account by account, in any order of arrival.

use std::sync::LazyLock;

use entity::{InteractionId, Visibility};
use proptest::prelude::*;

use super::*;
use crate::features::influence::account::{Account, Evidence};

static MODEL: LazyLock<ScoringModel> = LazyLock::new(|| {
    let mut model = ScoringModel::default();
    // So few people would never reach the usual quorum.
    model.terms.trust.quorum = 4;
    model.terms.trust.first_givers = 1;
    model
});
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
        footing: match id {
            2 => Footing::Seed,
            6 => Footing::Never,
            7 => Footing::Staff,
            _ => Footing::Earns,
        },
    }
}

/// Interactions of three years, and the same in another order.
fn entries() -> impl Strategy<Value = (Vec<Entry>, Vec<Entry>)> {
    let who = || proptest::option::weighted(0.9, (1..=PEOPLE).prop_map(MemberId));
    let entry = (proptest::sample::select(InteractionKind::ALL), who(), who(), -900_i64..2).prop_map(|(kind, actor, target, days)| Entry {
        kind,
        actor,
        target,
        at: NOW.plus_micros(days * DAY),
        factor: if days % 5 == 0 { 0.5 } else { 1.0 },
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
                discounts: Vec::new(),
                visibility: Visibility::Public,
                factor: entry.factor,
                is_return: false,
            });
        }
    }
    // Help in the other direction answers it.
    for (entry, id) in entries.iter().zip(1_i64..) {
        let Some(rule) = MODEL.rule(entry.kind).filter(|rule| rule.signal == Signal::Help) else {
            continue;
        };
        let (helper, helped) = match rule.to {
            Beneficiary::Actor => (root(entry.actor), root(entry.target)),
            Beneficiary::Target => (root(entry.target), root(entry.actor)),
        };
        if let (Some(giver), Some(beneficiary)) = (helper, helped)
            && giver != beneficiary
        {
            found.entry(beneficiary).or_default().push(Evidence {
                interaction: InteractionId(id),
                kind: entry.kind,
                giver: Some(giver),
                since: entry.at,
                until: None,
                discounts: Vec::new(),
                visibility: Visibility::Public,
                factor: entry.factor,
                is_return: true,
            });
        }
    }
    found
}

fn ledger(entries: &[Entry]) -> Ledger {
    let mut ledger = Ledger::new(Arc::new(MODEL.clone()), NOW);
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
        let (evidence, mut ledger) = (evidence(&entries), ledger(&shuffled));
        let trust = Arc::new(ledger.trust());
        // Also as of a later instant of the same window: ageing rewrites nothing.
        for at in [NOW, NOW.plus_micros(3 * DAY)] {
            prop_assert!(ledger.covers(at));
            let ranking = ledger.rank(&trust, at);
            prop_assert_eq!(ranking.population, 6);
            for person in (1..=PEOPLE).map(person) {
                let own = evidence.get(&person.id).map(Vec::as_slice).unwrap_or_default();
                let account = Account::present(&MODEL, &trust, own, at);
                let points = account.points();
                let expected = (person.is_scored && points.total() > 0.0).then_some(points);
                // To the last bit.
                prop_assert_eq!(ranking.standing(person.id).map(|standing| standing.points), expected, "{}", person.id);
                let amount = ranking.standing(person.id).map(|standing| standing.evidence);
                prop_assert_eq!(amount, expected.map(|_| account.evidence()));
            }
        }
    }

    #[test]
    fn places_follow_points((entries, shuffled) in entries()) {
        let rank = |entries: &[Entry]| {
            let mut ledger = ledger(entries);
            let trust = Arc::new(ledger.trust());
            ledger.rank(&trust, NOW)
        };
        let (ranking, other) = (rank(&entries), rank(&shuffled));
        let standings = ranking.between(None, None);
        prop_assert_eq!(standings, other.between(None, None));
        prop_assert!(standings.is_sorted_by(|a, b| a.total > b.total || (a.total.total_cmp(&b.total).is_eq() && a.member < b.member)));
        for standing in standings {
            let better = standings.iter().filter(|other| other.total > standing.total).count();
            prop_assert_eq!(ranking.rank(standing.total), better + 1);
        }
    }
}
