//! Which terms are refused, what they cover and when they hold.

use super::*;

const HOUR: i64 = 3_600 * 1_000_000;

fn wanted(metric: Metric) -> Changes {
    Changes {
        name: Some("Fast".to_owned()),
        public_text: Some("We are fast.".to_owned()),
        metric: Some(metric),
        target: Some(HOUR),
        ..Changes::default()
    }
}

fn refused(changes: Changes) -> Vec<String> {
    let told = |error: UserError| format!("{}: {}", error.field.join("."), error.message);
    Terms::new(changes).unwrap_err().into_iter().map(told).collect()
}

#[test]
fn given_nothing_when_checked_then_all_that_is_needed_is_named() {
    let errors = Terms::new(Changes::default()).unwrap_err();
    let fields: Vec<String> = errors.iter().map(|error| error.field.join(".")).collect();
    assert_eq!(fields, ["name", "publicText", "metric", "target"]);
}

#[test]
fn given_a_target_of_zero_when_checked_then_the_message_says_so() {
    let zero = Changes {
        target: Some(0),
        ..wanted(Metric::FirstResponse)
    };
    assert_eq!(refused(zero), ["target: must be longer than zero"]);
    let long = Changes {
        target: Some(MAX_TARGET_MICROS + 1),
        ..wanted(Metric::FirstResponse)
    };
    assert_eq!(refused(long), ["target: must be at most 3 years, which is P1095D"]);
}

#[test]
fn given_a_warning_as_long_as_the_target_when_checked_then_it_is_refused() {
    let warned = |warn_before| {
        Terms::new(Changes {
            warn_before: Some(warn_before),
            ..wanted(Metric::Update)
        })
    };
    assert!(warned(HOUR - 1).is_ok());
    assert!(warned(HOUR).is_err());
    assert!(warned(-1).is_err());
}

#[test]
fn given_a_metric_when_nothing_is_said_of_pauses_then_it_has_its_own() {
    let pauses = |metric| Terms::new(wanted(metric)).unwrap().pause_on();
    assert!(pauses(Metric::FirstResponse).is_empty() && pauses(Metric::NextResponse).is_empty());
    for metric in [Metric::Update, Metric::FirstResolution, Metric::TotalResolution] {
        assert_eq!(pauses(metric), [CaseStatus::WaitingOnCustomer]);
    }
}

#[test]
fn given_pauses_that_a_metric_does_not_have_when_checked_then_they_are_refused() {
    let pausing = |metric, state| {
        Terms::new(Changes {
            pause_on: Some(vec![state]),
            ..wanted(metric)
        })
    };
    assert!(pausing(Metric::FirstResponse, CaseStatus::WaitingOnCustomer).is_err());
    assert!(pausing(Metric::NextResponse, CaseStatus::OnHold).is_err());
    assert!(pausing(Metric::TotalResolution, CaseStatus::OnHold).is_err());
    assert!(pausing(Metric::Update, CaseStatus::Resolved).is_err());
    assert!(pausing(Metric::FirstResolution, CaseStatus::OnHold).is_ok());
}

#[test]
fn given_terms_when_changed_then_what_is_not_given_stays() {
    let terms = Terms::new(Changes {
        channels: Some(vec!["email".to_owned(), "email".to_owned()]),
        ..wanted(Metric::Update)
    });
    let terms = terms.unwrap();
    assert_eq!(terms.channels, ["email"]);
    let changed = terms.clone().changed(Changes {
        target: Some(2 * HOUR),
        ..Changes::default()
    });
    assert_eq!(changed.unwrap(), Terms { target: 2 * HOUR, ..terms });
}

#[test]
fn given_another_metric_when_changed_then_it_does_not_keep_pauses_it_cannot_have() {
    let terms = Terms::new(wanted(Metric::Update)).unwrap();
    let changed = terms.changed(Changes {
        metric: Some(Metric::FirstResponse),
        ..Changes::default()
    });
    assert!(changed.unwrap().pause_on().is_empty());
}

#[test]
fn given_empty_lists_when_asked_then_all_cases_are_covered() {
    let all = Terms::new(wanted(Metric::Update)).unwrap();
    assert!(all.covers(Severity::Low, None, None));
    let some = Terms {
        severities: vec![Severity::High],
        categories: vec!["billing".to_owned()],
        ..all
    };
    assert!(some.covers(Severity::High, Some("billing"), None));
    assert!(!some.covers(Severity::Low, Some("billing"), None));
    assert!(!some.covers(Severity::High, None, None));
    assert!(!some.covers(Severity::High, Some("Billing"), None));
    assert!(some.covers(Severity::High, Some(" billing "), None));
}

#[test]
fn given_a_period_when_asked_then_it_holds_from_its_start_to_before_its_end() {
    let at = Timestamp::from_micros;
    let period = Period {
        status: ExpectationStatus::Retired,
        from: Some(at(10)),
        to: Some(at(20)),
    };
    assert_eq!(
        [9, 10, 19, 20].map(|micros| period.in_force(at(micros))),
        [false, true, true, false]
    );
    let draft = Period {
        status: ExpectationStatus::Draft,
        ..period
    };
    assert!(!draft.in_force(at(15)));
}

#[test]
fn given_names_with_blanks_when_they_are_covered_then_each_is_kept_once_without_them() {
    let changes = Changes {
        categories: Some(vec![" billing".to_owned(), "billing ".to_owned(), "Billing".to_owned()]),
        channels: Some(vec!["e mail".to_owned()]),
        ..wanted(Metric::Update)
    };
    let terms = Terms::new(changes).unwrap();
    assert_eq!(
        (terms.categories, terms.channels),
        (vec!["billing".to_owned(), "Billing".to_owned()], vec!["e mail".to_owned()])
    );
}

#[test]
fn given_a_start_when_it_is_out_of_all_reason_then_it_is_refused() {
    let day = |day: i64| Timestamp::from_micros(day * 24 * 3_600_000_000);
    let now = day(20_000);
    for from in [day(0), now, day(23_650)] {
        assert_eq!(check_from(from, now), Ok(()), "{from}");
    }
    for from in [day(0).plus_micros(-1), day(23_650).plus_micros(1)] {
        assert_eq!(check_from(from, now).unwrap_err().field, ["effectiveFrom"], "{from}");
    }
}
