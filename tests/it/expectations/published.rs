//! What everybody may read of what a community promises: only where the community says so, with how well it is kept.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{act, id, office, send};
use crate::cases::Desk;
use crate::on_both_engines;
use crate::promises::{DAY, HOUR};
use crate::support::{Client, TestApp};

const PUBLISHED: &str = "query($slug: String!) { publishedExpectations(community: $slug) { name publicText metric target severities categories channels calendar { zone hours \
                         { day opens closes } } effectiveFrom keptRate90Days { kept broken rate } } }";

/// What somebody reads of the promises of a community.
async fn read(client: &Client<'_>, slug: &str) -> Value {
    client.ok(PUBLISHED, json!({ "slug": slug })).await["publishedExpectations"].clone()
}

/// The code with which somebody is refused.
async fn refused(client: &Client<'_>, slug: &str) -> String {
    let answer = client.send(PUBLISHED, json!({ "slug": slug })).await;
    assert!(answer.body["data"]["publishedExpectations"].is_null(), "{:#}", answer.body);
    answer.code().to_owned()
}

/// How well each is kept, by name.
async fn kept(client: &Client<'_>) -> Vec<Value> {
    let all = read(client, "tea").await;
    all.as_array()
        .unwrap()
        .iter()
        .map(|promise| promise["keptRate90Days"].clone())
        .collect()
}

