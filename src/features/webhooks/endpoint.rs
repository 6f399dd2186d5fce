//! The rules of webhook endpoints: what may be asked for, and who may hand it out. Pure.

use entity::{Timestamp, Visibility, WebhookEndpointStatus, WebhookSecret, webhook_endpoint};
use serde::Serialize;

use crate::auth::{Permission, Permissions};
use crate::error::{UserError, UserErrorCode};
use crate::events::EventType;
use crate::features::cases::texts;

/// Longest description or reason, in characters.
const LONGEST_TEXT: usize = 500;

/// Longest time for which two secrets are good, in microseconds.
pub const LONGEST_OVERLAP: i64 = 7 * 86_400 * 1_000_000;

/// An endpoint to set up.
#[derive(Clone, Debug, Serialize)]
pub struct NewEndpoint {
    /// Where to.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// Which types of events; all when `None`.
    pub types: Option<Vec<String>>,
    /// What it may be told of.
    pub scopes: Vec<String>,
    /// The highest visibility that it may be told of.
    pub clearance: Visibility,
}

/// What to change of an endpoint. What is not given stays as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EndpointChanges {
    /// Where to.
    pub url: Option<String>,
    /// What it is for; the inner `None` for nothing, which is told apart from nothing given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Option<String>>,
    /// Which types of events; the inner `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<Option<Vec<String>>>,
    /// What it may be told of.
    pub scopes: Option<Vec<String>>,
    /// The highest visibility that it may be told of.
    pub clearance: Option<Visibility>,
}

/// What somebody who sets endpoints up may see: they hand out no more.
#[derive(Clone, Copy, Debug)]
pub struct Giver {
    /// What they may do.
    pub permissions: Permissions,
    /// The highest visibility that they may read.
    pub clearance: Visibility,
}

impl Giver {
    fn check_clearance(self, clearance: Visibility) -> Result<(), UserError> {
        if clearance <= self.clearance {
            return Ok(());
        }
        let message = format!("must not be above your own, which is {}", self.clearance);
        Err(UserError::at("clearance", UserErrorCode::OutOfRange, message))
    }

    fn check_scopes(self, scopes: &[String]) -> Result<(), UserError> {
        if scopes.is_empty() {
            return Err(UserError::at("scopes", UserErrorCode::Required, "must name at least one scope"));
        }
        for (index, scope) in scopes.iter().enumerate() {
            let field = format!("scopes.{index}");
            let Some(permission) = Permission::ALL.into_iter().find(|permission| permission.scope() == scope) else {
                let all: Vec<&str> = Permission::ALL.iter().map(|permission| permission.scope()).collect();
                let message = format!("is not a scope; the scopes are {}", all.join(", "));
                return Err(UserError::at(&field, UserErrorCode::Invalid, message));
            };
            if !self.permissions.contains(permission) {
                return Err(UserError::at(&field, UserErrorCode::Invalid, "must be one that you have yourself"));
            }
        }
        Ok(())
    }

    /// Whether they may see all that an endpoint is told.
    fn sees_all_of(self, row: &webhook_endpoint::Model) -> bool {
        let told = Permissions::of_scopes(&row.scopes);
        row.clearance <= self.clearance && told.and(self.permissions) == told
    }
}

/// Passes when types are types, and each may be told to who has these scopes. `None` asks for all that they may be told.
fn check_types(types: Option<&[String]>, scopes: &str) -> Result<(), UserError> {
    let Some(types) = types else { return Ok(()) };
    if types.is_empty() {
        let message = "must name at least one type; leave it out, or give null, for all";
        return Err(UserError::at("types", UserErrorCode::Required, message));
    }
    let permissions = Permissions::of_scopes(scopes);
    for (index, name) in types.iter().enumerate() {
        let field = format!("types.{index}");
        let Some(event_type) = EventType::parse(name) else {
            return Err(UserError::at(
                &field,
                UserErrorCode::Invalid,
                "is not a type of events, such as case.opened",
            ));
        };
        if !event_type.is_readable_with(permissions) {
            let needed: Vec<&str> = event_type.permissions().iter().map(|permission| permission.scope()).collect();
            let message = format!("{name} needs the scopes {}", needed.join(" and "));
            return Err(UserError::at(&field, UserErrorCode::Invalid, message));
        }
    }
    Ok(())
}

/// Names as they are stored: each once, in the order given.
fn stored(names: &[String]) -> String {
    let mut once: Vec<&str> = Vec::with_capacity(names.len());
    for name in names {
        if !once.contains(&name.as_str()) {
            once.push(name);
        }
    }
    once.join(" ")
}

impl NewEndpoint {
    /// Passes when the endpoint can be set up by somebody, but for its address, which others judge.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn check(&self, giver: Giver) -> Result<(), UserError> {
        texts::check_optional("description", self.description.as_deref(), LONGEST_TEXT)?;
        giver.check_scopes(&self.scopes)?;
        giver.check_clearance(self.clearance)?;
        check_types(self.types.as_deref(), &stored(&self.scopes))
    }

    /// What is stored of its types and scopes.
    #[must_use]
    pub fn stored(&self) -> (Option<String>, String) {
        (self.types.as_deref().map(stored), stored(&self.scopes))
    }
}

