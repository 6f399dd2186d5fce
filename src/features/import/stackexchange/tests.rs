//! Dumps of a few rows, as directories and as archives.

use std::fs;
use std::path::Path;

use entity::InteractionKind;

use super::*;
use crate::features::ingest::record::{InteractionRecord, Record};

const USERS: &str = r#"<row Id="-1" CreationDate="2018-03-01T00:00:00.000" DisplayName="Community" LastAccessDate="2018-03-01T00:00:00.000" AccountId="-1" />
<row Id="7" CreationDate="2018-03-02T00:00:00.000" DisplayName="Ada &amp; Co" LastAccessDate="2018-05-01T10:00:00.123" AccountId="70" />"#;

/// An answer (2) before its question (5), an answer to a question that is gone (9), a tag wiki (11).
const POSTS: &str = r#"<row Id="2" PostTypeId="2" ParentId="5" CreationDate="2018-03-12T17:00:45.567" OwnerUserId="8" />
<row Id="5" PostTypeId="1" AcceptedAnswerId="2" CreationDate="2018-03-12T16:00:00.000" OwnerUserId="7" Title="Why?" Tags="&lt;c++&gt;&lt;ale&gt;" />
<row Id="6" PostTypeId="1" AcceptedAnswerId="7" CreationDate="2018-03-12T16:00:00.000" OwnerUserId="8" Title="How?" Tags="|ale|stout|" />
<row Id="7" PostTypeId="2" ParentId="6" CreationDate="2018-03-13T17:00:00.000" OwnerUserId="7" />
<row Id="9" PostTypeId="2" ParentId="4" CreationDate="2018-03-13T17:00:00.000" />
<row Id="11" PostTypeId="4" CreationDate="2018-03-13T17:00:00.000" OwnerUserId="-1" />"#;

const COMMENTS: &str = r#"<row Id="1" PostId="2" Text="Thanks" CreationDate="2018-03-13T08:00:00.000" UserId="7" />
<row Id="2" PostId="99" Text="Lost" CreationDate="2018-03-13T08:00:00.000" />"#;

const VOTES: &str = r#"<row Id="1" PostId="2" VoteTypeId="1" CreationDate="2018-03-12T00:00:00.000" />
<row Id="2" PostId="2" VoteTypeId="2" CreationDate="2018-03-14T00:00:00.000" />
<row Id="3" PostId="9" VoteTypeId="3" CreationDate="2018-03-14T00:00:00.000" />
<row Id="4" PostId="5" VoteTypeId="5" CreationDate="2018-03-14T00:00:00.000" UserId="8" />
<row Id="5" PostId="77" VoteTypeId="2" CreationDate="2018-03-14T00:00:00.000" />
<row Id="6" PostId="11" VoteTypeId="12" CreationDate="2018-03-14T00:00:00.000" />
<row Id="7" PostId="5" VoteTypeId="77" CreationDate="2018-03-14T00:00:00.000" />"#;

fn write_dump(directory: &Path, posts: &str) {
    let rows = [USERS, posts, COMMENTS, VOTES];
    for (file, rows) in DumpFile::ALL.into_iter().zip(rows) {
        let root = file.root();
        let xml = format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{root}>\n{rows}\n</{root}>");
        fs::write(directory.join(file.file_name()), xml).unwrap();
    }
}

fn read_all(posts: &str) -> Vec<ReadItem> {
    let directory = tempfile::tempdir().unwrap();
    write_dump(directory.path(), posts);
    let reader = StackExchangeReader::open(directory.path(), StackExchangeOptions::default()).unwrap();
    let total = reader.progress().total.unwrap();
    let done = reader.progress().done;
    let items: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(done.load(std::sync::atomic::Ordering::Relaxed), total);
    items
}

fn interaction<'a>(items: &'a [ReadItem], id: &str) -> &'a InteractionRecord {
    let records = items.iter().filter_map(|item| match &item.outcome {
        ReadOutcome::Record(Record::Interaction(record)) => Some(record),
        _ => None,
    });
    records
        .into_iter()
        .find(|record| record.external_id == id)
        .unwrap_or_else(|| panic!("no {id}"))
}

fn ends(record: &InteractionRecord) -> (Option<&str>, Option<&str>, Option<&str>, Option<&str>) {
    (
        record.actor.as_deref(),
        record.target.as_deref(),
        record.thread.as_deref(),
        record.parent.as_deref(),
    )
}

