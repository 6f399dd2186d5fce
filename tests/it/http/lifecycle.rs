//! Being alive, being ready, and stopping without dropping anybody.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use reqwest::Method;
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::send;
use crate::on_both_engines;
use crate::support::TestApp;

/// How long anything may take that is only a matter of getting round to it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A second server of an app, whose end the test can see.
struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<std::io::Result<()>>,
}

impl Running {
    fn start(app: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(rapport::http::serve(app.app.clone(), listener, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop: Some(stop),
            ended,
        }
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits for the end, which must come soon.
    async fn end(self) {
        tokio::time::timeout(PATIENCE, self.ended)
            .await
            .expect("the server has ended")
            .unwrap()
            .unwrap();
    }

    fn connect(&self) -> TcpStream {
        let connection = TcpStream::connect(self.address).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        connection
    }

    /// Asks on a connection of its own; `None` when nobody takes it any more.
    fn status(&self, path: &str) -> Option<u16> {
        let mut connection = TcpStream::connect_timeout(&self.address, PATIENCE).ok()?;
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        connection
            .write_all(format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").as_bytes())
            .ok()?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).ok()?;
        answer.split(' ').nth(1)?.parse().ok()
    }

    /// Waits until a path answers with this status; `None` for no answer.
    async fn until(&self, path: &str, status: Option<u16>) {
        let started = Instant::now();
        loop {
            let seen = self.status(path);
            if seen == status {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{path}: {seen:?} instead of {status:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn request_in_two_parts() -> (String, &'static str) {
    let (head, tail) = (r#"{"query":"{__type"#, r#"name}"}"#);
    let length = head.len() + tail.len();
    let start = format!("POST /graphql HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{head}");
    (start, tail)
}

/// Reads until the end of the body of one answer, which is this JSON.
fn read_answer(connection: &mut TcpStream, body: &str) -> String {
    let (mut answer, mut chunk) = (String::new(), [0; 1024]);
    while !answer.ends_with(body) {
        let read = connection.read(&mut chunk).unwrap();
        assert!(read > 0, "cut off after {answer:?}");
        answer.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
    }
    answer
}

fn is_closed(connection: &mut TcpStream) -> bool {
    match connection.read(&mut [0; 1]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

const ANSWER: &str = r#"{"data":{"__typename":"Query"}}"#;

on_both_engines! {
    async fn given_a_running_server_when_it_is_probed_then_it_lives_and_is_ready(engine: Engine) {
        let app = TestApp::start(engine).await;
        for (path, status) in [("/healthz", "ok"), ("/readyz", "ready")] {
            let reply = send(&app, Method::GET, path, &[], "").await;
            assert_eq!((reply.status, reply.json()), (200, json!({ "status": status })));
            assert_eq!(send(&app, Method::HEAD, path, &[], "").await.status, 200, "{path}");
        }
    }

    async fn given_a_database_of_an_older_version_when_it_is_probed_then_it_lives_and_is_not_ready(engine: Engine) {
        let app = TestApp::start(engine).await;
        let forget = "DELETE FROM seaql_migrations WHERE version = (SELECT MAX(version) FROM seaql_migrations)";
        app.app.db.for_migrations().execute_unprepared(forget).await.unwrap();

        let reply = send(&app, Method::GET, "/readyz", &[], "").await;

        assert_eq!(reply.status, 503);
        assert_eq!(reply.json()["status"], "unavailable");
        assert!(reply.json()["reason"].as_str().unwrap().contains("1 migration"), "{}", reply.text());
        assert_eq!(send(&app, Method::GET, "/healthz", &[], "").await.status, 200);
    }

    async fn given_a_request_under_way_when_the_server_stops_then_readiness_fails_first_and_the_request_finishes(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| {
            settings.drain_seconds = 2;
            settings.shutdown_grace_seconds = 60;
        })
        .await;
        let mut server = Running::start(&app);
        assert_eq!(server.status("/readyz"), Some(200));
        let (start, rest) = request_in_two_parts();
        let mut under_way = server.connect();
        under_way.write_all(start.as_bytes()).unwrap();

        server.stop();

        // Not ready, and still serving whoever has not noticed yet.
        server.until("/readyz", Some(503)).await;
        assert_eq!(server.status("/healthz"), Some(200));
        assert_eq!(server.status("/graphql?query=%7B__typename%7D"), Some(200));
        // Then nobody new is let in, and who is inside may finish.
        server.until("/healthz", None).await;
        assert!(!server.ended.is_finished());
        under_way.write_all(rest.as_bytes()).unwrap();
        let answer = read_answer(&mut under_way, ANSWER);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        server.end().await;
    }

    async fn given_an_idle_connection_when_the_server_stops_then_nobody_waits_for_it(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| settings.shutdown_grace_seconds = 60).await;
        let mut server = Running::start(&app);
        let (start, rest) = request_in_two_parts();
        let mut idle = server.connect();
        idle.write_all(format!("{start}{rest}").as_bytes()).unwrap();
        read_answer(&mut idle, ANSWER);

        server.stop();

        server.end().await;
        assert!(is_closed(&mut idle));
    }

    async fn given_a_request_that_never_ends_when_the_server_stops_then_the_grace_is_the_limit(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| settings.shutdown_grace_seconds = 1).await;
        let mut server = Running::start(&app);
        let (start, _) = request_in_two_parts();
        let mut stuck = server.connect();
        stuck.write_all(start.as_bytes()).unwrap();
        assert_eq!(server.status("/healthz"), Some(200));

        server.stop();

        server.end().await;
        assert!(is_closed(&mut stuck));
    }
}
