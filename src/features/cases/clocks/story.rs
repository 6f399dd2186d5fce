//! A case's history, told instant by instant: what comes to be owed, what is met, what is dropped. Clocks count it.
//!
//! Facts of one instant are taken together, in this order: opening, what was said, what was absorbed, statuses and merging,
//! and which promises hold. What comes to be owed by what was said begins after all of them. How a clock stood just before the
//! instant decides how it ends.

use std::collections::{BTreeMap, HashMap};

use entity::{CaseStatus, Metric, Timestamp};

use super::clock::Clock;
use super::facts::{Fact, Happened, Promise, PromiseKey};
use super::merging;
use super::obligations::{Chosen, Obligation};
use super::run::{Outcome, Run, Since};
use crate::features::cases::lifecycle::{is_open, is_over};

/// The case as it was told so far.
pub(super) struct Story<'p> {
    known: HashMap<PromiseKey, &'p Promise>,
    chosen: Chosen<'p>,
    /// One entry for each instant that changed the status. Empty until the case is opened.
    statuses: Vec<Since>,
    status: CaseStatus,
    is_opened: bool,
    was_answered: bool,
    /// When the customer said the first thing after the last reply, or asked it in a case that was merged into this one.
    asked: Option<Timestamp>,
    numbers: BTreeMap<Metric, u32>,
    owed: BTreeMap<Metric, Obligation<'p>>,
    /// Clocks that other cases brought.
    guests: Vec<Run<'p>>,
    ended: Vec<Clock>,
}

/// What happens at one instant.
struct Instant<'p> {
    at: Timestamp,
    replied: bool,
    moved: bool,
    resolved: bool,
    reopened: bool,
    /// Obligations that began and ended at this very instant. Their promises may not have been told yet.
    at_once: Vec<(Obligation<'p>, Outcome)>,
}

