//! The closed vocabularies of advocates and of the care that is taken of them, stored as small integers: never renumber, only append.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::enums::stored_enum;

stored_enum! {
    /// Whether a member is an advocate in a programme.
    AdvocateStatus {
        /// They are.
        Active = 1 => "ACTIVE",
        /// They were.
        Left = 2 => "LEFT",
    }
}

stored_enum! {
    /// How staff took care of a member.
    TouchpointKind {
        /// Thanked them.
        Thanks = 1 => "THANKS",
        /// Talked with them on the phone or by video.
        Call = 2 => "CALL",
        /// Met them.
        Meeting = 3 => "MEETING",
        /// Gave them something.
        Gift = 4 => "GIFT",
        /// Invited them to something.
        Invitation = 5 => "INVITATION",
        /// Let them try something before others.
        EarlyAccess = 6 => "EARLY_ACCESS",
        /// Wrote to them.
        Message = 7 => "MESSAGE",
        /// Something else.
        Other = 8 => "OTHER",
    }
}
