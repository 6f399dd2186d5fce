//! What an order to vouch for a member, or to withdraw that, may be; and for whom staff can vouch. Pure.

use entity::{Consent, MemberId, member};
use serde::Serialize;

use crate::error::{UserError, UserErrorCode as Code};
use crate::features::cases::texts;

/// Longest reason, in characters.
pub const LONGEST_REASON: usize = 500;

/// The field that names the member.
pub const FIELD: &str = "memberId";

/// An order: for whom, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Order {
    /// For whom.
    pub member: MemberId,
    /// Why, kept as given.
    pub reason: String,
}

impl Order {
    /// What can be said of it before looking anything up.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn check(&self) -> Result<(), UserError> {
        texts::check("reason", &self.reason, LONGEST_REASON)
    }
}

/// Passes when staff can vouch for a member: a person of the community who lets themselves be counted in.
///
/// # Errors
/// At the member.
pub fn check_member(member: &member::Model) -> Result<(), UserError> {
    let refused = |code: Code, message: &str| Err(UserError::at(FIELD, code, message));
    if member.is_bot {
        return refused(Code::Invalid, "is not a person; bots are never trusted");
    }
    if member.is_staff {
        return refused(Code::Invalid, "works for the company, and is trusted without");
    }
    if member.consent == Consent::OptedOut {
        return refused(Code::NotAllowedNow, "has opted out");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use entity::{CommunityId, Timestamp};

    use super::*;

    fn person() -> member::Model {
        member::Model {
            community_id: CommunityId(1),
            id: MemberId(1),
            display_name: "Ada".to_owned(),
            search_name: "ada".to_owned(),
            handle: None,
            search_handle: None,
            joined_at: None,
            last_active_at: None,
            is_staff: false,
            is_bot: false,
            consent: Consent::Scored,
            attributes: serde_json::json!({}),
            merged_into: None,
            root_id: None,
            created_at: Timestamp::from_micros(1),
            updated_at: Timestamp::from_micros(1),
        }
    }

    #[test]
    fn staff_bots_and_who_opted_out_cannot_be_vouched_for() {
        assert_eq!(check_member(&person()), Ok(()));
        let (mut staff, mut bot, mut out) = (person(), person(), person());
        staff.is_staff = true;
        bot.is_bot = true;
        out.consent = Consent::OptedOut;
        for (member, code) in [(staff, Code::Invalid), (bot, Code::Invalid), (out, Code::NotAllowedNow)] {
            let error = check_member(&member).unwrap_err();
            assert_eq!((error.code, error.field), (code, vec![FIELD.to_owned()]));
        }
    }

    #[test]
    fn a_reason_says_something_and_is_not_too_long() {
        let code = |reason: &str| {
            let order = Order {
                member: MemberId(1),
                reason: reason.to_owned(),
            };
            order.check().map_err(|error| error.code)
        };
        assert_eq!(code("Met her at the meeting of users"), Ok(()));
        assert_eq!(code(&"ü".repeat(500)), Ok(()));
        assert_eq!(code(&"ü".repeat(501)), Err(Code::TooLong));
        assert_eq!(code("\u{200b} "), Err(Code::Required));
        assert_eq!(code("no\0"), Err(Code::Invalid));
    }
}
