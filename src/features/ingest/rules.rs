//! What a record must be like to be taken: pure checks that name the field. No database, no clock.

use entity::{InteractionKind, Timestamp};

use super::record::{IdentityRecord, InteractionRecord, MemberRecord};
use crate::error::{UserError, UserErrorCode};
use crate::text::is_blank;

/// Longest id, in characters.
pub const MAX_ID: usize = 200;
/// Longest name, in characters.
pub const MAX_NAME: usize = 200;
/// Longest text of an interaction, in characters.
pub const MAX_TEXT: usize = 20_000;
/// Longest address, in characters.
pub const MAX_URL: usize = 2_000;
/// Most topics of an interaction.
pub const MAX_TOPICS: usize = 20;
/// Longest name of a topic, in characters.
pub const MAX_TOPIC: usize = 100;
/// Most identities in one record.
pub const MAX_IDENTITIES: usize = 50;
/// Largest attributes, as JSON text in bytes.
pub const MAX_ATTRIBUTES: usize = 16 * 1024;

/// 1990-01-01T00:00:00Z: nothing that happened in an online community is older.
const EARLIEST: Timestamp = Timestamp::from_micros(631_152_000_000_000);
/// How far another system's clock may be ahead of ours.
const CLOCK_SKEW_MICROS: i64 = 5 * 60 * 1_000_000;

type Check = Result<(), UserError>;

/// Checks a member.
///
/// # Errors
/// The first field that is wrong.
pub fn check_member(record: &MemberRecord, now: Timestamp) -> Check {
    id("source", &record.source)?;
    id("externalId", &record.external_id)?;
    optional(record.display_name.as_deref(), |name| short_text("displayName", name, MAX_NAME))?;
    optional(record.handle.as_deref(), |name| short_text("handle", name, MAX_NAME))?;
    record.joined_at.map_or(Ok(()), |at| time("joinedAt", at, now))?;
    record.last_active_at.map_or(Ok(()), |at| time("lastActiveAt", at, now))?;
    if let Some(attributes) = &record.attributes {
        check_attributes(attributes)?;
    }
    if record.identities.len() > MAX_IDENTITIES {
        return Err(too_many("identities", MAX_IDENTITIES));
    }
    for (index, identity) in record.identities.iter().enumerate() {
        check_identity(identity).map_err(|error| nested(&format!("identities.{index}"), error))?;
    }
    Ok(())
}

fn check_identity(identity: &IdentityRecord) -> Check {
    id("provider", &identity.provider)?;
    id("externalId", &identity.external_id)?;
    optional(identity.handle.as_deref(), |name| short_text("handle", name, MAX_NAME))?;
    if identity.follower_count.is_some_and(|count| count < 0) {
        return Err(UserError::at("followerCount", UserErrorCode::OutOfRange, "must not be negative"));
    }
    Ok(())
}

fn check_attributes(attributes: &serde_json::Value) -> Check {
    if !attributes.is_object() {
        return Err(UserError::at("attributes", UserErrorCode::Invalid, "must be a JSON object"));
    }
    let text = attributes.to_string();
    if text.len() > MAX_ATTRIBUTES {
        return Err(UserError::at(
            "attributes",
            UserErrorCode::TooLong,
            format!("must be at most {MAX_ATTRIBUTES} bytes of JSON"),
        ));
    }
    if has_nul(attributes) {
        return Err(nul("attributes"));
    }
    Ok(())
}

/// Whether a text or name in it holds a NUL, which PostgreSQL cannot store.
fn has_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(has_nul),
        serde_json::Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// Checks an interaction.
