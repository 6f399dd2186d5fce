//! One case from the complaint to the customer's peace, told by its timeline: what happened, and when.
//!
//! The clock is set before every step, so that each is known to the minute; what was said in the thread is known exactly.

use serde_json::{Value, json};

use super::{colleague, said_in};
use crate::cases::Desk;
use crate::ingest::calls::{done, mutate, with};
use crate::on_both_engines;
use crate::support::TestApp;

const BREACH: &str = "breaches { id dueAt detectedAt endedAt overrun answered excusedAt apologies { id } clock { state metric } }";

/// Does something to a case; the payload, which holds what is selected.
async fn step(desk: &Desk<'_>, case: &Value, mutation: &str, selection: &str, more: Value) -> Value {
    let input = with(json!({ "caseId": case["id"] }), &more);
    let answer = mutate(&desk.client(), desk.slug(), mutation, selection, input).await;
    done(&answer, mutation)
}

/// As [`step`], for what names no case.
async fn on(desk: &Desk<'_>, mutation: &str, selection: &str, input: Value) -> Value {
    let answer = mutate(&desk.client(), desk.slug(), mutation, selection, input).await;
    done(&answer, mutation)
}

/// The timeline to the minute, as `date time KIND`.
async fn tale(desk: &Desk<'_>, case: &Value) -> Vec<String> {
    let found = desk.read(case, "timeline(first: 100) { nodes { kind at } }").await;
    let line = |entry: &Value| {
        let (kind, at) = (entry["kind"].as_str().unwrap(), entry["at"].as_str().unwrap());
        format!("{} {kind}", at[..16].replace('T', " "))
    };
    found["timeline"]["nodes"].as_array().unwrap().iter().map(line).collect()
}

