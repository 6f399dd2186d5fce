//! Webhook endpoints, and what was delivered to them.

use rapport::features::webhooks::deliver;
use serde_json::json;

use super::{ADMIN, Piece, Row};
use crate::access::records::{act, text};
use crate::support::{Client, TestApp};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$aHook", r#"node(id:"%hook")"#),
    ("$aDelivery", r#"node(id:"%delivery")"#),
    ("$newHook", r#"createWebhookEndpoint(input:{community:"home",url:"http://127.0.0.1:9/",scopes:["cases:read"]})"#),
    ("$changeHook", r#"updateWebhookEndpoint(input:{community:"home",webhookEndpointId:"%hook",description:"CRM"})"#),
    ("$testHook", r#"sendTestWebhook(input:{community:"home",webhookEndpointId:"%hook"})"#),
    ("$replayHook", r#"replayWebhooks(input:{community:"home",webhookEndpointId:"%hook",from:"%past"})"#),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Community", "{$home{@}}", ADMIN, "webhookEndpoints{totalCount}"),
    ("WebhookEndpointConnection", "{$home{webhookEndpoints{@}}}", ADMIN, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("WebhookEndpoint", "{$home{webhookEndpoints{nodes{@}}}}", ADMIN, "id url description types scopes clearance status pausedAt \
        pausedReason createdBy createdAt secretRotatedAt oldSecretUntil lag deliveries{totalCount}"),
    ("WebhookEndpoint", "{$aHook{...on WebhookEndpoint{@}}}", ADMIN, "id url"),
    ("WebhookDeliveryConnection", "{$aHook{...on WebhookEndpoint{deliveries{@}}}}", ADMIN, "pageInfo{hasNextPage} edges{cursor} nodes{id} \
        totalCount"),
    ("WebhookDelivery", "{$aDelivery{...on WebhookDelivery{@}}}", ADMIN, "id messageId endpoint{id} type subject{id} happenedAt status \
        attempts{at} nextAttemptAt createdAt finishedAt"),
    ("WebhookAttempt", "{$aDelivery{...on WebhookDelivery{attempts{@}}}}", ADMIN, "at durationMs statusCode error message response"),
    ("Mutation", "mutation{@}", ADMIN, r#"$newHook{userErrors{code}} $changeHook{userErrors{code}} $testHook{userErrors{code}}
        $replayHook{userErrors{code}} deleteWebhookEndpoint(input:{community:"home",webhookEndpointId:"none"}){userErrors{code}}
        pauseWebhookEndpoint(input:{community:"home",webhookEndpointId:"%hook"}){userErrors{code}}
        resumeWebhookEndpoint(input:{community:"home",webhookEndpointId:"%hook"}){userErrors{code}}
        rotateWebhookSecret(input:{community:"home",webhookEndpointId:"%hook"}){userErrors{code}}
        replayWebhookDelivery(input:{community:"home",webhookDeliveryId:"%delivery"}){userErrors{code}}"#),
    ("WebhookSecretPayload", "mutation{$newHook{@}}", ADMIN, "webhookEndpoint{id} secret userErrors{code}"),
    ("WebhookEndpointPayload", "mutation{$changeHook{@}}", ADMIN, "webhookEndpoint{id} userErrors{code}"),
    ("WebhookDeliveryPayload", "mutation{$testHook{@}}", ADMIN, "webhookDelivery{id} userErrors{code}"),
    ("ReplayWebhooksPayload", "mutation{$replayHook{@}}", ADMIN, "webhookEndpoint{id} count endCursor hasMore userErrors{code}"),
];

/// An endpoint where nobody listens, and a test that did not get there.
pub(super) async fn hooks(app: &TestApp, admin: &Client<'_>) -> Vec<(&'static str, String)> {
    let input = json!({ "community": "home", "url": "http://127.0.0.1:9/", "scopes": ["cases:read"] });
    let hook = act(admin, "createWebhookEndpoint", "webhookEndpoint { id }", input).await["webhookEndpoint"]["id"].clone();
    let input = json!({ "community": "home", "webhookEndpointId": hook });
    let test = act(admin, "sendTestWebhook", "webhookDelivery { id }", input).await["webhookDelivery"]["id"].clone();
    assert_eq!(deliver::run_once(&app.app, app.now()).await.unwrap(), 1);
    vec![("%hook", text(&hook)), ("%delivery", text(&test))]
}
