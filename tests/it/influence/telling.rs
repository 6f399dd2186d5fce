//! What the change log tells of scores: what matters, once, by one process at a time.

use entity::{Consent, MemberId};
use rapport::context::Access;
use rapport::db::query::Sql;
use rapport::events::log;
use rapport::features::influence::telling::Teller;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::accounts;
use crate::ingest::calls::{count, did, member, upsert};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

/// What the log tells of scores: whose, by their account in the forum, and the payload.
async fn told(app: &TestApp, access: &Access) -> Vec<(String, Value)> {
    let names = accounts(app, access).await;
    let all = log::read_all(app.app.db.read(), access.community_id(), 0, 10_000).await.unwrap();
    let scores = all.into_iter().filter(|entry| entry.event_type == "score.changed");
    scores
        .map(|entry| (names[&MemberId(entry.subject_id)].clone(), entry.payload))
        .collect()
}

/// Of how many members something was told.
async fn marks(app: &TestApp, access: &Access) -> i64 {
    count(app, "score_marks", access.community_id()).await
}

/// Records that so many people thanked somebody.
async fn thank(app: &TestApp, client: &Client<'_>, whom: &str, times: usize) {
    let at = app.days_ago(1.0);
    let kudos = |n: usize| did("KUDOS", &format!("k-{whom}-{n}-{}", app.now()), &format!("giver-{n}"), whom, &at);
    client.record("tea", (0..times).map(kudos).collect()).await;
}

on_both_engines! {
    async fn given_scores_when_they_move_then_what_matters_is_told_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let mut teller = Teller::default();
        assert_eq!(teller.round(&app.app).await.unwrap(), 0, "nobody has a score");

        thank(&app, &admin, "ada", 5).await;
        app.scores_settled(&access).await;
        assert_eq!(teller.round(&app.app).await.unwrap(), 1);
        assert_eq!(teller.round(&app.app).await.unwrap(), 0, "the same again is no news");
        let first = told(&app, &access).await;
        assert_eq!((first.len(), first[0].0.as_str()), (1, "ada"));
        let payload = &first[0].1;
        let shown = member(&admin, "tea", "ada", "influence { value rank level }").await["influence"].clone();
        assert_eq!((&payload["rank"], &payload["level"]), (&shown["rank"], &shown["level"]));
        assert_eq!((&payload["previousValue"], &payload["previousRank"], &payload["previousLevel"]), (&Value::Null, &Value::Null, &Value::Null));
        let value = payload["value"].as_f64().unwrap();
        assert!(value > 0.0 && ((value * 100.0).round() - value * 100.0).abs() < 1e-9, "{value} has two decimals");
        assert!((value - shown["value"].as_f64().unwrap()).abs() < 0.01, "{value} is {shown}");

        // Somebody comes in at the front: both have moved.
        thank(&app, &admin, "ben", 9).await;
        app.scores_settled(&access).await;
        assert_eq!(teller.round(&app.app).await.unwrap(), 2);
        let after = told(&app, &access).await;
        let ada = after.iter().rev().find(|(who, _)| who == "ada").unwrap();
        assert_eq!((&ada.1["rank"], &ada.1["previousRank"]), (&json!(2), &json!(1)));
        assert!((ada.1["previousValue"].as_f64().unwrap() - value).abs() < 1e-9);
        // Whoever comes after goes on from what was written down.
        assert_eq!(Teller::default().round(&app.app).await.unwrap(), 0);
        assert_eq!(marks(&app, &access).await, 2);
    }

    async fn given_a_score_that_was_told_when_its_member_opts_out_then_its_end_is_told_and_nothing_else_is_left(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let mut teller = Teller::default();
        thank(&app, &admin, "ada", 5).await;
        thank(&app, &admin, "ben", 5).await;
        app.scores_settled(&access).await;
        assert_eq!(teller.round(&app.app).await.unwrap(), 2);

        upsert(&admin, "tea", vec![json!({ "externalId": "ada", "consent": "OPTED_OUT" })]).await;
        app.scores_settled(&access).await;
        teller.round(&app.app).await.unwrap();

        let of_ada: Vec<Value> = told(&app, &access).await.into_iter().filter(|(who, _)| who == "ada").map(|(_, payload)| payload).collect();
        let nothing = json!({ "value": null, "previousValue": null, "rank": null, "previousRank": null, "level": null, "previousLevel": null });
        assert_eq!(of_ada, [json!({}), nothing]);
        assert_eq!(marks(&app, &access).await, 1);
        assert_eq!(teller.round(&app.app).await.unwrap(), 0, "once");
    }

    async fn given_a_ranking_that_does_not_know_yet_when_its_member_has_opted_out_then_nothing_is_told_of_them(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        thank(&app, &admin, "ada", 5).await;
        app.scores_settled(&access).await;
        // The keeper hears of it by an event, and there is none yet.
        let community = access.community_id().0;
        app.app.db.write(|tx| async move {
            let sql = Sql::new(tx.get_database_backend(), "UPDATE members SET consent = ").value(Consent::OptedOut as i16);
            tx.execute_raw(sql.text(" WHERE community_id = ").value(community).build()).await?;
            Ok(())
        }).await.unwrap();
        assert_eq!(Teller::default().round(&app.app).await.unwrap(), 0);
        assert_eq!((told(&app, &access).await.len(), marks(&app, &access).await), (0, 0));
    }

    async fn given_a_community_full_of_scores_when_it_is_first_looked_at_then_it_is_taken_as_it_is(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(2.0);
        let kudos = |n: usize| did("KUDOS", &format!("k-{n}"), "giver", &format!("m-{n}"), &at);
        admin.record("tea", (0..150).map(kudos).collect()).await;
        app.scores_settled(&access).await;
        let mut teller = Teller::default();
        assert_eq!(teller.round(&app.app).await.unwrap(), 0);
        assert_eq!((told(&app, &access).await.len(), marks(&app, &access).await), (0, 150));
        // From then on, there is news.
        thank(&app, &admin, "m-7", 6).await;
        app.scores_settled(&access).await;
        assert!(teller.round(&app.app).await.unwrap() >= 1);
        assert!(told(&app, &access).await.iter().any(|(who, payload)| who == "m-7" && payload["rank"] == 1));
    }

    async fn given_two_processes_when_both_would_tell_then_one_does_and_the_other_takes_over_when_it_is_gone(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let other = app.beside().await;
        let (mut teller, mut its_teller) = (Teller::default(), Teller::default());
        thank(&app, &admin, "ada", 5).await;
        app.scores_settled(&access).await;
        other.scores_settled(&access).await;
        assert_eq!(teller.round(&app.app).await.unwrap(), 1);
        assert_eq!(its_teller.round(&other.app).await.unwrap(), 0, "the first has the lease");

        // The first is not heard of any more; the other takes over and knows what was told.
        other.app.clock.advance_micros(11_000_000);
        assert_eq!(its_teller.round(&other.app).await.unwrap(), 0);
        thank(&app, &admin, "ben", 5).await;
        app.scores_settled(&access).await;
        other.scores_settled(&access).await;
        // The first comes back and does not know yet: what it would tell is refused in its own transaction.
        assert_eq!(teller.round(&app.app).await.unwrap(), 0);
        assert!(its_teller.round(&other.app).await.unwrap() >= 1);
        assert_eq!(teller.round(&app.app).await.unwrap(), 0);
        let ben = told(&app, &access).await.into_iter().filter(|(who, _)| who == "ben").count();
        assert_eq!(ben, 1);
    }
}
