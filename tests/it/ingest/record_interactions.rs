//! `recordInteractions`: what is kept, what is known already, and what the change log says.

use entity::{InteractionKind, Visibility, event, interaction};
use rapport::db::query::Sql;
use rapport::graphql::global_id::GlobalId;
use sea_orm::{ConnectionTrait as _, QueryOrder as _};
use serde_json::{Value, json};

use super::calls::{count, did, leaderboard, member, member_id, mendable, statuses, upsert, with};
use crate::on_both_engines;
use crate::support::{Engine, TestApp};

on_both_engines! {
    async fn writers_who_name_the_same_newcomer_at_once_all_name_them(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        for round in 0..12 {
            let name = format!("new-{round}");
            let posts = (0..4).map(|n| admin.record("tea", vec![did("POST", &format!("p-{round}-{n}"), &name, "", &at)]));
            futures_util::future::join_all(posts).await;
            let found = member(&admin, "tea", &name, "interactions(first: 10) { totalCount }").await;
            assert_eq!(found["interactions"]["totalCount"], 4, "{name}");
        }
    }

    async fn says_of_each_what_became_of_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let (at, later) = (app.days_ago(3.0), app.days_ago(2.0));
        let answer = did("ANSWER", "a-1", "ben", "ada", &at);

        let first = admin
            .record("tea", vec![
                did("QUESTION", "q-1", "ada", "", &at),
                answer.clone(),
                did("QUESTION", "q-1", "ada", "", &at),
                did("QUESTION", "q-1", "ben", "", &at),
                with(answer.clone(), &json!({ "source": "mail" })),
            ])
            .await;
        assert_eq!(statuses(&first), ["CREATED", "CREATED", "DUPLICATE", "REJECTED", "CREATED"]);
        assert_eq!(first["results"][2]["interactionId"], first["results"][0]["interactionId"]);
        assert_eq!(first["results"][3]["interactionId"], Value::Null);
        assert_eq!(mendable(&first), ["interactions.3.externalId CONFLICT"]);
        assert_eq!(first["results"][3]["error"], first["userErrors"][0]);

        // What tells a repetition from a contradiction is who did what to whom when; the rest is not compared.
        let again = [
            (json!({}), "DUPLICATE"),
            (json!({ "text": "other words", "visibility": "PRIVATE", "topics": ["x"], "sentiment": 0.5 }), "DUPLICATE"),
            (json!({ "kind": "REPLY" }), "REJECTED"),
            (json!({ "actor": "cid" }), "REJECTED"),
            (json!({ "actor": null }), "REJECTED"),
            (json!({ "target": "cid" }), "REJECTED"),
            (json!({ "occurredAt": later }), "REJECTED"),
        ];
        for (change, expected) in again {
            let told = admin.record("tea", vec![with(answer.clone(), &change)]).await;
            assert_eq!(statuses(&told), [expected], "{change}");
            if expected == "DUPLICATE" {
                assert_eq!(told["results"][0]["interactionId"], first["results"][1]["interactionId"]);
            } else {
                assert_eq!(mendable(&told), ["interactions.0.externalId CONFLICT"], "{change}");
            }
        }
        assert_eq!(count(&app, "interactions", access.community_id()).await, 3);
        assert_eq!(count(&app, "topics", access.community_id()).await, 0);
    }

    async fn a_contradiction_leaves_nobody_behind(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        admin.record("tea", vec![did("ANSWER", "a-1", "ben", "ada", &at)]).await;
        let told = admin.record("tea", vec![did("ANSWER", "a-1", "zoe", "ada", &at)]).await;
        assert_eq!(statuses(&told), ["REJECTED"]);
        assert_eq!(member(&admin, "tea", "zoe", "id").await, Value::Null, "a refused record names her, and nothing else does");
    }

    async fn takes_a_thousand_and_not_one_more(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        let batch = |count: usize| (0..count).map(|n| did("POST", &format!("p-{n}"), &format!("m-{}", n % 50), "", &at)).collect::<Vec<_>>();

        let refused = admin.record("tea", batch(1_001)).await;
        assert_eq!(mendable(&refused), ["interactions TOO_MANY"]);
        assert_eq!(refused["results"], json!([]));
        assert_eq!(count(&app, "interactions", access.community_id()).await, 0);

        let taken = admin.record("tea", batch(1_000)).await;
        assert!(statuses(&taken).iter().all(|status| *status == "CREATED"));
        assert_eq!(mendable(&taken), [""; 0]);
        assert_eq!(count(&app, "interactions", access.community_id()).await, 1_000);
        assert_eq!(count(&app, "members", access.community_id()).await, 50);
        let again = admin.record("tea", batch(1_000)).await;
        assert!(statuses(&again).iter().all(|status| *status == "DUPLICATE"));
        assert_eq!(count(&app, "interactions", access.community_id()).await, 1_000);
        assert_eq!(admin.record("tea", vec![]).await, json!({ "results": [], "userErrors": [] }));
    }

    async fn whoever_is_named_becomes_a_member(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let (old, new) = (app.days_ago(9.0), app.days_ago(3.0));
        // The newer one first: activity is the latest, whatever the order.
        admin.record("tea", vec![did("ANSWER", "a-2", "ben", "ada", &new)]).await;
        admin.record("tea", vec![did("ANSWER", "a-1", "ben", "ada", &old)]).await;
        let fields = "displayName handle joinedAt lastActiveAt isStaff isBot consent attributes identities { provider externalId }";
        let ben = member(&admin, "tea", "ben", fields).await;
        assert_eq!(
            ben,
            json!({
                "displayName": "ben", "handle": null, "joinedAt": null, "lastActiveAt": new, "isStaff": false, "isBot": false,
                "consent": "SCORED", "attributes": {}, "identities": [{ "provider": "forum", "externalId": "ben" }],
            })
        );
        let ada = member(&admin, "tea", "ada", "lastActiveAt").await;
        assert_eq!(ada["lastActiveAt"], Value::Null, "being answered is no activity");
        assert_eq!(count(&app, "members", access.community_id()).await, 2);
    }

    async fn members_can_be_named_by_global_id(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        // The same external id in two sources is two people; an id says which.
        upsert(&admin, "tea", vec![json!({ "externalId": "1" }), json!({ "externalId": "1", "source": "mail" })]).await;
        let forum = member_id(&admin, "tea", "1").await;
        let by_id = with(did("KUDOS", "k-1", "", "", &at), &json!({ "source": "mail", "actor": "1", "targetId": forum }));
        let by_both = with(did("MESSAGE", "m-1", "", "2", &at), &json!({ "actorId": forum }));
        let told = admin.record("tea", vec![by_id, by_both]).await;
        assert_eq!(statuses(&told), ["CREATED", "CREATED"]);
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Interaction { source actor { id } target { id } } } }";
        let ids = [&told["results"][0]["interactionId"], &told["results"][1]["interactionId"]];
        let nodes = admin.ok(query, json!({ "ids": ids })).await["nodes"].clone();
        assert_eq!(nodes[0]["target"]["id"], forum);
        assert_ne!(nodes[0]["actor"]["id"], forum);
        assert_eq!(nodes[1]["actor"]["id"], forum);
        assert_eq!(count(&app, "members", access.community_id()).await, 3);
    }

    async fn acting_on_oneself_is_kept_and_credits_nobody(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        let kinds = InteractionKind::ALL.iter().map(|kind| kind.as_str()).filter(|kind| *kind != "RETRACTION");
        let own: Vec<Value> = kinds.map(|kind| did(kind, kind, "ada", "ada", &at)).collect();
        let told = admin.record("tea", own).await;
        assert!(statuses(&told).iter().all(|status| *status == "CREATED"));
        app.scores_settled(&access).await;
        assert!(leaderboard(&admin, "tea", "", "").await.is_empty());
        let ada = member(&admin, "tea", "ada", "influence { points rank receipts { totalCount } } interactions { totalCount }").await;
        assert_eq!(
            ada,
            json!({ "influence": { "points": 0.0, "rank": null, "receipts": { "totalCount": 0 } }, "interactions": { "totalCount": 17 } })
        );
    }

    async fn texts_are_kept_to_the_letter(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        let texts = [
            "👩‍👩‍👧‍👦 family 🇺🇦",
            "مرحبا بالعالم \u{202e}gnirts\u{202c}",
            "עברית, \u{200f}ימין לשמאל",
            "e\u{301} is not \u{e9}",
            "Ünï‒cödé '; DROP TABLE members; -- \\ \" %_!",
            "line\r\nbreak\ttab \u{7f}\u{feff}",
            "𝕬𝖓𝖆 Ⅷ ﬃ İıſß",
        ];
        let batch: Vec<Value> = texts
            .iter()
            .map(|text| {
                let more = json!({ "text": text, "topics": [text], "thread": text, "parent": text, "channel": text, "url": format!("https://x.example/{text}") });
                with(did("POST", text, text, "", &at), &more)
            })
            .collect();
        let told = admin.record("tea", batch).await;
        assert!(statuses(&told).iter().all(|status| *status == "CREATED"), "{told:#}");
        let query = "query($id: ID!) { node(id: $id) { ... on Interaction \
                     { externalId text thread parent channel url topics { name } actor { displayName } } } }";
        for (index, text) in texts.iter().enumerate() {
            let node = admin.ok(query, json!({ "id": told["results"][index]["interactionId"] })).await["node"].clone();
            assert_eq!(
                node,
                json!({
                    "externalId": text, "text": text, "thread": text, "parent": text, "channel": text,
                    "url": format!("https://x.example/{text}"),
                    "topics": [{ "name": text.trim() }], "actor": { "displayName": text },
                })
            );
        }
        let longest = "🦀".repeat(20_000);
        let told = admin.record("tea", vec![with(did("POST", "long", "ada", "", &at), &json!({ "text": longest }))]).await;
        assert_eq!(statuses(&told), ["CREATED"], "limits are in characters, not bytes");
    }

    async fn topics_are_made_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        let topics: Vec<String> = (0..20).map(|n| format!("t{n}")).collect();
        let batch = vec![
            with(did("POST", "p-1", "ada", "", &at), &json!({ "topics": ["green", " green ", "green", "Green"] })),
            with(did("POST", "p-2", "ada", "", &at), &json!({ "topics": ["green"] })),
            with(did("POST", "p-3", "ada", "", &at), &json!({ "topics": topics })),
        ];
        assert_eq!(statuses(&admin.record("tea", batch).await), ["CREATED"; 3]);
        assert_eq!(count(&app, "topics", access.community_id()).await, 22);
        assert_eq!(count(&app, "interaction_topics", access.community_id()).await, 2 + 1 + 20);
    }

    async fn the_change_log_tells_all_of_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        let before = app.now();
        let told = admin
            .record("tea", vec![
                with(did("ANSWER", "a-1", "ben", "ada", &at), &json!({ "visibility": "PRIVATE", "text": "a secret" })),
                with(did("POST", "p-1", "ben", "", &at), &json!({ "sentiment": 7.0 })),
                with(did("QUESTION", "q-1", "ada", "", &at), &json!({ "visibility": "SEMI_PRIVATE" })),
                did("QUESTION", "q-1", "ada", "", &at),
                did("KUDOS", "k-1", "", "ben", &at),
            ])
            .await;
        assert_eq!(statuses(&told), ["CREATED", "REJECTED", "CREATED", "DUPLICATE", "CREATED"]);
        let staff = admin.ok("{ community(slug: \"tea\") { staff { id } } }", json!({})).await;
        let staff = GlobalId::decode(staff["community"]["staff"][0]["id"].as_str().unwrap()).unwrap().key;

        let all = event::Entity::in_community(access.community_id()).order_by_asc(event::Column::Seq);
        let all = all.all(app.app.db.read()).await.unwrap();
        let types: Vec<&str> = all.iter().map(|event| event.event_type.as_str()).collect();
        let (set_up, told_now) = types.split_at(2);
        assert_eq!(set_up, ["community.created", "grant.set"]);
        assert_eq!(told_now, ["member.created", "member.created", "interaction.recorded", "interaction.recorded", "interaction.recorded"]);
        for event in &all[2..] {
            assert_eq!(event.actor, format!("staff:{staff}"));
            assert!(event.at >= before && event.at <= app.now());
            assert!(!event.payload.contains("a secret"), "texts stay out of the log");
        }
        let names = |event: &event::Model| serde_json::from_str::<Value>(&event.payload).unwrap()["displayName"].as_str().unwrap().to_owned();
        assert_eq!(all[2..4].iter().map(names).collect::<Vec<_>>(), ["ben", "ada"]);
        assert!(all[2..4].iter().all(|event| event.subject_type == "member" && event.visibility == Visibility::Public));
        let expected = [("a-1", 0, Visibility::Private), ("q-1", 2, Visibility::SemiPrivate), ("k-1", 4, Visibility::Public)];
        for (event, (external_id, place, visibility)) in all[4..].iter().zip(expected) {
            let payload: Value = serde_json::from_str(&event.payload).unwrap();
            assert_eq!((payload["externalId"].as_str(), payload["source"].as_str()), (Some(external_id), Some("forum")));
            assert_eq!((event.subject_type.as_str(), event.visibility), ("interaction", visibility));
            let id = told["results"][place]["interactionId"].as_str().unwrap();
            assert_eq!(event.subject_id, GlobalId::decode(id).unwrap().key);
        }

        let recorded = interaction::Entity::in_community(access.community_id()).all(app.app.db.read()).await.unwrap();
        assert_eq!(recorded.len(), 3);
        if engine == Engine::Postgres {
            // PostgreSQL knows which transaction wrote a row: that of its event.
            let sql = Sql::new(
                app.app.db.backend(),
                "SELECT COUNT(*) FROM interactions i JOIN events e ON e.community_id = i.community_id AND e.subject_id = i.id \
                 AND e.event_type = 'interaction.recorded' AND e.txid::text::bigint % 4294967296 = i.xmin::text::bigint \
                 WHERE i.community_id = ",
            );
            let row = app.app.db.read().query_one_raw(sql.value(access.community_id().0).build()).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 3);
        }
    }

    async fn writers_of_the_same_things_do_not_double_them(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        // Overlapping batches of new people, topics and interactions, all at once.
        let batch = |first: usize| -> Vec<Value> {
            let one = |n: usize| with(did("ANSWER", &format!("a-{n}"), &format!("m-{}", n % 7), &format!("m-{}", n % 5), &at), &json!({ "topics": [format!("t-{}", n % 3)] }));
            (first..first + 20).map(one).collect()
        };
        let calls = (0..8).map(|n| admin.record("tea", batch(n * 5)));
        let told = futures_util::future::join_all(calls).await;
        let created: usize = told.iter().map(|payload| statuses(payload).iter().filter(|status| **status == "CREATED").count()).sum();
        assert!(told.iter().all(|payload| payload["userErrors"] == json!([])), "{told:#?}");
        assert_eq!(created, 55);
        let community = access.community_id();
        assert_eq!(count(&app, "interactions", community).await, 55);
        assert_eq!(count(&app, "members", community).await, 7);
        assert_eq!(count(&app, "topics", community).await, 3);
        assert_eq!(count(&app, "events", community).await, 2 + 7 + 55);
    }
}
