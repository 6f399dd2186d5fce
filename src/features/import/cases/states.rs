//! From the states in which a case was seen, one row each, to what happened to it: what differs between two rows happened
//! at the second. Rows that contradict the others are left out, as few as possible. Pure.

use entity::{CaseStatus, Severity, Timestamp};

use super::fields::State;
use crate::features::cases::backdate::record::{CaseRecord, RecordedEvent, What};
use crate::features::cases::lifecycle;
use crate::features::import::source::Fault;

/// Said of rows whose other member is passed over.
pub(super) const OTHER_MEMBER: &str = "a later row names another member: the case stays with that of its first row";

/// What the rows of a case tell.
#[derive(Debug)]
pub(super) struct Story {
    /// The case; `None` when no row is left.
    pub record: Option<CaseRecord>,
    /// Rows that are left out, by their place, ascending, and why.
    pub rejected: Vec<(usize, Fault)>,
    /// Rows that name another member than the first.
    pub other_members: usize,
}

/// Tells what happened to a case, from its rows in the order of the file.
pub(super) fn tell(rows: &[State]) -> Story {
    let mut sieve = Sieve::new(rows);
    sieve.opened_once();
    sieve.after_opening();
    sieve.forwards();
    sieve.closed_is_final();
    sieve.legal_steps();
    sieve.closed_stays_as_it_is();
    let kept: Vec<&State> = sieve.kept().map(|(_, row)| row).collect();
    let other_members = kept
        .first()
        .map_or(0, |first| kept.iter().filter(|row| row.member != first.member).count());
    Story {
        record: record(&kept),
        rejected: sieve.rejected(),
        other_members,
    }
}

/// Rows and what is wrong with them.
struct Sieve<'a> {
    rows: Vec<(&'a State, Option<Fault>)>,
    /// When the case was opened, if rows say so; otherwise that is when it was first seen.
    opened_at: Option<Timestamp>,
}

impl<'a> Sieve<'a> {
    fn new(rows: &'a [State]) -> Self {
        Self {
            rows: rows.iter().map(|row| (row, None)).collect(),
            opened_at: rows.first().and_then(|row| row.opened_at),
        }
    }

    fn kept(&self) -> impl Iterator<Item = (usize, &'a State)> {
        let rows = self.rows.iter().enumerate();
        rows.filter(|(_, (_, fault))| fault.is_none())
            .map(|(place, (row, _))| (place, *row))
    }

    fn reject(&mut self, place: usize, field: &str, reason: String) {
        if let Some((_, fault)) = self.rows.get_mut(place) {
            *fault = Some(Fault::field(field, reason));
        }
    }

    fn rejected(self) -> Vec<(usize, Fault)> {
        let rows = self.rows.into_iter().enumerate();
        rows.filter_map(|(place, (_, fault))| Some((place, fault?))).collect()
    }

    fn opened_once(&mut self) {
        let Some(opened_at) = self.opened_at else { return };
        for place in 0..self.rows.len() {
            let other = self
                .rows
                .get(place)
                .and_then(|(row, _)| row.opened_at)
                .filter(|at| *at != opened_at);
            if let Some(other) = other {
                let reason = format!("{other}: the first row says that the case was opened at {opened_at}");
                self.reject(place, "openedAt", reason);
            }
        }
    }

    fn after_opening(&mut self) {
        let Some(opened_at) = self.opened_at else { return };
        let early: Vec<_> = self
            .kept()
            .filter(|(_, row)| row.at < opened_at)
            .map(|(place, row)| (place, row.at))
            .collect();
        for (place, at) in early {
            self.reject(place, "at", format!("{at}: is before the case was opened, at {opened_at}"));
        }
    }

    /// Time does not run backwards: the longest run of rows in which it does not is kept.
    fn forwards(&mut self) {
        let kept: Vec<(usize, Timestamp)> = self.kept().map(|(place, row)| (place, row.at)).collect();
        if kept.is_sorted_by_key(|(_, at)| *at) {
            return;
        }
        let fits = longest_ascent(&kept.iter().map(|(_, at)| *at).collect::<Vec<_>>());
        for (position, (place, at)) in kept.into_iter().enumerate() {
            if fits.binary_search(&position).is_err() {
                let reason = format!("{at}: runs backwards against the rows around it");
                self.reject(place, "at", reason);
            }
        }
    }

    /// A closed case stays closed here. Where a log goes on after closing, the case was not over yet, and the row that says
    /// so is left out; going on then is a reopening.
    fn closed_is_final(&mut self) {
        let kept: Vec<(usize, CaseStatus)> = self.kept().map(|(place, row)| (place, row.status)).collect();
        let last_open = kept.iter().rposition(|(_, status)| *status != CaseStatus::Closed).unwrap_or(0);
        for (place, status) in kept.into_iter().take(last_open) {
            if status == CaseStatus::Closed {
                let reason = "says CLOSED, and later rows show the case at work again: it was not over".to_owned();
                self.reject(place, "status", reason);
            }
        }
    }

