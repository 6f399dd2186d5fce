//! `openCase`: from a complaint or by hand, once.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{DAY, Desk, HOUR, micros, numbers, text, texts};
use crate::ingest::calls::with;
use crate::on_both_engines;
use crate::support::TestApp;

on_both_engines! {
    async fn given_a_complaint_when_a_case_is_opened_from_it_then_it_is_told_from_there(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "PT4H", json!({})).await;
        let ada = desk.member("ada").await;
        let words = json!({ "text": "\n  My tea is cold.\nAgain.", "channel": "forum", "thread": "t-1", "sentiment": -0.75 });
        let origin = desk.said("COMPLAINT", "c-1", "ada", words).await;

        let case = desk.act("openCase", json!({ "memberId": ada, "originId": origin, "severity": "HIGH" })).await["case"].clone();

        assert_eq!((&case["number"], &case["version"]), (&json!(1), &json!(1)));
        assert_eq!((&case["subject"], &case["channel"]), (&json!("My tea is cold."), &json!("forum")));
        assert_eq!((&case["status"], &case["severity"], &case["visibility"]), (&json!("NEW"), &json!("HIGH"), &json!("PUBLIC")));
        assert_eq!(case["sentiment"], -0.75);
        assert_eq!(case["waitingSince"], case["openedAt"]);
        assert_eq!(micros(&case["nextDueAt"]) - micros(&case["openedAt"]), 4 * HOUR);
        let more = "member { id } originInteraction { id text occurredAt } backdated parent { number } mergedInto { number } \
                    linkedCases { number } mergedCases { number } timeline { totalCount nodes { kind text member { id } interaction { id } } }";
        let more = desk.read(&case, more).await;
        assert_eq!(more["member"]["id"], ada);
        assert_eq!(more["originInteraction"]["id"], origin);
        assert_eq!(more["originInteraction"]["occurredAt"], case["openedAt"]);
        assert_eq!(more["backdated"], false);
        for nothing in ["parent", "mergedInto"] {
            assert_eq!(more[nothing], Value::Null);
        }
        assert_eq!((&more["linkedCases"], &more["mergedCases"]), (&json!([]), &json!([])));
        let first = &more["timeline"]["nodes"][0];
        assert_eq!((&first["kind"], &first["member"]["id"], &first["interaction"]["id"]), (&json!("OPENED"), &json!(ada), &json!(origin)));
        assert_eq!(first["text"], "\n  My tea is cold.\nAgain.");
        assert_eq!(more["timeline"]["totalCount"], more["timeline"]["nodes"].as_array().unwrap().len());
    }

    async fn given_a_thread_when_people_go_on_talking_then_it_joins_the_timeline(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let ada = desk.member("ada").await;
        let team = json!({ "input": { "community": "tea", "members": [{ "source": "forum", "externalId": "team", "isStaff": true }] } });
        desk.client().ok(crate::ingest::calls::UPSERT, team).await;
        let in_thread = |text: &str| json!({ "text": text, "thread": "t-1" });
        let origin = desk.said("COMPLAINT", "c-1", "ada", in_thread("It leaks")).await;
        let case = desk.act("openCase", json!({ "memberId": ada, "originId": origin })).await["case"].clone();

        desk.said("REPLY", "c-2", "bob", in_thread("Mine too")).await;
        desk.said("REPLY", "c-3", "team", in_thread("We look at it")).await;
        desk.said("REPLY", "c-4", "ada", in_thread("Thank you")).await;
        desk.said("KUDOS", "c-5", "ada", json!({ "thread": "t-1" })).await;
        desk.said("REPLY", "c-6", "ada", json!({ "text": "elsewhere", "thread": "t-2" })).await;

        let read = format!("{} timeline(kinds: [CUSTOMER_MESSAGE, RESPONDED, COMMUNITY_MESSAGE]) {{ nodes {{ kind text }} }}", crate::cases::CASE);
        let now = desk.read(&case, &read).await;
        let said: Vec<Value> = now["timeline"]["nodes"].as_array().unwrap().clone();
        assert_eq!(
            said,
            [
                json!({ "kind": "COMMUNITY_MESSAGE", "text": "Mine too" }),
                json!({ "kind": "RESPONDED", "text": "We look at it" }),
                json!({ "kind": "CUSTOMER_MESSAGE", "text": "Thank you" }),
            ]
        );
        assert_eq!(now["status"], "OPEN", "the company's first word takes the case up");
        assert!(now["firstResponseAt"].is_string() && now["waitingSince"].is_string());
    }

    async fn given_a_telephone_call_when_a_case_is_opened_by_hand_then_it_counts_from_now(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let agent = desk.beside("Ben", Role::Agent, Visibility::Private).await;
        desk.promise("FIRST_RESPONSE", "PT4H", json!({ "severities": ["CRITICAL"] })).await;
        desk.promise("FIRST_RESOLUTION", "P2D", json!({ "channels": ["phone"] })).await;
        let ada = desk.member("ada").await;
        let before = app.now().as_micros();
        let input = json!({ "memberId": ada, "message": "It is on fire", "severity": "CRITICAL", "channel": "phone", "category": "fire",
                            "subject": "Fire", "assigneeId": agent.staff_id() });
        let case = desk.act("openCase", input.clone()).await["case"].clone();
        assert!((before..=app.now().as_micros()).contains(&micros(&case["openedAt"])));
        assert_eq!(case["visibility"], "PRIVATE", "nobody said that it is public");
        assert_eq!((&case["subject"], &case["category"], &case["channel"]), (&json!("Fire"), &json!("fire"), &json!("phone")));
        assert_eq!(case["assignee"], json!({ "id": agent.staff_id(), "name": "Ben" }));
        let clocks = desk.clocks(&case, "state startedAt dueAt warnAt pausedAt consumed fulfilledAt endedAt breach { id } expectation { name }").await;
        assert_eq!(texts(&json!(clocks), "metric"), ["FIRST_RESOLUTION", "FIRST_RESPONSE"]);
        for (clock, target) in clocks.iter().zip([2 * DAY, 4 * HOUR]) {
            assert_eq!((&clock["state"], &clock["instance"]), (&json!("PENDING"), &json!(1)));
            assert_eq!(clock["startedAt"], case["openedAt"]);
            assert_eq!(micros(&clock["dueAt"]) - micros(&clock["startedAt"]), target);
            for nothing in ["warnAt", "pausedAt", "fulfilledAt", "endedAt", "breach"] {
                assert_eq!(clock[nothing], Value::Null, "{nothing}");
            }
        }
        assert_eq!(clocks[1]["expectation"]["name"], "FIRST_RESPONSE within PT4H");

        // What nobody promised has no clock.
        let other = desk.case("bob", json!({ "severity": "LOW", "channel": "email" })).await;
        assert_eq!((&other["number"], &other["nextDueAt"]), (&json!(2), &Value::Null));
        assert!(desk.clocks(&other, "state").await.is_empty());
        // Whoever works with public cases only cannot open a private one unseen.
        let public = desk.beside("Pia", Role::Agent, Visibility::Public).await;
        let payload = public.try_to("openCase", with(input, &json!({ "visibility": "PRIVATE" }))).await;
        assert_eq!(crate::ingest::calls::mendable(&payload), ["visibility NOT_ALLOWED_NOW"]);
    }

    async fn given_a_key_when_the_same_case_is_opened_again_then_there_is_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let ada = desk.member("ada").await;
        let input = json!({ "memberId": ada, "message": "Help", "idempotencyKey": "k-1" });
        let (first, again) = (desk.act("openCase", input.clone()).await, desk.act("openCase", input.clone()).await);
        assert_eq!(first, again);
        let other = desk.send("openCase", with(input, &json!({ "message": "Help!" }))).await;
        assert_eq!(other.code(), "IDEMPOTENCY_KEY_REUSED");

        let case = &first["case"];
        let reply = json!({ "text": "Hello", "idempotencyKey": "k-2" });
        let once = desk.change("respondToCase", case, reply.clone()).await;
        assert_eq!(once, desk.change("respondToCase", case, reply.clone()).await);
        let other = desk.send("respondToCase", with(with(reply, &json!({ "caseId": case["id"] })), &json!({ "then": "RESOLVED" }))).await;
        assert_eq!(other.code(), "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(desk.kinds(case).await.iter().filter(|kind| *kind == "RESPONDED").count(), 1);

        // One complaint opens one case, also without a key.
        let origin = desk.said("COMPLAINT", "c-1", "ada", json!({ "text": "It leaks" })).await;
        let from = json!({ "memberId": ada, "originId": origin });
        desk.act("openCase", from.clone()).await;
        assert_eq!(crate::ingest::calls::mendable(&desk.try_to("openCase", from).await), ["originId CONFLICT"]);
        let all = desk.client().ok("{ community(slug: \"tea\") { cases(orderBy: [{ field: OPENED_AT, direction: ASC }]) { nodes { number } } } }", json!({})).await;
        assert_eq!(numbers(&all["community"]["cases"]), [1, 2]);
    }

    async fn given_numbers_when_many_open_cases_at_once_then_each_has_its_own(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, away) = (Desk::open(&app, "tea").await, Desk::open(&app, "away").await);
        let (ada, bob) = (desk.member("ada").await, away.member("bob").await);
        let opened = (0..12).map(|_| desk.act("openCase", json!({ "memberId": ada, "message": "Help" })));
        let mut seen: Vec<i64> = futures_util::future::join_all(opened).await.iter().map(|payload| payload["case"]["number"].as_i64().unwrap()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (1..=12).collect::<Vec<_>>());
        let other = away.act("openCase", json!({ "memberId": bob, "message": "Help" })).await;
        assert_eq!(other["case"]["number"], 1, "numbers are per community");
        let ben = desk.beside("Ben", Role::Agent, Visibility::Private).await;
        let node = ben.client().send("query($id: ID!) { node(id: $id) { id } }", json!({ "id": text(&other["case"]["id"]) })).await;
        assert_eq!(node.code(), "NOT_FOUND");
    }
}
