//! Calls that the tests of several features make, and how they read the answers.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use entity::CommunityId;
use rapport::db::query::Sql;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::{Answer, Client, SECRET, TestApp};

/// An interaction as API input; an empty name is nobody.
pub fn did(kind: &str, id: &str, actor: &str, target: &str, at: &str) -> Value {
    let name = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
    json!({ "kind": kind, "externalId": id, "actor": name(actor), "target": name(target), "occurredAt": at })
}

/// An object with the members of another put over its own.
pub fn with(mut object: Value, more: &Value) -> Value {
    let target = object.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        target.insert(name.clone(), value.clone());
    }
    object
}

pub const RECORD: &str = "mutation($input: RecordInteractionsInput!) { recordInteractions(input: $input) \
                          { results { index status interactionId error { code field message } } userErrors { code field message } } }";

pub const UPSERT: &str = "mutation($input: UpsertMembersInput!) { upsertMembers(input: $input) \
                          { results { index status memberId error { code field message } } userErrors { code field message } } }";

/// Creates and changes members given without a source, which is `forum`; the payload.
pub async fn upsert(client: &Client<'_>, community: &str, mut members: Vec<Value>) -> Value {
    for member in &mut members {
        member.as_object_mut().unwrap().entry("source").or_insert(json!("forum"));
    }
    let data = client
        .ok(UPSERT, json!({ "input": { "community": community, "members": members } }))
        .await;
    data["upsertMembers"].clone()
}

/// Merges a member into another, or takes that back; the payload.
pub async fn merge(client: &Client<'_>, input: Value) -> Value {
    let (mutation, input_type) = if input.get("intoId").is_some() {
        ("mergeMembers", "MergeMembersInput")
    } else {
        ("unmergeMembers", "UnmergeMembersInput")
    };
    let query = format!(
        "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ member {{ id displayName }} userErrors {{ code field message }} }} }}"
    );
    client.ok(&query, json!({ "input": input })).await[mutation].clone()
}

/// What became of each record of a batch.
pub fn statuses(payload: &Value) -> Vec<&str> {
    let results = payload["results"].as_array().unwrap();
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index, "results are in the order of the records");
    }
    results.iter().map(|result| result["status"].as_str().unwrap()).collect()
}

/// Sends a mutation to a community; the answer as it came. `selection` is what to tell beside what there is to mend.
pub async fn mutate(client: &Client<'_>, community: &str, mutation: &str, selection: &str, input: Value) -> Answer {
    let (first, rest) = mutation.split_at(1);
    let query = format!(
        "mutation($input: {}{rest}Input!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}",
        first.to_uppercase()
    );
    let input = with(input, &json!({ "community": community }));
    client.send(&query, json!({ "input": input })).await
}

/// The payload of a mutation that must have been executed.
#[track_caller]
pub fn payload(answer: &Answer, mutation: &str) -> Value {
    assert!(answer.body.get("errors").is_none(), "{mutation}\n{:#}", answer.body);
    answer.body["data"][mutation].clone()
}

/// The payload of a mutation that must have done something.
#[track_caller]
pub fn done(answer: &Answer, mutation: &str) -> Value {
    let payload = payload(answer, mutation);
    assert_eq!(payload["userErrors"], json!([]), "{mutation}");
    payload
}

/// What the caller can mend, as `path.of.field CODE`.
pub fn mendable(payload: &Value) -> Vec<String> {
    payload["userErrors"].as_array().unwrap().iter().map(blame).collect()
}

/// A user error as `path.of.field CODE`.
pub fn blame(error: &Value) -> String {
    assert!(!error["message"].as_str().unwrap().is_empty(), "{error}");
    let path: Vec<&str> = error["field"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part.as_str().unwrap())
        .collect();
    format!("{} {}", path.join("."), error["code"].as_str().unwrap())
}

/// Some fields of the member with an account in the forum; null when there is none.
pub async fn member(client: &Client<'_>, community: &str, external_id: &str, selection: &str) -> Value {
    let query = format!(
        "query($slug: String!, $id: String!) {{ community(slug: $slug) \
         {{ it: memberByIdentity(provider: \"forum\", externalId: $id) {{ {selection} }} }} }}"
    );
    let data = client.ok(&query, json!({ "slug": community, "id": external_id })).await;
    data["community"]["it"].clone()
}