impl<'p> Story<'p> {
    /// Nothing happened yet.
    pub(super) fn new(promises: &'p [Promise]) -> Self {
        Self {
            known: promises.iter().map(|promise| (promise.key(), promise)).collect(),
            chosen: Chosen::default(),
            statuses: Vec::new(),
            status: CaseStatus::New,
            is_opened: false,
            was_answered: false,
            asked: None,
            numbers: BTreeMap::new(),
            owed: BTreeMap::new(),
            guests: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// Takes all facts of one instant, after those of all earlier ones.
    pub(super) fn take(&mut self, at: Timestamp, facts: &[&Happened]) {
        self.hear_promises(facts);
        if is_over(self.status) || !(self.is_opened || self.open(at, facts)) {
            return;
        }
        let mut instant = Instant {
            at,
            replied: false,
            moved: false,
            resolved: false,
            reopened: false,
            at_once: Vec::new(),
        };
        self.hear(&mut instant, facts);
        self.absorb(at, facts);
        self.change_status(&mut instant, facts);
        self.begin_what_is_owed(&instant);
        self.keep_promises(instant);
    }

    /// Rule 7: which versions hold is a fact of the case; later versions touch nothing until they are chosen for it.
    fn hear_promises(&mut self, facts: &[&Happened]) {
        for happened in facts {
            if let Fact::Promises(names) = &happened.fact {
                self.chosen.choose(names, &self.known);
            }
        }
    }

    /// A first response and resolutions are owed from the opening on.
    fn open(&mut self, at: Timestamp, facts: &[&Happened]) -> bool {
        self.is_opened = facts.iter().any(|happened| happened.fact == Fact::Opened);
        if self.is_opened {
            self.begin(Metric::FirstResponse, at);
            self.begin(Metric::FirstResolution, at);
            self.begin(Metric::TotalResolution, at);
        }
        self.is_opened
    }

    /// Rule 2: only a reply answers. It meets every response and update that is owed. Rule 10: who was not answered in a case
    /// that was merged into this one waits here, since they asked.
    fn hear(&mut self, instant: &mut Instant<'p>, facts: &[&Happened]) {
        for happened in facts {
            match happened.fact {
                Fact::CustomerMessage => {
                    self.asked.get_or_insert(instant.at);
                }
                Fact::Waited(since) => self.asked = Some(self.asked.map_or(since, |asked| asked.min(since))),
                Fact::Reply => {
                    self.settle(instant, Metric::FirstResponse, Outcome::Fulfilled);
                    self.settle(instant, Metric::NextResponse, Outcome::Fulfilled);
                    self.settle(instant, Metric::Update, Outcome::Fulfilled);
                    self.was_answered = true;
                    self.asked = None;
                    instant.replied = true;
                }
                _ => {}
            }
        }
    }

    /// Rule 10: clocks of a case that was merged into this one come along, as far as they are due before its own.
    fn absorb(&mut self, at: Timestamp, facts: &[&Happened]) {
        let began = self.statuses.len().saturating_sub(1);
        let mut newcomers = Vec::new();
        for happened in facts {
            let Fact::Absorbed(carried) = &happened.fact else { continue };
            for clock in carried {
                if let Some(promise) = self.known.get(&(clock.expectation, clock.calendar)).copied() {
                    newcomers.push(Run::take_over(promise, clock, at, began));
                }
            }
        }
        let metrics = merging::metrics(&newcomers);
        self.guests.append(&mut newcomers);
        for metric in metrics {
            let own = self.owed.get_mut(&metric).map(|obligation| obligation.runs.as_mut_slice());
            let lost = merging::earliest_stays(metric, own.unwrap_or_default(), &mut self.guests, (at, self.statuses.as_slice()));
            self.ended.extend(lost);
        }
    }

    fn change_status(&mut self, instant: &mut Instant<'p>, facts: &[&Happened]) {
        for happened in facts {
            match happened.fact {
                Fact::Status(to) => self.enter_status(instant, to),
                Fact::MergedAway => self.enter_status(instant, CaseStatus::Merged),
                _ => {}
            }
        }
        if instant.moved || self.statuses.is_empty() {
            self.statuses.push(Since {
                at: instant.at,
                status: self.status,
            });
        }
    }

    /// Rule 9: the first resolution is final; the total resolution is owed until the end, and its clocks stop and run on by
    /// themselves; a reopened case owes word again.
    fn enter_status(&mut self, instant: &mut Instant<'p>, to: CaseStatus) {
        let from = self.status;
        if from == to || is_over(from) {
            return;
        }
        if to == CaseStatus::Resolved {
            self.settle(instant, Metric::FirstResolution, Outcome::Fulfilled);
            self.settle(instant, Metric::Update, Outcome::Dropped);
            instant.resolved = true;
        } else if is_over(to) {
            self.settle_everything(instant, to);
        } else if from == CaseStatus::Resolved {
            instant.reopened = true;
        }
        self.status = to;
        instant.moved = true;
    }

    /// The case is over: what is still owed is owed no more, or in the case in which this one goes on. What was overdue was
    /// broken, and stays so.
    fn settle_everything(&mut self, instant: &mut Instant<'p>, to: CaseStatus) {
        let unmet = if to == CaseStatus::Merged {
            Outcome::GoesOn
        } else {
            Outcome::Dropped
        };
        let resolved_just_now = self.status == CaseStatus::Resolved && instant.resolved;
        for metric in Metric::ALL {
            let met = *metric == Metric::TotalResolution && resolved_just_now;
            self.settle(instant, *metric, if met { Outcome::Fulfilled } else { unmet });
        }
    }

    /// Rule 3: the next response is owed from the oldest message that is unanswered, and only after a first response. An update
    /// is owed from each reply on, and from a reopening, while the case is open.
    fn begin_what_is_owed(&mut self, instant: &Instant<'p>) {
        if is_over(self.status) {
            return;
        }
        if let Some(asked) = self.asked.filter(|_| self.was_answered)
            && !self.owed.contains_key(&Metric::NextResponse)
        {
            self.begin(Metric::NextResponse, asked);
        }
        let spoke = instant.replied || instant.reopened;
        if spoke && is_open(self.status) && !self.owed.contains_key(&Metric::Update) {
            self.begin(Metric::Update, instant.at);
        }
    }

    /// Gives clocks to what came to be owed, and new ones to what is owed when other promises were chosen. The total resolution
    /// of a case that is resolved is left as it is until the case is reopened.
    fn keep_promises(&mut self, instant: Instant<'p>) {
        let at = instant.at;
        for (metric, obligation) in &mut self.owed {
            let is_stopped = *metric == Metric::TotalResolution && self.status == CaseStatus::Resolved;
            if !is_stopped || obligation.started_at == at {
                obligation.keep(at, &self.chosen, &self.statuses);
            }
        }
        for (mut obligation, outcome) in instant.at_once {
            obligation.keep(at, &self.chosen, &self.statuses);
            self.ended.extend(obligation.end(at, outcome, &self.statuses));
        }
    }

    fn begin(&mut self, metric: Metric, at: Timestamp) {
        let number = self.numbers.entry(metric).or_default();
        *number = number.saturating_add(1);
        // The status of this instant was told already, or will be the first.
        let began = self.statuses.len().saturating_sub(1);
        self.owed.insert(metric, Obligation::new(metric, *number, at, began));
    }

    /// Ends what is owed for a metric, with the clocks that other cases brought for it.
    fn settle(&mut self, instant: &mut Instant<'p>, metric: Metric, outcome: Outcome) {
        let at = instant.at;
        match self.owed.remove(&metric) {
            Some(obligation) if obligation.started_at == at => instant.at_once.push((obligation, outcome)),
            Some(obligation) => self.ended.extend(obligation.end(at, outcome, &self.statuses)),
            None => {}
        }
        let guests = self.guests.extract_if(.., |run| run.promise.metric == metric);
        self.ended.extend(guests.map(|run| run.end(at, outcome, &self.statuses)));
    }

    /// All clocks as they stand at an instant.
    pub(super) fn clocks_at(self, now: Timestamp) -> Vec<Clock> {
        let owed = self.owed.into_values().flat_map(|obligation| obligation.runs);
        let mut clocks = self.ended;
        clocks.extend(owed.chain(self.guests).map(|run| run.clock_at(now, &self.statuses)));
        clocks
    }
}
