//! What is semi-private or private is read with the clearance for it. Above it, evidence keeps its points and nothing else.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::support::{Client, TestApp};

/// Who thanked Ada, and how openly: the place in the list says how high a clearance one needs.
const THANKS: [(&str, &str); 3] = [("Olga", "PUBLIC"), ("Selma", "SEMI_PRIVATE"), ("Priya", "PRIVATE")];

/// Three people thanked Ada; the ids of the thanks, and an admin.
async fn given_thanks(app: &TestApp) -> (Client<'_>, Vec<String>) {
    let home = app.community("home").await;
    let admin = app.admin(&home).await;
    let upsert = "mutation($input: UpsertMembersInput!) { upsertMembers(input: $input) { userErrors { message } } }";
    let people: Vec<Value> = ["Ada", "Olga", "Selma", "Priya"]
        .iter()
        .map(|name| json!({ "source": "forum", "externalId": name.to_lowercase(), "displayName": name }))
        .collect();
    admin
        .ok(upsert, json!({ "input": { "community": "home", "members": people } }))
        .await;
    let thanks = THANKS.iter().map(|(who, visibility)| {
        json!({
            "externalId": format!("k-{who}"), "kind": "KUDOS", "actor": who.to_lowercase(), "target": "ada", "visibility": visibility,
            "occurredAt": app.days_ago(3.0), "text": words_of(who), "topics": ["cakes"], "thread": format!("t-{who}"),
        })
    });
    let recorded = admin.record("home", thanks.collect()).await;
    let ids = recorded["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["interactionId"].as_str().unwrap().to_owned());
    let ids: Vec<String> = ids.collect();
    app.scores_settled(&home).await;
    for clearance in Visibility::ALL {
        app.staff(&home, Role::Viewer, *clearance).await;
    }
    (admin, ids)
}

fn words_of(who: &str) -> String {
    format!("the words of {who}")
}

/// Somebody who was given this clearance in [`given_thanks`].
async fn cleared(app: &TestApp, clearance: Visibility) -> Client<'_> {
    let email = format!("viewer-{}@home.example", clearance.as_str().to_lowercase());
    let id = rapport::features::access::service::staff_id(&app.app, &email).await.unwrap();
    app.client(Some(app.app.tokens.issue_staff(id, app.now(), 900).unwrap()))
}

/// Each clearance with how many of the thanks it reads.
fn clearances() -> impl Iterator<Item = (Visibility, usize)> {
    Visibility::ALL.iter().copied().zip(1..)
}

const RECEIPTS: &str = "{ community(slug: \"home\") { memberByIdentity(provider: \"forum\", externalId: \"ada\") { influence { points value \
     receipts { totalCount points nodes { points signal valueWithout redacted giver { displayName } \
     interaction { id text visibility externalId thread actor { displayName } } } } } } } }";

