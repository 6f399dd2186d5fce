//! Inside a case: what is between the customer and the company, and what is the company's own, for those who may read it.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::records::{act, attempt, one_of_each, text};
use crate::ingest::calls::{mendable, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

fn of_home(more: Value) -> Value {
    with(json!({ "community": "home" }), &more)
}

/// Which of these texts somebody reads in a case, and that they count no more than they read.
async fn read_by(who: &Client<'_>, texts: &[&'static str]) -> Vec<&'static str> {
    let query = "{ community(slug: \"home\") { case(number: 1) { timeline(first: 100) { totalCount nodes { text } } \
                 apologies { text repairs { description } } breaches { apologies { text } } } } }";
    let case = who.ok(query, json!({})).await["community"]["case"].clone();
    assert_eq!(case["timeline"]["totalCount"], case["timeline"]["nodes"].as_array().unwrap().len());
    let all = case.to_string();
    texts.iter().copied().filter(|text| all.contains(text)).collect()
}

on_both_engines! {
    async fn given_a_public_case_when_it_was_private_for_a_while_then_what_was_said_meanwhile_stays_private(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        let ids = one_of_each(&app, &admin, "home", "PUBLIC").await;
        let case = |more: Value| with(of_home(json!({ "caseId": ids["case"] })), &more);
        act(&admin, "moveCase", "case { id }", case(json!({ "to": "PRIVATE" }))).await;
        act(&admin, "respondToCase", "case { id }", case(json!({ "text": "said aside" }))).await;
        act(&admin, "moveCase", "case { id }", case(json!({ "to": "PUBLIC" }))).await;
        act(&admin, "respondToCase", "case { id }", case(json!({ "text": "said aloud" }))).await;
        let apology = json!({ "text": "a private word", "components": ["RESPONSIBILITY"], "visibility": "PRIVATE", "send": true });
        let apology = act(&admin, "recordApology", "apology { id }", case(apology)).await["apology"]["id"].clone();
        let draft = case(json!({ "text": "not said yet", "components": [], "send": false }));
        let draft = act(&admin, "recordApology", "apology { id }", draft).await["apology"]["id"].clone();

        let texts = ["It broke in home", "It was our fault.", "said aloud", "said aside", "a private word", "among us", "not said yet"];
        let (public, private, internal) = (&texts[..3], &texts[3..5], &texts[5..]);
        for (role, clearance, expected) in [
            (Role::Viewer, Visibility::Public, public.to_vec()),
            (Role::Viewer, Visibility::SemiPrivate, public.to_vec()),
            (Role::Viewer, Visibility::Private, [public, private].concat()),
            (Role::Agent, Visibility::Public, [public, internal].concat()),
            (Role::Agent, Visibility::Private, texts.to_vec()),
        ] {
            let who = app.staff(&home, role, clearance).await;
            assert_eq!(read_by(&who, &texts).await, expected, "{role} {clearance}");
            for (id, is_seen) in [(&apology, clearance == Visibility::Private), (&draft, role == Role::Agent)] {
                let answer = who.send("query($id: ID!) { node(id: $id) { id ... on Apology { text } } }", json!({ "id": id })).await;
                assert_eq!(answer.code(), if is_seen { "" } else { "NOT_FOUND" }, "{role} {clearance}");
            }
        }
        // A private apology answers its breaches for everybody; who may not read it does not.
        let low = app.staff(&home, Role::Agent, Visibility::Public).await;
        for (mutation, more) in [("recordApologyResponse", json!({ "response": "ACCEPTED" })), ("retractApology", json!({ "reason": "x" }))] {
            let input = with(of_home(json!({ "apologyId": apology })), &more);
            assert_eq!(mendable(&attempt(&low, mutation, "", input).await), ["apologyId NOT_FOUND"], "{mutation}");
        }
        let repair = case(json!({ "apologyId": apology, "kind": "FIX", "description": "x" }));
        assert_eq!(mendable(&attempt(&low, "promiseRepair", "", repair).await), ["apologyId NOT_FOUND"]);
        let above = case(json!({ "text": "x", "components": [], "visibility": "PRIVATE", "send": true }));
        assert_eq!(mendable(&attempt(&low, "recordApology", "", above).await), ["visibility NOT_ALLOWED_NOW"]);
    }

    async fn given_a_private_case_when_somebody_without_the_clearance_makes_it_right_then_there_is_nothing_to_make_right(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        let ids = one_of_each(&app, &admin, "home", "PRIVATE").await;
        let later = app.days_ago(-2.0);
        for clearance in [Visibility::Public, Visibility::SemiPrivate] {
            let manager = app.staff(&home, Role::Manager, clearance).await;
            for (mutation, field, of, more) in [
                ("recordApology", "caseId", "case", json!({ "text": "x", "components": [], "send": true })),
                ("sendApology", "apologyId", "unsent", json!({})),
                ("recordApologyResponse", "apologyId", "apology", json!({ "response": "ACCEPTED" })),
                ("retractApology", "apologyId", "apology", json!({ "reason": "x" })),
                ("promiseRepair", "caseId", "case", json!({ "kind": "FIX", "description": "x" })),
                ("deliverRepair", "repairId", "repair", json!({})),
                ("scheduleFollowUp", "caseId", "case", json!({ "kind": "NUDGE", "description": "x", "dueAt": later })),
                ("completeFollowUp", "followUpId", "followUp", json!({ "outcome": "x" })),
                ("rescheduleFollowUp", "followUpId", "followUp", json!({ "dueAt": later })),
                ("cancelFollowUp", "followUpId", "followUp", json!({ "reason": "x" })),
                ("excuseBreach", "breachId", "breach", json!({ "reason": "x" })),
                ("escalateCase", "caseId", "case", json!({ "reason": "x" })),
                ("closeCase", "caseId", "case", json!({})),
            ] {
                let input = with(of_home(json!({ field: ids[of] })), &more);
                assert_eq!(mendable(&attempt(&manager, mutation, "", input).await), [format!("{field} NOT_FOUND")], "{mutation} {clearance}");
            }
            let lists = "{ viewer { work(community: \"home\") { myCases { totalCount } followUps { id } repairs { id } unansweredBreaches { totalCount } } } \
                         community(slug: \"home\") { cases { totalCount } caseQueue { totalCount } breaches { totalCount } followUps { totalCount } \
                         memberByIdentity(provider: \"forum\", externalId: \"ada\") { cases { totalCount } } } }";
            let none = json!({ "totalCount": 0 });
            let expected = json!({
                "viewer": { "work": { "myCases": none, "followUps": [], "repairs": [], "unansweredBreaches": none } },
                "community": { "cases": none, "caseQueue": none, "breaches": none, "followUps": none, "memberByIdentity": { "cases": none } },
            });
            assert_eq!(manager.ok(lists, json!({})).await, expected, "{clearance}");
        }
    }

    async fn given_an_integration_when_it_has_some_of_the_scopes_then_it_reads_what_they_are_for(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        let ids = one_of_each(&app, &admin, "home", "PUBLIC").await;
        let all = ["cases:read", "cases:notes", "cases:manage", "expectations:read", "interactions:read", "members:read", "influence:read"];
        let create = "mutation($scopes: [String!]!) { createApiClient(input: { community: \"home\", name: \"desk\", clearance: PRIVATE, scopes: $scopes }) \
                      { apiClient { clientId } } }";
        let created = admin.ok(create, json!({ "scopes": all })).await;
        let client_id = text(&created["createApiClient"]["apiClient"]["clientId"]);
        let holder = |scopes: &[&str]| app.client(Some(app.app.tokens.issue_client(&client_id, &scopes.join(" "), app.now(), 900).unwrap()));

        let reader = holder(&["cases:read"]);
        assert_eq!(read_by(&reader, &["It broke in home", "It was our fault.", "among us"]).await, ["It broke in home", "It was our fault."]);
        assert_eq!(read_by(&holder(&["cases:read", "cases:notes"]), &["among us"]).await, ["among us"]);
        // What belongs to other parts of the product needs their scopes; the case is answered all the same.
        for (scope, field) in [
            ("members:read", "member { id }"),
            ("cases:manage", "influenceAtOpen"),
            ("expectations:read", "clocks { expectation { id } }"),
            ("expectations:read", "breaches { expectation { id } }"),
        ] {
            let query = format!("{{ community(slug: \"home\") {{ case(number: 1) {{ id probe: {field} }} }} }}");
            let answer = reader.send(&query, json!({})).await;
            assert_eq!((answer.code(), &answer.body["data"]["community"]["case"]["id"]), ("FORBIDDEN", &ids["case"]), "{field}");
            assert_eq!(holder(&["cases:read", scope]).send(&query, json!({})).await.code(), "", "{field}");
        }
        let origin = "{ community(slug: \"home\") { case(number: 1) { originInteraction { id } } } }";
        let unread = reader.ok(origin, json!({})).await;
        assert_eq!(unread["community"]["case"], json!({ "originInteraction": null }));
        let read = holder(&["cases:read", "interactions:read"]).ok(origin, json!({})).await;
        assert_eq!(read["community"]["case"]["originInteraction"]["id"], ids["complaint"]);
        // Once a case is over, the right to read scores is enough for the one that was frozen.
        let case = |more: Value| with(of_home(json!({ "caseId": ids["case"] })), &more);
        act(&admin, "resolveCase", "case { id }", case(json!({ "message": "Done" }))).await;
        act(&admin, "closeCase", "case { id }", case(json!({}))).await;
        let frozen = "{ community(slug: \"home\") { case(number: 1) { influenceAtOpen } } }";
        assert_eq!(reader.send(frozen, json!({})).await.code(), "FORBIDDEN");
        assert_eq!(holder(&["cases:read", "influence:read"]).send(frozen, json!({})).await.code(), "");
        let work = reader.ok("{ viewer { work(community: \"home\") { followUps { id } } } }", json!({})).await;
        assert_eq!(work["viewer"]["work"], Value::Null, "an integration owes nothing");
    }
}
