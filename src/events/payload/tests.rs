//! What goes out holds global ids, and nothing that a reader may not know.

use entity::{Timestamp, Visibility};
use serde_json::json;

use super::*;

const TEA: CommunityId = CommunityId(3);

fn entry(event_type: EventType, subject_id: i64, payload: Value) -> Entry {
    Entry {
        community: TEA,
        seq: 41,
        event_type: event_type.as_str().to_owned(),
        subject_type: event_type.subject_type().to_owned(),
        subject_id,
        at: Timestamp::from_micros(1_764_324_000_000_000),
        actor: "staff:5".to_owned(),
        visibility: Visibility::Public,
        internal: false,
        payload,
    }
}

fn id(node_type: NodeType, key: i64) -> String {
    GlobalId::text(node_type, TEA, key)
}

#[test]
fn every_subject_is_an_object_of_the_api() {
    for event_type in EventType::ALL {
        let known = node_type(event_type.subject_type());
        assert!(known.is_some(), "{event_type:?} is about nothing that the API knows");
        assert_eq!(known.and_then(subject_type), Some(event_type.subject_type()));
    }
    assert_eq!(subject_type(NodeType::Clock), None, "what clocks do is told of their case");
}

#[test]
fn numbers_go_out_as_global_ids() {
    let payload = json!({ "number": 7, "member": 4, "assignee": null, "status": "OPEN", "version": 2 });
    let expected = json!({ "number": 7, "memberId": id(NodeType::Member, 4), "assigneeId": null, "status": "OPEN", "version": 2 });
    assert_eq!(outward(&entry(EventType::CaseUpdated, 9, payload)), expected);

    let merged = outward(&entry(EventType::CaseMerged, 9, json!({ "into": 4 })));
    assert_eq!(merged, json!({ "intoId": id(NodeType::Case, 4) }));
    let merged = outward(&entry(EventType::MemberMerged, 9, json!({ "into": 4 })));
    assert_eq!(merged, json!({ "intoId": id(NodeType::Member, 4) }));

    let listed = outward(&entry(
        EventType::InteractionsImported,
        0,
        json!({ "ids": [1, 2], "retractions": true }),
    ));
    assert_eq!(
        listed,
        json!({ "ids": [id(NodeType::Interaction, 1), id(NodeType::Interaction, 2)] })
    );
    let model = outward(&entry(EventType::ScoringModelActivated, 2, json!({ "version": 2, "replaces": 1 })));
    assert_eq!(model, json!({ "version": 2, "replacesId": id(NodeType::ScoringModel, 1) }));
}

#[test]
fn what_the_api_would_hide_is_left_out() {
    let opened = entry(EventType::CaseOpened, 9, json!({ "number": 7, "member": 4 }));
    assert_eq!(outward_for(&opened, Permissions::of_scopes("cases:read")), json!({ "number": 7 }));
    let both = outward_for(&opened, Permissions::of_scopes("cases:read members:read"));
    assert_eq!(both, json!({ "number": 7, "memberId": id(NodeType::Member, 4) }));

    let due = entry(EventType::ClockWarned, 9, json!({ "clock": 1, "expectation": 2 }));
    let told = outward_for(&due, Permissions::of_scopes("cases:read"));
    assert_eq!(told, json!({ "clockId": id(NodeType::Clock, 1) }));
    let old = entry(EventType::MemberCreated, 9, json!({ "displayName": "Ada", "handle": "ada" }));
    assert_eq!(outward(&old), json!({ "displayName": "Ada" }));
}

#[test]
fn of_a_score_that_is_gone_nothing_is_told() {
    let moved = json!({ "value": 41.5, "previousValue": 40.0, "rank": 3, "previousRank": 4 });
    assert_eq!(outward(&entry(EventType::ScoreChanged, 9, moved.clone())), moved);
    let gone = json!({ "value": null, "previousValue": 40.0, "rank": null, "previousRank": 4, "level": null, "previousLevel": "LEADING" });
    assert_eq!(
        outward(&entry(EventType::ScoreChanged, 9, gone)),
        json!({ "value": null, "rank": null, "level": null })
    );
    assert_eq!(
        outward(&entry(EventType::ScoreChanged, 9, json!({}))),
        json!({}),
        "it was taken out of the log"
    );
}

#[test]
fn actors_are_told_by_id() {
    let by = |actor: &str| {
        let told = super::actor(&Entry {
            actor: actor.to_owned(),
            ..entry(EventType::CaseOpened, 9, json!({}))
        });
        (told.kind.as_str(), told.id, told.name)
    };
    assert_eq!(by("staff:5"), ("STAFF", Some(id(NodeType::Staff, 5)), None));
    assert_eq!(by("client:6"), ("CLIENT", Some(id(NodeType::ApiClient, 6)), None));
    assert_eq!(by("system:import"), ("SYSTEM", None, Some("import".to_owned())));
    assert_eq!(by("anonymous"), ("ANONYMOUS", None, None));
}

#[test]
fn the_envelope_holds_all_that_a_receiver_needs() {
    let told = envelope(&entry(EventType::GrantSet, 6, json!({ "role": "AGENT" })), "tea");
    let expected = json!({
        "id": Cursor::new(TEA, 41).encode(),
        "type": "grant.set",
        "version": 1,
        "timestamp": "2025-11-28T10:00:00Z",
        "community": "tea",
        "actor": { "type": "STAFF", "id": id(NodeType::Staff, 5), "name": null },
        "visibility": "PUBLIC",
        "subject": { "type": "StaffMember", "id": id(NodeType::Staff, 6) },
        "data": { "role": "AGENT" },
    });
    assert_eq!(told, expected);
    let many = envelope(&entry(EventType::MembersImported, 0, json!({ "ids": [] })), "tea");
    assert_eq!(many["subject"], json!({ "type": "Member", "id": null }));
}
