//! Receivers that fail, stall, redirect and lie.

use std::time::Duration;

use entity::Visibility;
use rapport::events::EventType;
use rapport::graphql::global_id::{GlobalId, NodeType};
use serde_json::{Value, json};

use super::receiver::{Received, Receiver, Reply, status, with_headers};
use super::{HOUR, SECOND, Scene, each, happen, only};
use crate::on_both_engines;
use crate::support::TestApp;

/// What was wrong with the last attempt of a delivery.
fn last_attempt(delivery: &Value) -> Value {
    delivery["attempts"].as_array().unwrap().last().unwrap().clone()
}

on_both_engines! {
    async fn given_a_receiver_that_fails_when_time_passes_then_it_is_tried_again_ever_more_rarely_for_a_day(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        scene.receiver.answer(|_received| with_headers(500, "", "sorry"));
        scene.happen(&[1]).await;
        let mut at = app.now();
        assert_eq!(scene.pump(at).await, 1);
        let failed = only(scene.deliveries().await);
        let attempt = last_attempt(&failed);
        assert_eq!((&failed["status"], &attempt["statusCode"], &attempt["error"]), (&json!("PENDING"), &json!(500), &json!("STATUS")));
        assert_eq!((&attempt["message"], &attempt["response"]), (&json!("answered 500"), &json!("sorry")));
        assert_eq!(scene.pump(at.plus_micros(3 * SECOND)).await, 0, "not yet");
        at = at.plus_micros(7 * SECOND);
        assert_eq!(scene.pump(at).await, 1);
        assert_eq!(scene.pump(at.plus_micros(20 * SECOND)).await, 0, "not yet");
        at = at.plus_micros(40 * SECOND);
        assert_eq!(scene.pump(at).await, 1);
        scene.receiver.answer(|_received| status(200));
        at = at.plus_micros(180 * SECOND);
        assert_eq!(scene.pump(at).await, 1);
        assert_eq!(scene.pump(at.plus_micros(48 * HOUR)).await, 0, "it was taken");

        let received = scene.receiver.take();
        assert_eq!(received.len(), 4);
        assert!(received.iter().all(|one| one.id() == received[0].id() && one.body == received[0].body), "the same, under the same id");
        let times: Vec<&str> = received.iter().map(|one| one.header("webhook-timestamp")).collect();
        assert!(times.windows(2).all(|two| two[0] < two[1]), "each attempt has its own time: {times:?}");
        assert!(received.iter().all(|one| one.is_signed_with(&scene.hook.secret)));
        let delivery = only(scene.deliveries().await);
        assert_eq!((&delivery["status"], delivery["attempts"].as_array().unwrap().len()), (&json!("DELIVERED"), 4));
    }

    async fn given_a_receiver_that_fails_for_a_day_when_the_last_try_fails_then_its_endpoint_is_paused_and_nothing_is_lost(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        scene.receiver.answer(|_received| status(503));
        scene.happen(&[1, 1, 1]).await;
        let mut at = app.now();
        assert_eq!(scene.pump(at).await, 1);
        for retry in 1..=10 {
            assert_eq!(scene.endpoint().await["status"], "ACTIVE", "retry {retry}");
            at = at.plus_micros(13 * HOUR);
            assert_eq!(scene.pump(at).await, 1, "retry {retry}");
        }
        let endpoint = scene.endpoint().await;
        assert_eq!(endpoint["status"], "PAUSED");
        let reason = endpoint["pausedReason"].as_str().unwrap();
        assert!(reason.contains("11 attempts") && reason.contains("503"), "{reason}");
        let told = scene.logged("webhook_endpoint.paused").await;
        assert_eq!((told.len(), told[0]["reason"].as_str()), (1, Some(reason)), "whoever follows the log is told");
        assert_eq!(each(&scene.deliveries().await, "status"), ["FAILED", "PENDING", "PENDING"]);

        scene.happen(&[1, 2]).await;
        at = at.plus_micros(HOUR);
        assert_eq!(scene.pump(at).await, 0, "it is paused");
        assert_eq!(scene.endpoint().await["lag"], 3, "the pause and what happened since");
        scene.receiver.answer(|_received| status(200));
        scene.receiver.take();
        let resumed = scene.act("resumeWebhookEndpoint", "webhookEndpoint { status pausedAt pausedReason }", json!({})).await;
        assert_eq!(resumed["webhookEndpoint"], json!({ "status": "ACTIVE", "pausedAt": null, "pausedReason": null }));
        assert_eq!(scene.pump(at).await, 5);
        let deliveries = scene.deliveries().await;
        assert_eq!(each(&deliveries, "status"), ["DELIVERED"; 5]);
        let received = scene.receiver.take();
        let of_first: Vec<&str> = received.iter().map(Received::id).filter(|id| *id != deliveries[4]["messageId"]).collect();
        assert_eq!(of_first, each(&deliveries[..4], "messageId"), "in order");
        assert_eq!(scene.logged("webhook_endpoint.resumed").await.len(), 1);
    }

    async fn given_a_paused_endpoint_when_it_is_resumed_past_what_failed_then_that_is_not_sent(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        scene.receiver.answer(|_received| status(410));
        scene.happen(&[1, 1]).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        scene.receiver.answer(|_received| status(200));
        scene.receiver.take();
        scene.act("resumeWebhookEndpoint", "webhookEndpoint { status }", json!({ "skipFailed": true })).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        assert_eq!(each(&scene.deliveries().await, "status"), ["CANCELLED", "DELIVERED"]);
    }

    async fn given_a_receiver_that_is_gone_when_it_says_so_then_its_endpoint_is_paused_at_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        scene.receiver.answer(|_received| status(410));
        scene.happen(&[1]).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        let endpoint = scene.endpoint().await;
        assert_eq!(endpoint["status"], "PAUSED");
        assert!(endpoint["pausedReason"].as_str().unwrap().contains("410"), "{endpoint}");
        assert_eq!(scene.logged("webhook_endpoint.paused").await.len(), 1);
    }

    async fn given_a_busy_receiver_when_it_asks_for_patience_then_it_gets_it_for_an_hour_at_most(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let first = GlobalId::text(NodeType::Case, scene.access.community_id(), 1);
        scene.receiver.answer(move |received| {
            if received.json()["subject"]["id"] == first.as_str() {
                with_headers(429, "retry-after: 600\r\n", "")
            } else {
                with_headers(503, "retry-after: 86400\r\n", "")
            }
        });
        scene.happen(&[1, 2]).await;
        let at = app.now();
        assert_eq!(scene.pump(at).await, 2);
        assert_eq!(scene.pump(at.plus_micros(590 * SECOND)).await, 0);
        assert_eq!(scene.pump(at.plus_micros(605 * SECOND)).await, 1);
        assert_eq!(scene.pump(at.plus_micros(3_590 * SECOND)).await, 1, "the first again");
        assert_eq!(scene.pump(at.plus_micros(3_605 * SECOND)).await, 1, "an hour, not a day");
    }

    async fn given_a_receiver_that_stalls_when_the_time_is_over_then_it_is_tried_again_later(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| settings.webhook_timeout_seconds = 1).await;
        let scene = Scene::set(&app).await;
        scene.receiver.answer(|_received| Reply::Never(Duration::from_secs(30)));
        scene.happen(&[1]).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        let delivery = only(scene.deliveries().await);
        let attempt = last_attempt(&delivery);
        assert_eq!((&delivery["status"], &attempt["error"]), (&json!("PENDING"), &json!("TIMEOUT")));
        assert_eq!((&attempt["statusCode"], &attempt["message"]), (&Value::Null, &json!("no answer within 1 s")));
        assert!((1_000..20_000).contains(&attempt["durationMs"].as_i64().unwrap()), "{attempt}");
    }

    async fn given_a_receiver_that_points_elsewhere_when_it_answers_then_nobody_goes_there(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let elsewhere = Receiver::start().await;
        let location = format!("location: {}\r\n", elsewhere.url);
        // At one instant: what failed is not due again.
        let at = app.now();
        for code in [301, 302, 303, 307, 308] {
            let location = location.clone();
            scene.receiver.answer(move |_received| with_headers(code, &location, ""));
            scene.happen(&[i64::from(code)]).await;
            assert_eq!(scene.pump(at).await, 1, "{code}");
            let delivery = scene.deliveries().await.pop().unwrap();
            let attempt = last_attempt(&delivery);
            assert_eq!((&delivery["status"], &attempt["error"]), (&json!("PENDING"), &json!("REDIRECT")), "{code}");
            assert_eq!(attempt["statusCode"], code);
            assert!(attempt["message"].as_str().unwrap().contains("redirects are not followed"), "{attempt}");
        }
        assert!(elsewhere.take().is_empty());
    }

    async fn given_a_receiver_that_lies_when_it_answers_then_only_what_it_says_first_counts(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let flood = with_headers(200, "", &"x".repeat(4 * 1024 * 1024));
        let raw = |text: &[u8]| Reply::After(Duration::ZERO, text.to_vec());
        let short = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nshort");
        let nul = raw(b"HTTP/1.1 500 Oh\r\ncontent-length: 3\r\nconnection: close\r\n\r\na\0\xff");
        let garbage = raw(b"\x16\x03\x01 this is no HTTP at all\r\n\r\n");
        let nothing = raw(b"");
        let at = app.now();
        for (case, reply, expected, error, response) in [
            (1, flood, "DELIVERED", Value::Null, json!("x".repeat(1_024))),
            (2, short, "DELIVERED", Value::Null, json!("short")),
            (3, nul, "PENDING", json!("STATUS"), json!("a\u{fffd}\u{fffd}")),
            (4, garbage, "PENDING", json!("PROTOCOL"), Value::Null),
            (5, nothing, "PENDING", json!("PROTOCOL"), Value::Null),
        ] {
            scene.receiver.answer(move |_received| reply.clone());
            scene.happen(&[case]).await;
            assert_eq!(scene.pump(at).await, 1, "{case}");
            let delivery = scene.deliveries().await.pop().unwrap();
            let attempt = last_attempt(&delivery);
            assert_eq!((&delivery["status"], &attempt["error"], &attempt["response"]), (&json!(expected), &error, &response), "{case} {attempt}");
        }
    }

    async fn given_nobody_who_listens_when_something_is_sent_then_that_is_said(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let gone = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            format!("http://{}/?token=sesame", listener.local_addr().unwrap())
        };
        scene.act("updateWebhookEndpoint", "webhookEndpoint { url }", json!({ "url": gone })).await;
        happen(&app, &scene.access, &[(EventType::CaseOpened, 1, Visibility::Public)]).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        let delivery = only(scene.deliveries().await);
        let attempt = last_attempt(&delivery);
        assert_eq!((&delivery["status"], &attempt["error"]), (&json!("PENDING"), &json!("CONNECTION")));
        assert!(!attempt.to_string().contains("sesame"), "addresses can hold secrets: {attempt}");
    }
}
