//! What is about one object is told in order; what is about others does not wait for it.

use serde_json::json;

use super::receiver::{Received, status};
use super::{HOUR, SECOND, Scene, each, only};
use crate::on_both_engines;
use crate::support::TestApp;

/// What came in about each object, in the order in which it came.
fn by_subject(received: &[Received]) -> Vec<(String, Vec<i64>)> {
    let mut found: Vec<(String, Vec<i64>)> = Vec::new();
    for one in received {
        let subject = one.json()["subject"]["id"].as_str().unwrap().to_owned();
        let seq = one.id().split('_').nth(2).unwrap().parse().unwrap();
        match found.iter_mut().find(|(known, _)| *known == subject) {
            Some((_, seqs)) => seqs.push(seq),
            None => found.push((subject, vec![seq])),
        }
    }
    found
}

on_both_engines! {
    async fn given_a_webhook_that_fails_when_more_happens_to_the_same_object_then_that_waits_and_others_do_not(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let first = std::sync::Mutex::new(None::<String>);
        // Whatever is about the object of the first webhook fails.
        scene.receiver.answer(move |received| {
            let subject = received.json()["subject"]["id"].as_str().unwrap().to_owned();
            let mut first = first.lock().unwrap();
            let failing = first.get_or_insert_with(|| subject.clone());
            status(if *failing == subject { 500 } else { 200 })
        });
        scene.happen(&[1]).await;
        let at = app.now();
        assert_eq!(scene.pump(at).await, 1);
        scene.happen(&[1, 2, 1, 2, 3]).await;
        assert_eq!(scene.pump(at).await, 3, "two and three are not held up by one");
        assert_eq!(each(&scene.deliveries().await, "status"), ["PENDING", "PENDING", "DELIVERED", "PENDING", "DELIVERED", "DELIVERED"]);
        for (_, seqs) in by_subject(&scene.receiver.take()) {
            assert!(seqs.is_sorted(), "{seqs:?}");
        }

        scene.receiver.answer(|_received| status(200));
        assert_eq!(scene.pump(at.plus_micros(2 * SECOND)).await, 0, "the first is not due, so nothing after it is");
        assert_eq!(scene.pump(at.plus_micros(HOUR)).await, 3);
        let (_, seqs) = only(by_subject(&scene.receiver.take()));
        assert_eq!(seqs.len(), 3);
        assert!(seqs.is_sorted(), "{seqs:?}");
    }

    async fn given_many_webhooks_when_they_are_sent_at_once_then_each_object_has_its_order(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        for _round in 0..8 {
            scene.happen(&[1, 2, 3, 4, 5]).await;
        }
        assert_eq!(scene.pump(app.now()).await, 40);
        let found = by_subject(&scene.receiver.take());
        assert_eq!(found.len(), 5);
        for (subject, seqs) in found {
            assert_eq!(seqs.len(), 8, "{subject}");
            assert!(seqs.is_sorted(), "{subject}: {seqs:?}");
        }
    }

    async fn given_a_paused_endpoint_when_it_is_resumed_then_it_goes_on_where_it_was(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        scene.happen(&[1]).await;
        assert_eq!(scene.pump(app.now()).await, 1);
        let paused = scene.act("pauseWebhookEndpoint", "webhookEndpoint { status pausedReason }", json!({ "reason": "Moving house" })).await;
        assert_eq!(paused["webhookEndpoint"], json!({ "status": "PAUSED", "pausedReason": "Moving house" }));
        let again = scene.act("pauseWebhookEndpoint", "webhookEndpoint { pausedReason }", json!({})).await;
        assert_eq!(again["webhookEndpoint"]["pausedReason"], "Moving house", "it is paused already");
        scene.happen(&[1, 2]).await;
        assert_eq!(scene.pump(app.now()).await, 0);
        assert_eq!(scene.endpoint().await["lag"], 3);
        scene.act("resumeWebhookEndpoint", "webhookEndpoint { status }", json!({})).await;
        assert_eq!(scene.pump(app.now()).await, 2);
        assert_eq!(scene.receiver.take().len(), 3);
        assert_eq!(scene.endpoint().await["lag"], 0);
        assert_eq!(scene.logged("webhook_endpoint.paused").await.len(), 1);
    }
}
