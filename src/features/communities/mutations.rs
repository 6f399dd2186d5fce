//! Mutations of communities: their settings.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::graphql::Community;
use super::service::{self, CommunityChanges};
use crate::app::App;
use crate::context::OpContext;
use crate::error::{Error, Result, UserError, UserErrorCode};
use crate::graphql::errors::{UserErrorObject, user_errors};
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// Changes to a community's settings. Fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateCommunityInput {
    /// The community's slug.
    pub community: String,
    /// Whether anybody may read what it promises, and how well it keeps that, without signing in.
    pub publish_expectations: MaybeUndefined<bool>,
    /// Name to show. Needs the role ADMIN or the scope access:manage.
    pub name: MaybeUndefined<String>,
    /// IANA time zone, for example `Europe/Berlin`. Needs the role ADMIN or the scope access:manage.
    pub timezone: MaybeUndefined<String>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl UpdateCommunityInput {
    fn into_changes(self) -> Result<CommunityChanges> {
        let nulls = [
            ("publishExpectations", self.publish_expectations.is_null()),
            ("name", self.name.is_null()),
            ("timezone", self.timezone.is_null()),
        ];
        let errors: Vec<UserError> = nulls
            .into_iter()
            .filter(|(_, is_null)| *is_null)
            .map(|(field, _)| UserError::at(field, UserErrorCode::Invalid, "cannot be emptied; leave it out to keep it"))
            .collect();
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        Ok(CommunityChanges {
            publish_expectations: self.publish_expectations.take(),
            name: self.name.take(),
            timezone: self.timezone.take(),
        })
    }
}

/// The community, or why nothing was done.
#[derive(SimpleObject)]
pub struct UpdateCommunityPayload {
    /// The community as it is now.
    community: Option<Community>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Changes to communities.
#[derive(Default)]
pub struct CommunityMutation;

/// Changes to communities.
#[Object]
impl CommunityMutation {
    /// Changes the settings of a community. Needs the role MANAGER or the scope expectations:write; for its name and time zone the
    /// role ADMIN or the scope access:manage.
    async fn update_community(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which community, and what to change.")] input: UpdateCommunityInput,
    ) -> Maybe<UpdateCommunityPayload> {
        maybe(update(ctx, input).await)
    }
}

async fn update(ctx: &Context<'_>, input: UpdateCommunityInput) -> Result<UpdateCommunityPayload> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = op.community(&input.community)?;
    let updated = async {
        let once = input.idempotency_key.clone();
        let changes = input.into_changes()?;
        let key = Once::new(once.as_deref(), "updateCommunity", &changes)?;
        service::update(&app.db, op, access, &changes, key.as_ref()).await
    };
    Ok(match user_errors(updated.await)? {
        Ok(access) => UpdateCommunityPayload {
            community: Some(Community::new(&access)),
            user_errors: Vec::new(),
        },
        Err(user_errors) => UpdateCommunityPayload {
            community: None,
            user_errors,
        },
    })
}
