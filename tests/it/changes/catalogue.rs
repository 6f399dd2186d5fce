//! The catalogue: what the code, the API and the documentation say of the types of changes is the same.

use rapport::events::{EventType, payload};
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::support::TestApp;

fn type_name(event_type: EventType) -> &'static str {
    payload::node_type(event_type.subject_type()).unwrap().type_name()
}

fn scopes(event_type: EventType) -> Vec<&'static str> {
    event_type.permissions().iter().map(|permission| permission.scope()).collect()
}

#[test]
fn the_documentation_lists_the_types_as_they_are() {
    let line = |event_type: &EventType| {
        let scopes: Vec<String> = scopes(*event_type).iter().map(|scope| format!("`{scope}`")).collect();
        format!(
            "| `{}` | `{}` | {} | {} | {} |",
            event_type.as_str(),
            type_name(*event_type),
            scopes.join(" "),
            event_type.version(),
            event_type.description()
        )
    };
    let expected: Vec<String> = EventType::ALL.iter().map(line).collect();
    let text = include_str!("../../../docs/events.md");
    let table = text.split("| Type | About | Scopes | Version | What happened |").nth(1).unwrap();
    let documented: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(
        documented == expected,
        "the catalogue in docs/events.md is to be:\n\n{}\n",
        expected.join("\n")
    );
}

on_both_engines! {
    async fn given_anybody_when_they_ask_for_the_types_then_they_get_all(engine: Engine) {
        let app = TestApp::start(engine).await;
        let data = app.client(None).ok("{ changeTypes { type name description version subjectType role scopes } }", json!({})).await;
        let told = data["changeTypes"].as_array().unwrap();
        assert_eq!(told.len(), EventType::ALL.len());
        for (told, event_type) in told.iter().zip(EventType::ALL) {
            let name = event_type.as_str();
            assert_eq!(told["name"], name);
            assert_eq!(told["type"], name.to_uppercase().replace('.', "_"), "the value is the name in capitals");
            assert_eq!(told["description"], event_type.description());
            assert_eq!((&told["subjectType"], &told["version"]), (&json!(type_name(*event_type)), &json!(1)));
            assert_eq!(told["scopes"], json!(scopes(*event_type)));
        }
        let noted = told.iter().find(|told| told["name"] == "case.noted").unwrap();
        assert_eq!(noted["role"], "AGENT");
        // Types of objects are those of the schema.
        let data = app.client(None).ok("{ __schema { types { name } } }", json!({})).await;
        let known: Vec<&Value> = data["__schema"]["types"].as_array().unwrap().iter().map(|of| &of["name"]).collect();
        for told in told {
            assert!(known.contains(&&told["subjectType"]), "{} is no type", told["subjectType"]);
        }
    }
}
