//! Setting up communities, which only the command line does, as the program itself; and changing their settings.

use std::sync::Arc;

use entity::{CommunityId, community};
use serde::Serialize;
use serde_json::json;

use super::store;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::{Db, Tx};
use crate::error::{Error, Result, UserErrorCode};
use crate::events::{self, EventType, NewEvent};
use crate::features::influence;
use crate::idempotency::{Once, once};
use crate::text::is_blank;

/// A community to set up.
#[derive(Clone, Debug)]
pub struct NewCommunity {
    /// Name in addresses: small letters, digits and hyphens.
    pub slug: String,
    /// Name to show.
    pub name: String,
    /// IANA time zone.
    pub timezone: String,
}

/// Sets a community up.
///
/// # Errors
/// [`Error::User`] for a bad slug or zone, or a slug that is taken.
pub async fn create(db: &Db, ctx: &OpContext, new: &NewCommunity) -> Result<Access> {
    check(new)?;
    let community = db
        .write(|tx: Tx| async move {
            if store::by_slug(&*tx, &new.slug).await?.is_some() {
                return Err(Error::user("slug", UserErrorCode::Taken, "is taken by another community"));
            }
            // Somebody else may take the slug between the two statements: then it is looked for again.
            let community = store::insert(&tx, &new.slug, &new.name, &new.timezone, ctx.now)
                .await?
                .ok_or(Error::Raced)?;
            influence::store::insert_first(&tx, community.id, &ctx.actor_label(), ctx.now).await?;
            let payload = json!({ "slug": community.slug, "name": community.name });
            let event = NewEvent::public(EventType::CommunityCreated, community.id.0, payload);
            events::append(&tx, ctx, community.id, vec![event]).await?;
            Ok(community)
        })
        .await?;
    Ok(Access::system(Arc::new(community)))
}

fn check(new: &NewCommunity) -> Result<()> {
    let fits = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-';
    if new.slug.is_empty() || new.slug.len() > 63 || !new.slug.bytes().all(fits) || new.slug.starts_with('-') {
        return Err(Error::user(
            "slug",
            UserErrorCode::Invalid,
            "must be 1 to 63 small letters, digits or hyphens",
        ));
    }
    check_name(&new.name)?;
    check_timezone(&new.timezone)
}

fn check_name(name: &str) -> Result<()> {
    if is_blank(name) || name.contains('\0') || name.chars().count() > 200 {
        return Err(Error::user(
            "name",
            UserErrorCode::Invalid,
            "must be 1 to 200 characters without NUL",
        ));
    }
    Ok(())
}

fn check_timezone(timezone: &str) -> Result<()> {
    if jiff::tz::TimeZone::get(timezone).is_err() {
        return Err(Error::user(
            "timezone",
            UserErrorCode::Invalid,
            "must be an IANA time zone, for example Europe/Berlin",
        ));
    }
    Ok(())
}

/// Changes to a community's settings. What is not given stays as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CommunityChanges {
    /// Whether anybody may read what it promises, without signing in.
    pub publish_expectations: Option<bool>,
    /// Name to show.
    pub name: Option<String>,
    /// IANA time zone.
    pub timezone: Option<String>,
}

/// Changes the settings of a community; returns the access with the community as it is then.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageExpectations`], or without [`Permission::ManageAccess`] for name and zone;
/// [`Error::User`] for a bad name or zone.
pub async fn update(db: &Db, ctx: &OpContext, access: &Access, changes: &CommunityChanges, key: Option<&Once>) -> Result<Access> {
    if changes.name.is_some() || changes.timezone.is_some() {
        access.require(Permission::ManageAccess)?;
    }
    if changes.publish_expectations.is_some() || (changes.name.is_none() && changes.timezone.is_none()) {
        access.require(Permission::ManageExpectations)?;
    }
    changes.name.as_deref().map_or(Ok(()), check_name)?;
    changes.timezone.as_deref().map_or(Ok(()), check_timezone)?;
    let community = access.community_id();
    db.write(|tx: Tx| async move { once(&tx, ctx, community, key, update_in(&tx, ctx, community, changes)).await })
        .await?;
    let row = store::by_id(db.read(), community).await?.ok_or(Error::NotFound("community"))?;
    Ok(Access {
        community: Arc::new(row),
        ..access.clone()
    })
}

async fn update_in(tx: &Tx, ctx: &OpContext, id: CommunityId, changes: &CommunityChanges) -> Result<()> {
    let old = store::lock(tx, id).await?.ok_or(Error::NotFound("community"))?;
    let new = community::Model {
        publishes_expectations: changes.publish_expectations.unwrap_or(old.publishes_expectations),
        name: changes.name.clone().unwrap_or_else(|| old.name.clone()),
        timezone: changes.timezone.clone().unwrap_or_else(|| old.timezone.clone()),
        ..old.clone()
    };
    if new == old {
        return Ok(());
    }
    let payload = json!({
        "name": new.name, "timezone": new.timezone, "publishesExpectations": new.publishes_expectations,
    });
    store::update(tx, new).await?;
    events::append(tx, ctx, id, vec![NewEvent::public(EventType::CommunityUpdated, id.0, payload)]).await
}

/// The community with that slug, when it lets anybody read what it promises.
///
/// # Errors
/// [`Error::NotFound`], whether there is none or it does not.
pub async fn publishing(db: &Db, slug: &str) -> Result<community::Model> {
    let missing = || Error::NotFound("community");
    if slug.contains('\0') {
        return Err(missing());
    }
    let found = store::by_slug(db.read(), slug).await?;
    found.filter(|row| row.publishes_expectations).ok_or_else(missing)
}

/// Keeps other writers of what belongs to a community as a whole away until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`] when there is no such community.
pub async fn lock(tx: &Tx, community: CommunityId) -> Result<()> {
    store::lock(tx, community).await?.map(drop).ok_or(Error::NotFound("community"))
}

/// A community by id, for the program itself.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn by_id(db: &Db, id: CommunityId) -> Result<community::Model> {
    store::by_id(db.read(), id).await?.ok_or(Error::NotFound("community"))
}

/// Full access to a community by slug, for the program itself.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn open(db: &Db, slug: &str) -> Result<Access> {
    let found = store::by_slug(db.read(), slug).await?.ok_or(Error::NotFound("community"))?;
    Ok(Access::system(Arc::new(found)))
}

/// Whether there is no community yet.
///
/// # Errors
/// When the database fails.
pub async fn is_empty(db: &Db) -> Result<bool> {
    Ok(store::count(db.read()).await? == 0)
}
