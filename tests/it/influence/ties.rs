//! Who influences whom.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use crate::ingest::calls::{assert_close, connection, did, member, number, page, upsert, walk, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const TIES: &str = "nodes { strength interactions member { displayName } }";

/// The ties of some members on both sides, in one request and so as of one instant.
async fn both_sides(client: &Client<'_>, people: &[&str]) -> Value {
    let field = |who: &&str| {
        format!(
            "{who}: memberByIdentity(provider: \"forum\", externalId: \"{who}\") {{ influences(first: 100) {{ {TIES} }} influencedBy(first: 100) {{ {TIES} }} }}"
        )
    };
    let fields: String = people.iter().map(field).collect();
    client
        .ok(&format!("{{ community(slug: \"tea\") {{ {fields} }} }}"), json!({}))
        .await["community"]
        .clone()
}

/// The other ends of the ties on one side: name, strength, interactions.
fn ends<'a>(ties: &'a Value, who: &str, side: &str) -> Vec<(&'a str, f64, u64)> {
    let nodes = ties[who][side]["nodes"].as_array().unwrap().iter();
    nodes
        .map(|tie| {
            (
                tie["member"]["displayName"].as_str().unwrap(),
                number(&tie["strength"]),
                tie["interactions"].as_u64().unwrap(),
            )
        })
        .collect()
}

