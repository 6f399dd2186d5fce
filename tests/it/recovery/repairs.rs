//! Repairs: promised with a worth and a day, delivered once.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{act, apologize, promise_repair, refused, send};
use crate::cases::Desk;
use crate::ingest::calls::with;
use crate::on_both_engines;
use crate::promises::micros;
use crate::support::TestApp;

/// What the viewer is to deliver today.
async fn owed(desk: &Desk<'_>) -> Value {
    let query = "query($slug: String!) { viewer { work(community: $slug) { repairs { id description } } } }";
    desk.client().ok(query, json!({ "slug": desk.slug() })).await["viewer"]["work"]["repairs"].clone()
}

on_both_engines! {
    async fn given_a_case_when_a_repair_is_promised_and_delivered_then_both_are_on_record(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T09:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({})).await;
        let apology = apologize(&desk, &case, json!({ "components": ["RESPONSIBILITY", "REPAIR"] })).await["apology"].clone();
        let text = "A refund of <b>12.50</b> € for the {pot}\n";
        let more = json!({ "apologyId": apology["id"], "kind": "REFUND", "description": text, "amount": 12.5, "currency": "EUR", "dueAt": "2027-03-05T17:00:00Z" });
        let repair = promise_repair(&desk, &case, more).await;
        let by = json!(format!("staff:{}", desk.id));
        assert_eq!((&repair["kind"], &repair["description"], &repair["promisedBy"]), (&json!("REFUND"), &json!(text), &by), "as it was given");
        assert_eq!((&repair["amount"], &repair["currency"], &repair["dueAt"]), (&json!(12.5), &json!("EUR"), &json!("2027-03-05T17:00:00Z")));
        assert_eq!((&repair["apology"]["id"], &repair["case"]["number"]), (&apology["id"], &case["number"]));
        assert_eq!((&repair["deliveredAt"], &repair["deliveredBy"]), (&Value::Null, &Value::Null));
        let plain = promise_repair(&desk, &case, json!({ "kind": "OTHER", "description": "We call the maker" })).await;
        for nothing in ["apology", "amount", "currency", "dueAt"] {
            assert!(plain[nothing].is_null(), "{nothing}: {plain}");
        }

        app.set_clock("2027-03-02T09:00:00Z");
        let delivered = act(&desk, "deliverRepair", json!({ "repairId": repair["id"] })).await["repair"].clone();
        assert!(micros(&delivered["deliveredAt"]) > micros(&repair["promisedAt"]));
        assert_eq!(delivered["deliveredBy"], by);
        assert_eq!(refused(&desk, "deliverRepair", json!({ "repairId": repair["id"] })).await, ["repairId NOT_ALLOWED_NOW"], "once");
        let read = "repairs { id deliveredAt } apologies { repairs { id } } timeline(kinds: [REPAIR_PROMISED, REPAIR_DELIVERED]) { nodes { kind text repairId audience } }";
        let read = desk.read(&case, read).await;
        assert_eq!(read["repairs"], json!([{ "id": repair["id"], "deliveredAt": delivered["deliveredAt"] }, { "id": plain["id"], "deliveredAt": null }]));
        assert_eq!(read["apologies"], json!([{ "repairs": [{ "id": repair["id"] }] }]));
        let expected = json!([
            { "kind": "REPAIR_PROMISED", "text": text, "repairId": repair["id"], "audience": "PUBLIC" },
            { "kind": "REPAIR_PROMISED", "text": "We call the maker", "repairId": plain["id"], "audience": "PUBLIC" },
            { "kind": "REPAIR_DELIVERED", "text": null, "repairId": repair["id"], "audience": "PUBLIC" },
        ]);
        assert_eq!(read["timeline"]["nodes"], expected);
        // Nothing of this changes the case itself.
        assert_eq!(desk.read(&case, "version").await["version"], case["version"]);
    }

    async fn given_repairs_with_a_day_when_it_comes_then_whoever_has_the_case_sees_them(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T09:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({ "assigneeId": desk.staff_id() })).await;
        let other = desk.case("bob", json!({})).await;
        // The day of the community ends at 23:00Z.
        let due = json!({ "description": "today", "dueAt": "2027-03-01T22:59:59Z" });
        let today = promise_repair(&desk, &case, due.clone()).await;
        promise_repair(&desk, &case, json!({ "description": "tomorrow", "dueAt": "2027-03-01T23:00:00Z" })).await;
        promise_repair(&desk, &case, json!({ "description": "whenever" })).await;
        promise_repair(&desk, &other, due).await;
        assert_eq!(owed(&desk).await, json!([{ "id": today["id"], "description": "today" }]));
        app.set_clock("2027-03-02T09:00:00Z");
        let descriptions: Vec<Value> = owed(&desk).await.as_array().unwrap().iter().map(|repair| repair["description"].clone()).collect();
        assert_eq!(descriptions, ["today", "tomorrow"], "what should have been delivered is owed still");
        act(&desk, "deliverRepair", json!({ "repairId": today["id"] })).await;
        assert_eq!(owed(&desk).await.as_array().unwrap().len(), 1);
    }

    async fn given_a_repair_that_was_promised_by_mistake_when_it_is_cancelled_then_nobody_owes_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T09:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let case = desk.case("ada", json!({ "assigneeId": desk.staff_id() })).await;
        let due = json!({ "description": "today", "dueAt": "2027-03-01T20:00:00Z" });
        let (mistake, meant) = (promise_repair(&desk, &case, due.clone()).await, promise_repair(&desk, &case, due).await);
        let cancel = json!({ "repairId": mistake["id"], "reason": "The <wrong> case", "idempotencyKey": "k-1" });
        let cancelled = act(&desk, "cancelRepair", cancel.clone()).await;
        assert_eq!(act(&desk, "cancelRepair", cancel.clone()).await, cancelled);
        let read = "repairs { id cancelledAt cancelledBy cancelReason deliveredAt } timeline(kinds: [REPAIR_CANCELLED]) { nodes { repairId audience text } }";
        let seen = desk.read(&case, read).await;
        let first = &seen["repairs"][0];
        assert_eq!((&first["id"], &first["cancelReason"], &first["deliveredAt"]), (&mistake["id"], &json!("The <wrong> case"), &Value::Null));
        assert_eq!((&first["cancelledBy"], first["cancelledAt"].is_string()), (&json!(format!("staff:{}", desk.id)), true));
        assert_eq!(seen["repairs"][1]["cancelledAt"], Value::Null);
        assert_eq!(seen["timeline"]["nodes"], json!([{ "repairId": mistake["id"], "audience": "PUBLIC", "text": null }]));
        assert_eq!(viewer.read(&case, "repairs { cancelReason }").await["repairs"][0]["cancelReason"], Value::Null, "the reason is for the company");
        assert_eq!(owed(&desk).await, json!([{ "id": meant["id"], "description": "today" }]));
        for (mutation, input) in [
            ("deliverRepair", json!({ "repairId": mistake["id"] })),
            ("cancelRepair", with(cancel.clone(), &json!({ "idempotencyKey": "k-2" }))),
        ] {
            assert_eq!(refused(&desk, mutation, input).await, ["repairId NOT_ALLOWED_NOW"], "{mutation}");
        }
        act(&desk, "deliverRepair", json!({ "repairId": meant["id"] })).await;
        let late = json!({ "repairId": meant["id"], "reason": "x" });
        assert_eq!(refused(&desk, "cancelRepair", late.clone()).await, ["repairId NOT_ALLOWED_NOW"], "it was delivered");
        assert_eq!(refused(&desk, "cancelRepair", with(late.clone(), &json!({ "reason": " " }))).await, ["reason REQUIRED"]);
        assert_eq!(refused(&desk, "cancelRepair", with(late.clone(), &json!({ "repairId": case["id"] }))).await, ["repairId NOT_FOUND"]);
        assert_eq!(send(&viewer, "cancelRepair", late).await.code(), "FORBIDDEN");
    }

    async fn given_repairs_of_merged_cases_when_somebody_has_the_one_that_goes_on_then_they_are_theirs(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T09:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let (ben, public) = (
            desk.beside("Ben", Role::Agent, Visibility::Private).await,
            desk.beside("Paul", Role::Agent, Visibility::Public).await,
        );
        let mut cases = Vec::new();
        for who in [&desk, &desk, &ben] {
            cases.push(desk.case("ada", json!({ "assigneeId": who.staff_id() })).await);
        }
        let due = |text: &str| json!({ "description": text, "dueAt": "2027-03-01T20:00:00Z" });
        for (case, text) in cases.iter().zip(["one", "two", "three"]) {
            promise_repair(&desk, case, due(text)).await;
        }
        let apology = apologize(&desk, &cases[0], json!({ "visibility": "PRIVATE" })).await["apology"]["id"].clone();
        promise_repair(&desk, &cases[0], with(due("aside"), &json!({ "apologyId": apology }))).await;
        desk.change("mergeCases", &cases[0], json!({ "intoId": cases[1]["id"] })).await;
        desk.change("mergeCases", &cases[1], json!({ "intoId": cases[2]["id"] })).await;
        let texts = |list: &Value| list.as_array().unwrap().iter().map(|repair| repair["description"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(texts(&owed(&ben).await), ["one", "two", "three", "aside"], "whoever has the case that goes on owes them");
        assert_eq!(owed(&desk).await, json!([]));
        let on = async |who: &Desk<'_>, case: &Value| texts(&who.read(case, "repairs { description case { number } }").await["repairs"]);
        assert_eq!(on(&desk, &cases[2]).await, ["one", "two", "three", "aside"]);
        assert_eq!(on(&desk, &cases[1]).await, ["one", "two", "aside"]);
        assert_eq!(on(&public, &cases[2]).await, ["one", "two", "three"], "not what is above the clearance");
        desk.change("assignCase", &cases[2], json!({ "assigneeId": public.staff_id() })).await;
        assert_eq!(texts(&owed(&public).await), ["one", "two", "three"]);
        // One that went private since is not theirs to see any more.
        desk.change("moveCase", &cases[2], json!({ "to": "PRIVATE" })).await;
        assert_eq!(owed(&public).await, json!([]));
        let read = desk.read(&cases[2], "repairs { case { number } }").await;
        let numbers: Vec<&Value> = read["repairs"].as_array().unwrap().iter().map(|repair| &repair["case"]["number"]).collect();
        assert_eq!(numbers, [1, 2, 3, 1], "where each was promised");
    }

    async fn given_a_key_when_a_repair_is_promised_again_then_there_is_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({})).await;
        let input = json!({ "caseId": case["id"], "kind": "FIX", "description": "It works", "idempotencyKey": "k-1" });
        let first = act(&desk, "promiseRepair", input.clone()).await;
        assert_eq!(act(&desk, "promiseRepair", input.clone()).await, first);
        let deliver = json!({ "repairId": first["repair"]["id"], "idempotencyKey": "k-2" });
        let done = act(&desk, "deliverRepair", deliver.clone()).await;
        assert_eq!(act(&desk, "deliverRepair", deliver.clone()).await, done);
        for (mutation, other) in [
            ("promiseRepair", with(input, &json!({ "amount": 1.0, "currency": "EUR" }))),
            ("deliverRepair", with(deliver, &json!({ "idempotencyKey": "k-1" }))),
        ] {
            assert_eq!(send(&desk, mutation, other).await.code(), "IDEMPOTENCY_KEY_REUSED", "{mutation}");
        }
        assert_eq!(desk.read(&case, "repairs { kind }").await["repairs"], json!([{ "kind": "FIX" }]));
    }

    async fn given_a_repair_of_a_private_apology_or_a_draft_when_others_look_then_it_is_not_there(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({ "assigneeId": desk.staff_id() })).await;
        let open = promise_repair(&desk, &case, json!({ "description": "for all" })).await;
        let mut hidden = Vec::new();
        for (more, text) in [(json!({ "visibility": "PRIVATE" }), "aside"), (json!({ "send": false }), "not said yet")] {
            let apology = apologize(&desk, &case, more).await["apology"]["id"].clone();
            hidden.push(promise_repair(&desk, &case, json!({ "apologyId": apology, "description": text, "dueAt": app.now().plus_micros(1_000_000) })).await);
        }
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let public = desk.beside("Paul", Role::Agent, Visibility::Public).await;
        for (who, aside, draft) in [(&desk, true, true), (&viewer, true, false), (&public, false, true)] {
            let found = who.read(&case, "repairs { description } apologies { repairs { description } }").await;
            let (repairs, apologies) = (found["repairs"].to_string(), found["apologies"].to_string());
            assert!(repairs.contains("for all"));
            assert_eq!((repairs.contains("aside"), apologies.contains("aside")), (aside, aside), "{repairs}");
            assert_eq!((repairs.contains("not said yet"), apologies.contains("not said yet")), (draft, draft), "{repairs}");
            for (repair, seen) in hidden.iter().zip([aside, draft]) {
                let query = "query($id: ID!) { node(id: $id) { ... on Repair { description } } }";
                let found = who.client().send(query, json!({ "id": repair["id"] })).await;
                assert_eq!(found.body["data"]["node"].is_object(), seen, "{:#}", found.body);
            }
        }
        assert_eq!(refused(&public, "deliverRepair", json!({ "repairId": hidden[0]["id"] })).await, ["repairId NOT_FOUND"]);
        // What somebody is to deliver is theirs to read as far as they are cleared.
        act(&desk, "deliverRepair", json!({ "repairId": open["id"] })).await;
        assert_eq!(owed(&desk).await.as_array().unwrap().len(), 2);
        desk.change("assignCase", &case, json!({ "assigneeId": public.staff_id() })).await;
        assert_eq!(owed(&public).await, json!([{ "id": hidden[1]["id"], "description": "not said yet" }]));
    }
}
