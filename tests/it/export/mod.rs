//! Exports: over HTTP and from the command line, whole and in parts, by whoever may read what.

mod cli;
mod http;
mod parts;

use serde_json::{Value, json};

use crate::cases::Desk;
use crate::ingest::calls::{did, done, mutate, upsert, with};
use crate::support::{Client, TestApp};

/// What came of asking for an export.
struct Exported {
    status: u16,
    /// The lines; for a refusal the one object of its body.
    lines: Vec<Value>,
}

impl Exported {
    /// The lines of a type.
    fn of(&self, line_type: &str) -> Vec<&Value> {
        self.lines.iter().filter(|line| line["type"] == line_type).collect()
    }

    /// The only line of a type.
    fn only(&self, line_type: &str) -> &Value {
        let found = self.of(line_type);
        assert_eq!(found.len(), 1, "{line_type}: {found:#?}");
        found[0]
    }

    /// The code of a refusal.
    fn code(&self) -> &str {
        self.lines[0]["errors"][0]["extensions"]["code"].as_str().unwrap_or("")
    }
}

/// Asks for an export; `query` begins with `?` or is empty.
async fn export(client: &Client<'_>, community: &str, query: &str) -> Exported {
    let mut request = client.app.http.get(format!("{}/export/{community}{query}", client.app.base));
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Exported {
        status,
        lines: lines(&text),
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// A community with something of everything: an admin's desk in it.
async fn given_a_community(app: &TestApp) -> Desk<'_> {
    let desk = Desk::open(app, "tea").await;
    let client = desk.client();
    let (old, new) = (app.days_ago(9.0), app.days_ago(2.5));
    client
        .record(
            "tea",
            vec![
                with(
                    did("QUESTION", "q-1", "ben", "", &old),
                    &json!({ "thread": "t-1", "topics": ["pots", "lids"], "text": "Which pot?\n\"This\"?" }),
                ),
                with(
                    did("ANSWER", "a-1", "ada", "ben", &new),
                    &json!({ "thread": "t-1", "parent": "q-1", "sentiment": 0.25, "url": "https://tea.example/a-1" }),
                ),
                with(
                    did("MESSAGE", "m-1", "ada", "ben", &new),
                    &json!({ "visibility": "PRIVATE", "text": "between us" }),
                ),
                did("KUDOS", "k-1", "", "ada", &new),
            ],
        )
        .await;
    desk.promise("FIRST_RESPONSE", "PT4H", json!({ "warnBefore": "PT1H" })).await;
    let case = desk.case("ben", json!({ "subject": "It is cold" })).await;
    desk.case("ada", json!({ "subject": "A secret", "visibility": "PRIVATE" })).await;
    let which = json!({ "caseId": case["id"] });
    let apology = json!({ "text": "It was our fault.", "components": ["RESPONSIBILITY", "REGRET"], "send": true });
    let apology = desk.act("recordApology", with(which.clone(), &apology)).await["apology"]["id"].clone();
    desk.act(
        "recordApology",
        with(
            which.clone(),
            &json!({ "text": "A draft", "components": ["REGRET"], "send": false }),
        ),
    )
    .await;
    let repair = json!({ "apologyId": apology, "kind": "REFUND", "description": "Half of it", "amount": 12.5, "currency": "EUR" });
    desk.act("promiseRepair", with(which.clone(), &repair)).await;
    let due = app.now().plus_micros(5 * 86_400_000_000).to_string();
    desk.act(
        "scheduleFollowUp",
        with(
            which.clone(),
            &json!({ "kind": "PROMISE", "description": "Is it warm?", "dueAt": due }),
        ),
    )
    .await;
    desk.act(
        "scheduleFollowUp",
        with(which, &json!({ "kind": "NUDGE", "description": "Ask again", "dueAt": due })),
    )
    .await;
    let programme = json!({ "name": "Brewers", "startedAt": "2020-01-01T00:00:00Z" });
    let programme = done(
        &mutate(&client, "tea", "createAdvocateProgramme", "programme { id }", programme).await,
        "createAdvocateProgramme",
    );
    let advocate = json!({ "programmeId": programme["programme"]["id"], "memberId": desk.member("ada").await, "reason": "She helps" });
    done(
        &mutate(&client, "tea", "addAdvocate", "advocate { id }", advocate).await,
        "addAdvocate",
    );
    let person = json!({
        "externalId": "ada", "displayName": "Ada 🦊", "handle": "ada", "joinedAt": "2024-05-01T00:00:00Z", "attributes": { "plan": "gold" },
        "identities": [{ "provider": "crm", "externalId": "c-1", "followerCount": 7, "verified": true }],
    });
    upsert(&client, "tea", vec![person]).await;
    app.scores_settled(&desk.access).await;
    desk
}