///
/// # Errors
/// The first field that is wrong.
pub fn check_interaction(record: &InteractionRecord, now: Timestamp) -> Check {
    id("source", &record.source)?;
    id("externalId", &record.external_id)?;
    optional(record.actor.as_deref(), |text| id("actor", text))?;
    optional(record.target.as_deref(), |text| id("target", text))?;
    optional(record.thread.as_deref(), |text| id("thread", text))?;
    optional(record.parent.as_deref(), |text| id("parent", text))?;
    optional(record.channel.as_deref(), |text| id("channel", text))?;
    time("occurredAt", record.occurred_at, now)?;
    check_topics(&record.topics)?;
    if record.sentiment.is_some_and(|value| !(-1.0..=1.0).contains(&value)) {
        return Err(UserError::at("sentiment", UserErrorCode::OutOfRange, "must be between -1 and 1"));
    }
    optional(record.text.as_deref(), |text| long_text("text", text, MAX_TEXT))?;
    optional(record.url.as_deref(), check_url)?;
    check_retraction(record)
}

fn check_topics(topics: &[String]) -> Check {
    if topics.len() > MAX_TOPICS {
        return Err(too_many("topics", MAX_TOPICS));
    }
    for (index, topic) in topics.iter().enumerate() {
        short_text("", topic, MAX_TOPIC).map_err(|error| nested(&format!("topics.{index}"), error))?;
    }
    Ok(())
}

fn check_url(url: &str) -> Check {
    long_text("url", url, MAX_URL)?;
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(());
    }
    Err(UserError::at("url", UserErrorCode::Invalid, "must start with https:// or http://"))
}

fn check_retraction(record: &InteractionRecord) -> Check {
    match (&record.retracts, record.kind) {
        (Some(retracted), InteractionKind::Retraction) => id("retracts", retracted),
        (None, InteractionKind::Retraction) => Err(UserError::at(
            "retracts",
            UserErrorCode::Required,
            "a retraction names the interaction it takes back",
        )),
        (Some(_), _) => Err(UserError::at(
            "retracts",
            UserErrorCode::Invalid,
            "only a RETRACTION takes something back",
        )),
        (None, _) => Ok(()),
    }
}

fn optional(value: Option<&str>, check: impl FnOnce(&str) -> Check) -> Check {
    value.map_or(Ok(()), check)
}

/// Checks an id of another system.
///
/// # Errors
/// When it is empty, too long or holds a NUL.
pub fn id(field: &str, text: &str) -> Result<(), UserError> {
    short_text(field, text, MAX_ID)
}

/// Text that must not be empty.
fn short_text(field: &str, text: &str, longest: usize) -> Check {
    if is_blank(text) {
        return Err(UserError::at(field, UserErrorCode::Required, "must not be empty"));
    }
    long_text(field, text, longest)
}

fn long_text(field: &str, text: &str, longest: usize) -> Check {
    if text.contains('\0') {
        return Err(nul(field));
    }
    // Bytes bound characters from above, which spares counting most texts.
    if text.len() > longest && text.chars().count() > longest {
        return Err(UserError::at(
            field,
            UserErrorCode::TooLong,
            format!("must be at most {longest} characters long"),
        ));
    }
    Ok(())
}

/// Checks when something happened.
///
/// # Errors
/// When it is older than any online community, or in the future.
pub fn time(field: &str, at: Timestamp, now: Timestamp) -> Result<(), UserError> {
    if at < EARLIEST {
        return Err(UserError::at(field, UserErrorCode::OutOfRange, "must not be before 1990-01-01"));
    }
    if at > now.plus_micros(CLOCK_SKEW_MICROS) {
        return Err(UserError::at(field, UserErrorCode::OutOfRange, "must not be in the future"));
    }
    Ok(())
}

fn nul(field: &str) -> UserError {
    UserError::at(field, UserErrorCode::Invalid, "must not contain NUL characters")
}

fn too_many(field: &str, most: usize) -> UserError {
    UserError::at(field, UserErrorCode::TooMany, format!("must be at most {most}"))
}

/// Moves an error under a prefix of its field.
#[must_use]
pub fn nested(prefix: &str, mut error: UserError) -> UserError {
    let mut field: Vec<String> = prefix.split('.').map(ToOwned::to_owned).collect();
    field.append(&mut error.field);
    error.field = field;
    error
}
