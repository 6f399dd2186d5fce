//! Small update logs with each kind of contradiction.

use std::io::Cursor;

use entity::{CaseStatus, Severity};

use super::*;
use crate::features::cases::backdate::record::{CaseRecord, What};

const MAPPING: &str = r#"
    time_format = "%d/%m/%Y %H:%M"
    missing = ["?"]
    never_read = ["ended"]
    [columns]
    externalId = "id"
    member = "who"
    openedAt = "opened"
    at = "seen"
    status = "state"
    severity = "priority"
    assignee = "person"
    [constants]
    source = "desk"
    subject = "{what} ({part})"
    [values.status]
    New = "NEW"
    Active = "OPEN"
    "Awaiting user" = "WAITING_ON_CUSTOMER"
    Resolved = "RESOLVED"
    Closed = "CLOSED"
    [values.severity]
    "1 - High" = "HIGH"
    "3 - Moderate" = "NORMAL"
"#;

const HEAD: &str = "id,who,opened,seen,state,priority,person,what,part,ended";

fn open(rows: &[&str]) -> Result<CaseLog, ReadError> {
    let text = format!("{HEAD}\n{}\n", rows.join("\n"));
    let mapping = CaseMapping::parse(MAPPING).unwrap();
    CaseLog::from_reader(Cursor::new(text), "log.csv", None, mapping)
}

fn read(rows: &[&str]) -> (Vec<CaseRecord>, Vec<(u64, String)>) {
    let (mut records, mut rejected) = (Vec::new(), Vec::new());
    for item in open(rows).unwrap() {
        let item = item.unwrap();
        match item.outcome {
            ReadOutcome::Record(record) => records.push(record),
            ReadOutcome::Rejected { field, .. } => {
                assert!(item.raw.is_some_and(|raw| !raw.is_empty()));
                rejected.push((item.line, field.unwrap_or_default()));
            }
            ReadOutcome::Skipped { .. } => {}
        }
    }
    (records, rejected)
}

#[test]
fn rows_of_a_case_become_its_history() {
    let (records, rejected) = read(&[
        "1,ada,1/2/2024 08:00,1/2/2024 08:05,New,3 - Moderate,?,speaker,?,9/9/2024 00:00",
        "1,ada,1/2/2024 08:00,1/2/2024 09:00,Active,3 - Moderate,tom,speaker,box,9/9/2024 00:00",
        "1,ada,1/2/2024 08:00,1/2/2024 09:30,Awaiting user,1 - High,tom,speaker,box,9/9/2024 00:00",
        "1,ada,1/2/2024 08:00,3/2/2024 10:00,Closed,1 - High,?,speaker,box,9/9/2024 00:00",
        "2,ben,2/2/2024 08:00,2/2/2024 08:00,Resolved,?,?,remote,box,9/9/2024 00:00",
    ]);
    assert!(rejected.is_empty());
    assert_eq!(records.len(), 2);
    let first = &records[0];
    assert_eq!((first.source.as_str(), first.member.as_str()), ("desk", "ada"));
    assert_eq!(first.subject, "speaker (–)");
    assert_eq!(
        (first.severity, first.opened_at.to_string().as_str()),
        (Severity::Normal, "2024-02-01T08:00:00Z")
    );
    let told: Vec<&What> = first.events.iter().map(|event| &event.what).collect();
    let expected = [
        What::Assignee(Some("tom".to_owned())),
        What::Status(CaseStatus::Open),
        What::Severity(Severity::High),
        What::Status(CaseStatus::WaitingOnCustomer),
        What::Assignee(None),
        What::Status(CaseStatus::Closed),
    ];
    assert_eq!(told, expected.iter().collect::<Vec<_>>());
    assert_eq!(records[1].events.len(), 1);
}

