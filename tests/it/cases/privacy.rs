//! A private case does not exist for those who may not see it, and nobody who works a case sees how influential its member is.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{Desk, HOUR, numbers, text};
use crate::ingest::calls::{did, mendable, upsert, with};
use crate::on_both_engines;
use crate::support::TestApp;

/// Everything through which a case could show.
const EVERYWHERE: &str = "{ community(slug: \"tea\") { \
     cases { totalCount nodes { number } } caseQueue { totalCount nodes { number } } breaches { totalCount nodes { case { number } } } \
     followUps { totalCount nodes { case { number } } } \
     ada: memberByIdentity(provider: \"forum\", externalId: \"ada\") { cases { totalCount nodes { number } } } } }";

on_both_engines! {
    async fn given_a_private_case_when_somebody_without_the_clearance_looks_then_there_is_none(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let agent = desk.beside("Ben", Role::Manager, Visibility::SemiPrivate).await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({})).await;
        let public = desk.case("ada", json!({ "assigneeId": agent.staff_id() })).await;
        let private = desk.case("ada", json!({ "visibility": "PRIVATE", "subject": "the secret" })).await;
        desk.wait(2 * HOUR);
        desk.announce().await;
        let tomorrow = app.now().plus_micros(20 * HOUR).to_string();
        for case in [&public, &private] {
            let breach = desk.read(case, "breaches { id }").await["breaches"][0]["id"].clone();
            let apology = json!({ "caseId": case["id"], "breachIds": [breach], "text": "the secret sorry", "components": ["RESPONSIBILITY"], "send": true });
            desk.act("recordApology", apology).await;
            desk.act("promiseRepair", json!({ "caseId": case["id"], "kind": "FIX", "description": "the secret repair" })).await;
            desk.act("scheduleFollowUp", json!({ "caseId": case["id"], "kind": "NUDGE", "description": "Ask", "dueAt": tomorrow })).await;
        }
        let all = desk.client().ok(EVERYWHERE, json!({})).await["community"].clone();
        let seen = agent.client().ok(EVERYWHERE, json!({})).await["community"].clone();
        for (list, of) in [("cases", 2), ("caseQueue", 2), ("breaches", 2), ("followUps", 2)] {
            assert_eq!((&all[list]["totalCount"], &seen[list]["totalCount"]), (&json!(of), &json!(1)), "{list}");
            assert_eq!(seen[list]["nodes"].as_array().unwrap().len(), 1, "{list}");
        }
        assert_eq!((&all["ada"]["cases"]["totalCount"], numbers(&seen["ada"]["cases"])), (&json!(2), vec![1]));

        let by_number = "query($number: Int!) { community(slug: \"tea\") { case(number: $number) { number subject } } }";
        let hidden = agent.client().send(by_number, json!({ "number": 2 })).await;
        let missing = agent.client().send(by_number, json!({ "number": 99 })).await;
        assert_eq!((hidden.code(), hidden.message()), ("NOT_FOUND", missing.message()));
        assert_eq!(hidden.body["data"], missing.body["data"]);
        let ids = "id clocks { id } breaches { id } apologies { id } repairs { id } followUps { id } timeline(first: 100) { nodes { id } }";
        let of_case = |case: &Value| {
            let lists = ["clocks", "breaches", "apologies", "repairs", "followUps"].iter().map(|list| &case[*list]);
            let parts = lists.chain([&case["timeline"]["nodes"]]).flat_map(|list| list.as_array().unwrap().iter().map(|part| text(&part["id"])));
            parts.chain([text(&case["id"])]).collect::<Vec<String>>()
        };
        let secrets = of_case(&desk.read(&private, ids).await);
        assert!(secrets.len() >= 8, "{secrets:?}");
        let node = "query($id: ID!) { node(id: $id) { id } }";
        for id in &secrets {
            assert_eq!(desk.client().send(node, json!({ "id": id })).await.code(), "");
            assert_eq!(agent.client().send(node, json!({ "id": id })).await.code(), "NOT_FOUND");
        }
        for filter in [json!({ "visibility": { "eq": "PRIVATE" } }), json!({ "subject": { "contains": "secret" } }), json!({ "not": { "visibility": { "eq": "PUBLIC" } } })] {
            let query = "query($filter: CaseFilter) { community(slug: \"tea\") { cases(filter: $filter) { totalCount } caseQueue(filter: $filter) { totalCount } } }";
            let found = agent.client().ok(query, json!({ "filter": filter })).await;
            assert_eq!(found["community"], json!({ "cases": { "totalCount": 0 }, "caseQueue": { "totalCount": 0 } }), "{filter}");
        }
        for (mutation, input) in [
            ("respondToCase", json!({ "text": "x" })),
            ("recordCustomerMessage", json!({ "text": "x" })),
            ("addCaseNote", json!({ "text": "x" })),
            ("changeCaseStatus", json!({ "to": "OPEN" })),
            ("assignCase", json!({ "assigneeId": null })),
            ("moveCase", json!({ "to": "PUBLIC" })),
            ("updateCase", json!({ "severity": "LOW" })),
            ("recordSentiment", json!({ "value": 0.0 })),
            ("reapplyExpectations", json!({})),
            ("mergeCases", json!({ "intoId": public["id"] })),
        ] {
            assert_eq!(agent.refused(mutation, &private, input).await, ["caseId NOT_FOUND"], "{mutation}");
        }
        assert_eq!(agent.refused("mergeCases", &public, json!({ "intoId": private["id"] })).await, ["intoId NOT_FOUND"]);
        let breach = desk.read(&private, "breaches { id }").await["breaches"][0]["id"].clone();
        let excused = agent.try_to("excuseBreach", json!({ "breachId": breach, "reason": "x" })).await;
        assert_eq!(mendable(&excused), ["breachId NOT_FOUND"]);
        let opened = json!({ "memberId": desk.member("ada").await, "message": "x", "visibility": "PUBLIC", "parentId": private["id"] });
        assert_eq!(mendable(&agent.try_to("openCase", opened).await), ["parentId NOT_FOUND"]);

        // Where a case that may be seen names it, it is not there either; nobody takes a case out of their own sight.
        let linked = desk.case("ada", json!({ "parentId": private["id"] })).await;
        assert_eq!(agent.read(&linked, "number parent { number }").await, json!({ "number": linked["number"], "parent": null }));
        assert_eq!(agent.refused("moveCase", &public, json!({ "to": "PRIVATE" })).await, ["to NOT_ALLOWED_NOW"]);
    }

    async fn given_an_origin_above_the_clearance_when_its_case_is_read_then_the_words_are_not_there(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let ada = desk.member("ada").await;
        let private = desk.said("COMPLAINT", "c-1", "ada", json!({ "text": "private words", "visibility": "PRIVATE" })).await;
        // Nobody opens a case from what they may not read.
        let input = json!({ "memberId": ada, "originId": private, "visibility": "PUBLIC", "subject": "Cold tea" });
        assert_eq!(mendable(&agent.try_to("openCase", input.clone()).await), ["originId NOT_FOUND"]);
        let case = desk.act("openCase", input).await["case"].clone();
        let read = "number originInteraction { text } timeline(first: 100) { nodes { text interaction { text } } }";
        assert_eq!(desk.read(&case, read).await["originInteraction"]["text"], "private words");
        let seen = agent.read(&case, read).await;
        assert_eq!(seen["originInteraction"], Value::Null);
        assert!(!seen.to_string().contains("private words"), "{seen:#}");
    }

    async fn given_a_score_at_the_opening_when_the_case_is_worked_then_only_managers_can_read_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let (manager, agent) = (
            desk.beside("Mary", Role::Manager, Visibility::Private).await,
            desk.beside("Ben", Role::Agent, Visibility::Private).await,
        );
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let at = app.days_ago(2.0);
        let thanks = (0..5).map(|n| did("KUDOS", &format!("k-{n}"), &format!("fan-{n}"), "ada", &at)).collect();
        desk.client().record("tea", thanks).await;
        app.scores_settled(&desk.access).await;
        let case = desk.case("ada", json!({})).await;
        let nobody = desk.case("nobody", json!({})).await;

        let frozen = manager.read(&case, "influenceAtOpen").await["influenceAtOpen"].as_f64().unwrap();
        assert!(frozen > 0.0);
        let query = "query($number: Int!) { community(slug: \"tea\") { case(number: $number) { number influenceAtOpen } } }";
        let steps = [("respondToCase", json!({ "text": "Hello", "then": "WAITING_ON_CUSTOMER" })), ("resolveCase", json!({}))];
        for (mutation, input) in [("addCaseNote", json!({ "text": "x" }))].into_iter().chain(steps) {
            desk.change(mutation, &case, input).await;
            for who in [&agent, &viewer] {
                let answer = who.client().send(query, json!({ "number": case["number"] })).await;
                assert_eq!(answer.code(), "FORBIDDEN", "{mutation}");
                assert_eq!(answer.body["data"]["community"]["case"], json!({ "number": case["number"], "influenceAtOpen": null }), "{mutation}");
            }
        }
        desk.change("closeCase", &case, json!({})).await;
        for who in [&manager, &agent, &viewer] {
            assert_eq!(who.read(&case, "influenceAtOpen").await["influenceAtOpen"], frozen);
        }
        // It is frozen: more kudos change nothing.
        let more = (0..5).map(|n| did("KUDOS", &format!("l-{n}"), &format!("fan-{n}"), "ada", &at)).collect();
        desk.client().record("tea", more).await;
        app.scores_settled(&desk.access).await;
        assert_eq!(manager.read(&case, "influenceAtOpen").await["influenceAtOpen"], frozen);
        let unknown = manager.read(&nobody, "influenceAtOpen").await["influenceAtOpen"].clone();
        assert!(unknown.is_null() || unknown == 0.0, "{unknown}");
        // Who opts out has no score, not even an old one.
        upsert(&desk.client(), "tea", vec![json!({ "externalId": "ada", "consent": "OPTED_OUT" })]).await;
        assert_eq!(manager.read(&case, "influenceAtOpen").await["influenceAtOpen"], Value::Null);
    }

    async fn given_too_low_a_role_when_a_case_is_written_then_it_is_forbidden_before_anything_is_looked_up(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let (viewer, agent) = (
            desk.beside("Vera", Role::Viewer, Visibility::Private).await,
            desk.beside("Ben", Role::Agent, Visibility::Private).await,
        );
        let case = desk.case("ada", json!({})).await;
        let nothing = json!({ "caseId": "nothing" });
        let agents = [
            ("openCase", json!({ "memberId": "nothing", "message": "x" })),
            ("respondToCase", with(nothing.clone(), &json!({ "text": "x" }))),
            ("recordCustomerMessage", with(nothing.clone(), &json!({ "text": "x" }))),
            ("changeCaseStatus", with(nothing.clone(), &json!({ "to": "OPEN" }))),
            ("assignCase", nothing.clone()),
            ("escalateCase", with(nothing.clone(), &json!({ "reason": "x" }))),
            ("moveCase", with(nothing.clone(), &json!({ "to": "PRIVATE" }))),
            ("resolveCase", nothing.clone()),
            ("reopenCase", with(nothing.clone(), &json!({ "reason": "x" }))),
            ("closeCase", nothing.clone()),
            ("updateCase", with(nothing.clone(), &json!({ "severity": null }))),
            ("addCaseNote", with(nothing.clone(), &json!({ "text": "x" }))),
            ("recordSentiment", with(nothing.clone(), &json!({ "value": 9.0 }))),
            ("reapplyExpectations", nothing.clone()),
        ];
        let managers = [
            ("mergeCases", with(nothing.clone(), &json!({ "intoId": "nothing" }))),
            ("excuseBreach", json!({ "breachId": "nothing", "reason": "" })),
        ];
        for (mutation, input) in agents.iter().chain(&managers) {
            assert_eq!(viewer.send(mutation, input.clone()).await.code(), "FORBIDDEN", "{mutation}");
        }
        for (mutation, input) in &managers {
            assert_eq!(agent.send(mutation, input.clone()).await.code(), "FORBIDDEN", "{mutation}");
        }
        for (mutation, input) in &agents {
            let payload = agent.try_to(mutation, input.clone()).await;
            assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND", "{mutation}: {payload}");
        }
        assert_eq!(viewer.read(&case, "number subject timeline { totalCount }").await["number"], 1, "a viewer reads");
        // Members are read with their own right.
        let create = "mutation { createApiClient(input: { community: \"tea\", name: \"board\", clearance: PRIVATE, scopes: [\"cases:read\"] }) { apiClient { clientId } } }";
        let created = desk.client().ok(create, json!({})).await;
        let token = app.app.tokens.issue_client(created["createApiClient"]["apiClient"]["clientId"].as_str().unwrap(), "cases:read", app.now(), 900).unwrap();
        let answer = app.client(Some(token)).send("{ community(slug: \"tea\") { case(number: 1) { number member { id } timeline { nodes { audience } } } } }", json!({})).await;
        assert_eq!(answer.code(), "FORBIDDEN");
        let seen = &answer.body["data"]["community"]["case"];
        assert_eq!((&seen["number"], &seen["member"]), (&json!(1), &Value::Null));
        assert!(seen["timeline"]["nodes"].as_array().unwrap().iter().all(|entry| entry["audience"] != "INTERNAL"));
        // Once the case is closed its influence is refused for what is missing then.
        desk.change("resolveCase", &case, json!({ "message": "Done" })).await;
        desk.change("closeCase", &case, json!({})).await;
        let token = app.app.tokens.issue_client(created["createApiClient"]["apiClient"]["clientId"].as_str().unwrap(), "cases:read", app.now(), 900).unwrap();
        let answer = app.client(Some(token)).send("{ community(slug: \"tea\") { case(number: 1) { influenceAtOpen } } }", json!({})).await;
        assert_eq!((answer.code(), answer.message().contains("influence:read")), ("FORBIDDEN", true), "{}", answer.message());
    }
}
