//! Work that changes hands: what nobody may see or do any more becomes nobody's, and follow-ups are given to somebody else.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{act, refused, schedule, send};
use crate::cases::Desk;
use crate::ingest::calls::with;
use crate::on_both_engines;
use crate::promises::DAY;
use crate::support::TestApp;

const HANDS: &str = "assignee { name } followUps { ownerName } \
                     timeline(kinds: [ASSIGNED, FOLLOW_UP_ASSIGNED]) { nodes { kind audience staff { name } fromAssignee { name } toAssignee { name } } }";

/// A case that somebody has, with something to do by tomorrow.
async fn case_of(desk: &Desk<'_>, who: &Desk<'_>, visibility: &str) -> Value {
    let case = desk
        .case("ada", json!({ "visibility": visibility, "assigneeId": who.staff_id() }))
        .await;
    let due = desk.app.now().plus_micros(DAY).to_string();
    let input = json!({ "caseId": case["id"], "kind": "PROMISE", "description": "Ask", "dueAt": due, "ownerId": who.staff_id() });
    act(desk, "scheduleFollowUp", input).await;
    case
}

/// Lets somebody into the community with another role or clearance, or not at all any more.
async fn regrant(desk: &Desk<'_>, who: &Desk<'_>, grant: Option<(&str, &str)>) {
    let community = json!({ "community": desk.slug() });
    let (mutation, input) = match grant {
        None => ("revokeAccess", json!({ "staffId": who.staff_id() })),
        Some((role, clearance)) => (
            "grantAccess",
            json!({ "email": "ben@desk.example", "name": "Ben", "role": role, "clearance": clearance }),
        ),
    };
    let answer = crate::ingest::calls::mutate(
        &desk.client(),
        desk.slug(),
        mutation,
        "userErrors { code }",
        with(community, &input),
    )
    .await;
    assert!(answer.body.get("errors").is_none(), "{:#}", answer.body);
    assert_eq!(answer.body["data"][mutation]["userErrors"], json!([]));
}

/// That a case and what is to be done on it were taken from Ben by Agnes.
fn released() -> Value {
    let step = |kind: &str, by: &str, from: Option<&str>, to: Option<&str>| {
        let name = |name: Option<&str>| name.map(|name| json!({ "name": name }));
        json!({ "kind": kind, "audience": "INTERNAL", "staff": { "name": by }, "fromAssignee": name(from), "toAssignee": name(to) })
    };
    json!({
        "assignee": null, "followUps": [{ "ownerName": null }],
        "timeline": { "nodes": [
            step("ASSIGNED", "Agnes", None, Some("Ben")), step("ASSIGNED", "Agnes", Some("Ben"), None),
            step("FOLLOW_UP_ASSIGNED", "Agnes", Some("Ben"), None),
        ] },
    })
}

