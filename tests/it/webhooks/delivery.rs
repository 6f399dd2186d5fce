//! What happens is sent, to those who asked for it and may know it.

use std::time::Duration;

use entity::{Role, Visibility};
use rapport::db::Tx;
use rapport::events::{self, EventType, NewEvent};
use rapport::features::webhooks::{deliver, dispatch};
use rapport::graphql::global_id::GlobalId;
use serde_json::{Value, json};

use super::receiver::{Received, Receiver, with_headers};
use super::{ENDPOINT, Scene, deliveries, each, happen, hook, node, only, pump};
use crate::ingest::calls::did;
use crate::on_both_engines;
use crate::support::TestApp;

fn types(received: &[Received]) -> Vec<String> {
    received
        .iter()
        .map(|received| received.json()["type"].as_str().unwrap().to_owned())
        .collect()
}

on_both_engines! {
    async fn given_an_endpoint_when_something_happens_then_it_is_sent_as_the_standard_says(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let receiver = Receiver::start().await;
        receiver.answer(|_received| with_headers(200, "", "thanks"));
        let hook = hook(&admin, &receiver.url, json!({ "scopes": ["interactions:read"], "description": "CRM" })).await;

        admin.record("tea", vec![did("KUDOS", "k-1", "ada", "bob", &app.days_ago(1.0))]).await;
        assert_eq!(pump(&app, app.now()).await, 1);

        let received = only(receiver.take());
        received.verify(&hook.secret);
        assert_eq!(received.request, "POST /hook HTTP/1.1");
        assert_eq!(received.header("content-type"), "application/json");
        let body = received.json();
        assert_eq!((&body["type"], &body["community"], &body["visibility"]), (&json!("interaction.recorded"), &json!("tea"), &json!("PUBLIC")));
        assert_eq!(body["subject"]["type"], "Interaction");
        assert!(body["timestamp"].as_str().unwrap().ends_with('Z'), "{body}");
        let key = GlobalId::decode(&hook.id).unwrap().key;
        let (start, end) = (format!("msg_{}_", access.community_id()), format!("_{key}"));
        assert!(received.id().starts_with(&start) && received.id().ends_with(&end), "{}", received.id());

        let delivery = only(deliveries(&admin, &hook.id, &json!("DELIVERED")).await);
        assert_eq!(delivery["messageId"], received.id());
        assert_eq!((&delivery["type"], &delivery["subject"]), (&body["type"], &body["subject"]));
        assert_eq!(delivery["nextAttemptAt"], Value::Null);
        let attempt = &delivery["attempts"][0];
        assert_eq!((&attempt["statusCode"], &attempt["error"], &attempt["response"]), (&json!(200), &Value::Null, &json!("thanks")));
        assert_eq!(node(&admin, "WebhookEndpoint", ENDPOINT, &hook.id).await["lag"], 0);
        assert_eq!(pump(&app, app.now()).await, 0, "it is sent once");
    }

    async fn given_endpoints_when_something_happens_then_each_is_told_what_it_asked_for_and_may_know(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let asked = [
            (json!({}), vec!["case.opened", "case.resolved"]),
            (json!({ "clearance": "PRIVATE" }), vec!["case.opened", "case.updated", "case.resolved"]),
            (json!({ "types": ["CASE_RESOLVED"] }), vec!["case.resolved"]),
            (json!({ "scopes": ["cases:read", "cases:notes"], "clearance": "PRIVATE", "types": ["CASE_NOTED"] }), vec!["case.noted"]),
            (json!({ "scopes": ["members:read"] }), vec!["member.created"]),
            (json!({ "scopes": ["members:data"] }), vec![]),
        ];
        let mut endpoints = Vec::new();
        for (more, expected) in asked {
            let receiver = Receiver::start().await;
            hook(&admin, &receiver.url, more).await;
            endpoints.push((receiver, expected));
        }
        let (public, private) = (Visibility::Public, Visibility::Private);
        let told = [
            (EventType::CaseOpened, 1, public),
            (EventType::CaseUpdated, 2, private),
            (EventType::CaseNoted, 3, public),
            (EventType::MemberCreated, 4, public),
            (EventType::CaseResolved, 5, public),
        ];
        happen(&app, &access, &told).await;
        pump(&app, app.now()).await;
        for (place, (receiver, expected)) in endpoints.iter().enumerate() {
            let mut found = types(&receiver.take());
            found.sort_unstable();
            let mut expected: Vec<_> = expected.clone();
            expected.sort_unstable();
            assert_eq!(found, expected, "endpoint {place}");
        }
    }

    async fn given_deliveries_when_somebody_with_less_clearance_looks_then_what_is_private_is_not_there(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let receiver = Receiver::start().await;
        let hook = hook(&admin, &receiver.url, json!({ "clearance": "PRIVATE" })).await;
        happen(&app, &access, &[(EventType::CaseOpened, 1, Visibility::Public), (EventType::CaseOpened, 2, Visibility::Private)]).await;
        pump(&app, app.now()).await;
        let all = deliveries(&admin, &hook.id, &Value::Null).await;
        assert_eq!(all.len(), 2);
        let other = app.staff(&access, Role::Admin, Visibility::Public).await;
        let seen = deliveries(&other, &hook.id, &Value::Null).await;
        assert_eq!(each(&seen, "id"), [all[0]["id"].as_str().unwrap()]);
        let hidden = other.send("query($id: ID!) { node(id: $id) { id } }", json!({ "id": all[1]["id"] })).await;
        assert_eq!(hidden.code(), "NOT_FOUND");
    }

    async fn given_the_background_work_when_something_happens_then_it_is_sent_by_itself(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let loops = [tokio::spawn(dispatch::run(app.app.clone())), tokio::spawn(deliver::run(app.app.clone()))];
        scene.happen(&[1]).await;
        scene.receiver.until(1).await;
        scene.happen(&[1, 2]).await;
        scene.receiver.until(3).await;
        app.app.stopping.begin();
        for work in loops {
            tokio::time::timeout(Duration::from_secs(20), work).await.expect("it ends").unwrap();
        }
        assert_eq!(each(&scene.deliveries().await, "status"), ["DELIVERED"; 3]);
    }

    async fn given_large_events_when_they_are_dispatched_then_nothing_is_missing_or_doubled(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let (ctx, community, large) = (&app.app.system("test"), scene.access.community_id(), &json!({ "text": "x".repeat(200_000) }));
        let written = app.app.db.write(|tx: Tx| async move {
            let events = (1..=45).map(|case| NewEvent::public(EventType::CaseUpdated, case, large.clone()));
            events::append(&tx, ctx, community, events.collect()).await
        });
        written.await.unwrap();
        assert_eq!(dispatch::run_once(&app.app, app.now()).await.unwrap(), 45);
        assert_eq!(dispatch::run_once(&app.app, app.now()).await.unwrap(), 0);
        assert_eq!(scene.endpoint().await["lag"], 0);
    }

    async fn given_more_than_a_batch_when_it_is_dispatched_then_nothing_is_missing_or_doubled(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        for batch in 0..3_i64 {
            let cases: Vec<i64> = (0..200).map(|number| 1 + batch * 200 + number).collect();
            scene.happen(&cases).await;
        }
        assert_eq!(dispatch::run_once(&app.app, app.now()).await.unwrap(), 600);
        assert_eq!(dispatch::run_once(&app.app, app.now()).await.unwrap(), 0);
        assert_eq!(scene.endpoint().await["lag"], 0);
        assert_eq!(deliver::run_once(&app.app, app.now()).await.unwrap(), 600);
        let mut ids: Vec<String> = scene.receiver.take().iter().map(|received| received.id().to_owned()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 600);
    }
}
