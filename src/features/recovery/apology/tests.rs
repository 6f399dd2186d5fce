//! Tests of the rules of apologies.

use entity::CommunityId;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

fn draft() -> apology::Model {
    apology::Model {
        community_id: CommunityId(1),
        id: ApologyId(1),
        case_id: CaseId(1),
        status: ApologyStatus::Draft,
        author: "staff:1".to_owned(),
        visibility: Visibility::Public,
        text: "We are sorry.".to_owned(),
        components: 0,
        heard_at: None,
        created_at: NOW,
        sent_at: None,
        responded_at: None,
        retracted_at: None,
        retraction_reason: None,
    }
}

fn sent() -> apology::Model {
    let mut row = draft();
    send(&mut row, NOW).unwrap();
    row
}

fn new() -> NewApology {
    NewApology {
        case: CaseId(1),
        breaches: Vec::new(),
        text: "We are sorry.".to_owned(),
        components: Vec::new(),
        visibility: None,
        heard_at: None,
        send: true,
    }
}

#[test]
fn components_survive_the_way_through_bits() {
    for bits in 0..64_i16 {
        let components = Components::from_bits(bits);
        assert_eq!(components.bits(), bits);
        let listed: Vec<ApologyComponent> = components.into();
        assert_eq!(Components::from(listed), components);
    }
    assert_eq!(Components::from_bits(-1).bits(), 63);
    let twice = Components::from(vec![ApologyComponent::Repair, ApologyComponent::Regret, ApologyComponent::Repair]);
    assert_eq!(
        Vec::<ApologyComponent>::from(twice),
        [ApologyComponent::Regret, ApologyComponent::Repair]
    );
}

#[test]
fn only_what_was_sent_is_answered_or_retracted_and_once() {
    for first in [Answer::Accepted, Answer::Rejected, Answer::NoReply] {
        assert_eq!(
            answer(&mut draft(), first, None, NOW).unwrap_err().code,
            UserErrorCode::NotAllowedNow
        );
        let mut row = sent();
        answer(&mut row, first, None, NOW).unwrap();
        assert_eq!(row.status, first.status());
        assert!(answer(&mut row.clone(), Answer::Accepted, None, NOW).is_err());
        assert!(retract(&mut row.clone(), "wrong case", NOW).is_err());
        assert!(send(&mut row, NOW).is_err());
    }
    let mut row = sent();
    retract(&mut row, "wrong case", NOW).unwrap();
    assert_eq!(row.retraction_reason.as_deref(), Some("wrong case"));
    assert!(!stands(row.status));
    assert!(answer(&mut row, Answer::Accepted, None, NOW).is_err());
    assert_eq!(status(&row), ApologyStatus::Retracted);
    assert!(retract(&mut row, "once more", NOW).is_err());

    let mut given_up = draft();
    retract(&mut given_up, "not sent", NOW).unwrap();
    assert_eq!((status(&given_up), given_up.retracted_at), (ApologyStatus::Retracted, Some(NOW)));
    assert_eq!(given_up.sent_at, None, "the customer never had it");
    assert!(!stands(given_up.status));
    assert!(send(&mut given_up, NOW).is_err());
    assert!(answer(&mut given_up, Answer::Accepted, None, NOW).is_err());
    assert!(retract(&mut given_up, "once more", NOW).is_err());
    assert_eq!(retract(&mut sent(), " ", NOW).unwrap_err().field, ["reason"]);
}

#[test]
fn answers_come_after_the_apology_and_not_in_the_future() {
    let early = answer(&mut sent(), Answer::Accepted, Some(NOW.plus_micros(-1)), NOW).unwrap_err();
    assert_eq!(
        (early.code, early.field),
        (UserErrorCode::OutOfRange, vec!["respondedAt".to_owned()])
    );
    assert!(answer(&mut sent(), Answer::Accepted, Some(NOW.plus_micros(1)), NOW).is_err());
    assert!(answer(&mut sent(), Answer::Accepted, Some(NOW), NOW).is_ok());
}

