//! Following the change log: everything that one may see, once and in order, also what is gone; and nothing else.

mod catalogue;
mod cursors;
mod following;
mod leases;
mod payloads;
mod removals;
mod retention;
mod seen;
mod waiting;

use entity::Visibility;
use rapport::context::Access;
use rapport::events::cursor::Cursor;
use rapport::events::{self, NewEvent};
use rapport::features::access::{NewApiClient, service};
use serde_json::{Value, json};

use crate::cases::Desk;
use crate::ingest::calls::{done, mutate, with};
use crate::support::{Answer, Client, TestApp};

/// A page of the log, as the arguments in `asked` say: `after`, `types`, `subjects`, `first`, `wait`.
pub async fn ask(client: &Client<'_>, slug: &str, asked: Value) -> Answer {
    let query = "query($slug: String!, $after: String, $types: [ChangeType!], $subjects: [ID!], $first: Int, $wait: Int) { \
                 community(slug: $slug) { changes(after: $after, types: $types, subjects: $subjects, first: $first, waitSeconds: $wait) { \
                 changes { cursor type version at actor { type id name } visibility subject { type id } node { id } data } cursor hasMore } } }";
    client.send(query, with(json!({ "slug": slug }), &asked)).await
}

/// A page of the log that must have come.
pub async fn page(client: &Client<'_>, slug: &str, asked: Value) -> Value {
    let answer = ask(client, slug, asked).await;
    assert!(answer.body.get("errors").is_none(), "{:#}", answer.body);
    answer.body["data"]["community"]["changes"].clone()
}

/// The present end of the log.
pub async fn end(client: &Client<'_>, slug: &str) -> String {
    let query = "query($slug: String!) { community(slug: $slug) { changesCursor } }";
    let data = client.ok(query, json!({ "slug": slug })).await;
    data["community"]["changesCursor"].as_str().unwrap().to_owned()
}

/// Everything after a cursor that somebody sees, by following it page by page.
pub async fn all_after(client: &Client<'_>, slug: &str, after: &str, asked: Value) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), json!(after));
    loop {
        let page = page(client, slug, with(asked.clone(), &json!({ "after": after }))).await;
        all.extend(page["changes"].as_array().unwrap().iter().cloned());
        after = page["cursor"].clone();
        if page["hasMore"] == json!(false) {
            return all;
        }
    }
}

/// The types of changes.
pub fn types(changes: &[Value]) -> Vec<&str> {
    changes.iter().map(|change| change["type"].as_str().unwrap()).collect()
}

/// The place of a change in the log.
pub fn seq(access: &Access, change: &Value) -> i64 {
    Cursor::decode(change["cursor"].as_str().unwrap(), access.community_id())
        .unwrap()
        .seq
}

/// An integration with these scopes.
pub async fn integration<'a>(app: &'a TestApp, access: &Access, scopes: &str, clearance: Visibility) -> Client<'a> {
    let new = NewApiClient {
        name: scopes.to_owned(),
        scopes: scopes.split(' ').map(ToOwned::to_owned).collect(),
        clearance,
    };
    let (client, _secret) = service::create_api_client(&app.app, &app.app.system("test"), access, new)
        .await
        .unwrap();
    let token = app.app.tokens.issue_client(&client.client_id, scopes, app.now(), 900).unwrap();
    app.client(Some(token))
}

/// Writes an event, as the program itself.
pub async fn tell(app: &TestApp, access: &Access, event: NewEvent) {
    let ctx = app.app.system("test");
    let (ctx, event) = (&ctx, &event);
    let written = app
        .app
        .db
        .write(|tx| async move { events::append(&tx, ctx, access.community_id(), vec![event.clone()]).await });
    written.await.unwrap();
}

/// Sends a mutation that must do something; its payload.
pub async fn act(desk: &Desk<'_>, mutation: &str, selection: &str, input: Value) -> Value {
    done(&mutate(&desk.client(), desk.slug(), mutation, selection, input).await, mutation)
}
