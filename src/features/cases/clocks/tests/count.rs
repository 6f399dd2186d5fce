//! One clock of the model that counts minutes: it knows how many minutes it has run, and nothing of spans.

use std::cell::RefCell;
use std::rc::Rc;

use entity::{CaseId, ClockState, Metric, Timestamp};

use super::super::facts::Promise;
use super::super::replay::{Breach, Clock, ClockEvent, ClockEventKind};
use super::MINUTE;

pub(super) fn instant(minute: i64) -> Timestamp {
    Timestamp::from_micros(minute * MINUTE)
}

/// Whether a calendar is open, minute by minute from the first that matters. Each minute is looked up once.
pub(super) type Sheet = Rc<RefCell<Vec<bool>>>;

/// A promise, with the minutes at which its calendar is open.
pub(super) struct Offer<'a> {
    pub(super) promise: &'a Promise,
    from: i64,
    open: Sheet,
}

impl<'a> Offer<'a> {
    pub(super) fn new(promise: &'a Promise, from: i64, open: Sheet) -> Self {
        Self { promise, from, open }
    }

    pub(super) fn is_open(&self, minute: i64) -> bool {
        let mut open = self.open.borrow_mut();
        let place = usize::try_from(minute - self.from).unwrap();
        while open.len() <= place {
            let next = self.from + i64::try_from(open.len()).unwrap();
            open.push(self.promise.schedule.is_open(instant(next)));
        }
        open[place]
    }

    /// The minute at which so many have been consumed, counted one by one.
    pub(super) fn count_to(&self, goal: i64, mut consumed: i64, mut minute: i64) -> i64 {
        while consumed < goal {
            consumed += i64::from(self.is_open(minute));
            minute += 1;
        }
        minute
    }

    fn target(&self) -> i64 {
        self.promise.target / MINUTE
    }

    fn warning(&self) -> Option<i64> {
        (self.promise.warn_before > 0).then_some((self.promise.target - self.promise.warn_before) / MINUTE)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Runs,
    Paused(i64),
    /// Since when, and what was said of due time and warning then.
    Done(i64, Option<i64>, Option<i64>),
}

/// A clock that counts. All that could ever be needed are kept from the start; which of them are seen is another matter.
#[derive(Clone)]
pub(super) struct Count<'a> {
    pub(super) offer: &'a Offer<'a>,
    pub(super) instance: u32,
    pub(super) from_case: Option<CaseId>,
    pub(super) started: i64,
    /// When it came to this case.
    pub(super) came: i64,
    /// Whether it was late when another case brought it.
    pub(super) came_broken: bool,
    pub(super) consumed: i64,
    pub(super) mode: Mode,
    pub(super) warned: Option<i64>,
    pub(super) due: Option<i64>,
    pub(super) log: Vec<(i64, ClockEventKind)>,
    /// Whether its promise ever held.
    pub(super) seen: bool,
    /// As it was when its promise held no more, and whether it was done then.
    pub(super) left: Option<(Clock, bool)>,
    pub(super) over: Option<Clock>,
}

impl<'a> Count<'a> {
    pub(super) fn new(offer: &'a Offer<'a>, instance: u32, started: i64) -> Self {
        Self {
            offer,
            instance,
            from_case: None,
            started,
            came: started,
            came_broken: false,
            consumed: 0,
            mode: Mode::Runs,
            warned: None,
            due: None,
            log: vec![(started, ClockEventKind::Activated)],
            seen: false,
            left: None,
            over: None,
        }
    }

    pub(super) fn metric(&self) -> Metric {
        self.offer.promise.metric
    }

    pub(super) fn runs(&self) -> bool {
        self.over.is_none() && self.mode == Mode::Runs
    }

    /// Whether it takes part when clocks of merged cases meet.
    pub(super) fn is_open(&self) -> bool {
        self.over.is_none() && self.left.is_none() && self.seen && !matches!(self.mode, Mode::Done(..))
    }

    /// Overdue ones first, then what would be due first.
    pub(super) fn rank(&self, minute: i64) -> (bool, i64, Option<CaseId>, i64, Option<i64>, u32) {
        let due = self
            .due
            .unwrap_or_else(|| self.offer.count_to(self.offer.target(), self.consumed, minute));
        let promise = self.offer.promise;
        let calendar = promise.calendar.map(|calendar| calendar.0);
        (
            self.due.is_none(),
            due,
            self.from_case,
            promise.expectation.0,
            calendar,
            self.instance,
        )
    }

    /// The beginning of a minute, after what happens at it.
    pub(super) fn notice(&mut self, minute: i64) {
        if !self.runs() || self.due.is_some() {
            return;
        }
        if self.warned.is_none() && self.offer.warning().is_some_and(|mark| self.consumed >= mark) {
            self.warned = Some(minute);
        }
        if self.consumed >= self.offer.target() {
            self.due = Some(minute);
        }
    }

