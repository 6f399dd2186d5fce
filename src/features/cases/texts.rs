//! What texts on a case may be. They are kept as given and never interpreted. Pure.

use crate::error::{UserError, UserErrorCode};

/// Longest message or note, in characters.
pub const LONGEST_MESSAGE: usize = 20_000;
/// Longest subject, in characters.
pub const LONGEST_SUBJECT: usize = 200;
/// Longest category, channel or reason, in characters.
pub const LONGEST_NAME: usize = 100;
/// Longest reason, in characters.
pub const LONGEST_REASON: usize = 2_000;

/// Passes when a text has something in it, no NUL (which PostgreSQL cannot store), and is not too long.
///
/// # Errors
/// Which of these is wrong, at the field.
pub fn check(field: &str, text: &str, longest: usize) -> Result<(), UserError> {
    if crate::text::is_blank(text) {
        return Err(UserError::at(field, UserErrorCode::Required, "must not be empty"));
    }
    if text.contains('\0') {
        return Err(UserError::at(field, UserErrorCode::Invalid, "must not contain NUL characters"));
    }
    if text.chars().count() > longest {
        return Err(UserError::at(
            field,
            UserErrorCode::TooLong,
            format!("must be at most {longest} characters long"),
        ));
    }
    Ok(())
}

/// As [`check`], for a text that may be missing.
///
/// # Errors
/// As [`check`].
pub fn check_optional(field: &str, text: Option<&str>, longest: usize) -> Result<(), UserError> {
    text.map_or(Ok(()), |text| check(field, text, longest))
}