#[test]
fn users_become_members() {
    let items = read_all(POSTS);
    let members: Vec<_> = items
        .iter()
        .filter_map(|item| match &item.outcome {
            ReadOutcome::Record(Record::Member(member)) => Some(member),
            _ => None,
        })
        .collect();
    assert_eq!(members.len(), 2);
    assert_eq!((members[0].is_bot, members[0].identities.len()), (Some(true), 0));
    assert_eq!((members[1].is_bot, members[1].display_name.as_deref()), (None, Some("Ada & Co")));
    assert_eq!(members[1].identities[0].external_id, "70");
    assert_eq!(members[1].last_active_at.unwrap().to_string(), "2018-05-01T10:00:00.123Z");
}

#[test]
fn posts_and_comments_know_their_thread_and_receiver() {
    let items = read_all(POSTS);
    let question = interaction(&items, "q-5");
    assert_eq!(ends(question), (Some("7"), None, Some("q-5"), None));
    assert_eq!(
        (question.text.as_deref(), &question.topics[..]),
        (Some("Why?"), &["c++".to_owned(), "ale".to_owned()][..])
    );
    assert_eq!(interaction(&items, "q-6").topics, ["ale", "stout"]);
    let answer = interaction(&items, "a-2");
    assert_eq!(ends(answer), (Some("8"), Some("7"), Some("q-5"), Some("q-5")));
    assert_eq!((&answer.topics, &answer.text), (&question.topics, &None));
    assert_eq!(ends(interaction(&items, "a-9")), (None, None, Some("q-4"), Some("q-4")));
    assert_eq!(interaction(&items, "p-11").kind, InteractionKind::Post);
    let comment = interaction(&items, "c-1");
    assert_eq!(ends(comment), (Some("7"), Some("8"), Some("q-5"), Some("a-2")));
    assert_eq!(comment.text.as_deref(), Some("Thanks"));
}

#[test]
fn votes_fall_to_the_owner_and_never_before_the_post() {
    let items = read_all(POSTS);
    let accept = interaction(&items, "v-1");
    assert_eq!(accept.kind, InteractionKind::SolutionAccepted);
    assert_eq!(ends(accept), (Some("7"), Some("8"), Some("q-5"), Some("a-2")));
    assert_eq!(accept.occurred_at, interaction(&items, "a-2").occurred_at);
    let kudos = interaction(&items, "v-2");
    assert_eq!(
        (kudos.kind, ends(kudos)),
        (InteractionKind::Kudos, (None, Some("8"), Some("q-5"), Some("a-2")))
    );
    assert_eq!(kudos.occurred_at.to_string(), "2018-03-14T00:00:00Z");
    assert_eq!(interaction(&items, "v-3").target, None);
    assert_eq!(interaction(&items, "v-6").kind, InteractionKind::Flag);
    let late = interaction(&items, "s-7");
    assert_eq!(ends(late), (Some("8"), Some("7"), Some("q-6"), Some("a-7")));
    assert_eq!(late.occurred_at, interaction(&items, "a-7").occurred_at);
}

#[test]
fn what_has_no_place_is_skipped_with_its_reason() {
    let items = read_all(POSTS);
    let skipped: Vec<_> = items
        .iter()
        .filter_map(|item| match &item.outcome {
            ReadOutcome::Skipped { reason } => Some((&*item.place, item.line, reason.as_ref())),
            _ => None,
        })
        .collect();
    assert_eq!(
        skipped,
        [
            ("Comments.xml", 2, "the post it comments on is not in the dump"),
            ("Votes.xml", 4, "votes that mark a favourite are not used"),
            ("Votes.xml", 5, "the post it votes on is not in the dump"),
            ("Votes.xml", 7, "votes of type 77 are not known"),
        ]
    );
}

