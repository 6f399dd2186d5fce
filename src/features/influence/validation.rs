//! What a model may not be: each wrong number is named by its field, each wrong entry of a list by its place. Pure.

use std::collections::HashSet;

use entity::InteractionKind;

use super::model::{Terms, counts_against, credit_of};
use crate::error::{UserError, UserErrorCode as Code};

/// Most topics with factors.
pub const MOST_TOPICS: usize = 200;

/// What the lists of an input say, in their order: terms keep only the last word on each thing.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// What kinds are worth.
    pub values: Vec<(InteractionKind, f64)>,
    /// Factors for topics, by name.
    pub topics: Vec<(String, f64)>,
}

/// What is wrong with the lists of an input, as errors of its `terms`, each at the place of the entry. `knows` tells whether a topic
/// may be named.
#[must_use]
pub fn check_lists(lists: &Lists, knows: impl Fn(&str) -> bool) -> Vec<UserError> {
    let mut wrong = Vec::new();
    let kinds = InteractionKind::ALL.len();
    if lists.values.len() > kinds {
        wrong.push(UserError::at("terms.values", Code::TooMany, format!("must be at most {kinds}")));
    } else {
        list_of_values(&lists.values, &mut wrong);
    }
    if lists.topics.len() > MOST_TOPICS {
        wrong.push(UserError::at(
            "terms.topics",
            Code::TooMany,
            format!("must be at most {MOST_TOPICS}"),
        ));
    } else {
        list_of_topics(&lists.topics, knows, &mut wrong);
    }
    wrong
}

/// Whether [`check_lists`] tells what is wrong at a field that [`check`] names.
#[must_use]
pub fn is_of_lists(field: &str) -> bool {
    field.starts_with("values.") || field == "topics" || field.starts_with("topics.")
}

fn list_of_values(values: &[(InteractionKind, f64)], wrong: &mut Vec<UserError>) {
    let mut before = HashSet::new();
    for (place, (kind, value)) in values.iter().enumerate() {
        let mut refuse = |field: &str, code, message: String| {
            wrong.push(UserError::at(&format!("terms.values.{place}.{field}"), code, message));
        };
        if !before.insert(*kind) {
            refuse("kind", Code::Invalid, format!("names {kind} twice"));
        } else if credit_of(*kind).is_some() {
            if let Some(fault) = fault_of_value(*kind, *value) {
                refuse("value", Code::OutOfRange, format!("of {kind} {fault}"));
            }
        } else if *value != 0.0 {
            refuse("kind", Code::Invalid, format!("{kind} is a kind that gives nobody credit"));
        }
    }
}

fn list_of_topics(topics: &[(String, f64)], knows: impl Fn(&str) -> bool, wrong: &mut Vec<UserError>) {
    let mut before = HashSet::new();
    for (place, (name, factor)) in topics.iter().enumerate() {
        let mut refuse = |field: &str, code, message: &str| {
            wrong.push(UserError::at(&format!("terms.topics.{place}.{field}"), code, message));
        };
        if crate::text::is_blank(name) {
            refuse("topic", Code::Required, "must not be empty");
        } else if !before.insert(name.as_str()) {
            refuse("topic", Code::Invalid, "is named twice");
        } else if !knows(name) {
            refuse("topic", Code::Invalid, "is no topic of this community: no interaction is about it");
        }
        if !(0.0..=10.0).contains(factor) {
            refuse("factor", Code::OutOfRange, "must be between 0 and 10");
        }
    }
}

/// What is wrong with the value of a kind that gives credit.
fn fault_of_value(kind: InteractionKind, value: f64) -> Option<&'static str> {
    if counts_against(kind) {
        (!(-1_000.0..=0.0).contains(&value)).then_some("counts against somebody: must be between -1000 and 0")
    } else {
        (!(0.0..=1_000.0).contains(&value)).then_some("must be between 0 and 1000")
    }
}

