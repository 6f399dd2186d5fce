//! Mutations of access: sessions, integrations, staff.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{ApiClientId, Role, StaffId, Visibility, grant};

use super::graphql::{ApiClientObject, StaffMember};
use super::{NewApiClient, NewStaff, SignedIn, service, sessions};
use crate::app::App;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result, UserErrorCode};
use crate::graphql::errors::{UserErrorObject, user_errors};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::{Maybe, maybe};

/// Signing in.
#[derive(InputObject)]
pub struct SignInInput {
    /// Sign-in name.
    email: String,
    /// The password.
    password: String,
}

/// Going on with a session.
#[derive(InputObject)]
pub struct RefreshSessionInput {
    /// The refresh token of the session so far; it is good once.
    refresh_token: String,
}

/// Ending a session.
#[derive(InputObject)]
pub struct SignOutInput {
    /// The refresh token of the session.
    refresh_token: String,
}

/// A session.
#[derive(SimpleObject)]
pub struct Session {
    /// Bearer token for requests.
    access_token: String,
    /// How long it is good for, in seconds.
    expires_in_seconds: u64,
    /// Good once, for the next session. Using it twice ends all sessions of its sign-in.
    refresh_token: String,
    /// Who signed in.
    viewer: Option<crate::graphql::Viewer>,
}

impl From<SignedIn> for Session {
    fn from(session: SignedIn) -> Self {
        Self {
            access_token: session.access_token,
            expires_in_seconds: session.expires_in_seconds,
            refresh_token: session.refresh_token,
            viewer: crate::graphql::Viewer::of(&session.actor),
        }
    }
}

/// A session, or why there is none.
#[derive(SimpleObject)]
pub struct SessionPayload {
    /// The session.
    session: Option<Session>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Nothing but what the caller can mend.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Credentials to make for an integration.
#[derive(InputObject)]
pub struct CreateApiClientInput {
    /// The community's slug.
    community: String,
    /// Name to show.
    name: String,
    /// What it may do: members:read, members:data, influence:read, interactions:read, members:write, interactions:write,
    /// members:merge, access:manage, expectations:read, expectations:write, cases:read, cases:notes, cases:write, cases:manage,
    /// advocates:read, advocates:write, advocates:manage.
    scopes: Vec<String>,
    /// The highest visibility it may read.
    #[graphql(default_with = "Visibility::Public")]
    clearance: Visibility,
}

/// New credentials, or why there are none.
#[derive(SimpleObject)]
pub struct CreateApiClientPayload {
    /// The credentials without the secret.
    api_client: Option<ApiClientObject>,
    /// The secret: shown here once and kept nowhere.
    secret: Option<String>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Credentials to revoke.
#[derive(InputObject)]
pub struct RevokeApiClientInput {
    /// The community's slug.
    community: String,
    /// Global id of the credentials.
    api_client_id: ID,
}

/// Revoked credentials, or why they are not.
#[derive(SimpleObject)]
pub struct RevokeApiClientPayload {
    /// The credentials.
    api_client: Option<ApiClientObject>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// A member of staff and what they may do from now on.
#[derive(InputObject)]
pub struct GrantAccessInput {
    /// The community's slug.
    community: String,
    /// Sign-in name; somebody unknown is added.
    email: String,
    /// Name to show.
    name: String,
    /// A password of at least 12 characters; leave it out for people who sign in with an outside identity provider.
    password: Option<String>,
    /// What they may do.
    role: Role,
    /// The highest visibility they may read.
    clearance: Visibility,
}

/// The member of staff, or why nothing changed.
#[derive(SimpleObject)]
pub struct GrantAccessPayload {
    /// The member of staff.
    staff_member: Option<StaffMember>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Access to take away.
#[derive(InputObject)]
pub struct RevokeAccessInput {
    /// The community's slug.
    community: String,
    /// Global id of the member of staff.
    staff_id: ID,
}

/// Nothing but what the caller can mend.
#[derive(SimpleObject)]
pub struct RevokeAccessPayload {
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Changes to access.
#[derive(Default)]
pub struct AccessMutation;

/// Changes to access.
#[Object]
impl AccessMutation {
    /// Signs a member of staff in.
    async fn sign_in(&self, ctx: &Context<'_>, #[graphql(desc = "Who.")] input: SignInInput) -> Maybe<SessionPayload> {
        let signed_in = sessions::sign_in(ctx.data_unchecked(), ctx.data_unchecked(), &input.email, input.password).await;
        maybe(session(signed_in))
    }

    /// Trades a refresh token for a new session.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: RefreshSessionInput,
    ) -> Maybe<SessionPayload> {
        maybe(session(
            sessions::refresh(ctx.data_unchecked(), ctx.data_unchecked(), &input.refresh_token).await,
        ))
    }

    /// Ends a session: its refresh tokens are revoked.
    async fn sign_out(&self, ctx: &Context<'_>, #[graphql(desc = "Which session.")] input: SignOutInput) -> Maybe<SignOutPayload> {
        let done = sessions::sign_out(ctx.data_unchecked(), ctx.data_unchecked(), &input.refresh_token).await;
        maybe(done.map(|()| SignOutPayload { user_errors: Vec::new() }))
    }

