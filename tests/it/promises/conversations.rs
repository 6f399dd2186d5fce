//! Cases and the threads that they come from: what is said there counts from when it was said, by whom it was said.

use serde_json::{Value, json};

use super::{colleague, complained, said_in, the_clock, told};
use crate::cases::Desk;
use crate::on_both_engines;
use crate::support::TestApp;

/// A community that answers within an hour, at half past eight on a Monday.
async fn given_a_promise(app: &TestApp) -> Desk<'_> {
    app.set_clock("2027-03-01T08:30:00Z");
    let desk = Desk::open(app, "tea").await;
    colleague(&desk, "team", false).await;
    desk.promise("FIRST_RESPONSE", "PT1H", json!({})).await;
    desk
}

/// The numbers of all cases, the latest opened first.
async fn all_cases(desk: &Desk<'_>) -> Vec<i64> {
    let query = "{ community(slug: \"tea\") { cases { nodes { number } } } }";
    let found = desk.client().ok(query, json!({})).await["community"]["cases"]["nodes"].clone();
    let number = |case: &Value| case["number"].as_i64().unwrap();
    found.as_array().unwrap().iter().map(number).collect()
}

on_both_engines! {
    async fn given_a_complaint_when_it_opens_a_case_then_the_clock_runs_since_the_complaint(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_promise(&app).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        assert_eq!((&case["openedAt"], &case["waitingSince"]), (&json!("2027-03-01T08:00:00Z"), &json!("2027-03-01T08:00:00Z")));
        let clock = the_clock(&desk, &case, "FIRST_RESPONSE").await;
        assert_eq!((&clock["startedAt"], &clock["dueAt"]), (&json!("2027-03-01T08:00:00Z"), &json!("2027-03-01T09:00:00Z")));
        let entries = told(&desk, &case, &["OPENED", "PROMISES_CHOSEN", "CLOCK_ACTIVATED"]).await;
        assert_eq!(entries, ["OPENED", "PROMISES_CHOSEN", "CLOCK_ACTIVATED"].map(|kind| format!("{kind} 2027-03-01T08:00:00Z")));

        // A complaint that is overdue already is a broken promise as soon as it is a case.
        let old = complained(&desk, "bob", "t-2", "2027-03-01T06:00:00Z", json!({})).await;
        let clock = the_clock(&desk, &old, "FIRST_RESPONSE").await;
        assert_eq!((&clock["state"], &clock["breach"]["dueAt"]), (&json!("BREACHING"), &json!("2027-03-01T07:00:00Z")));
        assert_eq!(told(&desk, &old, &["CLOCK_BREACHED"]).await, ["CLOCK_BREACHED 2027-03-01T07:00:00Z"]);
        assert_eq!(desk.announce().await, 0);
    }

    async fn given_a_thread_when_a_colleague_replies_in_it_then_that_is_the_first_response(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_promise(&app).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        said_in(&desk, "t-1", "b-1", "bob", "2027-03-01T08:10:00Z").await;
        let before = desk.read(&case, "status firstResponseAt").await;
        assert_eq!(before, json!({ "status": "NEW", "firstResponseAt": null }), "other customers answer nothing");
        said_in(&desk, "t-1", "r-1", "team", "2027-03-01T08:20:00Z").await;
        let after = desk.read(&case, "status firstResponseAt waitingSince").await;
        assert_eq!(after, json!({ "status": "OPEN", "firstResponseAt": "2027-03-01T08:20:00Z", "waitingSince": null }));
        let clock = the_clock(&desk, &case, "FIRST_RESPONSE").await;
        assert_eq!((&clock["state"], &clock["fulfilledAt"], &clock["consumed"]), (&json!("ACHIEVED"), &json!("2027-03-01T08:20:00Z"), &json!("PT20M")));

        // A complaint that was answered before it became a case is answered.
        let origin = desk.said("COMPLAINT", "c-2", "eve", json!({ "text": "Cold", "thread": "t-2", "occurredAt": "2027-03-01T08:00:00Z" })).await;
        said_in(&desk, "t-2", "r-2", "team", "2027-03-01T08:05:00Z").await;
        let late = desk.act("openCase", json!({ "memberId": desk.member("eve").await, "originId": origin })).await["case"].clone();
        assert_eq!((&late["status"], &late["firstResponseAt"]), (&json!("OPEN"), &json!("2027-03-01T08:05:00Z")));
        assert_eq!(the_clock(&desk, &late, "FIRST_RESPONSE").await["state"], "ACHIEVED");
    }

    async fn given_bots_when_they_reply_then_nobody_was_answered(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_promise(&app).await;
        colleague(&desk, "robo", true).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        said_in(&desk, "t-1", "r-1", "robo", "2027-03-01T08:00:01Z").await;
        let after = desk.read(&case, "status firstResponseAt waitingSince timeline(kinds: [RESPONDED, COMMUNITY_MESSAGE]) { nodes { kind } }").await;
        let expected = json!({
            "status": "NEW", "firstResponseAt": null, "waitingSince": "2027-03-01T08:00:00Z",
            "timeline": { "nodes": [{ "kind": "COMMUNITY_MESSAGE" }] },
        });
        assert_eq!(after, expected);
        // Neither do notes and words to oneself.
        desk.change("addCaseNote", &case, json!({ "text": "The kettle again" })).await;
        desk.change("assignCase", &case, json!({ "assigneeId": desk.staff_id() })).await;
        assert_eq!(the_clock(&desk, &case, "FIRST_RESPONSE").await["state"], "PENDING");
        app.set_clock("2027-03-01T09:00:01Z");
        assert_eq!(desk.announce().await, 1);
    }

    async fn given_a_breach_when_a_reply_that_was_in_time_is_recorded_late_then_it_is_excused_and_stays_on_record(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_promise(&app).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        app.set_clock("2027-03-01T10:00:00Z");
        assert_eq!(desk.announce().await, 1);
        let owes = "{ community(slug: \"tea\") { cases(filter: { unanswered: true }) { totalCount } } }";
        assert_eq!(desk.client().ok(owes, json!({})).await["community"]["cases"]["totalCount"], 1);

        said_in(&desk, "t-1", "r-1", "team", "2027-03-01T08:45:00Z").await;
        let clock = the_clock(&desk, &case, "FIRST_RESPONSE").await;
        assert_eq!((&clock["state"], &clock["fulfilledAt"]), (&json!("ACHIEVED"), &json!("2027-03-01T08:45:00Z")));
        let read = desk.read(&case, "status firstResponseAt breaches { dueAt excusedAt excusedBy excuse answered }").await;
        assert_eq!((&read["status"], &read["firstResponseAt"]), (&json!("OPEN"), &json!("2027-03-01T08:45:00Z")));
        let breach = &read["breaches"][0];
        assert_eq!((&breach["dueAt"], &breach["excusedBy"]), (&json!("2027-03-01T09:00:00Z"), &json!("system:late-facts")));
        assert!(breach["excusedAt"].as_str().unwrap().starts_with("2027-03-01T10:0") && breach["excuse"].is_string(), "{breach}");
        let entries = told(&desk, &case, &["CLOCK_BREACHED", "CLOCK_FULFILLED"]).await;
        assert_eq!(entries, ["CLOCK_FULFILLED 2027-03-01T08:45:00Z", "CLOCK_BREACHED 2027-03-01T09:00:00Z"], "what was told stays told");
        assert_eq!(desk.client().ok(owes, json!({})).await["community"]["cases"]["totalCount"], 0);
        let kept = "{ community(slug: \"tea\") { expectations { nodes { keptRate { kept broken } } } } }";
        let kept = desk.client().ok(kept, json!({})).await["community"]["expectations"]["nodes"].clone();
        assert_eq!(kept, json!([{ "keptRate": { "kept": 1, "broken": 0 } }]));
    }

    async fn given_a_resolved_case_when_the_customer_goes_on_in_the_thread_then_it_is_reopened(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_promise(&app).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        desk.change("resolveCase", &case, json!({ "message": "Here is a new pot" })).await;
        app.set_clock("2027-03-02T08:00:00Z");
        said_in(&desk, "t-1", "c-1", "ada", "2027-03-02T07:59:00Z").await;
        let after = desk.read(&case, "status reopenCount waitingSince").await;
        assert_eq!(after, json!({ "status": "OPEN", "reopenCount": 1, "waitingSince": "2027-03-02T07:59:00Z" }));
        assert_eq!(told(&desk, &case, &["REOPENED"]).await, ["REOPENED 2027-03-02T07:59:00Z"]);
        assert_eq!(all_cases(&desk).await, [1]);
    }

    async fn given_a_closed_case_when_the_customer_goes_on_in_the_thread_then_a_linked_one_is_opened(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_promise(&app).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({ "severity": "HIGH" })).await;
        desk.change("resolveCase", &case, json!({ "message": "Here is a new pot" })).await;
        app.set_clock("2027-03-02T08:00:00Z");
        desk.change("closeCase", &case, json!({})).await;
        app.set_clock("2027-03-03T08:00:00Z");
        // What was written before the case was closed is of that case, however late we hear of it.
        said_in(&desk, "t-1", "c-1", "ada", "2027-03-02T07:00:00Z").await;
        assert_eq!(all_cases(&desk).await, [1]);
        assert_eq!(told(&desk, &case, &["CUSTOMER_MESSAGE"]).await, ["CUSTOMER_MESSAGE 2027-03-02T07:00:00Z"]);

        said_in(&desk, "t-1", "c-2", "ada", "2027-03-03T07:50:00Z").await;
        assert_eq!(all_cases(&desk).await, [2, 1]);
        let linked = json!({ "number": 2 });
        let fields = "status openedAt severity visibility parent { number } originInteraction { externalId } nextDueAt";
        let read = desk.read(&linked, fields).await;
        let expected = json!({
            "status": "NEW", "openedAt": "2027-03-03T07:50:00Z", "severity": "HIGH", "visibility": "PUBLIC", "parent": { "number": 1 },
            "originInteraction": { "externalId": "c-2" }, "nextDueAt": "2027-03-03T08:50:00Z",
        });
        assert_eq!(read, expected);
        assert_eq!(desk.read(&case, "status linkedCases { number }").await, json!({ "status": "CLOSED", "linkedCases": [{ "number": 2 }] }));
        // From here on the thread is the new case's.
        said_in(&desk, "t-1", "r-1", "team", "2027-03-03T07:55:00Z").await;
        assert_eq!(the_clock(&desk, &linked, "FIRST_RESPONSE").await["state"], "ACHIEVED");
        assert_eq!(all_cases(&desk).await, [2, 1]);
    }
}
