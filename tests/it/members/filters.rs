//! `members(filter, search)`: which members.

use serde_json::json;

use crate::ingest::calls::{member_id, merge, upsert};
use crate::on_both_engines;
use crate::support::{Answer, Client, TestApp};

const QUERY: &str = "query($filter: MemberFilter, $search: String) { community(slug: \"tea\") \
                     { members(first: 100, filter: $filter, search: $search) { totalCount nodes { displayName } } } }";

async fn six(client: &Client<'_>) {
    let members = vec![
        json!({ "externalId": "1", "displayName": "Ada Lovelace", "handle": "ada", "joinedAt": "2020-01-01T00:00:00Z", "lastActiveAt": "2026-01-01T00:00:00Z", "isStaff": true }),
        json!({ "externalId": "2", "displayName": "Ben", "joinedAt": "2021-01-01T00:00:00Z", "isBot": true }),
        json!({ "externalId": "3", "displayName": "Çelik ÖZ 🦊", "handle": "celik", "lastActiveAt": "2025-01-01T00:00:00Z", "consent": "OPTED_OUT" }),
        json!({ "externalId": "4", "displayName": "100% Dan", "handle": "dan_x", "joinedAt": "2022-01-01T00:00:00.000001Z" }),
        json!({ "externalId": "5", "displayName": "Dan_Y", "handle": "danAx", "joinedAt": "2023-01-01T00:00:00Z" }),
        json!({ "externalId": "6", "displayName": "a!b\\c'd", "handle": "exclaim", "joinedAt": "2023-01-01T00:00:00Z" }),
        json!({ "externalId": "7", "displayName": "Merged Away", "handle": "merged" }),
    ];
    upsert(client, "tea", members).await;
    let (merged, into) = (member_id(client, "tea", "7").await, member_id(client, "tea", "2").await);
    merge(client, json!({ "community": "tea", "memberId": merged, "intoId": into })).await;
}