    pub(super) fn pass(&mut self, minute: i64) {
        if self.runs() && self.offer.is_open(minute) {
            self.consumed += 1;
        }
    }

    pub(super) fn change(&mut self, mode: Mode, minute: i64) {
        let kind = match mode {
            Mode::Runs => ClockEventKind::Resumed,
            Mode::Paused(_) => ClockEventKind::Paused,
            Mode::Done(..) => ClockEventKind::Fulfilled,
        };
        self.log.push((minute, kind));
        self.mode = mode;
    }

    pub(super) fn due_shown(&self, minute: i64) -> Option<i64> {
        let expected = || self.offer.count_to(self.offer.target(), self.consumed, minute);
        self.due.or_else(|| (self.mode == Mode::Runs).then(expected))
    }

    pub(super) fn warning_shown(&self, minute: i64) -> Option<i64> {
        let mark = self.offer.warning()?;
        let expected = || self.offer.count_to(mark, self.consumed, minute);
        self.warned
            .or_else(|| (self.mode == Mode::Runs && self.due.is_none()).then(expected))
    }

    /// What it is if it ends now.
    pub(super) fn ended(&self, minute: i64, fulfilled: bool) -> Clock {
        let (end, due, warning, fulfilled, told) = match self.mode {
            Mode::Done(at, due, warning) => (at, due, warning, true, None),
            Mode::Runs | Mode::Paused(_) => {
                let told = match (fulfilled, self.due) {
                    (true, _) => Some(ClockEventKind::Fulfilled),
                    (false, None) => Some(ClockEventKind::Cancelled),
                    (false, Some(_)) => None,
                };
                (minute, self.due_shown(minute), self.warning_shown(minute), fulfilled, told)
            }
        };
        let mut clock = self.clock(self.due, Some(end), told.map(|kind| (minute, kind)));
        clock.state = match (self.due, fulfilled) {
            (Some(_), _) => ClockState::Breached,
            (None, true) => ClockState::Achieved,
            (None, false) => ClockState::Cancelled,
        };
        clock.due_at = due.map(instant);
        clock.warn_at = warning.map(instant);
        clock.fulfilled_at = fulfilled.then(|| instant(end));
        clock
    }

    /// What it is if its case goes on in another one now: what was late is late until it is done over there.
    pub(super) fn handed_over(&self, minute: i64) -> Clock {
        let mut clock = self.ended(minute, false);
        if let Some(breach) = &mut clock.breach
            && clock.fulfilled_at.is_none()
        {
            (breach.ended_at, breach.overrun) = (None, None);
        }
        clock
    }

    /// What it is when somebody looks.
    pub(super) fn shown(&self, minute: i64) -> Clock {
        let settled = self.over.clone().or_else(|| self.left.clone().map(|(clock, _)| clock));
        if let Some(clock) = settled {
            return clock;
        }
        if matches!(self.mode, Mode::Done(..)) {
            return self.ended(minute, true);
        }
        let overdue = self.due.filter(|due| *due < minute);
        let mut clock = self.clock(overdue, None, None);
        if let Mode::Paused(since) = self.mode {
            clock.paused_at = Some(instant(since));
        } else {
            clock.due_at = self.due_shown(minute).map(instant);
            clock.warn_at = self.warning_shown(minute).map(instant);
        }
        clock.state = match clock.warn_at {
            _ if overdue.is_some() => ClockState::Breaching,
            Some(warning) if warning <= instant(minute) => ClockState::ImminentBreach,
            _ => ClockState::Pending,
        };
        clock
    }

    fn clock(&self, overdue: Option<i64>, ended: Option<i64>, told: Option<(i64, ClockEventKind)>) -> Clock {
        let mut log = self.log.clone();
        log.extend(told);
        log.extend(self.warned.map(|minute| (minute, ClockEventKind::Warned)));
        if !self.came_broken {
            log.extend(overdue.map(|minute| (minute, ClockEventKind::Breached)));
        }
        log.sort_unstable();
        let events = log.into_iter().map(|(minute, kind)| ClockEvent { at: instant(minute), kind });
        Clock {
            expectation: self.offer.promise.expectation,
            calendar: self.offer.promise.calendar,
            metric: self.metric(),
            instance: self.instance,
            carried_from: self.from_case,
            came_broken: self.came_broken,
            started_at: instant(self.started),
            state: ClockState::Pending,
            due_at: None,
            warn_at: None,
            paused_at: None,
            consumed: self.consumed * MINUTE,
            fulfilled_at: None,
            ended_at: ended.map(instant),
            breach: overdue.map(|due| Breach {
                due_at: instant(due),
                ended_at: ended.map(instant),
                overrun: ended.map(|_| self.consumed * MINUTE - self.offer.promise.target),
            }),
            log: events.collect(),
        }
    }
}
