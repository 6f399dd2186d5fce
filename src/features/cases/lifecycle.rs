//! The states of a case: which follow which, and what a message of the customer does to them. Pure.
//!
//! `NEW → OPEN ⇄ {WAITING_ON_CUSTOMER, ON_HOLD}`, any of the open ones but `NEW → RESOLVED → CLOSED`, and `RESOLVED → OPEN` is a
//! reopening. `MERGED` is reached by merging only. Whether a step needs a message to the customer is not decided here.

use std::collections::VecDeque;

use entity::CaseStatus;

use crate::error::{UserError, UserErrorCode};

/// What a message of the customer does to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageEffect {
    /// The status stays.
    Stay,
    /// The case waits no longer: it becomes OPEN.
    Open,
    /// It was not solved after all: it is reopened.
    Reopen,
    /// The case is closed for good: the message goes to one that goes on from it, or opens one.
    LinkedCase,
    /// The case goes on in another one, which gets the message.
    Forward,
}

/// The statuses that may follow one, other than by merging.
#[must_use]
pub const fn legal(from: CaseStatus) -> &'static [CaseStatus] {
    use CaseStatus::{Closed, Merged, New, OnHold, Open, Resolved, WaitingOnCustomer};
    match from {
        New => &[Open],
        Open => &[WaitingOnCustomer, OnHold, Resolved],
        WaitingOnCustomer | OnHold => &[Open, Resolved],
        Resolved => &[Open, Closed],
        Closed | Merged => &[],
    }
}

/// Whether a status may follow another one.
///
/// # Errors
/// [`UserErrorCode::NotAllowedNow`] at `to`, with what is legal instead.
pub fn check(from: CaseStatus, to: CaseStatus) -> Result<(), UserError> {
    check_among(legal(from), from, to)
}

/// The statuses that a command can bring a case to: what follows OPEN is reached from NEW in one go, the case was open for an
/// instant.
#[must_use]
pub fn reachable(from: CaseStatus) -> Vec<CaseStatus> {
    let mut statuses = legal(from).to_vec();
    if from == CaseStatus::New {
        statuses.extend(legal(CaseStatus::Open));
    }
    statuses
}

/// Whether a command can bring a case from one status to another one.
///
/// # Errors
/// As [`check`].
pub fn check_reach(from: CaseStatus, to: CaseStatus) -> Result<(), UserError> {
    check_among(&reachable(from), from, to)
}

fn check_among(legal: &[CaseStatus], from: CaseStatus, to: CaseStatus) -> Result<(), UserError> {
    if legal.contains(&to) {
        return Ok(());
    }
    let what = if from == to {
        format!("the case is {from} already")
    } else if to == CaseStatus::Merged {
        "a case becomes MERGED only by being merged into another one".to_owned()
    } else {
        format!("a case that is {from} cannot become {to}")
    };
    let instead = if legal.is_empty() {
        "its status can no longer change".to_owned()
    } else {
        let names: Vec<&str> = legal.iter().map(|status| status.as_str()).collect();
        format!("legal now: {}", names.join(", "))
    };
    Err(UserError::at("to", UserErrorCode::NotAllowedNow, format!("{what}; {instead}")))
}

/// The fewest legal steps from one status to another: none when it is there already, `None` when there is no way. For records
/// of other systems, which leave out the states in between.
#[must_use]
pub fn path(from: CaseStatus, to: CaseStatus) -> Option<Vec<CaseStatus>> {
    let mut seen = vec![from];
    let mut ways = VecDeque::from([Vec::new()]);
    while let Some(way) = ways.pop_front() {
        let end = way.last().copied().unwrap_or(from);
        if end == to {
            return Some(way);
        }
        for next in legal(end) {
            if !seen.contains(next) {
                seen.push(*next);
                let mut longer = way.clone();
                longer.push(*next);
                ways.push_back(longer);
            }
        }
    }
    None
}

/// Whether there is still something to do for the company or the customer.
#[must_use]
pub const fn is_open(status: CaseStatus) -> bool {
    matches!(
        status,
        CaseStatus::New | CaseStatus::Open | CaseStatus::WaitingOnCustomer | CaseStatus::OnHold
    )
}

/// Whether it is over for good.
#[must_use]
pub const fn is_over(status: CaseStatus) -> bool {
    matches!(status, CaseStatus::Closed | CaseStatus::Merged)
}

/// Whether the customer waits, or is waited for, and must have been told so.
#[must_use]
pub const fn is_waiting(status: CaseStatus) -> bool {
    matches!(status, CaseStatus::WaitingOnCustomer | CaseStatus::OnHold)
}

/// Whether it can be merged into another case.
#[must_use]
pub const fn can_be_merged(status: CaseStatus) -> bool {
    !is_over(status)
}

