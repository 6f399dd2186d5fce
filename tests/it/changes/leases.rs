//! A lease is with one process at a time, and free again when its time is over.

use rapport::db::Tx;
use rapport::leases::{hold, holds, release};

use crate::on_both_engines;
use crate::support::TestApp;

const SECOND: i64 = 1_000_000;

on_both_engines! {
    async fn given_a_lease_when_another_process_wants_it_then_it_waits_for_the_end(engine: Engine) {
        let app = TestApp::start(engine).await;
        let db = &app.app.db;
        let now = app.now();
        let later = |seconds: i64| now.plus_micros(seconds * SECOND);
        assert!(hold(db, "work", "a", now, 10 * SECOND).await.unwrap());
        assert!(!hold(db, "work", "b", later(9), 10 * SECOND).await.unwrap());
        assert!(hold(db, "work", "a", later(9), 10 * SECOND).await.unwrap(), "it is renewed");
        assert!(!hold(db, "work", "b", later(18), 10 * SECOND).await.unwrap());
        assert!(hold(db, "other", "b", now, 10 * SECOND).await.unwrap(), "another lease is another matter");

        let is_with = |holder: &'static str, at| db.write(move |tx: Tx| async move { holds(&tx, "work", holder, at).await });
        assert!(is_with("a", later(18)).await.unwrap());
        assert!(!is_with("b", later(18)).await.unwrap());
        assert!(!is_with("a", later(19)).await.unwrap(), "its time is over");
        assert!(hold(db, "work", "b", later(19), 10 * SECOND).await.unwrap());
        assert!(!is_with("a", later(20)).await.unwrap());

        release(db, "work", "a").await.unwrap();
        assert!(is_with("b", later(20)).await.unwrap(), "nobody gives up what another has");
        release(db, "work", "b").await.unwrap();
        assert!(hold(db, "work", "a", later(20), SECOND).await.unwrap());
    }

    async fn given_many_processes_when_they_want_a_free_lease_at_once_then_one_gets_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (db, now) = (&app.app.db, app.now());
        let names: Vec<String> = (0..8).map(|n| format!("process-{n}")).collect();
        let wants = names.iter().map(|name| hold(db, "work", name, now, SECOND));
        let got = futures_util::future::join_all(wants).await;
        assert_eq!(got.into_iter().filter(|held| *held.as_ref().unwrap()).count(), 1);
    }
}
