//! Those who follow: how many there may be at once, and why they are sent away.

use std::{sync::Arc, time::Duration};

use entity::Timestamp;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::error::Code;

/// No timer runs for longer; tokens that are good for longer hardly exist.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// Whoever was sent away is given so long to take what is left for them.
pub(super) const GOODBYE: Duration = Duration::from_secs(10);

/// One of so many places is for those who did not sign in.
const UNKNOWN: usize = 10;

/// How many may follow at once in this process.
#[derive(Clone, Debug)]
pub(super) struct Subscribers {
    all: Arc<Semaphore>,
    unknown: Arc<Semaphore>,
}

impl Subscribers {
    /// At most so many.
    pub(super) fn at_most(count: usize) -> Self {
        let count = count.min(Semaphore::MAX_PERMITS);
        Self {
            all: Arc::new(Semaphore::new(count)),
            unknown: Arc::new(Semaphore::new(count.div_ceil(UNKNOWN))),
        }
    }

    /// Lets one in, for as long as the permit is kept; `None` when there are enough.
    pub(super) fn admit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).try_acquire_owned().ok()
    }

    /// Keeps one who was let in and did not sign in: those are fewer, so that they cannot take all the places.
    pub(super) fn keep_unknown(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.unknown).try_acquire_owned().ok()
    }
}

/// Why somebody who did nothing wrong is sent away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    /// Their token is not good any more.
    Expired,
    /// They take too long to read.
    Slow,
    /// The server stops.
    Stopping,
    /// There are too many.
    Full,
}

impl Farewell {
    /// For people.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Expired => "token expired",
            Self::Slow => "slow consumer, resume from your last cursor",
            Self::Stopping => "the server is stopping, resume from your last cursor",
            Self::Full => "too many subscribers, try again later",
        }
    }

    /// The close code of a WebSocket: one after which clients come again.
    pub(super) const fn close_code(self) -> u16 {
        match self {
            Self::Expired => 4403,
            Self::Slow | Self::Full => 1013,
            Self::Stopping => 1001,
        }
    }

    /// The code of an error.
    pub(super) const fn code(self) -> Code {
        match self {
            Self::Expired => Code::Unauthenticated,
            Self::Slow | Self::Stopping | Self::Full => Code::Unavailable,
        }
    }
}

/// The instant at which a token ends, by the clock that timers use.
pub(super) fn end_of(until: Option<Timestamp>, now: Timestamp) -> Option<Instant> {
    let left = until?.as_micros().saturating_sub(now.as_micros()).max(0);
    Some(Instant::now() + Duration::from_micros(left.unsigned_abs()).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_let_in_and_no_more() {
        let subscribers = Subscribers::at_most(2);
        let (first, second) = (subscribers.admit(), subscribers.admit());
        assert!(first.is_some() && second.is_some());
        assert!(subscribers.admit().is_none());
        drop(first);
        assert!(subscribers.admit().is_some());
    }

    #[test]
    fn a_tenth_may_be_unknown() {
        let subscribers = Subscribers::at_most(20);
        let kept: Vec<_> = (0..3).map(|_| subscribers.keep_unknown()).collect();
        assert_eq!(kept.iter().filter(|permit| permit.is_some()).count(), 2);
        assert!(subscribers.admit().is_some());
    }

    #[test]
    fn a_token_ends_when_it_says_and_never_before_now() {
        let now = Timestamp::from_micros(5_000_000);
        let left = |until: i64| {
            let end = end_of(Some(Timestamp::from_micros(until)), now).unwrap();
            end.saturating_duration_since(Instant::now()).as_millis()
        };
        assert!((900..=1_000).contains(&left(6_000_000)));
        assert_eq!(left(1_000_000), 0);
        assert!(left(i64::MAX) <= LONGEST.as_millis());
        assert_eq!(end_of(None, now), None);
    }
}
