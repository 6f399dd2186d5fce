//! `upsertMembers`: who is found, what changes, and what is refused.

use entity::event;
use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};

use super::calls::{UPSERT, blame, count, did, member, member_id, mendable, merge, statuses, upsert, with};
use crate::on_both_engines;
use crate::support::TestApp;

const FIELDS: &str = "displayName handle joinedAt lastActiveAt isStaff isBot consent attributes \
                      identities { provider externalId handle followerCount verified }";

fn ada(app: &TestApp) -> Value {
    json!({
        "externalId": "ada", "displayName": "Ada 👩‍💻 Lovelace", "handle": "ada", "joinedAt": app.days_ago(900.0), "lastActiveAt": app.days_ago(9.0),
        "isStaff": true, "isBot": true, "consent": "OPTED_OUT", "attributes": { "plan": "gold", "tags": ["a", 1, null, { "b": 0.5 }], "n": 12_345_678_901_i64 },
        "identities": [
            { "provider": "twitter", "externalId": "99", "handle": "al", "followerCount": 120, "verified": true },
            { "provider": "crm", "externalId": "C-1" },
        ],
    })
}

on_both_engines! {
    async fn creates_changes_and_leaves_alone(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let told = upsert(&admin, "tea", vec![
            json!({ "externalId": "a", "displayName": "Ada" }),
            json!({ "externalId": "b", "handle": "benny" }),
            json!({ "externalId": "a", "displayName": "Ada L." }),
            json!({ "externalId": "a" }),
            json!({ "externalId": "a", "source": "mail" }),
        ])
        .await;
        assert_eq!(statuses(&told), ["CREATED", "CREATED", "UPDATED", "UNCHANGED", "CREATED"]);
        assert_eq!(mendable(&told), [""; 0]);
        assert_eq!(told["results"][2]["memberId"], told["results"][0]["memberId"]);
        assert_ne!(told["results"][4]["memberId"], told["results"][0]["memberId"]);
        assert_eq!(member(&admin, "tea", "a", "displayName").await["displayName"], "Ada L.");
        assert_eq!(member(&admin, "tea", "b", "displayName").await["displayName"], "benny", "a handle is better than a number");

        let again = upsert(&admin, "tea", vec![
            json!({ "externalId": "a", "displayName": "Ada L." }),
            json!({ "externalId": "b", "handle": "ben" }),
        ])
        .await;
        assert_eq!(statuses(&again), ["UNCHANGED", "UPDATED"]);
        let log = event::Entity::in_community(access.community_id())
            .filter(event::Column::SubjectType.eq("member"))
            .order_by_asc(event::Column::Seq);
        let log: Vec<String> = log.all(app.app.db.read()).await.unwrap().into_iter().map(|event| event.event_type).collect();
        assert_eq!(log, ["member.created", "member.created", "member.created", "member.updated"], "what changes nothing is not told");
    }

    async fn what_is_left_out_stays_and_null_clears(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let full = ada(&app);
        assert_eq!(statuses(&upsert(&admin, "tea", vec![full.clone()]).await), ["CREATED"]);
        let stored = member(&admin, "tea", "ada", FIELDS).await;
        for field in ["displayName", "handle", "joinedAt", "lastActiveAt", "isStaff", "isBot", "consent", "attributes"] {
            assert_eq!(stored[field], full[field], "{field}");
        }
        assert_eq!(
            stored["identities"],
            json!([
                { "provider": "crm", "externalId": "C-1", "handle": null, "followerCount": null, "verified": false },
                { "provider": "forum", "externalId": "ada", "handle": "ada", "followerCount": null, "verified": false },
                { "provider": "twitter", "externalId": "99", "handle": "al", "followerCount": 120, "verified": true },
            ])
        );
        for nothing in [json!({}), json!({ "identities": null }), json!({ "identities": [] }), full.clone()] {
            let told = upsert(&admin, "tea", vec![with(json!({ "externalId": "ada" }), &nothing)]).await;
            assert_eq!(statuses(&told), ["UNCHANGED"], "{nothing}");
        }
        assert_eq!(member(&admin, "tea", "ada", FIELDS).await, stored);

        for (field, cleared) in [("handle", Value::Null), ("joinedAt", Value::Null), ("lastActiveAt", Value::Null), ("attributes", json!({}))] {
            for status in ["UPDATED", "UNCHANGED"] {
                let told = upsert(&admin, "tea", vec![with(json!({ "externalId": "ada" }), &json!({ field: null }))]).await;
                assert_eq!(statuses(&told), [status], "{field}");
            }
            assert_eq!(member(&admin, "tea", "ada", FIELDS).await[field], cleared, "{field}");
        }
        assert_eq!(member(&admin, "tea", "ada", FIELDS).await["identities"], stored["identities"]);
        let told = upsert(&admin, "tea", vec![full.clone()]).await;
        assert_eq!(statuses(&told), ["UPDATED"]);
        assert_eq!(member(&admin, "tea", "ada", FIELDS).await, stored);
    }

    async fn null_is_refused_where_there_must_be_something(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        upsert(&admin, "tea", vec![ada(&app)]).await;
        let stored = member(&admin, "tea", "ada", FIELDS).await;
        let fields = ["displayName", "isStaff", "isBot", "consent"];
        let mut batch: Vec<Value> = fields.iter().map(|field| json!({ "externalId": "ada", *field: null, "handle": "changed" })).collect();
        batch.push(json!({ "externalId": "ben" }));
        let told = upsert(&admin, "tea", batch).await;
        assert_eq!(statuses(&told), ["REJECTED", "REJECTED", "REJECTED", "REJECTED", "CREATED"]);
        let expected: Vec<String> = fields.iter().enumerate().map(|(n, field)| format!("members.{n}.{field} INVALID")).collect();
        assert_eq!(mendable(&told), expected);
        assert_eq!(member(&admin, "tea", "ada", FIELDS).await, stored);
    }

    async fn accounts_lead_to_their_member(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let x = |id: &str| json!({ "provider": "x", "externalId": id });
        upsert(&admin, "tea", vec![json!({ "externalId": "a", "identities": [x("1")] }), json!({ "externalId": "b", "identities": [x("2")] })]).await;
        let (a, b) = (member_id(&admin, "tea", "a").await, member_id(&admin, "tea", "b").await);

        let told = upsert(&admin, "tea", vec![
            // Unknown itself, yet one of its accounts is known: the same person.
            json!({ "externalId": "a-again", "source": "mail", "displayName": "Ada", "identities": [x("1"), x("3")] }),
            json!({ "externalId": "1", "source": "x", "handle": "ada-on-x" }),
            json!({ "externalId": "b", "identities": [x("1")] }),
            json!({ "externalId": "new", "identities": [x("2"), x("9"), x("1")] }),
            json!({ "externalId": "a", "identities": [x("4"), x("3"), x("2")] }),
            json!({ "externalId": "c", "identities": [x("5")] }),
            json!({ "externalId": "d", "identities": [x("5")] }),
        ])
        .await;
        assert_eq!(statuses(&told), ["UPDATED", "UPDATED", "REJECTED", "REJECTED", "REJECTED", "CREATED", "UPDATED"]);
        assert_eq!(mendable(&told), ["members.2.identities.0 TAKEN", "members.3.identities.2 TAKEN", "members.4.identities.2 TAKEN"]);
        assert_eq!((told["results"][0]["memberId"].as_str(), told["results"][1]["memberId"].as_str()), (Some(a.as_str()), Some(a.as_str())));
        assert_eq!(told["results"][5]["memberId"], told["results"][6]["memberId"]);
        let accounts = member(&admin, "tea", "a", "displayName identities { provider externalId handle }").await;
        assert_eq!(
            accounts,
            json!({ "displayName": "Ada", "identities": [
                { "provider": "forum", "externalId": "a", "handle": null },
                { "provider": "mail", "externalId": "a-again", "handle": null },
                { "provider": "x", "externalId": "1", "handle": "ada-on-x" },
                { "provider": "x", "externalId": "3", "handle": null },
            ]})
        );
        assert_eq!(member_id(&admin, "tea", "b").await, b);
        for nobody in ["new", "a-again"] {
            assert_eq!(member(&admin, "tea", nobody, "id").await, Value::Null);
        }
        assert_eq!(count(&app, "identities", access.community_id()).await, 4 + 2 + 3);
    }

    async fn later_records_of_a_batch_complete_accounts(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let told = upsert(&admin, "tea", vec![
            json!({ "externalId": "a", "identities": [{ "provider": "x", "externalId": "1" }] }),
            json!({ "externalId": "a", "handle": "ada", "identities": [{ "provider": "x", "externalId": "1", "handle": "ax", "followerCount": 7, "verified": true }] }),
        ])
        .await;
        assert_eq!(statuses(&told), ["CREATED", "UPDATED"]);
        // What two calls would have told, one call of two records tells, too.
        let identities = member(&admin, "tea", "a", FIELDS).await["identities"].clone();
        assert_eq!(
            identities,
            json!([
                { "provider": "forum", "externalId": "a", "handle": "ada", "followerCount": null, "verified": false },
                { "provider": "x", "externalId": "1", "handle": "ax", "followerCount": 7, "verified": true },
            ])
        );
    }

    async fn activity_never_goes_back(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let (old, middle, new) = (app.days_ago(30.0), app.days_ago(20.0), app.days_ago(10.0));
        upsert(&admin, "tea", vec![json!({ "externalId": "a", "lastActiveAt": middle })]).await;
        let seen = async || member(&admin, "tea", "a", "lastActiveAt").await["lastActiveAt"].as_str().unwrap().to_owned();
        admin.record("tea", vec![did("POST", "p-1", "a", "", &old)]).await;
        assert_eq!(seen().await, middle);
        assert_eq!(statuses(&upsert(&admin, "tea", vec![json!({ "externalId": "a", "lastActiveAt": old })]).await), ["UNCHANGED"]);
        admin.record("tea", vec![did("POST", "p-2", "a", "", &new)]).await;
        assert_eq!(seen().await, new);
        assert_eq!(statuses(&upsert(&admin, "tea", vec![json!({ "externalId": "a", "lastActiveAt": middle })]).await), ["UNCHANGED"]);
        assert_eq!(seen().await, new);
    }

    async fn each_flaw_is_named_and_spoils_only_its_record(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let long = |length: usize| "x".repeat(length);
        let identity = |more: Value| json!({ "identities": [{ "provider": "p", "externalId": "fine" }, with(json!({ "provider": "p", "externalId": "q" }), &more)] });
        let many: Vec<Value> = (0..51).map(|n| json!({ "provider": "p", "externalId": format!("{n}") })).collect();
        let flaws = [
            (json!({ "externalId": "" }), "externalId REQUIRED"),
            (json!({ "externalId": "\u{0}" }), "externalId INVALID"),
            (json!({ "externalId": long(201) }), "externalId TOO_LONG"),
            (json!({ "source": " " }), "source REQUIRED"),
            (json!({ "displayName": "" }), "displayName REQUIRED"),
            (json!({ "displayName": "\u{2003}\n" }), "displayName REQUIRED"),
            (json!({ "displayName": "A\u{0}da" }), "displayName INVALID"),
            (json!({ "displayName": long(201) }), "displayName TOO_LONG"),
            (json!({ "handle": "" }), "handle REQUIRED"),
            (json!({ "handle": long(201) }), "handle TOO_LONG"),
            (json!({ "joinedAt": app.days_ago(-2.0) }), "joinedAt OUT_OF_RANGE"),
            (json!({ "joinedAt": "1989-12-31T00:00:00Z" }), "joinedAt OUT_OF_RANGE"),
            (json!({ "lastActiveAt": app.days_ago(-2.0) }), "lastActiveAt OUT_OF_RANGE"),
            (json!({ "lastActiveAt": "1970-01-01T00:00:00Z" }), "lastActiveAt OUT_OF_RANGE"),
            (json!({ "attributes": [1] }), "attributes INVALID"),
            (json!({ "attributes": "text" }), "attributes INVALID"),
            (json!({ "attributes": 7 }), "attributes INVALID"),
            (json!({ "attributes": { "k": "\u{0}" } }), "attributes INVALID"),
            (json!({ "attributes": { "k\u{0}": 1 } }), "attributes INVALID"),
            (json!({ "attributes": { "k": long(16 * 1024) } }), "attributes TOO_LONG"),
            (json!({ "identities": many }), "identities TOO_MANY"),
            (identity(json!({ "provider": "" })), "identities.1.provider REQUIRED"),
            (identity(json!({ "provider": "\u{0}" })), "identities.1.provider INVALID"),
            (identity(json!({ "externalId": " " })), "identities.1.externalId REQUIRED"),
            (identity(json!({ "externalId": long(201) })), "identities.1.externalId TOO_LONG"),
            (identity(json!({ "handle": "" })), "identities.1.handle REQUIRED"),
            (identity(json!({ "followerCount": -1 })), "identities.1.followerCount OUT_OF_RANGE"),
        ];
        let mut batch = Vec::new();
        for (index, (flaw, _)) in flaws.iter().enumerate() {
            batch.push(with(json!({ "externalId": format!("bad-{index}") }), flaw));
            batch.push(json!({ "externalId": format!("good-{index}"), "attributes": { "k": long(16_000) } }));
        }
        let told = upsert(&admin, "tea", batch).await;
        for (index, (flaw, expected)) in flaws.iter().enumerate() {
            let (bad, good) = (&told["results"][2 * index], &told["results"][2 * index + 1]);
            assert_eq!((bad["status"].as_str(), good["status"].as_str()), (Some("REJECTED"), Some("CREATED")), "{flaw}");
            assert_eq!(blame(&bad["error"]), format!("members.{}.{expected}", 2 * index), "{flaw}");
        }
        assert_eq!(count(&app, "members", access.community_id()).await, flaws.len() as i64);
        assert_eq!(count(&app, "identities", access.community_id()).await, flaws.len() as i64);
    }

    async fn a_backslash_and_digits_are_no_nul(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let told = upsert(&admin, "tea", vec![json!({ "externalId": "c", "attributes": { "path": "C:\\u0000" } })]).await;
        assert_eq!(mendable(&told), [""; 0]);
        assert_eq!(member(&admin, "tea", "c", "attributes").await["attributes"]["path"], "C:\\u0000");
    }

    async fn writers_of_one_member_undo_nothing_of_each_other(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        for round in 0..12 {
            let name = format!("m-{round}");
            upsert(&admin, "tea", vec![json!({ "externalId": name }), json!({ "externalId": format!("other-{round}") })]).await;
            let say = |what: &Value| upsert(&admin, "tea", vec![with(json!({ "externalId": name }), what)]);
            let (no, bot, staff) = (json!({ "consent": "OPTED_OUT" }), json!({ "isBot": true }), json!({ "isStaff": true }));
            tokio::join!(say(&bot), say(&no), say(&staff));
            let now = member(&admin, "tea", &name, "consent isBot isStaff").await;
            assert_eq!(now, json!({ "consent": "OPTED_OUT", "isBot": true, "isStaff": true }), "{name}");

            // Nor of whoever makes two members one.
            let other = member_id(&admin, "tea", &format!("other-{round}")).await;
            let both = json!({ "community": "tea", "memberId": member_id(&admin, "tea", &name).await, "intoId": other });
            let named = json!({ "displayName": "Ada" });
            tokio::join!(say(&named), merge(&admin, both));
            assert_eq!(member_id(&admin, "tea", &name).await, other);
        }
    }

    async fn limits_and_wrong_types_refuse_the_call(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let batch = |count: usize| (0..count).map(|n| json!({ "externalId": format!("m-{n}") })).collect::<Vec<_>>();
        let told = upsert(&admin, "tea", batch(1_001)).await;
        assert_eq!((mendable(&told), &told["results"]), (vec!["members TOO_MANY".to_owned()], &json!([])));
        for flaw in [json!({ "consent": "MAYBE" }), json!({ "joinedAt": "soon" }), json!({ "isStaff": "yes" }), json!({ "identities": [{ "provider": "x" }] })] {
            let members = [json!({ "source": "forum", "externalId": "1" }), with(json!({ "source": "forum", "externalId": "2" }), &flaw)];
            let answer = admin.send(UPSERT, json!({ "input": { "community": "tea", "members": members } })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{flaw}");
        }
        assert_eq!(count(&app, "members", access.community_id()).await, 0);
        let told = upsert(&admin, "tea", batch(1_000)).await;
        assert!(statuses(&told).iter().all(|status| *status == "CREATED"));
        assert_eq!(count(&app, "members", access.community_id()).await, 1_000);
    }
}
