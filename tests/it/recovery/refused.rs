//! What is refused of apologies, repairs and follow-ups, each with the field that is wrong; and who may record them at all.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{act, apologize, breaches, broken, promise_repair, refused, schedule, selection, send};
use crate::cases::Desk;
use crate::ingest::calls::{mendable, mutate, payload, with};
use crate::on_both_engines;
use crate::promises::{DAY, HOUR, later};
use crate::support::TestApp;

/// An instant so far from now.
fn from_now(app: &TestApp, micros: i64) -> String {
    app.now().plus_micros(micros).to_string()
}

on_both_engines! {
    async fn given_breaches_of_others_when_an_apology_names_them_then_it_is_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let elsewhere = Desk::open(&app, "coffee").await;
        let cases = broken(&desk, &["ada", "ada", "bob"]).await;
        let mut ids = Vec::new();
        for case in &cases {
            ids.push(breaches(&desk, case).await[0]["id"].clone());
        }
        let foreign = broken(&elsewhere, &["ada"]).await.remove(0);
        let foreign = breaches(&elsewhere, &foreign).await[0]["id"].clone();
        let case = &cases[0];
        for (named, expected) in [
            // Of another case of the same member, of another member, of another community, of no breach at all.
            (json!([ids[1]]), "breachIds.0 NOT_FOUND"),
            (json!([ids[0], ids[2]]), "breachIds.1 NOT_FOUND"),
            (json!([foreign]), "breachIds.0 NOT_FOUND"),
            (json!([ids[0], case["id"]]), "breachIds.1 NOT_FOUND"),
            (json!(["nonsense"]), "breachIds.0 NOT_FOUND"),
            (json!(vec![&ids[0]; 101]), "breachIds TOO_MANY"),
        ] {
            let input = json!({ "caseId": case["id"], "text": "Sorry", "components": ["REGRET"], "send": true, "breachIds": named });
            assert_eq!(refused(&desk, "recordApology", input).await, [expected], "{named}");
        }
        let all = json!({ "caseId": case["id"], "text": "Sorry", "components": [], "send": true, "breachIds": [ids[1], ids[0], ids[2]] });
        assert_eq!(refused(&desk, "recordApology", all).await, ["breachIds.0 NOT_FOUND", "breachIds.2 NOT_FOUND"], "all that is wrong at once");
        assert_eq!(desk.read(case, "apologies { id } breaches { answered }").await, json!({ "apologies": [], "breaches": [{ "answered": false }] }));

        // A breach in a case that one may not see is not there.
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        desk.change("moveCase", &cases[1], json!({ "to": "PRIVATE" })).await;
        let unseen = json!({ "caseId": cases[1]["id"], "text": "Sorry", "components": [], "send": true, "breachIds": [ids[1]] });
        assert_eq!(refused(&agent, "recordApology", unseen).await, ["caseId NOT_FOUND"]);
    }

    async fn given_wrong_apologies_when_they_are_recorded_then_each_is_refused_by_field(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = broken(&desk, &["ada"]).await.remove(0);
        for (more, expected) in [
            (json!({ "text": "" }), "text REQUIRED"),
            (json!({ "text": " \n\t" }), "text REQUIRED"),
            (json!({ "text": "a\u{0}b" }), "text INVALID"),
            (json!({ "text": "x".repeat(20_001) }), "text TOO_LONG"),
            (json!({ "visibility": "SEMI_PRIVATE" }), "visibility INVALID"),
            (json!({ "heardAt": from_now(&app, HOUR) }), "heardAt OUT_OF_RANGE"),
            (json!({ "heardAt": later(&case["openedAt"], -1) }), "heardAt OUT_OF_RANGE"),
            (json!({ "caseId": "nonsense" }), "caseId NOT_FOUND"),
            (json!({ "idempotencyKey": "" }), "idempotencyKey INVALID"),
        ] {
            let input = json!({ "caseId": case["id"], "text": "Sorry", "components": ["REGRET"], "send": false });
            assert_eq!(refused(&desk, "recordApology", with(input, &more)).await, [expected], "{more}");
        }
        let sent = apologize(&desk, &case, json!({ "text": "x".repeat(20_000), "components": [] })).await["apology"].clone();
        let which = json!({ "apologyId": sent["id"] });
        for (mutation, more, expected) in [
            ("recordApologyResponse", json!({ "response": "ACCEPTED", "respondedAt": later(&sent["sentAt"], -1) }), "respondedAt OUT_OF_RANGE"),
            ("recordApologyResponse", json!({ "response": "ACCEPTED", "respondedAt": from_now(&app, HOUR) }), "respondedAt OUT_OF_RANGE"),
            ("retractApology", json!({ "reason": " " }), "reason REQUIRED"),
            ("retractApology", json!({ "reason": "x".repeat(2_001) }), "reason TOO_LONG"),
            ("retractApology", json!({ "reason": "x", "apologyId": case["id"] }), "apologyId NOT_FOUND"),
            ("sendApology", json!({ "apologyId": "" }), "apologyId NOT_FOUND"),
        ] {
            assert_eq!(refused(&desk, mutation, with(which.clone(), &more)).await, [expected], "{mutation} {more}");
        }
        // Exactly when it was sent is possible, and so is an answer in anger.
        let at_once = json!({ "apologyId": sent["id"], "response": "REJECTED", "respondedAt": sent["sentAt"] });
        assert_eq!(act(&desk, "recordApologyResponse", at_once).await["apology"]["status"], "REJECTED");
        let wrong = json!({ "caseId": case["id"], "text": "Sorry", "components": ["SHRUG"], "send": true });
        assert_eq!(send(&desk, "recordApology", wrong).await.code(), "BAD_USER_INPUT");
    }

    async fn given_wrong_changes_of_a_draft_when_they_are_made_then_each_is_refused_by_field(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let cases = broken(&desk, &["ada", "bob"]).await;
        let strange = breaches(&desk, &cases[1]).await[0]["id"].clone();
        let case = &cases[0];
        let draft = apologize(&desk, case, json!({ "send": false })).await["apology"]["id"].clone();
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let which = json!({ "apologyId": draft });
        for (more, expected) in [
            (json!({ "text": "" }), "text REQUIRED"),
            (json!({ "text": null }), "text INVALID"),
            (json!({ "text": "x".repeat(20_001) }), "text TOO_LONG"),
            (json!({ "visibility": null }), "visibility INVALID"),
            (json!({ "visibility": "SEMI_PRIVATE" }), "visibility INVALID"),
            (json!({ "visibility": "PRIVATE" }), "visibility NOT_ALLOWED_NOW"),
            (json!({ "heardAt": from_now(&app, HOUR) }), "heardAt OUT_OF_RANGE"),
            (json!({ "heardAt": later(&case["openedAt"], -1) }), "heardAt OUT_OF_RANGE"),
            (json!({ "breachIds": [strange] }), "breachIds.0 NOT_FOUND"),
            (json!({ "breachIds": ["nonsense"] }), "breachIds.0 NOT_FOUND"),
            (json!({ "breachIds": vec![&strange; 101] }), "breachIds TOO_MANY"),
            (json!({ "apologyId": case["id"] }), "apologyId NOT_FOUND"),
            (json!({ "idempotencyKey": "" }), "idempotencyKey INVALID"),
        ] {
            assert_eq!(refused(&agent, "updateApology", with(which.clone(), &more)).await, [expected], "{more}");
        }
        // All at once: what the input says by itself, and what it says of the case.
        for (more, expected) in [
            (json!({ "text": null, "visibility": null, "breachIds": ["x", "y"] }), &["breachIds.0 NOT_FOUND", "breachIds.1 NOT_FOUND", "text INVALID", "visibility INVALID"][..]),
            (json!({ "text": " ", "visibility": "SEMI_PRIVATE", "heardAt": from_now(&app, HOUR) }), &["text REQUIRED", "visibility INVALID", "heardAt OUT_OF_RANGE"][..]),
            (json!({ "heardAt": later(&case["openedAt"], -1), "visibility": "PRIVATE", "breachIds": [strange] }), &["heardAt OUT_OF_RANGE", "visibility NOT_ALLOWED_NOW", "breachIds.0 NOT_FOUND"][..]),
        ] {
            assert_eq!(refused(&agent, "updateApology", with(which.clone(), &more)).await, expected, "{more}");
        }
        let wrong = json!({ "caseId": case["id"], "text": "", "components": [], "send": true, "visibility": "SEMI_PRIVATE", "heardAt": from_now(&app, HOUR) });
        assert_eq!(refused(&desk, "recordApology", wrong).await, ["text REQUIRED", "visibility INVALID", "heardAt OUT_OF_RANGE"]);
        let wrong = json!({ "caseId": case["id"], "kind": "REFUND", "description": "", "amount": -1, "currency": "eur", "dueAt": from_now(&app, -1) });
        assert_eq!(refused(&desk, "promiseRepair", wrong).await, ["description REQUIRED", "amount OUT_OF_RANGE", "currency INVALID", "dueAt OUT_OF_RANGE"]);
        let wrong = json!({ "caseId": "x", "kind": "NUDGE", "description": "Ask", "dueAt": from_now(&app, DAY), "ownerId": "y" });
        assert_eq!(refused(&desk, "scheduleFollowUp", wrong).await, ["caseId NOT_FOUND", "ownerId NOT_FOUND"]);
        let read = desk.read(case, "apologies { text visibility breaches { id } }").await;
        assert_eq!(read["apologies"], json!([{ "text": "It was our fault.", "visibility": "PUBLIC", "breaches": [] }]), "nothing happened");
    }

    async fn given_wrong_repairs_when_they_are_promised_then_each_is_refused_by_field(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let (case, other) = (desk.case("ada", json!({})).await, desk.case("bob", json!({})).await);
        let not_ours = apologize(&desk, &other, json!({})).await["apology"]["id"].clone();
        let retracted = apologize(&desk, &case, json!({})).await["apology"]["id"].clone();
        act(&desk, "retractApology", json!({ "apologyId": retracted, "reason": "The wrong one" })).await;
        for (more, expected) in [
            (json!({ "description": "" }), "description REQUIRED"),
            (json!({ "description": "x".repeat(2_001) }), "description TOO_LONG"),
            (json!({ "amount": 5.0 }), "currency REQUIRED"),
            (json!({ "currency": "EUR" }), "amount REQUIRED"),
            (json!({ "amount": 0.0, "currency": "EUR" }), "amount OUT_OF_RANGE"),
            (json!({ "amount": -5, "currency": "EUR" }), "amount OUT_OF_RANGE"),
            (json!({ "amount": 5.0, "currency": "eur" }), "currency INVALID"),
            (json!({ "amount": 5.0, "currency": "EURO" }), "currency INVALID"),
            (json!({ "amount": 5.0, "currency": "XXQ" }), "currency INVALID"),
            (json!({ "amount": 1_000_000_000.5, "currency": "EUR" }), "amount OUT_OF_RANGE"),
            (json!({ "amount": 1e300, "currency": "EUR" }), "amount OUT_OF_RANGE"),
            (json!({ "amount": 1.234_5, "currency": "EUR" }), "amount INVALID"),
            (json!({ "dueAt": from_now(&app, 11 * 365 * DAY) }), "dueAt OUT_OF_RANGE"),
            (json!({ "dueAt": from_now(&app, -1) }), "dueAt OUT_OF_RANGE"),
            (json!({ "dueAt": "1990-01-01T00:00:00Z" }), "dueAt OUT_OF_RANGE"),
            (json!({ "apologyId": not_ours }), "apologyId NOT_FOUND"),
            (json!({ "apologyId": case["id"] }), "apologyId NOT_FOUND"),
            (json!({ "apologyId": retracted }), "apologyId NOT_ALLOWED_NOW"),
            (json!({ "caseId": "nonsense" }), "caseId NOT_FOUND"),
        ] {
            let input = json!({ "caseId": case["id"], "kind": "REFUND", "description": "Money" });
            assert_eq!(refused(&desk, "promiseRepair", with(input, &more)).await, [expected], "{more}");
        }
        assert_eq!(refused(&desk, "deliverRepair", json!({ "repairId": case["id"] })).await, ["repairId NOT_FOUND"]);
        assert_eq!(desk.read(&case, "repairs { id }").await["repairs"], json!([]));
    }

    async fn given_wrong_follow_ups_when_they_are_scheduled_then_each_is_refused_by_field(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({})).await;
        let private = desk.case("ada", json!({ "visibility": "PRIVATE" })).await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let elsewhere = Desk::open(&app, "coffee").await;
        let stranger = elsewhere.beside("Stanley", Role::Admin, Visibility::Private).await;
        let tomorrow = from_now(&app, DAY);
        for (more, expected) in [
            (json!({ "dueAt": from_now(&app, -1) }), "dueAt OUT_OF_RANGE"),
            (json!({ "dueAt": "2020-01-01T00:00:00Z" }), "dueAt OUT_OF_RANGE"),
            (json!({ "dueAt": "9999-01-01T00:00:00Z" }), "dueAt OUT_OF_RANGE"),
            (json!({ "description": " " }), "description REQUIRED"),
            (json!({ "description": "a\u{0}b" }), "description INVALID"),
            (json!({ "description": "x".repeat(2_001) }), "description TOO_LONG"),
            (json!({ "kind": "NUDGE", "promisedToMember": true }), "promisedToMember INVALID"),
            // Nobody gets what they cannot do, or cannot see.
            (json!({ "ownerId": viewer.staff_id() }), "ownerId NOT_FOUND"),
            (json!({ "ownerId": stranger.staff_id() }), "ownerId NOT_FOUND"),
            (json!({ "ownerId": agent.staff_id(), "caseId": private["id"] }), "ownerId NOT_FOUND"),
            (json!({ "ownerId": "nonsense" }), "ownerId NOT_FOUND"),
            (json!({ "caseId": "nonsense" }), "caseId NOT_FOUND"),
        ] {
            let input = json!({ "caseId": case["id"], "kind": "PROMISE", "description": "Ask", "dueAt": tomorrow });
            assert_eq!(refused(&desk, "scheduleFollowUp", with(input, &more)).await, [expected], "{more}");
        }
        let planned = schedule(&desk, &case, "PROMISE", &tomorrow).await;
        let which = json!({ "followUpId": planned["id"] });
        for (mutation, more, expected) in [
            ("rescheduleFollowUp", json!({ "dueAt": from_now(&app, -1) }), "dueAt OUT_OF_RANGE"),
            ("rescheduleFollowUp", json!({ "dueAt": from_now(&app, 11 * 365 * DAY) }), "dueAt OUT_OF_RANGE"),
            ("completeFollowUp", json!({ "outcome": "" }), "outcome REQUIRED"),
            ("completeFollowUp", json!({ "outcome": "x".repeat(2_001) }), "outcome TOO_LONG"),
            ("cancelFollowUp", json!({ "reason": "" }), "reason REQUIRED"),
            ("cancelFollowUp", json!({ "reason": "x", "followUpId": case["id"] }), "followUpId NOT_FOUND"),
        ] {
            assert_eq!(refused(&desk, mutation, with(which.clone(), &more)).await, [expected], "{mutation} {more}");
        }
        let hidden = schedule(&desk, &private, "PROMISE", &tomorrow).await;
        let complete = json!({ "followUpId": hidden["id"], "outcome": "Done" });
        assert_eq!(refused(&agent, "completeFollowUp", complete).await, ["followUpId NOT_FOUND"]);
        assert_eq!(send(&desk, "scheduleFollowUp", json!({ "caseId": case["id"], "kind": "PROMISE", "description": "x", "dueAt": "tomorrow" })).await.code(), "BAD_USER_INPUT");
    }

    async fn given_a_merged_case_when_something_is_added_to_it_then_the_one_that_goes_on_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let cases = broken(&desk, &["ada", "ada", "ada"]).await;
        let draft = apologize(&desk, &cases[0], json!({ "send": false })).await["apology"]["id"].clone();
        // Merged into one that is merged into another: that is where it goes on.
        desk.change("mergeCases", &cases[0], json!({ "intoId": cases[1]["id"] })).await;
        desk.change("mergeCases", &cases[1], json!({ "intoId": cases[2]["id"] })).await;
        let old = &cases[0]["id"];
        let tomorrow = from_now(&app, DAY);
        for (mutation, input, field) in [
            ("scheduleFollowUp", json!({ "caseId": old, "kind": "PROMISE", "description": "Ask", "dueAt": tomorrow }), "caseId"),
            ("promiseRepair", json!({ "caseId": old, "kind": "FIX", "description": "It works" }), "caseId"),
            ("recordApology", json!({ "caseId": old, "text": "Sorry", "components": [], "send": true }), "caseId"),
            ("updateApology", json!({ "apologyId": draft, "text": "Very sorry" }), "apologyId"),
            ("sendApology", json!({ "apologyId": draft }), "apologyId"),
        ] {
            let refusal = payload(&send(&desk, mutation, input).await, mutation);
            assert_eq!(mendable(&refusal), [format!("{field} NOT_ALLOWED_NOW")], "{mutation}");
            let message = refusal["userErrors"][0]["message"].as_str().unwrap();
            assert!(message.contains("case 1 was merged into case 3"), "{mutation}: {message}");
        }
        schedule(&desk, &cases[2], "PROMISE", &tomorrow).await;
        // Who may not see that one is not told its number.
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        desk.change("moveCase", &cases[2], json!({ "to": "PRIVATE" })).await;
        let input = json!({ "caseId": old, "kind": "PROMISE", "description": "Ask", "dueAt": tomorrow });
        let refusal = payload(&send(&agent, "scheduleFollowUp", input).await, "scheduleFollowUp");
        let message = refusal["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains("merged into another one") && !message.contains('3'), "{message}");
    }

    async fn given_roles_when_something_is_recorded_then_agents_may_and_viewers_may_not(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({})).await;
        let draft = apologize(&desk, &case, json!({ "send": false })).await["apology"]["id"].clone();
        let answered = apologize(&desk, &case, json!({})).await["apology"]["id"].clone();
        let retracted = apologize(&desk, &case, json!({})).await["apology"]["id"].clone();
        let repair = promise_repair(&desk, &case, json!({})).await["id"].clone();
        let mistake = promise_repair(&desk, &case, json!({})).await["id"].clone();
        let (tomorrow, later) = (from_now(&app, DAY), from_now(&app, 2 * DAY));
        let done = schedule(&desk, &case, "PROMISE", &tomorrow).await["id"].clone();
        let off = schedule(&desk, &case, "PROMISE", &tomorrow).await["id"].clone();
        let calls = [
            ("recordApology", json!({ "caseId": case["id"], "text": "Sorry", "components": [], "send": true })),
            ("updateApology", json!({ "apologyId": draft, "text": "Very sorry" })),
            ("sendApology", json!({ "apologyId": draft })),
            ("recordApologyResponse", json!({ "apologyId": answered, "response": "NO_REPLY" })),
            ("retractApology", json!({ "apologyId": retracted, "reason": "The wrong one" })),
            ("promiseRepair", json!({ "caseId": case["id"], "kind": "FIX", "description": "It works" })),
            ("deliverRepair", json!({ "repairId": repair })),
            ("cancelRepair", json!({ "repairId": mistake, "reason": "The wrong case" })),
            ("scheduleFollowUp", json!({ "caseId": case["id"], "kind": "NUDGE", "description": "Ask", "dueAt": tomorrow })),
            ("rescheduleFollowUp", json!({ "followUpId": done, "dueAt": later })),
            ("completeFollowUp", json!({ "followUpId": done, "outcome": "Done" })),
            ("assignFollowUp", json!({ "followUpId": off, "ownerId": null })),
            ("cancelFollowUp", json!({ "followUpId": off, "reason": "Off" })),
        ];
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let elsewhere = Desk::open(&app, "coffee").await;
        let stranger = elsewhere.beside("Stanley", Role::Admin, Visibility::Private).await;
        let callers = [(app.client(None), "UNAUTHENTICATED"), (viewer.client(), "FORBIDDEN"), (stranger.client(), "NOT_FOUND")];
        for (mutation, input) in &calls {
            for (caller, code) in &callers {
                let answer = mutate(caller, "tea", mutation, selection(mutation), input.clone()).await;
                assert_eq!(answer.code(), *code, "{mutation}: {}", answer.body);
            }
        }
        let read = "apologies { status } repairs { kind deliveredAt } followUps { status }";
        let seen = viewer.read(&case, read).await;
        assert_eq!(seen["apologies"], json!([{ "status": "SENT" }, { "status": "SENT" }]), "a viewer may look");
        assert_eq!((&seen["repairs"][0]["deliveredAt"], &seen["followUps"][0]["status"]), (&Value::Null, &json!("SCHEDULED")));
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        for (mutation, input) in calls {
            act(&agent, mutation, input).await;
        }
    }
}
