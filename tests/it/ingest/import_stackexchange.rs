//! `rapport import stackexchange`: a folder or an archive as users download it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use entity::{InteractionKind, interaction};
use rapport::features::communities::service as communities;
use serde_json::json;

use super::calls::{count, member};
use super::import::{import, rejected, reported, tea};
use crate::on_both_engines;
use crate::support::TestApp;

const ARCHIVE: &[u8] = include_bytes!("../../../src/features/import/stackexchange/sample.7z");

const USERS: &str = r#"<row Id="-1" CreationDate="2018-03-01T00:00:00.000" DisplayName="Community" LastAccessDate="2018-03-01T00:00:00.000" AccountId="-1" />
<row Id="7" CreationDate="2018-03-02T00:00:00.000" DisplayName="Ada &amp; Co &#128522;" LastAccessDate="2018-05-01T10:00:00.123" AccountId="70" />
<row Id="8" CreationDate="2018-03-02T00:00:00.000" DisplayName="&#1514;&#1492;" />"#;

/// The second row lacks a quote.
const POSTS: &str = r#"<row Id="1" PostTypeId="1" AcceptedAnswerId="2" CreationDate="2018-03-12T16:00:00.000" OwnerUserId="7" Title="Why?" Tags="&lt;ale&gt;" />
<row Id="5" PostTypeId="1 CreationDate="2018-03-12T16:00:00.000" OwnerUserId="7" />
<row Id="2" PostTypeId="2" ParentId="1" CreationDate="2018-03-12T17:00:00.000" OwnerUserId="8" />
<row Id="3" PostTypeId="2" ParentId="1" CreationDate="2018-03-12T18:00:00.000" />"#;

const COMMENTS: &str = r#"<row Id="1" PostId="2" Text="Thanks &lt;3" CreationDate="2018-03-13T08:00:00.000" UserId="7" />
<row Id="2" PostId="5" Text="On the broken one" CreationDate="2018-03-13T08:00:00.000" UserId="7" />"#;

/// Up, up, down on the answer; the second dated before it was written, as votes are to the day. One for a broken row's post.
const VOTES: &str = r#"<row Id="1" PostId="2" VoteTypeId="2" CreationDate="2018-03-14T00:00:00.000" />
<row Id="2" PostId="2" VoteTypeId="2" CreationDate="2018-03-12T00:00:00.000" />
<row Id="3" PostId="2" VoteTypeId="3" CreationDate="2018-03-15T00:00:00.000" />
<row Id="4" PostId="5" VoteTypeId="2" CreationDate="2018-03-15T00:00:00.000" />
<row Id="5" PostId="2" VoteTypeId="5" CreationDate="2018-03-15T00:00:00.000" UserId="7" />
<row Id="six" PostId="2" VoteTypeId="2" CreationDate="2018-03-15T00:00:00.000" />"#;

fn write_dump(folder: &Path) {
    fs::create_dir(folder).unwrap();
    for (name, rows) in [("Users", USERS), ("Posts", POSTS), ("Comments", COMMENTS), ("Votes", VOTES)] {
        let root = name.to_lowercase();
        let text = format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{root}>\n{rows}\n</{root}>");
        fs::write(folder.join(format!("{name}.xml")), text).unwrap();
    }
}

async fn by_kind(app: &TestApp) -> BTreeMap<&'static str, usize> {
    let community = tea(app).await.community_id();
    let mut found = BTreeMap::new();
    for row in interaction::Entity::in_community(community).all(app.app.db.read()).await.unwrap() {
        *found.entry(InteractionKind::as_str(row.kind)).or_default() += 1;
    }
    found
}

