//! `members(orderBy, first, after, last, before)`: pages, cursors, and what is refused.

use rapport::graphql::global_id::GlobalId;
use serde_json::{Value, json};

use crate::ingest::calls::{connection, did, page, upsert, walk, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const NODE: &str = "id displayName joinedAt lastActiveAt";

/// Forty members with many ties and gaps in all that they can be ordered by.
async fn forty(app: &TestApp, client: &Client<'_>) {
    let days: Vec<String> = (0..4).map(|n| app.days_ago(10.0 + 100.0 * f64::from(n))).collect();
    let one = |n: usize| {
        let name = ["kim", "Kim", "lee", "LEE", "max"][n % 5];
        let joined = if n.is_multiple_of(3) {
            json!({})
        } else {
            json!({ "joinedAt": days[n % 4] })
        };
        let active = if n.is_multiple_of(4) {
            json!({})
        } else {
            json!({ "lastActiveAt": days[n % 3] })
        };
        with(with(json!({ "externalId": format!("{n}"), "displayName": name }), &joined), &active)
    };
    upsert(client, "tea", (0..40).map(one).collect()).await;
}

fn key(node: &Value) -> i64 {
    GlobalId::decode(node["id"].as_str().unwrap()).unwrap().key
}

/// What a node is ordered by; what is unknown counts as earliest.
fn value(node: &Value, field: &str) -> String {
    match field {
        "DISPLAY_NAME" => node["displayName"].as_str().unwrap().to_lowercase(),
        "JOINED_AT" => node["joinedAt"].as_str().unwrap_or_default().to_owned(),
        _ => node["lastActiveAt"].as_str().unwrap_or_default().to_owned(),
    }
}

on_both_engines! {
    async fn pages_make_the_whole_in_every_order(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        forty(&app, &admin).await;
        let orders: [&[(&str, &str)]; 9] = [
            &[],
            &[("DISPLAY_NAME", "ASC")],
            &[("DISPLAY_NAME", "DESC")],
            &[("JOINED_AT", "ASC")],
            &[("JOINED_AT", "DESC")],
            &[("LAST_ACTIVE_AT", "DESC")],
            &[("JOINED_AT", "ASC"), ("DISPLAY_NAME", "DESC")],
            &[("LAST_ACTIVE_AT", "DESC"), ("JOINED_AT", "ASC"), ("DISPLAY_NAME", "ASC")],
            &[("DISPLAY_NAME", "DESC"), ("DISPLAY_NAME", "ASC")],
        ];
        for order in orders {
            let steps: Vec<String> = order.iter().map(|(field, direction)| format!("{{ field: {field}, direction: {direction} }}")).collect();
            let list = if order.is_empty() { "members(PAGE)".to_owned() } else { format!("members(orderBy: [{}], PAGE)", steps.join(", ")) };
            let path = [list.as_str()];
            let whole = walk(&admin, "tea", &path, NODE, 100, true).await;
            assert_eq!(whole.len(), 40);
            for pair in whole.windows(2) {
                let order = if order.is_empty() { &[("DISPLAY_NAME", "ASC")][..] } else { order };
                let step = order.iter().map(|(field, direction)| {
                    let compared = value(&pair[0], field).cmp(&value(&pair[1], field));
                    if *direction == "ASC" { compared } else { compared.reverse() }
                });
                let compared = step.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then).then(key(&pair[0]).cmp(&key(&pair[1])));
                assert!(compared.is_lt(), "{list}: {pair:#?}");
            }
            for size in [1, 7, 20, 39, 40] {
                for forwards in [true, false] {
                    assert_eq!(walk(&admin, "tea", &path, NODE, size, forwards).await, whole, "{list} {size} {forwards}");
                }
            }
        }
    }

    async fn a_page_between_two_cursors(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        forty(&app, &admin).await;
        let query = "query($first: Int, $after: String, $last: Int, $before: String) { community(slug: \"tea\") { members(first: $first, after: $after, last: $last, before: $before) \
                     { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } } nodes { id } } } }";
        let send = async |variables: Value| admin.ok(query, variables).await["community"]["members"].clone();
        let all = send(json!({ "first": 40 })).await;
        let edges = all["edges"].as_array().unwrap();
        assert_eq!((&all["pageInfo"]["hasNextPage"], &all["pageInfo"]["hasPreviousPage"], &all["totalCount"]), (&json!(false), &json!(false), &json!(40)));
        assert_eq!((&all["pageInfo"]["startCursor"], &all["pageInfo"]["endCursor"]), (&edges[0]["cursor"], &edges[39]["cursor"]));
        assert_eq!(send(json!({})).await["nodes"].as_array().unwrap().len(), 20, "20 when nothing is asked");
        let (low, high) = (&edges[4]["cursor"], &edges[12]["cursor"]);
        for (paging, from, to) in [
            (json!({ "first": 100, "after": low, "before": high }), 5, 12),
            (json!({ "last": 100, "after": low, "before": high }), 5, 12),
            (json!({ "first": 3, "after": low, "before": high }), 5, 8),
            (json!({ "last": 3, "after": low, "before": high }), 9, 12),
            (json!({ "first": 5, "after": high, "before": low }), 0, 0),
            (json!({ "first": 5, "after": edges[39]["cursor"] }), 0, 0),
            (json!({ "last": 5, "before": edges[0]["cursor"] }), 0, 0),
            (json!({ "last": 5 }), 35, 40),
            (json!({ "first": 5, "before": high }), 0, 5),
        ] {
            let found = send(paging.clone()).await;
            let expected: Vec<Value> = edges[from..to].iter().map(|edge| edge["node"].clone()).collect();
            assert_eq!(found["nodes"], Value::Array(expected), "{paging}");
            assert_eq!(found["totalCount"], 40);
        }
    }

    async fn pages_hold_while_members_are_added(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        forty(&app, &admin).await;
        for (list, direction) in [("members(orderBy: [{ field: DISPLAY_NAME, direction: ASC }], PAGE)", true), ("members(orderBy: [{ field: JOINED_AT, direction: DESC }], PAGE)", false)] {
            let path = [list];
            let before = walk(&admin, "tea", &path, "id", 100, true).await;
            let (mut seen, mut cursor) = (Vec::new(), Value::Null);
            for round in 0..20 {
                let paging = if direction { json!({ "first": 6, "after": cursor }) } else { json!({ "last": 6, "before": cursor }) };
                let found = connection(&page(&admin, "tea", &path, "id", &paging).await, &path);
                let nodes = found["nodes"].as_array().unwrap().clone();
                if direction { seen.extend(nodes) } else { seen = nodes.into_iter().chain(seen).collect() }
                let (more, next) = if direction { ("hasNextPage", "endCursor") } else { ("hasPreviousPage", "startCursor") };
                if found["totals"][more] == false {
                    break;
                }
                cursor = found["totals"][next].clone();
                if round >= 5 {
                    continue;
                }
                // In front of the page, on it, and behind it.
                let id = |name: &str| format!("new-{direction}-{round}-{name}");
                let new = ["aaa", "kim", "lee", "zzz"].map(|name| json!({ "externalId": id(name), "displayName": name, "joinedAt": app.days_ago(110.0) }));
                upsert(&admin, "tea", new.to_vec()).await;
            }
            seen.retain(|node| before.contains(node));
            assert_eq!(seen, before, "each of those who were there, once and in order");
        }
    }

    async fn sizes_and_cursors_that_are_wrong_are_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        forty(&app, &admin).await;
        let at = app.days_ago(3.0);
        admin.record("tea", (0..4).map(|n| with(did("KUDOS", &format!("k-{n}"), "1", "2", &at), &json!({ "topics": [format!("t{n}")] }))).collect()).await;
        app.scores_settled(&access).await;
        let lists = [
            "members(PAGE)",
            "members(orderBy: [{ field: DISPLAY_NAME, direction: DESC }], PAGE)",
            "members(orderBy: [{ field: JOINED_AT, direction: ASC }], PAGE)",
            "members(orderBy: [{ field: LAST_ACTIVE_AT, direction: ASC }], PAGE)",
            "members(orderBy: [{ field: JOINED_AT, direction: ASC }, { field: DISPLAY_NAME, direction: ASC }], PAGE)",
            "interactions(PAGE)",
            "interactions(direction: ASC, PAGE)",
            "leaderboard(PAGE)",
            "topics(ONWARD)",
        ];
        let mut cursors = Vec::new();
        for list in lists {
            let found = connection(&page(&admin, "tea", &[list], "__typename", &json!({ "first": 1 })).await, &[list]);
            cursors.push(found["totals"]["endCursor"].clone());
        }
        let base64 = |text: &str| base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, text);
        let forged = ["", "x", "💥", "\u{0}", "null", "e30", "W10", "////", "eyJsaXN0IjoibWVtYmVycyJ9"].map(ToOwned::to_owned).to_vec();
        let own_list = String::from_utf8(base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, cursors[0].as_str().unwrap()).unwrap()).unwrap();
        let name: Value = serde_json::from_str::<Value>(&own_list).unwrap()["list"].clone();
        // Cursors that name the right list and a place that is none.
        let keys = ["null", "[]", "[1]", "[\"kim\"]", "[\"kim\",\"x\"]", "[1,2]", "[\"kim\",1,2]", "[\"kim\\u0000\",1]", "[\"kim\",1.5]", "{}", "[\"kim\",99999999999999999999]"];
        let crafted: Vec<String> = keys.iter().map(|key| base64(&format!("{{\"list\":{name},\"key\":{key}}}"))).collect();
        for (n, list) in lists.into_iter().enumerate() {
            let refused = async |paging: Value, named: &str| {
                let answer = page(&admin, "tea", &[list], "__typename", &paging).await;
                assert_eq!(answer.code(), "BAD_USER_INPUT", "{list} {paging}\n{:#}", answer.body);
                assert!(answer.message().starts_with(named), "{list} {paging}: {}", answer.message());
            };
            let backwards = list.contains("PAGE");
            let mut bad: Vec<Value> = cursors.iter().enumerate().filter(|(other, _)| *other != n).map(|(_, cursor)| cursor.clone()).collect();
            bad.extend(forged.iter().map(|text| text.as_str().into()));
            if n == 0 {
                bad.extend(crafted.iter().map(|text| text.as_str().into()));
            }
            for cursor in bad {
                refused(json!({ "first": 1, "after": cursor }), "after: ").await;
                if backwards {
                    refused(json!({ "last": 1, "before": cursor }), "before: ").await;
                }
            }
            for size in [0, -1, 101, 2_147_483_647, -2_147_483_648_i64] {
                refused(json!({ "first": size }), "first: ").await;
                if backwards {
                    refused(json!({ "last": size }), "last: ").await;
                }
            }
            for size in [json!(2_147_483_648_i64), json!(-2_147_483_649_i64), json!(1.5), json!("1"), json!(1e300)] {
                refused(json!({ "first": size }), "").await;
            }
            if backwards {
                refused(json!({ "first": 1, "last": 1 }), "last: ").await;
            }
        }
        let four = "{ community(slug: \"tea\") { members(orderBy: [S, S, S, S]) { totalCount } } }".replace('S', "{ field: JOINED_AT, direction: ASC }");
        let answer = admin.send(&four, json!({})).await;
        assert_eq!((answer.code(), answer.message().starts_with("orderBy: ")), ("BAD_USER_INPUT", true), "{:#}", answer.body);
        let literal = admin.send("{ community(slug: \"tea\") { members(first: 2147483648) { totalCount } } }", json!({})).await;
        assert!(["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"].contains(&literal.code()), "{:#}", literal.body);
    }
}
