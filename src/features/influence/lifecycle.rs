//! A scoring model's life: drafted as a version, put in force, followed by another. What a version says never changes. A draft that
//! was never in force can be discarded; its number is not given out again.

use entity::{ModelOrigin, scoring_model, scoring_model_activation};
use serde::Serialize;
use serde_json::json;

use super::model::{ScoringModel, Terms};
use super::store;
use super::validation::{self, Lists};
use super::versions::{Models, Standing};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserError, UserErrorCode as Code};
use crate::events::{self, EventType, NewEvent};
use crate::features::communities::service as communities;
use crate::idempotency::{Once, once};

/// Most versions in a community.
const MOST_VERSIONS: usize = 1_000;
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// A version to draft.
#[derive(Clone, Debug, Serialize)]
pub struct NewModel {
    /// Name to show.
    pub name: String,
    /// How it came about.
    #[serde(skip)]
    pub origin: ModelOrigin,
    /// The version that it starts from.
    pub based_on: i32,
    /// What it says.
    pub terms: Terms,
    /// How it did on the community's own past: JSON.
    #[serde(skip)]
    pub backtest: Option<String>,
}

/// What is wrong with terms, as errors of the input's `terms`.
///
/// # Errors
/// [`Error::User`] with one error for each wrong field.
pub fn check_terms(terms: &Terms) -> Result<()> {
    let wrong = validation::check(terms);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::User(wrong.into_iter().map(error_of_terms).collect()))
}

fn error_of_terms((field, message): (String, String)) -> UserError {
    UserError::at(&format!("terms.{field}"), Code::OutOfRange, message)
}

/// What is wrong with terms that were given as changes of a version: each entry of their lists by its place, and what they make of
/// the terms. Topics must be known: the community's, or named by the version that the changes start from.
///
/// # Errors
/// [`Error::User`] with one error for each wrong entry or field.
pub async fn check_changes(app: &App, access: &Access, base: &Terms, (lists, terms): (&Lists, &Terms)) -> Result<()> {
    let is_kept = |name: &str| base.topics.contains_key(name);
    let named = lists.topics.iter().map(|(name, _)| name.as_str());
    // No topic has a NUL in its name, and PostgreSQL cannot be asked for one. Lists that are too long are refused unread.
    let named: Vec<&str> = named
        .filter(|name| !is_kept(name) && !name.contains('\0'))
        .take(validation::MOST_TOPICS)
        .collect();
    let known = store::known_topics(app.db.read(), access.community_id(), &named).await?;
    let mut wrong = validation::check_lists(lists, |name| is_kept(name) || known.contains(name));
    let of_terms = validation::check(terms).into_iter();
    wrong.extend(of_terms.filter(|(field, _)| !validation::is_of_lists(field)).map(error_of_terms));
    if wrong.is_empty() { Ok(()) } else { Err(Error::User(wrong)) }
}

/// Drafts a version; its number.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageInfluence`]; [`Error::User`] naming what is wrong.
pub async fn create(app: &App, ctx: &OpContext, access: &Access, new: &NewModel, key: Option<&Once>) -> Result<i32> {
    access.require(Permission::ManageInfluence)?;
    app.db
        .write(|tx: Tx| async move { once(&tx, ctx, access.community_id(), key, create_in(&tx, ctx, access, new)).await })
        .await
}

async fn create_in(tx: &Tx, ctx: &OpContext, access: &Access, new: &NewModel) -> Result<i32> {
    check_name(&new.name)?;
    check_terms(&new.terms)?;
    let models = locked(tx, access).await?;
    if models.all().len() >= MOST_VERSIONS {
        let message = format!("{MOST_VERSIONS} versions are kept; there can be no more");
        return Err(Error::user("name", Code::TooMany, message));
    }
    let last = store::last_version(tx, access.community_id()).await?;
    let row = scoring_model::Model {
        community_id: access.community_id(),
        version: last.saturating_add(1),
        name: new.name.trim().to_owned(),
        origin: new.origin,
        based_on: Some(new.based_on),
        terms: serde_json::to_string(&new.terms).map_err(Error::internal)?,
        backtest: new.backtest.clone(),
        created_at: ctx.now,
        created_by: ctx.actor_label(),
        discarded_at: None,
        discarded_by: None,
    };
    let version = row.version;
    let payload = json!({ "version": version, "name": row.name, "origin": row.origin, "basedOn": row.based_on });
    store::insert_model(tx, row).await?;
    let event = NewEvent::public(EventType::ScoringModelCreated, version.into(), payload);
    events::append(tx, ctx, access.community_id(), vec![event]).await?;
    Ok(version)
}

