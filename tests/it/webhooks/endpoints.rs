//! Setting endpoints up, changing and deleting them, and what is refused.

use entity::{Role, Visibility};
use rapport::events::EventType;
use rapport::features::webhooks::dispatch;
use serde_json::{Value, json};

use super::{ENDPOINT, Scene, each, happen, hook, node};
use crate::ingest::calls::{mendable, mutate, payload, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const MADE: &str = "webhookEndpoint { id } secret";

async fn refused(client: &Client<'_>, mutation: &str, input: Value) -> Vec<String> {
    let selection = if mutation.starts_with("create") {
        MADE
    } else {
        "webhookEndpoint { id }"
    };
    let payload = payload(&mutate(client, "tea", mutation, selection, input).await, mutation);
    assert_eq!(payload["webhookEndpoint"], Value::Null, "{payload:#}");
    mendable(&payload)
}

on_both_engines! {
    async fn given_an_admin_when_an_endpoint_is_set_up_changed_and_deleted_then_it_is_so_and_on_record(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let made = scene.endpoint().await;
        assert_eq!((&made["url"], &made["status"], &made["clearance"]), (&json!(scene.receiver.url), &json!("ACTIVE"), &json!("PUBLIC")));
        assert_eq!((&made["types"], &made["scopes"], &made["description"]), (&Value::Null, &json!(["cases:read"]), &Value::Null));
        let changes = json!({
            "description": "The CRM", "types": ["CASE_OPENED", "CASE_RESOLVED"], "scopes": ["cases:read", "members:read"], "clearance": "PRIVATE",
        });
        scene.act("updateWebhookEndpoint", "webhookEndpoint { id }", changes.clone()).await;
        let changed = scene.endpoint().await;
        assert_eq!(with(changed.clone(), &changes), changed);
        scene.act("updateWebhookEndpoint", "webhookEndpoint { id }", changes).await;
        assert_eq!(scene.logged("webhook_endpoint.updated").await.len(), 1, "the same again is no change");
        scene.act("updateWebhookEndpoint", "webhookEndpoint { id }", json!({ "types": null, "description": null })).await;
        let changed = scene.endpoint().await;
        assert_eq!((&changed["types"], &changed["description"]), (&Value::Null, &Value::Null));

        let deleted = scene.act("deleteWebhookEndpoint", "webhookEndpoint { id status }", json!({})).await;
        assert_eq!(deleted["webhookEndpoint"], json!({ "id": scene.hook.id, "status": "DELETED" }));
        let gone = scene.admin.send("query($id: ID!) { node(id: $id) { id } }", json!({ "id": scene.hook.id })).await;
        assert_eq!(gone.code(), "NOT_FOUND");
        let list = scene.admin.ok("{ community(slug: \"tea\") { webhookEndpoints { totalCount nodes { id } } } }", json!({})).await;
        assert_eq!(list["community"]["webhookEndpoints"], json!({ "totalCount": 0, "nodes": [] }));
        assert_eq!(refused(&scene.admin, "deleteWebhookEndpoint", json!({ "webhookEndpointId": scene.hook.id })).await, ["webhookEndpointId NOT_FOUND"]);
        for (event_type, count) in [("webhook_endpoint.created", 1), ("webhook_endpoint.updated", 2), ("webhook_endpoint.deleted", 1)] {
            assert_eq!(scene.logged(event_type).await.len(), count, "{event_type}");
        }
    }

    async fn given_wrong_input_when_an_endpoint_is_set_up_then_the_field_is_named_and_nothing_is_made(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let right = json!({ "url": scene.receiver.url, "scopes": ["cases:read"] });
        for (wrong, expected) in [
            (json!({ "url": "" }), "url INVALID"),
            (json!({ "url": "not an address" }), "url INVALID"),
            (json!({ "url": "ftp://127.0.0.1/" }), "url INVALID"),
            (json!({ "url": "http://user:pass@127.0.0.1/" }), "url INVALID"),
            (json!({ "url": format!("http://127.0.0.1/{}", "x".repeat(2_048)) }), "url INVALID"),
            (json!({ "scopes": [] }), "scopes REQUIRED"),
            (json!({ "scopes": ["cases:read", "everything"] }), "scopes.1 INVALID"),
            (json!({ "types": [] }), "types REQUIRED"),
            (json!({ "types": ["CASE_OPENED", "MEMBER_CREATED"] }), "types.1 INVALID"),
            (json!({ "description": " " }), "description REQUIRED"),
            (json!({ "description": "x".repeat(501) }), "description TOO_LONG"),
        ] {
            let input = with(right.clone(), &wrong);
            assert_eq!(refused(&scene.admin, "createWebhookEndpoint", input.clone()).await, [expected], "{wrong}");
            let input = with(json!({ "webhookEndpointId": scene.hook.id }), &wrong);
            assert_eq!(refused(&scene.admin, "updateWebhookEndpoint", input).await, [expected], "{wrong}");
        }
        let list = scene.admin.ok("{ community(slug: \"tea\") { webhookEndpoints { totalCount } } }", json!({})).await;
        assert_eq!(list["community"]["webhookEndpoints"]["totalCount"], 1);
        for mutation in ["updateWebhookEndpoint", "deleteWebhookEndpoint", "pauseWebhookEndpoint", "resumeWebhookEndpoint"] {
            assert_eq!(refused(&scene.admin, mutation, json!({ "webhookEndpointId": "nonsense" })).await, ["webhookEndpointId NOT_FOUND"]);
        }
        for field in ["url", "scopes", "clearance"] {
            let input = json!({ "webhookEndpointId": scene.hook.id, field: null });
            assert_eq!(refused(&scene.admin, "updateWebhookEndpoint", input).await, [format!("{field} INVALID")]);
        }
    }

    async fn given_somebody_with_less_clearance_when_they_manage_endpoints_then_they_hand_out_no_more_than_they_have(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let private = hook(&scene.admin, &scene.receiver.url, json!({ "clearance": "PRIVATE" })).await;
        let lesser = app.staff(&scene.access, Role::Admin, Visibility::Public).await;
        let input = json!({ "url": scene.receiver.url, "scopes": ["cases:read"], "clearance": "SEMI_PRIVATE" });
        assert_eq!(refused(&lesser, "createWebhookEndpoint", input).await, ["clearance OUT_OF_RANGE"]);
        let raised = json!({ "webhookEndpointId": scene.hook.id, "clearance": "PRIVATE" });
        assert_eq!(refused(&lesser, "updateWebhookEndpoint", raised).await, ["clearance OUT_OF_RANGE"]);
        let elsewhere = json!({ "webhookEndpointId": private.id, "url": "http://127.0.0.1:9/mine" });
        assert_eq!(refused(&lesser, "updateWebhookEndpoint", elsewhere).await, ["url NOT_ALLOWED_NOW"]);
    }

    async fn given_an_endpoint_that_waits_when_it_may_be_told_less_or_is_deleted_then_what_does_not_fit_is_not_sent(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        scene.act("updateWebhookEndpoint", "webhookEndpoint { id }", json!({ "clearance": "PRIVATE" })).await;
        happen(&app, &scene.access, &[(EventType::CaseOpened, 1, Visibility::Private), (EventType::CaseOpened, 2, Visibility::Public)]).await;
        assert_eq!(dispatch::run_once(&app.app, app.now()).await.unwrap(), 2);
        scene.act("updateWebhookEndpoint", "webhookEndpoint { id }", json!({ "clearance": "PUBLIC" })).await;
        scene.pump(app.now()).await;
        assert_eq!(each(&scene.deliveries().await, "status"), ["CANCELLED", "DELIVERED"]);
        assert_eq!(scene.receiver.take().len(), 1);

        scene.happen(&[3]).await;
        assert_eq!(dispatch::run_once(&app.app, app.now()).await.unwrap(), 1);
        let waiting = scene.deliveries().await.pop().unwrap();
        scene.act("deleteWebhookEndpoint", "webhookEndpoint { id }", json!({})).await;
        scene.happen(&[3]).await;
        assert_eq!(scene.pump(app.now()).await, 0);
        let waiting = node(&scene.admin, "WebhookDelivery", "status endpoint { status }", waiting["id"].as_str().unwrap()).await;
        assert_eq!(waiting, json!({ "status": "CANCELLED", "endpoint": { "status": "DELETED" } }));
    }

    async fn given_endpoints_when_they_are_listed_then_page_by_page_in_order(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let mut ids = vec![scene.hook.id.clone()];
        for _more in 0..4 {
            ids.push(hook(&scene.admin, &scene.receiver.url, json!({})).await.id);
        }
        let path = ["webhookEndpoints(PAGE)"];
        for forwards in [true, false] {
            let found = crate::ingest::calls::walk(&scene.admin, "tea", &path, ENDPOINT, 2, forwards).await;
            assert_eq!(each(&found, "id"), ids);
        }
        scene.happen(&[1, 2, 3]).await;
        scene.pump(app.now()).await;
        let query = "query($id: ID!, $after: String) { node(id: $id) { ... on WebhookEndpoint { deliveries(first: 2, after: $after) \
                     { totalCount pageInfo { hasNextPage endCursor } nodes { id } } } } }";
        let first = scene.admin.ok(query, json!({ "id": scene.hook.id })).await["node"]["deliveries"].clone();
        assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
        let second = scene.admin.ok(query, json!({ "id": scene.hook.id, "after": first["pageInfo"]["endCursor"] })).await;
        assert_eq!(second["node"]["deliveries"]["nodes"].as_array().unwrap().len(), 1);
    }
}
