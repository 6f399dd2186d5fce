//! What a community promises, for those who are not signed in: there where the community says so, and nothing beside it.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::records::{act, one_of_each};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const PROMISED: &str = "query($slug: String!) { publishedExpectations(community: $slug) { name publicText metric target effectiveFrom \
     calendar { zone hours { day } } keptRate90Days { kept broken rate } } }";

async fn promised(who: &Client<'_>, slug: &str) -> (String, String, Value) {
    let answer = who.send(PROMISED, json!({ "slug": slug })).await;
    let found = answer.body["data"]["publishedExpectations"].clone();
    (answer.code().to_owned(), answer.message().to_owned(), found)
}

on_both_engines! {
    async fn given_a_community_when_it_publishes_its_promises_then_everybody_reads_those_and_nothing_else(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (app.community("home").await, app.community("away").await);
        let admin = app.admin(&home).await;
        one_of_each(&app, &admin, "home", "PRIVATE").await;
        let (nobody, stranger) = (app.client(None), app.admin(&away).await);
        let viewer = app.staff(&home, Role::Viewer, Visibility::Public).await;

        let missing = promised(&nobody, "nowhere").await;
        assert_eq!((missing.0.as_str(), &missing.2), ("NOT_FOUND", &Value::Null));
        for who in [&nobody, &stranger] {
            assert_eq!(promised(who, "home").await, missing, "it looks as if there were no such community");
        }
        let own = promised(&viewer, "home").await;
        assert_eq!((own.0.as_str(), own.2[0]["name"].as_str()), ("", Some("Soon")));

        let publish = |open: bool| json!({ "community": "home", "publishExpectations": open });
        act(&admin, "updateCommunity", "community { publishesExpectations }", publish(true)).await;

        for who in [&nobody, &stranger] {
            let (code, _, seen) = promised(who, "home").await;
            assert_eq!(code, "");
            assert_eq!(seen, own.2, "the same for everybody");
        }
        let found = own.2.as_array().unwrap();
        assert_eq!(found.len(), 1, "a draft is not promised");
        assert_eq!(found[0]["keptRate90Days"], json!({ "kept": 0, "broken": 1, "rate": 0.0 }), "private cases count, too");
        assert_eq!((&found[0]["target"], found[0]["calendar"]["hours"].as_array().unwrap().len()), (&json!("PT1H"), 7));
        assert_eq!(promised(&nobody, "away").await, missing, "each community decides for itself");
        for document in [
            "{ community(slug: \"home\") { expectations { totalCount } } }",
            "{ community(slug: \"home\") { publishesExpectations } }",
            "{ community(slug: \"home\") { cases { totalCount } } }",
        ] {
            assert_eq!(nobody.send(document, json!({})).await.code(), "UNAUTHENTICATED", "{document}");
            assert_eq!(stranger.send(document, json!({})).await.code(), "NOT_FOUND", "{document}");
        }

        act(&admin, "updateCommunity", "community { id }", publish(false)).await;
        assert_eq!(promised(&nobody, "home").await, missing);
    }
}