#[test]
fn bad_input_is_named() {
    let fields = |apology: NewApology| -> Vec<String> { apology.check(NOW).iter().map(|error| error.field.join(".")).collect() };
    assert_eq!(fields(new()), [""; 0]);
    let script = "<script>alert(1)</script>".to_owned();
    assert_eq!(fields(NewApology { text: script, ..new() }), [""; 0]);
    for text in [String::new(), "\0".to_owned(), "x".repeat(20_001)] {
        assert_eq!(fields(NewApology { text, ..new() }), ["text"]);
    }
    let heard = NewApology {
        heard_at: Some(NOW.plus_micros(1)),
        ..new()
    };
    assert_eq!(fields(heard), ["heardAt"]);
    let half = NewApology {
        visibility: Some(Visibility::SemiPrivate),
        ..new()
    };
    assert_eq!(fields(half), ["visibility"]);
    let many = NewApology {
        breaches: vec![BreachId(1); MOST_BREACHES + 1],
        ..new()
    };
    assert_eq!(fields(many), ["breachIds"]);
    let all = NewApology {
        breaches: vec![BreachId(1); MOST_BREACHES + 1],
        text: String::new(),
        visibility: Some(Visibility::SemiPrivate),
        heard_at: Some(NOW.plus_micros(1)),
        ..new()
    };
    assert_eq!(fields(all), ["text", "breachIds", "visibility", "heardAt"], "all at once");
    assert!(check_heard(Some(NOW), NOW).is_ok());
    assert!(check_heard(Some(NOW), NOW.plus_micros(1)).is_err());
    assert!(check_heard(None, NOW).is_ok());
}

#[test]
fn only_a_draft_changes_and_only_as_it_is_told() {
    let nothing = ApologyChanges {
        apology: ApologyId(1),
        breaches: None,
        text: None,
        components: None,
        visibility: None,
        heard_at: None,
    };
    let mut row = draft();
    assert_eq!((update(&mut row, &nothing), &row), (Ok(false), &draft()));
    let changes = ApologyChanges {
        text: Some("It was our fault.".to_owned()),
        components: Some(vec![ApologyComponent::Responsibility]),
        visibility: Some(Visibility::Private),
        heard_at: Some(Some(NOW)),
        ..nothing.clone()
    };
    assert_eq!(update(&mut row, &changes), Ok(true));
    let expected = apology::Model {
        text: "It was our fault.".to_owned(),
        components: Components::from(vec![ApologyComponent::Responsibility]).bits(),
        visibility: Visibility::Private,
        heard_at: Some(NOW),
        ..draft()
    };
    assert_eq!(row, expected);
    assert_eq!(update(&mut row, &changes), Ok(false), "it is so already");
    let unheard = ApologyChanges {
        heard_at: Some(None),
        ..nothing.clone()
    };
    assert_eq!((update(&mut row, &unheard), row.heard_at), (Ok(true), None));

    let mut given_up = draft();
    retract(&mut given_up, "not sent", NOW).unwrap();
    for mut row in [sent(), given_up] {
        let before = row.clone();
        let refused = update(&mut row, &changes).unwrap_err();
        assert_eq!((refused.code, row), (UserErrorCode::NotAllowedNow, before));
    }
    let wrong = ApologyChanges {
        text: Some(" ".to_owned()),
        visibility: Some(Visibility::SemiPrivate),
        heard_at: Some(Some(NOW.plus_micros(1))),
        ..nothing
    };
    let fields: Vec<String> = wrong.check(NOW).iter().map(|error| error.field.join(".")).collect();
    assert_eq!(fields, ["text", "visibility", "heardAt"]);
}

#[test]
fn an_apology_that_takes_no_responsibility_is_worth_a_warning() {
    let regret = Components::from(vec![ApologyComponent::Regret]);
    assert_eq!(warnings(regret, Past::default()), [Warning::NoResponsibility]);
    let taken = Components::from(vec![ApologyComponent::Responsibility]);
    assert!(warnings(taken, Past::default()).is_empty());
}

#[test]
fn the_second_apology_without_repair_is_worth_a_warning() {
    let taken = Components::from(vec![ApologyComponent::Responsibility]);
    let mut past = Past {
        apologized_at: Some(NOW),
        repair_promised_at: None,
    };
    assert_eq!(warnings(taken, past), [Warning::RepeatedWithoutRepair]);
    past.repair_promised_at = Some(NOW.plus_micros(-1));
    assert_eq!(warnings(taken, past), [Warning::RepeatedWithoutRepair]);
    past.repair_promised_at = Some(NOW);
    assert!(warnings(taken, past).is_empty());
    past.repair_promised_at = None;
    let offered = Components::from(vec![ApologyComponent::Responsibility, ApologyComponent::Repair]);
    assert!(warnings(offered, past).is_empty());
}
