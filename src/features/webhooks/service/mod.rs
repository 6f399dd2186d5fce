//! The use cases of webhooks: who may, the rules, one transaction, its event.

pub mod endpoints;
pub mod replays;

use std::future::Future;

use entity::{CommunityId, WebhookEndpointId, webhook_endpoint};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use super::endpoint::Giver;
use super::store;
use crate::app::App;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserError, UserErrorCode};
use crate::events::{self, EventType, NewEvent};
use crate::idempotency::{Once, once};

/// One write transaction, done once per idempotency key.
async fn in_transaction<T, F, W>(app: &App, ctx: &OpContext, community: CommunityId, key: Option<&Once>, work: F) -> Result<T>
where
    F: Fn(Tx) -> W + Send + Sync,
    W: Future<Output = Result<T>> + Send,
    T: Serialize + DeserializeOwned + Send,
{
    let work = &work;
    app.db
        .write(|tx: Tx| async move { once(&tx, ctx, community, key, Box::pin(work(tx.clone()))).await })
        .await
}

/// What is wrong with an input, as an error of the call.
fn refused(error: UserError) -> Error {
    Error::User(vec![error])
}

/// What somebody may hand out.
const fn giver(access: &Access) -> Giver {
    Giver {
        permissions: access.permissions,
        clearance: access.clearance,
    }
}

/// An endpoint that was not deleted, locked.
async fn locked(tx: &Tx, community: CommunityId, id: WebhookEndpointId) -> Result<webhook_endpoint::Model> {
    let found = store::lock_endpoint(tx, community, id).await?;
    found.filter(|row| row.deleted_at.is_none()).ok_or_else(|| {
        Error::user(
            "webhookEndpointId",
            UserErrorCode::NotFound,
            "is not a webhook endpoint of this community",
        )
    })
}

/// Writes what became of an endpoint into the change log. Addresses can hold secrets: only the host is told.
async fn tell(tx: &Tx, ctx: &OpContext, event_type: EventType, row: &webhook_endpoint::Model) -> Result<()> {
    let url = Url::parse(&row.url).ok();
    let names = |text: &str| text.split_ascii_whitespace().map(ToOwned::to_owned).collect::<Vec<String>>();
    let payload = json!({
        "host": url.as_ref().and_then(Url::host_str),
        "status": row.status,
        "types": row.event_types.as_deref().map(names),
        "scopes": names(&row.scopes),
        "clearance": row.clearance,
        "reason": row.pause_reason,
    });
    events::append(tx, ctx, row.community_id, vec![NewEvent::public(event_type, row.id.0, payload)]).await
}