/// What is wrong with terms: fields as the API names them, each with what it must be. Empty when nothing is.
#[must_use]
pub fn check(terms: &Terms) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    values(terms, &mut wrong);
    numbers(terms, &mut wrong);
    topics(terms, &mut wrong);
    let levels = &terms.levels;
    if !(levels.established < levels.influential && levels.influential < levels.leading) {
        wrong.push(("levels".to_owned(), "must ascend: established, influential, leading".to_owned()));
    }
    wrong
}

fn values(terms: &Terms, wrong: &mut Vec<(String, String)>) {
    for (kind, value) in &terms.values {
        let fault = if credit_of(*kind).is_none() {
            Some("is a kind that gives nobody credit")
        } else {
            fault_of_value(*kind, *value)
        };
        wrong.extend(fault.map(|fault| (format!("values.{kind}"), fault.to_owned())));
    }
    let weights = &terms.weights;
    let value = |kind: InteractionKind| terms.values.get(&kind).copied().unwrap_or_default().max(0.0);
    let counts = |kind: InteractionKind| {
        use super::model::Signal;
        let weight = match credit_of(kind) {
            Some((Signal::Help, _)) => weights.help + weights.breadth,
            Some((Signal::Recognition, _)) => weights.recognition,
            Some((Signal::Attention, _)) => weights.attention,
            Some((Signal::Advocacy, _)) => weights.advocacy,
            None => 0.0,
        };
        value(kind) * weight > 0.0
    };
    if !InteractionKind::ALL.iter().any(|kind| counts(*kind)) {
        let message = "leave nothing that counts for anybody: at least one signal must weigh, with a kind that is worth something";
        wrong.push(("weights".to_owned(), message.to_owned()));
    }
}

fn numbers(terms: &Terms, wrong: &mut Vec<(String, String)>) {
    let (weights, decay, trust, levels) = (&terms.weights, &terms.decay, &terms.trust, &terms.levels);
    let bounds = [
        ("weights.help", weights.help, 0.0, 1_000.0),
        ("weights.breadth", weights.breadth, 0.0, 1_000.0),
        ("weights.breadthAttention", weights.breadth_attention, 0.0, 10.0),
        ("weights.recognition", weights.recognition, 0.0, 1_000.0),
        ("weights.attention", weights.attention, 0.0, 1_000.0),
        ("weights.advocacy", weights.advocacy, 0.0, 1_000.0),
        ("halfLife", decay.half_life_days, 1.0, 3_650.0),
        ("fastShare", decay.fast_share, 0.0, 1.0),
        ("fastRate", decay.fast_rate, 1.0, 16.0),
        ("slowRate", decay.slow_rate, 0.05, 1.0),
        ("kappa", terms.kappa, 0.001, 1_000_000.0),
        ("trust.firstGivers", f64::from(trust.first_givers), 0.0, 20.0),
        ("trust.moreGivers", f64::from(trust.more_givers), 1.0, 20.0),
        ("trust.maturity", trust.maturity, 0.0, 10.0),
        ("trust.ripeShare", trust.ripe_share, 0.0, 1.0),
        ("trust.freshLimit", trust.fresh_limit, 0.0, 1_000.0),
        ("trust.anonymousLimit", trust.anonymous_limit, 0.0, 1_000.0),
        ("trust.trace", trust.trace, 0.0, 1.0),
        ("trust.unanswered", trust.unanswered, 0.0, 1.0),
        ("trust.quorum", f64::from(trust.quorum), 0.0, 10_000.0),
        ("minimumEvidence", terms.minimum_evidence, 0.0, 1_000.0),
        ("levels.established", levels.established, 0.0, 100.0),
        ("levels.influential", levels.influential, 0.0, 100.0),
        ("levels.leading", levels.leading, 0.0, 100.0),
    ];
    for (field, value, least, most) in bounds {
        // Not a number is in no range.
        if !(least..=most).contains(&value) {
            let unit = if field == "halfLife" { " days" } else { "" };
            wrong.push((field.to_owned(), format!("must be between {least} and {most}{unit}")));
        }
    }
}

