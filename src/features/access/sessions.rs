//! Sessions of staff: sign-in, refresh tokens that are good once, and what happens when one is used twice.

use std::sync::Arc;

use entity::{StaffId, refresh_token};

use super::store::{self, StaffKey};
use crate::app::App;
use crate::auth::{random_secret, sha256_hex, verify_password};
use crate::context::{Actor, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode};

/// A session as it is handed out.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Bearer token for requests.
    pub access_token: String,
    /// How long it is good for, in seconds.
    pub expires_in_seconds: u64,
    /// Good once, for the next session.
    pub refresh_token: String,
    /// Who signed in.
    pub actor: Actor,
}

/// Signs a member of staff in.
///
/// # Errors
/// [`Error::User`] when e-mail or password are wrong; it does not say which.
pub async fn sign_in(app: &App, ctx: &OpContext, email: &str, password: String) -> Result<SignedIn> {
    app.tokens.require_issuing()?;
    let email = email.trim().to_lowercase();
    // A NUL cannot be part of an address, and PostgreSQL refuses to compare it.
    let known = if email.contains('\0') {
        None
    } else {
        store::staff_by_email(app.db.read(), &email).await?
    };
    let hash = known
        .as_ref()
        .filter(|staff| staff.disabled_at.is_none())
        .and_then(|staff| staff.password_hash.clone());
    let fits = verify_password(password, hash).await?;
    let Some(staff) = known.filter(|_| fits) else {
        return Err(Error::user("password", UserErrorCode::Invalid, "e-mail or password are wrong"));
    };
    let refresh_token = app
        .db
        .write(|tx: Tx| async move { issue(app, ctx, &tx, staff.id, &random_secret()).await })
        .await?;
    open(app, ctx, staff.id, refresh_token).await
}

/// Trades a refresh token for a new session. A token that was used before means that it was stolen, by then or now: all
/// tokens of its sign-in are revoked.
///
/// # Errors
/// [`Error::Unauthenticated`] when the token is not good.
pub async fn refresh(app: &App, ctx: &OpContext, token: &str) -> Result<SignedIn> {
    let hash = sha256_hex(token);
    let hash = &hash;
    let traded = app.db.write(|tx: Tx| async move { trade(app, ctx, &tx, hash).await }).await?;
    let (staff, refresh_token) = traded.ok_or_else(refused)?;
    open(app, ctx, staff, refresh_token).await
}

/// Ends a session: its refresh tokens are revoked. An unknown token is no error.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(app: &App, ctx: &OpContext, token: &str) -> Result<()> {
    let hash = &sha256_hex(token);
    app.db
        .write(|tx: Tx| async move {
            match store::find_refresh_token(&tx, hash).await? {
                Some(known) => store::revoke_family(&tx, &known.family, ctx.now).await,
                None => Ok(()),
            }
        })
        .await
}

fn refused() -> Error {
    Error::Unauthenticated("the refresh token is not valid; sign in again".to_owned())
}

/// The next token; `None`, with the family revoked where it must be, when this one is not good.
async fn trade(app: &App, ctx: &OpContext, tx: &Tx, hash: &str) -> Result<Option<(StaffId, String)>> {
    let Some(known) = store::find_refresh_token(tx, hash).await? else {
        return Ok(None);
    };
    if known.revoked_at.is_some() || known.expires_at <= ctx.now {
        return Ok(None);
    }
    if !store::use_refresh_token(tx, hash, ctx.now).await? {
        tracing::warn!(staff = %known.staff_id, request_id = %ctx.request_id, "a refresh token was used twice; its sign-in is revoked");
        store::revoke_family(tx, &known.family, ctx.now).await?;
        return Ok(None);
    }
    Ok(Some((known.staff_id, issue(app, ctx, tx, known.staff_id, &known.family).await?)))
}

async fn issue(app: &App, ctx: &OpContext, tx: &Tx, staff: StaffId, family: &str) -> Result<String> {
    let token = random_secret();
    let lifetime = i64::try_from(app.config.auth.refresh_token_seconds)
        .unwrap_or(i64::MAX)
        .saturating_mul(1_000_000);
    let row = refresh_token::Model {
        token_hash: sha256_hex(&token),
        family: family.to_owned(),
        staff_id: staff,
        issued_at: ctx.now,
        expires_at: ctx.now.plus_micros(lifetime),
        used_at: None,
        revoked_at: None,
    };
    store::insert_refresh_token(tx, row).await?;
    Ok(token)
}

async fn open(app: &App, ctx: &OpContext, staff: StaffId, refresh_token: String) -> Result<SignedIn> {
    let seconds = app.config.auth.access_token_seconds;
    let access_token = app.tokens.issue_staff(staff, ctx.now, seconds)?;
    let found = store::staff_access(app.db.read(), StaffKey::Id(staff)).await?.ok_or_else(refused)?;
    let actor = Actor::Staff {
        id: found.id,
        email: Arc::from(found.email),
        name: Arc::from(found.name),
        access: Arc::from(found.access),
    };
    Ok(SignedIn {
        access_token,
        expires_in_seconds: seconds,
        refresh_token,
        actor,
    })
}
