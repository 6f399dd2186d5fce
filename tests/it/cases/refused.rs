//! Input that cannot be used: each with an answer that names the field.

use entity::{Role, Visibility};
use rapport::graphql::global_id::{GlobalId, NodeType};
use serde_json::{Value, json};

use super::Desk;
use crate::ingest::calls::{mendable, with};
use crate::on_both_engines;
use crate::support::TestApp;

on_both_engines! {
    async fn given_a_case_to_open_when_something_is_wrong_with_it_then_the_field_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, away) = (Desk::open(&app, "tea").await, Desk::open(&app, "away").await);
        let (ada, stranger) = (desk.member("ada").await, away.member("ada").await);
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Public).await;
        let outsider = away.beside("Olaf", Role::Agent, Visibility::Private).await;
        let nobody = |node_type: NodeType| GlobalId::encode(node_type, desk.access.community_id(), 999_999).0;
        let strange_case = away.case("ada", json!({})).await;
        let of_bob = desk.said("COMPLAINT", "b-1", "bob", json!({ "text": "Mine" })).await;
        let good = json!({ "memberId": ada, "message": "Help" });
        for (wrong, named) in [
            (json!({ "memberId": stranger }), "memberId NOT_FOUND"),
            (json!({ "memberId": nobody(NodeType::Member) }), "memberId NOT_FOUND"),
            (json!({ "memberId": "" }), "memberId NOT_FOUND"),
            (json!({ "memberId": of_bob }), "memberId NOT_FOUND"),
            (json!({ "originId": of_bob, "message": null }), "originId INVALID"),
            (json!({ "originId": nobody(NodeType::Interaction), "message": null }), "originId NOT_FOUND"),
            (json!({ "originId": of_bob }), "message INVALID"),
            (json!({ "message": null }), "subject REQUIRED"),
            (json!({ "message": " \n " }), "message REQUIRED"),
            (json!({ "message": "a\u{0}b" }), "message INVALID"),
            (json!({ "message": "x".repeat(20_001) }), "message TOO_LONG"),
            (json!({ "subject": "" }), "subject REQUIRED"),
            (json!({ "subject": "ü".repeat(201) }), "subject TOO_LONG"),
            (json!({ "category": "x".repeat(101) }), "category TOO_LONG"),
            (json!({ "channel": "a\u{0}" }), "channel INVALID"),
            (json!({ "visibility": "SEMI_PRIVATE" }), "visibility INVALID"),
            (json!({ "assigneeId": outsider.staff_id() }), "assigneeId NOT_FOUND"),
            (json!({ "assigneeId": viewer.staff_id() }), "assigneeId NOT_FOUND"),
            (json!({ "assigneeId": ada }), "assigneeId NOT_FOUND"),
            (json!({ "parentId": strange_case["id"] }), "parentId NOT_FOUND"),
            (json!({ "parentId": nobody(NodeType::Case) }), "parentId NOT_FOUND"),
            (json!({ "idempotencyKey": "" }), "idempotencyKey INVALID"),
        ] {
            let payload = desk.try_to("openCase", with(good.clone(), &wrong)).await;
            assert_eq!(mendable(&payload), [named], "{wrong}");
            assert_eq!(payload["case"], Value::Null);
        }
        let count = desk.client().ok("{ community(slug: \"tea\") { cases { totalCount } } }", json!({})).await;
        assert_eq!(count["community"]["cases"]["totalCount"], 0, "nothing was opened");
        let longest = json!({ "message": "x".repeat(20_000), "subject": "ü".repeat(200), "category": "x".repeat(100) });
        assert_eq!(desk.act("openCase", with(good, &longest)).await["case"]["number"], 1, "and no number was used up");
    }

    async fn given_a_command_when_something_is_wrong_with_it_then_the_field_is_named_and_nothing_happens(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, away) = (Desk::open(&app, "tea").await, Desk::open(&app, "away").await);
        let case = desk.case("ada", json!({})).await;
        let strange = away.case("ada", json!({})).await;
        let forged = GlobalId::encode(NodeType::Case, desk.access.community_id(), GlobalId::decode(strange["id"].as_str().unwrap()).unwrap().key + 1_000).0;
        for id in [&strange["id"], &json!(forged), &json!("x"), &case["number"].to_string().into()] {
            let refused = desk.refused("addCaseNote", &json!({ "id": id }), json!({ "text": "x" })).await;
            assert_eq!(refused, ["caseId NOT_FOUND"], "{id}");
        }
        let long = "x".repeat(20_001);
        let lots = "x".repeat(2_001);
        for (mutation, input, named) in [
            ("respondToCase", json!({ "text": "" }), "text REQUIRED"),
            ("respondToCase", json!({ "text": "\u{200b}\u{2060}" }), "text REQUIRED"),
            ("respondToCase", json!({ "text": long }), "text TOO_LONG"),
            ("respondToCase", json!({ "text": "a\u{0}" }), "text INVALID"),
            ("recordCustomerMessage", json!({ "text": "\t" }), "text REQUIRED"),
            ("recordCustomerMessage", json!({ "text": "x", "channel": "" }), "channel REQUIRED"),
            ("addCaseNote", json!({ "text": long }), "text TOO_LONG"),
            ("changeCaseStatus", json!({ "to": "RESOLVED", "message": "" }), "message REQUIRED"),
            ("changeCaseStatus", json!({ "to": "RESOLVED", "message": long }), "message TOO_LONG"),
            ("changeCaseStatus", json!({ "to": "OPEN", "message": "a\u{0}" }), "message INVALID"),
            ("escalateCase", json!({ "reason": "" }), "reason REQUIRED"),
            ("escalateCase", json!({ "reason": lots }), "reason TOO_LONG"),
            ("reopenCase", json!({ "reason": "" }), "reason REQUIRED"),
            ("moveCase", json!({ "to": "SEMI_PRIVATE" }), "to INVALID"),
            ("moveCase", json!({ "to": "PRIVATE", "reason": lots }), "reason TOO_LONG"),
            ("assignCase", json!({}), "assigneeId REQUIRED"),
            ("assignCase", json!({ "assigneeId": "x" }), "assigneeId NOT_FOUND"),
            ("assignCase", json!({ "assigneeId": away.beside("Olaf", Role::Agent, Visibility::Private).await.staff_id() }), "assigneeId NOT_FOUND"),
            ("updateCase", json!({ "subject": "" }), "subject REQUIRED"),
            ("updateCase", json!({ "subject": "x".repeat(201) }), "subject TOO_LONG"),
            ("updateCase", json!({ "category": " " }), "category REQUIRED"),
            ("recordSentiment", json!({ "value": 1.000_001 }), "value OUT_OF_RANGE"),
            ("recordSentiment", json!({ "value": -2 }), "value OUT_OF_RANGE"),
            ("respondToCase", json!({ "text": "x", "idempotencyKey": "k".repeat(256) }), "idempotencyKey INVALID"),
        ] {
            assert_eq!(desk.refused(mutation, &case, input.clone()).await, [named], "{mutation}");
        }
        let excuse = json!({ "breachId": "x", "reason": "x" });
        assert_eq!(mendable(&desk.try_to("excuseBreach", excuse).await), ["breachId NOT_FOUND"]);
        for (mutation, input) in [
            ("respondToCase", json!({ "caseId": case["id"] })),
            ("changeCaseStatus", json!({ "caseId": case["id"], "to": "LOST" })),
            ("recordSentiment", json!({ "caseId": case["id"], "value": "much" })),
            ("addCaseNote", json!({ "caseId": case["id"], "text": "x", "expectedVersion": "1" })),
            ("moveCase", json!({ "caseId": case["id"], "to": "PRIVATE", "tier": "gold" })),
        ] {
            let answer = desk.send(mutation, input).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{mutation}: {}", answer.body);
        }
        assert_eq!(desk.read(&case, "version status timeline { totalCount }").await["version"], 1, "nothing happened");
    }

    async fn given_several_things_that_are_wrong_when_a_case_is_opened_then_all_are_told_at_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Public).await;
        let told = async |input: Value| {
            let mut told = mendable(&desk.try_to("openCase", input).await);
            told.sort_unstable();
            told
        };
        let input = json!({
            "memberId": "a", "originId": "b", "assigneeId": "c", "parentId": "d", "subject": "", "category": "x".repeat(101), "channel": "a\u{0}",
            "visibility": "SEMI_PRIVATE", "idempotencyKey": "",
        });
        let expected = [
            "assigneeId NOT_FOUND",
            "category TOO_LONG",
            "channel INVALID",
            "idempotencyKey INVALID",
            "memberId NOT_FOUND",
            "originId NOT_FOUND",
            "parentId NOT_FOUND",
            "subject REQUIRED",
            "visibility INVALID",
        ];
        assert_eq!(told(input).await, expected);
        // What the community has not got.
        let nobody = |node_type: NodeType| GlobalId::encode(node_type, desk.access.community_id(), 999_999).0;
        let input = json!({
            "memberId": nobody(NodeType::Member), "originId": nobody(NodeType::Interaction), "parentId": nobody(NodeType::Case),
            "assigneeId": viewer.staff_id(), "visibility": "PUBLIC",
        });
        let expected = ["assigneeId NOT_FOUND", "memberId NOT_FOUND", "originId NOT_FOUND", "parentId NOT_FOUND"];
        assert_eq!(told(input).await, expected);
        // Who is not cleared for what they open is told so only where it is known.
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let ada = desk.member("ada").await;
        let unknown = json!({ "memberId": ada, "originId": nobody(NodeType::Interaction) });
        assert_eq!(mendable(&agent.try_to("openCase", unknown).await), ["originId NOT_FOUND"]);
        let private = json!({ "memberId": ada, "message": "Help", "parentId": nobody(NodeType::Case) });
        assert_eq!(mendable(&agent.try_to("openCase", private).await), ["visibility NOT_ALLOWED_NOW", "parentId NOT_FOUND"]);
    }

    async fn given_several_things_that_are_wrong_when_a_case_is_worked_then_all_are_told_at_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({})).await;
        let (long, lots) = ("x".repeat(101), "x".repeat(2_001));
        for (mutation, input, named) in [
            ("respondToCase", json!({ "text": "", "then": "CLOSED", "idempotencyKey": "" }), &["text REQUIRED", "then INVALID", "idempotencyKey INVALID"][..]),
            ("respondToCase", json!({ "caseId": "x", "text": "a\u{0}" }), &["caseId NOT_FOUND", "text INVALID"][..]),
            ("recordCustomerMessage", json!({ "text": " ", "channel": long }), &["text REQUIRED", "channel TOO_LONG"][..]),
            ("changeCaseStatus", json!({ "to": "MERGED", "message": "" }), &["to INVALID", "message REQUIRED"][..]),
            ("resolveCase", json!({ "message": "", "idempotencyKey": "" }), &["message REQUIRED", "idempotencyKey INVALID"][..]),
            ("moveCase", json!({ "to": "SEMI_PRIVATE", "reason": lots, "subject": "" }), &["to INVALID", "reason TOO_LONG", "subject REQUIRED"][..]),
            ("updateCase", json!({ "subject": "", "category": " ", "channel": long }), &["subject REQUIRED", "category REQUIRED", "channel TOO_LONG"][..]),
            ("updateCase", json!({ "subject": null, "severity": null }), &["subject INVALID", "severity INVALID"][..]),
            ("assignCase", json!({ "caseId": "x", "assigneeId": "y" }), &["caseId NOT_FOUND", "assigneeId NOT_FOUND"][..]),
            ("mergeCases", json!({ "caseId": "x", "intoId": "y", "idempotencyKey": "" }), &["caseId NOT_FOUND", "intoId NOT_FOUND", "idempotencyKey INVALID"][..]),
        ] {
            assert_eq!(desk.refused(mutation, &case, input.clone()).await, named, "{mutation} {input}");
        }
        let excuse = json!({ "breachId": "x", "reason": "", "idempotencyKey": "" });
        assert_eq!(mendable(&desk.try_to("excuseBreach", excuse).await), ["breachId NOT_FOUND", "reason REQUIRED", "idempotencyKey INVALID"]);
        assert_eq!(desk.read(&case, "version status").await, json!({ "version": 1, "status": "NEW" }), "nothing happened");
    }

    async fn given_a_long_history_when_one_more_is_added_then_it_costs_no_more(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        desk.promise("UPDATE", "PT4H", json!({})).await;
        let case = desk.case("ada", json!({})).await;
        desk.change("respondToCase", &case, json!({ "text": "Hello" })).await;
        let cost = async || {
            let mut fewest = u64::MAX;
            for _try in 0..5 {
                let before = app.app.db.statements();
                desk.change("addCaseNote", &case, json!({ "text": "one more" })).await;
                fewest = fewest.min(app.app.db.statements() - before);
            }
            fewest
        };
        let at_first = cost().await;
        for number in 0..60 {
            desk.change("addCaseNote", &case, json!({ "text": format!("note {number}") })).await;
        }
        let later = cost().await;
        // Those who follow the log ask now and then, too.
        assert!(later <= at_first + 3, "{at_first} statements, then {later}");
        let read = desk.read(&case, "version timeline(kinds: [NOTE], first: 3) { totalCount nodes { text } }").await;
        assert_eq!((&read["version"], &read["timeline"]["totalCount"]), (&json!(72), &json!(70)));
    }
}
