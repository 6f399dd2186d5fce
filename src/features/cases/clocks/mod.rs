//! What a case's history means for the promises that were made: when each is due, warned of, broken, kept. Pure.
//!
//! [`replay::replay`] takes what happened ([`facts`]) and an instant, and gives every clock as it stands then. It reads no
//! clock and no database, and remembers nothing: a fact that arrives late is one more fact.
//!
//! Where the rules stand:
//!
//! 1. Breaches follow from what happened when, never from when somebody looked: `meter`, which is asked for spans and marks.
//! 2. Only a person's reply that the customer can see is a first response: `Story::hear`; nothing else is told as a reply.
//! 3. A next response is owed from the oldest unanswered message, after there was a first response: `Story::begin_what_is_owed`.
//! 4. What pauses what: `Promise::stance`.
//! 5. Elapsed = running ∩ open, each closed hour once: `Meter::advance`.
//! 6. Zones, shifts and holidays: the promise's own `Schedule`, in the room of expectations.
//! 7. A clock keeps the versions it was started with: `Promise::key`, chosen by a fact.
//! 8. A change of severity starts again from the original start, with the pauses so far: `Obligation::keep`.
//! 9. Reopening: `Story::enter_status`, `Run::enter`.
//! 10. Exactly on time is on time: `Meter::reached`. Merging: `merging::earliest_stays`, also of what is overdue; a promise that
//!     was broken before the cases were merged is not broken once more (`Run::take_over`), and its breach ends with the clock that
//!     goes on (`Outcome::GoesOn`). Who waited without a clock is owed the next response since they asked: `Story::hear`.
//!
//! The work grows with facts times promises: every obligation is begun and settled once, and every clock reads each change of
//! status in its own life once.

mod clock;
pub mod facts;
mod merging;
mod meter;
mod obligations;
pub mod replay;
mod run;
mod story;

#[cfg(test)]
mod tests;
