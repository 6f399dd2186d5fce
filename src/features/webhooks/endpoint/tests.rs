//! Tests of the rules of webhook endpoints.

use entity::{CommunityId, Role, WebhookEndpointId};

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);
const DAY: i64 = 86_400 * 1_000_000;

fn row() -> webhook_endpoint::Model {
    webhook_endpoint::Model {
        community_id: CommunityId(1),
        id: WebhookEndpointId(1),
        url: "https://example.com/".to_owned(),
        description: Some("CRM".to_owned()),
        event_types: None,
        scopes: "cases:read members:read".to_owned(),
        clearance: Visibility::SemiPrivate,
        status: WebhookEndpointStatus::Active,
        paused_at: None,
        pause_reason: None,
        read_to: 10,
        secret: WebhookSecret("one".to_owned()),
        secret_at: NOW,
        old_secret: None,
        old_secret_until: None,
        created_by: "staff:1".to_owned(),
        created_at: NOW,
        deleted_at: None,
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn admin() -> Giver {
    Giver {
        permissions: Permissions::of_role(Role::Admin),
        clearance: Visibility::Private,
    }
}

fn new() -> NewEndpoint {
    NewEndpoint {
        url: "https://example.com/".to_owned(),
        description: None,
        types: None,
        scopes: names(&["cases:read"]),
        clearance: Visibility::Public,
    }
}

fn blame(outcome: Result<(), UserError>) -> String {
    outcome.map_or_else(|error| format!("{} {:?}", error.field.join("."), error.code), |()| String::new())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn bad_input_is_named() {
    assert_eq!(blame(new().check(admin())), "");
    for (wrong, field) in [
        (
            NewEndpoint {
                scopes: Vec::new(),
                ..new()
            },
            "scopes Required",
        ),
        (
            NewEndpoint {
                scopes: names(&["cases:read", "all"]),
                ..new()
            },
            "scopes.1 Invalid",
        ),
        (
            NewEndpoint {
                types: Some(Vec::new()),
                ..new()
            },
            "types Required",
        ),
        (
            NewEndpoint {
                types: Some(names(&["case.opened", "case.eaten"])),
                ..new()
            },
            "types.1 Invalid",
        ),
        (
            NewEndpoint {
                types: Some(names(&["webhook.test"])),
                ..new()
            },
            "types.0 Invalid",
        ),
        (
            NewEndpoint {
                types: Some(names(&["member.created"])),
                ..new()
            },
            "types.0 Invalid",
        ),
        (
            NewEndpoint {
                description: Some(" ".to_owned()),
                ..new()
            },
            "description Required",
        ),
        (
            NewEndpoint {
                description: Some("x".repeat(501)),
                ..new()
            },
            "description TooLong",
        ),
    ] {
        assert_eq!(blame(wrong.check(admin())), field, "{wrong:?}");
    }
}

#[test]
fn nobody_hands_out_more_than_they_have() {
    let giver = Giver {
        permissions: Permissions::of_scopes("access:manage cases:read"),
        clearance: Visibility::SemiPrivate,
    };
    assert_eq!(blame(new().check(giver)), "");
    let cleared = NewEndpoint {
        clearance: Visibility::Private,
        ..new()
    };
    assert_eq!(blame(cleared.check(giver)), "clearance OutOfRange");
    let more = NewEndpoint {
        scopes: names(&["cases:read", "members:read"]),
        ..new()
    };
    assert_eq!(blame(more.check(giver)), "scopes.1 Invalid");
    // What an endpoint is told already is not led elsewhere by somebody who may not see it.
    let elsewhere = EndpointChanges {
        url: Some("https://elsewhere.example/".to_owned()),
        ..EndpointChanges::default()
    };
    let error = update(&mut row(), &elsewhere, giver).unwrap_err();
    assert_eq!(error.field, ["url"]);
    let narrowed = EndpointChanges {
        scopes: Some(names(&["cases:read"])),
        ..elsewhere.clone()
    };
    assert!(update(&mut row(), &narrowed, giver).unwrap(), "they see all of what is left");
    assert!(update(&mut row(), &elsewhere, admin()).unwrap());
}

#[test]
fn what_is_not_given_stays() {
    let mut changed = row();
    assert!(!update(&mut changed, &EndpointChanges::default(), admin()).unwrap());
    let changes = EndpointChanges {
        description: Some(None),
        types: Some(Some(names(&["case.opened", "member.created", "case.opened"]))),
        ..EndpointChanges::default()
    };
    assert!(update(&mut changed, &changes, admin()).unwrap());
    assert_eq!(
        (changed.description.as_deref(), changed.event_types.as_deref()),
        (None, Some("case.opened member.created"))
    );
    let fewer = EndpointChanges {
        scopes: Some(names(&["cases:read"])),
        ..EndpointChanges::default()
    };
    let error = update(&mut changed.clone(), &fewer, admin()).unwrap_err();
    assert_eq!(error.field, ["scopes"], "it asks for members: {}", error.message);
    let all = EndpointChanges {
        types: Some(None),
        ..fewer
    };
    assert!(update(&mut changed, &all, admin()).unwrap());
    assert_eq!(changed.event_types, None);
}

#[test]
fn a_pause_keeps_the_place_and_a_resumed_endpoint_goes_on_from_what_is_left() {
    let mut endpoint = row();
    assert!(pause(&mut endpoint, "broken", NOW));
    assert!(!pause(&mut endpoint, "again", NOW));
    assert_eq!((endpoint.read_to, endpoint.pause_reason.as_deref()), (10, Some("broken")));
    let mut late = endpoint.clone();
    assert!(resume(&mut endpoint, 0));
    assert!(!resume(&mut endpoint, 0));
    assert_eq!((endpoint.read_to, endpoint.paused_at), (10, None));
    assert!(resume(&mut late, 25));
    assert_eq!(late.read_to, 25);
}

#[test]
fn two_secrets_are_good_while_they_overlap_and_never_three() {
    let mut endpoint = row();
    let secret = |text: &str| WebhookSecret(text.to_owned());
    rotate(&mut endpoint, secret("two"), DAY, NOW).unwrap();
    assert_eq!(secrets(&endpoint, NOW), [&secret("two"), &secret("one")]);
    assert_eq!(secrets(&endpoint, NOW.plus_micros(DAY - 1)).len(), 2);
    assert_eq!(secrets(&endpoint, NOW.plus_micros(DAY)), [&secret("two")]);
    let error = rotate(&mut endpoint, secret("early"), DAY, NOW.plus_micros(DAY - 1)).unwrap_err();
    assert_eq!(
        (error.field, error.code),
        (vec!["overlap".to_owned()], UserErrorCode::NotAllowedNow)
    );
    assert!(error.message.contains(&NOW.plus_micros(DAY).to_string()), "{}", error.message);
    assert_eq!(secrets(&endpoint, NOW), [&secret("two"), &secret("one")], "as was promised");
    let later = NOW.plus_micros(DAY);
    rotate(&mut endpoint, secret("three"), DAY, later).unwrap();
    assert_eq!(secrets(&endpoint, later), [&secret("three"), &secret("two")]);
    rotate(&mut endpoint, secret("four"), 0, later).unwrap();
    assert_eq!(secrets(&endpoint, later), [&secret("four")]);
    for wrong in [-1, LONGEST_OVERLAP + 1] {
        assert!(rotate(&mut endpoint, secret("five"), wrong, NOW).is_err());
    }
    assert_eq!(secrets(&endpoint, NOW), [&secret("four")]);
    assert!(delete(&mut endpoint, NOW));
    assert!(!delete(&mut endpoint, NOW));
    assert_eq!(endpoint.secret, secret(""));
}
