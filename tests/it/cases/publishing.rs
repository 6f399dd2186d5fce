//! Going public: what was said in private does not become the subject that everybody reads.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{Desk, text};
use crate::ingest::calls::mendable;
use crate::on_both_engines;
use crate::support::TestApp;

const CHANGES: &str = "subject timeline(kinds: [DETAILS_CHANGED]) { nodes { changes { field from to } } }";

on_both_engines! {
    async fn given_a_private_case_with_the_customers_words_as_its_subject_when_it_goes_public_then_it_needs_another_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let ada = desk.member("ada").await;
        let public = json!({ "to": "PUBLIC" });
        let by_hand = desk.act("openCase", json!({ "memberId": ada, "message": "I am ill" })).await["case"].clone();
        let origin = desk.said("COMPLAINT", "c-1", "ada", json!({ "text": "I am very ill", "visibility": "PRIVATE" })).await;
        let from_words = desk.act("openCase", json!({ "memberId": ada, "originId": origin })).await["case"].clone();
        for case in [&by_hand, &from_words] {
            assert_eq!(case["visibility"], "PRIVATE");
            assert_eq!(desk.refused("moveCase", case, public.clone()).await, ["subject REQUIRED"]);
            assert_eq!(desk.refused("moveCase", case, json!({ "to": "PUBLIC", "subject": " " })).await, ["subject REQUIRED"]);
            assert_eq!(desk.refused("moveCase", case, json!({ "to": "PUBLIC", "subject": "x".repeat(201) })).await, ["subject TOO_LONG"]);
            assert_eq!(desk.read(case, "visibility version").await, json!({ "visibility": "PRIVATE", "version": 1 }));
            let moved = desk.change("moveCase", case, json!({ "to": "PUBLIC", "subject": "Delivery" })).await;
            assert_eq!((&moved["visibility"], &moved["subject"]), (&json!("PUBLIC"), &json!("Delivery")));
            let seen = agent.read(case, CHANGES).await;
            assert_eq!(seen["timeline"]["nodes"], json!([{ "changes": [{ "field": "subject", "from": null, "to": "Delivery" }] }]));
            assert!(!seen.to_string().contains("ill"), "{seen}");
            // Once it was worded anew it goes back and forth.
            desk.change("moveCase", case, json!({ "to": "PRIVATE" })).await;
            assert_eq!(desk.change("moveCase", case, public.clone()).await["subject"], "Delivery");
        }
        let found = "{ community(slug: \"tea\") { cases(search: \"ill\") { totalCount } } }";
        assert_eq!(agent.client().ok(found, json!({})).await["community"]["cases"]["totalCount"], 0);
    }

    async fn given_a_subject_that_is_no_private_word_when_a_case_goes_public_then_it_stays(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let ada = desk.member("ada").await;
        let open = async |more: Value| desk.act("openCase", crate::ingest::calls::with(json!({ "memberId": ada }), &more)).await["case"].clone();
        let given = open(json!({ "message": "I am ill", "subject": "Delivery" })).await;
        let changed = open(json!({ "message": "I am ill" })).await;
        desk.change("updateCase", &changed, json!({ "category": "health" })).await;
        assert_eq!(desk.refused("moveCase", &changed, json!({ "to": "PUBLIC" })).await, ["subject REQUIRED"]);
        desk.change("updateCase", &changed, json!({ "subject": "Delivery" })).await;
        let origin = desk.said("COMPLAINT", "c-1", "ada", json!({ "text": "Delivery" })).await;
        let aside = open(json!({ "originId": origin, "visibility": "PRIVATE" })).await;
        let aloud = open(json!({ "message": "Delivery", "visibility": "PUBLIC" })).await;
        desk.change("moveCase", &aloud, json!({ "to": "PRIVATE" })).await;
        for case in [&given, &changed, &aside, &aloud] {
            let moved = desk.change("moveCase", case, json!({ "to": "PUBLIC" })).await;
            assert_eq!((&moved["visibility"], &moved["subject"]), (&json!("PUBLIC"), &json!("Delivery")), "{case}");
        }
    }

    async fn given_a_case_that_goes_on_from_a_private_one_when_it_goes_public_then_the_words_are_still_private(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let ada = desk.member("ada").await;
        for (subject, needed) in [(Value::Null, true), (json!("Delivery"), false)] {
            let case = desk.act("openCase", json!({ "memberId": ada, "message": "I am ill", "subject": subject })).await["case"].clone();
            desk.change("resolveCase", &case, json!({ "message": "Done" })).await;
            desk.change("closeCase", &case, json!({})).await;
            let linked = desk.change("recordCustomerMessage", &case, json!({ "text": "Still ill" })).await;
            if needed {
                assert_eq!(desk.refused("moveCase", &linked, json!({ "to": "PUBLIC" })).await, ["subject REQUIRED"]);
            } else {
                assert_eq!(desk.change("moveCase", &linked, json!({ "to": "PUBLIC" })).await["subject"], "Delivery");
            }
        }
    }

    async fn given_a_case_above_ones_clearance_when_it_is_opened_then_nobody_is_told_to_make_it_public(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let input = json!({ "memberId": desk.member("ada").await, "message": "I am ill" });
        let payload = agent.try_to("openCase", input).await;
        assert_eq!(mendable(&payload), ["visibility NOT_ALLOWED_NOW"]);
        let message = text(&payload["userErrors"][0]["message"]);
        assert!(message.contains("a colleague with the clearance PRIVATE") && !message.contains("PUBLIC"), "{message}");
    }
}
