//! The life of one clock: what the statuses of its case do to it, and how it ends. When it begins and ends is decided elsewhere.
//!
//! A clock reads the changes of status when it is asked for something, from where it last stopped reading. So one that is
//! started later (rule 8) has the same pauses as one that ran all the time, and each change is read once per clock.

use entity::{CaseId, CaseStatus, ClockState, Timestamp};

use super::clock::{Breach, Clock, ClockEvent, ClockEventKind};
use super::facts::{Carried, Promise, PromiseKey, Stance};
use super::meter::Meter;

/// A status and since when a case is in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Since {
    pub(super) at: Timestamp,
    pub(super) status: CaseStatus,
}

/// How an obligation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was met, in time or late.
    Fulfilled,
    /// It is owed no more.
    Dropped,
    /// It is owed in the case in which this one goes on.
    GoesOn,
}

/// The end of a clock, or what would be its end if the case is not reopened.
#[derive(Clone, Copy)]
struct Stop {
    at: Timestamp,
    due_at: Option<Timestamp>,
    warn_at: Option<Timestamp>,
}

#[derive(Clone, Copy)]
enum Phase {
    Running,
    Paused(Timestamp),
    Stopped(Stop),
}

/// Whether the clock counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Counts,
    /// Its promise no longer holds; it may hold again.
    Left(Timestamp),
    /// Another case brought a clock that is due earlier.
    Lost(Timestamp),
}

/// What clocks of a metric are ordered by when only one may stay: whether it is still on time, when it is due, and what makes
/// it the clock it is.
pub(super) type Place = (bool, Timestamp, Option<CaseId>, PromiseKey, u32);

/// A clock that has not ended.
pub(super) struct Run<'p> {
    pub(super) promise: &'p Promise,
    instance: u32,
    carried_from: Option<CaseId>,
    came_broken: bool,
    started_at: Timestamp,
    /// From when it counts in this case.
    begins: Timestamp,
    /// How many entries of the case's statuses it has read.
    read: usize,
    meter: Meter<'p>,
    phase: Phase,
    standing: Standing,
    log: Vec<ClockEvent>,
}

impl<'p> Run<'p> {
    /// A clock of the case itself. `read` is where in the statuses the one stands in which it starts.
    pub(super) fn start(promise: &'p Promise, instance: u32, started_at: Timestamp, read: usize) -> Self {
        Self::new(promise, (instance, None, started_at), read, Meter::started(promise, started_at))
    }

    /// A clock that another case brought at `at`. When it was overdue by then, the promise is broken already, and that was told.
    pub(super) fn take_over(promise: &'p Promise, carried: &Carried, at: Timestamp, read: usize) -> Self {
        let identity = (carried.instance, Some(carried.from_case), carried.started_at);
        let meter = Meter::taken_over(promise, at, carried.consumed, carried.due_at);
        Self {
            begins: at,
            came_broken: carried.due_at.is_some(),
            log: vec![event(at, ClockEventKind::Activated)],
            ..Self::new(promise, identity, read, meter)
        }
    }

    fn new(promise: &'p Promise, identity: (u32, Option<CaseId>, Timestamp), read: usize, meter: Meter<'p>) -> Self {
        let (instance, carried_from, started_at) = identity;
        Self {
            promise,
            instance,
            carried_from,
            came_broken: false,
            started_at,
            begins: started_at,
            read,
            meter,
            phase: Phase::Running,
            standing: Standing::Counts,
            log: vec![event(started_at, ClockEventKind::Activated)],
        }
    }

    /// Reads the statuses that it has not read yet.
    fn follow(&mut self, statuses: &[Since]) {
        while let Some(since) = statuses.get(self.read) {
            self.read += 1;
            let over_before_it_began = statuses.get(self.read).is_some_and(|next| next.at <= self.begins);
            if !over_before_it_began {
                self.enter(since);
            }
        }
    }

    /// Rules 4 and 9: the status decides whether it runs, pauses or stops; a reopened case makes it run on.
    fn enter(&mut self, since: &Since) {
        let at = since.at.max(self.begins);
        let stance = match self.promise.stance(since.status) {
            // What was resolved before the clock came along was not what the clock is about.
            Stance::Stops if since.at < self.begins => Stance::Runs,
            stance => stance,
        };
        match (self.phase, stance) {
            (Phase::Running, Stance::Runs) | (Phase::Paused(_), Stance::Pauses) | (Phase::Stopped(_), Stance::Stops) => {}
            (_, Stance::Runs) => {
                self.meter.run(at);
                self.phase = Phase::Running;
                self.log.push(event(at, ClockEventKind::Resumed));
            }
            (_, Stance::Pauses) => {
                self.meter.pause(at);
                self.phase = Phase::Paused(at);
                self.log.push(event(at, ClockEventKind::Paused));
            }
            (_, Stance::Stops) => {
                self.meter.advance(at);
                self.phase = Phase::Stopped(self.stop(at));
                self.meter.pause(at);
                self.log.push(event(at, ClockEventKind::Fulfilled));
            }
        }
    }

    fn stop(&self, at: Timestamp) -> Stop {
        Stop {
            at,
            due_at: self.meter.due_at(),
            warn_at: self.meter.warn_at(),
        }
    }

    /// Brings it up to an instant. One that began at that very instant knows no status yet.
    pub(super) fn bring_to(&mut self, at: Timestamp, before: &[Since]) {
        if self.standing != Standing::Counts {
            return;
        }
        if at > self.begins {
            self.follow(before);
        }
        self.meter.advance(at);
    }

    /// Whether something is still owed.
    pub(super) const fn is_open(&self) -> bool {
        matches!((self.standing, self.phase), (Standing::Counts, Phase::Running | Phase::Paused(_)))
    }

