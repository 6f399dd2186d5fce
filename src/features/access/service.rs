//! Who is calling and what they may do; adding staff, grants and integrations.

use std::sync::Arc;

use entity::{ApiClientId, CommunityId, Role, StaffId, Timestamp, Visibility, api_client, grant, staff};
use sea_orm::ActiveValue::{NotSet, Set};
use serde_json::json;

use super::store::{self, StaffKey};
use crate::app::App;
use crate::auth::{IssuedToken, Permission, Permissions, Subject, hash_password, random_secret, sha256_hex};
use crate::context::{Access, Actor, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode};
use crate::events::{self, EventType, NewEvent};
use crate::features::cases::release::release_work;

/// How long an integration's token is good for, in seconds.
const CLIENT_TOKEN_SECONDS: u64 = 3600;

/// Shortest password, in characters.
const LEAST_PASSWORD: usize = 12;

/// Who a token stands for, with what they may do now.
///
/// # Errors
/// [`Error::Unauthenticated`] when they may not call any more.
pub async fn actor(app: &App, subject: Subject) -> Result<Actor> {
    let gone = || Error::Unauthenticated("the token's owner has no access any more".to_owned());
    let key = match &subject {
        Subject::Client { client_id, scope } => {
            let found = store::client_access(app.db.read(), client_id).await?.ok_or_else(gone)?;
            let mut access = found.access;
            access.permissions = access.permissions.and(Permissions::of_scopes(scope));
            return Ok(Actor::Client {
                id: found.id,
                name: Arc::from(found.name),
                access: Arc::from([access]),
            });
        }
        Subject::Staff(id) => StaffKey::Id(*id),
        Subject::Email(email) => StaffKey::Email(email),
    };
    let found = store::staff_access(app.db.read(), key).await?.ok_or_else(gone)?;
    Ok(Actor::Staff {
        id: found.id,
        email: Arc::from(found.email),
        name: Arc::from(found.name),
        access: Arc::from(found.access),
    })
}

/// Trades an integration's credentials for a short token (RFC 6749, section 4.4).
///
/// # Errors
/// [`Error::Unauthenticated`] for wrong credentials, [`Error::Forbidden`] for a scope that it does not have.
pub async fn issue_client_token(app: &App, client_id: &str, secret: &str, scope: Option<&str>, now: Timestamp) -> Result<IssuedToken> {
    let refused = || Error::Unauthenticated("client id or secret are wrong".to_owned());
    if client_id.contains('\0') {
        return Err(refused());
    }
    let found = store::client_access(app.db.read(), client_id).await?.ok_or_else(refused)?;
    // Hashes are compared, so that the time it takes tells nothing about the secret.
    if sha256_hex(secret) != found.secret_hash {
        return Err(refused());
    }
    let scope = match scope.map(str::trim).filter(|scope| !scope.is_empty()) {
        None => found.scopes.clone(),
        Some(asked) => {
            let granted: Vec<&str> = found.scopes.split_ascii_whitespace().collect();
            if asked.split_ascii_whitespace().any(|scope| !granted.contains(&scope)) {
                return Err(Error::Forbidden("a scope was asked for that this client does not have".to_owned()));
            }
            asked.to_owned()
        }
    };
    let access_token = app.tokens.issue_client(client_id, &scope, now, CLIENT_TOKEN_SECONDS)?;
    Ok(IssuedToken {
        access_token,
        expires_in_seconds: CLIENT_TOKEN_SECONDS,
        scope,
    })
}

/// A member of staff to add.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// Sign-in name.
    pub email: String,
    /// Name to show.
    pub name: String,
    /// `None` for people who sign in with an outside identity provider.
    pub password: Option<String>,
    /// What they may do.
    pub role: Role,
    /// The highest visibility they may read.
    pub clearance: Visibility,
}

/// Adds a member of staff to a community, or changes what they may do there. Cases and follow-ups that they may not work on any
/// more become nobody's.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::User`] for a bad address or a short password.
pub async fn put_staff(app: &App, ctx: &OpContext, access: &Access, new: NewStaff) -> Result<staff::Model> {
    access.require(Permission::ManageAccess)?;
    let email = new.email.trim().to_lowercase();
    let has_parts = email
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if !has_parts || email.len() > 254 || email.contains(char::is_whitespace) || email.contains('\0') {
        return Err(Error::user("email", UserErrorCode::Invalid, "must be an e-mail address"));
    }
    if crate::text::is_blank(&new.name) || new.name.contains('\0') || new.name.chars().count() > 200 {
        return Err(Error::user(
            "name",
            UserErrorCode::Invalid,
            "must be 1 to 200 characters without NUL",
        ));
    }
    let hash = match new.password {
        None => None,
        Some(password) if password.chars().count() < LEAST_PASSWORD => {
            return Err(Error::user(
                "password",
                UserErrorCode::Invalid,
                format!("must be at least {LEAST_PASSWORD} characters long"),
            ));
        }
        Some(password) => Some(hash_password(password).await?),
    };
    let (email, name, hash) = (&email, &new.name, &hash);
    app.db
        .write(|tx: Tx| async move {
            let person = put_person(&tx, ctx, access.community_id(), email, name, hash.clone()).await?;
            let row = grant::Model {
                community_id: access.community_id(),
                staff_id: person.id,
                role: new.role,
                clearance: new.clearance,
                created_at: ctx.now,
            };
            store::put_grant(&tx, row).await?;
            // What they may not work on any more is found by those who may.
            Box::pin(release_work(&tx, ctx, access.community_id(), person.id)).await?;
            let payload = json!({ "role": new.role, "clearance": new.clearance });
            let event = NewEvent::public(EventType::GrantSet, person.id.0, payload);
            events::append(&tx, ctx, access.community_id(), vec![event]).await?;
            Ok(person)
        })
        .await
}