    fn legal_steps(&mut self) {
        let mut status = CaseStatus::New;
        let mut wrong = Vec::new();
        for (place, row) in self.kept() {
            if lifecycle::path(status, row.status).is_some() {
                status = row.status;
            } else {
                wrong.push((place, format!("{} cannot come after {status}", row.status)));
            }
        }
        for (place, reason) in wrong {
            self.reject(place, "status", reason);
        }
    }

    /// Nothing of a case changes once it is closed: a row that says so is left out.
    fn closed_stays_as_it_is(&mut self) {
        let mut kept = self.kept().skip_while(|(_, row)| row.status != CaseStatus::Closed);
        let Some((_, closed)) = kept.next() else { return };
        let changed = kept.filter_map(|(place, row)| Some((place, differences(closed, row).next()?)));
        let changed: Vec<(usize, What)> = changed.collect();
        for (place, what) in changed {
            let reason = format!("changes the {} of a case that is CLOSED by then", what.name());
            self.reject(place, what.name(), reason);
        }
    }
}

/// The places of a longest run that never descends, ascending (patience sorting).
fn longest_ascent(times: &[Timestamp]) -> Vec<usize> {
    // The place of the smallest last element of a run of each length, and for each place the one before it in its run.
    let mut ends: Vec<(Timestamp, usize)> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(times.len());
    for (place, at) in times.iter().enumerate() {
        let length = ends.partition_point(|(end, _)| end <= at);
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter)).map(|(_, end)| *end));
        match ends.get_mut(length) {
            Some(end) => *end = (*at, place),
            None => ends.push((*at, place)),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut next = ends.last().map(|(_, place)| *place);
    while let Some(place) = next {
        run.push(place);
        next = before.get(place).copied().flatten();
    }
    run.reverse();
    run
}

fn record(kept: &[&State]) -> Option<CaseRecord> {
    let first = kept.first()?;
    let mut record = CaseRecord {
        source: first.source.clone(),
        external_id: first.external_id.clone(),
        member: first.member.clone(),
        origin: None,
        subject: first.subject.clone(),
        text: None,
        category: first.category.clone(),
        severity: first.severity.unwrap_or(Severity::Normal),
        channel: first.channel.clone(),
        visibility: first.visibility,
        opened_at: first.opened_at.unwrap_or(first.at),
        events: Vec::new(),
    };
    // A case is opened as new, and nobody has it yet.
    let mut seen = State {
        status: CaseStatus::New,
        assignee: None,
        group: None,
        severity: Some(record.severity),
        ..(*first).clone()
    };
    for row in kept {
        record
            .events
            .extend(differences(&seen, row).map(|what| RecordedEvent::new(row.at, what)));
        seen = State {
            severity: row.severity.or(seen.severity),
            ..(*row).clone()
        };
    }
    Some(record)
}

