//! The rules of touchpoints: recorded once, never changed, taken back with a reason. Pure.

use entity::{MemberId, ProgrammeId, Timestamp, TouchpointId, TouchpointKind, touchpoint};
use serde::Serialize;

use super::programme::not_in_the_future;
use crate::error::{UserError, UserErrorCode};
use crate::features::cases::texts::{self, LONGEST_REASON};

/// Longest note, in characters.
const LONGEST_NOTE: usize = 10_000;

/// A touchpoint to record.
#[derive(Clone, Debug, Serialize)]
pub struct NewTouchpoint {
    /// Of whom staff took care.
    pub member: MemberId,
    /// The programme that it was part of.
    pub programme: Option<ProgrammeId>,
    /// How.
    pub kind: TouchpointKind,
    /// What there is to say of it.
    pub note: String,
    /// When; now when not given.
    pub happened_at: Option<Timestamp>,
}

impl NewTouchpoint {
    /// The least that is wrong with it, whoever it is about.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn check(&self, now: Timestamp) -> Result<(), UserError> {
        texts::check("note", &self.note, LONGEST_NOTE)?;
        not_in_the_future("happenedAt", self.happened_at, now)
    }
}

/// A touchpoint to take back.
#[derive(Clone, Debug, Serialize)]
pub struct Retraction {
    /// Which.
    pub touchpoint: TouchpointId,
    /// Why.
    pub reason: String,
}

/// Takes a touchpoint back: it stays on record, and counts no more.
///
/// # Errors
/// When it was taken back already; when there is no reason.
pub fn retract(row: &mut touchpoint::Model, reason: &str, by: String, now: Timestamp) -> Result<(), UserError> {
    texts::check("reason", reason, LONGEST_REASON)?;
    if let Some(retracted) = row.retracted_at {
        let message = format!("was retracted already, at {retracted}");
        return Err(UserError::at("touchpointId", UserErrorCode::NotAllowedNow, message));
    }
    row.retracted_at = Some(now);
    row.retracted_by = Some(by);
    row.retraction_reason = Some(reason.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use entity::CommunityId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    #[test]
    fn bad_input_is_named() {
        let new = |happened_at, note: &str| NewTouchpoint {
            member: MemberId(1),
            programme: None,
            kind: TouchpointKind::Thanks,
            note: note.to_owned(),
            happened_at,
        };
        let field = |new: NewTouchpoint| new.check(NOW).map_err(|error| error.field.join("."));
        assert_eq!(field(new(None, "<b>A card</b>")), Ok(()));
        assert_eq!(field(new(Some(NOW), &"x".repeat(10_000))), Ok(()));
        assert_eq!(field(new(Some(NOW.plus_micros(1)), "A card")), Err("happenedAt".to_owned()));
        for note in [" ".to_owned(), "\0".to_owned(), "x".repeat(10_001)] {
            assert_eq!(field(new(None, &note)), Err("note".to_owned()));
        }
    }

    #[test]
    fn touchpoints_are_taken_back_once_with_a_reason() {
        let mut row = touchpoint::Model {
            community_id: CommunityId(1),
            id: TouchpointId(1),
            member_id: MemberId(1),
            programme_id: None,
            kind: TouchpointKind::Gift,
            note: "A mug".to_owned(),
            happened_at: NOW,
            recorded_by: "staff:1".to_owned(),
            recorded_at: NOW,
            retracted_at: None,
            retracted_by: None,
            retraction_reason: None,
        };
        assert_eq!(retract(&mut row, "", "staff:2".to_owned(), NOW).unwrap_err().field, ["reason"]);
        assert_eq!(row.retracted_at, None);
        retract(&mut row, "Wrong person", "staff:2".to_owned(), NOW).unwrap();
        let again = retract(&mut row, "Again", "staff:3".to_owned(), NOW).unwrap_err();
        assert_eq!(again.code, UserErrorCode::NotAllowedNow);
        let said = (row.retracted_by.as_deref(), row.retraction_reason.as_deref());
        assert_eq!(said, (Some("staff:2"), Some("Wrong person")));
    }
}
