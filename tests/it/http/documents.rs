//! Documents that must not run: too much, too deep, or not what the schema says.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::support::{Answer, TestApp};

/// Sends a document, signed out; it must be refused as a whole, and soon, however large it would have become.
async fn refusal(app: &TestApp, document: &str, variables: Value) -> Answer {
    let started = Instant::now();
    let answer = app.client(None).send(document, variables).await;
    let shown: String = document.chars().take(200).collect();
    assert!(started.elapsed() < Duration::from_secs(2), "{shown} took {:?}", started.elapsed());
    assert_eq!(answer.body.get("data"), None, "{shown}: {}", answer.body);
    assert!(
        answer.body["errors"][0]["extensions"]["requestId"].is_string(),
        "{shown}: {}",
        answer.body
    );
    answer
}

/// Fragments each of which spreads the next one `times` times.
fn fragments(count: usize, times: usize, last: &str) -> String {
    let mut text = String::new();
    for number in 0..count {
        let spread = format!("...f{} ", number + 1).repeat(times);
        text += &format!("fragment f{number} on Query {{ {spread} }}\n");
    }
    text + &format!("fragment f{count} on Query {{ {last} }}\n")
}

on_both_engines! {
    async fn given_fragments_that_multiply_when_they_are_spread_then_the_document_is_too_complex_at_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        for (count, times) in [(13, 2), (30, 2), (64, 2), (20, 10), (1_000, 3)] {
            let bomb = format!("{{ ...f0 }} {}", fragments(count, times, "__typename"));
            assert_eq!(refusal(&app, &bomb, json!({})).await.code(), "TOO_COMPLEX", "{count} {times}");
        }
        let named = format!("query A {{ __typename }} query B {{ ...f0 }} {}", fragments(40, 2, "__typename"));
        let answer = app.client(None).post(&json!({ "query": named, "operationName": "A" })).await;
        assert_eq!(answer.code(), "TOO_COMPLEX", "an operation that is not asked for counts, too");
        let harmless = format!("{{ ...f0 }} {}", fragments(10, 2, "__typename"));
        assert_eq!(app.client(None).ok(&harmless, json!({})).await, json!({ "__typename": "Query" }));
    }

    async fn given_fragments_that_go_nowhere_or_in_circles_when_they_are_sent_then_they_are_refused_soon(engine: Engine) {
        let app = TestApp::start(engine).await;
        for document in [
            format!("{{ __typename }} {}", fragments(40, 2, "__typename")),
            format!("{{ ...f0 }} {}", fragments(3, 1, "...f0")),
            format!("{{ ...f0 }} {}", fragments(30, 2, "...f0 ...f1")),
            "{ ...a } fragment a on Query { ...a }".to_owned(),
            "{ ...missing }".to_owned(),
        ] {
            let code = refusal(&app, &document, json!({})).await.code().to_owned();
            assert!(["GRAPHQL_VALIDATION_FAILED", "TOO_COMPLEX"].contains(&code.as_str()), "{code}");
        }
        // A chain of thousands must not exhaust the stack.
        let code = refusal(&app, &format!("{{ ...f0 }} {}", fragments(2_500, 1, "__typename")), json!({})).await.code().to_owned();
        assert!(["GRAPHQL_VALIDATION_FAILED", "TOO_COMPLEX"].contains(&code.as_str()), "{code}");
    }

    async fn given_deep_nesting_when_it_is_sent_then_the_document_is_too_complex(engine: Engine) {
        let app = TestApp::start(engine).await;
        let inside = |times: usize| format!("{}{{ id }}{}", "{ interactions { nodes { actor ".repeat(times), "} } }".repeat(times));
        let members = |times: usize| format!("{{ community(slug: \"home\") {{ members {{ nodes {} }} }} }}", inside(times));
        for document in [
            members(6),
            members(15),
            "{a".repeat(10_000),
            "{".repeat(60_000),
            format!("{{ nodes(ids: {}) {{ id }} }}", "[".repeat(100_000)),
            format!("{{ nodes(ids: {}\"x\"{}) {{ id }} }}", "[".repeat(70), "]".repeat(70)),
            format!("{{ {} {{ id }} {} }}", "... on Query { ".repeat(70), "}".repeat(70)),
        ] {
            assert_eq!(refusal(&app, &document, json!({})).await.code(), "TOO_COMPLEX");
        }
        let allowed = app.client(None).send(&members(5), json!({})).await;
        assert_eq!(allowed.code(), "UNAUTHENTICATED", "{}", allowed.body);
    }

    async fn given_fragments_within_fragments_when_they_are_too_deep_then_the_document_is_refused_as_a_whole(engine: Engine) {
        let app = TestApp::start(engine).await;
        let inline = format!("{{ {} __typename {} }}", "... on Query { ".repeat(45), "}".repeat(45));
        let named = format!("{{ ...f0 }} {}", fragments(45, 1, "__typename"));
        for document in [inline, named] {
            let answer = app.client(None).send(&document, json!({})).await;
            let ran = *answer.body == json!({ "data": { "__typename": "Query" } });
            assert!(ran || (answer.code() == "TOO_COMPLEX" && answer.body.get("data").is_none()), "{}", answer.body);
        }
    }

    async fn given_many_fields_or_a_long_text_when_it_is_sent_then_the_document_is_too_complex(engine: Engine) {
        let app = TestApp::start(engine).await;
        let aliases = |count: usize| (0..count).map(|number| format!("a{number}:__typename ")).collect::<String>();
        assert_eq!(refusal(&app, &format!("{{ {} }}", aliases(5_001)), json!({})).await.code(), "TOO_COMPLEX");
        assert_eq!(refusal(&app, &format!("{{ __typename }} #{}", "x".repeat(130 * 1024)), json!({})).await.code(), "TOO_COMPLEX");
        assert_eq!(app.client(None).ok(&format!("{{ {} }}", aliases(1_000)), json!({})).await.as_object().unwrap().len(), 1_000);
    }

    async fn given_brackets_in_texts_when_a_document_is_sent_then_they_do_not_count_as_nesting(engine: Engine) {
        let app = TestApp::start(engine).await;
        let sad = ":( ".repeat(100);
        let answer = app.client(None).send(&format!("# {sad}\n{{ community(slug: \"{sad}\") {{ name }} }}"), json!({})).await;
        assert_eq!(answer.code(), "UNAUTHENTICATED", "{}", answer.body);
    }

    async fn given_variables_that_do_not_fit_when_a_mutation_is_sent_then_it_is_refused_before_anything_runs(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        // The first field would create a member; the variable is for the second.
        let document = "mutation($input: RecordInteractionsInput!) { \
                        upsertMembers(input: { community: \"home\", members: [{ source: \"forum\", externalId: \"ada\" }] }) { results { status } } \
                        recordInteractions(input: $input) { results { status } } }";
        let interaction = |name: &str, value: Value| {
            let mut interaction = json!({ "source": "forum", "externalId": "a-1", "kind": "POST", "occurredAt": app.days_ago(1.0) });
            interaction[name] = value;
            json!({ "input": { "community": "home", "interactions": [interaction] } })
        };
        for variables in [
            json!({}),
            json!({ "Input": {} }),
            json!({ "input": null }),
            json!({ "input": 1 }),
            json!({ "input": "x" }),
            json!({ "input": {} }),
            json!({ "input": { "community": null, "interactions": [] } }),
            json!({ "input": { "community": 1, "interactions": [] } }),
            json!({ "input": { "community": "home", "interactions": [null] } }),
            json!({ "input": { "community": "home", "interactions": [], "more": 1 } }),
            interaction("kind", json!("DANCE")),
            interaction("kind", json!("post")),
            interaction("kind", json!(2)),
            interaction("kind", Value::Null),
            interaction("sentiment", json!("0.5")),
            interaction("topics", json!([null])),
            interaction("colour", json!("red")),
        ] {
            let answer = admin.send(document, variables.clone()).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{variables}: {}", answer.body);
            assert_eq!(answer.body.get("data"), None, "{variables}: {}", answer.body);
        }
        // What the types let through, and nobody can mean.
        for (document, variables, path) in [
            ("query($id: ID) { community(slug: \"home\") { cases(filter: { assignee: { eq: $id } }) { totalCount } } }", json!({ "id": null }), "filter.assignee.eq: "),
            ("query($at: DateTime) { community(slug: \"home\") { ...c } } fragment c on Community { members(filter: { joinedAt: { lt: $at } }) { totalCount } }", json!({ "at": null }), "filter.joinedAt.lt: "),
            ("{ community(slug: \"home\") { cases(filter: { assignee: { eq: null } }) { totalCount } } }", json!({}), "filter.assignee.eq: "),
            ("{ community(slug: \"home\") { members(filter: { joinedAt: { lt: \"then\" } }) { totalCount } } }", json!({}), "filter.joinedAt.lt: "),
            ("query($at: DateTime = 5) { community(slug: \"home\") { members(filter: { joinedAt: { lt: $at } }) { totalCount } } }", json!({}), "at: "),
            ("query($at: DateTime) { community(slug: \"home\") { members(filter: { joinedAt: { lt: $at } }) { totalCount } } }", json!({ "at": "2026-11-22T09:30:00" }), "at: "),
            ("{ community(slug: \"home\") { cases(filter: { breached: null }) { totalCount } } }", json!({}), "filter.breached: "),
            ("{ community(slug: \"home\") { cases(filter: { not: { or: [{ unanswered: null }] } }) { totalCount } } }", json!({}), "filter.not.or.0.unanswered: "),
            ("{ community(slug: \"home\") { cases(filter: { backdated: null }) { totalCount } } }", json!({}), "filter.backdated: "),
            ("query($yes: Boolean) { community(slug: \"home\") { caseQueue(filter: { breached: $yes }) { totalCount } } }", json!({ "yes": null }), "filter.breached: "),
            ("query($filter: BreachFilter) { community(slug: \"home\") { breaches(filter: $filter) { totalCount } } }", json!({ "filter": { "and": [{ "answered": null }] } }), "filter.and.0.answered: "),
            ("query($filter: BreachFilter) { community(slug: \"home\") { breaches(filter: $filter) { totalCount } } }", json!({ "filter": { "excused": null } }), "filter.excused: "),
            ("query($filter: BreachFilter) { community(slug: \"home\") { breaches(filter: $filter) { totalCount } } }", json!({ "filter": { "backdated": { "eq": null } } }), "filter.backdated.eq: "),
            ("query($filter: MemberFilter) { community(slug: \"home\") { members(filter: $filter) { totalCount } } }", json!({ "filter": { "isStaff": null } }), "filter.isStaff: "),
            ("query($filter: FollowUpFilter) { community(slug: \"home\") { followUps(filter: $filter) { totalCount } } }", json!({ "filter": { "owner": { "isNull": null } } }), "filter.owner.isNull: "),
            ("query($filter: AdvocateFilter) { community(slug: \"home\") { advocates(filter: $filter) { totalCount } } }", json!({ "filter": { "lastTouchedBefore": null } }), "filter.lastTouchedBefore: "),
            ("query($filter: InteractionFilter) { community(slug: \"home\") { interactions(filter: $filter) { totalCount } } }", json!({ "filter": { "topics": null } }), "filter.topics: "),
            ("{ community(slug: \"home\") { evidenceDiscounts(inForce: null) { totalCount } } }", json!({}), "inForce: "),
            ("query($yes: Boolean) { community(slug: \"home\") { evidenceDiscounts(inForce: $yes) { totalCount } } }", json!({ "yes": null }), "inForce: "),
            ("query($yes: Boolean) { community(slug: \"home\") { case(number: 1) { clocks(ended: $yes) { id } } } }", json!({ "yes": null }), "ended: "),
        ] {
            let answer = admin.send(document, variables).await;
            assert_eq!((answer.code(), answer.body.get("data")), ("BAD_USER_INPUT", None), "{document}: {}", answer.body);
            assert!(answer.message().starts_with(path), "{document}: {}", answer.body);
        }
        let members = admin.ok("{ community(slug: \"home\") { members { totalCount } } }", json!({})).await;
        assert_eq!(members["community"]["members"]["totalCount"], 0);
        assert_eq!(admin.send(document, interaction("kind", json!("POST"))).await.code(), "");
    }

    async fn given_records_in_a_list_when_a_value_does_not_fit_then_the_path_says_which(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let record = "mutation($input: RecordInteractionsInput!) { recordInteractions(input: $input) { results { status } } }";
        let upsert = "mutation($input: UpsertMembersInput!) { upsertMembers(input: $input) { results { status } } }";
        let post = |id: &str, kind: &str| json!({ "source": "forum", "externalId": id, "kind": kind, "actor": "ada", "occurredAt": app.days_ago(1.0) });
        let member = |id: &str, consent: &str| json!({ "source": "forum", "externalId": id, "consent": consent });
        let interactions = json!([post("a", "POST"), post("b", "DANCE"), post("c", "post")]);
        let members = json!([member("ada", "SCORED"), member("bob", "SCORED"), member("cid", "MAYBE")]);
        for (document, list, items, paths) in [
            (record, "interactions", interactions, &["input.interactions.1.kind: must be one of QUESTION, ", "input.interactions.2.kind: must be one of "][..]),
            (upsert, "members", members, &["input.members.2.consent: must be one of SCORED, OPTED_OUT"][..]),
            (upsert, "members", json!([{ "source": "forum" }, 1]), &["input.members.0.externalId: is missing", "input.members.1: must be an object"][..]),
        ] {
            let answer = admin.send(document, json!({ "input": { "community": "home", list: items } })).await;
            assert_eq!((answer.code(), answer.body.get("data")), ("BAD_USER_INPUT", None), "{}", answer.body);
            let told: Vec<&str> = answer.body["errors"].as_array().unwrap().iter().map(|error| error["message"].as_str().unwrap()).collect();
            assert_eq!(told.len(), paths.len(), "{told:?}");
            assert!(told.iter().zip(paths).all(|(message, path)| message.starts_with(*path)), "{told:?}");
        }
        let found = admin.ok("{ community(slug: \"home\") { members { totalCount } } }", json!({})).await;
        assert_eq!(found["community"]["members"]["totalCount"], 0, "nothing was recorded");
    }

    async fn given_filters_when_what_asks_yes_or_no_is_left_out_then_it_is_no_condition(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let query = "query($yes: Boolean, $filter: CaseFilter) { community(slug: \"home\") { cases(filter: $filter) { totalCount } evidenceDiscounts(inForce: $yes) { totalCount } } }";
        for variables in [json!({}), json!({ "yes": true, "filter": { "breached": false } }), json!({ "filter": { "or": [{}], "status": null } })] {
            assert_eq!(admin.ok(query, variables.clone()).await["community"]["cases"]["totalCount"], 0, "{variables}");
        }
    }

    async fn given_optional_variables_when_they_are_left_out_or_null_then_the_query_runs(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let query = "query($slug: String! = \"home\", $first: Int, $filter: MemberFilter) { community(slug: $slug) { members(first: $first, filter: $filter) { totalCount } } }";
        for variables in [json!({}), json!({ "first": null, "filter": null }), json!({ "slug": "home", "first": 1, "unused": [1] }), Value::Null] {
            assert_eq!(admin.ok(query, variables.clone()).await["community"]["members"]["totalCount"], 0, "{variables}");
        }
    }

    async fn given_a_variable_with_a_default_when_it_is_left_out_then_directives_follow_the_default(engine: Engine) {
        let app = TestApp::start(engine).await;
        let query = "query($leave: Boolean! = true, $take: Boolean! = true) { a: __typename @skip(if: $leave) b: __typename @include(if: $take) c: __typename }";
        let client = app.client(None);
        assert_eq!(client.ok(query, json!({})).await, json!({ "b": "Query", "c": "Query" }));
        assert_eq!(client.ok(query, json!({ "leave": false, "take": false })).await, json!({ "a": "Query", "c": "Query" }));
    }

    async fn given_a_document_against_the_schema_when_it_is_sent_then_it_is_refused_with_the_place(engine: Engine) {
        let app = TestApp::start(engine).await;
        for document in [
            "{ viewer { nope } }",
            "{ viewer }",
            "{ viewer { name { x } } }",
            "{ community { name } }",
            "{ community(slug: null) { name } }",
            "{ community(slug: 1) { name } }",
            "{ community(slug: \"home\", more: 1) { name } }",
            "{ community(slug: \"home\", slug: \"home\") { name } }",
            "{ community(slug: $slug) { name } }",
            "query($slug: String) { community(slug: $slug) { name } }",
            "query($unused: Int) { __typename }",
            "query($x: Nope) { __typename }",
            "{ __typename @nope }",
            "{ __typename @skip }",
            // A string is not an enum value, and an enum value not a string.
            "{ community(slug: \"home\") { interactions(direction: \"DESC\") { totalCount } } }",
            "{ community(slug: \"home\") { interactions(direction: SIDEWAYS) { totalCount } } }",
            "{ community(slug: \"home\") { interactions(filter: { kind: { eq: \"POST\" } }) { totalCount } } }",
            "{ community(slug: home) { name } }",
            "{ community(slug: \"home\") { members(first: \"1\") { totalCount } } }",
            "{ community(slug: \"home\") { members(first: 2147483648) { totalCount } } }",
            "{ community(slug: \"home\") { members(first: 1.5) { totalCount } } }",
            // Two things under one name.
            "{ viewer { a: name a: email } }",
            "{ community(slug: \"home\") { name } community(slug: \"away\") { name } }",
            "{ viewer { ...a ...b } } fragment a on Viewer { x: name } fragment b on Viewer { x: kind }",
            "{ node(id: \"x\") { ... on Member { a: displayName } ... on Topic { a: id b: name } ... on ScoringModel { a: version } } }",
            "{ node(id: \"x\") { ... on PageInfo { hasNextPage } } }",
            "{ viewer { ... on Member { id } } }",
        ] {
            let answer = refusal(&app, document, json!({})).await;
            assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{document}: {}", answer.body);
            assert!(answer.body["errors"][0]["locations"][0]["line"].is_u64(), "{document}: {}", answer.body);
        }
        for document in ["query A { __typename } query A { __typename }", "{ __typename } query A { __typename }", "fragment a on Query { __typename }"] {
            refusal(&app, document, json!({})).await;
        }
        let again = refusal(&app, "{ viewer { nope } }", json!({})).await;
        assert_eq!(again.body["errors"][0]["locations"][0]["line"], 1);
    }
}

on_both_engines! {
    async fn given_lists_within_lists_when_they_multiply_then_the_document_is_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let ties = "influences(first: 100) { nodes { member { displayName INNER } } }";
        let nest = |levels: usize| (0..levels).fold(String::new(), |inner, _level| ties.replace("INNER", &inner));
        for (levels, code) in [(1, "UNAUTHENTICATED"), (3, "TOO_COMPLEX")] {
            let document = format!("{{ community(slug: \"home\") {{ members(first: 20) {{ nodes {{ {} }} }} }} }}", nest(levels));
            assert_eq!(app.client(None).send(&document, json!({})).await.code(), code, "{levels}");
        }
    }
}
