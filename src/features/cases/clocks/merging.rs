//! Merging: what clocks a case takes along, and which of those that meet go on.

use std::collections::BTreeSet;

use entity::{CaseId, ClockState, Metric, Timestamp};

use super::clock::Clock;
use super::facts::Carried;
use super::run::{Outcome, Run, Since};

/// The open clocks that a case takes along when it is merged into another one at an instant, overdue ones too. `clocks` are those
/// of the case as of that instant, before it is told that it is merged away. One that it was brought itself keeps the name of
/// the case in which it was started.
#[must_use]
pub fn carried(clocks: &[Clock], from_case: CaseId, at: Timestamp) -> Vec<Carried> {
    let is_open = |clock: &&Clock| {
        let open = matches!(
            clock.state,
            ClockState::Pending | ClockState::ImminentBreach | ClockState::Breaching
        );
        open && clock.started_at <= at
    };
    let take = |clock: &Clock| Carried {
        expectation: clock.expectation,
        calendar: clock.calendar,
        metric: clock.metric,
        started_at: clock.started_at,
        consumed: clock.consumed,
        from_case: clock.carried_from.unwrap_or(from_case),
        instance: clock.instance,
        due_at: clock.breach.map(|breach| breach.due_at),
    };
    let mut taken: Vec<Carried> = clocks.iter().filter(is_open).map(take).collect();
    taken.sort_by_key(|clock| (clock.metric, clock.instance, clock.expectation, clock.calendar, clock.from_case));
    taken
}

/// Rule 10: of the open clocks of a metric, the case's own and those that others brought, the earliest due stays, by when it
/// would be due if all ran on from now; the others end. What is overdue comes before what is not, and never ends by this: the
/// customer still waits for it, and a breach ends when what was promised is done.
///
/// Returns the carried clocks that end. Own clocks that end keep their place in the obligation, which goes on: its promise may
/// not start again.
pub(super) fn earliest_stays<'p>(
    metric: Metric,
    own: &mut [Run<'p>],
    guests: &mut Vec<Run<'p>>,
    (at, before): (Timestamp, &[Since]),
) -> Vec<Clock> {
    let mut first = None;
    let guests_of_metric = guests.iter_mut().filter(|run| run.promise.metric == metric);
    for run in own.iter_mut().chain(guests_of_metric) {
        run.bring_to(at, before);
        if run.is_open() {
            let place = run.place(at);
            first = Some(first.map_or(place, |first| place.min(first)));
        }
    }
    let stays = |run: &Run<'_>| !run.is_open() || run.is_overdue() || Some(run.place(at)) == first;
    for run in own.iter_mut().filter(|run| !stays(run)) {
        run.lose(at);
    }
    guests
        .extract_if(.., |run| run.promise.metric == metric && !stays(run))
        .map(|run| run.end(at, Outcome::Dropped, before))
        .collect()
}

/// The metrics of which clocks were brought.
pub(super) fn metrics(newcomers: &[Run<'_>]) -> BTreeSet<Metric> {
    newcomers.iter().map(|run| run.promise.metric).collect()
}