on_both_engines! {
    async fn given_a_clearance_when_interactions_are_listed_then_those_above_it_are_neither_shown_nor_counted(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (_admin, _ids) = given_thanks(&app).await;
        let list = "totalCount nodes { text visibility }";
        let query = format!(
            "query($filter: InteractionFilter) {{ community(slug: \"home\") {{ interactions(direction: ASC, filter: $filter) {{ {list} }} \
             memberByIdentity(provider: \"forum\", externalId: \"ada\") {{ interactions(direction: ASC, filter: $filter) {{ {list} }} }} }} }}"
        );
        for (clearance, readable) in clearances() {
            let viewer = cleared(&app, clearance).await;
            let (open, closed) = THANKS.split_at(readable);
            let expected: Vec<Value> = open.iter().map(|(who, level)| json!({ "text": words_of(who), "visibility": level })).collect();
            let all = viewer.ok(&query, json!({})).await["community"].clone();
            assert_eq!(all["interactions"], json!({ "totalCount": readable, "nodes": expected }), "{clearance}");
            assert_eq!(all["memberByIdentity"]["interactions"], all["interactions"], "{clearance}");

            for (who, level) in closed {
                for filter in [
                    json!({ "visibility": { "eq": level } }),
                    json!({ "visibility": { "in": [level] } }),
                    json!({ "text": { "contains": who } }),
                    json!({ "thread": { "eq": format!("t-{who}") } }),
                    json!({ "externalId": { "eq": format!("k-{who}") } }),
                    json!({ "or": [{ "visibility": { "eq": level } }, { "externalId": { "eq": format!("k-{who}") } }] }),
                    json!({ "and": [{ "topics": ["cakes"] }, { "not": { "text": { "ne": words_of(who) } } }] }),
                ] {
                    let found = viewer.ok(&query, json!({ "filter": filter })).await["community"]["interactions"].clone();
                    assert_eq!(found, json!({ "totalCount": 0, "nodes": [] }), "{clearance} {filter}");
                }
            }
        }
    }

    async fn given_a_clearance_when_an_interaction_is_fetched_by_id_then_one_above_it_is_not_found(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (_admin, ids) = given_thanks(&app).await;
        for (clearance, readable) in clearances() {
            let viewer = cleared(&app, clearance).await;
            for (place, id) in ids.iter().enumerate() {
                let answer = viewer.send("query($id: ID!) { node(id: $id) { id ... on Interaction { text } } }", json!({ "id": id })).await;
                let expected = if place < readable { "" } else { "NOT_FOUND" };
                assert_eq!(answer.code(), expected, "{clearance} {place}: {}", answer.body);
                assert_eq!(answer.body["data"]["node"].is_null(), place >= readable, "{clearance} {place}");
            }
            let nodes = viewer.send("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
            let seen: Vec<bool> = nodes.body["data"]["nodes"].as_array().unwrap().iter().map(|node| !node.is_null()).collect();
            assert_eq!(seen, [true, readable > 1, readable > 2], "{clearance}");
        }
    }

    async fn given_a_clearance_when_receipts_are_read_then_those_above_it_keep_their_points_and_lose_content_and_people(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (_admin, _ids) = given_thanks(&app).await;
        let mut points_by_clearance = Vec::new();
        for (clearance, readable) in clearances() {
            let answer = cleared(&app, clearance).await.send(RECEIPTS, json!({})).await;
            assert_eq!(answer.code(), "", "{clearance}: {}", answer.body);
            let influence = answer.body["data"]["community"]["memberByIdentity"]["influence"].clone();
            let receipts = influence["receipts"]["nodes"].as_array().unwrap();
            assert_eq!(influence["receipts"]["totalCount"], 3, "{clearance}");

            let redacted: Vec<&Value> = receipts.iter().filter(|receipt| receipt["redacted"] == true).collect();
            assert_eq!(redacted.len(), 3 - readable, "{clearance}");
            for receipt in redacted {
                assert_eq!((&receipt["interaction"], &receipt["giver"]), (&Value::Null, &Value::Null), "{clearance}");
                assert_eq!(receipt["signal"], "RECOGNITION", "{clearance}");
                assert!(receipt["points"].as_f64().unwrap() > 0.0, "{clearance}");
            }
            for receipt in receipts.iter().filter(|receipt| receipt["redacted"] == false) {
                assert_eq!(receipt["giver"], receipt["interaction"]["actor"], "{clearance}");
                assert!(receipt["giver"]["displayName"].is_string(), "{clearance}");
            }
            let (open, closed) = THANKS.split_at(readable);
            let text = answer.body.to_string();
            assert!(open.iter().all(|(who, _)| text.contains(&words_of(who))), "{clearance}: {text}");
            assert!(!closed.iter().any(|(who, _)| text.contains(who)), "{clearance}: {text}");

            let sum: f64 = receipts.iter().map(|receipt| receipt["points"].as_f64().unwrap()).sum();
            let points = influence["points"].as_f64().unwrap();
            assert!((sum - points).abs() < 1e-9, "{clearance}: the receipts sum to {sum}, the score has {points}");
            assert!((influence["receipts"]["points"].as_f64().unwrap() - points).abs() < 1e-9, "{clearance}");
            points_by_clearance.push(points);
        }
        // The score is one, whoever looks; it may only have faded a little between two of them.
        assert!(points_by_clearance.iter().all(|points| (points - points_by_clearance[0]).abs() < 1e-3), "{points_by_clearance:?}");
    }

    async fn given_a_clearance_when_ties_are_read_then_they_rest_on_what_it_reads(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (_admin, _ids) = given_thanks(&app).await;
        let query = "query($who: String!) { community(slug: \"home\") { memberByIdentity(provider: \"forum\", externalId: $who) { \
                     influences { nodes { member { displayName } interactions } } influencedBy { nodes { member { displayName } } } } } }";
        for (clearance, readable) in clearances() {
            let viewer = cleared(&app, clearance).await;
            let ada = viewer.ok(query, json!({ "who": "ada" })).await["community"]["memberByIdentity"].clone();
            let mut names: Vec<&str> = ada["influences"]["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|tie| tie["member"]["displayName"].as_str().unwrap())
                .collect();
            names.sort_unstable();
            let mut expected: Vec<&str> = THANKS[..readable].iter().map(|(who, _)| *who).collect();
            expected.sort_unstable();
            assert_eq!(names, expected, "{clearance}");
            for (place, (who, _)) in THANKS.iter().enumerate() {
                let other = viewer.ok(query, json!({ "who": who.to_lowercase() })).await["community"]["memberByIdentity"].clone();
                let by = other["influencedBy"]["nodes"].as_array().unwrap().len();
                assert_eq!(by, usize::from(place < readable), "{clearance} {who}");
            }
        }
    }

    async fn given_an_integration_without_the_scope_for_interactions_when_receipts_are_read_then_all_are_redacted(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (admin, _ids) = given_thanks(&app).await;
        let create = "mutation { createApiClient(input: { community: \"home\", name: \"board\", clearance: PRIVATE, \
                      scopes: [\"members:read\", \"influence:read\"] }) { apiClient { clientId } } }";
        let created = admin.ok(create, json!({})).await;
        let client_id = created["createApiClient"]["apiClient"]["clientId"].as_str().unwrap();
        let token = app.app.tokens.issue_client(client_id, "members:read influence:read", app.now(), 900).unwrap();

        let answer = app.client(Some(token)).send(RECEIPTS, json!({})).await;

        assert_eq!(answer.code(), "", "{}", answer.body);
        let receipts = answer.body["data"]["community"]["memberByIdentity"]["influence"]["receipts"].clone();
        assert!(receipts["nodes"].as_array().unwrap().iter().all(|receipt| receipt["redacted"] == true), "{receipts:#}");
        assert!(THANKS.iter().all(|(who, _)| !answer.body.to_string().contains(who)));
    }
}
