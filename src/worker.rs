//! Background work: what goes on without anybody asking for it, inside `serve` or apart as `rapport worker`.
//!
//! Every process may run all of it at the same time. What is to be done is claimed in the database, with rows locked and skipped or
//! with a lease, so that no two processes do the same thing, and what a killed process had claimed comes back. Not here: what the
//! loops do, and when.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::events;
use crate::features::{cases, influence, jobs, webhooks};

/// How long a loop that broke rests before it begins again.
const AFTER_FAULT: Duration = Duration::from_secs(1);

/// Whether the process is about to stop: loops take nothing new up then, and end.
#[derive(Clone, Debug)]
pub struct Stopping(Arc<watch::Sender<bool>>);

impl Default for Stopping {
    fn default() -> Self {
        Self(Arc::new(watch::channel(false).0))
    }
}

impl Stopping {
    /// From now on nothing new is taken up.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Whether nothing new is to be taken up.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the process is about to stop.
    pub async fn begun(&self) {
        let mut told = self.0.subscribe();
        // The sender is this handle's own: it is not gone before the wait is over.
        let _is_told = told.wait_for(|has_begun| *has_begun).await.is_ok();
    }

    /// Waits for so long, less when the process is about to stop. Whether to go on.
    pub async fn rest(&self, time: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(time) => !self.has_begun(),
            () = self.begun() => false,
        }
    }
}

/// The loops that were started.
#[derive(Debug)]
pub struct Worker {
    stopping: Stopping,
    loops: Vec<(&'static str, JoinHandle<()>)>,
}

/// Starts all background work of an installation.
pub fn spawn(app: &App) -> Worker {
    let loops = vec![
        tend(app, "announcer", cases::announce::run),
        tend(app, "jobs", jobs::runner::run),
        tend(app, "scores", influence::telling::run),
        tend(app, "webhooks: dispatch", webhooks::dispatch::run),
        tend(app, "webhooks: deliveries", webhooks::deliver::run),
        tend(app, "retention", events::retention::run),
    ];
    Worker {
        stopping: app.stopping.clone(),
        loops,
    }
}

/// Runs a loop. A fault of ours in one pass must not end it for as long as the process lives.
fn tend<W>(app: &App, name: &'static str, run: impl Fn(App) -> W + Send + Sync + 'static) -> (&'static str, JoinHandle<()>)
where
    W: Future<Output = ()> + Send + 'static,
{
    let app = app.clone();
    let tended = async move {
        while AssertUnwindSafe(Box::pin(run(app.clone()))).catch_unwind().await.is_err() {
            tracing::error!(name, "background work broke off; it begins again");
            if !app.stopping.rest(AFTER_FAULT).await {
                return;
            }
        }
    };
    (name, tokio::spawn(tended))
}

impl Worker {
    /// Takes nothing new up, lets what is under way finish, and breaks off what has not finished in time. What is broken off is not
    /// lost: its transaction is undone, and its claim comes back.
    pub async fn stop(self, grace: Duration) {
        self.stopping.begin();
        let end = tokio::time::Instant::now() + grace;
        for (name, mut work) in self.loops {
            match tokio::time::timeout_at(end, &mut work).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(name, %error, "background work had broken off"),
                Err(_out_of_time) => {
                    tracing::warn!(name, "background work did not finish in time and is broken off");
                    work.abort();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_rests_wakes_when_the_process_stops() {
        let stopping = Stopping::default();
        assert!(stopping.rest(Duration::from_millis(1)).await);
        let other = stopping.clone();
        let resting = tokio::spawn(async move { other.rest(Duration::from_secs(3_600)).await });
        stopping.begin();
        assert!(!resting.await.unwrap());
        assert!(!stopping.rest(Duration::from_secs(3_600)).await);
        stopping.begun().await;
    }

    #[tokio::test]
    async fn what_does_not_finish_in_time_is_broken_off() {
        let stopping = Stopping::default();
        let work = tokio::spawn(std::future::pending());
        let worker = Worker {
            stopping: stopping.clone(),
            loops: vec![("endless", work)],
        };
        worker.stop(Duration::from_millis(10)).await;
        assert!(stopping.has_begun());
    }
}
