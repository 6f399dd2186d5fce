//! Lines with each kind of fault.

use super::*;
use entity::InteractionKind;
use std::io::{Cursor, Write};

const ANSWER: &str =
    r#"{"type":"interaction","source":"f","externalId":"a-1","kind":"ANSWER","actor":"17","occurredAt":"2024-06-01T10:00:00Z"}"#;

fn read(bytes: impl Into<Vec<u8>>) -> Vec<Result<ReadItem, ReadError>> {
    JsonlReader::from_reader(Cursor::new(bytes.into()), "test.jsonl", None)
        .unwrap()
        .collect()
}

fn rejection(line: impl Into<Vec<u8>>) -> (Option<String>, String) {
    match read(line).pop().unwrap().unwrap().outcome {
        ReadOutcome::Rejected { field, reason } => (field, reason),
        other => panic!("not rejected: {other:?}"),
    }
}

fn blamed(line: &str) -> String {
    let (field, reason) = rejection(line);
    field.unwrap_or_else(|| panic!("no field: {reason}"))
}

#[test]
fn reads_both_types_with_the_type_in_any_place() {
    let member = r#"{"source":"f","identities":[{"provider":"x","externalId":"9"}],"externalId":"17","type":"member"}"#;
    let items = read(format!("\u{feff}{ANSWER}\r\n\n   \n{member}"));
    let records: Vec<_> = items.into_iter().map(|item| item.unwrap()).collect();
    assert_eq!(records.iter().map(|item| item.line).collect::<Vec<_>>(), [1, 4]);
    assert!(matches!(&records[0].outcome, ReadOutcome::Record(Record::Interaction(answer)) if answer.kind == InteractionKind::Answer));
    assert!(matches!(&records[1].outcome, ReadOutcome::Record(Record::Member(ada)) if ada.identities[0].external_id == "9"));
}

#[test]
fn a_wrong_value_names_its_field() {
    assert_eq!(blamed(&ANSWER.replace("ANSWER", "WAVE")), "kind");
    assert_eq!(blamed(&ANSWER.replace("2024-06-01T10:00:00Z", "yesterday")), "occurredAt");
    assert_eq!(blamed(&ANSWER.replace("\"17\"", "17")), "actor");
    assert_eq!(blamed(&ANSWER.replace("interaction", "visit")), "type");
    assert_eq!(blamed(&ANSWER.replace("\"type\"", "\"tipe\"")), "type");
    assert_eq!(blamed(&ANSWER.replace("\"interaction\"", "7")), "type");
    assert_eq!(blamed(&ANSWER.replace('{', "{\"type\":\"member\",")), "type");
    let member = r#"{"type":"member","source":"f","externalId":"1","identities":[{"provider":"x","externalId":"9"},{"provider":7}]}"#;
    assert_eq!(blamed(member), "identities.1.provider");
}

#[test]
fn a_missing_unknown_or_doubled_field_is_named() {
    assert_eq!(blamed(&ANSWER.replace("occurredAt", "ocurredAt")), "ocurredAt");
    assert_eq!(
        blamed(&ANSWER.replace("\"actor\":\"17\",", "\"actor\":\"17\",\"actor\":\"18\",")),
        "actor"
    );
    assert_eq!(
        blamed(&ANSWER.replace(",\"occurredAt\":\"2024-06-01T10:00:00Z\"", "")),
        "occurredAt"
    );
    let member = r#"{"type":"member","source":"f","externalId":"1","identities":[{"provider":"x"}]}"#;
    assert_eq!(blamed(member), "identities.0.externalId");
}

#[test]
fn lines_of_an_export_are_read_as_far_as_they_are_records() {
    let member = r#"{"type":"member","id":"TQ","source":"f","externalId":"17","displayName":"Ada","handle":null,"joinedAt":null,"lastActiveAt":null,"isStaff":false,"isBot":false,"consent":"SCORED","attributes":{},"identities":[{"provider":"f","externalId":"17","handle":null,"followerCount":null,"verified":false}],"createdAt":"2024-06-01T10:00:00Z","updatedAt":"2024-06-01T10:00:00Z"}"#;
    let answer = ANSWER.replace(
        "\"actor\":\"17\"",
        "\"id\":\"SQ\",\"actor\":\"17\",\"actorId\":\"TQ\",\"targetId\":null,\"recordedAt\":\"2024-06-01T10:00:00Z\"",
    );
    let unnamed = ANSWER.replace("\"actor\":\"17\"", "\"actorId\":\"TQ\",\"targetId\":null");
    let others = ["export", "case", "score", "checkpoint", "end"]
        .map(|kind| format!("{{\"type\":\"{kind}\",\"id\":\"x\"}}"))
        .join("\n");
    let items: Vec<ReadItem> = read(format!("{member}\n{answer}\n{unnamed}\n{others}"))
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(matches!(&items[0].outcome, ReadOutcome::Record(Record::Member(ada)) if ada.identities.len() == 1));
    assert!(matches!(&items[1].outcome, ReadOutcome::Record(Record::Interaction(answer)) if answer.actor.as_deref() == Some("17")));
    assert_eq!(items.len(), 8);
    assert!(items[2..].iter().all(|item| matches!(item.outcome, ReadOutcome::Skipped { .. })));
}

#[test]
fn malformed_lines_are_rejected_with_their_text_and_reading_goes_on() {
    let items = read(format!("{{\"type\":\n[1]\n17\n{ANSWER} x\n\"\u{0}\"\n{ANSWER}\n"));
    let outcomes: Vec<_> = items.into_iter().map(|item| item.unwrap()).collect();
    assert_eq!(outcomes.len(), 6);
    assert_eq!(outcomes[0].raw.as_deref(), Some("{\"type\":"));
    assert!(
        outcomes[..5]
            .iter()
            .all(|item| matches!(item.outcome, ReadOutcome::Rejected { .. }))
    );
    assert!(matches!(outcomes[5].outcome, ReadOutcome::Record(_)));
    assert!(rejection("{\"type\":").1.contains("column 8"));
}

#[test]
fn text_that_is_not_utf8_and_lines_without_end_are_rejected() {
    assert!(rejection(b"{\"type\":\"\xff\"}".to_vec()).1.contains("not UTF-8 (byte 10)"));
    let items = read(format!("{}\n{ANSWER}", "x".repeat(3 * MAX_LINE_BYTES)));
    assert_eq!(items.len(), 2);
    let long = items[0].as_ref().unwrap();
    assert_eq!(long.raw.as_ref().unwrap().len(), 500);
    assert!(matches!(&long.outcome, ReadOutcome::Rejected { reason, .. } if reason.contains("longer than")));
    assert!(matches!(
        items[1].as_ref().unwrap(),
        ReadItem {
            line: 2,
            outcome: ReadOutcome::Record(_),
            ..
        }
    ));
}

#[test]
fn a_truncated_gzip_gives_the_rows_before_the_cut_and_then_says_so() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(format!("{ANSWER}\n").repeat(2000).as_bytes()).unwrap();
    let mut bytes = encoder.finish().unwrap();
    bytes.truncate(bytes.len() / 2);
    let mut items = read(bytes);
    let error = items.pop().unwrap().unwrap_err();
    assert!(
        matches!(&error, ReadError::Truncated { line, .. } if *line == items.len() as u64),
        "{error}"
    );
    assert!(items.len() > 500 && items.iter().all(Result::is_ok));
}