/// What happened between two rows. The status comes last: who got the case in the same instant is who changed it.
fn differences(before: &State, after: &State) -> impl Iterator<Item = What> {
    let severity = after.severity.filter(|to| Some(*to) != before.severity).map(What::Severity);
    let category = (after.category != before.category).then(|| What::Category(after.category.clone()));
    let channel = (after.channel != before.channel).then(|| What::Channel(after.channel.clone()));
    let visibility = (after.visibility != before.visibility).then_some(What::Visibility(after.visibility));
    let group = (after.group != before.group).then(|| What::Group(after.group.clone()));
    let assignee = (after.assignee != before.assignee).then(|| What::Assignee(after.assignee.clone()));
    let status = (after.status != before.status).then_some(What::Status(after.status));
    [severity, category, channel, visibility, group, assignee, status]
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENED: i64 = 1_000;

    fn row(minute: i64, status: CaseStatus) -> State {
        State {
            member: "ada".to_owned(),
            opened_at: Some(Timestamp::from_micros(OPENED)),
            at: Timestamp::from_micros(OPENED + minute),
            status,
            ..State::blank()
        }
    }

    fn statuses(record: &CaseRecord) -> Vec<(i64, CaseStatus)> {
        let status = |event: &RecordedEvent| match event.what {
            What::Status(to) => Some((event.at.as_micros() - OPENED, to)),
            _ => None,
        };
        record.events.iter().filter_map(status).collect()
    }

    fn places(story: &Story) -> Vec<(usize, &str)> {
        let field = |fault: &Fault| match fault.field.as_deref() {
            Some("at") => "at",
            Some("status") => "status",
            Some("openedAt") => "openedAt",
            _ => "?",
        };
        story.rejected.iter().map(|(place, fault)| (*place, field(fault))).collect()
    }

    use CaseStatus::{Closed, New, Open, Resolved, WaitingOnCustomer};

    #[test]
    fn what_differs_between_rows_happened_at_the_second() {
        let mut rows = vec![row(1, New), row(5, Open), row(5, Open), row(9, Resolved)];
        rows[1].assignee = Some("tom".to_owned());
        rows[2].assignee = Some("tom".to_owned());
        rows[2].severity = Some(Severity::High);
        rows[3].category = Some("billing".to_owned());
        let story = tell(&rows);
        let record = story.record.unwrap();
        let told: Vec<(i64, &str)> = record
            .events
            .iter()
            .map(|event| (event.at.as_micros() - OPENED, event.what.name()))
            .collect();
        assert_eq!(
            told,
            [
                (5, "assignee"),
                (5, "status"),
                (5, "severity"),
                (9, "category"),
                (9, "assignee"),
                (9, "status")
            ]
        );
        assert_eq!((record.severity, record.opened_at.as_micros()), (Severity::Normal, OPENED));
        assert!(story.rejected.is_empty());
    }

    #[test]
    fn the_first_row_tells_of_its_own_time_not_of_the_opening() {
        let mut first = row(7, WaitingOnCustomer);
        first.group = Some("desk".to_owned());
        let record = tell(&[first]).record.unwrap();
        assert_eq!(statuses(&record), [(7, WaitingOnCustomer)]);
        assert_eq!(record.events[0].what, What::Group(Some("desk".to_owned())));
    }

    #[test]
    fn as_few_rows_as_possible_are_left_out_where_time_runs_backwards() {
        // The odd one is the first, not the three after it.
        let story = tell(&[row(90, New), row(5, New), row(70, Resolved), row(500, Closed)]);
        assert_eq!(places(&story), [(0, "at")]);
        assert_eq!(statuses(&story.record.unwrap()), [(70, Resolved), (500, Closed)]);
        let story = tell(&[row(10, Open), row(30, Resolved), row(20, Open), row(40, Closed)]);
        assert_eq!(places(&story), [(1, "at")]);
    }

    #[test]
    fn rows_before_the_opening_are_left_out() {
        let story = tell(&[row(-5, Open), row(3, Open)]);
        assert_eq!(places(&story), [(0, "at")]);
        assert_eq!(statuses(&story.record.unwrap()), [(3, Open)]);
        let mut other = row(9, Resolved);
        other.opened_at = Some(Timestamp::from_micros(OPENED + 1));
        assert_eq!(places(&tell(&[row(1, Open), other])), [(1, "openedAt")]);
        assert!(tell(&[row(-1, New)]).record.is_none());
    }

    #[test]
    fn closed_and_then_at_work_again_is_a_reopening_of_what_was_resolved() {
        let rows = [
            row(1, Open),
            row(2, Resolved),
            row(3, Closed),
            row(4, Open),
            row(5, Resolved),
            row(6, Closed),
            row(7, Closed),
        ];
        let story = tell(&rows);
        assert_eq!(places(&story), [(2, "status")]);
        assert_eq!(
            statuses(&story.record.unwrap()),
            [(1, Open), (2, Resolved), (4, Open), (5, Resolved), (6, Closed)]
        );
    }

    #[test]
    fn what_changes_after_closing_is_left_out() {
        let mut rows = [row(1, Open), row(2, Closed), row(3, Closed), row(4, Closed)];
        rows[2].category = Some("billing".to_owned());
        let story = tell(&rows);
        assert_eq!(
            story
                .rejected
                .iter()
                .map(|(place, fault)| (*place, fault.field.as_deref()))
                .collect::<Vec<_>>(),
            [(2, Some("category"))]
        );
        assert_eq!(story.record.unwrap().events.len(), 2);
    }

    #[test]
    fn a_step_that_no_case_takes_is_left_out() {
        let story = tell(&[row(1, Open), row(2, New), row(3, Resolved)]);
        assert_eq!(places(&story), [(1, "status")]);
        assert_eq!(statuses(&story.record.unwrap()), [(1, Open), (3, Resolved)]);
    }

    #[test]
    fn another_member_changes_nothing_but_is_counted() {
        let mut other = row(2, Resolved);
        other.member = "ben".to_owned();
        let story = tell(&[row(1, Open), other]);
        assert_eq!((story.other_members, story.rejected.len()), (1, 0));
        assert_eq!(story.record.unwrap().member, "ada");
    }
}