on_both_engines! {
    async fn a_folder_with_a_broken_row_gives_all_others(engine: Engine) {
        let app = TestApp::start(engine).await;
        let folder = tempfile::tempdir().unwrap();
        write_dump(&folder.path().join("site"));
        let ran = import(&app, folder.path(), "stackexchange", "site", &["--create", "--source", "beer", "--rejected", "bad.jsonl"]);
        assert!(ran.success, "{ran:?}");
        let expected = [("ANSWER", 2), ("COMMENT", 1), ("DOWNVOTE", 1), ("KUDOS", 2), ("QUESTION", 1), ("SOLUTION_ACCEPTED", 1)];
        assert_eq!(by_kind(&app).await, BTreeMap::from(expected));
        for (kind, expected) in expected {
            assert_eq!(reported(&ran, kind), [expected as u64]);
        }
        for reason in ["the post it comments on is not in the dump", "the post it votes on is not in the dump", "votes that mark a favourite are not used"] {
            assert!(ran.out.contains(reason), "{ran:?}");
        }
        let bad: Vec<_> = rejected(&folder.path().join("bad.jsonl")).into_iter().map(|(file, row, field, _)| (file, row, field)).collect();
        assert_eq!(bad, [("Posts.xml".to_owned(), 2, String::new()), ("Votes.xml".to_owned(), 6, "Id".to_owned())]);

        let admin = app.admin(&tea(&app).await).await;
        let query = "{ community(slug: \"tea\") { \
                     ada: memberByIdentity(provider: \"stackexchange-network\", externalId: \"70\") { displayName isBot joinedAt lastActiveAt } \
                     robot: memberByIdentity(provider: \"beer\", externalId: \"-1\") { displayName isBot influence { value } } \
                     tav: memberByIdentity(provider: \"beer\", externalId: \"8\") { displayName influence(at: \"2018-03-16T00:00:00Z\") { points } } \
                     on_answer: interactions(filter: { parent: { eq: \"a-2\" } }, direction: ASC) { nodes { kind occurredAt topics { name } target { displayName } } } } }";
        let found = admin.ok(query, json!({})).await["community"].clone();
        assert_eq!(
            found["ada"],
            json!({ "displayName": "Ada & Co 😊", "isBot": false, "joinedAt": "2018-03-02T00:00:00Z", "lastActiveAt": "2018-05-01T10:00:00.123Z" })
        );
        assert_eq!(found["robot"], json!({ "displayName": "Community", "isBot": true, "influence": null }));
        assert_eq!(found["tav"]["displayName"], "תה");
        assert!(found["tav"]["influence"]["points"].as_f64().unwrap() > 1.0);
        let nodes = found["on_answer"]["nodes"].as_array().unwrap();
        let kinds: Vec<&str> = nodes.iter().map(|node| node["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds.len(), 5);
        // The score that the site shows is ups less downs.
        let score = kinds.iter().fold(0, |score, kind| score + i32::from(*kind == "KUDOS") - i32::from(*kind == "DOWNVOTE"));
        assert_eq!(score, 1);
        assert!(nodes.iter().all(|node| node["occurredAt"].as_str().unwrap() >= "2018-03-12T17:00:00Z"));
        assert!(nodes.iter().all(|node| node["topics"] == json!([{ "name": "ale" }]) && node["target"]["displayName"] == "תה"));

        let again = import(&app, folder.path(), "stackexchange", "site", &["--source", "beer"]);
        assert_eq!((reported(&again, "members"), reported(&again, "interactions")), (vec![0, 0, 3], vec![0, 8]), "{again:?}");
    }

    async fn an_archive_is_imported_as_it_was_downloaded(engine: Engine) {
        let app = TestApp::start(engine).await;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("site.7z"), ARCHIVE).unwrap();
        let ran = import(&app, folder.path(), "stackexchange", "site.7z", &["--create"]);
        assert!(ran.success, "{ran:?}");
        let expected = [
            ("ANSWER", 3), ("COMMENT", 1), ("DOWNVOTE", 1), ("FLAG", 1), ("KUDOS", 1), ("POST", 1), ("QUESTION", 2), ("SOLUTION_ACCEPTED", 2),
        ];
        assert_eq!(by_kind(&app).await, BTreeMap::from(expected));
        let community = tea(&app).await;
        assert_eq!(count(&app, "members", community.community_id()).await, 3, "two users, and one who is only named");
        let admin = app.admin(&community).await;
        let named = admin.ok("{ community(slug: \"tea\") { memberByIdentity(provider: \"stackexchange\", externalId: \"8\") { displayName } } }", json!({})).await;
        assert_eq!(named["community"]["memberByIdentity"]["displayName"], "8");
        assert!(member(&admin, "tea", "8", "id").await.is_null(), "ids are kept under their source");
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "nothing is left beside it");
        let again = import(&app, folder.path(), "stackexchange", "site.7z", &[]);
        assert_eq!(reported(&again, "interactions"), [0, 12], "{again:?}");
    }

    async fn what_is_no_whole_dump_leaves_nothing(engine: Engine) {
        let app = TestApp::start(engine).await;
        let folder = tempfile::tempdir().unwrap();
        write_dump(&folder.path().join("partial"));
        fs::remove_file(folder.path().join("partial/Votes.xml")).unwrap();
        let mut damaged = ARCHIVE.to_vec();
        damaged[60] ^= 0xff;
        let wrong: [(&str, &[u8]); 4] = [("half.7z", &ARCHIVE[..ARCHIVE.len() / 2]), ("cut.7z", &ARCHIVE[..ARCHIVE.len() - 1]), ("damaged.7z", &damaged[..]), ("other.zip", &b"PK\x03\x04 no 7z"[..])];
        for (name, content) in wrong {
            fs::write(folder.path().join(name), content).unwrap();
        }
        for name in ["half.7z", "cut.7z", "damaged.7z", "other.zip", "partial", "missing"] {
            let ran = import(&app, folder.path(), "stackexchange", name, &["--create"]);
            assert!(!ran.success && ran.err.contains(name), "{ran:?}");
            if let Ok(access) = communities::open(&app.app.db, "tea").await {
                assert_eq!(count(&app, "members", access.community_id()).await, 0, "{name}");
                assert_eq!(count(&app, "interactions", access.community_id()).await, 0, "{name}");
            }
        }
    }
}
