//! `interactions(filter)`: which interactions.

use serde_json::{Value, json};

use crate::ingest::calls::{did, member_id, merge, upsert, with};
use crate::on_both_engines;
use crate::support::{Answer, Client, TestApp};

const QUERY: &str = "query($filter: InteractionFilter) { community(slug: \"tea\") \
                     { interactions(first: 100, filter: $filter, direction: ASC) { totalCount nodes { externalId } } } }";

const DAYS: [&str; 5] = [
    "2026-01-01T00:00:00Z",
    "2026-01-02T00:00:00Z",
    "2026-01-03T00:00:00.5Z",
    "2026-01-04T00:00:00Z",
    "2026-01-05T00:00:00Z",
];

/// Interactions a to e, oldest first; `ann2` is merged into `ann`.
async fn five(client: &Client<'_>) {
    let told = vec![
        with(
            did("QUESTION", "a", "ann", "", DAYS[0]),
            &json!({ "thread": "t-1", "channel": "Forum", "topics": ["green", "black"], "text": "100% WHY_not? 🦊", "sentiment": -0.5 }),
        ),
        with(
            did("ANSWER", "b", "ben", "ann", DAYS[1]),
            &json!({ "thread": "t-1", "parent": "a", "channel": "email", "topics": ["green"], "text": "so it goes", "sentiment": 0.0 }),
        ),
        with(
            did("KUDOS", "c", "", "ben", DAYS[2]),
            &json!({ "visibility": "SEMI_PRIVATE", "parent": "b" }),
        ),
        with(
            did("MESSAGE", "d", "ann2", "ben", DAYS[3]),
            &json!({ "visibility": "PRIVATE", "sentiment": 1.0, "source": "forum" }),
        ),
        with(
            did("RETRACTION", "e", "ben", "", DAYS[4]),
            &json!({ "retracts": "b", "source": "mail", "topics": ["white"] }),
        ),
    ];
    upsert(
        client,
        "tea",
        vec![
            json!({ "externalId": "ann" }),
            json!({ "externalId": "ann2" }),
            json!({ "externalId": "ben" }),
        ],
    )
    .await;
    client.record("tea", told).await;
    let (merged, into) = (member_id(client, "tea", "ann2").await, member_id(client, "tea", "ann").await);
    merge(client, json!({ "community": "tea", "memberId": merged, "intoId": into })).await;
}

