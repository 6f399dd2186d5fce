//! Webhooks go to the public internet, and to networks that the operator allows.

use std::net::IpAddr;

use entity::webhook_endpoint;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _};
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{Scene, hook, only};
use crate::ingest::calls::{done, mendable, mutate, payload};
use crate::on_both_engines;
use crate::support::TestApp;

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

on_both_engines! {
    async fn given_an_address_that_is_not_public_when_an_endpoint_is_set_up_then_it_is_refused(engine: Engine) {
        let closed = |settings: &mut rapport::config::Settings| {
            settings.webhook_allow_networks.clear();
            settings.webhook_allow_http = false;
        };
        let app = TestApp::start_with(engine, closed).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let names = app.app.webhooks.names();
        names.set("inside.example", &addresses(&["10.0.0.7"]));
        names.set("mixed.example", &addresses(&["93.184.216.34", "169.254.169.254"]));
        names.set("outside.example", &addresses(&["93.184.216.34", "2606:2800:220:1::1"]));
        for url in [
            "https://127.0.0.1/hook",
            "https://localhost/hook",
            "https://0.0.0.0/hook",
            "https://10.0.0.1/hook",
            "https://100.64.0.1/hook",
            "https://169.254.169.254/latest/meta-data",
            "https://172.16.3.4/hook",
            "https://192.168.1.1:8443/hook",
            "https://[::1]/hook",
            "https://[fd00::1]/hook",
            "https://[fe80::1]/hook",
            "https://[::ffff:10.0.0.1]/hook",
            "https://[64:ff9b::a00:1]/hook",
            "https://[2002:a00:1::]/hook",
            "https://2130706433/hook",
            "https://0x7f.1/hook",
            "https://inside.example/hook",
            "https://mixed.example/hook",
            "http://outside.example/hook",
        ] {
            let input = json!({ "url": url, "scopes": ["cases:read"] });
            let refused = mutate(&admin, "tea", "createWebhookEndpoint", "secret", input).await;
            assert_eq!(mendable(&payload(&refused, "createWebhookEndpoint")), ["url INVALID"], "{url}");
        }
        let input = json!({ "url": "https://outside.example:8443/hook?key=1", "scopes": ["cases:read"] });
        let made = done(&mutate(&admin, "tea", "createWebhookEndpoint", "webhookEndpoint { id }", input).await, "createWebhookEndpoint");
        let input = json!({ "webhookEndpointId": made["webhookEndpoint"]["id"], "url": "https://inside.example/hook" });
        let refused = mutate(&admin, "tea", "updateWebhookEndpoint", "webhookEndpoint { id }", input).await;
        assert_eq!(mendable(&payload(&refused, "updateWebhookEndpoint")), ["url INVALID"]);
    }

    async fn given_a_name_that_leads_elsewhere_later_when_something_is_sent_then_it_is_judged_anew(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let receiver = Receiver::start().await;
        let names = app.app.webhooks.names();
        names.set("hooks.example", &addresses(&["127.0.0.1"]));
        let hook = hook(&admin, &format!("http://hooks.example:{}/hook", receiver.port), json!({})).await;
        let scene = Scene { app: &app, access, admin, receiver, hook };
        // At one instant: what failed is not due again.
        let at = app.now();
        scene.happen(&[1]).await;
        assert_eq!(scene.pump(at).await, 1);
        let received = only(scene.receiver.take());
        assert_eq!(received.header("host"), format!("hooks.example:{}", scene.receiver.port));

        for (case, leads_to) in [(2, vec!["10.0.0.1"]), (3, vec!["127.0.0.1", "10.0.0.1"]), (4, vec!["::1"])] {
            names.set("hooks.example", &addresses(&leads_to));
            scene.happen(&[case]).await;
            assert_eq!(scene.pump(at).await, 1);
            let delivery = scene.deliveries().await.pop().unwrap();
            let attempt = &delivery["attempts"][0];
            assert_eq!((&delivery["status"], &attempt["error"]), (&json!("PENDING"), &json!("ADDRESS_REFUSED")), "{leads_to:?} {attempt}");
            assert_eq!(attempt["statusCode"], Value::Null);
        }
        assert!(scene.receiver.take().is_empty(), "nobody was called");
        names.set("hooks.example", &[]);
        scene.happen(&[5]).await;
        assert_eq!(scene.pump(at).await, 1);
        assert_eq!(scene.deliveries().await.pop().unwrap()["attempts"][0]["error"], "ADDRESS_REFUSED");
    }

    async fn given_a_literal_address_that_is_allowed_no_more_when_something_is_sent_then_nobody_is_called(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let row = webhook_endpoint::Entity::find().one(app.app.db.read()).await.unwrap().unwrap();
        let written = app.app.db.write(|tx| {
            let mut row: webhook_endpoint::ActiveModel = row.clone().into();
            row.url = Set("http://10.0.0.1/hook".to_owned());
            async move { Ok(row.update(&*tx).await?) }
        });
        written.await.unwrap();
        scene.happen(&[1]).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        let delivery = only(scene.deliveries().await);
        assert_eq!(delivery["attempts"][0]["error"], "ADDRESS_REFUSED");
    }
}
