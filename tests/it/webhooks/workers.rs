//! Several processes, and processes that are killed.

use std::collections::HashMap;
use std::time::Duration;

use rapport::features::webhooks::{deliver, dispatch};
use serde_json::json;

use super::receiver::{Reply, status};
use super::{SECOND, Scene, each, only};
use crate::on_both_engines;
use crate::support::TestApp;

on_both_engines! {
    async fn given_two_processes_when_both_work_at_once_then_nothing_is_sent_twice_and_nothing_is_missing(engine: Engine) {
        let app = TestApp::start(engine).await;
        let other = app.beside().await;
        let scene = Scene::set(&app).await;
        let Reply::After(_, taken) = status(200) else { panic!("it is an answer") };
        scene.receiver.answer(move |_received| Reply::After(Duration::from_millis(3), taken.clone()));
        for _round in 0..5 {
            scene.happen(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]).await;
        }
        let now = app.now();
        let (mut made, mut sent) = (0, 0);
        for _pass in 0..100 {
            let (one, two) = tokio::join!(dispatch::run_once(&app.app, now), dispatch::run_once(&other.app, now));
            made += one.unwrap() + two.unwrap();
            let (one, two) = tokio::join!(deliver::run_once(&app.app, now), deliver::run_once(&other.app, now));
            sent += one.unwrap() + two.unwrap();
            if sent >= 60 {
                break;
            }
        }
        assert_eq!((made, sent), (60, 60));
        assert_eq!(deliver::run_once(&app.app, now).await.unwrap() + deliver::run_once(&other.app, now).await.unwrap(), 0);
        assert_eq!(scene.receiver.overlaps(), 0);
        let mut orders: HashMap<String, Vec<i64>> = HashMap::new();
        for one in scene.receiver.take() {
            let seq = one.id().split('_').nth(2).unwrap().parse().unwrap();
            orders.entry(one.json()["subject"]["id"].to_string()).or_default().push(seq);
        }
        assert_eq!(orders.len(), 12);
        for (subject, seqs) in orders {
            assert!(seqs.len() == 5 && seqs.is_sorted_by(|earlier, later| earlier < later), "{subject}: {seqs:?}");
        }
    }

    async fn given_a_process_that_is_killed_while_it_sends_when_its_claim_lapses_then_another_sends_it_under_the_same_id(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        scene.receiver.answer(|_received| Reply::Never(Duration::from_secs(30)));
        scene.happen(&[1, 1]).await;
        let now = app.now();
        dispatch::run_once(&app.app, now).await.unwrap();
        let killed = app.app.clone();
        let work = tokio::spawn(async move { deliver::run_once(&killed, now).await });
        scene.receiver.until(1).await;
        work.abort();
        assert!(work.await.unwrap_err().is_cancelled());
        let begun = only(scene.receiver.take());

        scene.receiver.answer(|_received| status(200));
        let other = app.beside().await;
        assert_eq!(deliver::run_once(&other.app, now.plus_micros(20 * SECOND)).await.unwrap(), 0, "somebody may be at it");
        assert_eq!(deliver::run_once(&other.app, now.plus_micros(180 * SECOND)).await.unwrap(), 2);
        let received = scene.receiver.take();
        assert_eq!((received.len(), received[0].id()), (2, begun.id()));
        assert_eq!(each(&scene.deliveries().await, "status"), ["DELIVERED"; 2]);
    }

    async fn given_an_endpoint_that_is_paused_while_something_is_sent_when_that_is_answered_then_it_counts(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let Reply::After(_, taken) = status(200) else { panic!("it is an answer") };
        scene.receiver.answer(move |_received| Reply::After(Duration::from_millis(700), taken.clone()));
        scene.happen(&[1, 1]).await;
        let now = app.now();
        dispatch::run_once(&app.app, now).await.unwrap();
        let sending = app.app.clone();
        let work = tokio::spawn(async move { deliver::run_once(&sending, now).await });
        scene.receiver.until(1).await;
        scene.act("pauseWebhookEndpoint", "webhookEndpoint { status }", json!({})).await;
        assert_eq!(work.await.unwrap().unwrap(), 1, "the second is not begun");
        assert_eq!(each(&scene.deliveries().await, "status"), ["DELIVERED", "PENDING"]);
    }
}
