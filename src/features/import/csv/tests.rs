//! Small files with each kind of fault.

use std::io::Cursor;

use super::*;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(field, value)| ((*field).to_owned(), (*value).to_owned()))
        .collect()
}

fn interactions() -> CsvMapping {
    CsvMapping {
        columns: pairs(&[
            ("externalId", "id"),
            ("kind", "what"),
            ("actor", "who"),
            ("occurredAt", "4"),
            ("topics", "tags"),
        ]),
        constants: pairs(&[("source", "crm")]),
        has_headers: true,
        delimiter: b',',
        time_format: TimeFormat::Rfc3339,
        record_type: CsvRecordType::Interaction,
    }
}

fn open(text: impl Into<Vec<u8>>, mapping: CsvMapping) -> Result<CsvReader, ReadError> {
    CsvReader::from_reader(Cursor::new(text.into()), "test.csv", None, mapping)
}

fn read(text: impl Into<Vec<u8>>, mapping: CsvMapping) -> Vec<ReadItem> {
    open(text, mapping).unwrap().map(Result::unwrap).collect()
}

const HEAD: &str = "id,what,who,when,tags\n";

#[test]
fn reads_by_name_and_number() {
    let text = format!(
        "\u{feff}{HEAD}1,QUESTION,7,2024-06-01T10:00:00Z,\"ale; ;c++\"\r\n\r\n2,POST,,2024-06-01T10:00:00Z,\n\n3,POST,,2024-06-01T10:00:00Z,\"a\nb\"\n4,POST,,2024-06-01T10:00:00Z,"
    );
    let items = read(text, interactions());
    assert_eq!(items.iter().map(|item| item.line).collect::<Vec<_>>(), [2, 4, 6, 8]);
    let ReadOutcome::Record(Record::Interaction(question)) = &items[0].outcome else {
        panic!("{:?}", items[0])
    };
    assert_eq!((question.source.as_str(), question.actor.as_deref()), ("crm", Some("7")));
    assert_eq!(question.topics, ["ale", "c++"]);
    let ReadOutcome::Record(Record::Interaction(post)) = &items[1].outcome else {
        panic!("{:?}", items[1])
    };
    assert_eq!((&post.actor, post.topics.len()), (&None, 0));
}

#[test]
fn reads_members_without_names_of_columns() {
    let mapping = CsvMapping {
        columns: pairs(&[
            ("externalId", "1"),
            ("isStaff", "2"),
            ("joinedAt", "3"),
            ("identities.twitter", "4"),
            ("attributes.city", "5"),
        ]),
        constants: pairs(&[("source", "crm")]),
        has_headers: false,
        delimiter: b';',
        time_format: TimeFormat::UnixSeconds,
        record_type: CsvRecordType::Member,
    };
    let items = read("17;yes;1289241911.5;@ada;Łódź\n", mapping);
    let ReadOutcome::Record(Record::Member(ada)) = &items[0].outcome else {
        panic!("{:?}", items[0])
    };
    assert_eq!((ada.is_staff, ada.identities[0].external_id.as_str()), (Some(true), "@ada"));
    assert_eq!(ada.attributes, Some(serde_json::json!({"city": "Łódź"})));
    assert_eq!(ada.joined_at.unwrap().to_string(), "2010-11-08T18:45:11.5Z");
}

#[test]
fn a_wrong_row_names_its_field_and_leaves_the_rest() {
    let good = "9,POST,7,2024-06-01T10:00:00Z,";
    let cases: [(&[u8], Option<&str>); 6] = [
        (b"1,WAVE,7,2024-06-01T10:00:00Z,", Some("kind")),
        (b"1,POST,7,yesterday,", Some("occurredAt")),
        (b",POST,7,2024-06-01T10:00:00Z,", Some("externalId")),
        (b"1,POST,\xff,2024-06-01T10:00:00Z,", Some("actor")),
        (b"1,POST,7", None),
        (b"1,POST,7,2024-06-01T10:00:00Z,a,b", None),
    ];
    for (row, blamed) in cases {
        let items = read([HEAD.as_bytes(), row, b"\n", good.as_bytes()].concat(), interactions());
        assert_eq!(items.len(), 2);
        assert!(
            matches!(&items[0], ReadItem { line: 2, raw: Some(_), outcome: ReadOutcome::Rejected { field, .. }, .. } if field.as_deref() == blamed),
            "{:?}",
            items[0]
        );
        assert!(matches!(items[1].outcome, ReadOutcome::Record(_)));
    }
}

#[test]
fn a_mapping_that_cannot_work_is_refused_by_field() {
    let refused = |change: &dyn Fn(&mut CsvMapping)| {
        let mut mapping = interactions();
        change(&mut mapping);
        match open(HEAD, mapping) {
            Err(ReadError::Mapping { field, .. }) => field,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("accepted"),
        }
    };
    assert_eq!(refused(&|mapping| mapping.columns.extend(pairs(&[("colour", "id")]))), "colour");
    assert_eq!(
        refused(&|mapping| mapping.columns.extend(pairs(&[("attributes.x", "id")]))),
        "attributes.x"
    );
    assert_eq!(refused(&|mapping| mapping.columns.extend(pairs(&[("target", "whom")]))), "target");
    assert_eq!(refused(&|mapping| mapping.columns.extend(pairs(&[("target", "6")]))), "target");
    assert_eq!(refused(&|mapping| mapping.constants.extend(pairs(&[("kind", "POST")]))), "kind");
    assert_eq!(
        refused(&|mapping| mapping.constants.extend(pairs(&[("visibility", "SECRET")]))),
        "visibility"
    );
    assert_eq!(refused(&|mapping| mapping.constants.clear()), "source");
    assert_eq!(refused(&|mapping| mapping.has_headers = false), "externalId");
}

#[test]
fn a_quote_without_end_does_not_swallow_the_memory() {
    let text = format!("{HEAD}1,POST,7,2024-06-01T10:00:00Z,\"{}", "x\n".repeat(5 * 1024 * 1024));
    let mut items: Vec<_> = open(text, interactions()).unwrap().collect();
    assert!(matches!(items.pop(), Some(Err(ReadError::RowTooLong { line: 1, .. }))));
    assert!(items.is_empty());
}
