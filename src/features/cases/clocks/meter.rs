//! How much open time a promise has used up, and when that came to a mark. Knows nothing of cases.
//!
//! Rule 1: marks are worked out from spans, so it makes no difference when and how often a meter is read.
//!
//! An instant belongs to the span that begins at it. A mark that is come to at the very instant at which the meter is paused
//! or ends was not passed (rule 10: exactly on time is on time); if the meter runs on later, it is passed at once.

use entity::Timestamp;

use super::facts::Promise;

/// The open time that a promise has used up.
pub(super) struct Meter<'p> {
    promise: &'p Promise,
    consumed: i64,
    /// Up to when it was read, while it runs.
    runs_from: Option<Timestamp>,
    /// When it came to the warning, if it did.
    warned: Option<Timestamp>,
    /// When it came to the target, if it did.
    due: Option<Timestamp>,
}

impl<'p> Meter<'p> {
    /// A meter that runs from an instant.
    pub(super) const fn started(promise: &'p Promise, at: Timestamp) -> Self {
        Self::taken_over(promise, at, 0, None)
    }

    /// A meter that runs on from an instant with what was used up before; with when it was due, if it is overdue.
    pub(super) const fn taken_over(promise: &'p Promise, at: Timestamp, consumed: i64, due: Option<Timestamp>) -> Self {
        Self {
            promise,
            consumed,
            runs_from: Some(at),
            warned: None,
            due,
        }
    }

    /// Rule 5: adds the open time up to an instant, if the meter runs.
    pub(super) fn advance(&mut self, to: Timestamp) {
        let Some(from) = self.runs_from.filter(|from| *from < to) else {
            return;
        };
        let open = self.promise.schedule.open_between(from, to);
        if self.due.is_none() {
            if self.warned.is_none() {
                self.warned = self.warning().and_then(|mark| self.reached(mark, from, to, open));
            }
            self.due = self.reached(self.promise.target, from, to, open);
        }
        self.consumed = self.consumed.saturating_add(open);
        self.runs_from = Some(to);
    }

    /// Runs on from an instant.
    pub(super) const fn run(&mut self, at: Timestamp) {
        if self.runs_from.is_none() {
            self.runs_from = Some(at);
        }
    }

    /// Stands still from an instant on.
    pub(super) fn pause(&mut self, at: Timestamp) {
        self.advance(at);
        self.runs_from = None;
    }

    /// The amount at which a warning is due.
    const fn warning(&self) -> Option<i64> {
        if self.promise.warn_before > 0 {
            Some(self.promise.target.saturating_sub(self.promise.warn_before))
        } else {
            None
        }
    }

    /// The instant in `[from, to)` at which a mark is come to, when `open` is the open time in it. `to` itself is too late.
    fn reached(&self, mark: i64, from: Timestamp, to: Timestamp, open: i64) -> Option<Timestamp> {
        let missing = mark.saturating_sub(self.consumed);
        if open < missing {
            return None;
        }
        Some(self.promise.schedule.after(from, missing)).filter(|at| *at < to)
    }

    /// When a mark will be come to if the meter runs on.
    fn expected(&self, mark: i64, from: Timestamp) -> Timestamp {
        self.promise.schedule.after(from, mark.saturating_sub(self.consumed))
    }

    /// What was used up until it was last advanced.
    pub(super) const fn consumed(&self) -> i64 {
        self.consumed
    }

    /// When the target was passed, if it was before the instant to which it was last advanced.
    pub(super) const fn overdue_since(&self) -> Option<Timestamp> {
        self.due
    }

    /// When the warning was passed, if it was before the instant to which it was last advanced.
    pub(super) const fn warned(&self) -> Option<Timestamp> {
        self.warned
    }

    /// When it was or will be due. `None` when it stands still and was not due before.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        self.due
            .or_else(|| self.runs_from.map(|from| self.expected(self.promise.target, from)))
    }

    /// When the warning was or will be due. `None` when it stands still before it, and when there is none.
    pub(super) fn warn_at(&self) -> Option<Timestamp> {
        if self.warned.is_some() || self.due.is_some() {
            return self.warned;
        }
        Some(self.expected(self.warning()?, self.runs_from?))
    }

    /// When it was due, or would be if it ran from the instant to which it was last advanced.
    pub(super) fn due_if_run_from(&self, at: Timestamp) -> Timestamp {
        self.due.unwrap_or_else(|| self.expected(self.promise.target, at))
    }

    /// Open microseconds past the target.
    pub(super) const fn overrun(&self) -> i64 {
        self.consumed.saturating_sub(self.promise.target)
    }
}
