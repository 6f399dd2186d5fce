//! Every GraphQL document in the documentation is run, so that none can rot; subscriptions are begun.
//!
//! Documents run in order, and variables may name what an earlier answer gave: `"CASE_ID"` stands for the id of a case that was
//! last in an answer, `"OTHER_CASE_ID"` for the one before it, and so on for all types but members. `"MEMBER_ID"` and
//! `"OTHER_MEMBER_ID"` are the two at the top of the leaderboard.

use std::collections::HashMap;

use rapport::features::demo::DemoPlan;
use rapport::features::demo::seed::{DEMO_ADMIN, seed};
use rapport::graphql::global_id::{GlobalId, NodeType};
use serde_json::{Value, json};

use crate::support::{Engine, TestApp, block_on};

struct Example {
    place: String,
    document: String,
    variables: Option<String>,
    runs: bool,
}

fn examples() -> Vec<Example> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    files.push(root.join("README.md"));
    files.sort();
    files.iter().flat_map(|file| of_file(file)).collect()
}

fn of_file(file: &std::path::Path) -> Vec<Example> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut found: Vec<Example> = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.trim().to_owned(), number + 1, String::new())),
            (Some(_), Some("")) => {
                let (language, start, body) = open.take().unwrap();
                let place = format!("{}:{start}", file.file_name().unwrap().to_string_lossy());
                if language.starts_with("graphql") {
                    found.push(Example {
                        place,
                        document: body,
                        variables: None,
                        runs: !language.contains("no-run"),
                    });
                } else if language == "json variables" {
                    found
                        .last_mut()
                        .unwrap_or_else(|| panic!("{place}: variables without a document"))
                        .variables = Some(body);
                }
            }
            (Some((_, _, body)), _) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

/// The placeholder of a type: `"HOLIDAY_PROPOSAL_ID"` for `HolidayProposal`.
fn placeholder(node_type: NodeType) -> String {
    let mut name = String::new();
    for letter in format!("{node_type:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_uppercase());
    }
    format!("{name}_ID")
}

/// Notes the ids in an answer.
fn note_ids(ids: &mut HashMap<String, String>, answer: &Value) {
    match answer {
        Value::Object(fields) => fields.values().for_each(|value| note_ids(ids, value)),
        Value::Array(items) => items.iter().for_each(|value| note_ids(ids, value)),
        Value::String(text) => {
            let Some(id) = GlobalId::decode(text).filter(|id| id.node_type != NodeType::Member) else {
                return;
            };
            let name = placeholder(id.node_type);
            if ids.get(&name) != Some(text)
                && let Some(before) = ids.insert(name.clone(), text.clone())
            {
                ids.insert(format!("OTHER_{name}"), before);
            }
        }
        _ => {}
    }
}

#[test]
fn every_document_in_the_docs_runs() {
    block_on(async {
        let app = TestApp::start(Engine::Sqlite).await;
        seed(
            &app.app,
            &DemoPlan {
                seed: 42,
                now: app.now(),
                members: 400,
                days: 120,
            },
        )
        .await
        .unwrap();
        let admin = rapport::features::access::service::staff_id(&app.app, DEMO_ADMIN).await.unwrap();
        let client = app.client(Some(app.app.tokens.issue_staff(admin, app.now(), 900).unwrap()));
        let board = client
            .ok(
                "{ community(slug: \"demo\") { leaderboard(first: 2) { nodes { member { id } } } } }",
                json!({}),
            )
            .await;
        let nodes = &board["community"]["leaderboard"]["nodes"];
        let leader = |place: usize| nodes[place]["member"]["id"].as_str().unwrap().to_owned();
        let mut ids = HashMap::from([("MEMBER_ID".to_owned(), leader(0)), ("OTHER_MEMBER_ID".to_owned(), leader(1))]);
        let examples = examples();
        assert!(examples.len() >= 15, "the documentation has lost its examples: {}", examples.len());
        for example in examples {
            let variables = example.variables.unwrap_or_else(|| "{}".to_owned());
            let variables = ids.iter().fold(variables, |text, (name, id)| {
                text.replace(&format!("\"{name}\""), &format!("\"{id}\""))
            });
            let variables: Value = serde_json::from_str(&variables).unwrap_or_else(|error| panic!("{}: {error}", example.place));
            if example.document.trim_start().starts_with("subscription") {
                // What it would tell is up to what happens next: it must begin.
                let refused = crate::live::refusal(&client, &example.document, variables).await;
                assert_eq!(refused, None, "{}\n{}", example.place, example.document);
            } else if example.runs {
                let answer = client.send(&example.document, variables).await;
                assert!(
                    answer.body.get("errors").is_none(),
                    "{}\n{}\n{:#}",
                    example.place,
                    example.document,
                    answer.body
                );
                assert!(
                    !answer.body.to_string().contains("\"userErrors\":[{"),
                    "{}\n{:#}",
                    example.place,
                    answer.body
                );
                note_ids(&mut ids, &answer.body["data"]);
            } else {
                // Checked, not executed: it names an operation that is not there.
                let body = json!({ "query": example.document, "variables": variables, "operationName": "not_there" });
                let message = client.post(&body).await.message().to_owned();
                assert!(message.contains("no operation of that name"), "{}: {message}", example.place);
            }
        }
    });
}
