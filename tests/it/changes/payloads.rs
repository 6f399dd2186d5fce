//! What an event tells is enough to act on.

use serde_json::{Value, json};

use super::{all_after, end, types};
use crate::cases::Desk;
use crate::ingest::calls::{did, with};
use crate::on_both_engines;
use crate::promises::{at, complained};
use crate::support::TestApp;

on_both_engines! {
    async fn given_a_promise_when_its_clock_runs_then_every_step_is_told(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let promise = desk.promise("FIRST_RESPONSE", "PT1H", json!({ "warnBefore": "PT15M" })).await;
        let from = end(&desk.client(), "tea").await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        let clocks = json!({ "types": ["CLOCK_STARTED", "CLOCK_WARNED", "CLOCK_BREACHED", "CLOCK_FULFILLED", "CLOCK_CANCELLED"] });
        app.announce_by(at("2027-03-01T09:30:00Z")).await;
        app.set_clock("2027-03-01T10:00:00Z");
        desk.change("respondToCase", &case, json!({ "text": "We are sorry" })).await;

        let told = all_after(&desk.client(), "tea", &from, clocks).await;
        assert_eq!(types(&told), ["clock.started", "clock.warned", "clock.breached", "clock.fulfilled"]);
        let clock = desk.clocks(&case, "id").await[0]["id"].clone();
        for change in &told {
            assert_eq!(change["subject"], json!({ "type": "Case", "id": case["id"] }));
            let data = &change["data"];
            assert_eq!((&data["clockId"], &data["expectationId"], &data["metric"]), (&clock, &json!(promise), &json!("FIRST_RESPONSE")));
        }
        assert_eq!((&told[0]["data"]["dueAt"], &told[1]["data"]["at"]), (&json!("2027-03-01T09:00:00Z"), &json!("2027-03-01T08:45:00Z")));
    }

    async fn given_a_case_when_it_is_worked_then_its_events_say_how_it_stands(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let from = end(&desk.client(), "tea").await;
        let case = desk.case("ada", json!({})).await;
        desk.change("assignCase", &case, json!({ "assigneeId": desk.staff_id() })).await;
        let after = desk.change("resolveCase", &case, json!({ "message": "Done" })).await;
        let told = all_after(&desk.client(), "tea", &from, json!({ "subjects": [case["id"]] })).await;
        assert_eq!(types(&told), ["case.opened", "case.assigned", "case.resolved"]);
        let expected = json!({
            "number": case["number"], "memberId": desk.member("ada").await, "status": "RESOLVED", "severity": after["severity"],
            "visibility": "PUBLIC", "assigneeId": desk.staff_id(), "openedAt": after["openedAt"], "nextDueAt": after["nextDueAt"],
            "resolvedAt": after["resolvedAt"], "closedAt": null, "version": after["version"],
        });
        assert_eq!(told[2]["data"], expected);
        assert_eq!((&told[0]["data"]["assigneeId"], &told[0]["data"]["parentId"]), (&Value::Null, &Value::Null));
        let versions: Vec<i64> = told.iter().map(|change| change["data"]["version"].as_i64().unwrap()).collect();
        assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    }

    async fn given_an_interaction_when_it_is_recorded_then_its_event_names_people_by_their_ids(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let from = end(&desk.client(), "tea").await;
        let day = app.days_ago(1.0);
        let more = json!({ "thread": "t-1", "text": "a secret", "sentiment": 0.5 });
        let recorded = desk.client().record("tea", vec![with(did("ANSWER", "a-1", "ben", "ada", &day), &more)]).await;
        let told = all_after(&desk.client(), "tea", &from, json!({ "types": ["INTERACTION_RECORDED"] })).await;
        let expected = json!({
            "kind": "ANSWER", "actorId": desk.member("ben").await, "targetId": desk.member("ada").await, "thread": "t-1",
            "occurredAt": day, "source": "forum", "externalId": "a-1",
        });
        assert_eq!((&told[0]["data"], &told[0]["node"]["id"]), (&expected, &recorded["results"][0]["interactionId"]));
    }
}