fn letters(answer: &Answer) -> String {
    assert!(answer.body.get("errors").is_none(), "{:#}", answer.body);
    let list = &answer.body["data"]["community"]["interactions"];
    let found: String = list["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["externalId"].as_str().unwrap())
        .collect();
    assert_eq!(list["totalCount"], found.len());
    found
}

on_both_engines! {
    async fn each_comparison_means_what_it_says(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        five(&admin).await;
        let (ann, ben) = (member_id(&admin, "tea", "ann").await, member_id(&admin, "tea", "ben").await);
        let cases = [
            (json!(null), "abcde"),
            (json!({}), "abcde"),
            (json!({ "kind": { "eq": "ANSWER" } }), "b"),
            (json!({ "kind": { "ne": "ANSWER" } }), "acde"),
            (json!({ "kind": { "in": ["ANSWER", "KUDOS"] } }), "bc"),
            (json!({ "kind": { "in": [] } }), ""),
            (json!({ "kind": { "notIn": ["ANSWER", "KUDOS"] } }), "ade"),
            (json!({ "actor": { "eq": ann } }), "ad"),
            (json!({ "actor": { "in": [ann, ben] } }), "abd"),
            (json!({ "actor": { "in": [] } }), ""),
            (json!({ "actor": {} }), "abcde"),
            (json!({ "target": { "eq": ben } }), "cd"),
            (json!({ "target": { "eq": ann }, "actor": { "eq": ben } }), "b"),
            (json!({ "occurredAt": { "eq": "2026-01-03T00:00:00.5Z" } }), "c"),
            (json!({ "occurredAt": { "lt": DAYS[2] } }), "ab"),
            (json!({ "occurredAt": { "lte": DAYS[2] } }), "abc"),
            (json!({ "occurredAt": { "gt": DAYS[2] } }), "de"),
            (json!({ "occurredAt": { "gte": DAYS[1], "lt": DAYS[3] } }), "bc"),
            (json!({ "visibility": { "eq": "PUBLIC" } }), "abe"),
            (json!({ "visibility": { "ne": "PUBLIC" } }), "cd"),
            (json!({ "visibility": { "in": ["PRIVATE"] } }), "d"),
            (json!({ "visibility": { "notIn": ["PRIVATE", "SEMI_PRIVATE"] } }), "abe"),
            (json!({ "thread": { "eq": "t-1" } }), "ab"),
            (json!({ "parent": { "in": ["a", "b"] } }), "bc"),
            (json!({ "channel": { "eq": "forum" } }), ""),
            (json!({ "channel": { "contains": "FOR" } }), "a"),
            (json!({ "source": { "eq": "mail" } }), "e"),
            (json!({ "source": { "ne": "mail" } }), "abcd"),
            (json!({ "externalId": { "in": ["a", "e", "z"] } }), "ae"),
            (json!({ "externalId": { "notIn": ["a", "e"] } }), "bcd"),
            (json!({ "sentiment": { "eq": 0 } }), "b"),
            (json!({ "sentiment": { "lt": 0 } }), "a"),
            (json!({ "sentiment": { "lte": 0.0 } }), "ab"),
            (json!({ "sentiment": { "gt": -0.5 } }), "bd"),
            (json!({ "sentiment": { "gte": -0.5, "lt": 1 } }), "ab"),
            (json!({ "text": { "contains": "why_NOT" } }), "a"),
            (json!({ "text": { "contains": "0% w" } }), "a"),
            (json!({ "text": { "contains": "s_it" } }), ""),
            (json!({ "text": { "contains": "🦊" } }), "a"),
            (json!({ "topics": ["green"] }), "ab"),
            (json!({ "topics": ["black", "white"] }), "ae"),
            (json!({ "topics": ["green", "black"] }), "ab"),
            (json!({ "topics": [] }), ""),
            (json!({ "topics": ["Green", "none"] }), ""),
            (json!({ "or": [{ "topics": ["white"] }, { "kind": { "eq": "KUDOS" } }] }), "ce"),
            (json!({ "and": [{ "topics": ["green"] }, { "topics": ["black"] }] }), "a"),
            (json!({ "not": { "topics": ["green"] } }), "cde"),
            (json!({ "not": { "kind": { "in": ["QUESTION", "ANSWER"] } }, "visibility": { "eq": "PUBLIC" } }), "e"),
            (json!({ "not": { "or": [{ "kind": { "eq": "KUDOS" } }, { "source": { "eq": "mail" } }] } }), "abd"),
            (json!({ "not": {} }), ""),
        ];
        for (filter, expected) in cases {
            assert_eq!(letters(&admin.send(QUERY, json!({ "filter": filter })).await), expected, "{filter}");
        }
    }

    async fn what_cannot_be_compared_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (access, other) = (app.community("tea").await, app.community("coffee").await);
        let (admin, elsewhere) = (app.admin(&access).await, app.admin(&other).await);
        five(&admin).await;
        upsert(&elsewhere, "coffee", vec![json!({ "externalId": "eve" })]).await;
        let foreign = member_id(&elsewhere, "coffee", "eve").await;
        let many: Vec<Value> = (0..101).map(|_n| json!({ "sentiment": { "lt": 0 } })).collect();
        let cases = [
            (json!({ "actor": { "eq": foreign } }), "filter: "),
            (json!({ "not": { "target": { "in": ["nonsense"] } } }), "filter: "),
            (json!({ "text": { "contains": "\u{0}" } }), "filter: "),
            (json!({ "topics": ["fine", "\u{0}"] }), "filter: "),
            (json!({ "and": many }), "filter: "),
            (json!({ "kind": { "eq": "SHOUT" } }), ""),
            (json!({ "sentiment": { "lt": "low" } }), ""),
            (json!({ "occurredAt": { "lt": "then" } }), "filter.occurredAt.lt: "),
            (json!({ "actor": { "eq": null } }), "filter.actor.eq: "),
        ];
        for (filter, named) in cases {
            let answer = admin.send(QUERY, json!({ "filter": filter })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{filter}\n{:#}", answer.body);
            assert!(answer.message().starts_with(named), "{filter}: {}", answer.message());
        }
    }
}
