//! Working a case: its states, who may set them, and what two people at once do to each other.

use serde_json::{Value, json};

use super::{DAY, Desk, HOUR, micros, numbers, text};
use crate::ingest::calls::{member_id, mendable, merge, with};
use crate::on_both_engines;
use crate::support::TestApp;

/// The message of the first thing to mend.
fn said(payload: &Value) -> String {
    text(&payload["userErrors"][0]["message"])
}

on_both_engines! {
    async fn given_any_state_when_an_illegal_one_is_asked_for_then_the_answer_names_the_legal_ones(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({})).await;
        let to = |status: &str| json!({ "caseId": case["id"], "to": status, "message": "Please wait" });
        let refused = async |status: &str| {
            let payload = desk.try_to("changeCaseStatus", to(status)).await;
            assert_eq!(mendable(&payload), ["to NOT_ALLOWED_NOW"], "{status}");
            said(&payload)
        };
        assert_eq!(case["legalStatuses"], json!(["OPEN", "WAITING_ON_CUSTOMER", "ON_HOLD", "RESOLVED"]));
        let expected = "a case that is NEW cannot become CLOSED; legal now: OPEN, WAITING_ON_CUSTOMER, ON_HOLD, RESOLVED";
        assert_eq!(refused("CLOSED").await, expected, "it speaks of the case as it is");
        // Where the input has no status, the error names the case.
        let payload = desk.try_to("closeCase", json!({ "caseId": case["id"] })).await;
        assert_eq!((mendable(&payload), said(&payload).as_str()), (vec!["caseId NOT_ALLOWED_NOW".to_owned()], expected));
        assert_eq!(mendable(&desk.try_to("changeCaseStatus", to("MERGED")).await), ["to INVALID"]);

        let waits = desk.change("changeCaseStatus", &case, json!({ "to": "WAITING_ON_CUSTOMER", "message": "Which pot?" })).await;
        assert_eq!((&waits["status"], &waits["legalStatuses"]), (&json!("WAITING_ON_CUSTOMER"), &json!(["OPEN", "RESOLVED"])));
        for status in ["ON_HOLD", "CLOSED", "NEW"] {
            let message = refused(status).await;
            assert_eq!(message, format!("a case that is WAITING_ON_CUSTOMER cannot become {status}; legal now: OPEN, RESOLVED"));
        }
        let same = desk.change("changeCaseStatus", &case, json!({ "to": "WAITING_ON_CUSTOMER" })).await;
        assert_eq!(same["version"], waits["version"], "what is so already changes nothing");

        desk.change("resolveCase", &case, json!({})).await;
        assert!(refused("ON_HOLD").await.ends_with("legal now: OPEN, CLOSED"));
        let closed = desk.change("closeCase", &case, json!({})).await;
        assert_eq!((&closed["status"], &closed["legalStatuses"]), (&json!("CLOSED"), &json!([])));
        assert!(closed["closedAt"].is_string());
        for (mutation, input) in [
            ("changeCaseStatus", json!({ "to": "OPEN" })),
            ("respondToCase", json!({ "text": "Still there?" })),
            ("reopenCase", json!({ "reason": "It is cold again" })),
            ("resolveCase", json!({ "message": "Done" })),
            ("assignCase", json!({ "assigneeId": desk.staff_id() })),
            ("updateCase", json!({ "severity": "LOW" })),
            ("moveCase", json!({ "to": "PRIVATE" })),
            ("escalateCase", json!({ "reason": "Loud" })),
            ("reapplyExpectations", json!({})),
        ] {
            assert_eq!(desk.refused(mutation, &case, input).await, ["caseId NOT_ALLOWED_NOW"], "{mutation}");
        }
        desk.change("addCaseNote", &case, json!({ "text": "They came by" })).await;
        assert_eq!(desk.change("recordSentiment", &case, json!({ "value": 1.0 })).await["sentiment"], 1.0);
    }

    async fn given_a_customer_who_spoke_last_when_they_shall_wait_then_they_must_be_told(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({})).await;
        for status in ["WAITING_ON_CUSTOMER", "ON_HOLD", "RESOLVED"] {
            let refused = desk.refused("changeCaseStatus", &case, json!({ "to": status })).await;
            assert_eq!(refused, ["message REQUIRED"], "{status}");
        }
        assert_eq!(desk.refused("resolveCase", &case, json!({})).await, ["message REQUIRED"]);
        // A note is no answer.
        desk.change("addCaseNote", &case, json!({ "text": "Look at the pot" })).await;
        assert_eq!(desk.refused("resolveCase", &case, json!({})).await, ["message REQUIRED"]);
        let answered = desk.change("respondToCase", &case, json!({ "text": "We look at it" })).await;
        assert_eq!((&answered["status"], &answered["waitingSince"]), (&json!("OPEN"), &Value::Null));
        // What was said before does not tell them that they wait from now on.
        assert_eq!(desk.refused("changeCaseStatus", &case, json!({ "to": "ON_HOLD" })).await, ["message REQUIRED"]);
        let held = desk.change("changeCaseStatus", &case, json!({ "to": "ON_HOLD", "message": "We wait for a part" })).await;
        assert_eq!(held["status"], "ON_HOLD");
        assert_eq!(held["firstResponseAt"], answered["firstResponseAt"]);

        // The customer's word ends the waiting.
        let back = desk.change("recordCustomerMessage", &case, json!({ "text": "And now?" })).await;
        assert_eq!(back["status"], "OPEN");
        assert!(micros(&back["waitingSince"]) > micros(&answered["firstResponseAt"]));
        let then = desk.change("respondToCase", &case, json!({ "text": "It is done", "then": "RESOLVED" })).await;
        assert_eq!((&then["status"], &then["resolvedAt"]), (&json!("RESOLVED"), &then["firstResolvedAt"]));
        for then in ["NEW", "CLOSED", "MERGED"] {
            assert_eq!(desk.refused("respondToCase", &case, json!({ "text": "x", "then": then })).await, ["then INVALID"], "{then}");
        }
    }

    async fn given_a_resolved_case_when_it_is_not_solved_then_it_is_reopened_and_the_first_time_stays(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESOLUTION", "PT8H", json!({})).await;
        desk.promise("TOTAL_RESOLUTION", "PT8H", json!({})).await;
        let case = desk.case("ada", json!({})).await;
        assert_eq!(desk.refused("reopenCase", &case, json!({ "reason": "It drips" })).await, ["caseId NOT_ALLOWED_NOW"]);
        desk.wait(2 * HOUR);
        let resolved = desk.change("resolveCase", &case, json!({ "message": "Fixed" })).await;
        assert_eq!(resolved["nextDueAt"], Value::Null);
        desk.wait(10 * HOUR);
        let reopened = desk.change("reopenCase", &case, json!({ "reason": "It drips" })).await;
        assert_eq!((&reopened["status"], &reopened["reopenCount"], &reopened["resolvedAt"]), (&json!("OPEN"), &json!(1), &Value::Null));
        assert_eq!(reopened["firstResolvedAt"], resolved["firstResolvedAt"]);
        let clocks = desk.clocks(&case, "state dueAt").await;
        assert_eq!(clocks[0]["state"], "ACHIEVED", "how long the first resolution took is final");
        assert_eq!(clocks[1]["state"], "PENDING");
        // Two hours were used up; those in which it was resolved do not count.
        let left = micros(&clocks[1]["dueAt"]) - app.now().as_micros();
        assert!((5 * HOUR..=6 * HOUR).contains(&left), "{left}");

        // The customer can say so themselves.
        desk.change("resolveCase", &case, json!({ "message": "Fixed again" })).await;
        let again = desk.change("recordCustomerMessage", &case, json!({ "text": "No" })).await;
        assert_eq!((&again["status"], &again["reopenCount"]), (&json!("OPEN"), &json!(2)));
    }

    async fn given_a_closed_case_when_the_customer_writes_then_a_linked_one_is_opened(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({ "subject": "Cold tea", "severity": "HIGH", "assigneeId": desk.staff_id() })).await;
        desk.change("resolveCase", &case, json!({ "message": "Fixed" })).await;
        desk.change("closeCase", &case, json!({})).await;
        let linked = desk.change("recordCustomerMessage", &case, json!({ "text": "Cold again" })).await;
        assert_eq!((&linked["number"], &linked["status"]), (&json!(2), &json!("NEW")));
        assert_eq!((&linked["subject"], &linked["severity"]), (&case["subject"], &case["severity"]));
        assert_eq!(linked["assignee"], case["assignee"]);
        assert_eq!(desk.read(&linked, "parent { number }").await["parent"]["number"], 1);
        let old = desk.read(&case, "status linkedCases { number } timeline(kinds: [LINKED]) { nodes { otherCase { number } } }").await;
        assert_eq!((&old["status"], &old["linkedCases"]), (&json!("CLOSED"), &json!([{ "number": 2 }])));
        assert_eq!(old["timeline"]["nodes"], json!([{ "otherCase": { "number": 2 } }]));
    }

    async fn given_two_cases_about_the_same_when_they_are_merged_then_one_goes_on(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "PT8H", json!({})).await;
        let old = desk.case("ada", json!({ "subject": "Cold tea" })).await;
        desk.wait(3 * HOUR);
        let new = desk.case("ada", json!({ "subject": "Cold tea again" })).await;
        let other = desk.case("bob", json!({})).await;
        let private = desk.case("ada", json!({ "visibility": "PRIVATE" })).await;
        let into = |case: &Value| json!({ "intoId": case["id"] });
        assert_eq!(desk.refused("mergeCases", &old, into(&old)).await, ["intoId INVALID"]);
        assert_eq!(desk.refused("mergeCases", &old, into(&other)).await, ["intoId INVALID"]);
        assert_eq!(desk.refused("mergeCases", &old, into(&private)).await, ["intoId NOT_ALLOWED_NOW"]);
        let stale = with(into(&new), &json!({ "expectedVersion": 7 }));
        assert_eq!(desk.refused("mergeCases", &old, stale).await, ["expectedVersion CONFLICT"]);

        let goes_on = desk.change("mergeCases", &old, into(&new)).await;
        assert_eq!(goes_on["number"], new["number"]);
        assert_eq!(micros(&goes_on["nextDueAt"]), micros(&old["openedAt"]) + 8 * HOUR, "the earliest promise wins");
        let merged = desk.read(&old, "status mergedInto { number } nextDueAt timeline(kinds: [MERGED]) { nodes { otherCase { number } } }").await;
        assert_eq!((&merged["status"], &merged["mergedInto"]["number"], &merged["nextDueAt"]), (&json!("MERGED"), &new["number"], &Value::Null));
        assert_eq!(merged["timeline"]["nodes"], json!([{ "otherCase": { "number": new["number"] } }]));
        let more = desk.read(&new, "mergedCases { number } timeline(kinds: [ABSORBED]) { nodes { otherCase { number } } }").await;
        assert_eq!(more["mergedCases"], json!([{ "number": old["number"] }]));
        assert_eq!(more["timeline"]["nodes"], json!([{ "otherCase": { "number": old["number"] } }]));

        // What comes in for the old one goes to the one that goes on; nothing else can be done to it.
        let passed_on = desk.change("recordCustomerMessage", &old, json!({ "text": "Hello?" })).await;
        assert_eq!(passed_on["number"], new["number"]);
        for (mutation, input) in [
            ("addCaseNote", json!({ "text": "Note" })),
            ("respondToCase", json!({ "text": "Hello" })),
            ("changeCaseStatus", json!({ "to": "OPEN" })),
            ("resolveCase", json!({ "message": "Done" })),
            ("reopenCase", json!({ "reason": "Cold" })),
            ("closeCase", json!({})),
            ("assignCase", json!({ "assigneeId": null })),
            ("escalateCase", json!({ "reason": "Loud" })),
            ("updateCase", json!({ "severity": "LOW" })),
            ("moveCase", json!({ "to": "PRIVATE" })),
            ("recordSentiment", json!({ "value": 0.0 })),
            ("reapplyExpectations", json!({})),
            ("mergeCases", into(&other)),
        ] {
            let payload = desk.try_to(mutation, with(json!({ "caseId": old["id"] }), &input)).await;
            assert_eq!(mendable(&payload), ["caseId NOT_ALLOWED_NOW"], "{mutation}");
            assert_eq!(said(&payload), "case 1 was merged into case 2: go on there", "{mutation}");
        }
        let back = desk.try_to("mergeCases", json!({ "caseId": new["id"], "intoId": old["id"] })).await;
        assert_eq!(mendable(&back), ["intoId NOT_ALLOWED_NOW"]);
        assert_eq!(said(&back), "case 1 was merged into case 2: go on there");
        assert_eq!(desk.change("mergeCases", &old, into(&new)).await["number"], new["number"], "the same merge again is done already");
    }

    async fn given_two_writers_on_one_version_when_both_write_then_one_is_told_to_look_again(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({})).await;
        let reply = |text: &str| json!({ "caseId": case["id"], "expectedVersion": case["version"], "text": text });
        let (one, two) = tokio::join!(desk.try_to("respondToCase", reply("one")), desk.try_to("respondToCase", reply("two")));
        let mut mended = [mendable(&one), mendable(&two)];
        mended.sort();
        assert_eq!(mended, [vec![], vec!["expectedVersion CONFLICT".to_owned()]]);
        let lost = if mendable(&one).is_empty() { &two } else { &one };
        assert!(said(lost).contains("version 2"), "{lost}");
        let read = desk.read(&case, "version timeline(kinds: [RESPONDED]) { totalCount }").await;
        assert_eq!(read, json!({ "version": 2, "timeline": { "totalCount": 1 } }));
        for (mutation, more) in [
            ("addCaseNote", json!({ "text": "x" })),
            ("assignCase", json!({ "assigneeId": null })),
            ("updateCase", json!({ "severity": "LOW" })),
            ("moveCase", json!({ "to": "PRIVATE" })),
            ("resolveCase", json!({})),
            ("recordCustomerMessage", json!({ "text": "x" })),
        ] {
            let stale = with(more, &json!({ "expectedVersion": 1 }));
            assert_eq!(desk.refused(mutation, &case, stale).await, ["expectedVersion CONFLICT"], "{mutation}");
        }
        let fresh = desk.change("addCaseNote", &case, json!({ "text": "x", "expectedVersion": 2 })).await;
        assert_eq!(fresh["version"], 3);
    }

    async fn given_a_case_when_its_details_change_then_the_promises_for_such_a_case_hold_from_its_beginning(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "P2D", json!({ "severities": ["LOW"] })).await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({ "severities": ["CRITICAL"] })).await;
        let case = desk.case("ada", json!({ "severity": "LOW", "category": "tea", "channel": "forum" })).await;
        assert_eq!(micros(&case["nextDueAt"]), micros(&case["openedAt"]) + 2 * DAY);
        desk.wait(3 * HOUR);
        let input = json!({ "severity": "CRITICAL", "subject": "It burns", "category": null });
        let worse = desk.change("updateCase", &case, input.clone()).await;
        assert_eq!((&worse["severity"], &worse["subject"], &worse["category"], &worse["channel"]), (&json!("CRITICAL"), &json!("It burns"), &Value::Null, &json!("forum")));
        assert_eq!(micros(&worse["nextDueAt"]), micros(&case["openedAt"]) + HOUR, "it is overdue at once");
        let clocks = desk.clocks(&case, "state").await;
        assert_eq!(clocks.len(), 2);
        assert!(clocks.iter().any(|clock| clock["state"] == "CANCELLED") && clocks.iter().any(|clock| clock["state"] == "BREACHING"));
        assert_eq!(desk.change("updateCase", &case, input).await["version"], worse["version"], "the same again changes nothing");
        let told = desk.read(&case, "timeline(kinds: [SEVERITY_CHANGED, DETAILS_CHANGED]) { nodes { kind fromSeverity toSeverity changes { field from to } } }").await;
        let expected = json!([
            { "kind": "SEVERITY_CHANGED", "fromSeverity": "LOW", "toSeverity": "CRITICAL", "changes": [] },
            { "kind": "DETAILS_CHANGED", "fromSeverity": null, "toSeverity": null, "changes": [
                { "field": "subject", "from": "ada needs help", "to": "It burns" }, { "field": "category", "from": "tea", "to": null },
            ] },
        ]);
        assert_eq!(told["timeline"]["nodes"], expected);
        for (input, field) in [(json!({ "subject": null }), "subject INVALID"), (json!({ "severity": null }), "severity INVALID")] {
            assert_eq!(desk.refused("updateCase", &case, input).await, [field]);
        }
    }

    async fn given_a_running_case_when_promises_change_then_it_keeps_its_own_until_they_are_reapplied(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let slow = desk.promise("FIRST_RESPONSE", "P2D", json!({})).await;
        let case = desk.case("ada", json!({})).await;
        desk.act("retireExpectation", json!({ "expectationId": slow })).await;
        let fast = desk.act("draftExpectation", json!({ "successorOf": slow, "target": "PT4H" })).await["expectation"]["id"].clone();
        desk.act("publishExpectation", json!({ "expectationId": fast })).await;
        desk.wait(HOUR);
        assert_eq!(desk.read(&case, "nextDueAt").await["nextDueAt"], case["nextDueAt"]);
        let applied = desk.change("reapplyExpectations", &case, json!({})).await;
        assert_eq!(micros(&applied["nextDueAt"]), micros(&case["openedAt"]) + 4 * HOUR);
        assert_eq!(desk.kinds(&case).await.iter().filter(|kind| *kind == "PROMISES_CHOSEN").count(), 2, "it is on record");
    }

    async fn given_a_broken_promise_when_it_is_excused_then_it_stays_on_record(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({})).await;
        let case = desk.case("ada", json!({})).await;
        desk.wait(2 * HOUR);
        desk.announce().await;
        let breach = desk.read(&case, "breaches { id }").await["breaches"][0]["id"].clone();
        let input = json!({ "breachId": breach, "reason": "<b>The post was on strike</b>", "idempotencyKey": "k-1" });
        let payload = desk.act("excuseBreach", input.clone()).await;
        assert_eq!((&payload["breach"]["id"], &payload["breach"]["excuse"]), (&breach, &json!("<b>The post was on strike</b>")));
        assert_eq!((&payload["breach"]["answered"], &payload["case"]["number"]), (&json!(false), &json!(1)));
        assert_eq!(desk.act("excuseBreach", input.clone()).await, payload, "the same key gives the same answer");
        let again = desk.try_to("excuseBreach", with(input, &json!({ "idempotencyKey": null }))).await;
        assert_eq!(mendable(&again), ["breachId NOT_ALLOWED_NOW"]);
        let told = desk.read(&case, "breaches { excusedAt excusedBy } timeline(kinds: [BREACH_EXCUSED]) { nodes { text breach { id } } }").await;
        assert!(told["breaches"][0]["excusedAt"].is_string());
        assert_eq!(told["timeline"]["nodes"], json!([{ "text": "<b>The post was on strike</b>", "breach": { "id": breach } }]));
    }

    async fn given_members_who_are_one_person_when_they_are_merged_then_their_cases_are_together(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let (one, two) = (desk.case("ada", json!({})).await, desk.case("lovelace", json!({})).await);
        let client = desk.client();
        let (from, into) = (member_id(&client, "tea", "lovelace").await, member_id(&client, "tea", "ada").await);
        merge(&client, json!({ "community": "tea", "memberId": from, "intoId": into })).await;
        let query = "query($id: ID!) { node(id: $id) { ... on Member { cases(orderBy: [{ field: OPENED_AT, direction: ASC }]) { totalCount nodes { number member { id } } } } } }";
        let cases = client.ok(query, json!({ "id": into })).await["node"]["cases"].clone();
        assert_eq!((&cases["totalCount"], numbers(&cases)), (&json!(2), vec![1, 2]));
        assert!(cases["nodes"].as_array().unwrap().iter().all(|case| case["member"]["id"] == into));
        assert_eq!(desk.change("mergeCases", &two, json!({ "intoId": one["id"] })).await["number"], 1, "one person, one case");
    }
}
