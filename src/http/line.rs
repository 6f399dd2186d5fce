//! The line under a connection, to hang up on somebody who takes nothing any more.
//!
//! What is to be sent waits for the one it is for, and so does the end of it: without a way to the socket, a client that stops
//! reading would keep its connection, and what waits in it, for as long as it likes.

use std::{
    any::Any,
    net::{Shutdown, TcpStream},
    sync::{Arc, Weak},
    time::Duration,
};

use actix_web::{HttpRequest, dev::Extensions};
use tokio::time::Instant;

/// How often it is looked whether a line is down.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A second handle of the socket, kept with the connection and gone with it.
struct Held(Arc<TcpStream>);

/// Keeps the line of a new connection where its requests find it.
pub(super) fn hold(io: &dyn Any, data: &mut Extensions) {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        let socket = io.downcast_ref::<actix_web::rt::net::TcpStream>();
        // Without it the connection works as well; only hanging up does not.
        if let Some(handle) = socket.and_then(|socket| socket.as_fd().try_clone_to_owned().ok()) {
            data.insert(Held(Arc::new(handle.into())));
        }
    }
    #[cfg(not(unix))]
    let _not_needed = (io, data);
}

/// The line of a request, as long as it is up.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Weak<TcpStream>);

impl Line {
    /// The line that a request came on.
    pub(super) fn of(request: &HttpRequest) -> Self {
        Self(request.conn_data::<Held>().map_or_else(Weak::new, |held| Arc::downgrade(&held.0)))
    }

    /// Waits for the connection to end, and hangs up when it has not ended in time.
    pub(super) async fn down_within(&self, time: Duration) {
        let end = Instant::now() + time;
        while self.0.strong_count() > 0 && Instant::now() < end {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        if let Some(socket) = self.0.upgrade() {
            let _was_down = socket.shutdown(Shutdown::Both).is_err();
        }
    }
}
