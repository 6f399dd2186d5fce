//! A server that stops sends away those who follow, and does not wait for them.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::oneshot;

use super::{CHANGES, PATIENCE, PROTOCOL, Socket, add_members, end};
use crate::on_both_engines;
use crate::support::TestApp;

on_both_engines! {
    async fn given_those_who_follow_when_the_server_stops_then_they_are_told_and_it_ends_soon(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| settings.shutdown_grace_seconds = 60).await;
        let admin = app.admin(&app.community("home").await).await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(rapport::http::serve(app.app.clone(), listener, async {
            let _ = stopped.await;
        }));
        let start = end(&admin, "home").await;
        let mut socket = Socket::dial_to(&base, &[PROTOCOL]).await.unwrap();
        socket.init(admin.token.as_deref()).await;
        assert_eq!(socket.hear().await.message(), json!({ "type": "connection_ack" }));
        socket.follow("1", "home", Some(&start)).await;
        let body = json!({ "query": CHANGES, "variables": { "slug": "home", "after": start } }).to_string();
        let request = app.http.post(format!("{base}/graphql")).header("content-type", "application/json").body(body);
        let request = request.header("accept", "text/event-stream").bearer_auth(admin.token.as_deref().unwrap());
        let mut stream = request.send().await.unwrap();
        add_members(&admin, "home", ["ada".to_owned()]).await;
        assert_eq!(socket.cursors(1).await.len(), 1);
        let mut text = String::new();
        while !text.contains("member.created") {
            let chunk = tokio::time::timeout(PATIENCE, stream.chunk()).await.unwrap().unwrap();
            text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }

        let begun = Instant::now();
        stop.send(()).unwrap();

        assert_eq!(socket.hear().await.closed(), (1001, "the server is stopping, resume from your last cursor".to_owned()));
        while let Some(chunk) = tokio::time::timeout(PATIENCE, stream.chunk()).await.unwrap().unwrap() {
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        assert!(text.contains("the server is stopping"), "{text}");
        assert!(text.ends_with("event: complete\ndata:\n\n"), "{text}");
        drop(socket);
        tokio::time::timeout(PATIENCE, ended).await.expect("the server has ended").unwrap().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(20), "nobody waits for those who follow");
    }
}
