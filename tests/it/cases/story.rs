//! One case from the complaint to the customer's peace: promise, breach, apology with repair, follow-up, sentiment.

use serde_json::{Value, json};

use super::{DAY, Desk, HOUR, MINUTE, micros, text};
use crate::on_both_engines;
use crate::support::TestApp;

on_both_engines! {
    async fn given_a_complaint_when_the_promise_is_broken_then_everything_is_made_right_and_told(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let promise = desk.promise("FIRST_RESPONSE", "PT1H", json!({ "warnBefore": "PT15M" })).await;
        let ada = desk.member("ada").await;
        let origin = desk.said("COMPLAINT", "c-1", "ada", json!({ "text": "My tea is cold", "sentiment": -0.8 })).await;
        let case = desk.act("openCase", json!({ "memberId": ada, "originId": origin, "severity": "HIGH" })).await["case"].clone();
        let due = micros(&case["openedAt"]) + HOUR;
        assert_eq!(micros(&case["nextDueAt"]), due);
        assert_eq!(desk.announce().await, 0, "nothing is due yet");

        // Readers need no announcer: the clock's own times say how it stands.
        desk.wait(50 * MINUTE);
        assert_eq!(desk.clocks(&case, "state").await[0]["state"], "IMMINENT_BREACH");
        desk.wait(20 * MINUTE);
        let clock = desk.clocks(&case, "state dueAt breach { id }").await[0].clone();
        assert_eq!((&clock["state"], &clock["breach"]), (&json!("BREACHING"), &Value::Null));
        assert_eq!(desk.announce().await, 2, "the warning that nobody gave in time, and the breach");
        assert_eq!(desk.announce().await, 0, "once");
        let breach = desk.read(&case, "breaches { id dueAt detectedAt endedAt overrun answered excusedAt expectation { id } clock { state } case { number } }").await["breaches"][0].clone();
        assert_eq!(micros(&breach["dueAt"]), due, "a breach is when it was due, not when it was found");
        assert!(micros(&breach["detectedAt"]) > due);
        assert_eq!((&breach["endedAt"], &breach["overrun"], &breach["answered"]), (&Value::Null, &Value::Null, &json!(false)));
        assert_eq!((&breach["expectation"]["id"], &breach["clock"]["state"], &breach["case"]["number"]), (&json!(promise), &json!("BREACHING"), &json!(1)));

        let replied = desk.change("respondToCase", &case, json!({ "text": "We are sorry. A new pot is on its way." })).await;
        assert_eq!((&replied["status"], &replied["nextDueAt"], &replied["waitingSince"]), (&json!("OPEN"), &Value::Null, &Value::Null));
        let clock = desk.clocks(&case, "state dueAt fulfilledAt endedAt").await[0].clone();
        assert_eq!((&clock["state"], micros(&clock["dueAt"])), (&json!("BREACHED"), due));
        assert_eq!((&clock["fulfilledAt"], &clock["endedAt"]), (&replied["firstResponseAt"], &replied["firstResponseAt"]));
        let breach = desk.read(&case, "breaches { id endedAt overrun }").await["breaches"][0].clone();
        assert_eq!(breach["endedAt"], replied["firstResponseAt"]);
        assert!(text(&breach["overrun"]).starts_with("PT10M"), "{breach}");

        let apology = json!({ "breachIds": [breach["id"]], "text": "We let you wait. It was our fault.", "components": ["REGRET", "RESPONSIBILITY", "REPAIR"], "send": true });
        let apology = desk.act("recordApology", crate::ingest::calls::with(apology, &json!({ "caseId": case["id"] }))).await;
        assert_eq!(apology["warnings"], json!([]));
        let id = apology["apology"]["id"].clone();
        desk.act("promiseRepair", json!({ "caseId": case["id"], "apologyId": id, "kind": "REPLACEMENT", "description": "A new pot" })).await;
        let tomorrow = app.now().plus_micros(DAY).to_string();
        let follow_up = json!({ "caseId": case["id"], "kind": "PROMISE", "description": "Ask whether it is warm", "dueAt": tomorrow });
        let follow_up = desk.act("scheduleFollowUp", follow_up).await["followUp"].clone();
        let more = desk.read(&case, "breaches { answered apologies { id } } apologies { status repairs { kind } } repairs { kind } followUps { id }").await;
        assert_eq!(more["breaches"], json!([{ "answered": true, "apologies": [{ "id": id }] }]));
        assert_eq!(more["apologies"], json!([{ "status": "SENT", "repairs": [{ "kind": "REPLACEMENT" }] }]));
        assert_eq!((&more["repairs"], &more["followUps"]), (&json!([{ "kind": "REPLACEMENT" }]), &json!([{ "id": follow_up["id"] }])));

        desk.wait(20 * HOUR);
        let thanks = desk.change("recordCustomerMessage", &case, json!({ "text": "It is warm, thank you", "channel": "email" })).await;
        assert!(thanks["waitingSince"].is_string());
        let kept = desk.act("completeFollowUp", json!({ "followUpId": follow_up["id"], "outcome": "It is warm" })).await;
        assert_eq!(kept["followUp"]["status"], "KEPT");
        desk.act("recordApologyResponse", json!({ "apologyId": id, "response": "ACCEPTED" })).await;
        let resolved = desk.change("respondToCase", &case, json!({ "text": "You are welcome", "then": "RESOLVED" })).await;
        assert_eq!((&resolved["status"], &resolved["legalStatuses"]), (&json!("RESOLVED"), &json!(["OPEN", "CLOSED"])));
        let peace = desk.change("recordSentiment", &case, json!({ "value": 0.6 })).await;
        assert_eq!(peace["sentiment"], 0.6);

        // The tale in one list. What clocks did is told between.
        let told: Vec<String> = desk.kinds(&case).await.into_iter().filter(|kind| kind != "PROMISES_CHOSEN").collect();
        let expected = [
            "OPENED", "CLOCK_ACTIVATED", "CLOCK_WARNED", "CLOCK_BREACHED", "RESPONDED", "STATUS_CHANGED", "CLOCK_FULFILLED", "APOLOGY_SENT",
            "REPAIR_PROMISED", "FOLLOW_UP_SCHEDULED", "CUSTOMER_MESSAGE", "FOLLOW_UP_KEPT", "APOLOGY_ANSWERED", "RESPONDED", "RESOLVED",
            "SENTIMENT_RECORDED",
        ];
        assert_eq!(told, expected);
    }
}