/// What a message of the customer does.
#[must_use]
pub const fn on_customer_message(status: CaseStatus) -> MessageEffect {
    match status {
        CaseStatus::New | CaseStatus::Open => MessageEffect::Stay,
        CaseStatus::WaitingOnCustomer | CaseStatus::OnHold => MessageEffect::Open,
        CaseStatus::Resolved => MessageEffect::Reopen,
        CaseStatus::Closed => MessageEffect::LinkedCase,
        CaseStatus::Merged => MessageEffect::Forward,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CaseStatus::{Closed, Merged, New, OnHold, Open, Resolved, WaitingOnCustomer};

    #[test]
    fn only_legal_steps_pass() {
        let steps = [
            (New, Open),
            (Open, WaitingOnCustomer),
            (Open, OnHold),
            (Open, Resolved),
            (WaitingOnCustomer, Open),
            (WaitingOnCustomer, Resolved),
            (OnHold, Open),
            (OnHold, Resolved),
            (Resolved, Open),
            (Resolved, Closed),
        ];
        for from in CaseStatus::ALL {
            for to in CaseStatus::ALL {
                assert_eq!(check(*from, *to).is_ok(), steps.contains(&(*from, *to)), "{from} to {to}");
            }
        }
    }

    #[test]
    fn a_refusal_says_what_is_legal_now() {
        let refused = |from, to| check(from, to).unwrap_err();
        assert_eq!(refused(New, Resolved).code, UserErrorCode::NotAllowedNow);
        assert_eq!(refused(New, Resolved).field, ["to"]);
        assert_eq!(
            refused(New, Resolved).message,
            "a case that is NEW cannot become RESOLVED; legal now: OPEN"
        );
        assert_eq!(
            refused(Open, Open).message,
            "the case is OPEN already; legal now: WAITING_ON_CUSTOMER, ON_HOLD, RESOLVED"
        );
        assert_eq!(
            refused(Closed, Open).message,
            "a case that is CLOSED cannot become OPEN; its status can no longer change"
        );
        let reach = |to| check_reach(New, to).map_err(|error| error.message);
        assert!([Open, WaitingOnCustomer, OnHold, Resolved].into_iter().all(|to| reach(to).is_ok()));
        assert_eq!(
            reach(Closed),
            Err("a case that is NEW cannot become CLOSED; legal now: OPEN, WAITING_ON_CUSTOMER, ON_HOLD, RESOLVED".to_owned())
        );
        assert_eq!(reachable(Open), legal(Open));
        assert!(
            refused(Open, Merged)
                .message
                .starts_with("a case becomes MERGED only by being merged")
        );
    }

    #[test]
    fn imports_go_through_legal_states() {
        assert_eq!(path(New, Resolved), Some(vec![Open, Resolved]));
        assert_eq!(path(New, Closed), Some(vec![Open, Resolved, Closed]));
        assert_eq!(path(WaitingOnCustomer, OnHold), Some(vec![Open, OnHold]));
        assert_eq!(path(OnHold, Closed), Some(vec![Resolved, Closed]));
        assert_eq!(path(Resolved, WaitingOnCustomer), Some(vec![Open, WaitingOnCustomer]));
        assert_eq!(path(Open, Open), Some(vec![]));
        assert_eq!(path(Open, New), None);
        assert_eq!(path(Closed, Open), None);
        assert_eq!(path(Open, Merged), None);
    }

    #[test]
    fn every_path_is_legal() {
        for from in CaseStatus::ALL {
            for to in CaseStatus::ALL {
                let mut at = *from;
                for step in path(*from, *to).unwrap_or_default() {
                    assert_eq!(check(at, step), Ok(()));
                    at = step;
                }
                assert!(at == *to || path(*from, *to).is_none());
            }
        }
    }

    #[test]
    fn a_message_goes_where_the_case_is() {
        let effects = CaseStatus::ALL.iter().map(|status| on_customer_message(*status));
        let expected = [
            MessageEffect::Stay,
            MessageEffect::Stay,
            MessageEffect::Open,
            MessageEffect::Open,
            MessageEffect::Reopen,
            MessageEffect::LinkedCase,
            MessageEffect::Forward,
        ];
        assert!(effects.eq(expected));
    }

    #[test]
    fn every_status_is_open_resolved_or_over() {
        for status in CaseStatus::ALL {
            let kinds = [is_open(*status), *status == Resolved, is_over(*status)];
            assert_eq!(kinds.iter().filter(|is_so| **is_so).count(), 1, "{status}");
            assert!(!is_waiting(*status) || is_open(*status));
            assert_ne!(can_be_merged(*status), is_over(*status));
        }
    }
}