on_both_engines! {
    async fn given_work_of_somebody_when_they_may_not_do_it_any_more_then_it_is_nobodys(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        for (grant, keeps_public) in [(None, false), (Some(("VIEWER", "PRIVATE")), false), (Some(("AGENT", "PUBLIC")), true)] {
            let ben = desk.beside("Ben", Role::Agent, Visibility::Private).await;
            regrant(&desk, &ben, Some(("AGENT", "PRIVATE"))).await;
            let (public, private) = (case_of(&desk, &ben, "PUBLIC").await, case_of(&desk, &ben, "PRIVATE").await);
            let over = case_of(&desk, &ben, "PRIVATE").await;
            desk.change("resolveCase", &over, json!({ "message": "Done" })).await;
            desk.change("closeCase", &over, json!({})).await;
            regrant(&desk, &ben, grant).await;
            assert_eq!(desk.read(&private, HANDS).await, released(), "{grant:?}");
            let read = desk.read(&public, HANDS).await;
            if keeps_public {
                assert_eq!((&read["assignee"]["name"], &read["followUps"]), (&json!("Ben"), &json!([{ "ownerName": "Ben" }])));
            } else {
                assert_eq!(read, released(), "{grant:?}");
            }
            assert_eq!(desk.read(&private, "version").await["version"], 2, "it is a change");
            let read = desk.read(&over, "assignee { name } followUps { ownerName }").await;
            assert_eq!(read, json!({ "assignee": { "name": "Ben" }, "followUps": [{ "ownerName": null }] }), "who had it is on record");
        }
        let triage = "{ community(slug: \"tea\") { caseQueue(filter: { assignee: { isNull: true } }) { totalCount } \
                      followUps(filter: { owner: { isNull: true } }) { totalCount } } }";
        let found = desk.client().ok(triage, json!({})).await;
        assert_eq!(found["community"], json!({ "caseQueue": { "totalCount": 5 }, "followUps": { "totalCount": 8 } }));
    }

    async fn given_a_case_when_it_goes_private_then_follow_ups_of_those_who_cannot_see_it_are_nobodys(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let ben = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let case = case_of(&desk, &ben, "PUBLIC").await;
        desk.change("moveCase", &case, json!({ "to": "PRIVATE" })).await;
        assert_eq!(desk.read(&case, HANDS).await, released());
        // What those have who can see it stays theirs, and what is done stays as it was.
        let case = case_of(&desk, &ben, "PUBLIC").await;
        let due = app.now().plus_micros(DAY).to_string();
        schedule(&desk, &case, "PROMISE", &due).await;
        let done = desk.read(&case, "followUps { id ownerName }").await["followUps"][0].clone();
        assert_eq!(done["ownerName"], "Ben");
        act(&ben, "completeFollowUp", json!({ "followUpId": done["id"], "outcome": "Fine" })).await;
        desk.change("moveCase", &case, json!({ "to": "PRIVATE" })).await;
        let read = desk.read(&case, "followUps { ownerName }").await;
        assert_eq!(read["followUps"], json!([{ "ownerName": "Ben" }, { "ownerName": "Agnes" }]));
    }

    async fn given_a_follow_up_when_it_is_given_to_somebody_else_then_they_are_to_do_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let ben = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let case = desk.case("ada", json!({})).await;
        let due = app.now().plus_micros(DAY).to_string();
        let planned = schedule(&desk, &case, "PROMISE", &due).await;
        let to = |owner: Value| json!({ "followUpId": planned["id"], "ownerId": owner });
        let given = act(&desk, "assignFollowUp", to(json!(ben.staff_id()))).await["followUp"].clone();
        assert_eq!((&given["ownerId"], &given["ownerName"], &given["status"]), (&json!(ben.staff_id()), &json!("Ben"), &planned["status"]));
        assert_eq!(given["dueAt"], planned["dueAt"]);
        let once = with(to(Value::Null), &json!({ "idempotencyKey": "k-1" }));
        let nobodys = act(&desk, "assignFollowUp", once.clone()).await;
        assert_eq!(nobodys["followUp"]["ownerId"], Value::Null);
        assert_eq!(act(&desk, "assignFollowUp", once.clone()).await, nobodys);
        assert_eq!(act(&desk, "assignFollowUp", to(Value::Null)).await, nobodys, "it is so already");
        let other = with(once, &json!({ "ownerId": desk.staff_id() }));
        assert_eq!(send(&desk, "assignFollowUp", other).await.code(), "IDEMPOTENCY_KEY_REUSED");
        let entries = desk.read(&case, "timeline(kinds: [FOLLOW_UP_ASSIGNED]) { nodes { followUpId audience fromAssignee { name } toAssignee { name } } }").await;
        let expected = json!([
            { "followUpId": planned["id"], "audience": "INTERNAL", "fromAssignee": { "name": "Agnes" }, "toAssignee": { "name": "Ben" } },
            { "followUpId": planned["id"], "audience": "INTERNAL", "fromAssignee": { "name": "Ben" }, "toAssignee": null },
        ]);
        assert_eq!(entries["timeline"]["nodes"], expected);

        assert_eq!(refused(&desk, "assignFollowUp", json!({ "followUpId": planned["id"] })).await, ["ownerId REQUIRED"]);
        assert_eq!(refused(&desk, "assignFollowUp", to(json!(viewer.staff_id()))).await, ["ownerId NOT_FOUND"]);
        assert_eq!(refused(&desk, "assignFollowUp", to(json!("nonsense"))).await, ["ownerId NOT_FOUND"]);
        let unknown = json!({ "followUpId": case["id"], "ownerId": null });
        assert_eq!(refused(&desk, "assignFollowUp", unknown).await, ["followUpId NOT_FOUND"]);
        assert_eq!(send(&viewer, "assignFollowUp", to(Value::Null)).await.code(), "FORBIDDEN");
        // Nobody gets what they cannot see.
        desk.change("moveCase", &case, json!({ "to": "PRIVATE" })).await;
        assert_eq!(refused(&desk, "assignFollowUp", to(json!(ben.staff_id()))).await, ["ownerId NOT_FOUND"]);
        act(&desk, "completeFollowUp", json!({ "followUpId": planned["id"], "outcome": "Done" })).await;
        assert_eq!(refused(&desk, "assignFollowUp", to(json!(desk.staff_id()))).await, ["followUpId NOT_ALLOWED_NOW"]);
    }
}
