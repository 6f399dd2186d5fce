//! The model that clocks are compared with. It goes from minute to minute, asks of each whether it is open, and counts.
//!
//! It shares no code with the replay and works the other way round: for everything owed it counts all promises from the start,
//! whether they hold or not, and only decides which of them are seen.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use entity::{CalendarId, CaseStatus, Metric, Timestamp};

use super::super::facts::{Carried, Fact, History, PromiseKey};
use super::super::replay::{Clock, ClockEventKind};
use super::MINUTE;
use super::count::{Count, Mode, Offer, Sheet};

fn minute(at: Timestamp) -> i64 {
    assert_eq!(at.as_micros() % MINUTE, 0, "the model knows whole minutes only");
    at.as_micros() / MINUTE
}

/// Every clock of a case, counted.
pub(super) fn clocks(history: &History<'_>, now: Timestamp) -> Vec<Clock> {
    let mut facts: BTreeMap<i64, Vec<&Fact>> = BTreeMap::new();
    for happened in history.facts {
        facts.entry(minute(happened.at)).or_default().push(&happened.fact);
    }
    let waited = history.facts.iter().filter_map(|happened| match happened.fact {
        Fact::Waited(since) => Some(minute(since)),
        _ => None,
    });
    let first = waited.chain(facts.keys().copied()).min().unwrap();
    let mut sheets: BTreeMap<Option<CalendarId>, Sheet> = BTreeMap::new();
    let mut offers: Vec<Offer<'_>> = Vec::new();
    for promise in history.promises {
        let sheet = sheets.entry(promise.calendar).or_default();
        offers.push(Offer::new(promise, first, Rc::clone(sheet)));
    }
    let mut model = Model::new(&offers);
    let last = minute(now);
    for minute in first..=last {
        if let Some(facts) = facts.get(&minute) {
            model.happen(minute, facts);
        }
        model.counts.iter_mut().for_each(|count| count.notice(minute));
        if minute < last {
            model.counts.iter_mut().for_each(|count| count.pass(minute));
        }
    }
    let seen = model.counts.iter().filter(|count| count.seen);
    let mut clocks: Vec<Clock> = seen.map(|count| count.shown(last)).collect();
    clocks.sort_by_key(|clock| (clock.metric, clock.instance, clock.expectation, clock.calendar, clock.carried_from));
    clocks
}

struct Model<'a> {
    offers: &'a [Offer<'a>],
    counts: Vec<Count<'a>>,
    holds: BTreeSet<PromiseKey>,
    status: CaseStatus,
    is_opened: bool,
    was_answered: bool,
    /// The minute of the oldest message that is unanswered.
    waits: Option<i64>,
    owed: BTreeSet<Metric>,
    numbers: BTreeMap<Metric, u32>,
}

