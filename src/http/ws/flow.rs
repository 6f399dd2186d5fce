//! What waits to be sent on one connection, and for how long.
//!
//! The channel between a connection and the HTTP layer holds 32 messages of any size. So it is counted here what was put into it and
//! not taken out yet: nothing is added to what already is a lot, there is always room for the message that ends the connection, and
//! it shows when a client has stopped to take anything.

use std::{
    cell::Cell,
    error::Error as StdError,
    future::pending,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    web::Bytes,
};
use tokio::{sync::Notify, time::Instant};

/// Nothing is added to so many messages,
const MANY: usize = 16;
/// or to so many bytes.
const MUCH: usize = 64 * 1024;

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Flow {
    messages: Cell<usize>,
    bytes: Cell<usize>,
    /// Since when something waits.
    since: Cell<Option<Instant>>,
    taken: Notify,
}

impl Flow {
    /// Waits until something more may be added.
    pub(super) async fn room(&self) {
        loop {
            let taken = self.taken.notified();
            if self.messages.get() < MANY && self.bytes.get() < MUCH {
                return;
            }
            taken.await;
        }
    }

    /// Counts a message that is added.
    pub(super) fn add(&self, bytes: usize) {
        self.messages.set(self.messages.get() + 1);
        self.bytes.set(self.bytes.get() + bytes);
        if self.since.get().is_none() {
            self.since.set(Some(Instant::now()));
        }
    }

    /// Waits until something has waited for so long. What is added meanwhile is not seen.
    pub(super) async fn is_stuck_for(&self, patience: Duration) {
        loop {
            let taken = self.taken.notified();
            let Some(since) = self.since.get() else { return pending().await };
            tokio::select! {
                () = tokio::time::sleep_until(since + patience) => return,
                () = taken => {}
            }
        }
    }

    fn take(&self) {
        self.messages.set(0);
        self.bytes.set(0);
        self.since.set(None);
        self.taken.notify_waiters();
    }
}

/// The body of a connection's answer: whenever it is asked for more, it gives out all that waits.
pub(super) struct Metered {
    body: BoxBody,
    flow: Rc<Flow>,
}

impl Metered {
    /// Counts what is taken out of a body.
    pub(super) const fn new(body: BoxBody, flow: Rc<Flow>) -> Self {
        Self { body, flow }
    }
}

impl MessageBody for Metered {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_next(context);
        if polled.is_ready() {
            this.flow.take();
        }
        polled
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        // Nobody waits for what will not be taken any more.
        self.flow.take();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn nothing_is_added_to_many_messages_or_much_text() {
        let flow = Flow::default();
        for _ in 0..MANY {
            assert!(flow.room().now_or_never().is_some());
            flow.add(1);
        }
        assert!(flow.room().now_or_never().is_none());
        flow.take();
        assert!(flow.room().now_or_never().is_some());
        flow.add(MUCH);
        assert!(flow.room().now_or_never().is_none());
    }

    #[tokio::test]
    async fn whoever_waits_for_room_is_woken_when_something_is_taken() {
        let flow = Rc::new(Flow::default());
        flow.add(MUCH);
        let mut room = std::pin::pin!(flow.room());
        assert!(room.as_mut().now_or_never().is_none());
        flow.take();
        room.await;
    }

    #[tokio::test]
    async fn it_shows_when_nothing_is_taken() {
        let (flow, short) = (Flow::default(), Duration::from_millis(5));
        let stuck = || tokio::time::timeout(short * 10, flow.is_stuck_for(short));
        assert!(stuck().await.is_err(), "nothing waits");
        flow.add(1);
        assert!(stuck().await.is_ok());
        flow.take();
        assert!(stuck().await.is_err());
    }
}