    /// Whether it was due before the instant up to which it was brought.
    pub(super) const fn is_overdue(&self) -> bool {
        self.meter.overdue_since().is_some()
    }

    /// Its place among clocks of its metric when only the earliest may stay, at an instant up to which it was brought: what is
    /// overdue first, then what would be due first if all ran on. Of equals the case's own comes first.
    pub(super) fn place(&self, at: Timestamp) -> Place {
        let on_time = self.meter.overdue_since().is_none();
        (
            on_time,
            self.meter.due_if_run_from(at),
            self.carried_from,
            self.promise.key(),
            self.instance,
        )
    }

    /// Its promise no longer holds.
    pub(super) fn leave(&mut self, at: Timestamp, before: &[Since]) {
        if self.standing == Standing::Counts {
            self.bring_to(at, before);
            self.standing = Standing::Left(at);
        }
    }

    /// Its promise holds again: it runs on as if it had never left.
    pub(super) fn come_back(&mut self, at: Timestamp) {
        let Standing::Left(since) = self.standing else { return };
        self.standing = Standing::Counts;
        if matches!(self.phase, Phase::Stopped(_)) {
            return;
        }
        if self.meter.overdue_since().is_none() {
            self.log.push(event(since, ClockEventKind::Cancelled));
        }
        self.log.push(event(at, ClockEventKind::Activated));
    }

    /// Another case brought one that is due earlier. It was brought up to this instant.
    pub(super) const fn lose(&mut self, at: Timestamp) {
        self.standing = Standing::Lost(at);
    }

    /// Ends it. `before` are the statuses up to the instant: how it stood just before decides whether it ended paused.
    pub(super) fn end(mut self, at: Timestamp, outcome: Outcome, before: &[Since]) -> Clock {
        self.bring_to(at, before);
        let (at, outcome) = match self.standing {
            Standing::Counts => (at, outcome),
            Standing::Left(then) | Standing::Lost(then) => (then, Outcome::Dropped),
        };
        self.ended(at, outcome)
    }

    fn ended(mut self, at: Timestamp, outcome: Outcome) -> Clock {
        let stopped = match self.phase {
            Phase::Stopped(stop) => Some(stop),
            Phase::Running | Phase::Paused(_) => None,
        };
        let stop = stopped.unwrap_or_else(|| self.stop(at));
        let goes_on = stopped.is_none() && outcome == Outcome::GoesOn;
        let is_fulfilled = stopped.is_some() || outcome == Outcome::Fulfilled;
        let state = match (self.meter.overdue_since(), is_fulfilled) {
            (Some(_), _) => ClockState::Breached,
            (None, true) => ClockState::Achieved,
            (None, false) => ClockState::Cancelled,
        };
        match (stopped, state) {
            (None, _) if is_fulfilled => self.log.push(event(at, ClockEventKind::Fulfilled)),
            (None, ClockState::Cancelled) => self.log.push(event(at, ClockEventKind::Cancelled)),
            _ => {}
        }
        let clock = self.clock(Some(stop.at), None);
        Clock {
            state,
            due_at: stop.due_at,
            warn_at: stop.warn_at,
            fulfilled_at: is_fulfilled.then_some(stop.at),
            ended_at: Some(stop.at),
            breach: clock.breach.map(|breach| if goes_on { breach.still_owed() } else { breach }),
            ..clock
        }
    }

    /// The clock at an instant after everything that happened.
    pub(super) fn clock_at(mut self, now: Timestamp, statuses: &[Since]) -> Clock {
        if self.standing != Standing::Counts {
            return self.end(now, Outcome::Dropped, statuses);
        }
        self.follow(statuses);
        self.meter.advance(now);
        let (paused_at, due_at, warn_at) = match self.phase {
            Phase::Stopped(stop) => return self.ended(stop.at, Outcome::Fulfilled),
            Phase::Paused(since) => (Some(since), None, None),
            Phase::Running => (None, self.meter.due_at(), self.meter.warn_at()),
        };
        let state = if self.meter.overdue_since().is_some() {
            ClockState::Breaching
        } else if warn_at.is_some_and(|at| at <= now) {
            ClockState::ImminentBreach
        } else {
            ClockState::Pending
        };
        Clock {
            state,
            due_at,
            warn_at,
            paused_at,
            ..self.clock(None, warn_at.filter(|at| *at <= now))
        }
    }

    /// What is the same for clocks that ended and clocks that did not.
    fn clock(mut self, ended_at: Option<Timestamp>, warned_now: Option<Timestamp>) -> Clock {
        let warned = self.meter.warned().or(warned_now);
        let breached = self.meter.overdue_since();
        self.log.extend(warned.map(|at| event(at, ClockEventKind::Warned)));
        let told_elsewhere = self.came_broken;
        self.log
            .extend(breached.filter(|_| !told_elsewhere).map(|at| event(at, ClockEventKind::Breached)));
        self.log.sort_unstable();
        Clock {
            expectation: self.promise.expectation,
            calendar: self.promise.calendar,
            metric: self.promise.metric,
            instance: self.instance,
            carried_from: self.carried_from,
            came_broken: self.came_broken,
            started_at: self.started_at,
            state: ClockState::Pending,
            due_at: None,
            warn_at: None,
            paused_at: None,
            consumed: self.meter.consumed(),
            fulfilled_at: None,
            ended_at,
            breach: breached.map(|due_at| Breach {
                due_at,
                ended_at,
                overrun: ended_at.map(|_| self.meter.overrun()),
            }),
            log: self.log,
        }
    }
}

const fn event(at: Timestamp, kind: ClockEventKind) -> ClockEvent {
    ClockEvent { at, kind }
}