#[test]
fn a_wrong_row_names_its_attribute_and_leaves_the_rest() {
    let wrong = [
        (r#"<row PostTypeId="1" CreationDate="2018-03-12T16:00:00.000" />"#, Some("Id")),
        (
            r#"<row Id="0" PostTypeId="1" CreationDate="2018-03-12T16:00:00.000" />"#,
            Some("Id"),
        ),
        (r#"<row Id="3" PostTypeId="1" CreationDate="last week" />"#, Some("CreationDate")),
        (
            r#"<row Id="3" PostTypeId="2" CreationDate="2018-03-12T16:00:00.000" />"#,
            Some("ParentId"),
        ),
        (r#"<row Id="3" PostTypeId="1 CreationDate="2018-03-12T16:00:00.000" />"#, None),
    ];
    for (row, blamed) in wrong {
        let items = read_all(&format!("{row}\n{POSTS}"));
        let rejected: Vec<_> = items
            .iter()
            .filter(|item| matches!(item.outcome, ReadOutcome::Rejected { .. }))
            .collect();
        assert_eq!(rejected.len(), 1, "{row}");
        assert_eq!((&*rejected[0].place, rejected[0].line), ("Posts.xml", 1));
        assert!(
            matches!(&rejected[0].outcome, ReadOutcome::Rejected { field, .. } if field.as_deref() == blamed),
            "{:?}",
            rejected[0]
        );
        assert!(rejected[0].raw.as_ref().unwrap().starts_with("row "));
        assert_eq!(interaction(&items, "v-2").target.as_deref(), Some("8"));
    }
}

#[test]
fn a_cut_off_file_ends_with_an_error_after_its_rows() {
    let directory = tempfile::tempdir().unwrap();
    write_dump(directory.path(), POSTS);
    let path = directory.path().join("Posts.xml");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, &whole[..whole.find("<row Id=\"6\"").unwrap() + 30]).unwrap();
    let items: Vec<_> = StackExchangeReader::open(directory.path(), StackExchangeOptions::default())
        .unwrap()
        .collect();
    assert_eq!(items.len(), 2 + 2 + 1);
    let error = items.last().unwrap().as_ref().unwrap_err();
    assert!(
        matches!(error, ReadError::Truncated { place, line: 2 } if place == "Posts.xml"),
        "{error}"
    );
}

#[test]
fn a_directory_without_a_file_says_which() {
    let directory = tempfile::tempdir().unwrap();
    write_dump(directory.path(), POSTS);
    fs::remove_file(directory.path().join("Posts.xml")).unwrap();
    fs::remove_file(directory.path().join("Votes.xml")).unwrap();
    let error = StackExchangeReader::open(directory.path(), StackExchangeOptions::default())
        .err()
        .unwrap();
    assert!(error.to_string().contains("lacks Posts.xml, Votes.xml"), "{error}");
}

#[test]
fn an_archive_gives_what_its_directory_gives() {
    let directory = tempfile::tempdir().unwrap();
    let archive = archive_in(directory.path());
    let reader = StackExchangeReader::open(&archive, StackExchangeOptions::default()).unwrap();
    let progress = reader.progress();
    let items: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(items, read_all(POSTS));
    assert_eq!(progress.done.load(std::sync::atomic::Ordering::Relaxed), progress.total.unwrap());
}

#[test]
fn an_archive_that_is_truncated_damaged_or_none_is_refused_before_any_row() {
    let directory = tempfile::tempdir().unwrap();
    let archive = archive_in(directory.path());
    let whole = fs::read(&archive).unwrap();
    let refuse = |bytes: &[u8]| {
        fs::write(&archive, bytes).unwrap();
        match StackExchangeReader::open(&archive, StackExchangeOptions::default()) {
            Err(error) => error.to_string(),
            Ok(mut reader) => reader.next().unwrap().unwrap_err().to_string(),
        }
    };
    for length in 6..whole.len() {
        let error = refuse(&whole[..length]);
        assert!(error.contains("cut off or damaged, download it again"), "{length}: {error}");
    }
    let mut damaged = whole.clone();
    damaged[60] ^= 0xff;
    assert!(refuse(&damaged).contains("cut off or damaged"));
    assert!(refuse(b"PK\x03\x04 not a 7z").contains("neither a directory nor a 7z archive"));
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let archive = archive_in(directory.path());
    let options = StackExchangeOptions {
        max_unpacked_bytes: 1000,
        ..StackExchangeOptions::default()
    };
    let error = StackExchangeReader::open(&archive, options).err().unwrap();
    assert!(matches!(error, ReadError::TooLarge { limit: 1000, .. }), "{error}");
}

/// The dump of this file as 7-Zip packs it with bzip2, in a folder and beside a file that is not read:
/// `7z a -m0=bzip2 sample.7z site` with the files of [`write_dump`] and a `PostHistory.xml`.
const ARCHIVE: &[u8] = include_bytes!("sample.7z");

fn archive_in(directory: &Path) -> std::path::PathBuf {
    let path = directory.join("site.7z");
    fs::write(&path, ARCHIVE).unwrap();
    path
}