    /// Makes credentials for an integration. Needs the role ADMIN or the scope access:manage.
    async fn create_api_client(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What for.")] input: CreateApiClientInput,
    ) -> Maybe<CreateApiClientPayload> {
        maybe(create_client(ctx, input).await)
    }

    /// Revokes an integration's credentials; its tokens stop working at once. Needs the role ADMIN or the scope access:manage.
    async fn revoke_api_client(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RevokeApiClientInput,
    ) -> Maybe<RevokeApiClientPayload> {
        maybe(revoke_client(ctx, input).await)
    }

    /// Lets a member of staff into the community, or changes what they may do there. Needs the role ADMIN or the scope
    /// access:manage.
    async fn grant_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who and what.")] input: GrantAccessInput,
    ) -> Maybe<GrantAccessPayload> {
        maybe(grant(ctx, input).await)
    }

    /// Takes a member of staff's access to the community away, at once. Needs the role ADMIN or the scope access:manage.
    async fn revoke_access(&self, ctx: &Context<'_>, #[graphql(desc = "Whose.")] input: RevokeAccessInput) -> Maybe<RevokeAccessPayload> {
        maybe(revoke(ctx, input).await)
    }
}

fn session(signed_in: Result<SignedIn>) -> Result<SessionPayload> {
    Ok(match user_errors(signed_in)? {
        Ok(session) => SessionPayload {
            session: Some(session.into()),
            user_errors: Vec::new(),
        },
        Err(user_errors) => SessionPayload {
            session: None,
            user_errors,
        },
    })
}

async fn create_client(ctx: &Context<'_>, input: CreateApiClientInput) -> Result<CreateApiClientPayload> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = op.community(&input.community)?;
    let new = NewApiClient {
        name: input.name,
        scopes: input.scopes,
        clearance: input.clearance,
    };
    Ok(match user_errors(service::create_api_client(app, op, access, new).await)? {
        Ok((client, secret)) => CreateApiClientPayload {
            api_client: Some(ApiClientObject(client)),
            secret: Some(secret),
            user_errors: Vec::new(),
        },
        Err(user_errors) => CreateApiClientPayload {
            api_client: None,
            secret: None,
            user_errors,
        },
    })
}

async fn revoke_client(ctx: &Context<'_>, input: RevokeApiClientInput) -> Result<RevokeApiClientPayload> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = op.community(&input.community)?;
    let revoked = async {
        let id = key(access, &input.api_client_id, NodeType::ApiClient, "apiClientId")?;
        service::revoke_api_client(app, op, access, ApiClientId(id))
            .await
            .map_err(|error| missing(error, "apiClientId"))
    };
    Ok(match user_errors(revoked.await)? {
        Ok(client) => RevokeApiClientPayload {
            api_client: Some(ApiClientObject(client)),
            user_errors: Vec::new(),
        },
        Err(user_errors) => RevokeApiClientPayload {
            api_client: None,
            user_errors,
        },
    })
}

async fn grant(ctx: &Context<'_>, input: GrantAccessInput) -> Result<GrantAccessPayload> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = op.community(&input.community)?;
    let (role, clearance) = (input.role, input.clearance);
    let new = NewStaff {
        email: input.email,
        name: input.name,
        password: input.password,
        role,
        clearance,
    };
    Ok(match user_errors(service::put_staff(app, op, access, new).await)? {
        Ok(person) => {
            let grant = grant::Model {
                community_id: access.community_id(),
                staff_id: person.id,
                role,
                clearance,
                created_at: op.now,
            };
            GrantAccessPayload {
                staff_member: Some(StaffMember::new(person, grant)),
                user_errors: Vec::new(),
            }
        }
        Err(user_errors) => GrantAccessPayload {
            staff_member: None,
            user_errors,
        },
    })
}

async fn revoke(ctx: &Context<'_>, input: RevokeAccessInput) -> Result<RevokeAccessPayload> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = op.community(&input.community)?;
    let revoked = async {
        let id = key(access, &input.staff_id, NodeType::Staff, "staffId")?;
        service::revoke_grant(app, op, access, StaffId(id))
            .await
            .map_err(|error| missing(error, "staffId"))
    };
    Ok(match user_errors(revoked.await)? {
        Ok(()) => RevokeAccessPayload { user_errors: Vec::new() },
        Err(user_errors) => RevokeAccessPayload { user_errors },
    })
}

fn key(access: &Access, id: &ID, node_type: NodeType, field: &str) -> Result<i64> {
    GlobalId::expect(id, node_type, access.community_id(), "object")
        .map_err(|_not_here| Error::user(field, UserErrorCode::NotFound, "is not in this community"))
}

fn missing(error: Error, field: &str) -> Error {
    match error {
        Error::NotFound(_) => Error::user(field, UserErrorCode::NotFound, "is not in this community"),
        other => other,
    }
}
