//! What a case owes its customer for one metric, from when it is owed until it is met or dropped, with the clocks that count it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{Metric, Timestamp};

use super::clock::Clock;
use super::facts::{Promise, PromiseKey};
use super::run::{Outcome, Run, Since};

/// The promises that hold for a case.
#[derive(Default)]
pub(super) struct Chosen<'p> {
    /// Goes up with every choice.
    version: usize,
    promises: BTreeMap<PromiseKey, &'p Promise>,
}

impl<'p> Chosen<'p> {
    /// Other promises hold from now on. Names of promises that are not known are passed over.
    pub(super) fn choose(&mut self, names: &[PromiseKey], known: &HashMap<PromiseKey, &'p Promise>) {
        self.version += 1;
        self.promises = names
            .iter()
            .filter_map(|name| known.get(name).map(|promise| (*name, *promise)))
            .collect();
    }
}

/// Something owed. It exists whether or not anything was promised for it.
pub(super) struct Obligation<'p> {
    /// What is owed.
    pub(super) metric: Metric,
    /// Which time for this metric, from 1.
    number: u32,
    /// Since when.
    pub(super) started_at: Timestamp,
    /// Where in the case's statuses the one stands in which it began.
    began: usize,
    /// The choice of promises it was last brought in line with.
    promised: Option<usize>,
    /// Its clocks, those too whose promise does not hold at the moment.
    pub(super) runs: Vec<Run<'p>>,
}

impl<'p> Obligation<'p> {
    /// Something that is owed from now on.
    pub(super) const fn new(metric: Metric, number: u32, started_at: Timestamp, began: usize) -> Self {
        Self {
            metric,
            number,
            started_at,
            began,
            promised: None,
            runs: Vec::new(),
        }
    }

    /// Rule 8: a promise that held before goes on; a new one counts from the obligation's own start, with its pauses, even if
    /// that makes it overdue at once; one that no longer holds ends, and if it was broken it stays broken.
    pub(super) fn keep(&mut self, at: Timestamp, chosen: &Chosen<'p>, statuses: &[Since]) {
        if self.promised == Some(chosen.version) {
            return;
        }
        self.promised = Some(chosen.version);
        let before = before(statuses, at);
        let mut known = BTreeSet::new();
        for run in &mut self.runs {
            let key = run.promise.key();
            known.insert(key);
            if chosen.promises.contains_key(&key) {
                run.come_back(at);
            } else {
                run.leave(at, before);
            }
        }
        let new = chosen
            .promises
            .values()
            .copied()
            .filter(|promise| promise.metric == self.metric && !known.contains(&promise.key()));
        self.runs
            .extend(new.map(|promise| Run::start(promise, self.number, self.started_at, self.began)));
    }

    /// Ends all its clocks.
    pub(super) fn end(self, at: Timestamp, outcome: Outcome, before: &[Since]) -> impl Iterator<Item = Clock> {
        self.runs.into_iter().map(move |run| run.end(at, outcome, before))
    }
}

/// The statuses that a case had before an instant, when it has none after it.
fn before(statuses: &[Since], at: Timestamp) -> &[Since] {
    match statuses.split_last() {
        Some((last, before)) if last.at == at => before,
        _ => statuses,
    }
}
