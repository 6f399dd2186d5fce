//! Rooms keep to themselves: who may use what, read off the `use` lines.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "entity/src", "migration/src"] {
        sources(&root.join(folder), &mut found);
    }
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    found.into_iter().map(read).collect()
}

/// The code without its tests.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .filter(|line| !line.trim_start().starts_with("//"))
}

fn is_one_of(name: &str, ends: &[&str]) -> bool {
    ends.iter()
        .any(|end| name.ends_with(end) || name.contains(&format!("{}/", end.trim_end_matches(".rs"))))
}

#[test]
fn queries_stay_in_stores() {
    // Filters, inputs and lists build conditions, which the stores then run.
    let speaks_to_database = [
        "query_one_raw",
        "query_all_raw",
        "execute_raw",
        "execute_unprepared",
        "stream_raw",
        "Entity::find",
        "Entity::insert",
        ".exec(",
    ];
    let allowed = [
        "store.rs",
        "src/db/mod.rs",
        "src/db/outbox.rs",
        "src/db/packed.rs",
        "src/db/query.rs",
        "src/events/feed.rs",
        "src/events/log.rs",
        "src/idempotency.rs",
        "src/leases.rs",
        "src/dialect.rs",
    ];
    for (name, text) in all_sources() {
        if name.starts_with("entity/") || is_one_of(&name, &allowed) {
            continue;
        }
        for line in code(&text) {
            for call in speaks_to_database {
                assert!(!line.contains(call), "{name}: `{call}` belongs into a store:\n{line}");
            }
        }
    }
}

#[test]
fn services_and_rules_know_no_graphql() {
    let api = [
        "graphql.rs",
        "mutations.rs",
        "subscriptions.rs",
        "src/graphql/",
        "inputs.rs",
        "src/http/",
        "/graphql/",
    ];
    // Enums of the vocabulary are shared by all layers, and only derive their API form.
    let derives_only = ["src/error.rs", "src/features/influence/model.rs"];
    for (name, text) in all_sources() {
        if !name.starts_with("src/") || api.iter().any(|part| name.contains(part)) || derives_only.contains(&name.as_str()) {
            continue;
        }
        for line in code(&text) {
            assert!(!line.contains("async_graphql"), "{name} must not know GraphQL:\n{line}");
        }
    }
}

/// Whether a line says a word, and not just the start of a longer one.
fn says(line: &str, word: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|sign: char| sign.is_alphanumeric() || sign == '_');
    line.match_indices(word).any(|(at, _)| !goes_on(&line[at + word.len()..]))
}

#[test]
fn pure_rules_touch_nothing() {
    // By the ends of their paths: the same name may stand for something else in another room.
    let pure = [
        "decay.rs",
        "formula.rs",
        "influence/account.rs",
        "influence/interval.rs",
        "influence/ledger.rs",
        "influence/marks.rs",
        "influence/sheet.rs",
        "influence/trust.rs",
        "influence/validation.rs",
        "influence/versions.rs",
        "events/cursor.rs",
        "events/payload.rs",
        "export/kind.rs",
        "export/line.rs",
        "export/resume.rs",
        "evaluation/attack.rs",
        "evaluation/baselines.rs",
        "evaluation/calibrate.rs",
        "evaluation/metrics.rs",
        "evaluation/page_rank.rs",
        "evaluation/report.rs",
        "evaluation/truth.rs",
        "evaluation/walk.rs",
        "model.rs",
        "snapshot.rs",
        "rules.rs",
        "record.rs",
        "permissions.rs",
        "expectations/schedule.rs",
        "expectations/holidays.rs",
        "expectations/terms.rs",
        "expectations/rows.rs",
        "expectations/wanted.rs",
        "wanted/reading.rs",
        "cases/command.rs",
        "command/check.rs",
        "command/decide.rs",
        "cases/lifecycle.rs",
        "cases/policy.rs",
        "cases/rows.rs",
        "cases/summary.rs",
        "cases/texts.rs",
        "backdate/history.rs",
        "advocates/advocate.rs",
        "advocates/programme.rs",
        "advocates/touchpoint.rs",
        "integrity/components.rs",
        "integrity/discount.rs",
        "integrity/finding.rs",
        "integrity/gifts.rs",
        "integrity/graph.rs",
        "integrity/jumps.rs",
        "integrity/rings.rs",
        "integrity/vouch.rs",
        "jobs/past.rs",
        "outreach/after_effect.rs",
        "outreach/change.rs",
        "outreach/risk.rs",
        "recovery/apology.rs",
        "recovery/due.rs",
        "recovery/follow_up.rs",
        "recovery/policy.rs",
        "recovery/repair.rs",
        "webhooks/address.rs",
        "webhooks/endpoint.rs",
        "webhooks/schedule.rs",
        "webhooks/signature.rs",
        "webhooks/verdict.rs",
    ];
    let pure_folders = ["expectations/schedule/", "expectations/holidays/", "cases/clocks/"];
    let sources = all_sources();
    for place in pure.iter().chain(&pure_folders) {
        let is_there = |name: &str| name.ends_with(&format!("/{place}")) || (place.ends_with('/') && name.contains(&format!("/{place}")));
        let files: Vec<_> = sources.iter().filter(|(name, _)| is_there(name)).collect();
        assert!(!files.is_empty(), "{place} is not there any more; the list must follow");
        for (name, text) in files {
            for line in code(text) {
                for word in ["sea_orm", "tokio", "async fn", ".await", "crate::db", "crate::app", "OpContext"] {
                    assert!(!says(line, word), "{name} is pure and must not use `{word}`:\n{line}");
                }
            }
        }
    }
}

#[test]
fn files_stay_readable() {
    for (name, text) in all_sources() {
        let lines = text.lines().count();
        assert!(lines <= 450, "{name} has {lines} lines; split it");
        assert!(
            text.starts_with("//!") || text.starts_with("#!"),
            "{name} does not say what it is for"
        );
    }
}

#[test]
fn the_schema_is_the_one_checked_in() {
    let checked_in = include_str!("../../schema.graphql");
    assert!(
        checked_in == rapport::graphql::sdl(),
        "schema.graphql is not the schema; run `cargo run -- schema write`"
    );
}

#[test]
fn everything_in_the_schema_is_described() {
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
    let schema = async_graphql::parser::parse_schema(rapport::graphql::sdl()).unwrap();
    let mut silent = Vec::new();
    for definition in schema.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let (name, definition) = (definition.node.name.node.clone(), definition.node.clone());
        // The library makes connections and lets nobody describe them; their fields are described.
        if definition.description.is_none() && !name.ends_with("Connection") {
            silent.push(name.to_string());
        }
        let fields = match definition.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            TypeKind::InputObject(input) => {
                silent.extend(
                    input
                        .fields
                        .iter()
                        .filter(|field| field.node.description.is_none())
                        .map(|field| format!("{name}.{}", field.node.name.node)),
                );
                continue;
            }
            TypeKind::Enum(values) => {
                silent.extend(
                    values
                        .values
                        .iter()
                        .filter(|value| value.node.description.is_none())
                        .map(|value| format!("{name}.{}", value.node.value.node)),
                );
                continue;
            }
            TypeKind::Scalar | TypeKind::Union(_) => continue,
        };
        for field in fields {
            if field.node.description.is_none() {
                silent.push(format!("{name}.{}", field.node.name.node));
            }
            for argument in field.node.arguments {
                if argument.node.description.is_none() {
                    silent.push(format!("{name}.{}({})", field.node.name.node, argument.node.name.node));
                }
            }
        }
    }
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}