impl<'a> Model<'a> {
    fn new(offers: &'a [Offer<'a>]) -> Self {
        Self {
            offers,
            counts: Vec::new(),
            holds: BTreeSet::new(),
            status: CaseStatus::New,
            is_opened: false,
            was_answered: false,
            waits: None,
            owed: BTreeSet::new(),
            numbers: BTreeMap::new(),
        }
    }

    fn is_over(&self) -> bool {
        self.status == CaseStatus::Closed || self.status == CaseStatus::Merged
    }

    fn happen(&mut self, minute: i64, facts: &[&Fact]) {
        let before = self.counts.clone();
        for fact in facts {
            if let Fact::Promises(names) = fact {
                self.holds = names.iter().copied().collect();
            }
        }
        if self.is_over() {
            return;
        }
        if !self.is_opened {
            if !facts.contains(&&Fact::Opened) {
                return;
            }
            self.is_opened = true;
            self.owe(Metric::FirstResponse, minute);
            self.owe(Metric::FirstResolution, minute);
            self.owe(Metric::TotalResolution, minute);
        }
        let replied = self.listen(minute, facts);
        for fact in facts {
            if let Fact::Absorbed(carried) = fact {
                self.take_in(carried, minute);
            }
        }
        self.meet(minute);
        let (moved, reopened) = self.walk(minute, facts);
        if !self.is_over() {
            if self.was_answered
                && let Some(asked) = self.waits
                && !self.owed.contains(&Metric::NextResponse)
            {
                self.owe_since(Metric::NextResponse, asked, minute);
            }
            let resolved = self.status == CaseStatus::Resolved;
            if (replied || reopened) && !resolved && !self.owed.contains(&Metric::Update) {
                self.owe(Metric::Update, minute);
            }
        }
        self.set_modes(minute, moved);
        self.choose(minute, &before);
    }

    fn owe(&mut self, metric: Metric, minute: i64) {
        self.owe_since(metric, minute, minute);
    }

    /// Something that is owed since an earlier minute: the minutes since then are counted first.
    fn owe_since(&mut self, metric: Metric, asked: i64, minute: i64) {
        *self.numbers.entry(metric).or_insert(0) += 1;
        self.owed.insert(metric);
        for offer in self.offers {
            if offer.promise.metric == metric {
                let mut count = Count::new(offer, self.numbers[&metric], asked);
                for past in asked..minute {
                    count.notice(past);
                    count.pass(past);
                }
                count.came = minute;
                self.counts.push(count);
            }
        }
    }

    /// The case goes on in another one, and so does what it owes for a metric.
    fn hand_over(&mut self, metric: Metric, minute: i64) {
        for count in &mut self.counts {
            if count.over.is_none() && count.left.is_none() && count.metric() == metric {
                count.over = Some(count.handed_over(minute));
            }
        }
        self.finish(metric, minute, false);
    }

    fn finish(&mut self, metric: Metric, minute: i64, fulfilled: bool) {
        self.owed.remove(&metric);
        for count in &mut self.counts {
            if count.over.is_none() && count.metric() == metric {
                count.over = Some(match count.left.take() {
                    Some((clock, _)) => clock,
                    None => count.ended(minute, fulfilled),
                });
            }
        }
    }

    fn listen(&mut self, minute: i64, facts: &[&Fact]) -> bool {
        let mut replied = false;
        for fact in facts {
            if **fact == Fact::CustomerMessage {
                self.waits = self.waits.or(Some(minute));
            }
            if let Fact::Waited(since) = **fact {
                let since = self::minute(since);
                self.waits = Some(self.waits.unwrap_or(since).min(since));
            }
            if **fact == Fact::Reply {
                self.finish(Metric::FirstResponse, minute, true);
                self.finish(Metric::NextResponse, minute, true);
                self.finish(Metric::Update, minute, true);
                self.waits = None;
                self.was_answered = true;
                replied = true;
            }
        }
        replied
    }

    fn take_in(&mut self, carried: &[Carried], at: i64) {
        for clock in carried {
            let key = (clock.expectation, clock.calendar);
            let Some(offer) = self.offers.iter().find(|offer| offer.promise.key() == key) else {
                continue;
            };
            assert_eq!(clock.consumed % MINUTE, 0);
            let mut count = Count::new(offer, clock.instance, minute(clock.started_at));
            count.from_case = Some(clock.from_case);
            count.came = at;
            count.consumed = clock.consumed / MINUTE;
            count.due = clock.due_at.map(minute);
            count.came_broken = clock.due_at.is_some();
            count.log = vec![(at, ClockEventKind::Activated)];
            count.seen = true;
            self.counts.push(count);
        }
    }

    /// Where clocks came in at this minute, only the first of their metric stays, and what is late already.
    fn meet(&mut self, minute: i64) {
        let came = |count: &&Count<'_>| count.from_case.is_some() && count.came == minute;
        let metrics: BTreeSet<Metric> = self.counts.iter().filter(came).map(Count::metric).collect();
        for metric in metrics {
            let rivals = self.counts.iter().filter(|count| count.metric() == metric && count.is_open());
            let best = rivals.map(|count| count.rank(minute)).min().unwrap();
            for count in &mut self.counts {
                if count.metric() == metric && count.is_open() && count.due.is_none() && count.rank(minute) != best {
                    count.over = Some(count.ended(minute, false));
                }
            }
        }
    }

    /// Whether the status changed, and whether the case was reopened.
    fn walk(&mut self, minute: i64, facts: &[&Fact]) -> (bool, bool) {
        let (mut moved, mut reopened, mut resolved) = (false, false, false);
        for fact in facts {
            let to = match fact {
                Fact::Status(to) => *to,
                Fact::MergedAway => CaseStatus::Merged,
                _ => continue,
            };
            if to == self.status || self.is_over() {
                continue;
            }
            if to == CaseStatus::Resolved {
                self.finish(Metric::FirstResolution, minute, true);
                self.finish(Metric::Update, minute, false);
                resolved = true;
            } else if to == CaseStatus::Closed || to == CaseStatus::Merged {
                if resolved && self.status == CaseStatus::Resolved {
                    self.finish(Metric::TotalResolution, minute, true);
                }
                for metric in Metric::ALL {
                    if to == CaseStatus::Merged {
                        self.hand_over(*metric, minute);
                    } else {
                        self.finish(*metric, minute, false);
                    }
                }
            } else if self.status == CaseStatus::Resolved {
                reopened = true;
            }
            self.status = to;
            moved = true;
        }
        (moved, reopened)
    }

    fn set_modes(&mut self, minute: i64, moved: bool) {
        let status = self.status;
        for count in self.counts.iter_mut().filter(|count| count.over.is_none()) {
            let is_new = count.came == minute;
            let came_to_resolved = count.from_case.is_some() && status == CaseStatus::Resolved && !moved;
            if !(moved || is_new) || (is_new && came_to_resolved) {
                continue;
            }
            let promise = count.offer.promise;
            let (waits, holds) = (status == CaseStatus::WaitingOnCustomer, status == CaseStatus::OnHold);
            let pauses = match count.metric() {
                Metric::FirstResponse | Metric::NextResponse => false,
                Metric::Update | Metric::FirstResolution => waits && promise.pauses_waiting || holds && promise.pauses_on_hold,
                Metric::TotalResolution => waits && promise.pauses_waiting,
            };
            let done = count.metric() == Metric::TotalResolution && status == CaseStatus::Resolved;
            match count.mode {
                Mode::Done(..) if done => {}
                _ if done => {
                    let (due, warning) = (count.due_shown(minute), count.warning_shown(minute));
                    count.change(Mode::Done(minute, due, warning), minute);
                }
                Mode::Paused(_) if pauses => {}
                _ if pauses => count.change(Mode::Paused(minute), minute),
                Mode::Runs => {}
                Mode::Paused(_) | Mode::Done(..) => count.change(Mode::Runs, minute),
            }
        }
    }

    /// Which of the case's own clocks are seen from now on. `before` is how they stood before this minute.
    fn choose(&mut self, minute: i64, before: &[Count<'a>]) {
        for (place, count) in self.counts.iter_mut().enumerate() {
            let is_new = count.came == minute;
            let is_settled = count.over.is_some() && !is_new;
            let is_stopped = count.metric() == Metric::TotalResolution && self.status == CaseStatus::Resolved && !is_new;
            if count.from_case.is_some() || is_settled || is_stopped {
                continue;
            }
            let holds = self.holds.contains(&count.offer.promise.key());
            if holds && !count.seen {
                count.seen = true;
            } else if holds && let Some((clock, was_done)) = count.left.take() {
                if !was_done {
                    if clock.breach.is_none() {
                        count
                            .log
                            .push((clock.ended_at.map_or(minute, self::minute), ClockEventKind::Cancelled));
                    }
                    count.log.push((minute, ClockEventKind::Activated));
                }
            } else if !holds && count.seen && count.left.is_none() {
                let stood = &before[place];
                count.left = Some((stood.ended(minute, false), matches!(stood.mode, Mode::Done(..))));
            }
        }
    }
}
