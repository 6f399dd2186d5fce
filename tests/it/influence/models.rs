//! Versions of the scoring model: drafted, tried, put in force, and what each said.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use crate::ingest::calls::{assert_close, did, done, leaderboard, member, mendable, mutate, number, payload, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const MODEL: &str = "scoringModel { id version name status origin basedOn { version } halfLife kappa weights { signal volume breadth } \
                     kinds { kind value } trust { quorum vettedVotes } topics { topic factor } activations }";

async fn act(client: &Client<'_>, mutation: &str, input: Value) -> Value {
    done(&mutate(client, "tea", mutation, MODEL, input).await, mutation)["scoringModel"].clone()
}

async fn refused(client: &Client<'_>, mutation: &str, input: Value) -> Vec<String> {
    let payload = payload(&mutate(client, "tea", mutation, MODEL, input).await, mutation);
    assert!(payload["scoringModel"].is_null(), "{payload:#}");
    mendable(&payload)
}

async fn models(client: &Client<'_>) -> Vec<String> {
    let found = client
        .ok("{ community(slug: \"tea\") { scoringModels { version name status } } }", json!({}))
        .await;
    let line = |row: &Value| {
        format!(
            "{} {} {}",
            row["version"],
            row["name"].as_str().unwrap(),
            row["status"].as_str().unwrap()
        )
    };
    found["community"]["scoringModels"].as_array().unwrap().iter().map(line).collect()
}

