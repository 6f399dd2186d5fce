//! A client that does not read: it is told and closed, and nobody else notices.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{CHANGES, Events, Heard, PATIENCE, Socket, add_members, all_after, beginning, end};
use crate::on_both_engines;
use crate::support::TestApp;

/// So many changes, each told in some kilobytes, fill whatever lies between the two.
const MANY: usize = 1_000;

/// A subscription of which each event is large.
fn much() -> String {
    let fields: Vec<String> = (0..300).map(|number| format!("c{number}: cursor")).collect();
    format!(
        "subscription($after: String) {{ changes(community: \"home\", after: $after) {{ {} }} }}",
        fields.join(" ")
    )
}

fn many() -> impl Iterator<Item = String> {
    (0..MANY).map(|number| format!("m-{number}"))
}

on_both_engines! {
    async fn given_a_client_that_does_not_read_when_much_waits_for_it_then_it_is_closed_and_others_get_everything(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| settings.slow_client_seconds = 1).await;
        let admin = app.admin(&app.community("home").await).await;
        let start = end(&admin, "home").await;
        let (mut slow, mut other) = (Socket::open(&admin).await, Socket::open(&admin).await);
        slow.begin("1", &much(), json!({ "after": start })).await;
        other.follow("1", "home", Some(&start)).await;
        add_members(&admin, "home", many()).await;

        // Longer than the patience with it, and shorter than what it gets to read its goodbye.
        tokio::time::sleep(Duration::from_secs(4)).await;
        let mut received = 0;
        let closed = loop {
            match slow.hear().await {
                Heard::Message(_) => received += 1,
                Heard::Closed(code, reason) => break (code, reason),
            }
        };
        assert_eq!(closed, (1013, "slow consumer, resume from your last cursor".to_owned()), "after {received} messages");
        assert!(received < MANY, "it was closed before everything was sent");

        add_members(&admin, "home", ["last".to_owned()]).await;
        let all = all_after(&admin, "home", &start).await;
        assert_eq!(other.cursors(all.len()).await, all);
    }

    async fn given_a_stream_that_is_not_read_when_it_is_given_up_then_its_seat_is_free(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| {
            settings.slow_client_seconds = 1;
            settings.max_subscribers = 1;
        })
        .await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        let unread = Events::ask(&admin, &much(), json!({ "after": beginning(&home) })).await;
        assert_eq!(unread.status(), 200);
        assert_eq!(Events::ask(&admin, CHANGES, json!({ "slug": "home" })).await.status(), 503);
        add_members(&admin, "home", many()).await;
        let started = Instant::now();
        while Events::ask(&admin, CHANGES, json!({ "slug": "home" })).await.status() != 200 {
            assert!(started.elapsed() < PATIENCE * 3, "the seat is not given back");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        drop(unread);
    }
}