fn topics(terms: &Terms, wrong: &mut Vec<(String, String)>) {
    if terms.topics.len() > MOST_TOPICS {
        wrong.push(("topics".to_owned(), format!("must be at most {MOST_TOPICS}")));
    }
    for (name, factor) in &terms.topics {
        if crate::text::is_blank(name) || name.contains('\0') {
            wrong.push(("topics".to_owned(), "must have names".to_owned()));
        }
        if !(0.0..=10.0).contains(factor) {
            wrong.push((format!("topics.{name}"), "must be between 0 and 10".to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(change: impl FnOnce(&mut Terms)) -> Vec<String> {
        let mut terms = Terms::default();
        change(&mut terms);
        check(&terms).into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn the_default_is_good_and_each_wrong_number_is_named() {
        assert!(fields(|_| {}).is_empty());
        assert_eq!(fields(|terms| terms.decay.half_life_days = -3.0), ["halfLife"]);
        assert_eq!(fields(|terms| terms.kappa = f64::NAN), ["kappa"]);
        assert_eq!(fields(|terms| terms.weights.help = f64::INFINITY), ["weights.help"]);
        assert_eq!(fields(|terms| terms.levels.leading = 10.0), ["levels"]);
        assert_eq!(
            fields(|terms| {
                terms.values.insert(InteractionKind::Question, 1.0);
            }),
            ["values.QUESTION"]
        );
        assert_eq!(
            fields(|terms| {
                terms.values.insert(InteractionKind::Flag, 1.0);
            }),
            ["values.FLAG"]
        );
        assert_eq!(
            fields(|terms| {
                terms.values.insert(InteractionKind::Answer, -1.0);
            }),
            ["values.ANSWER"]
        );
        assert_eq!(
            fields(|terms| {
                terms.topics.insert("x".to_owned(), 11.0);
            }),
            ["topics.x"]
        );
        let nothing = |terms: &mut Terms| {
            terms.weights.help = 0.0;
            terms.weights.breadth = 0.0;
            terms.weights.recognition = 0.0;
            terms.weights.attention = 0.0;
            terms.weights.advocacy = 0.0;
        };
        assert_eq!(fields(nothing), ["weights"]);
    }

    fn places(lists: &Lists) -> Vec<String> {
        let wrong = check_lists(lists, |name| name != "gren");
        let place = |error: &UserError| format!("{} {:?}", error.field.join("."), error.code);
        wrong.iter().map(place).collect()
    }

    #[test]
    fn each_wrong_value_is_named_by_its_place() {
        use InteractionKind as K;
        let values = |values: &[(K, f64)]| Lists {
            values: values.to_vec(),
            ..Lists::default()
        };
        assert_eq!(places(&values(&[(K::Kudos, 2.0), (K::Flag, -1.0), (K::Question, 0.0)])), [""; 0]);
        let bad = [
            (K::Kudos, 2.0),
            (K::Question, 1.0),
            (K::Flag, 1.0),
            (K::Kudos, 3.0),
            (K::Answer, f64::NAN),
        ];
        let expected = [
            "terms.values.1.kind Invalid",
            "terms.values.2.value OutOfRange",
            "terms.values.3.kind Invalid",
            "terms.values.4.value OutOfRange",
        ];
        assert_eq!(places(&values(&bad)), expected);
        assert_eq!(places(&values(&[(K::Kudos, 1.0); 40])), ["terms.values TooMany"]);
    }

    #[test]
    fn each_wrong_topic_is_named_by_its_place() {
        let topics = |topics: &[(&str, f64)]| Lists {
            topics: topics.iter().map(|(name, factor)| ((*name).to_owned(), *factor)).collect(),
            ..Lists::default()
        };
        assert_eq!(places(&topics(&[("green", 0.0), ("a.b", 10.0)])), [""; 0]);
        let expected = [
            "terms.topics.1.topic Invalid",
            "terms.topics.1.factor OutOfRange",
            "terms.topics.2.topic Invalid",
            "terms.topics.3.topic Required",
        ];
        let bad = [("green", 1.0), ("gren", 11.0), ("green", 1.0), (" ", 1.0)];
        assert_eq!(places(&topics(&bad)), expected);
        assert_eq!(places(&topics(&[("green", 1.0); 201])), ["terms.topics TooMany"]);
    }
}