#[test]
fn rows_that_contradict_are_rejected_and_the_case_goes_on() {
    let (records, rejected) = read(&[
        "1,ada,1/2/2024 08:00,1/2/2024 07:00,New,3 - Moderate,?,a,b,?",
        "1,ada,1/2/2024 08:00,1/2/2024 09:00,-100,3 - Moderate,tom,a,b,?",
        "1,ada,1/2/2024 08:00,1/2/2024 10:00,Active,3 - Moderate,?,a,b,?",
        "1,ada,1/2/2024 08:00,yesterday,Active,3 - Moderate,?,a,b,?",
        "1,?,1/2/2024 08:00,1/2/2024 11:00,Resolved,3 - Moderate,?,a,b,?",
        "1,ada,1/2/2024 08:00,1/2/2024 12:00,Resolved,9 - Odd,?,a,b,?",
        "1,ada,1/2/2024 08:00,1/2/2024 13:00,Resolved,3 - Moderate,?,a,b,?",
        "1,ada,1/2/2024 08:00",
        ",ada,1/2/2024 08:00,1/2/2024 13:00,Resolved,3 - Moderate,?,a,b,?",
        "1,ada,1/2/2024 08:00,2/2/2024 13:00,Closed,3 - Moderate,?,a,b,?",
        "1,ada,1/2/2024 08:00,3/2/2024 13:00,Active,3 - Moderate,?,a,b,?",
        "1,ben,1/2/2024 08:00,4/2/2024 13:00,Resolved,3 - Moderate,?,a,b,?",
    ]);
    let blamed: Vec<(u64, &str)> = rejected.iter().map(|(line, field)| (*line, field.as_str())).collect();
    assert_eq!(
        blamed,
        [
            (2, "at"),
            (3, "status"),
            (5, "at"),
            (6, "member"),
            (7, "severity"),
            (9, ""),
            (10, "externalId"),
            (11, "status")
        ]
    );
    let statuses: Vec<CaseStatus> = records[0]
        .events
        .iter()
        .filter_map(|event| match event.what {
            What::Status(to) => Some(to),
            _ => None,
        })
        .collect();
    // Open again after it was resolved: one reopening.
    assert_eq!(
        statuses,
        [CaseStatus::Open, CaseStatus::Resolved, CaseStatus::Open, CaseStatus::Resolved]
    );
    assert_eq!(records[0].member, "ada");
}

#[test]
fn a_missing_value_may_be_given_a_meaning() {
    let row = "1,?,1/2/2024 08:00,1/2/2024 09:00,Active,3 - Moderate,?,a,b,?";
    let text = format!("{HEAD}\n{row}\n");
    let mapping = CaseMapping::parse(&format!("{MAPPING}\n[values.member]\n\"?\" = \"nobody known\"\n")).unwrap();
    let log = CaseLog::from_reader(Cursor::new(text), "log.csv", None, mapping).unwrap();
    let items: Vec<CaseItem> = log.map(Result::unwrap).collect();
    assert!(matches!(&items[..], [item] if matches!(&item.outcome, ReadOutcome::Record(case) if case.member == "nobody known")));
}

#[test]
fn rows_of_a_case_that_are_not_together_stop_the_reading() {
    let row = |id: u32| format!("{id},ada,1/2/2024 08:00,1/2/2024 09:00,Active,3 - Moderate,?,a,b,?");
    let rows = [row(1), row(2), row(1), row(3)];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut items: Vec<_> = open(&rows).unwrap().collect();
    let error = items.pop().unwrap().unwrap_err().to_string();
    assert!(
        error.contains("rows of case 1 are not together (line 4): sort the file by case"),
        "{error}"
    );
    assert_eq!(items.len(), 2);
    // A file is looked through before anything of it is handed on.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{HEAD}\n{}\n", rows.join("\n"))).unwrap();
    let refused = CaseLog::open(file.path(), CaseMapping::parse(MAPPING).unwrap()).err().unwrap();
    assert!(matches!(refused, ReadError::NotTogether { line: 4, .. }), "{refused}");
}

#[test]
fn a_mapping_that_does_not_fit_the_file_is_refused() {
    let refused = |from: &str, to: &str| {
        let mapping = CaseMapping::parse(&MAPPING.replace(from, to)).unwrap();
        let log = CaseLog::from_reader(Cursor::new(HEAD), "log.csv", None, mapping);
        match log.err() {
            Some(ReadError::Mapping { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused("\"who\"", "\"whose\""), "member");
    assert_eq!(refused("({part})", "({parts})"), "subject");
    // What is not to be read need not be there.
    let mapping = CaseMapping::parse(&MAPPING.replace("[\"ended\"]", "[\"endet\"]")).unwrap();
    let log = CaseLog::from_reader(Cursor::new(HEAD), "log.csv", None, mapping).unwrap();
    assert!(matches!(log.warnings(), [warning] if warning.contains("never_read") && warning.contains("endet")));
    assert!(open(&[]).unwrap().warnings().is_empty());
}

#[test]
fn a_file_that_is_cut_off_keeps_whole_cases_only() {
    let rows = ["1,ada,1/2/2024 08:00,1/2/2024 09:00,Active,3 - Moderate,?,a,b,?"; 3];
    let mut text = format!("{HEAD}\n{}\n2{}", rows.join("\n"), rows[0].trim_start_matches('1'));
    text.push_str("\n2,ada,\"never ends ");
    text.push_str(&"x\n".repeat(5 * 1024 * 1024));
    let log = CaseLog::from_reader(Cursor::new(text), "log.csv", None, CaseMapping::parse(MAPPING).unwrap()).unwrap();
    let items: Vec<_> = log.collect();
    assert_eq!(items.len(), 2);
    assert!(matches!(&items[0], Ok(item) if matches!(&item.outcome, ReadOutcome::Record(case) if case.external_id == "1")));
    assert!(matches!(items[1], Err(ReadError::RowTooLong { .. })));
}
