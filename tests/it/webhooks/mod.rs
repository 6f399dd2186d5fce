//! Webhooks: sent, signed, repeated, paused, replayed; by several processes, to receivers that fail, stall, redirect and lie.

mod addresses;
mod delivery;
mod endpoints;
mod failures;
mod order;
mod receiver;
mod replays;
mod secrets;
mod workers;

use entity::{Timestamp, Visibility};
use rapport::context::Access;
use rapport::db::Tx;
use rapport::events::{self, EventType, NewEvent, log};
use rapport::features::webhooks::{deliver, dispatch};
use serde_json::{Value, json};

use self::receiver::Receiver;
use crate::ingest::calls::{done, mutate, with};
use crate::support::{Client, TestApp};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;

const ENDPOINT: &str = "id url description types scopes clearance status pausedAt pausedReason createdBy createdAt secretRotatedAt \
                        oldSecretUntil lag";
const DELIVERY: &str = "id messageId type subject { type id } happenedAt status nextAttemptAt createdAt finishedAt \
                        attempts { at durationMs statusCode error message response }";

/// An endpoint, and the secret that was told once.
#[derive(Clone)]
pub struct Hook {
    pub id: String,
    pub secret: String,
}

/// Everything that most tests have: a community, somebody who may do everything there, and a receiver with an endpoint for cases.
struct Scene<'a> {
    app: &'a TestApp,
    access: Access,
    admin: Client<'a>,
    receiver: Receiver,
    hook: Hook,
}

impl<'a> Scene<'a> {
    async fn set(app: &'a TestApp) -> Self {
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let receiver = Receiver::start().await;
        let hook = hook(&admin, &receiver.url, json!({})).await;
        Self {
            app,
            access,
            admin,
            receiver,
            hook,
        }
    }

    /// Lets something happen to cases by number.
    async fn happen(&self, cases: &[i64]) {
        let told: Vec<_> = cases
            .iter()
            .map(|case| (EventType::CaseUpdated, *case, Visibility::Public))
            .collect();
        happen(self.app, &self.access, &told).await;
    }

    /// Makes deliveries and sends what is due at an instant; how many attempts that were.
    async fn pump(&self, now: Timestamp) -> usize {
        pump(self.app, now).await
    }

    /// The endpoint as it is now.
    async fn endpoint(&self) -> Value {
        node(&self.admin, "WebhookEndpoint", ENDPOINT, &self.hook.id).await
    }

    /// What was delivered or is to be, the oldest first.
    async fn deliveries(&self) -> Vec<Value> {
        deliveries(&self.admin, &self.hook.id, &Value::Null).await
    }

    /// A mutation of the endpoint that must succeed; its payload.
    async fn act(&self, mutation: &str, selection: &str, more: Value) -> Value {
        let input = with(json!({ "webhookEndpointId": self.hook.id }), &more);
        done(&mutate(&self.admin, "tea", mutation, selection, input).await, mutation)
    }

    /// The log of the community, by type.
    async fn logged(&self, event_type: &str) -> Vec<Value> {
        let entries = log::read_all(self.app.app.db.read(), self.access.community_id(), 0, 10_000)
            .await
            .unwrap();
        let found = entries.into_iter().filter(|entry| entry.event_type == event_type);
        found.map(|entry| entry.payload).collect()
    }
}

/// Sets an endpoint up that may be told of cases.
async fn hook(client: &Client<'_>, url: &str, more: Value) -> Hook {
    let input = with(json!({ "url": url, "scopes": ["cases:read"] }), &more);
    let made = mutate(client, "tea", "createWebhookEndpoint", "webhookEndpoint { id } secret", input).await;
    let made = done(&made, "createWebhookEndpoint");
    Hook {
        id: made["webhookEndpoint"]["id"].as_str().unwrap().to_owned(),
        secret: made["secret"].as_str().unwrap().to_owned(),
    }
}

/// Writes events, in one transaction.
async fn happen(app: &TestApp, access: &Access, told: &[(EventType, i64, Visibility)]) {
    let ctx = &app.app.system("test");
    let community = access.community_id();
    let written = app.app.db.write(|tx: Tx| async move {
        let events = told.iter().map(|(event_type, subject_id, visibility)| NewEvent {
            event_type: *event_type,
            subject_id: *subject_id,
            visibility: *visibility,
            payload: json!({ "severity": "HIGH" }),
        });
        events::append(&tx, ctx, community, events.collect()).await
    });
    written.await.unwrap();
}

async fn pump(app: &TestApp, now: Timestamp) -> usize {
    dispatch::run_once(&app.app, now).await.unwrap();
    deliver::run_once(&app.app, now).await.unwrap()
}

async fn node(client: &Client<'_>, of: &str, fields: &str, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on {of} {{ {fields} }} }} }}");
    client.ok(&query, json!({ "id": id })).await["node"].clone()
}

async fn deliveries(client: &Client<'_>, endpoint: &str, status: &Value) -> Vec<Value> {
    let query = format!(
        "query($id: ID!, $status: WebhookDeliveryStatus) {{ node(id: $id) {{ ... on WebhookEndpoint \
         {{ deliveries(first: 100, status: $status) {{ totalCount nodes {{ {DELIVERY} }} }} }} }} }}"
    );
    let data = client.ok(&query, json!({ "id": endpoint, "status": status })).await;
    let list = &data["node"]["deliveries"];
    let mut nodes = list["nodes"].as_array().unwrap().clone();
    assert_eq!(list["totalCount"], nodes.len());
    nodes.reverse();
    nodes
}

/// The one thing that there is.
#[track_caller]
fn only<T: std::fmt::Debug>(mut all: Vec<T>) -> T {
    assert_eq!(all.len(), 1, "{all:#?}");
    all.pop().unwrap()
}

/// A field of each.
fn each<'a>(rows: &'a [Value], field: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[field].as_str().unwrap()).collect()
}
