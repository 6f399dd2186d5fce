//! What may be done to a case. Pure: the rules of working a case in one place.
//!
//! `check`: what is wrong with a command whatever case it is for. `decide`: what is legal, and what each command adds to the timeline.

mod check;
mod decide;

use entity::{CaseStatus, Severity, StaffId, Visibility};
use serde::Serialize;

pub use self::decide::{after_message, decide};
use super::timeline::NewEntry;

/// One command to a case.
#[derive(Clone, Debug, Serialize)]
pub enum Command {
    /// A person of the company replies where the customer can see it, and may set the status with it.
    Respond {
        /// The reply.
        text: String,
        /// The status afterwards; stays as it is when not given, except that a new case becomes open.
        then: Option<CaseStatus>,
    },
    /// The customer wrote, on whatever channel.
    ReceiveMessage {
        /// What they wrote.
        text: String,
        /// Where.
        channel: Option<String>,
    },
    /// The status changes.
    ChangeStatus {
        /// To this.
        to: CaseStatus,
        /// What the customer is told.
        message: Option<String>,
    },
    /// Somebody gets the case, or nobody.
    Assign {
        /// Who.
        to: Option<StaffId>,
    },
    /// It is passed on to a higher level.
    Escalate {
        /// Why.
        reason: String,
    },
    /// The member is taken aside, or the case goes public.
    Move {
        /// Where to.
        to: Visibility,
        /// Why.
        reason: Option<String>,
        /// What it is about from then on; `None` stays.
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
    },
    /// The company considers it solved.
    Resolve {
        /// What the customer is told.
        message: Option<String>,
    },
    /// It is not solved after all.
    Reopen {
        /// Why.
        reason: String,
    },
    /// It is over.
    Close,
    /// What the case says of itself changes; what is `None` stays.
    Update {
        /// What it is about.
        subject: Option<String>,
        /// Root cause; `Some(None)` clears it.
        #[serde(skip_serializing_if = "Option::is_none")]
        category: Option<Option<String>>,
        /// How bad it is.
        severity: Option<Severity>,
        /// Where it came in; `Some(None)` clears it.
        #[serde(skip_serializing_if = "Option::is_none")]
        channel: Option<Option<String>>,
    },
    /// Something for the company only.
    Note {
        /// The note.
        text: String,
    },
    /// How the customer feels now.
    RecordSentiment {
        /// From −1 to 1.
        value: f64,
    },
    /// The expectations of today take the place of those the case was opened with.
    Reapply,
}

/// What a command does.
#[derive(Debug, Default)]
pub struct Effect {
    /// What it adds to the timeline.
    pub entries: Vec<NewEntry>,
    /// It has to be settled anew which expectations hold.
    pub choose_promises: bool,
    /// The customer spoke.
    pub customer_spoke: bool,
}

impl Command {
    /// Whether a case goes public with the subject that it has.
    #[must_use]
    pub const fn publishes_subject(&self) -> bool {
        matches!(
            self,
            Self::Move {
                to: Visibility::Public,
                subject: None,
                ..
            }
        )
    }

    /// Whether a case that is over still takes the command: what is only written down.
    const fn fits_closed(&self) -> bool {
        matches!(self, Self::Note { .. } | Self::RecordSentiment { .. })
    }
}