/// Puts a version in force, from now on. The one before stays readable, and what it said stays what it said.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageInfluence`]; [`Error::User`] when there is no such version.
pub async fn activate(app: &App, ctx: &OpContext, access: &Access, version: i32, key: Option<&Once>) -> Result<i32> {
    access.require(Permission::ManageInfluence)?;
    app.db
        .write(|tx: Tx| async move { once(&tx, ctx, access.community_id(), key, activate_in(&tx, ctx, access, version)).await })
        .await
}

async fn activate_in(tx: &Tx, ctx: &OpContext, access: &Access, version: i32) -> Result<i32> {
    let models = locked(tx, access).await?;
    let chosen = models
        .version(version.into())
        .ok_or_else(|| Error::user("modelId", Code::NotFound, "is not a scoring model of this community"))?;
    let before = models.active().row.version;
    if before == version {
        // The same again: it is done.
        return Ok(version);
    }
    // Two in the same microsecond would be one.
    let earliest = models.last_activation().map_or(ctx.now, |last| last.plus_micros(1));
    store::insert_activation(
        tx,
        scoring_model_activation::Model {
            community_id: access.community_id(),
            activated_at: ctx.now.max(earliest),
            version,
            activated_by: ctx.actor_label(),
        },
    )
    .await?;
    let payload = json!({ "version": version, "name": chosen.row.name, "replaces": before });
    let event = NewEvent::public(EventType::ScoringModelActivated, version.into(), payload);
    events::append(tx, ctx, access.community_id(), vec![event]).await?;
    Ok(version)
}

/// Drops a draft: it is in no list any more, and its id names nothing. Drafts that started from it stay, and so do jobs that are at
/// it; one that was not begun fails and says why.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageInfluence`]; [`Error::User`] when there is no such version, or it was in force.
pub async fn discard(app: &App, ctx: &OpContext, access: &Access, version: i32, key: Option<&Once>) -> Result<i32> {
    access.require(Permission::ManageInfluence)?;
    app.db
        .write(|tx: Tx| async move { once(&tx, ctx, access.community_id(), key, discard_in(&tx, ctx, access, version)).await })
        .await
}

async fn discard_in(tx: &Tx, ctx: &OpContext, access: &Access, version: i32) -> Result<i32> {
    let models = locked(tx, access).await?;
    let chosen = models
        .version(version.into())
        .ok_or_else(|| Error::user("modelId", Code::NotFound, "is not a scoring model of this community"))?;
    let fault = match models.standing(version) {
        Standing::Draft => None,
        Standing::Active => Some("is in force; only drafts that never were can be discarded"),
        Standing::Retired => Some("was in force; only drafts that never were can be discarded"),
    };
    if let Some(fault) = fault {
        return Err(Error::user("modelId", Code::NotAllowedNow, fault));
    }
    store::discard_model(tx, access.community_id(), version, (&ctx.actor_label(), ctx.now)).await?;
    let payload = json!({ "version": version, "name": chosen.row.name });
    let event = NewEvent::public(EventType::ScoringModelDiscarded, version.into(), payload);
    events::append(tx, ctx, access.community_id(), vec![event]).await?;
    Ok(version)
}

/// The versions, kept from other writers until the transaction ends: the community's row stands for them.
async fn locked(tx: &Tx, access: &Access) -> Result<Models> {
    communities::lock(tx, access.community_id()).await?;
    store::models(&**tx, access.community_id()).await
}

fn check_name(name: &str) -> Result<()> {
    let length = name.trim().chars().count();
    if crate::text::is_blank(name) || length > LONGEST_NAME || name.contains('\0') {
        let message = format!("must be 1 to {LONGEST_NAME} characters without NUL");
        return Err(Error::user("name", Code::Invalid, message));
    }
    Ok(())
}

/// The model that terms make for a trial: it has no version.
#[must_use]
pub fn trial(terms: Terms) -> ScoringModel {
    ScoringModel {
        version: 0,
        name: "trial".to_owned(),
        terms,
    }
}
