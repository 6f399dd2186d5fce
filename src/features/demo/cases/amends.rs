//! How broken promises were made up for: apologies with and without a repair, and who was to come back when. Whether there was
//! anything to make up for is known only when the clocks have been replayed; what is planned here is done then.

use entity::{ApologyComponent, FollowUpKind, RepairKind, Timestamp};

use super::{DAY, HOUR, words};
use crate::features::demo::dice::Dice;
use crate::features::recovery::apology::Answer;

/// What is done beside the case itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Amends {
    /// For the promises that were broken, if any were.
    pub(super) apology: Option<Apology>,
    /// Whatever happens.
    pub(super) follow_ups: Vec<FollowUp>,
}

/// An apology for all broken promises of the case.
#[derive(Clone, Debug)]
pub(super) struct Apology {
    /// How long after the first promise was broken, in hours.
    pub(super) after_hours: i64,
    pub(super) text: &'static str,
    pub(super) components: &'static [ApologyComponent],
    /// Nobody has sent it yet.
    pub(super) is_draft: bool,
    pub(super) repair: Option<Repair>,
    pub(super) answer: Option<Answer>,
    /// A second one, for the same promises.
    pub(super) again: Option<&'static str>,
    /// It was taken back, for this reason.
    pub(super) retracted: Option<&'static str>,
}

/// A repair that was promised with the apology.
#[derive(Clone, Debug)]
pub(super) struct Repair {
    pub(super) kind: RepairKind,
    pub(super) description: &'static str,
    /// In euros.
    pub(super) amount: Option<f64>,
    pub(super) due_days: i64,
    pub(super) delivered_after_days: Option<i64>,
}

/// Coming back to the customer.
#[derive(Clone, Debug)]
pub(super) struct FollowUp {
    pub(super) kind: FollowUpKind,
    pub(super) description: &'static str,
    pub(super) scheduled_at: Timestamp,
    pub(super) due_at: Timestamp,
    pub(super) then: Then,
}

/// What became of a follow-up.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    /// Nothing so far; where its time has passed, it was missed.
    Nothing,
    /// It was done.
    Done(Timestamp),
    /// It was put off to another time at an instant, and then done at another one, if at all.
    PutOff(Timestamp, Timestamp, Option<Timestamp>),
    /// It was no longer needed.
    Cancelled(Timestamp),
}

/// Everything that makes an apology worth something.
pub(super) const WHOLE: &[ApologyComponent] = &[
    ApologyComponent::Regret,
    ApologyComponent::Explanation,
    ApologyComponent::Responsibility,
    ApologyComponent::Repentance,
    ApologyComponent::Repair,
];

/// Being sorry, and nothing else.
pub(super) const EMPTY: &[ApologyComponent] = &[ApologyComponent::Regret];

/// Repairs that were promised.
const REPAIRS: [Repair; 4] = [
    Repair {
        kind: RepairKind::Credit,
        description: "One month of Plus",
        amount: Some(7.99),
        due_days: 3,
        delivered_after_days: Some(1),
    },
    Repair {
        kind: RepairKind::Replacement,
        description: "A new device by express",
        amount: None,
        due_days: 5,
        delivered_after_days: Some(4),
    },
    Repair {
        kind: RepairKind::Refund,
        description: "The second payment",
        amount: Some(23.97),
        due_days: 7,
        delivered_after_days: Some(9),
    },
    Repair {
        kind: RepairKind::Gesture,
        description: "A handwritten card and the good cables",
        amount: None,
        due_days: 10,
        delivered_after_days: None,
    },
];

/// What is done for a case of the past that was first answered at an instant, by `end` at the latest.
pub(super) fn draw(dice: &mut Dice, answered_at: i64, end: i64) -> Amends {
    let apology = dice.chance(0.6).then(|| draw_apology(dice));
    let mut follow_ups = Vec::new();
    if dice.chance(0.45) {
        follow_ups.push(draw_follow_up(dice, answered_at, end));
    }
    Amends { apology, follow_ups }
}

fn draw_apology(dice: &mut Dice) -> Apology {
    let after_hours = dice.waiting(20.0) as i64 + 1;
    if dice.chance(0.25) {
        return Apology {
            after_hours,
            text: dice.phrase(words::EMPTY_APOLOGIES),
            components: EMPTY,
            is_draft: false,
            repair: None,
            answer: Some(if dice.chance(0.5) { Answer::Rejected } else { Answer::NoReply }),
            again: dice.chance(0.4).then(|| dice.phrase(words::EMPTY_APOLOGIES)),
            retracted: None,
        };
    }
    let answer = match dice.weighted(&[0.55, 0.1, 0.2, 0.15]) {
        Some(0) => Some(Answer::Accepted),
        Some(1) => Some(Answer::Rejected),
        Some(2) => Some(Answer::NoReply),
        _ => None,
    };
    Apology {
        after_hours,
        text: dice.phrase(words::APOLOGIES),
        components: WHOLE,
        is_draft: false,
        repair: dice.pick(&REPAIRS).cloned().filter(|_| dice.chance(0.8)),
        answer,
        again: None,
        retracted: None,
    }
}

fn draw_follow_up(dice: &mut Dice, answered_at: i64, end: i64) -> FollowUp {
    let scheduled_at = answered_at;
    let due_at = scheduled_at + (1 + dice.below(4) as i64) * DAY + HOUR;
    let happened = |at: i64| (at <= end).then(|| Timestamp::from_micros(at));
    let early = due_at - HOUR * (1 + dice.below(20) as i64);
    let late = due_at + HOUR * (1 + dice.below(60) as i64);
    let then = match dice.weighted(&[0.55, 0.12, 0.13, 0.08, 0.12]) {
        Some(0) => happened(early).map(Then::Done),
        Some(1) => happened(late).map(Then::Done),
        Some(3) => happened(early).map(Then::Cancelled),
        Some(4) => happened(early).map(|at| Then::PutOff(at, Timestamp::from_micros(due_at + 2 * DAY), happened(due_at + DAY))),
        _ => None,
    };
    let kind = if dice.chance(0.75) {
        FollowUpKind::Promise
    } else {
        FollowUpKind::Nudge
    };
    FollowUp {
        kind,
        description: dice.phrase(words::FOLLOW_UPS),
        scheduled_at: Timestamp::from_micros(scheduled_at),
        due_at: Timestamp::from_micros(due_at),
        then: then.unwrap_or(Then::Nothing),
    }
}
