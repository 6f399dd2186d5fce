//! Integrity: evidence that looks arranged, what staff discount, and for whom they vouch.

mod discounts;
mod findings;
mod vouches;

use entity::event;
use rapport::context::Access;
use sea_orm::QueryOrder as _;
use serde_json::{Value, json};

use crate::ingest::calls::{done, mendable, mutate, payload};
use crate::support::{Client, TestApp};

const DISCOUNTS: &str = "count discounts { reason inForce discountedBy discountedAt restoredBy restoredAt restoreReason \
                         interaction { id externalId } }";

/// Sends a mutation about interactions; what there is to mend, and the payload.
async fn order(client: &Client<'_>, mutation: &str, ids: &[Value], reason: &str) -> (Vec<String>, Value) {
    let input = json!({ "interactionIds": ids, "reason": reason });
    let payload = payload(&mutate(client, "tea", mutation, DISCOUNTS, input).await, mutation);
    (mendable(&payload), payload)
}

/// Discounts interactions, which must do; the payload.
async fn discount(client: &Client<'_>, ids: &[Value]) -> Value {
    let input = json!({ "interactionIds": ids, "reason": "It was arranged" });
    done(
        &mutate(client, "tea", "discountEvidence", DISCOUNTS, input).await,
        "discountEvidence",
    )
}

/// Restores interactions, which must do; the payload.
async fn restore(client: &Client<'_>, ids: &[Value]) -> Value {
    let input = json!({ "interactionIds": ids, "reason": "It was not" });
    done(&mutate(client, "tea", "restoreEvidence", DISCOUNTS, input).await, "restoreEvidence")
}

/// Records interactions; their global ids.
async fn recorded(client: &Client<'_>, told: Vec<Value>) -> Vec<Value> {
    let payload = client.record("tea", told).await;
    assert_eq!(mendable(&payload), [""; 0]);
    let results = payload["results"].as_array().unwrap();
    results.iter().map(|result| result["interactionId"].clone()).collect()
}

/// The discounts that a caller sees, the newest first: external ids of their interactions.
async fn discounts(client: &Client<'_>, arguments: &str) -> Vec<String> {
    let query = format!(
        "{{ community(slug: \"tea\") {{ evidenceDiscounts{arguments} {{ totalCount nodes {{ interaction {{ externalId }} }} }} }} }}"
    );
    let found = client.ok(&query, json!({})).await["community"]["evidenceDiscounts"].clone();
    let nodes = found["nodes"].as_array().unwrap();
    assert_eq!(found["totalCount"], nodes.len(), "all on one page");
    let name = |node: &Value| node["interaction"]["externalId"].as_str().unwrap().to_owned();
    nodes.iter().map(name).collect()
}

/// What the change log says of evidence, in order.
async fn told(app: &TestApp, access: &Access) -> Vec<event::Model> {
    let all = event::Entity::in_community(access.community_id()).order_by_asc(event::Column::Seq);
    let mut all = all.all(app.app.db.read()).await.unwrap();
    all.retain(|event| event.event_type.starts_with("evidence."));
    all
}
