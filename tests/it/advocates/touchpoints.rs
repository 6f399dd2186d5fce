//! Touchpoints: recorded as they happened, never changed, taken back with a reason.

use entity::{Role, TouchpointKind, Visibility};
use serde_json::{Value, json};

use super::{act, add, from_now, node, programme, refused, selection, send, somebody, thank, told, types_told};
use crate::cases::Desk;
use crate::ingest::calls::{connection, member, merge, mutate, page, walk, with};
use crate::on_both_engines;
use crate::promises::HOUR;
use crate::support::TestApp;

/// The ids of the touchpoints of Ada.
async fn of_ada(desk: &Desk<'_>, arguments: &str) -> Vec<Value> {
    let fields = format!("touchpoints{arguments} {{ totalCount nodes {{ id }} }}");
    let found = member(&desk.client(), desk.slug(), "ada", &fields).await["touchpoints"].clone();
    let nodes = found["nodes"].as_array().unwrap();
    assert_eq!(found["totalCount"], nodes.len());
    nodes.iter().map(|node| node["id"].clone()).collect()
}

on_both_engines! {
    async fn given_a_member_when_staff_take_care_of_them_then_it_is_on_record_until_it_is_retracted(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T09:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let champions = programme(&desk, "Champions").await;
        let advocate = add(&desk, &champions, "ada", json!({})).await;
        let text = "Sent a <b>mug</b>; {she} laughed\n";
        let more = json!({ "kind": "GIFT", "note": text, "happenedAt": "2027-02-01T10:00:00Z", "programmeId": champions });
        let gift = thank(&desk, "ada", more).await;
        let by = json!(format!("staff:{}", desk.id));
        assert_eq!((&gift["kind"], &gift["note"], &gift["recordedBy"]), (&json!("GIFT"), &json!(text), &by), "as it was given");
        assert_eq!((&gift["happenedAt"], &gift["programme"]["id"]), (&json!("2027-02-01T10:00:00Z"), &champions));
        assert_eq!(gift["member"]["displayName"], "ada");
        let plain = thank(&desk, "ada", json!({})).await;
        assert_eq!(plain["happenedAt"], plain["recordedAt"], "now, when nothing is said");
        for nothing in ["programme", "retractedAt", "retractedBy", "retractionReason"] {
            assert!(plain[nothing].is_null(), "{nothing}");
        }
        assert_eq!(of_ada(&desk, "").await, [plain["id"].clone(), gift["id"].clone()], "the latest first");
        let read = "... on Advocate { lastTouchpointAt touchpoints { nodes { id } } }";
        let cared = node(&desk, &advocate["id"], read).await.unwrap();
        assert_eq!(cared["lastTouchpointAt"], plain["happenedAt"]);

        let ben = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let retraction = json!({ "touchpointId": plain["id"], "reason": "It was somebody else" });
        let retracted = act(&ben, "retractTouchpoint", retraction.clone()).await;
        assert_eq!((&retracted["note"], &retracted["retractionReason"]), (&plain["note"], &json!("It was somebody else")));
        assert_eq!(retracted["retractedBy"], json!(format!("staff:{}", ben.id)));
        assert!(retracted["retractedAt"].is_string());
        assert_eq!(refused(&desk, "retractTouchpoint", retraction).await, ["touchpointId NOT_ALLOWED_NOW"], "once");
        assert_eq!(of_ada(&desk, "").await, [gift["id"].clone()]);
        assert_eq!(of_ada(&desk, "(includeRetracted: true)").await, [plain["id"].clone(), gift["id"].clone()]);
        let cared = node(&desk, &advocate["id"], read).await.unwrap();
        assert_eq!(cared, json!({ "lastTouchpointAt": gift["happenedAt"], "touchpoints": { "nodes": [{ "id": gift["id"] }] } }));
        let read = node(&desk, &plain["id"], "id ... on Touchpoint { note retractedAt }").await.unwrap();
        assert_eq!((&read["note"], &read["retractedAt"]), (&plain["note"], &retracted["retractedAt"]), "it stays on record");

        let expected = [
            "advocate_programme.created", "advocate.added", "touchpoint.recorded", "touchpoint.recorded", "touchpoint.retracted",
        ];
        assert_eq!(types_told(&desk).await, expected);
        for (name, event) in told(&desk).await {
            assert_eq!(event.visibility, Visibility::Private, "{name}");
            for words in ["mug", "Thanked", "somebody else"] {
                assert!(!event.payload.contains(words), "{}", event.payload);
            }
        }
    }

    async fn given_any_member_when_staff_take_care_of_them_then_it_can_be_recorded(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let champions = programme(&desk, "Champions").await;
        act(&desk, "endAdvocateProgramme", json!({ "programmeId": champions })).await;
        somebody(&desk, "olga", json!({ "consent": "OPTED_OUT" })).await;
        for (name, kind) in ["olga", "ada"].into_iter().cycle().zip(TouchpointKind::ALL) {
            let more = json!({ "kind": kind.as_str(), "note": "x".repeat(10_000), "programmeId": champions });
            let recorded = thank(&desk, name, more).await;
            assert_eq!(recorded["kind"], kind.as_str());
        }
        assert_eq!(of_ada(&desk, "").await.len(), 4);
    }

    async fn given_wrong_touchpoints_when_they_are_recorded_then_each_is_refused_by_field(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let elsewhere = Desk::open(&app, "coffee").await;
        let (theirs, roasters) = (thank(&elsewhere, "ada", json!({})).await, programme(&elsewhere, "Roasters").await);
        let ada = desk.member("ada").await;
        let recorded = thank(&desk, "ada", json!({})).await;
        for (more, expected) in [
            (json!({ "note": "" }), "note REQUIRED"),
            (json!({ "note": " \n\t" }), "note REQUIRED"),
            (json!({ "note": "a\u{0}b" }), "note INVALID"),
            (json!({ "note": "x".repeat(10_001) }), "note TOO_LONG"),
            (json!({ "happenedAt": from_now(&app, HOUR) }), "happenedAt OUT_OF_RANGE"),
            (json!({ "memberId": theirs["member"]["id"] }), "memberId NOT_FOUND"),
            (json!({ "memberId": recorded["id"] }), "memberId NOT_FOUND"),
            (json!({ "programmeId": roasters }), "programmeId NOT_FOUND"),
            (json!({ "programmeId": "nonsense" }), "programmeId NOT_FOUND"),
            (json!({ "idempotencyKey": "" }), "idempotencyKey INVALID"),
        ] {
            let input = json!({ "memberId": ada, "kind": "CALL", "note": "Talked" });
            assert_eq!(refused(&desk, "recordTouchpoint", with(input, &more)).await, [expected], "{more}");
        }
        for (more, expected) in [
            (json!({ "reason": " " }), "reason REQUIRED"),
            (json!({ "reason": "x".repeat(2_001) }), "reason TOO_LONG"),
            (json!({ "touchpointId": theirs["id"] }), "touchpointId NOT_FOUND"),
            (json!({ "touchpointId": ada }), "touchpointId NOT_FOUND"),
        ] {
            let input = json!({ "touchpointId": recorded["id"], "reason": "Wrong" });
            assert_eq!(refused(&desk, "retractTouchpoint", with(input, &more)).await, [expected], "{more}");
        }
        let wrong = json!({ "memberId": ada, "kind": "SHRUG", "note": "Talked" });
        assert_eq!(send(&desk, "recordTouchpoint", wrong).await.code(), "BAD_USER_INPUT");
        assert_eq!(of_ada(&desk, "(includeRetracted: true)").await, [recorded["id"].clone()]);
        assert_eq!(of_ada(&elsewhere, "").await, [theirs["id"].clone()]);
        let ben = desk.beside("Ben", Role::Admin, Visibility::Private).await;
        assert_eq!(node(&ben, &theirs["id"], "id").await, Err("NOT_FOUND".to_owned()));
    }

    async fn given_a_merged_member_when_they_are_named_then_it_is_about_whom_they_were_merged_into(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let (ada, bob) = (desk.member("ada").await, desk.member("bob").await);
        merge(&desk.client(), json!({ "community": "tea", "memberId": bob, "intoId": ada })).await;
        let recorded = act(&desk, "recordTouchpoint", json!({ "memberId": bob, "kind": "MEETING", "note": "Met them" })).await;
        assert_eq!(recorded["member"]["id"], ada);
        assert_eq!(of_ada(&desk, "").await, [recorded["id"].clone()]);
    }

    async fn given_a_key_when_a_touchpoint_is_recorded_again_then_there_is_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let input = json!({ "memberId": desk.member("ada").await, "kind": "CALL", "note": "Talked", "idempotencyKey": "k-1" });
        let first = act(&desk, "recordTouchpoint", input.clone()).await;
        assert_eq!(act(&desk, "recordTouchpoint", input.clone()).await, first);
        let retraction = json!({ "touchpointId": first["id"], "reason": "Wrong", "idempotencyKey": "k-2" });
        let retracted = act(&desk, "retractTouchpoint", retraction.clone()).await;
        assert_eq!(act(&desk, "retractTouchpoint", retraction.clone()).await, retracted);
        for (mutation, other) in [
            ("recordTouchpoint", with(input, &json!({ "note": "Talked again" }))),
            ("retractTouchpoint", with(retraction, &json!({ "reason": "Not wrong" }))),
        ] {
            assert_eq!(send(&desk, mutation, other).await.code(), "IDEMPOTENCY_KEY_REUSED", "{mutation}");
        }
        assert_eq!(types_told(&desk).await, ["touchpoint.recorded", "touchpoint.retracted"]);
    }

    async fn pages_of_touchpoints_make_the_whole(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T09:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let mut expected = Vec::new();
        for n in 0..7 {
            // Several on one day.
            let touchpoint = thank(&desk, "ada", json!({ "happenedAt": format!("2027-01-0{}T00:00:00Z", 1 + n / 3) })).await;
            expected.insert(0, json!({ "id": touchpoint["id"] }));
        }
        let champions = programme(&desk, "Champions").await;
        add(&desk, &champions, "ada", json!({})).await;
        let path = ["memberByIdentity(provider: \"forum\", externalId: \"ada\")", "touchpoints(ONWARD)"];
        for size in [1, 3, 7] {
            assert_eq!(walk(&desk.client(), "tea", &path, "id", size, true).await, expected, "{size}");
        }
        let first = connection(&page(&desk.client(), "tea", &path, "id", &json!({ "first": 2 })).await, &path);
        let cursor = json!({ "after": first["totals"]["endCursor"] });
        // The list of an advocate is the same one.
        let query = "query($after: String) { community(slug: \"tea\") { advocates { nodes { touchpoints(first: 2, after: $after) { nodes { id } } } } } }";
        let next = desk.client().ok(query, cursor.clone()).await;
        assert_eq!(next["community"]["advocates"]["nodes"][0]["touchpoints"]["nodes"], json!([expected[2], expected[3]]));
        let wrong = page(&desk.client(), "tea", &["advocates(PAGE)"], "id", &cursor).await;
        assert_eq!(wrong.code(), "BAD_USER_INPUT", "a cursor of another list");
    }

    async fn given_roles_when_touchpoints_are_read_or_recorded_then_agents_may_and_viewers_may_not(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let recorded = thank(&desk, "ada", json!({})).await;
        let calls = [
            ("recordTouchpoint", json!({ "memberId": desk.member("ada").await, "kind": "CALL", "note": "Talked" })),
            ("retractTouchpoint", json!({ "touchpointId": recorded["id"], "reason": "Wrong" })),
        ];
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let elsewhere = Desk::open(&app, "coffee").await;
        let stranger = elsewhere.beside("Stanley", Role::Admin, Visibility::Private).await;
        let callers = [(app.client(None), "UNAUTHENTICATED"), (viewer.client(), "FORBIDDEN"), (stranger.client(), "NOT_FOUND")];
        let read = "{ community(slug: \"tea\") { memberByIdentity(provider: \"forum\", externalId: \"ada\") { touchpoints { nodes { note } } } } }";
        for (caller, code) in &callers {
            for (mutation, input) in &calls {
                let answer = mutate(caller, "tea", mutation, selection(mutation), input.clone()).await;
                assert_eq!(answer.code(), *code, "{mutation}: {}", answer.body);
            }
            let answer = caller.send(read, json!({})).await;
            assert_eq!(answer.code(), *code, "{}", answer.body);
            assert!(!answer.body.to_string().contains("Thanked"), "{}", answer.body);
        }
        assert_eq!(node(&viewer, &recorded["id"], "id").await, Err("FORBIDDEN".to_owned()));
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        for (mutation, input) in calls {
            act(&agent, mutation, input).await;
        }
        assert_eq!(of_ada(&agent, "").await.len(), 1);
    }
}
