//! When things happen in the demo: quiet weekends, busy evenings, a community that grows, and two occasions on which
//! everybody writes at once. Who writes what is the story's business.

use super::DemoPlan;
use super::dice::Dice;

/// Microseconds in an hour.
pub(super) const HOUR: i64 = 3_600_000_000;
/// Microseconds in a day.
pub(super) const DAY: i64 = 24 * HOUR;

/// No demo is longer than this, however many days are asked for.
const MOST_DAYS: u32 = 7_300;

/// Activity from Monday to Sunday.
const WEEK: [f64; 7] = [1.15, 1.2, 1.2, 1.1, 0.95, 0.55, 0.6];
/// Activity by hour in UTC: Europe during the day, the Americas in the evening, Asia early.
const HOURS: [f64; 24] = [
    0.8, 0.7, 0.6, 0.5, 0.5, 0.5, 0.6, 0.9, 1.2, 1.4, 1.4, 1.3, 1.2, 1.4, 1.6, 1.7, 1.7, 1.8, 2.0, 2.1, 1.9, 1.6, 1.2, 1.0,
];

/// Why a conversation starts on a given day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// No particular reason.
    Ordinary,
    /// The streaming service was down for a day.
    Outage,
    /// A large firmware version came out.
    Release,
}

impl Occasion {
    /// Where in the whole period it begins.
    pub(super) const fn begins(self) -> f64 {
        match self {
            Self::Ordinary => 0.0,
            Self::Outage => 0.68,
            Self::Release => 0.37,
        }
    }

    /// How long people keep starting conversations about it, in hours on average.
    const fn lasts(self) -> f64 {
        match self {
            Self::Ordinary => 0.0,
            Self::Outage => 14.0,
            Self::Release => 60.0,
        }
    }
}

/// The period the demo covers, and how busy each of its days is.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    start: i64,
    end: i64,
    first_day: i64,
    busyness: Vec<f64>,
}

impl Calendar {
    /// The period of the plan: from `days` before now (at least one, at most twenty years) until a minute before now.
    pub(super) fn new(plan: &DemoPlan) -> Self {
        let now = plan.now.as_micros();
        let start = now.saturating_sub(i64::from(plan.days.clamp(1, MOST_DAYS)).saturating_mul(DAY));
        let end = now.saturating_sub(HOUR / 60).max(start);
        let first_day = start.div_euclid(DAY);
        let busyness = (first_day..=end.div_euclid(DAY)).map(|day| busyness_of(day, start, end)).collect();
        Self {
            start,
            end,
            first_day,
            busyness,
        }
    }

    /// The first instant, in microseconds.
    pub(super) const fn start(&self) -> i64 {
        self.start
    }

    /// The last instant, in microseconds.
    pub(super) const fn end(&self) -> i64 {
        self.end
    }

    /// How many days it has, rounded up.
    pub(super) const fn days(&self) -> usize {
        ((self.end - self.start) / DAY + 1) as usize
    }

    /// How much of the period is over at this instant, from 0 to 1.
    pub(super) fn progress(&self, at: i64) -> f64 {
        let span = (self.end - self.start).max(1) as f64;
        ((at - self.start) as f64 / span).clamp(0.0, 1.0)
    }

    /// The instant at which this much of the period is over.
    pub(super) fn at(&self, progress: f64) -> i64 {
        let span = (self.end - self.start) as f64;
        (self.start + (span * progress) as i64).clamp(self.start, self.end)
    }

    /// When a conversation starts.
    pub(super) fn draw(&self, dice: &mut Dice, occasion: Occasion) -> i64 {
        if occasion == Occasion::Ordinary {
            return self.draw_ordinary(dice);
        }
        let after = dice.waiting(occasion.lasts()) * HOUR as f64;
        (self.at(occasion.begins()) + after as i64).min(self.end)
    }

    /// An instant that many hours later on average; `None` when that would be after the end: it has not happened yet.
    pub(super) fn later(&self, dice: &mut Dice, at: i64, mean_hours: f64) -> Option<i64> {
        let micros = dice.waiting(mean_hours) * HOUR as f64;
        let instant = at.saturating_add(micros as i64).saturating_add(20_000_000);
        (instant <= self.end).then_some(instant)
    }

    fn draw_ordinary(&self, dice: &mut Dice) -> i64 {
        let day = self.first_day + dice.weighted(&self.busyness).unwrap_or_default() as i64;
        let hour = dice.weighted(&HOURS).unwrap_or_default() as i64;
        let instant = day * DAY + hour * HOUR + dice.below(HOUR as u64) as i64;
        if (self.start..=self.end).contains(&instant) {
            return instant;
        }
        // Only the first and the last day are cut: draw evenly from what is left of them.
        let from = (day * DAY).max(self.start);
        let until = (day * DAY + DAY).min(self.end);
        from + dice.below((until - from).max(0) as u64) as i64
    }
}

/// The weight of one day (counted from 1970-01-01, a Thursday): weekday, growth, and how much of it is covered.
fn busyness_of(day: i64, start: i64, end: i64) -> f64 {
    let weekday = (day + 3).rem_euclid(7) as usize;
    let rhythm = WEEK.get(weekday).copied().unwrap_or(1.0);
    let covered = (day * DAY + DAY).min(end) - (day * DAY).max(start);
    let grown = (day * DAY - start) as f64 / (end - start).max(1) as f64;
    let share = covered.max(0) as f64 / DAY as f64;
    rhythm * (0.45 + 0.55 * grown.clamp(0.0, 1.0)) * share
}
