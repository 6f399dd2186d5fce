//! Merging cases: of the clocks that run for the same thing the earliest goes on; what was broken stays where it was broken.

use serde_json::{Value, json};

use super::{colleague, complained, said_in, the_clock};
use crate::cases::Desk;
use crate::on_both_engines;
use crate::support::TestApp;

/// The clock of a case that started at an instant.
async fn started_at(desk: &Desk<'_>, case: &Value, at: &str) -> Value {
    let clocks = desk.clocks(case, "state startedAt dueAt fulfilledAt endedAt").await;
    let mut found: Vec<Value> = clocks.into_iter().filter(|clock| clock["startedAt"] == at).collect();
    assert_eq!(found.len(), 1, "{at}: {found:#?}");
    found.remove(0)
}

/// Two complaints of Ada, at eight and at nine, and an answer promised within some time. Now it is half past nine.
async fn given_two_cases<'a>(app: &'a TestApp, target: &str) -> (Desk<'a>, Value, Value) {
    app.set_clock("2027-03-01T09:30:00Z");
    let desk = Desk::open(app, "tea").await;
    colleague(&desk, "team", false).await;
    desk.promise("FIRST_RESPONSE", target, json!({})).await;
    let one = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
    let two = complained(&desk, "ada", "t-2", "2027-03-01T09:00:00Z", json!({})).await;
    (desk, one, two)
}

on_both_engines! {
    async fn given_a_case_that_is_due_earlier_when_it_is_merged_then_its_clock_goes_on_in_the_other(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, one, two) = given_two_cases(&app, "PT4H").await;
        let goes_on = desk.change("mergeCases", &one, json!({ "intoId": two["id"] })).await;
        assert_eq!((&goes_on["number"], &goes_on["nextDueAt"]), (&two["number"], &json!("2027-03-01T12:00:00Z")));
        assert_eq!(goes_on["waitingSince"], "2027-03-01T08:00:00Z", "they have been waiting since the first word");
        let carried = started_at(&desk, &two, "2027-03-01T08:00:00Z").await;
        assert_eq!((&carried["state"], &carried["dueAt"]), (&json!("PENDING"), &json!("2027-03-01T12:00:00Z")));
        let own = started_at(&desk, &two, "2027-03-01T09:00:00Z").await;
        assert_eq!((&own["state"], &own["fulfilledAt"]), (&json!("CANCELLED"), &Value::Null));
        let left = the_clock(&desk, &one, "FIRST_RESPONSE").await;
        assert_eq!((&left["state"], &left["endedAt"]), (&json!("CANCELLED"), &own["endedAt"]));

        // The thread of the merged case is heard in the one that goes on; one reply answers both.
        app.set_clock("2027-03-01T12:30:00Z");
        said_in(&desk, "t-1", "r-1", "team", "2027-03-01T12:00:00Z").await;
        let carried = started_at(&desk, &two, "2027-03-01T08:00:00Z").await;
        assert_eq!((&carried["state"], &carried["fulfilledAt"]), (&json!("ACHIEVED"), &json!("2027-03-01T12:00:00Z")));
        assert_eq!(desk.read(&two, "status firstResponseAt").await, json!({ "status": "OPEN", "firstResponseAt": "2027-03-01T12:00:00Z" }));
        assert_eq!(desk.announce().await, 0);
    }

    async fn given_a_case_that_is_due_later_when_it_is_merged_then_the_other_keeps_its_own_clock(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, one, two) = given_two_cases(&app, "PT4H").await;
        let goes_on = desk.change("mergeCases", &two, json!({ "intoId": one["id"] })).await;
        assert_eq!((&goes_on["number"], &goes_on["nextDueAt"]), (&one["number"], &json!("2027-03-01T12:00:00Z")));
        assert_eq!(started_at(&desk, &one, "2027-03-01T08:00:00Z").await["state"], "PENDING");
        assert_eq!(started_at(&desk, &one, "2027-03-01T09:00:00Z").await["state"], "CANCELLED");
        assert_eq!(the_clock(&desk, &two, "FIRST_RESPONSE").await["state"], "CANCELLED");
        app.set_clock("2027-03-01T14:00:00Z");
        assert_eq!(desk.announce().await, 1, "one promise is broken, not two");
    }

    async fn given_a_broken_promise_when_its_case_is_merged_then_it_is_broken_once_and_stays_where_it_was(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, one, two) = given_two_cases(&app, "PT1H").await;
        let goes_on = desk.change("mergeCases", &one, json!({ "intoId": two["id"] })).await;
        assert_eq!(goes_on["nextDueAt"], "2027-03-01T10:00:00Z");
        let broken = the_clock(&desk, &one, "FIRST_RESPONSE").await;
        assert_eq!((&broken["state"], &broken["breach"]["dueAt"]), (&json!("BREACHED"), &json!("2027-03-01T09:00:00Z")));
        assert_eq!(broken["breach"]["endedAt"], broken["endedAt"]);
        let own = the_clock(&desk, &two, "FIRST_RESPONSE").await;
        assert_eq!((&own["state"], &own["breach"]), (&json!("PENDING"), &Value::Null));
        let all = "{ community(slug: \"tea\") { breaches { totalCount nodes { case { number status } } } } }";
        let all = desk.client().ok(all, json!({})).await["community"]["breaches"].clone();
        assert_eq!(all, json!({ "totalCount": 1, "nodes": [{ "case": { "number": one["number"], "status": "MERGED" } }] }));
    }

    async fn given_follow_ups_when_their_case_is_merged_then_those_that_are_open_go_along(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, one, two) = given_two_cases(&app, "PT4H").await;
        let call = |text: &str| json!({ "caseId": one["id"], "kind": "PROMISE", "description": text, "dueAt": "2027-03-03T12:00:00Z" });
        let done = desk.act("scheduleFollowUp", call("Call Ada")).await["followUp"].clone();
        desk.act("completeFollowUp", json!({ "followUpId": done["id"], "outcome": "She is fine" })).await;
        let open = desk.act("scheduleFollowUp", call("Call Ada again")).await["followUp"].clone();
        desk.change("mergeCases", &one, json!({ "intoId": two["id"] })).await;
        let read = "followUps { id status }";
        assert_eq!(desk.read(&one, read).await["followUps"], json!([{ "id": done["id"], "status": "KEPT" }]));
        assert_eq!(desk.read(&two, read).await["followUps"], json!([{ "id": open["id"], "status": "SCHEDULED" }]));
        let kept = desk.act("completeFollowUp", json!({ "followUpId": open["id"], "outcome": "Still fine" })).await;
        assert_eq!(kept["followUp"]["status"], "KEPT");
    }
}