on_both_engines! {
    async fn both_sides_tell_the_same(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let (new, old) = (app.days_ago(5.0), app.days_ago(60.0));
        admin
            .record("tea", vec![
                did("ANSWER", "1", "ada", "ben", &new),
                did("ANSWER", "2", "ada", "ben", &old),
                did("SOLUTION_ACCEPTED", "3", "ben", "ada", &new),
                did("KUDOS", "4", "cid", "ada", &new),
                did("COMMENT", "5", "dan", "ada", &new),
                did("ANSWER", "6", "ben", "ada", &new),
                did("INVITE", "7", "ada", "eva", &old),
                did("POST", "8", "eva", "", &new),
                // None of these makes a tie: nobody known, nothing but blame, oneself, nothing that counts.
                did("KUDOS", "9", "", "ada", &new),
                did("DOWNVOTE", "10", "cid", "ben", &new),
                did("KUDOS", "11", "ada", "ada", &new),
                did("QUESTION", "12", "cid", "ada", &new),
                did("INVITE", "13", "ada", "fay", &new),
                did("ANSWER", "14", "ada", "", &new),
            ])
            .await;
        let people = ["ada", "ben", "cid", "dan", "eva", "fay"];
        let ties = both_sides(&admin, &people).await;
        let names = |who: &str, side: &str| ends(&ties, who, side).into_iter().map(|(name, _, count)| (name.to_owned(), count)).collect::<Vec<_>>();
        let owned = |list: &[(&str, u64)]| list.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect::<Vec<_>>();
        assert_eq!(names("ada", "influences"), owned(&[("ben", 3), ("eva", 1), ("cid", 1), ("dan", 1)]));
        assert_eq!(names("ben", "influences"), owned(&[("ada", 1)]));
        for nobody in ["cid", "dan", "eva", "fay"] {
            assert!(names(nobody, "influences").is_empty(), "{nobody}");
        }
        assert_eq!(names("ada", "influencedBy"), owned(&[("ben", 1)]));
        for (who, count) in [("ben", 3), ("cid", 1), ("dan", 1), ("eva", 1)] {
            assert_eq!(names(who, "influencedBy"), owned(&[("ada", count)]), "{who}");
        }
        // What one gives is what the other gets, to the last digit.
        for helper in people {
            for (other, strength, count) in ends(&ties, helper, "influences") {
                let back = ends(&ties, other, "influencedBy");
                assert!(back.contains(&(helper, strength, count)), "{helper} {other} {back:?}");
            }
        }
        let strengths: Vec<f64> = ends(&ties, "ada", "influences").iter().map(|tie| tie.1).collect();
        assert!(strengths.is_sorted_by(|a, b| a >= b));
        let (new, old) = (crate::influence::decay(&new, &app.days_ago(0.0)), crate::influence::decay(&old, &app.days_ago(0.0)));
        let help = new + old + 0.25 * new;
        assert_close(strengths[0], help + 0.5 * help.sqrt(), 1e-4);
        assert_close(strengths[2], 0.3 * new, 1e-4);
    }

    async fn pages_make_the_whole(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        // Twenty-one people: for ada one by one and in threes alike, ada for each of them likewise.
        let days: Vec<String> = (0..7).map(|n| app.days_ago(2.0 + 11.0 * f64::from(n))).collect();
        let told = (0..21).flat_map(|n| {
            let other = format!("m-{n}");
            [did("KUDOS", &format!("k-{n}"), &other, "ada", &days[n / 3]), did("KUDOS", &format!("b-{n}"), "ada", &other, &days[n % 7])]
        });
        admin.record("tea", told.collect()).await;
        for side in ["influences", "influencedBy"] {
            let onward = format!("{side}(ONWARD)");
            let path = ["memberByIdentity(provider: \"forum\", externalId: \"ada\")", onward.as_str()];
            let node = "member { displayName }";
            let whole = walk(&admin, "tea", &path, node, 100, true).await;
            assert_eq!(whole.len(), 21);
            for size in [1, 4, 20, 21] {
                assert_eq!(walk(&admin, "tea", &path, node, size, true).await, whole, "{side} {size}");
            }
            let first = connection(&page(&admin, "tea", &path, node, &json!({ "first": 5 })).await, &path);
            let cursor = first["totals"]["endCursor"].clone();
            let other_side = if side == "influences" { "influencedBy(ONWARD)" } else { "influences(ONWARD)" };
            let answer = page(&admin, "tea", &[path[0], other_side], node, &json!({ "first": 5, "after": cursor })).await;
            assert_eq!((answer.code(), answer.message().starts_with("after: ")), ("BAD_USER_INPUT", true));
            for (paging, field) in [(json!({ "first": 0 }), "first: "), (json!({ "first": 101 }), "first: "), (json!({ "after": "x" }), "after: ")] {
                let answer = page(&admin, "tea", &path, node, &paging).await;
                assert_eq!((answer.code(), answer.message().starts_with(field)), ("BAD_USER_INPUT", true), "{paging}");
            }
        }
    }

    async fn who_may_not_appear_does_not(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(5.0);
        upsert(&admin, "tea", vec![
            json!({ "externalId": "out", "consent": "OPTED_OUT" }),
            json!({ "externalId": "staff", "isStaff": true }),
            json!({ "externalId": "bot", "isBot": true }),
        ])
        .await;
        let secret = |told: Value| with(told, &json!({ "visibility": "PRIVATE" }));
        let mut told = vec![
            secret(did("KUDOS", "s-1", "ben", "ada", &at)),
            did("KUDOS", "p-1", "ben", "ada", &at),
            secret(did("MESSAGE", "s-2", "ada", "cid", &at)),
        ];
        for other in ["out", "staff", "bot"] {
            told.push(did("KUDOS", &format!("from-{other}"), other, "ada", &at));
            told.push(did("KUDOS", &format!("to-{other}"), "ada", other, &at));
        }
        admin.record("tea", told).await;
        let all = both_sides(&admin, &["ada", "ben", "cid"]).await;
        let mut named: Vec<&str> = ends(&all, "ada", "influences").into_iter().map(|tie| tie.0).collect();
        named.sort_unstable();
        assert_eq!(named, ["ben", "bot", "cid", "staff"], "staff and bots can be influenced, and influence nobody");
        assert!(ends(&all, "ada", "influencedBy").is_empty());

        let viewer = app.staff(&access, Role::Viewer, Visibility::Public).await;
        let seen = both_sides(&viewer, &["ada", "ben", "cid"]).await;
        let ben = |ties: &Value| ends(ties, "ada", "influences").into_iter().find(|tie| tie.0 == "ben").map(|tie| (tie.1, tie.2)).unwrap();
        assert_eq!((ben(&all).1, ben(&seen).1), (2, 1), "only what the caller may read is counted");
        assert_close(ben(&all).0, 2.0 * ben(&seen).0, 1e-4);
        assert!(ends(&seen, "ada", "influences").iter().all(|tie| tie.0 != "cid"));
        assert!(ends(&seen, "cid", "influencedBy").is_empty());
        let hidden = member(&viewer, "tea", "out", "influences { nodes { strength } }").await;
        assert_eq!(hidden, json!({ "influences": null }));
    }
}
