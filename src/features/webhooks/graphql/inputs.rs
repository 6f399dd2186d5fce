//! Inputs of the mutations of webhooks, and the commands that they are.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{CommunityId, Visibility, WebhookDeliveryId, WebhookEndpointId};

use crate::error::{Error, Result, UserErrorCode};
use crate::events::EventType;
use crate::events::cursor::Cursor;
use crate::features::changes::graphql::ChangeType;
use crate::features::webhooks::endpoint::{EndpointChanges, NewEndpoint};
use crate::features::webhooks::service::replays::Part;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::{DateTime, Duration};

/// How long two secrets sign after a rotation, in microseconds, when nothing is said.
const USUAL_OVERLAP: i64 = 86_400 * 1_000_000;

/// The endpoint that an id of the input names.
pub(super) fn endpoint_key(community: CommunityId, id: &ID) -> Result<WebhookEndpointId> {
    let key = GlobalId::expect(id, NodeType::WebhookEndpoint, community, "webhook endpoint").map(WebhookEndpointId);
    key.map_err(|_not_here| {
        let message = "is not a webhook endpoint of this community";
        Error::user("webhookEndpointId", UserErrorCode::NotFound, message)
    })
}

fn names(types: Vec<ChangeType>) -> Vec<String> {
    let name = |value: ChangeType| EventType::from(value).as_str().to_owned();
    types.into_iter().map(name).collect()
}

/// What is given of a field that cannot be emptied.
fn kept<T>(field: &str, value: MaybeUndefined<T>) -> Result<Option<T>> {
    match value {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Value(value) => Ok(Some(value)),
        MaybeUndefined::Null => {
            let message = "cannot be emptied; leave it out to keep it";
            Err(Error::user(field, UserErrorCode::Invalid, message))
        }
    }
}

/// What is given of a field that null empties.
fn clearable<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// A webhook endpoint to set up.
#[derive(Clone, Debug, InputObject)]
pub struct CreateWebhookEndpointInput {
    /// The community's slug.
    pub community: String,
    /// Where webhooks go: an https address on the public internet, at most 2,048 bytes, without a user, a password or a fragment.
    pub url: String,
    /// What it is for: 1 to 500 characters, kept as given.
    pub description: Option<String>,
    /// Which types of changes it is sent; all that it may be told of when not given.
    pub types: Option<Vec<ChangeType>>,
    /// What it may be told of, by the scopes of integrations, such as cases:read; none that the caller does not have.
    pub scopes: Vec<String>,
    /// The highest visibility that it may be told of; not above the caller's own; PUBLIC when not given.
    pub clearance: Option<Visibility>,
    /// The same key with the same input gives the first answer again, without the secret; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl CreateWebhookEndpointInput {
    /// The endpoint.
    pub(super) fn command(self) -> NewEndpoint {
        NewEndpoint {
            url: self.url,
            description: self.description,
            types: self.types.map(names),
            scopes: self.scopes,
            clearance: self.clearance.unwrap_or(Visibility::Public),
        }
    }
}

/// Changes to a webhook endpoint. Fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateWebhookEndpointInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the endpoint.
    pub webhook_endpoint_id: ID,
    /// Where webhooks go: an https address on the public internet, at most 2,048 bytes, without a user, a password or a fragment.
    pub url: MaybeUndefined<String>,
    /// What it is for: 1 to 500 characters, kept as given; null for nothing.
    pub description: MaybeUndefined<String>,
    /// Which types of changes it is sent; null for all that it may be told of.
    pub types: MaybeUndefined<Vec<ChangeType>>,
    /// What it may be told of, by the scopes of integrations, in place of all there are; none that the caller does not have.
    pub scopes: MaybeUndefined<Vec<String>>,
    /// The highest visibility that it may be told of; not above the caller's own.
    pub clearance: MaybeUndefined<Visibility>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl UpdateWebhookEndpointInput {
    /// The endpoint, and what to change of it.
    pub(super) fn command(self, community: CommunityId) -> Result<(WebhookEndpointId, EndpointChanges)> {
        let id = endpoint_key(community, &self.webhook_endpoint_id)?;
        let changes = EndpointChanges {
            url: kept("url", self.url)?,
            description: clearable(self.description),
            types: clearable(self.types).map(|types| types.map(names)),
            scopes: kept("scopes", self.scopes)?,
            clearance: kept("clearance", self.clearance)?,
        };
        Ok((id, changes))
    }
}

