//! What the fields of one request look up together about webhooks: one statement, however many rows.

use std::sync::Arc;

use entity::{CommunityId, WebhookDeliveryId, webhook_attempt};

use crate::app::App;
use crate::error::Result;
use crate::features::webhooks::store;
use crate::graphql::batch::Batcher;
use crate::graphql::loaders::per_group;

/// The batches of one request.
#[derive(Default)]
pub struct WebhookLoaders {
    attempts: Batcher<(CommunityId, WebhookDeliveryId), Arc<Vec<webhook_attempt::Model>>>,
}

impl WebhookLoaders {
    /// The attempts of a delivery, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attempts(&self, app: &App, community: CommunityId, id: WebhookDeliveryId) -> Result<Arc<Vec<webhook_attempt::Model>>> {
        let load = |keys| {
            per_group(keys, |community, ids: Vec<WebhookDeliveryId>| async move {
                let found = store::attempts_of(app.db.read(), community, &ids).await?;
                Ok(found.into_iter().map(|(id, rows)| (id, Arc::new(rows))).collect())
            })
        };
        Ok(self.attempts.load((community, id), load).await?.unwrap_or_default())
    }
}
