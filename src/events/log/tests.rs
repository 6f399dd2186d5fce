//! What readers are shown, and how far a page goes.

use serde_json::json;

use super::*;

fn entry(event_type: EventType, subject_id: i64) -> Entry {
    Entry {
        community: CommunityId(1),
        seq: 1,
        event_type: event_type.as_str().to_owned(),
        subject_type: event_type.subject_type().to_owned(),
        subject_id,
        at: Timestamp::from_micros(0),
        actor: "staff:1".to_owned(),
        visibility: Visibility::Public,
        internal: false,
        payload: json!({}),
    }
}

fn reading(scopes: &str) -> Reading {
    Reading {
        community: CommunityId(1),
        permissions: Permissions::of_scopes(scopes),
        clearance: Visibility::Public,
        types: None,
        subjects: None,
    }
}

#[test]
fn given_an_event_when_the_reader_lacks_something_then_it_is_not_shown() {
    let opened = entry(EventType::CaseOpened, 7);
    assert!(reading("cases:read").shows(&opened));
    assert!(!reading("members:read").shows(&opened));
    let private = Entry {
        visibility: Visibility::Private,
        ..opened.clone()
    };
    assert!(!reading("cases:read").shows(&private));
    let internal = Entry {
        internal: true,
        ..opened.clone()
    };
    assert!(!reading("cases:read").shows(&internal));
    assert!(reading("cases:read cases:notes").shows(&internal));
    let elsewhere = Entry {
        community: CommunityId(2),
        ..opened.clone()
    };
    assert!(!reading("cases:read").shows(&elsewhere));
    let unknown = Entry {
        event_type: "case.eaten".to_owned(),
        ..opened
    };
    assert!(!reading("cases:read").shows(&unknown));
}

#[test]
fn given_subjects_when_an_import_lists_one_then_it_is_about_it() {
    let about = Reading {
        subjects: Some(vec![("member".to_owned(), 7)]),
        ..reading("members:read interactions:read")
    };
    assert!(about.shows(&entry(EventType::MemberUpdated, 7)));
    assert!(!about.shows(&entry(EventType::MemberUpdated, 8)));
    assert!(!about.shows(&entry(EventType::InteractionRecorded, 7)));
    let listing = |ids: Value| Entry {
        payload: json!({ "ids": ids }),
        ..entry(EventType::MembersImported, 0)
    };
    assert!(about.shows(&listing(json!([3, 7]))));
    assert!(!about.shows(&listing(json!([3, 8]))));
}

#[test]
fn given_types_when_one_may_not_be_seen_then_it_is_not_readable() {
    let asked = Reading {
        types: Some(vec![EventType::CaseOpened, EventType::MemberCreated]),
        ..reading("members:read")
    };
    assert_eq!(asked.readable(), [EventType::MemberCreated]);
    assert!(!asked.shows(&entry(EventType::MemberUpdated, 7)));
}

fn found(seq: Option<i64>, (floor, last, looked): (i64, Option<i64>, i64)) -> Found {
    let sample = entry(EventType::CaseOpened, 7);
    Found {
        floor,
        last,
        looked,
        seq,
        event_type: seq.map(|_| sample.event_type),
        subject_type: seq.map(|_| sample.subject_type),
        subject_id: seq.map(|_| sample.subject_id),
        at: seq.map(|_| sample.at),
        actor: seq.map(|_| sample.actor),
        visibility: seq.map(|_| sample.visibility),
        internal: seq.map(|_| false),
        payload: seq.map(|_| sample.payload),
    }
}

#[test]
fn a_page_says_how_far_it_looked() {
    let reading = reading("cases:read");
    let head = (0, Some(90), 40);
    let nothing_fits = page(&reading, vec![found(None, head)], 10, (2, 100)).unwrap();
    assert_eq!(
        (nothing_fits.entries.len(), nothing_fits.end, nothing_fits.has_more),
        (0, 90, false)
    );
    let at_the_end = page(&reading, vec![found(None, (0, None, 0))], 10, (2, 100)).unwrap();
    assert_eq!((at_the_end.end, at_the_end.has_more), (10, false));
    let window = page(&reading, vec![found(Some(20), (0, Some(90), 100))], 10, (2, 100)).unwrap();
    assert_eq!((window.entries.len(), window.end, window.has_more), (1, 90, true));
    let full = [20, 30, 40].map(|seq| found(Some(seq), head)).into();
    let full = page(&reading, full, 10, (2, 100)).unwrap();
    assert_eq!((full.entries.len(), full.end, full.has_more), (2, 30, true));
}

#[test]
fn what_was_deleted_is_said() {
    let deleted = page(&reading("cases:read"), vec![found(Some(20), (15, Some(20), 1))], 10, (2, 100));
    assert!(matches!(deleted, Err(Error::CursorExpired)));
    assert!(page(&reading("cases:read"), vec![found(Some(20), (15, Some(20), 1))], 15, (2, 100)).is_ok());
}