/// Changes an endpoint; whether anything differs now. The address is judged by others.
///
/// # Errors
/// The field that is wrong, or that the one who asks may not see what would go to the new address.
pub fn update(row: &mut webhook_endpoint::Model, changes: &EndpointChanges, giver: Giver) -> Result<bool, UserError> {
    let before = row.clone();
    if let Some(description) = &changes.description {
        texts::check_optional("description", description.as_deref(), LONGEST_TEXT)?;
        row.description.clone_from(description);
    }
    if let Some(scopes) = &changes.scopes {
        giver.check_scopes(scopes)?;
        row.scopes = stored(scopes);
    }
    if let Some(clearance) = changes.clearance {
        giver.check_clearance(clearance)?;
        row.clearance = clearance;
    }
    if let Some(types) = &changes.types {
        row.event_types = types.as_deref().map(stored);
    }
    let types: Option<Vec<String>> = row
        .event_types
        .as_ref()
        .map(|names| names.split_ascii_whitespace().map(ToOwned::to_owned).collect());
    match &changes.types {
        // As they were given, so that the error names the right one.
        Some(given) => check_types(given.as_deref(), &row.scopes)?,
        None => check_types(types.as_deref(), &row.scopes).map_err(|error| UserError::at("scopes", error.code, error.message))?,
    }
    if let Some(url) = &changes.url {
        if *url != row.url && !giver.sees_all_of(row) {
            let message = "must stay: this endpoint is told of more than you may see";
            return Err(UserError::at("url", UserErrorCode::NotAllowedNow, message));
        }
        row.url.clone_from(url);
    }
    Ok(*row != before)
}

/// Pauses an endpoint; whether it was not paused before.
pub fn pause(row: &mut webhook_endpoint::Model, reason: &str, now: Timestamp) -> bool {
    if row.status != WebhookEndpointStatus::Active {
        return false;
    }
    row.status = WebhookEndpointStatus::Paused;
    row.paused_at = Some(now);
    row.pause_reason = Some(reason.to_owned());
    true
}

/// Resumes an endpoint; whether it was paused. What was deleted of the log meanwhile, up to `floor`, cannot be told any more.
pub fn resume(row: &mut webhook_endpoint::Model, floor: i64) -> bool {
    if row.status != WebhookEndpointStatus::Paused {
        return false;
    }
    row.status = WebhookEndpointStatus::Active;
    row.paused_at = None;
    row.pause_reason = None;
    row.read_to = row.read_to.max(floor);
    true
}

/// Deletes an endpoint; whether it was there. Its secrets are gone with it.
pub fn delete(row: &mut webhook_endpoint::Model, now: Timestamp) -> bool {
    if row.status == WebhookEndpointStatus::Deleted {
        return false;
    }
    row.status = WebhookEndpointStatus::Deleted;
    row.paused_at = None;
    row.pause_reason = None;
    row.secret = WebhookSecret(String::new());
    row.old_secret = None;
    row.old_secret_until = None;
    row.deleted_at = Some(now);
    true
}

/// Gives an endpoint another secret. The one before stays good for so long; without overlap no other is good any more.
///
/// # Errors
/// When that is longer than allowed, or when an old secret is still good, as was promised, and there is to be an overlap again.
pub fn rotate(row: &mut webhook_endpoint::Model, secret: WebhookSecret, overlap: i64, now: Timestamp) -> Result<(), UserError> {
    if !(0..=LONGEST_OVERLAP).contains(&overlap) {
        return Err(UserError::at("overlap", UserErrorCode::OutOfRange, "must be at most 7 days"));
    }
    if let Some(until) = row.old_secret_until.filter(|until| overlap > 0 && now < *until) {
        let message =
            format!("is not possible before {until}: until then an old secret signs, too; overlap: \"PT0S\" ends the old ones at once");
        return Err(UserError::at("overlap", UserErrorCode::NotAllowedNow, message));
    }
    let old = std::mem::replace(&mut row.secret, secret);
    row.secret_at = now;
    row.old_secret = (overlap > 0).then_some(old);
    row.old_secret_until = (overlap > 0).then(|| now.plus_micros(overlap));
    Ok(())
}

/// The secrets that sign now, the newest first.
#[must_use]
pub fn secrets(row: &webhook_endpoint::Model, now: Timestamp) -> Vec<&WebhookSecret> {
    let old = row
        .old_secret
        .as_ref()
        .filter(|_| row.old_secret_until.is_some_and(|until| now < until));
    std::iter::once(&row.secret).chain(old).collect()
}

/// Passes when a reason for a pause can be kept.
///
/// # Errors
/// When it is empty or too long.
pub fn check_reason(reason: Option<&str>) -> Result<(), UserError> {
    texts::check_optional("reason", reason, LONGEST_TEXT)
}

#[cfg(test)]
mod tests;
