//! How many SQL statements a request costs: identity and access included, however long the list.

use serde_json::{Value, json};

use crate::ingest::calls::{did, upsert};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

/// The fewest statements of several tries: the keeper of scores looks at the log in between.
async fn fewest(client: &Client<'_>, query: &str, check: impl Fn(&Value)) -> u64 {
    let mut fewest = u64::MAX;
    for _try in 0..15 {
        let before = client.app.app.db.statements();
        let data = client.ok(query, json!({})).await;
        fewest = fewest.min(client.app.app.db.statements() - before);
        check(&data["community"]);
    }
    fewest
}

fn twenty_with_two_accounts(nodes: &Value, member: impl Fn(&Value) -> &Value) {
    let nodes = nodes.as_array().unwrap();
    assert_eq!(nodes.len(), 20);
    assert!(
        nodes.iter().all(|node| member(node)["identities"].as_array().unwrap().len() == 2),
        "{nodes:#?}"
    );
}

on_both_engines! {
    async fn lists_cost_as_much_as_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(5.0);
        let members = (0..40).map(|n| json!({ "externalId": format!("m-{n}"), "identities": [{ "provider": "crm", "externalId": format!("c-{n}") }] }));
        upsert(&admin, "tea", members.collect()).await;
        let told = (0..40).map(|n| did("ANSWER", &format!("a-{n}"), &format!("m-{n}"), &format!("m-{}", (n + 1) % 40), &at));
        admin.record("tea", told.collect()).await;
        app.scores_settled(&access).await;

        let query = "{ community(slug: \"tea\") { leaderboard(first: 20) { totalCount nodes { rank value points member { displayName identities { provider externalId } } } } } }";
        let cost = fewest(&admin, query, |data| twenty_with_two_accounts(&data["leaderboard"]["nodes"], |node| &node["member"])).await;
        assert!(cost <= 3, "leaderboard: {cost}");

        let query = "{ community(slug: \"tea\") { memberByIdentity(provider: \"crm\", externalId: \"c-7\") { displayName influence { value points rank percentile } } } }";
        let cost = fewest(&admin, query, |data| assert!(data["memberByIdentity"]["influence"]["rank"].is_u64())).await;
        assert!(cost <= 2, "memberByIdentity: {cost}");

        let query = "{ community(slug: \"tea\") { members(first: 20) { nodes { displayName attributes identities { provider externalId } influence { value rank } } } } }";
        let cost = fewest(&admin, query, |data| twenty_with_two_accounts(&data["members"]["nodes"], |node| node)).await;
        assert!(cost <= 3, "members: {cost}");

        // A list of lists: access, page, actors and targets, topics; receipts with what they rest on.
        let query = "{ community(slug: \"tea\") { interactions(first: 20) { nodes { kind topics { name } actor { displayName } target { displayName } } } } }";
        let cost = fewest(&admin, query, |data| assert_eq!(data["interactions"]["nodes"].as_array().unwrap().len(), 20)).await;
        assert!(cost <= 5, "interactions: {cost}");
        let query = "{ community(slug: \"tea\") { leaderboard(first: 20) { nodes { influence { receipts(first: 3) { nodes { points giver { displayName } interaction { kind } } } } } } } }";
        let has_receipt = |node: &Value| node["influence"]["receipts"]["nodes"][0]["giver"]["displayName"].is_string();
        let cost = fewest(&admin, query, |data| assert!(data["leaderboard"]["nodes"].as_array().unwrap().iter().all(has_receipt))).await;
        assert!(cost <= 6, "receipts: {cost}");
    }
}
