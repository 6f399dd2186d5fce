//! A week of open hours that repeats on the clock on the wall, less what is closed: how much of it is open up to any moment,
//! and back.
//!
//! Wall time is counted in microseconds since its own 1970-01-01 00:00, as if every day had 24 hours. Both questions are answered
//! by binary search among the spans of one week and among the holidays, so no span is too long.
//!
//! Not here: where the clock on the wall is put forward or back (`hours`).

/// A second in microseconds.
pub(super) const SECOND: i64 = 1_000_000;
/// A day of the clock on the wall.
pub(super) const DAY: i64 = 86_400 * SECOND;
/// A week of it.
pub(super) const WEEK: i64 = 7 * DAY;

/// The Monday of the week in which 1970-01-01, a Thursday, was.
const MONDAY: i64 = -3 * DAY;

/// A span of the week, counted from Monday 00:00, and what is open of the week before it.
#[derive(Clone, Debug)]
struct Span {
    start: i64,
    end: i64,
    before: i64,
}

/// A span of wall time that is closed.
#[derive(Clone, Debug)]
struct Closed {
    start: i64,
    end: i64,
    /// What is open up to it.
    open: i64,
    /// How much of the weeks' hours closed spans take away, up to this one and with it.
    taken: i64,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Line {
    week: Vec<Span>,
    /// What is open in a week, without regard to what is closed; positive.
    total: i64,
    closed: Vec<Closed>,
}

impl Line {
    /// From the spans of a week, of which there must be one at least, and closed spans of wall time; both in ascending order,
    /// not empty, and without overlaps.
    pub(super) fn new(week: &[(i64, i64)], closed: &[(i64, i64)]) -> Self {
        let mut line = Self {
            week: Vec::with_capacity(week.len()),
            total: 0,
            closed: Vec::with_capacity(closed.len()),
        };
        for &(start, end) in week {
            let before = line.total;
            line.week.push(Span { start, end, before });
            line.total += end - start;
        }
        let mut taken = 0;
        for &(start, end) in closed {
            let open = line.hours_until(start) - taken;
            taken += line.hours_until(end) - line.hours_until(start);
            line.closed.push(Closed { start, end, open, taken });
        }
        line
    }

    /// What is open up to a moment. Only differences mean something; the count is 0 at some Monday, and never falls.
    pub(super) fn open_until(&self, at: i64) -> i64 {
        let begun = self.closed.partition_point(|closed| closed.start < at);
        match begun.checked_sub(1).and_then(|index| self.closed.get(index)) {
            Some(closed) if at < closed.end => closed.open,
            Some(closed) => self.hours_until(at) - closed.taken,
            None => self.hours_until(at),
        }
    }

    /// The earliest moment at which [`Self::open_until`] reaches a count.
    pub(super) fn reaching(&self, open: i64) -> i64 {
        // The count stands still in a closed span, so those that begin below it are over when it is reached, and no other has begun.
        let over = self.closed.partition_point(|closed| closed.open < open);
        let taken = over.checked_sub(1).and_then(|index| self.closed.get(index));
        self.hours_reaching(open + taken.map_or(0, |closed| closed.taken))
    }

    /// The first span that is open at or after a moment, from that moment on. It may be followed by another at once.
    pub(super) fn next_open(&self, at: i64) -> (i64, i64) {
        // The count grows by one in the first microsecond that is open.
        let start = self.reaching(self.open_until(at) + 1) - 1;
        let (monday, place) = place(start);
        let of_week = self.week.get(self.week.partition_point(|span| span.end <= place));
        let end = of_week.map_or(start + 1, |span| monday + span.end);
        let closed = self.closed.get(self.closed.partition_point(|closed| closed.start < start));
        (start, closed.map_or(end, |closed| end.min(closed.start)))
    }

    /// The first moment, not before `at`, at which hours of the week open, or are open, or close, holidays or not.
    pub(super) fn hours_from(&self, at: i64) -> i64 {
        let (monday, place) = place(at);
        let sunday_closes = place == 0 && self.week.last().is_some_and(|span| span.end == WEEK);
        match self.week.get(self.week.partition_point(|span| span.end < place)) {
            _ if sunday_closes => at,
            Some(span) => monday + span.start.max(place),
            None => monday + WEEK + self.week.first().map_or(0, |span| span.start),
        }
    }

    /// The last moment, not after `at`, at which hours of the week close, or have been open until then, holidays or not.
    pub(super) fn hours_to(&self, at: i64) -> i64 {
        // Monday 00:00 counts to the week that it ends.
        let (monday, place) = place(at - 1);
        let begun = self.week.partition_point(|span| span.start <= place);
        match begun.checked_sub(1).and_then(|index| self.week.get(index)) {
            Some(span) => monday + span.end.min(place + 1),
            None => monday - WEEK + self.week.last().map_or(0, |span| span.end),
        }
    }

    /// What the weeks' hours come to up to a moment, holidays or not.
    fn hours_until(&self, at: i64) -> i64 {
        let (monday, place) = place(at);
        let begun = self.week.partition_point(|span| span.start < place);
        let of_week = begun.checked_sub(1).and_then(|index| self.week.get(index));
        let in_week = of_week.map_or(0, |span| span.before + place.min(span.end) - span.start);
        (monday - MONDAY) / WEEK * self.total + in_week
    }

    /// The earliest moment at which [`Self::hours_until`] reaches a count.
    fn hours_reaching(&self, open: i64) -> i64 {
        // The rest is what is reached within a week: more than nothing, and up to all of it.
        let weeks = (open - 1).div_euclid(self.total);
        let rest = (open - 1).rem_euclid(self.total) + 1;
        let begun = self.week.partition_point(|span| span.before < rest);
        let span = begun.checked_sub(1).and_then(|index| self.week.get(index));
        MONDAY + weeks * WEEK + span.map_or(0, |span| span.start + rest - span.before)
    }
}

/// The Monday 00:00 at or before a moment, and how long after it that is.
const fn place(at: i64) -> (i64, i64) {
    let place = (at - MONDAY).rem_euclid(WEEK);
    (at - place, place)
}
