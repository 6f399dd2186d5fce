//! How the operating system asks the process to stop.

use std::io;

/// Resolves when the process is asked to stop, by SIGTERM or SIGINT (Ctrl+C). Being asked a second
/// time ends the process at once: whoever asks twice does not want to wait for stragglers. It listens from the call on, not only
/// once it is awaited.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send {
    let requests = StopRequests::listen();
    async move {
        let Ok(mut requests) = requests else {
            tracing::error!("cannot listen for signals; only SIGKILL will stop this process");
            return std::future::pending().await;
        };
        requests.next().await;
        tokio::spawn(async move {
            requests.next().await;
            tracing::warn!("asked to stop a second time: stopping at once");
            std::process::exit(1);
        });
    }
}

/// Both signals, listened to from the beginning so that none is missed between the two.
#[cfg(unix)]
struct StopRequests {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopRequests {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Other systems know only Ctrl+C.
#[cfg(not(unix))]
struct StopRequests;

#[cfg(not(unix))]
impl StopRequests {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
