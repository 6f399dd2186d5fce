//! The clock of the process. It is read once per operation and passed on; rules never ask it themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use entity::Timestamp;

/// The system's clock, which tests can move.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_micros: Arc<AtomicI64>,
}

impl Clock {
    /// The present instant.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place where the system's clock is read")]
    pub fn now(&self) -> Timestamp {
        Timestamp::from(jiff::Timestamp::now()).plus_micros(self.ahead_micros.load(Ordering::Relaxed))
    }

    /// Moves the clock forward, for tests.
    pub fn advance_micros(&self, micros: i64) {
        self.ahead_micros.fetch_add(micros, Ordering::Relaxed);
    }
}
