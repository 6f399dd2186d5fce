//! Merging cases: of the clocks that run for the same thing the earliest goes on, also when it is overdue; what was broken stays
//! on record where it was broken, once, until it is done.

use serde_json::{Value, json};

use super::{announced, colleague, complained, said_in, the_clock, told};
use crate::cases::Desk;
use crate::on_both_engines;
use crate::support::TestApp;

/// The clock of a case that started at an instant.
async fn started_at(desk: &Desk<'_>, case: &Value, at: &str) -> Value {
    let clocks = desk
        .clocks(
            case,
            "state startedAt dueAt fulfilledAt endedAt carriedFrom { number } breach { id }",
        )
        .await;
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

/// All breaches of the community, the first due first.
async fn on_record(desk: &Desk<'_>) -> Value {
    let query = "{ community(slug: \"tea\") { breaches(direction: ASC) { nodes { endedAt overrun case { number status } } } } }";
    desk.client().ok(query, json!({})).await["community"]["breaches"]["nodes"].clone()
}

/// How well promises are kept.
async fn kept(desk: &Desk<'_>) -> Value {
    let query = "{ community(slug: \"tea\") { expectations { nodes { keptRate { kept broken } } } } }";
    desk.client().ok(query, json!({})).await["community"]["expectations"]["nodes"].clone()
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

    async fn given_an_overdue_case_when_it_is_merged_then_the_other_is_as_urgent_and_the_promise_is_broken_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, one, two) = given_two_cases(&app, "PT1H").await;
        let goes_on = desk.change("mergeCases", &one, json!({ "intoId": two["id"] })).await;
        assert_eq!((&goes_on["nextDueAt"], &goes_on["waitingSince"]), (&json!("2027-03-01T09:00:00Z"), &json!("2027-03-01T08:00:00Z")));
        let carried = started_at(&desk, &two, "2027-03-01T08:00:00Z").await;
        assert_eq!((&carried["state"], &carried["dueAt"]), (&json!("BREACHING"), &json!("2027-03-01T09:00:00Z")));
        assert_eq!((&carried["carriedFrom"]["number"], &carried["breach"]), (&one["number"], &Value::Null));
        let own = started_at(&desk, &two, "2027-03-01T09:00:00Z").await;
        assert_eq!((&own["state"], &own["carriedFrom"]), (&json!("CANCELLED"), &Value::Null));
        let broken = the_clock(&desk, &one, "FIRST_RESPONSE").await;
        assert_eq!((&broken["state"], &broken["breach"]["dueAt"]), (&json!("BREACHED"), &json!("2027-03-01T09:00:00Z")));
        assert_eq!((&broken["breach"]["endedAt"], &broken["breach"]["overrun"]), (&Value::Null, &Value::Null), "it is owed still");
        assert_eq!(on_record(&desk).await, json!([{ "endedAt": null, "overrun": null, "case": { "number": one["number"], "status": "MERGED" } }]));
        let queue = "{ community(slug: \"tea\") { caseQueue { nodes { number } } cases(filter: { breached: true }) { nodes { number } } } }";
        let queue = desk.client().ok(queue, json!({})).await["community"].clone();
        assert_eq!(queue["caseQueue"]["nodes"], json!([{ "number": two["number"] }]));
        assert_eq!(queue["cases"]["nodes"].as_array().unwrap().len(), 2, "the one where it was broken, and the one that is overdue");
        assert_eq!((desk.announce().await, announced(&desk).await), (0, vec!["clock.breached".to_owned()]), "it is told once");
        assert_eq!(told(&desk, &two, &["CLOCK_BREACHED"]).await, [""; 0]);

        app.set_clock("2027-03-01T11:00:00Z");
        said_in(&desk, "t-2", "r-1", "team", "2027-03-01T10:30:00Z").await;
        let expected = json!([{
            "endedAt": "2027-03-01T10:30:00Z", "overrun": "PT1H30M", "case": { "number": one["number"], "status": "MERGED" },
        }]);
        assert_eq!(on_record(&desk).await, expected, "it ends when the customer is answered");
        assert_eq!(desk.read(&two, "nextDueAt waitingSince").await, json!({ "nextDueAt": null, "waitingSince": null }));
        assert_eq!(kept(&desk).await, json!([{ "keptRate": { "kept": 0, "broken": 1 } }]));
        assert_eq!((desk.announce().await, announced(&desk).await.len()), (0, 1));
    }

    async fn given_an_overdue_case_when_a_newer_one_is_merged_into_it_then_it_stays_as_urgent(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, one, two) = given_two_cases(&app, "PT1H").await;
        let goes_on = desk.change("mergeCases", &two, json!({ "intoId": one["id"] })).await;
        assert_eq!((&goes_on["nextDueAt"], &goes_on["waitingSince"]), (&json!("2027-03-01T09:00:00Z"), &json!("2027-03-01T08:00:00Z")));
        assert_eq!(started_at(&desk, &one, "2027-03-01T08:00:00Z").await["state"], "BREACHING");
        assert_eq!(started_at(&desk, &one, "2027-03-01T09:00:00Z").await["state"], "CANCELLED");
        app.set_clock("2027-03-01T11:00:00Z");
        said_in(&desk, "t-1", "r-1", "team", "2027-03-01T10:30:00Z").await;
        let expected = json!([{ "endedAt": "2027-03-01T10:30:00Z", "overrun": "PT1H30M", "case": { "number": one["number"], "status": "OPEN" } }]);
        assert_eq!(on_record(&desk).await, expected);
        assert_eq!(kept(&desk).await, json!([{ "keptRate": { "kept": 0, "broken": 1 } }]));
    }

    async fn given_several_overdue_cases_when_they_become_one_then_each_breach_ends_with_the_answer(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, one, two) = given_two_cases(&app, "PT1H").await;
        app.set_clock("2027-03-01T10:30:00Z");
        let three = complained(&desk, "ada", "t-3", "2027-03-01T10:25:00Z", json!({})).await;
        assert_eq!(desk.announce().await, 1, "the other was told when its case was opened");
        desk.change("mergeCases", &one, json!({ "intoId": two["id"] })).await;
        let goes_on = desk.change("mergeCases", &two, json!({ "intoId": three["id"] })).await;
        assert_eq!((&goes_on["nextDueAt"], &goes_on["waitingSince"]), (&json!("2027-03-01T09:00:00Z"), &json!("2027-03-01T08:00:00Z")));
        let states = desk.clocks(&three, "state carriedFrom { number }").await;
        let breaching: Vec<&Value> = states.iter().filter(|clock| clock["state"] == "BREACHING").map(|clock| &clock["carriedFrom"]["number"]).collect();
        assert_eq!((breaching.len(), breaching.contains(&&one["number"]), breaching.contains(&&two["number"])), (2, true, true), "{states:#?}");
        assert_eq!(desk.announce().await, 0);
        app.set_clock("2027-03-01T12:00:00Z");
        said_in(&desk, "t-1", "r-1", "team", "2027-03-01T11:00:00Z").await;
        let ends = |late: &str, case: &Value| json!({ "endedAt": "2027-03-01T11:00:00Z", "overrun": late, "case": { "number": case["number"], "status": "MERGED" } });
        assert_eq!(on_record(&desk).await, json!([ends("PT2H", &one), ends("PT1H", &two)]));
        assert_eq!(kept(&desk).await, json!([{ "keptRate": { "kept": 0, "broken": 2 } }]));
        // What is excused keeps when it ended.
        let breach = desk.read(&one, "breaches { id }").await["breaches"][0]["id"].clone();
        desk.act("excuseBreach", json!({ "breachId": breach, "reason": "A storm" })).await;
        assert_eq!(on_record(&desk).await[0]["endedAt"], "2027-03-01T11:00:00Z");
    }

    async fn given_a_case_that_was_answered_when_an_unanswered_one_is_merged_into_it_then_the_question_counts_since_it_was_asked(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, one, two) = given_two_cases(&app, "PT1H").await;
        said_in(&desk, "t-2", "r-1", "team", "2027-03-01T09:10:00Z").await;
        let goes_on = desk.change("mergeCases", &one, json!({ "intoId": two["id"] })).await;
        assert_eq!((&goes_on["nextDueAt"], &goes_on["waitingSince"]), (&json!("2027-03-01T09:00:00Z"), &json!("2027-03-01T08:00:00Z")));
        assert_eq!(started_at(&desk, &two, "2027-03-01T08:00:00Z").await["state"], "BREACHING");

        // Where no clock counts the question, it is the next response that is owed.
        let other = Desk::open(&app, "coffee").await;
        colleague(&other, "team", false).await;
        other.promise("NEXT_RESPONSE", "PT1H", json!({})).await;
        let one = complained(&other, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        let two = complained(&other, "ada", "t-2", "2027-03-01T09:00:00Z", json!({})).await;
        said_in(&other, "t-2", "r-1", "team", "2027-03-01T09:10:00Z").await;
        let goes_on = other.change("mergeCases", &one, json!({ "intoId": two["id"] })).await;
        assert_eq!((&goes_on["nextDueAt"], &goes_on["waitingSince"]), (&json!("2027-03-01T09:00:00Z"), &json!("2027-03-01T08:00:00Z")));
        let clock = the_clock(&other, &two, "NEXT_RESPONSE").await;
        assert_eq!((&clock["state"], &clock["startedAt"], &clock["dueAt"]), (&json!("BREACHING"), &json!("2027-03-01T08:00:00Z"), &json!("2027-03-01T09:00:00Z")));
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