/// The first letters of the names of the members found, in the order of the six.
fn letters(answer: &Answer) -> String {
    assert!(answer.body.get("errors").is_none(), "{:#}", answer.body);
    let list = &answer.body["data"]["community"]["members"];
    let names: Vec<&str> = list["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["displayName"].as_str().unwrap())
        .collect();
    assert_eq!(list["totalCount"], names.len());
    let order = [
        ("Ada Lovelace", 'A'),
        ("Ben", 'B'),
        ("Çelik ÖZ 🦊", 'C'),
        ("100% Dan", 'D'),
        ("Dan_Y", 'Y'),
        ("a!b\\c'd", 'X'),
    ];
    assert!(names.iter().all(|name| order.iter().any(|(known, _)| known == name)), "{names:?}");
    order
        .iter()
        .filter(|(name, _)| names.contains(name))
        .map(|(_, letter)| *letter)
        .collect()
}

on_both_engines! {
    async fn each_comparison_means_what_it_says(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        six(&admin).await;
        let cases = [
            (json!(null), "ABCDYX"),
            (json!({}), "ABCDYX"),
            (json!({ "displayName": { "eq": "Ben" } }), "B"),
            (json!({ "displayName": { "eq": "ben" } }), ""),
            (json!({ "displayName": { "ne": "Ben" } }), "ACDYX"),
            (json!({ "displayName": { "in": ["Ben", "Dan_Y", "nobody"] } }), "BY"),
            (json!({ "displayName": { "in": [] } }), ""),
            (json!({ "displayName": { "notIn": ["Ben", "Dan_Y"] } }), "ACDX"),
            (json!({ "displayName": { "notIn": [] } }), "ABCDYX"),
            (json!({ "displayName": { "contains": "DAN" } }), "DY"),
            (json!({ "displayName": { "contains": "%" } }), "D"),
            (json!({ "displayName": { "contains": "_" } }), "Y"),
            (json!({ "displayName": { "contains": "!" } }), "X"),
            (json!({ "displayName": { "contains": "\\" } }), "X"),
            (json!({ "displayName": { "contains": "'" } }), "X"),
            (json!({ "displayName": { "contains": "çELIK ö" } }), "C"),
            (json!({ "displayName": { "contains": "🦊" } }), "C"),
            (json!({ "displayName": { "contains": "" } }), "ABCDYX"),
            (json!({ "displayName": { "contains": "a", "ne": "Ada Lovelace" } }), "DYX"),
            (json!({ "handle": { "eq": "ada" } }), "A"),
            (json!({ "handle": { "in": ["ada", "celik"] } }), "AC"),
            (json!({ "handle": { "contains": "DAN" } }), "DY"),
            (json!({ "handle": { "contains": "n_" } }), "D"),
            (json!({ "handle": { "isNull": true } }), "B"),
            (json!({ "handle": { "isNull": false } }), "ACDYX"),
            (json!({ "displayName": { "isNull": true } }), ""),
            (json!({ "handle": null }), "ABCDYX"),
            (json!({ "joinedAt": { "eq": "2023-01-01T00:00:00Z" } }), "YX"),
            (json!({ "joinedAt": { "eq": "2023-01-01T02:00:00+02:00" } }), "YX"),
            (json!({ "joinedAt": { "lt": "2022-01-01T00:00:00.000001Z" } }), "AB"),
            (json!({ "joinedAt": { "lte": "2022-01-01T00:00:00.000001Z" } }), "ABD"),
            (json!({ "joinedAt": { "gt": "2022-01-01T00:00:00.000001Z" } }), "YX"),
            (json!({ "joinedAt": { "gte": "2022-01-01T00:00:00.000001Z" } }), "DYX"),
            (json!({ "joinedAt": { "gte": "2021-01-01T00:00:00Z", "lt": "2023-01-01T00:00:00Z" } }), "BD"),
            (json!({ "lastActiveAt": { "gt": "2025-06-01T00:00:00Z" } }), "A"),
            (json!({ "isStaff": { "eq": true } }), "A"),
            (json!({ "isStaff": { "eq": false } }), "BCDYX"),
            (json!({ "isBot": { "eq": true } }), "B"),
            (json!({ "isStaff": {} }), "ABCDYX"),
            (json!({ "consent": { "eq": "OPTED_OUT" } }), "C"),
            (json!({ "consent": { "ne": "OPTED_OUT" } }), "ABDYX"),
            (json!({ "consent": { "in": ["SCORED", "OPTED_OUT"] } }), "ABCDYX"),
            (json!({ "consent": { "in": [] } }), ""),
            (json!({ "consent": { "notIn": ["SCORED"] } }), "C"),
            (json!({ "isStaff": { "eq": true }, "isBot": { "eq": true } }), ""),
            (json!({ "or": [{ "isStaff": { "eq": true } }, { "isBot": { "eq": true } }] }), "AB"),
            (json!({ "and": [{ "joinedAt": { "gte": "2021-01-01T00:00:00Z" } }, { "displayName": { "contains": "dan" } }] }), "DY"),
            (json!({ "not": { "isStaff": { "eq": true } } }), "BCDYX"),
            (json!({ "not": { "or": [{ "isStaff": { "eq": true } }, { "isBot": { "eq": true } }] } }), "CDYX"),
            (json!({ "not": { "not": { "isStaff": { "eq": true } } } }), "A"),
            (json!({ "or": [{ "and": [{ "isStaff": { "eq": true } }, { "isBot": { "eq": true } }] }, { "consent": { "eq": "OPTED_OUT" } }] }), "C"),
            (json!({ "isBot": { "eq": false }, "or": [{ "isStaff": { "eq": true } }, { "isBot": { "eq": true } }] }), "A"),
            (json!({ "and": [] }), "ABCDYX"),
            // Nothing of nothing holds.
            (json!({ "or": [] }), ""),
            (json!({ "not": { "or": [] } }), "ABCDYX"),
            (json!({ "or": [{}] }), "ABCDYX"),
            (json!({ "not": {} }), ""),
        ];
        for (filter, expected) in cases {
            assert_eq!(letters(&admin.send(QUERY, json!({ "filter": filter })).await), expected, "{filter}");
        }
    }

    async fn not_is_the_rest_also_where_nothing_is_known(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        six(&admin).await;
        // Ben has no handle, and nobody knows when Çelik joined: neither condition holds for them.
        let cases = [
            (json!({ "handle": { "eq": "ada" } }), "A"),
            (json!({ "handle": { "contains": "dan" } }), "DY"),
            (json!({ "joinedAt": { "lt": "2022-01-01T00:00:00Z" } }), "AB"),
        ];
        for (filter, expected) in cases {
            let rest: String = "ABCDYX".chars().filter(|letter| !expected.contains(*letter)).collect();
            assert_eq!(letters(&admin.send(QUERY, json!({ "filter": filter })).await), expected, "{filter}");
            assert_eq!(letters(&admin.send(QUERY, json!({ "filter": { "not": filter } })).await), rest, "not {filter}");
        }
    }

    async fn a_search_looks_in_names_and_handles(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        six(&admin).await;
        let cases = [
            ("lovelace", "A"), ("  BEN  ", "B"), ("öz", "C"), ("ÖZ 🦊", "C"), ("dan", "DY"), ("n_x", "D"), ("danax", "Y"), ("%", "D"), ("_", "DY"),
            ("!", "X"), ("\\c'", "X"), ("", "ABCDYX"), (" \t", "ABCDYX"), ("merged", ""), ("nobody", ""), ("a d", ""), ("exclaim", "X"),
        ];
        for (search, expected) in cases {
            assert_eq!(letters(&admin.send(QUERY, json!({ "search": search })).await), expected, "{search:?}");
        }
        let both = admin.send(QUERY, json!({ "search": "dan", "filter": { "handle": { "contains": "AX" } } })).await;
        assert_eq!(letters(&both), "Y");
    }

    async fn case_is_the_same_in_every_script(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        upsert(&admin, "tea", vec![json!({ "externalId": "1", "displayName": "Ada Lovelace", "handle": "ÅSA_ДА" })]).await;
        for search in ["ÅSA", "åsa", "да", "ДА"] {
            assert_eq!(letters(&admin.send(QUERY, json!({ "search": search })).await), "A", "{search}");
            let filter = json!({ "handle": { "contains": search } });
            assert_eq!(letters(&admin.send(QUERY, json!({ "filter": filter })).await), "A", "{search}");
        }
    }

    async fn what_cannot_be_compared_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        six(&admin).await;
        let term = json!({ "isBot": { "eq": true } });
        let many = |count: usize| json!({ "or": vec![term.clone(); count] });
        let deep = (0..30).fold(term.clone(), |inner, _level| json!({ "not": inner }));
        assert_eq!(letters(&admin.send(QUERY, json!({ "filter": many(99) })).await), "B");
        assert_eq!(letters(&admin.send(QUERY, json!({ "filter": deep })).await), "B");
        let cases = [
            (json!({ "filter": many(101) }), "filter: "),
            (json!({ "filter": { "or": vec![many(30); 4] } }), "filter: "),
            (json!({ "filter": { "displayName": { "eq": "\u{0}" } } }), "filter: "),
            (json!({ "filter": { "displayName": { "contains": "a\u{0}" } } }), "filter: "),
            (json!({ "filter": { "handle": { "notIn": ["fine", "\u{0}"] } } }), "filter: "),
            (json!({ "search": "a\u{0}" }), "search: "),
            (json!({ "filter": { "joinedAt": { "lt": "soon" } } }), "filter.joinedAt.lt: "),
            (json!({ "filter": { "joinedAt": { "lt": "2022-01-01T00:00:00" } } }), "filter.joinedAt.lt: "),
            (json!({ "filter": { "handle": { "eq": null } } }), "filter.handle.eq: "),
            (json!({ "filter": { "or": [{}, { "consent": { "in": null } }] } }), "filter.or.1.consent.in: "),
            (json!({ "filter": { "not": { "isBot": { "eq": null } } } }), "filter.not.isBot.eq: "),
            (json!({ "filter": { "consent": { "eq": "MAYBE" } } }), ""),
            (json!({ "filter": { "isBot": { "eq": "yes" } } }), ""),
            (json!({ "filter": { "isBot": { "ne": true } } }), ""),
            (json!({ "filter": { "shoeSize": { "eq": 1 } } }), ""),
        ];
        for (variables, named) in cases {
            let answer = admin.send(QUERY, variables.clone()).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{variables}\n{:#}", answer.body);
            assert!(answer.message().starts_with(named), "{variables}: {}", answer.message());
        }
    }

    async fn a_very_long_search_finds_nobody(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        six(&admin).await;
        for variables in [json!({ "search": "x".repeat(60_000) }), json!({ "filter": { "displayName": { "contains": "%".repeat(60_000) } } })] {
            let answer = admin.send(QUERY, variables).await;
            let code = answer.code().to_owned();
            assert!(code.is_empty() || code == "BAD_USER_INPUT", "{code}");
            if code.is_empty() {
                assert_eq!(letters(&answer), "");
            }
        }
        assert_eq!(letters(&admin.send(QUERY, json!({ "search": "ben" })).await), "B");
    }
}