on_both_engines! {
    async fn given_a_community_when_it_publishes_its_promises_then_everybody_reads_them_signed_out(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let elsewhere = Desk::open(&app, "coffee").await;
        let stranger = elsewhere.beside("Stanley", Role::Admin, Visibility::Private).await;
        let calendar = office(&desk).await;
        desk.promise("TOTAL_RESOLUTION", "P7D", json!({ "name": "Solved" })).await;
        desk.promise("FIRST_RESPONSE", "P1DT21H", json!({ "severities": ["HIGH"], "name": "Answered <soon>", "publicText": "Within <4> hours", "calendarId": calendar, "channels": [" email ", "email"] })).await;
        act(&desk, "draftExpectation", json!({ "name": "An idea", "publicText": "x", "metric": "UPDATE", "target": "P1D" })).await;
        let gone = desk.promise("UPDATE", "P1D", json!({ "name": "Gone" })).await;
        act(&desk, "retireExpectation", json!({ "expectationId": gone })).await;
        let signed_out = app.client(None);

        for somebody in [&signed_out, &stranger.client()] {
            assert_eq!(refused(somebody, "tea").await, "NOT_FOUND");
            assert_eq!(refused(somebody, "nowhere").await, "NOT_FOUND", "no more is told than of a community that is not there");
            assert_eq!(refused(somebody, "t\u{0}a").await, "NOT_FOUND");
        }
        let own = desk.beside("Vera", Role::Viewer, Visibility::Public).await;
        let nothing = json!({ "kept": 0, "broken": 0, "rate": null });
        let expected = json!([
            {
                "name": "Answered <soon>", "publicText": "Within <4> hours", "metric": "FIRST_RESPONSE", "target": "PT45H", "keptRate90Days": nothing,
                "severities": ["HIGH"], "categories": [], "channels": ["email"],
                "calendar": { "zone": "Europe/Berlin", "hours": crate::expectations::weekdays("09:00", "17:00") }, "effectiveFrom": "2020-01-01T00:00:00Z",
            },
            {
                "name": "Solved", "publicText": "We keep our word.", "metric": "TOTAL_RESOLUTION", "target": "P7D", "calendar": null, "severities": [], "categories": [], "channels": [],
                "effectiveFrom": "2020-01-01T00:00:00Z", "keptRate90Days": nothing,
            },
        ]);
        assert_eq!(read(&own.client(), "tea").await, expected, "who has a part in the community reads them all the same");

        let payload = act(&desk, "updateCommunity", json!({ "publishExpectations": true })).await;
        assert_eq!(payload["community"], json!({ "slug": "tea", "publishesExpectations": true }));
        for somebody in [&signed_out, &stranger.client(), &own.client()] {
            assert_eq!(read(somebody, "tea").await, expected);
        }
        assert_eq!(refused(&signed_out, "coffee").await, "NOT_FOUND", "each community says so for itself");
        // Nothing else is open with it.
        let more = signed_out.send("{ community(slug: \"tea\") { expectations { nodes { id } } } }", json!({})).await;
        assert_eq!(more.code(), "UNAUTHENTICATED");

        act(&desk, "updateCommunity", json!({ "publishExpectations": false })).await;
        assert_eq!(refused(&signed_out, "tea").await, "NOT_FOUND");
        let agent = desk.beside("Ben", Role::Agent, Visibility::Private).await;
        assert_eq!(send(&agent, "updateCommunity", json!({ "publishExpectations": true })).await.code(), "FORBIDDEN");
    }

    async fn given_promises_when_they_are_kept_and_broken_then_everybody_reads_how_often_over_ninety_days(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        act(&desk, "updateCommunity", json!({ "publishExpectations": true })).await;
        let promise = desk.promise("FIRST_RESPONSE", "PT1H", json!({})).await;
        let signed_out = app.client(None);
        let reply = json!({ "text": "Hello" });
        let told = |kept: u64, broken: u64, rate: Value| vec![json!({ "kept": kept, "broken": broken, "rate": rate })];

        // Two in time, one of them private; one late; one that is overdue still, which nobody has announced.
        for visibility in ["PUBLIC", "PRIVATE"] {
            let case = desk.case("ada", json!({ "visibility": visibility })).await;
            desk.change("respondToCase", &case, reply.clone()).await;
        }
        let (late, never) = (desk.case("ada", json!({})).await, desk.case("ada", json!({})).await);
        assert_eq!(kept(&signed_out).await, told(2, 0, json!(1.0)), "what is not due yet is neither");
        desk.wait(2 * HOUR);
        assert_eq!(kept(&signed_out).await, told(2, 2, json!(0.5)));
        desk.change("respondToCase", &late, reply.clone()).await;
        desk.announce().await;
        assert_eq!(kept(&signed_out).await, told(2, 2, json!(0.5)), "told or not, it counts once");

        // An excuse stays an excuse: the promise was broken. Another version goes on counting.
        let breach = desk.read(&never, "breaches { id }").await["breaches"][0]["id"].clone();
        desk.act("excuseBreach", json!({ "breachId": breach, "reason": "A storm" })).await;
        let next = id(&act(&desk, "draftExpectation", json!({ "successorOf": promise, "target": "PT2H" })).await["expectation"]);
        act(&desk, "publishExpectation", json!({ "expectationId": next })).await;
        assert_eq!(kept(&signed_out).await, told(2, 2, json!(0.5)));
        let case = desk.case("ada", json!({})).await;
        desk.change("respondToCase", &case, reply).await;
        assert_eq!(kept(&signed_out).await, told(3, 2, json!(0.6)));

        // What lies back more than 90 days is over, for this number; others can ask for more.
        desk.wait(91 * DAY);
        assert_eq!(kept(&signed_out).await, told(0, 0, Value::Null));
        let query = "query($id: ID!) { node(id: $id) { ... on Expectation { default: keptRate { kept broken } year: keptRate(days: 365) { kept broken } } } }";
        let more = desk.client().ok(query, json!({ "id": next })).await["node"].clone();
        assert_eq!(more["default"], json!({ "kept": 0, "broken": 0 }));
        assert_eq!((&more["year"]["kept"], &more["year"]["broken"]), (&json!(3), &json!(2)));
        let between = "query($id: ID!, $days: Int!, $from: DateTime, $to: DateTime) { node(id: $id) { ... on Expectation { keptRate(days: $days, from: $from, to: $to) { kept broken } } } }";
        let ago = |days: f64| json!(app.days_ago(days));
        for (days, from, to, expected) in [
            (90, ago(92.0), ago(90.0), json!({ "kept": 3, "broken": 2 })),
            (2, Value::Null, ago(90.0), json!({ "kept": 3, "broken": 2 })),
            (90, ago(92.0), Value::Null, json!({ "kept": 3, "broken": 2 })),
            (1, ago(90.0), Value::Null, json!({ "kept": 0, "broken": 0 })),
            (90, ago(3_000.0), ago(92.0), json!({ "kept": 0, "broken": 0 })),
        ] {
            let variables = json!({ "id": next, "days": days, "from": from, "to": to });
            assert_eq!(desk.client().ok(between, variables.clone()).await["node"]["keptRate"], expected, "{variables}");
        }
        for (days, from, to, field) in [
            (0, Value::Null, Value::Null, "days: "),
            (3_651, Value::Null, Value::Null, "days: "),
            (90, ago(1.0), ago(2.0), "from: "),
            (90, ago(-1.0), Value::Null, "from: "),
            (90, ago(3_651.0), Value::Null, "from: "),
        ] {
            let answer = desk.client().send(between, json!({ "id": next, "days": days, "from": from, "to": to })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{}", answer.body);
            assert!(answer.message().starts_with(field), "{}", answer.body);
        }
    }
}