/// The global id of the member with an account in the forum.
pub async fn member_id(client: &Client<'_>, community: &str, external_id: &str) -> String {
    member(client, community, external_id, "id").await["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The leaderboard by the first account in the forum: rank, value, points and what else is selected.
/// `arguments` are more arguments of the field, for example `topic: "beer"`.
pub async fn leaderboard(client: &Client<'_>, community: &str, arguments: &str, selection: &str) -> BTreeMap<String, Value> {
    let query = format!(
        "query($slug: String!) {{ community(slug: $slug) {{ leaderboard(first: 100 {arguments}) \
         {{ nodes {{ rank value points member {{ displayName identities {{ provider externalId }} }} {selection} }} }} }} }}"
    );
    let data = client.ok(&query, json!({ "slug": community })).await;
    let nodes = data["community"]["leaderboard"]["nodes"].as_array().unwrap().iter();
    let forum = |node: &Value| {
        let identities = node["member"]["identities"].as_array().unwrap();
        let own = identities.iter().find(|identity| identity["provider"] == "forum").unwrap();
        own["externalId"].as_str().unwrap().to_owned()
    };
    nodes.map(|node| (forum(node), node.clone())).collect()
}

/// A list in a community, for example `members(PAGE)`, where `PAGE` becomes the paging arguments; lists inside objects give the
/// path to them. Sends one page of it.
pub async fn page(client: &Client<'_>, community: &str, path: &[&str], node: &str, paging: &Value) -> Answer {
    let mut query = format!("{{ totals: pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} nodes {{ {node} }} }}");
    for step in path.iter().rev() {
        let step = step
            .replace("(PAGE)", "(first: $first, after: $after, last: $last, before: $before)")
            .replace("PAGE", "first: $first, after: $after, last: $last, before: $before")
            .replace("(ONWARD)", "(first: $first, after: $after)")
            .replace("ONWARD", "first: $first, after: $after");
        query = format!("{{ it: {step} {query} }}");
    }
    let declared = if path.last().unwrap().contains("PAGE") {
        ", $last: Int, $before: String"
    } else {
        ""
    };
    let query = format!("query($slug: String!, $first: Int, $after: String{declared}) {{ community(slug: $slug) {query} }}");
    client.send(&query, with(json!({ "slug": community }), paging)).await
}

/// The connection of a page that must have come.
pub fn connection(answer: &Answer, path: &[&str]) -> Value {
    assert!(answer.body.get("errors").is_none(), "{path:?}\n{:#}", answer.body);
    path.iter()
        .fold(answer.body["data"]["community"].clone(), |at, _step| at["it"].clone())
}

/// Walks a list from one end to the other in pages of a size; all nodes in the order of the list.
pub async fn walk(client: &Client<'_>, community: &str, path: &[&str], node: &str, size: usize, forwards: bool) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), Value::Null);
    for _page in 0..200 {
        let paging = if forwards {
            json!({ "first": size, "after": cursor })
        } else {
            json!({ "last": size, "before": cursor })
        };
        let found = connection(&page(client, community, path, node, &paging).await, path);
        let nodes = found["nodes"].as_array().unwrap().clone();
        assert!(nodes.len() <= size, "{found:#}");
        let info = &found["totals"];
        let (more, next) = if forwards {
            all.extend(nodes);
            (&info["hasNextPage"], &info["endCursor"])
        } else {
            all = nodes.into_iter().chain(std::mem::take(&mut all)).collect();
            (&info["hasPreviousPage"], &info["startCursor"])
        };
        if more == &Value::Bool(false) {
            return all;
        }
        cursor.clone_from(next);
    }
    panic!("{path:?} does not end: {all:?}");
}

/// How many rows of a community a table has.
pub async fn count(app: &TestApp, table: &str, community: CommunityId) -> i64 {
    let db = app.app.db.read();
    let text = format!("SELECT COUNT(*) FROM {table} WHERE community_id = ");
    let sql = Sql::new(db.get_database_backend(), &text).value(community.0);
    db.query_one_raw(sql.build()).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// Looks until something is there, and how long that took; `None` when it does not come in time.
pub async fn eventually<T>(limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<(T, Duration)> {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return Some((found, started.elapsed()));
        }
        if started.elapsed() > limit {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A number of an answer.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

/// Passes when two numbers differ by no more than a share of the larger.
#[track_caller]
pub fn assert_close(left: f64, right: f64, share: f64) {
    let most = share * left.abs().max(right.abs());
    assert!((left - right).abs() <= most.max(1e-12), "{left} is not {right} within {share}");
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub success: bool,
    pub out: String,
    pub err: String,
}

/// The program as users run it, in a folder of its own.
pub fn program(folder: &Path, database_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
    command
        .current_dir(folder)
        .env("RAPPORT_AUTH_SECRET", SECRET)
        .env("RAPPORT_DATABASE_CONNECTIONS", "3");
    command.args(["--database-url", database_url]).stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        success: output.status.success(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
