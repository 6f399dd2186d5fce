//! Secrets: told once, two at a time, and gone with their endpoint.

use entity::webhook_endpoint;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use super::receiver::Received;
use super::{ENDPOINT, HOUR, Scene, hook, only};
use crate::ingest::calls::{done, mendable, mutate, payload};
use crate::on_both_engines;
use crate::support::TestApp;

const SECRET: &str = "webhookEndpoint { id secretRotatedAt oldSecretUntil } secret";

on_both_engines! {
    async fn given_a_secret_when_it_is_rotated_then_both_sign_for_a_while(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let old = scene.hook.secret.clone();
        let rotated = scene.act("rotateWebhookSecret", SECRET, json!({ "overlap": "P2D" })).await;
        let new = rotated["secret"].as_str().unwrap().to_owned();
        assert!(new.starts_with("whsec_") && new != old);
        assert!(rotated["webhookEndpoint"]["oldSecretUntil"].is_string());

        let now = app.now();
        scene.happen(&[1]).await;
        scene.pump(now).await;
        let both = only(scene.receiver.take());
        assert_eq!(both.header("webhook-signature").split(' ').count(), 2);
        both.verify(&old);
        both.verify(&new);
        let input = json!({ "webhookEndpointId": scene.hook.id, "overlap": "P1D" });
        let refused = mutate(&scene.admin, "tea", "rotateWebhookSecret", SECRET, input).await;
        assert_eq!(mendable(&payload(&refused, "rotateWebhookSecret")), ["overlap NOT_ALLOWED_NOW"], "both were promised");

        scene.happen(&[2]).await;
        scene.pump(now.plus_micros(49 * HOUR)).await;
        let one = only(scene.receiver.take());
        assert_eq!(one.header("webhook-signature").split(' ').count(), 1);
        assert!(one.is_signed_with(&new) && !one.is_signed_with(&old));
    }

    async fn given_a_secret_that_was_lost_when_it_is_rotated_without_overlap_then_it_is_good_no_more(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let rotated = scene.act("rotateWebhookSecret", SECRET, json!({ "overlap": "PT0S" })).await;
        assert_eq!(rotated["webhookEndpoint"]["oldSecretUntil"], Value::Null);
        scene.happen(&[1]).await;
        scene.pump(app.now()).await;
        let one = only(scene.receiver.take());
        one.verify(rotated["secret"].as_str().unwrap());
        assert!(!one.is_signed_with(&scene.hook.secret));
        let input = json!({ "webhookEndpointId": scene.hook.id, "overlap": "P8D" });
        let refused = mutate(&scene.admin, "tea", "rotateWebhookSecret", SECRET, input).await;
        assert_eq!(mendable(&payload(&refused, "rotateWebhookSecret")), ["overlap OUT_OF_RANGE"]);
    }

    async fn given_an_answer_with_a_secret_when_it_is_asked_for_again_then_it_comes_without(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let input = json!({ "url": scene.receiver.url, "scopes": ["cases:read"], "idempotencyKey": "k-1" });
        let first = done(&mutate(&scene.admin, "tea", "createWebhookEndpoint", SECRET, input.clone()).await, "createWebhookEndpoint");
        let again = done(&mutate(&scene.admin, "tea", "createWebhookEndpoint", SECRET, input).await, "createWebhookEndpoint");
        assert_eq!(again["webhookEndpoint"]["id"], first["webhookEndpoint"]["id"]);
        assert!(first["secret"].is_string());
        assert_eq!(again["secret"], Value::Null);
        let input = json!({ "webhookEndpointId": scene.hook.id, "idempotencyKey": "k-2" });
        let first = done(&mutate(&scene.admin, "tea", "rotateWebhookSecret", SECRET, input.clone()).await, "rotateWebhookSecret");
        let again = done(&mutate(&scene.admin, "tea", "rotateWebhookSecret", SECRET, input).await, "rotateWebhookSecret");
        assert!(first["secret"].is_string());
        assert_eq!(again["secret"], Value::Null);
        assert_eq!(again["webhookEndpoint"]["secretRotatedAt"], first["webhookEndpoint"]["secretRotatedAt"], "it was rotated once");
    }

    async fn given_a_secret_when_anybody_looks_then_it_is_nowhere(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let other = hook(&scene.admin, &format!("{}?token=sesame", scene.receiver.url), json!({ "scopes": ["access:manage"] })).await;
        let rotated = scene.act("rotateWebhookSecret", SECRET, json!({})).await["secret"].clone();
        let list = format!("{{ community(slug: \"tea\") {{ webhookEndpoints {{ totalCount nodes {{ {ENDPOINT} }} }} }} }}");
        let list = scene.admin.ok(&list, json!({})).await;
        assert_eq!(list["community"]["webhookEndpoints"]["totalCount"], 2);
        scene.pump(app.now()).await;
        let told: Vec<Value> = scene.receiver.take().iter().map(Received::json).collect();
        assert!(!told.is_empty(), "whoever manages access is told of endpoints");
        let rows = webhook_endpoint::Entity::find().all(app.app.db.read()).await.unwrap();
        let mut logged = scene.logged("webhook_endpoint.created").await;
        logged.extend(scene.logged("webhook_endpoint.updated").await);
        for secret in [scene.hook.secret.as_str(), other.secret.as_str(), rotated.as_str().unwrap()] {
            for place in [list.to_string(), format!("{rows:?}"), json!(logged).to_string(), json!(told).to_string()] {
                assert!(!place.contains(secret), "{place}");
            }
        }
        assert!(!json!(logged).to_string().contains("sesame"), "addresses can hold secrets");
    }

    async fn given_an_endpoint_when_it_is_deleted_then_its_secrets_are_gone(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        scene.act("rotateWebhookSecret", SECRET, json!({})).await;
        scene.act("deleteWebhookEndpoint", "webhookEndpoint { status }", json!({})).await;
        let row = webhook_endpoint::Entity::find().one(app.app.db.read()).await.unwrap().unwrap();
        assert_eq!((row.secret.0.as_str(), row.old_secret), ("", None));
    }
}
