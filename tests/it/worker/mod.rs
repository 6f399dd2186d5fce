//! `rapport worker`, and servers without background work, as processes of their own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rapport::events::log;
use serde_json::json;

use crate::ingest::calls::{did, eventually, program};
use crate::on_both_engines;
use crate::support::TestApp;

/// How long anything may take that is only a matter of getting round to it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that serves or works, until it is told to stop.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(app: &TestApp, folder: &Path, arguments: &[&str]) -> Self {
        let mut command = program(folder, app.database_url());
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || log.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// Waits until the log says something; the line.
    fn until(&self, words: &str) -> String {
        let started = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(started.elapsed());
            let line = self
                .lines
                .recv_timeout(left)
                .unwrap_or_else(|_| panic!("the log never says {words}"));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Asks it to stop, and waits for its end.
    fn stop(mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < PATIENCE, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, unless the test failed.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

on_both_engines! {
    async fn given_a_worker_when_something_happens_then_it_works_and_ends_well_when_it_is_told_to_stop(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let folder = tempfile::tempdir().unwrap();
        let worker = Running::start(&app, folder.path(), &["worker"]);
        worker.until("working");
        let at = app.days_ago(1.0);
        admin.record("tea", vec![did("KUDOS", "k-1", "giver", "ada", &at)]).await;
        // This process does no background work: who tells of scores is the other one.
        let told = eventually(PATIENCE, async || {
            let entries = log::read_all(app.app.db.read(), access.community_id(), 0, 1_000).await.unwrap();
            entries.into_iter().find(|entry| entry.event_type == "score.changed")
        });
        let (entry, _) = told.await.expect("it is told");
        assert_eq!(entry.payload["rank"], json!(1));
        assert_eq!(worker.stop().code(), Some(0));
    }

    async fn given_a_server_without_a_worker_when_it_is_told_to_stop_then_it_ends_well(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.community("tea").await;
        let folder = tempfile::tempdir().unwrap();
        let server = Running::start(&app, folder.path(), &["serve", "--no-worker", "--bind", "127.0.0.1:0"]);
        let line = server.until("serving");
        assert!(line.contains("false"), "{line}");
        assert_eq!(server.stop().code(), Some(0));
    }
}
