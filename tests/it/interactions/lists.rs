//! `interactions` of a community and of a member, and `topics`: pages and what the caller may see.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use crate::ingest::calls::{connection, did, member_id, page, walk, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const LISTS: [&[&str]; 5] = [
    &["interactions(PAGE)"],
    &["interactions(direction: ASC, PAGE)"],
    &["interactions(filter: { topics: [\"even\"] }, PAGE)"],
    &["memberByIdentity(provider: \"forum\", externalId: \"m-1\")", "interactions(PAGE)"],
    &[
        "memberByIdentity(provider: \"forum\", externalId: \"m-1\")",
        "interactions(direction: ASC, PAGE)",
    ],
];

/// Fifty interactions at ten instants between four members, of every visibility.
async fn fifty(app: &TestApp, client: &Client<'_>) {
    let days: Vec<String> = (0..10).map(|n| app.days_ago(1.0 + 3.0 * f64::from(n))).collect();
    let one = |n: usize| {
        let more = json!({ "visibility": (["PUBLIC", "SEMI_PRIVATE", "PRIVATE"][n % 3]), "topics": [if n.is_multiple_of(2) { "even" } else { "odd" }], "text": "words" });
        with(
            did(
                "ANSWER",
                &format!("{n}"),
                &format!("m-{}", n % 4),
                &format!("m-{}", n % 3),
                &days[n * 7 % 10],
            ),
            &more,
        )
    };
    client.record("tea", (0..50).map(one).collect()).await;
}

on_both_engines! {
    async fn pages_make_the_whole(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        fifty(&app, &admin).await;
        let node = "externalId occurredAt";
        let mut lengths = Vec::new();
        for path in LISTS {
            let whole = walk(&admin, "tea", path, node, 100, true).await;
            lengths.push(whole.len());
            let times: Vec<&str> = whole.iter().map(|node| node["occurredAt"].as_str().unwrap()).collect();
            let ascending = path.last().unwrap().contains("ASC");
            assert!(times.is_sorted_by(|a, b| if ascending { a <= b } else { a >= b }), "{path:?} {times:?}");
            for size in [1, 8, 50] {
                for forwards in [true, false] {
                    assert_eq!(walk(&admin, "tea", path, node, size, forwards).await, whole, "{path:?} {size} {forwards}");
                }
            }
        }
        // Those of m-1: by n % 4 == 1 or n % 3 == 1.
        let own = (0..50).filter(|n| n % 4 == 1 || n % 3 == 1).count();
        assert_eq!(lengths, [50, 50, 25, own, own]);
        let topics = walk(&admin, "tea", &["topics(ONWARD)"], "name", 1, true).await;
        assert_eq!(Value::Array(topics), json!([{ "name": "even" }, { "name": "odd" }]));
    }

    async fn pages_hold_while_others_come_in(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        fifty(&app, &admin).await;
        for (round, path) in LISTS.into_iter().enumerate() {
            let before = walk(&admin, "tea", path, "externalId", 100, true).await;
            let (mut seen, mut cursor) = (Vec::new(), Value::Null);
            for n in 0..30 {
                let found = connection(&page(&admin, "tea", path, "externalId", &json!({ "first": 6, "after": cursor })).await, path);
                seen.extend(found["nodes"].as_array().unwrap().iter().cloned());
                if found["totals"]["hasNextPage"] == false {
                    break;
                }
                cursor = found["totals"]["endCursor"].clone();
                if n < 4 {
                    // Newer than all, older than all, and in between.
                    let new = [0.5, 400.0, 10.0].map(|days| {
                        let id = format!("new-{round}-{n}-{days}");
                        with(did("COMMENT", &id, "m-1", "m-2", &app.days_ago(days)), &json!({ "topics": ["even"] }))
                    });
                    admin.record("tea", new.to_vec()).await;
                }
            }
            seen.retain(|node| before.contains(node));
            assert_eq!(seen, before, "{path:?}");
        }
    }

    async fn the_clearance_bounds_lists_and_counts(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        fifty(&app, &admin).await;
        let own = |levels: usize| (0..50).filter(|n| n % 3 < levels && (n % 4 == 1 || n % 3 == 1)).count();
        let m1 = member_id(&admin, "tea", "m-1").await;
        for (clearance, levels) in [(Visibility::Public, 1), (Visibility::SemiPrivate, 2), (Visibility::Private, 3)] {
            let viewer = app.staff(&access, Role::Viewer, clearance).await;
            let query = "query($m: ID!) { community(slug: \"tea\") { all: interactions(first: 100) { totalCount nodes { visibility } } \
                         by: interactions(filter: { or: [{ actor: { eq: $m } }, { target: { eq: $m } }, { visibility: { eq: PRIVATE } }] }) { totalCount } \
                         memberByIdentity(provider: \"forum\", externalId: \"m-1\") { interactions { totalCount } } } }";
            let found = viewer.ok(query, json!({ "m": m1 })).await["community"].clone();
            let all = (0..50).filter(|n| n % 3 < levels).count();
            assert_eq!(found["all"]["totalCount"], all);
            assert_eq!(found["all"]["nodes"].as_array().unwrap().len(), all);
            let private = (0..50).filter(|n| n % 3 < levels && (n % 4 == 1 || n % 3 == 1 || n % 3 == 2)).count();
            assert_eq!(found["by"]["totalCount"], private);
            assert_eq!(found["memberByIdentity"]["interactions"]["totalCount"], own(levels));
        }
    }
}