on_both_engines! {
    async fn given_a_draft_when_it_is_put_in_force_then_scores_are_its_own_and_the_past_stays_what_it_was(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(10.0);
        admin.record("tea", vec![did("ANSWER", "a-1", "ada", "ben", &at), did("KUDOS", "k-1", "cid", "dan", &at)]).await;
        app.scores_settled(&access).await;
        let before = member(&admin, "tea", "ada", "influence { points value model { version } }").await["influence"].clone();
        assert_eq!(before["model"]["version"], 1);
        let then = app.now().to_string();

        let draft = act(&admin, "createScoringModel", json!({ "name": "Thanks first", "terms": {
            "weights": { "help": 0.0, "breadth": 0.0, "recognition": 2.0 }, "kappa": 5.0, "halfLife": "P30D",
            "values": [{ "kind": "KUDOS", "value": 3.0 }, { "kind": "SHARE", "value": 0.0 }], "trust": { "quorum": 7 },
        } })).await;
        assert_eq!((&draft["version"], &draft["status"], &draft["origin"], &draft["basedOn"]["version"]), (&json!(2), &json!("DRAFT"), &json!("WRITTEN"), &json!(1)));
        assert_eq!((&draft["kappa"], &draft["halfLife"], &draft["trust"]["quorum"]), (&json!(5.0), &json!("P30D"), &json!(7)));
        let kinds = draft["kinds"].as_array().unwrap();
        assert!(kinds.contains(&json!({ "kind": "KUDOS", "value": 3.0 })) && kinds.iter().all(|kind| kind["kind"] != "SHARE"));
        assert_eq!(member(&admin, "tea", "ada", "influence { points }").await["influence"]["points"], before["points"], "a draft changes nothing");
        // Anybody may ask what it would say.
        let tried = member(&admin, "tea", "dan", &format!("influence(model: {}) {{ points rank model {{ name }} }}", draft["id"])).await["influence"].clone();
        assert_eq!((&tried["rank"], &tried["model"]["name"]), (&Value::Null, &json!("Thanks first")));

        app.app.clock.advance_micros(3_600_000_000);
        let admin = app.admin(&access).await;
        let active = act(&admin, "activateScoringModel", json!({ "modelId": draft["id"] })).await;
        assert_eq!((&active["status"], active["activations"].as_array().unwrap().len()), (&json!("ACTIVE"), 1));
        assert_eq!(models(&admin).await, ["2 Thanks first ACTIVE", "1 default RETIRED"]);
        app.scores_settled(&access).await;
        let board = leaderboard(&admin, "tea", "", "influence { points value model { version } }").await;
        assert_eq!(board.keys().collect::<Vec<_>>(), ["dan"], "help weighs nothing now");
        let dan = &board["dan"]["influence"];
        assert_eq!(dan["model"]["version"], 2);
        let points = number(&dan["points"]);
        assert_close(number(&dan["value"]), 100.0 * points / (points + 5.0), 1e-9);
        // What the former version said of then, it says still; and on request, of now.
        let past = member(&admin, "tea", "ada", &format!("influence(at: \"{then}\") {{ points value model {{ version }} }}")).await["influence"].clone();
        assert_close(number(&past["points"]), number(&before["points"]), 1e-3);
        assert_eq!(past["model"]["version"], 1);
        let first = active["basedOn"]["version"].clone();
        assert_eq!(first, 1);
        let board = leaderboard(&admin, "tea", &format!("at: \"{then}\""), "").await;
        assert!(board.contains_key("ada"), "rankings of the past are by the version of then");

        // A retired one can come back.
        let node = admin.ok("{ community(slug: \"tea\") { scoringModels { id version } } }", json!({})).await;
        let one = node["community"]["scoringModels"][1]["id"].clone();
        let back = act(&admin, "activateScoringModel", json!({ "modelId": one })).await;
        assert_eq!((&back["status"], back["activations"].as_array().unwrap().len()), (&json!("ACTIVE"), 2));
        app.scores_settled(&access).await;
        assert!(leaderboard(&admin, "tea", "", "").await.contains_key("ada"));
    }

    async fn given_topics_with_factors_when_scores_are_made_then_the_smallest_holds_everywhere(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(10.0);
        let about = |id: &str, who: &str, topics: Value| with(did("ANSWER", id, who, "ben", &at), &json!({ "topics": topics }));
        admin.record("tea", vec![about("a", "ada", json!(["green"])), about("b", "off", json!(["green", "chat"])), about("c", "dan", json!([]))]).await;
        let draft = act(&admin, "createScoringModel", json!({ "name": "On topic", "terms": { "topics": [
            { "topic": "chat", "factor": 0.0 }, { "topic": "green", "factor": 2.0 },
        ] } })).await;
        act(&admin, "activateScoringModel", json!({ "modelId": draft["id"] })).await;
        app.scores_settled(&access).await;
        let board = leaderboard(&admin, "tea", "", "influence { points receipts { points nodes { points } } }").await;
        assert_eq!(board.keys().collect::<Vec<_>>(), ["ada", "dan"]);
        assert!(number(&board["ada"]["points"]) > 1.5 * number(&board["dan"]["points"]));
        for node in board.values() {
            let score = &node["influence"];
            assert_close(number(&score["receipts"]["points"]), number(&score["points"]), 1e-9);
        }
    }

    async fn given_bad_terms_when_they_are_drafted_or_tried_then_each_field_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        admin.record("tea", vec![with(did("POST", "p-1", "ada", "", &app.days_ago(1.0)), &json!({ "topics": ["green"] }))]).await;
        for (terms, expected) in [
            (json!({ "halfLife": "PT1H" }), "terms.halfLife OUT_OF_RANGE"),
            (json!({ "kappa": -1.0 }), "terms.kappa OUT_OF_RANGE"),
            (json!({ "kappa": 1e300 }), "terms.kappa OUT_OF_RANGE"),
            (json!({ "values": [{ "kind": "QUESTION", "value": 1.0 }] }), "terms.values.0.kind INVALID"),
            (json!({ "values": [{ "kind": "KUDOS", "value": 1.0 }, { "kind": "FLAG", "value": 1.0 }] }), "terms.values.1.value OUT_OF_RANGE"),
            (json!({ "values": [{ "kind": "KUDOS", "value": 1.0 }, { "kind": "KUDOS", "value": 2.0 }] }), "terms.values.1.kind INVALID"),
            (json!({ "topics": [{ "topic": "green", "factor": 1.0 }, { "topic": "gren", "factor": 0.0 }] }), "terms.topics.1.topic INVALID"),
            (json!({ "topics": [{ "topic": "green", "factor": 1.0 }, { "topic": "green", "factor": 0.0 }] }), "terms.topics.1.topic INVALID"),
            (json!({ "topics": [{ "topic": "\u{0}", "factor": 1.0 }] }), "terms.topics.0.topic INVALID"),
            (json!({ "topics": [{ "topic": "\u{200b}", "factor": 1.0 }] }), "terms.topics.0.topic REQUIRED"),
            (json!({ "topics": [{ "topic": "green", "factor": 11.0 }] }), "terms.topics.0.factor OUT_OF_RANGE"),
            (json!({ "weights": { "help": 0.0, "breadth": 0.0, "recognition": 0.0, "attention": 0.0, "advocacy": 0.0 } }), "terms.weights OUT_OF_RANGE"),
            (json!({ "trust": { "firstGivers": 300 } }), "terms.trust.firstGivers OUT_OF_RANGE"),
            (json!({ "levels": { "leading": 1.0 } }), "terms.levels OUT_OF_RANGE"),
        ] {
            assert_eq!(refused(&admin, "createScoringModel", json!({ "name": "Bad", "terms": terms })).await, [expected], "{terms}");
            let query = "query($terms: ScoringTermsInput) { community(slug: \"tea\") { previewScoringModel(terms: $terms) { topKept } } }";
            let tried = admin.send(query, json!({ "terms": terms })).await;
            assert_eq!(tried.code(), "BAD_USER_INPUT", "{terms}");
            let field = expected.split(' ').next().unwrap();
            assert!(tried.message().starts_with(&format!("{field}: ")), "{field}: {}", tried.message());
        }
        assert_eq!(refused(&admin, "createScoringModel", json!({ "name": " " })).await, ["name INVALID"]);
        assert_eq!(refused(&admin, "activateScoringModel", json!({ "modelId": "nonsense" })).await, ["modelId NOT_FOUND"]);
        // There is no such number in JSON, and no such kind.
        let unknown = json!({ "terms": { "values": [{ "kind": "HUG", "value": 1.0 }] } });
        let query = "query($terms: ScoringTermsInput) { community(slug: \"tea\") { previewScoringModel(terms: $terms) { topKept } } }";
        assert!(admin.send(query, unknown).await.body["errors"].is_array());
        assert_eq!(models(&admin).await, ["1 default ACTIVE"], "nothing is lost or left");
    }

    async fn given_a_draft_when_it_is_discarded_then_it_names_nothing_and_its_number_is_gone(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        admin.record("tea", vec![with(did("POST", "p-1", "ada", "", &app.days_ago(1.0)), &json!({ "topics": ["green"] }))]).await;
        let draft = act(&admin, "createScoringModel", json!({ "name": "On green", "terms": { "topics": [{ "topic": "green", "factor": 2.0 }] } })).await;
        let next = json!({ "name": "Next", "basedOn": draft["id"], "terms": { "topics": [{ "topic": "green", "factor": 3.0 }] } });
        let next = act(&admin, "createScoringModel", next).await;
        let input = json!({ "modelId": draft["id"], "idempotencyKey": "once" });
        let discard = async |input: Value| mutate(&admin, "tea", "discardScoringModel", "discardedId", input).await;
        let gone = done(&discard(input.clone()).await, "discardScoringModel");
        assert_eq!(gone["discardedId"], draft["id"]);
        assert_eq!(done(&discard(input.clone()).await, "discardScoringModel"), gone, "the same key gives the same answer");
        assert_eq!(discard(with(input, &json!({ "modelId": next["id"] }))).await.code(), "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(models(&admin).await, ["3 Next DRAFT", "1 default ACTIVE"]);

        let again = payload(&discard(json!({ "modelId": draft["id"] })).await, "discardScoringModel");
        assert_eq!((&again["discardedId"], mendable(&again)), (&Value::Null, vec!["modelId NOT_FOUND".to_owned()]));
        assert_eq!(refused(&admin, "activateScoringModel", json!({ "modelId": draft["id"] })).await, ["modelId NOT_FOUND"]);
        assert_eq!(refused(&admin, "createScoringModel", json!({ "name": "Late", "basedOn": draft["id"] })).await, ["basedOn NOT_FOUND"]);
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(admin.send(node, json!({ "id": draft["id"] })).await.code(), "NOT_FOUND");
        let preview = "query($id: ID!) { community(slug: \"tea\") { previewScoringModel(model: $id) { topKept } } }";
        assert_eq!(admin.send(preview, json!({ "id": draft["id"] })).await.code(), "NOT_FOUND");
        let based = "query($id: ID!) { node(id: $id) { ... on ScoringModel { basedOn { id } } } }";
        assert_eq!(admin.ok(based, json!({ "id": next["id"] })).await["node"]["basedOn"], Value::Null);

        // The largest number is not given out again either, and what was in force stays.
        done(&discard(json!({ "modelId": next["id"] })).await, "discardScoringModel");
        let after = act(&admin, "createScoringModel", json!({ "name": "After" })).await;
        assert_eq!(after["version"], 4);
        act(&admin, "activateScoringModel", json!({ "modelId": after["id"] })).await;
        let first = admin.ok("{ community(slug: \"tea\") { scoringModels { id version } } }", json!({})).await;
        let first = first["community"]["scoringModels"][1].clone();
        assert_eq!(first["version"], 1);
        for kept in [&after["id"], &first["id"]] {
            let payload = payload(&discard(json!({ "modelId": kept })).await, "discardScoringModel");
            assert_eq!(mendable(&payload), ["modelId NOT_ALLOWED_NOW"]);
        }
        let agent = app.staff(&access, Role::Agent, Visibility::Private).await;
        let answer = mutate(&agent, "tea", "discardScoringModel", "discardedId", json!({ "modelId": first["id"] })).await;
        assert_eq!(answer.code(), "FORBIDDEN");
    }

    async fn given_terms_to_try_when_they_are_previewed_then_it_says_who_rises_and_who_falls(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(10.0);
        let mut told: Vec<Value> = (0..4).map(|n| did("ANSWER", &format!("a-{n}"), "ada", &format!("p-{n}"), &at)).collect();
        told.extend((0..3).map(|n| did("KUDOS", &format!("k-{n}"), &format!("p-{n}"), "dan", &at)));
        told.push(did("ANSWER", "a-9", "eva", "p-1", &at));
        admin.record("tea", told).await;
        app.scores_settled(&access).await;
        let change = "{ member { displayName } rank newRank value newValue }";
        let query = format!(
            "query($terms: ScoringTermsInput) {{ community(slug: \"tea\") {{ previewScoringModel(terms: $terms) {{ topKept topCompared top {change} rising {change} falling {change} }} }} }}"
        );
        let same = admin.ok(&query, json!({})).await["community"]["previewScoringModel"].clone();
        assert_eq!((&same["topKept"], &same["topCompared"], &same["rising"], &same["falling"]), (&json!(3), &json!(3), &json!([]), &json!([])));
        let terms = json!({ "weights": { "help": 0.1, "breadth": 0.0, "recognition": 3.0 } });
        let other = admin.ok(&query, json!({ "terms": terms })).await["community"]["previewScoringModel"].clone();
        let names = |list: &Value| list.as_array().unwrap().iter().map(|one| one["member"]["displayName"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&other["top"]), ["dan", "ada", "eva"]);
        assert_eq!((names(&other["rising"]), names(&other["falling"])), (vec!["dan".to_owned()], vec!["eva".to_owned(), "ada".to_owned()]));
        assert_eq!((&other["rising"][0]["rank"], &other["rising"][0]["newRank"]), (&json!(3), &json!(1)));
        assert_eq!(models(&admin).await, ["1 default ACTIVE"], "nothing was written");
    }

    async fn given_a_key_when_the_same_is_asked_for_again_then_it_is_done_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let input = json!({ "name": "Once", "idempotencyKey": "k-1" });
        let first = act(&admin, "createScoringModel", input.clone()).await;
        assert_eq!(act(&admin, "createScoringModel", input.clone()).await, first);
        let other = mutate(&admin, "tea", "createScoringModel", MODEL, with(input, &json!({ "name": "Twice" }))).await;
        assert_eq!(other.code(), "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(models(&admin).await, ["2 Once DRAFT", "1 default ACTIVE"]);
    }
}