/// An account may belong to people of other communities, too: whoever may let people into one community may give an account
/// to somebody new, but not change the name or password of somebody who has one. Only the command line can.
async fn put_person(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    email: &str,
    name: &str,
    password_hash: Option<String>,
) -> Result<staff::Model> {
    let is_operator = matches!(ctx.actor, Actor::System(_));
    if let Some(known) = store::staff_by_email(&**tx, email).await?.filter(|_| !is_operator) {
        if password_hash.is_some() {
            let message = "this person has an account already and keeps its password; leave it out";
            return Err(Error::user("password", UserErrorCode::NotAllowedNow, message));
        }
        // Whoever chose that password, in another community, could sign in here with it.
        if known.password_hash.is_some() && !store::has_grant(tx, community, known.id).await? {
            let message = "this person has an account with a password of another community; the operator must add them (rapport staff add)";
            return Err(Error::user("email", UserErrorCode::NotAllowedNow, message));
        }
    }
    store::put_staff(tx, email, name, password_hash, ctx.now, is_operator).await
}

/// Takes a member of staff's grant in a community away. Their open cases and follow-ups there become nobody's.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::NotFound`] when they have none.
pub async fn revoke_grant(app: &App, ctx: &OpContext, access: &Access, staff: StaffId) -> Result<()> {
    access.require(Permission::ManageAccess)?;
    app.db
        .write(|tx: Tx| async move {
            if !store::delete_grant(&tx, access.community_id(), staff).await? {
                return Err(Error::NotFound("grant"));
            }
            Box::pin(release_work(&tx, ctx, access.community_id(), staff)).await?;
            let event = NewEvent::public(EventType::GrantRevoked, staff.0, json!({}));
            events::append(&tx, ctx, access.community_id(), vec![event]).await
        })
        .await
}

/// Credentials to make for an integration.
#[derive(Clone, Debug)]
pub struct NewApiClient {
    /// Name to show.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The highest visibility it may read.
    pub clearance: Visibility,
}

/// Makes credentials for an integration. The secret is in the answer and nowhere else.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::User`] for an empty name or unknown scopes.
pub async fn create_api_client(app: &App, ctx: &OpContext, access: &Access, new: NewApiClient) -> Result<(api_client::Model, String)> {
    access.require(Permission::ManageAccess)?;
    check_client(&new)?;
    let secret = random_secret();
    let (new, hash) = (&new, &sha256_hex(&secret));
    let client = app
        .db
        .write(|tx: Tx| async move {
            let row = api_client::ActiveModel {
                community_id: Set(access.community_id()),
                id: NotSet,
                client_id: Set(format!("rc_{}", random_secret().chars().take(22).collect::<String>())),
                name: Set(new.name.clone()),
                secret_hash: Set(hash.clone()),
                scopes: Set(new.scopes.join(" ")),
                clearance: Set(new.clearance),
                created_at: Set(ctx.now),
                revoked_at: Set(None),
            };
            let client = store::insert_client(&tx, row).await?;
            let payload = json!({ "clientId": client.client_id, "scopes": new.scopes });
            let event = NewEvent::public(EventType::ApiClientCreated, client.id.0, payload);
            events::append(&tx, ctx, access.community_id(), vec![event]).await?;
            Ok(client)
        })
        .await?;
    Ok((client, secret))
}

fn check_client(new: &NewApiClient) -> Result<()> {
    if crate::text::is_blank(&new.name) || new.name.contains('\0') || new.name.chars().count() > 200 {
        return Err(Error::user(
            "name",
            UserErrorCode::Invalid,
            "must be 1 to 200 characters without NUL",
        ));
    }
    if new.scopes.is_empty() {
        return Err(Error::user("scopes", UserErrorCode::Required, "must name at least one scope"));
    }
    for (index, scope) in new.scopes.iter().enumerate() {
        if !Permission::ALL.iter().any(|permission| permission.scope() == scope) {
            let all: Vec<&str> = Permission::ALL.iter().map(|permission| permission.scope()).collect();
            let message = format!("is not a scope; the scopes are {}", all.join(", "));
            return Err(Error::user(&format!("scopes.{index}"), UserErrorCode::Invalid, message));
        }
    }
    Ok(())
}

/// Revokes an integration's credentials; its tokens stop working at once.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`]; [`Error::NotFound`].
pub async fn revoke_api_client(app: &App, ctx: &OpContext, access: &Access, id: ApiClientId) -> Result<api_client::Model> {
    access.require(Permission::ManageAccess)?;
    app.db
        .write(|tx: Tx| async move {
            let client = store::revoke_client(&tx, access.community_id(), id, ctx.now)
                .await?
                .ok_or(Error::NotFound("API client"))?;
            let event = NewEvent::public(EventType::ApiClientRevoked, id.0, json!({}));
            events::append(&tx, ctx, access.community_id(), vec![event]).await?;
            Ok(client)
        })
        .await
}

/// The staff of a community.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`].
pub async fn staff_of(app: &App, access: &Access) -> Result<Vec<(staff::Model, grant::Model)>> {
    access.require(Permission::ManageAccess)?;
    store::staff_of(app.db.read(), access.community_id()).await
}

/// The integrations of a community.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAccess`].
pub async fn clients_of(app: &App, access: &Access) -> Result<Vec<api_client::Model>> {
    access.require(Permission::ManageAccess)?;
    store::clients_of(app.db.read(), access.community_id()).await
}

/// The id of a member of staff by sign-in name.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn staff_id(app: &App, email: &str) -> Result<StaffId> {
    let found = store::staff_access(app.db.read(), StaffKey::Email(&email.trim().to_lowercase())).await?;
    found.map(|found| found.id).ok_or(Error::NotFound("member of staff"))
}
