//! Setting up communities. Only the command line does it, as the program itself.

use std::sync::Arc;

use serde_json::json;

use super::store;
use crate::context::{Access, OpContext};
use crate::db::{Db, Tx};
use crate::error::{Error, Result, UserErrorCode};
use crate::events::{self, EventType, NewEvent};

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
            let community = store::insert(&tx, &new.slug, &new.name, &new.timezone, ctx.now).await?;
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
    if new.name.trim().is_empty() || new.name.contains('\0') || new.name.chars().count() > 200 {
        return Err(Error::user(
            "name",
            UserErrorCode::Invalid,
            "must be 1 to 200 characters without NUL",
        ));
    }
    if jiff::tz::TimeZone::get(&new.timezone).is_err() {
        return Err(Error::user(
            "timezone",
            UserErrorCode::Invalid,
            "must be an IANA time zone, for example Europe/Berlin",
        ));
    }
    Ok(())
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