on_both_engines! {
    async fn given_a_complaint_when_the_promise_is_broken_and_made_good_then_the_timeline_tells_all_of_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T07:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        colleague(&desk, "team", false).await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({ "warnBefore": "PT15M" })).await;
        desk.promise("FIRST_RESOLUTION", "P3D", json!({})).await;
        let ada = desk.member("ada").await;

        // Monday: the complaint, and nobody answers in time.
        app.set_clock("2027-03-01T08:05:00Z");
        let words = json!({ "text": "My tea is cold <b>again</b>", "thread": "t-1", "sentiment": -0.8, "channel": "forum", "occurredAt": "2027-03-01T08:00:00Z" });
        let origin = desk.said("COMPLAINT", "c-1", "ada", words).await;
        let fields = "case { id number status subject sentiment openedAt nextDueAt }";
        let opened = json!({ "memberId": ada, "originId": origin, "severity": "HIGH", "assigneeId": desk.staff_id() });
        let case = on(&desk, "openCase", fields, opened).await["case"].clone();
        assert_eq!((&case["status"], &case["sentiment"], &case["subject"]), (&json!("NEW"), &json!(-0.8), &json!("My tea is cold <b>again</b>")));
        assert_eq!((&case["openedAt"], &case["nextDueAt"]), (&json!("2027-03-01T08:00:00Z"), &json!("2027-03-01T09:00:00Z")));
        app.set_clock("2027-03-01T09:30:00Z");
        assert_eq!(desk.announce().await, 2);
        let breach = desk.read(&case, BREACH).await["breaches"][0].clone();
        assert_eq!((&breach["dueAt"], &breach["endedAt"], &breach["answered"]), (&json!("2027-03-01T09:00:00Z"), &Value::Null, &json!(false)));
        app.set_clock("2027-03-01T09:45:00Z");
        said_in(&desk, "t-1", "r-1", "team", "2027-03-01T09:40:00Z").await;
        let breach = desk.read(&case, BREACH).await["breaches"][0].clone();
        assert_eq!((&breach["endedAt"], &breach["overrun"]), (&json!("2027-03-01T09:40:00Z"), &json!("PT40M")));
        assert_eq!(breach["clock"], json!({ "state": "BREACHED", "metric": "FIRST_RESPONSE" }));

        // An apology that takes the blame and offers something, and a word that somebody will come back.
        app.set_clock("2027-03-01T10:00:00Z");
        let apology = json!({
            "breachIds": [breach["id"]], "text": "You waited for an hour and a half. That was our fault.", "send": true,
            "components": ["REGRET", "EXPLANATION", "RESPONSIBILITY", "REPAIR"], "heardAt": "2027-03-01T09:50:00Z",
        });
        let payload = step(&desk, &case, "recordApology", "apology { id status sentAt breaches { id } } warnings { code }", apology).await;
        assert_eq!((&payload["warnings"], &payload["apology"]["status"]), (&json!([]), &json!("SENT")));
        assert_eq!(payload["apology"]["breaches"], json!([{ "id": breach["id"] }]));
        let apology = payload["apology"]["id"].clone();
        let after = desk.read(&case, BREACH).await["breaches"][0].clone();
        assert_eq!((&after["answered"], &after["apologies"]), (&json!(true), &json!([{ "id": apology }])));
        app.set_clock("2027-03-01T10:01:00Z");
        let repair = json!({ "apologyId": apology, "kind": "REPLACEMENT", "description": "A new pot", "amount": 24.5, "currency": "EUR", "dueAt": "2027-03-03T08:00:00Z" });
        let repair = step(&desk, &case, "promiseRepair", "repair { id deliveredAt apology { id } }", repair).await["repair"].clone();
        assert_eq!(repair["apology"]["id"], apology);
        app.set_clock("2027-03-01T10:02:00Z");
        let follow_up = json!({ "kind": "PROMISE", "description": "Ask whether the new pot keeps warm", "dueAt": "2027-03-03T12:00:00Z" });
        let follow_up = step(&desk, &case, "scheduleFollowUp", "followUp { id status promisedToMember }", follow_up).await["followUp"].clone();
        assert_eq!((&follow_up["status"], &follow_up["promisedToMember"]), (&json!("SCHEDULED"), &json!(true)));
        app.set_clock("2027-03-01T11:30:00Z");
        said_in(&desk, "t-1", "c-2", "ada", "2027-03-01T11:00:00Z").await;
        let accepted = json!({ "apologyId": apology, "response": "ACCEPTED", "respondedAt": "2027-03-01T11:00:00Z" });
        let accepted = on(&desk, "recordApologyResponse", "apology { status respondedAt }", accepted).await;
        assert_eq!(accepted["apology"], json!({ "status": "ACCEPTED", "respondedAt": "2027-03-01T11:00:00Z" }));

        // Tuesday: the pot is there. Wednesday: somebody comes back, and all is well.
        app.set_clock("2027-03-02T09:00:00Z");
        let delivered = on(&desk, "deliverRepair", "repair { deliveredAt }", json!({ "repairId": repair["id"] })).await;
        assert!(delivered["repair"]["deliveredAt"].is_string());
        app.set_clock("2027-03-03T10:00:00Z");
        assert_eq!(desk.announce().await, 1);
        app.set_clock("2027-03-03T11:00:00Z");
        let kept = json!({ "followUpId": follow_up["id"], "outcome": "It does" });
        let kept = on(&desk, "completeFollowUp", "followUp { status keptByOriginalDue }", kept).await;
        assert_eq!(kept["followUp"], json!({ "status": "KEPT", "keptByOriginalDue": true }));
        app.set_clock("2027-03-03T11:05:00Z");
        let resolved = step(&desk, &case, "respondToCase", "case { status }", json!({ "text": "Enjoy your tea", "then": "RESOLVED" })).await;
        assert_eq!(resolved["case"]["status"], "RESOLVED");
        app.set_clock("2027-03-03T11:10:00Z");
        let peace = step(&desk, &case, "recordSentiment", "case { sentiment }", json!({ "value": 0.6 })).await;
        assert_eq!(peace["case"]["sentiment"], 0.6);
        app.set_clock("2027-03-10T08:00:00Z");
        step(&desk, &case, "closeCase", "case { status }", json!({})).await;
        assert_eq!(desk.announce().await, 0, "nothing is owed any more");

        let expected = [
            "2027-03-01 08:00 OPENED",
            "2027-03-01 08:00 PROMISES_CHOSEN",
            "2027-03-01 08:00 CLOCK_ACTIVATED",
            "2027-03-01 08:00 CLOCK_ACTIVATED",
            "2027-03-01 08:05 ASSIGNED",
            "2027-03-01 08:45 CLOCK_WARNED",
            "2027-03-01 09:00 CLOCK_BREACHED",
            "2027-03-01 09:40 RESPONDED",
            "2027-03-01 09:40 STATUS_CHANGED",
            "2027-03-01 09:40 CLOCK_FULFILLED",
            "2027-03-01 10:00 APOLOGY_SENT",
            "2027-03-01 10:01 REPAIR_PROMISED",
            "2027-03-01 10:02 FOLLOW_UP_SCHEDULED",
            "2027-03-01 11:00 CUSTOMER_MESSAGE",
            "2027-03-01 11:00 APOLOGY_ANSWERED",
            "2027-03-02 09:00 REPAIR_DELIVERED",
            // Wednesday begins at 23:00Z where the community lives.
            "2027-03-02 23:00 FOLLOW_UP_DUE",
            "2027-03-03 11:00 FOLLOW_UP_KEPT",
            "2027-03-03 11:05 RESPONDED",
            "2027-03-03 11:05 RESOLVED",
            "2027-03-03 11:05 CLOCK_FULFILLED",
            "2027-03-03 11:10 SENTIMENT_RECORDED",
            "2027-03-10 08:00 CLOSED",
        ];
        assert_eq!(tale(&desk, &case).await, expected);
        let end = desk.read(&case, "status sentiment firstResponseAt breaches { answered excusedAt } clocks { metric state }").await;
        let expected = json!({
            "status": "CLOSED", "sentiment": 0.6, "firstResponseAt": "2027-03-01T09:40:00Z",
            "breaches": [{ "answered": true, "excusedAt": null }],
            "clocks": [{ "metric": "FIRST_RESPONSE", "state": "BREACHED" }, { "metric": "FIRST_RESOLUTION", "state": "ACHIEVED" }],
        });
        assert_eq!(end, expected, "the breach stays on record, however well it was made good");

        // The customer sees what was said to them, and nothing of what the company keeps to itself.
        let viewer = desk.beside("Vera", entity::Role::Viewer, entity::Visibility::Public).await;
        let seen: Vec<String> = viewer.kinds(&case).await;
        let expected = [
            "OPENED", "RESPONDED", "STATUS_CHANGED", "APOLOGY_SENT", "REPAIR_PROMISED", "FOLLOW_UP_SCHEDULED", "CUSTOMER_MESSAGE", "APOLOGY_ANSWERED",
            "REPAIR_DELIVERED", "FOLLOW_UP_DUE", "FOLLOW_UP_KEPT", "RESPONDED", "RESOLVED", "CLOSED",
        ];
        assert_eq!(seen, expected);
    }
}
