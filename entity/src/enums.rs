//! The closed vocabularies of the domain, stored as small integers.
//!
//! Numbers are part of the stored data: never renumber, only append. `Visibility` and `Role` are ordered,
//! so that a query can compare them (`visibility <= clearance`).

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Declares an enum that is stored as a small integer and spelled in SCREAMING_SNAKE_CASE everywhere else.
macro_rules! stored_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $number:literal => $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, async_graphql::Enum)]
        #[repr(i16)]
        #[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
        pub enum $name {
            $($(#[$vmeta])* #[sea_orm(num_value = $number)] #[serde(rename = $text)] #[graphql(name = $text)] $variant = $number),+
        }

        impl $name {
            /// Every value, in the order of the stored numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name used by the API, in files and in logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value with that API name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use stored_enum;

stored_enum! {
    /// What one member did towards another, or in a thread.
    InteractionKind {
        /// Asked something.
        Question = 1 => "QUESTION",
        /// Wrote something that is neither a question nor an answer.
        Post = 2 => "POST",
        /// Reviewed a product or service.
        Review = 3 => "REVIEW",
        /// Complained.
        Complaint = 4 => "COMPLAINT",
        /// Praised the company.
        Praise = 5 => "PRAISE",
        /// Answered the target's question.
        Answer = 6 => "ANSWER",
        /// Replied to the target.
        Reply = 7 => "REPLY",
        /// Wrote to the target directly.
        Message = 8 => "MESSAGE",
        /// The actor (who asked) accepted the target's answer as the solution.
        SolutionAccepted = 9 => "SOLUTION_ACCEPTED",
        /// Commented on something the target wrote.
        Comment = 10 => "COMMENT",
        /// Thanked or up-voted the target; the giver may be unknown.
        Kudos = 11 => "KUDOS",
        /// Vouched for the target, usually in a topic.
        Endorsement = 12 => "ENDORSEMENT",
        /// Mentioned the target.
        Mention = 13 => "MENTION",
        /// Passed on something the target wrote.
        Share = 14 => "SHARE",
        /// Brought the target into the community.
        Invite = 15 => "INVITE",
        /// Voted something by the target down; the giver may be unknown.
        Downvote = 16 => "DOWNVOTE",
        /// Reported something by the target to the moderators.
        Flag = 17 => "FLAG",
        /// Takes back an earlier interaction, which it names; both stay on record.
        Retraction = 18 => "RETRACTION",
    }
}

stored_enum! {
    /// Who may read an interaction. Ordered: a clearance reads its own level and all below.
    Visibility {
        /// Anyone can see it on the community platform.
        Public = 0 => "PUBLIC",
        /// Members of a group, or signed-in members, can see it.
        SemiPrivate = 1 => "SEMI_PRIVATE",
        /// Only the people involved can see it.
        Private = 2 => "PRIVATE",
    }
}

stored_enum! {
    /// What a member of staff may do in one community. Ordered: each role may do all that the ones before it may.
    Role {
        /// Reads members, scores, interactions, cases and promises.
        Viewer = 0 => "VIEWER",
        /// Works with members and on cases: records interactions and member data, answers, apologizes, follows up, takes care of advocates.
        Agent = 1 => "AGENT",
        /// Runs the community and its promises: merges members and cases, publishes expectations, excuses breaches, sets up advocate
        /// programmes.
        Manager = 2 => "MANAGER",
        /// Runs the installation's access: staff and API clients.
        Admin = 3 => "ADMIN",
    }
}

stored_enum! {
    /// Whether a member may be scored.
    Consent {
        /// A score is computed and shown.
        Scored = 0 => "SCORED",
        /// No score is computed, stored or shown.
        OptedOut = 1 => "OPTED_OUT",
    }
}

stored_enum! {
    /// How a version of the scoring model came about.
    ModelOrigin {
        /// The one that every community begins with.
        Default = 1 => "DEFAULT",
        /// Somebody wrote it.
        Written = 2 => "WRITTEN",
        /// It was fitted to the community's own past.
        Calibrated = 3 => "CALIBRATED",
    }
}

stored_enum! {
    /// Long work that is done in the background.
    JobKind {
        /// Tests rankings of the past on what came after.
        Backtest = 1 => "BACKTEST",
        /// Fits a scoring model to the community's own past, and drafts it.
        Calibration = 2 => "CALIBRATION",
        /// Finds out how many made-up accounts bring a member of the middle to the top.
        Attack = 3 => "ATTACK",
    }
}

stored_enum! {
    /// Where work in the background stands.
    JobStatus {
        /// Nobody has taken it up yet.
        Queued = 1 => "QUEUED",
        /// Somebody is at it.
        Running = 2 => "RUNNING",
        /// It is done.
        Done = 3 => "DONE",
        /// It could not be done.
        Failed = 4 => "FAILED",
        /// It was called off.
        Cancelled = 5 => "CANCELLED",
    }
}
