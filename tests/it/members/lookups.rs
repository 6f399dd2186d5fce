//! `memberByIdentity`, `node` and `nodes`: one thing by its name.

use entity::Visibility;
use rapport::features::access::{self, NewApiClient};
use rapport::graphql::global_id::{GlobalId, NodeType};
use serde_json::{Value, json};

use crate::ingest::calls::{did, member_id, upsert, with};
use crate::on_both_engines;
use crate::support::TestApp;

const NODE: &str = "query($id: ID!) { node(id: $id) { __typename id } }";
const NODES: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";

on_both_engines! {
    async fn an_account_leads_to_its_member_alone(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (access, other) = (app.community("tea").await, app.community("coffee").await);
        let (admin, elsewhere) = (app.admin(&access).await, app.admin(&other).await);
        upsert(&admin, "tea", vec![
            json!({ "externalId": "Ada", "displayName": "Ada", "identities": [{ "provider": "x", "externalId": "17" }, { "provider": "y", "externalId": "🦊'%_\\" }] }),
            json!({ "externalId": "ben", "displayName": "Ben", "identities": [{ "provider": "x", "externalId": "1" }] }),
        ])
        .await;
        upsert(&elsewhere, "coffee", vec![json!({ "externalId": "eve", "displayName": "Eve", "identities": [{ "provider": "z", "externalId": "17" }] })]).await;
        let query = "query($provider: String!, $id: String!) { community(slug: \"tea\") { memberByIdentity(provider: $provider, externalId: $id) { displayName } } }";
        let cases = [
            ("forum", "Ada", Some("Ada")), ("x", "17", Some("Ada")), ("y", "🦊'%_\\", Some("Ada")), ("x", "1", Some("Ben")), ("forum", "ada", None),
            ("X", "17", None), ("x", " 17", None), ("x", "%", None), ("y", "17", None), ("z", "17", None), ("forum", "eve", None), ("", "", None),
            ("x", "17\u{0}", None), ("\u{0}", "17", None),
        ];
        for (provider, id, expected) in cases {
            let found = admin.ok(query, json!({ "provider": provider, "id": id })).await;
            assert_eq!(found["community"]["memberByIdentity"]["displayName"].as_str(), expected, "{provider:?} {id:?}");
        }
        let answer = elsewhere.send(query, json!({ "provider": "x", "id": "17" })).await;
        assert_eq!(answer.code(), "NOT_FOUND", "what belongs to others is not there");
    }

    async fn everything_has_an_id(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let new = NewApiClient { name: "CRM".to_owned(), scopes: vec!["members:read".to_owned()], clearance: Visibility::Public };
        access::service::create_api_client(&app.app, &app.app.system("test"), &access, new).await.unwrap();
        admin.record("tea", vec![with(did("KUDOS", "k-1", "ada", "ben", &app.days_ago(2.0)), &json!({ "topics": ["green"] }))]).await;
        let query = "{ community(slug: \"tea\") { id members { nodes { id identities { id } } } interactions { nodes { id } } topics { nodes { id } } \
                     scoringModel { id } staff { id } apiClients { id } } }";
        let all = admin.ok(query, json!({})).await["community"].clone();
        let kinds = [
            ("Community", &all["id"], NodeType::Community),
            ("Member", &all["members"]["nodes"][0]["id"], NodeType::Member),
            ("Identity", &all["members"]["nodes"][0]["identities"][0]["id"], NodeType::Identity),
            ("Interaction", &all["interactions"]["nodes"][0]["id"], NodeType::Interaction),
            ("Topic", &all["topics"]["nodes"][0]["id"], NodeType::Topic),
            ("ScoringModel", &all["scoringModel"]["id"], NodeType::ScoringModel),
            ("StaffMember", &all["staff"][0]["id"], NodeType::Staff),
            ("ApiClient", &all["apiClients"][0]["id"], NodeType::ApiClient),
        ];
        let mut ids = Vec::new();
        for (name, id, kind) in &kinds {
            assert!(id.is_string(), "{name}");
            assert_eq!(admin.ok(NODE, json!({ "id": id })).await["node"], json!({ "__typename": name, "id": id }));
            // One that was never given out, and one of a community that is not there.
            let nobody = [(access.community_id(), 987_654_321), (entity::CommunityId(987_654_321), 1), (access.community_id(), -1), (access.community_id(), i64::MAX)];
            for (community, key) in nobody {
                let answer = admin.send(NODE, json!({ "id": GlobalId::encode(*kind, community, key) })).await;
                assert_eq!((answer.code(), &answer.body["data"]["node"]), ("NOT_FOUND", &Value::Null), "{name} {key}");
            }
            ids.push((*id).clone());
        }
        let expected: Vec<Value> = kinds.iter().map(|(name, id, _)| json!({ "__typename": name, "id": id })).collect();
        assert_eq!(admin.ok(NODES, json!({ "ids": ids })).await["nodes"], Value::Array(expected));

        let stranger = app.admin(&app.community("coffee").await).await;
        for id in &ids {
            assert_eq!(stranger.send(NODE, json!({ "id": id })).await.code(), "NOT_FOUND", "{id}");
            assert_eq!(app.client(None).send(NODE, json!({ "id": id })).await.code(), "UNAUTHENTICATED", "{id}");
        }
    }

    async fn ids_that_are_none_are_not_found(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        upsert(&admin, "tea", vec![json!({ "externalId": "ada" })]).await;
        let good = member_id(&admin, "tea", "ada").await;
        let base64 = |text: &str| base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, text);
        let community = access.community_id();
        let forged = [
            String::new(), "x".to_owned(), "💥".to_owned(), "\u{0}".to_owned(), format!("{good}="), format!(" {good}"), format!("{good}A"),
            base64("Member"), base64("Member:1"), base64(&format!("member:{community}:1")), base64(&format!("Member:{community}:1:1")),
            base64(&format!("Member:{community}:01")), base64(&format!("Member:+{community}:1")), base64(&format!("Member:{community}:1 ")),
            base64(&format!("Member:{community}:99999999999999999999")), base64(&format!("Grant:{community}:1")), base64("::"), "QQ".repeat(5_000),
        ];
        for id in &forged {
            assert_eq!(admin.send(NODE, json!({ "id": id })).await.code(), "NOT_FOUND", "{id:?}");
        }
        // Beside good ones, each is told for itself.
        let answer = admin.send(NODES, json!({ "ids": [good, "x", good, ""] })).await;
        let nodes = answer.body["data"]["nodes"].as_array().unwrap();
        let there: Vec<bool> = nodes.iter().map(|node| !node.is_null()).collect();
        assert_eq!(there, [true, false, true, false]);
        let errors = answer.body["errors"].as_array().unwrap();
        let mut paths: Vec<String> = errors.iter().map(|error| error["path"].to_string()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["[\"nodes\",1]", "[\"nodes\",3]"]);
        assert!(errors.iter().all(|error| error["extensions"]["code"] == "NOT_FOUND"));

        assert_eq!(admin.ok(NODES, json!({ "ids": vec![&good; 100] })).await["nodes"].as_array().unwrap().len(), 100);
        assert_eq!(admin.ok(NODES, json!({ "ids": [] })).await["nodes"], json!([]));
        let answer = admin.send(NODES, json!({ "ids": vec![&good; 101] })).await;
        assert_eq!((answer.code(), answer.message().starts_with("ids: ")), ("BAD_USER_INPUT", true));
    }
}