/// A webhook endpoint to delete.
#[derive(Clone, Debug, InputObject)]
pub struct DeleteWebhookEndpointInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the endpoint.
    pub webhook_endpoint_id: ID,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A webhook endpoint to pause.
#[derive(Clone, Debug, InputObject)]
pub struct PauseWebhookEndpointInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the endpoint.
    pub webhook_endpoint_id: ID,
    /// Why: 1 to 500 characters, kept as given.
    pub reason: Option<String>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A webhook endpoint to resume.
#[derive(Clone, Debug, InputObject)]
pub struct ResumeWebhookEndpointInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the endpoint.
    pub webhook_endpoint_id: ID,
    /// Whether deliveries that failed are passed over. When not, or not given, they are sent first.
    pub skip_failed: Option<bool>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A webhook endpoint that gets another secret.
#[derive(Clone, Debug, InputObject)]
pub struct RotateWebhookSecretInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the endpoint.
    pub webhook_endpoint_id: ID,
    /// How long the secret so far signs, too: up to P7D; PT0S when it was lost to others. P1D when not given.
    /// While an older one still signs, only PT0S is taken, which ends all old ones at once.
    pub overlap: Option<Duration>,
    /// The same key with the same input gives the first answer again, without the secret; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl RotateWebhookSecretInput {
    /// The endpoint, and for how long both secrets sign, in microseconds.
    pub(super) fn command(&self, community: CommunityId) -> Result<(WebhookEndpointId, i64)> {
        let id = endpoint_key(community, &self.webhook_endpoint_id)?;
        Ok((id, self.overlap.map_or(USUAL_OVERLAP, |overlap| overlap.micros)))
    }
}

/// A webhook endpoint to send a test to.
#[derive(Clone, Debug, InputObject)]
pub struct SendTestWebhookInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the endpoint.
    pub webhook_endpoint_id: ID,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A delivery to send again.
#[derive(Clone, Debug, InputObject)]
pub struct ReplayWebhookDeliveryInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the delivery.
    pub webhook_delivery_id: ID,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl ReplayWebhookDeliveryInput {
    /// The delivery.
    pub(super) fn command(&self, community: CommunityId) -> Result<WebhookDeliveryId> {
        let key = GlobalId::expect(&self.webhook_delivery_id, NodeType::WebhookDelivery, community, "delivery").map(WebhookDeliveryId);
        key.map_err(|_not_here| {
            let message = "is not a delivery of this community";
            Error::user("webhookDeliveryId", UserErrorCode::NotFound, message)
        })
    }
}

/// A part of the change log to send to an endpoint again: what comes after a cursor or an instant, up to another one, or up to what the
/// endpoint was told last.
#[derive(Clone, Debug, InputObject)]
pub struct ReplayWebhooksInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the endpoint.
    pub webhook_endpoint_id: ID,
    /// What comes after this cursor of the change log, such as the `id` in the body of a webhook. Either this or `from`.
    pub after: Option<String>,
    /// What happened at this instant or later. Either this or `after`.
    pub from: Option<DateTime>,
    /// Up to this cursor, with the change that it names. Not together with `to`.
    pub up_to: Option<String>,
    /// What happened at this instant or earlier. Not together with `upTo`.
    pub to: Option<DateTime>,
    /// Only what the endpoint did not take; false when not given.
    pub only_failed: Option<bool>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl ReplayWebhooksInput {
    /// The endpoint, and which part of the log.
    pub(super) fn command(&self, community: CommunityId) -> Result<(WebhookEndpointId, Part)> {
        let id = endpoint_key(community, &self.webhook_endpoint_id)?;
        let seq = |field: &str, text: &str| {
            let cursor = Cursor::decode(text, community).map(|cursor| cursor.seq);
            cursor.map_err(|_not_one| {
                let message = "is not a cursor of this community's change log";
                Error::user(field, UserErrorCode::Invalid, message)
            })
        };
        let part = Part {
            after: self.after.as_deref().map(|text| seq("after", text)).transpose()?,
            from: self.from.map(|at| at.0),
            up_to: self.up_to.as_deref().map(|text| seq("upTo", text)).transpose()?,
            to: self.to.map(|at| at.0),
            only_failed: self.only_failed.unwrap_or(false),
        };
        Ok((id, part))
    }
}
