//! The rules of advocates: who can be one, since when, and how they leave. Pure.

use entity::{AdvocateId, AdvocateStatus, Consent, MemberId, ProgrammeId, Timestamp, advocate, member};
use serde::Serialize;

use super::programme::not_in_the_future;
use crate::error::{UserError, UserErrorCode};
use crate::features::cases::texts::{self, LONGEST_REASON};

/// A member to take into a programme.
#[derive(Clone, Debug, Serialize)]
pub struct NewAdvocate {
    /// Into which.
    pub programme: ProgrammeId,
    /// Who.
    pub member: MemberId,
    /// Since when; now when not given.
    pub since: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

impl NewAdvocate {
    /// The least that is wrong with it, whatever the programme and whoever it is.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn check(&self, now: Timestamp) -> Result<(), UserError> {
        texts::check("reason", &self.reason, LONGEST_REASON)?;
        not_in_the_future("since", self.since, now)
    }
}

/// An advocate who leaves.
#[derive(Clone, Debug, Serialize)]
pub struct Leave {
    /// Which.
    pub advocate: AdvocateId,
    /// Why.
    pub reason: String,
}

/// Passes when a member can be nurtured as an advocate: a person of the community who lets themselves be counted in.
///
/// # Errors
/// At `memberId`.
pub fn check_member(member: &member::Model) -> Result<(), UserError> {
    let refused = |code: UserErrorCode, message: &str| Err(UserError::at("memberId", code, message));
    if member.is_staff {
        return refused(UserErrorCode::Invalid, "works for the company");
    }
    if member.is_bot {
        return refused(UserErrorCode::Invalid, "is not a person");
    }
    if member.consent == Consent::OptedOut {
        return refused(UserErrorCode::NotAllowedNow, "has opted out");
    }
    Ok(())
}

/// An advocate leaves. They may be added again, as another row.
///
/// # Errors
/// When they have left already; when there is no reason.
pub fn leave(row: &mut advocate::Model, reason: &str, now: Timestamp) -> Result<(), UserError> {
    texts::check("reason", reason, LONGEST_REASON)?;
    if let Some(left) = row.left_at {
        let message = format!("has left already, at {left}");
        return Err(UserError::at("advocateId", UserErrorCode::NotAllowedNow, message));
    }
    row.status = AdvocateStatus::Left;
    // They can have been added by a clock that is a little ahead of ours.
    row.left_at = Some(now.max(row.since));
    row.left_reason = Some(reason.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use entity::CommunityId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

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
            created_at: NOW,
            updated_at: NOW,
        }
    }

    #[test]
    fn staff_bots_and_who_opted_out_are_no_advocates() {
        assert_eq!(check_member(&person()), Ok(()));
        let (mut staff, mut bot, mut out) = (person(), person(), person());
        staff.is_staff = true;
        bot.is_bot = true;
        out.consent = Consent::OptedOut;
        for (member, code) in [
            (staff, UserErrorCode::Invalid),
            (bot, UserErrorCode::Invalid),
            (out, UserErrorCode::NotAllowedNow),
        ] {
            let error = check_member(&member).unwrap_err();
            assert_eq!((error.code, error.field), (code, vec!["memberId".to_owned()]));
        }
    }

    #[test]
    fn bad_input_is_named() {
        let new = |since, reason: &str| NewAdvocate {
            programme: ProgrammeId(1),
            member: MemberId(1),
            since,
            reason: reason.to_owned(),
        };
        let field = |new: NewAdvocate| new.check(NOW).map_err(|error| error.field.join("."));
        assert_eq!(field(new(None, "helps")), Ok(()));
        assert_eq!(field(new(Some(NOW), "helps")), Ok(()));
        assert_eq!(field(new(Some(NOW.plus_micros(1)), "helps")), Err("since".to_owned()));
        for reason in [String::new(), " \n".to_owned(), "\0".to_owned(), "x".repeat(2_001)] {
            assert_eq!(field(new(None, &reason)), Err("reason".to_owned()));
        }
    }

    #[test]
    fn advocates_leave_once_with_a_reason_and_not_before_they_came() {
        let mut row = advocate::Model {
            community_id: CommunityId(1),
            id: AdvocateId(1),
            programme_id: ProgrammeId(1),
            member_id: MemberId(1),
            since: NOW,
            reason: "helps".to_owned(),
            status: AdvocateStatus::Active,
            added_by: "staff:1".to_owned(),
            added_at: NOW,
            left_at: None,
            left_reason: None,
        };
        assert_eq!(leave(&mut row.clone(), " ", NOW).unwrap_err().field, ["reason"]);
        leave(&mut row, "moved on", NOW.plus_micros(-5)).unwrap();
        assert_eq!((row.status, row.left_at), (AdvocateStatus::Left, Some(NOW)));
        assert_eq!(leave(&mut row, "again", NOW).unwrap_err().code, UserErrorCode::NotAllowedNow);
        assert_eq!(row.left_reason.as_deref(), Some("moved on"));
    }
}
