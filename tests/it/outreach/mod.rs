//! Whom to turn to: lists of members, and what a member's help led to.

mod after_effect;
mod lists;

use serde_json::{Value, json};

use crate::ingest::calls::{did, done, mutate};
use crate::support::{Client, TestApp};

/// Answers of a member to so many people.
fn answers(helper: &str, people: usize, at: &str) -> Vec<Value> {
    (0..people)
        .map(|n| did("ANSWER", &format!("{helper}-{n}"), helper, &format!("asker-{n}"), at))
        .collect()
}

/// The nodes of a list, all on one page.
async fn list(client: &Client<'_>, field: &str, node: &str) -> Vec<Value> {
    let query = format!("{{ community(slug: \"tea\") {{ it: {field} {{ totalCount nodes {{ member {{ displayName }} {node} }} }} }} }}");
    let found = client.ok(&query, json!({})).await["community"]["it"].clone();
    let nodes = found["nodes"].as_array().unwrap().clone();
    assert_eq!(found["totalCount"], nodes.len(), "{found:#}");
    nodes
}

/// Who is in a list, in its order.
async fn names(client: &Client<'_>, field: &str) -> Vec<String> {
    let nodes = list(client, field, "").await;
    nodes
        .iter()
        .map(|node| node["member"]["displayName"].as_str().unwrap().to_owned())
        .collect()
}

/// The code with which a list is refused.
async fn refused(client: &Client<'_>, field: &str) -> String {
    let query = format!("{{ community(slug: \"tea\") {{ it: {field} {{ totalCount }} }} }}");
    client.send(&query, json!({})).await.code().to_owned()
}

/// An integration with these scopes.
async fn integration<'a>(app: &'a TestApp, admin: &Client<'_>, scopes: &[&str]) -> Client<'a> {
    let input = json!({ "name": scopes.join(" and "), "scopes": scopes });
    let created = done(
        &mutate(admin, "tea", "createApiClient", "apiClient { clientId }", input).await,
        "createApiClient",
    );
    let id = created["apiClient"]["clientId"].as_str().unwrap();
    let token = app.app.tokens.issue_client(id, &scopes.join(" "), app.now(), 900).unwrap();
    app.client(Some(token))
}
