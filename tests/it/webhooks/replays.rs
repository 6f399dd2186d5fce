//! Sending on demand: tests, one delivery again, a part of the log again.

use std::collections::BTreeSet;

use entity::Visibility;
use rapport::context::OpContext;
use rapport::db::Tx;
use rapport::events::{self, EventType, NewEvent};
use rapport::graphql::global_id::{GlobalId, NodeType};
use serde_json::{Value, json};

use super::receiver::{Received, status};
use super::{HOUR, Scene, each, happen, hook, only};
use crate::ingest::calls::{done, member_id, mendable, mutate, payload, upsert};
use crate::on_both_engines;
use crate::support::TestApp;

fn ids(received: &[Received]) -> BTreeSet<String> {
    received.iter().map(|one| one.id().to_owned()).collect()
}

const REPLAYED: &str = "count hasMore endCursor webhookEndpoint { id }";

on_both_engines! {
    async fn given_an_endpoint_when_a_test_is_asked_for_then_it_is_sent_like_everything_else_but_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let asked = scene.act("sendTestWebhook", "webhookDelivery { id messageId type status subject { type id } }", json!({})).await;
        let asked = &asked["webhookDelivery"];
        assert_eq!((&asked["type"], &asked["status"]), (&json!("webhook.test"), &json!("PENDING")));
        assert_eq!(asked["subject"], json!({ "type": "WebhookEndpoint", "id": scene.hook.id }));
        assert_eq!(scene.pump(app.now()).await, 1);
        let received = only(scene.receiver.take());
        received.verify(&scene.hook.secret);
        assert_eq!((&received.json()["type"], received.id()), (&json!("webhook.test"), asked["messageId"].as_str().unwrap()));

        scene.receiver.answer(|_received| status(500));
        scene.act("sendTestWebhook", "webhookDelivery { id }", json!({})).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        assert_eq!(each(&scene.deliveries().await, "status"), ["DELIVERED", "FAILED"]);
        assert_eq!(scene.endpoint().await["status"], "ACTIVE", "a test pauses nothing");

        scene.act("pauseWebhookEndpoint", "webhookEndpoint { status }", json!({})).await;
        let input = json!({ "webhookEndpointId": scene.hook.id });
        let refused = payload(&mutate(&scene.admin, "tea", "sendTestWebhook", "webhookDelivery { id }", input).await, "sendTestWebhook");
        assert_eq!(mendable(&refused), ["webhookEndpointId NOT_ALLOWED_NOW"]);
    }

    async fn given_a_delivery_when_it_is_replayed_then_it_comes_again_under_its_id(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        scene.happen(&[1]).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        let first = only(scene.receiver.take());
        let delivery = only(scene.deliveries().await);
        let input = json!({ "webhookDeliveryId": delivery["id"], "idempotencyKey": "again" });
        for _retry in 0..2 {
            let again = mutate(&scene.admin, "tea", "replayWebhookDelivery", "webhookDelivery { id status finishedAt }", input.clone()).await;
            let again = &done(&again, "replayWebhookDelivery")["webhookDelivery"];
            assert_eq!(again["id"], delivery["id"]);
        }
        assert_eq!(scene.pump(app.now()).await, 1);
        let second = only(scene.receiver.take());
        assert_eq!((second.id(), &second.body), (first.id(), &first.body));
        second.verify(&scene.hook.secret);
        let delivery = only(scene.deliveries().await);
        assert_eq!((&delivery["status"], delivery["attempts"].as_array().unwrap().len()), (&json!("DELIVERED"), 2));
    }

    async fn given_a_part_of_the_log_when_it_is_replayed_then_its_ids_are_those_of_before(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let before = app.now();
        scene.happen(&[1]).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        let start = scene.receiver.take()[0].json()["id"].clone();
        scene.happen(&[1, 2, 3]).await;
        assert_eq!(scene.pump(app.now()).await, 3);
        let received = scene.receiver.take();
        let seq = |one: &&Received| one.id().split('_').nth(2).unwrap().parse::<i64>().unwrap();
        let up_to = received.iter().max_by_key(seq).unwrap().json()["id"].clone();
        scene.happen(&[4]).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        let later = scene.receiver.take();

        let replayed = scene.act("replayWebhooks", REPLAYED, json!({ "after": start, "upTo": up_to })).await;
        assert_eq!((&replayed["count"], &replayed["hasMore"], &replayed["endCursor"]), (&json!(3), &json!(false), &up_to));
        assert_eq!(scene.pump(app.now()).await, 3);
        assert_eq!(ids(&scene.receiver.take()), ids(&received));
        let replayed = scene.act("replayWebhooks", REPLAYED, json!({ "after": up_to })).await;
        assert_eq!(replayed["count"], 1);
        assert_eq!(scene.pump(app.now()).await, 1);
        assert_eq!(ids(&scene.receiver.take()), ids(&later));
        let replayed = scene.act("replayWebhooks", REPLAYED, json!({ "from": before.to_string() })).await;
        assert_eq!(replayed["count"], 5);
        assert_eq!(scene.pump(app.now()).await, 5);
        let replayed = scene.act("replayWebhooks", REPLAYED, json!({ "from": before.to_string(), "to": before.to_string() })).await;
        assert_eq!(replayed["count"], 0);
        assert_eq!(scene.deliveries().await.len(), 5, "there is one delivery of each");
    }

    async fn given_an_import_that_took_long_when_what_was_meanwhile_is_replayed_then_nothing_is_passed_over(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let from = app.now();
        scene.happen(&[1]).await;
        // Everything that an import writes has the time at which it began.
        let began = from.plus_micros(-HOUR);
        let import = &OpContext { now: began, ..app.app.system("import") };
        let community = scene.access.community_id();
        let written = app.app.db.write(|tx: Tx| async move {
            events::append(&tx, import, community, vec![NewEvent::public(EventType::CaseUpdated, 2, json!({}))]).await
        });
        written.await.unwrap();
        assert_eq!(scene.pump(app.now()).await, 2);
        scene.receiver.take();
        for (part, case) in [(json!({ "from": from.to_string() }), 1), (json!({ "from": app.days_ago(1.0), "to": began.to_string() }), 2)] {
            let replayed = scene.act("replayWebhooks", REPLAYED, part).await;
            assert_eq!((&replayed["count"], &replayed["hasMore"]), (&json!(1), &json!(false)));
            assert_eq!(scene.pump(app.now()).await, 1);
            let subject = GlobalId::text(NodeType::Case, community, case);
            assert_eq!(only(scene.receiver.take()).json()["subject"]["id"], subject.as_str());
        }
    }

    async fn given_deliveries_that_failed_when_only_they_are_replayed_then_the_others_are_not(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        scene.happen(&[1, 2]).await;
        assert_eq!(scene.pump(app.now()).await, 2);
        let start = scene.receiver.take()[0].json()["id"].clone();
        scene.receiver.answer(|_received| status(410));
        scene.happen(&[3]).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        let failed = scene.receiver.take();
        scene.receiver.answer(|_received| status(200));
        let from = json!({ "from": app.days_ago(1.0), "onlyFailed": true });
        let replayed = scene.act("replayWebhooks", REPLAYED, from).await;
        assert_eq!(replayed["count"], 1);
        assert_eq!(scene.pump(app.now()).await, 0, "it is paused");
        scene.act("resumeWebhookEndpoint", "webhookEndpoint { status }", json!({})).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        assert_eq!(ids(&scene.receiver.take()), ids(&failed));
        let replayed = scene.act("replayWebhooks", REPLAYED, json!({ "after": start, "onlyFailed": true })).await;
        assert_eq!(replayed["count"], 0);
    }

    async fn given_a_new_endpoint_when_what_was_before_is_replayed_then_it_is_sent_as_far_as_it_may_be_told(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        happen(&app, &scene.access, &[(EventType::CaseOpened, 1, Visibility::Public), (EventType::CaseOpened, 2, Visibility::Private)]).await;
        scene.act("deleteWebhookEndpoint", "webhookEndpoint { status }", json!({})).await;
        let late = hook(&scene.admin, &scene.receiver.url, json!({})).await;
        assert_eq!(scene.pump(app.now()).await, 0, "it is told of what happens from now on");
        let input = json!({ "webhookEndpointId": late.id, "from": app.days_ago(1.0) });
        let replayed = done(&mutate(&scene.admin, "tea", "replayWebhooks", REPLAYED, input).await, "replayWebhooks");
        assert_eq!(replayed["count"], 1);
        assert_eq!(scene.pump(app.now()).await, 1);
        assert_eq!(scene.receiver.take()[0].json()["type"], "case.opened");
    }

    async fn given_a_member_who_opted_out_when_their_score_is_replayed_then_it_is_told_no_more(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let hook = hook(&scene.admin, &scene.receiver.url, json!({ "scopes": ["influence:read"] })).await;
        upsert(&scene.admin, "tea", vec![json!({ "externalId": "ada" })]).await;
        let ada = GlobalId::decode(&member_id(&scene.admin, "tea", "ada").await).unwrap().key;
        happen(&app, &scene.access, &[(EventType::ScoreChanged, ada, Visibility::Public)]).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        let first = only(scene.receiver.take());
        assert_eq!(first.json()["data"]["severity"], "HIGH");
        upsert(&scene.admin, "tea", vec![json!({ "externalId": "ada", "consent": "OPTED_OUT" })]).await;
        let input = json!({ "webhookEndpointId": hook.id, "from": app.days_ago(1.0) });
        done(&mutate(&scene.admin, "tea", "replayWebhooks", REPLAYED, input).await, "replayWebhooks");
        assert_eq!(scene.pump(app.now()).await, 1);
        let second = only(scene.receiver.take());
        assert_eq!((second.id(), &second.json()["data"]), (first.id(), &json!({})));
    }

    async fn given_wrong_input_when_something_is_to_be_replayed_then_the_field_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let away = app.community("away").await;
        let elsewhere = rapport::events::cursor::Cursor::new(away.community_id(), 1).encode();
        let at = app.days_ago(1.0);
        for (input, expected) in [
            (json!({}), "after REQUIRED"),
            (json!({ "after": elsewhere, "from": at }), "after INVALID"),
            (json!({ "after": "nonsense" }), "after INVALID"),
            (json!({ "from": at, "upTo": "nonsense" }), "upTo INVALID"),
            (json!({ "webhookEndpointId": "nonsense", "from": at }), "webhookEndpointId NOT_FOUND"),
        ] {
            let input = crate::ingest::calls::with(json!({ "webhookEndpointId": scene.hook.id }), &input);
            let refused = payload(&mutate(&scene.admin, "tea", "replayWebhooks", REPLAYED, input.clone()).await, "replayWebhooks");
            assert_eq!(mendable(&refused), [expected], "{input}");
            assert_eq!((&refused["count"], &refused["webhookEndpoint"]), (&json!(0), &Value::Null));
        }
        let input = json!({ "webhookDeliveryId": scene.hook.id });
        let refused = mutate(&scene.admin, "tea", "replayWebhookDelivery", "webhookDelivery { id }", input).await;
        assert_eq!(mendable(&payload(&refused, "replayWebhookDelivery")), ["webhookDeliveryId NOT_FOUND"]);
    }
}
