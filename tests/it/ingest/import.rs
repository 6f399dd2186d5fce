//! `rapport import` of JSON Lines and CSV, as a program of its own beside the server.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use entity::{Visibility, event};
use rapport::context::Access;
use rapport::features::communities::service as communities;
use sea_orm::{ColumnTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::calls::{Ran, count, did, eventually, member, program, run, with};
use crate::on_both_engines;
use crate::support::TestApp;

/// Runs `rapport import FORMAT FILE --community tea` and more.
pub fn import(app: &TestApp, folder: &Path, format: &str, file: &str, more: &[&str]) -> Ran {
    run(program(folder, app.database_url())
        .args(["import", format, file, "--community", "tea"])
        .args(more))
}

/// The community that an import has set up.
pub async fn tea(app: &TestApp) -> Access {
    communities::open(&app.app.db, "tea").await.unwrap()
}

/// The rejected rows: file, line, field and reason, by line.
pub fn rejected(path: &Path) -> Vec<(String, u64, String, String)> {
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let word = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let mut rows: Vec<_> = rows
        .map(|row| {
            (
                word(&row, "file"),
                row["line"].as_u64().unwrap(),
                word(&row, "field"),
                word(&row, "reason"),
            )
        })
        .collect();
    rows.sort();
    rows
}

/// The numbers in the line of the report that begins with a word.
pub fn reported(ran: &Ran, word: &str) -> Vec<u64> {
    let line = ran.out.lines().find(|line| line.trim_start().starts_with(word));
    let line = line.unwrap_or_else(|| panic!("no {word} in {ran:?}"));
    line.split(|sign: char| !sign.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

fn line(record: &Value, kind: &str) -> String {
    with(json!({ "type": kind, "source": "forum" }), record).to_string()
}

fn answer(n: usize) -> String {
    let at = format!("2024-{:02}-{:02}T10:{:02}:00Z", n % 12 + 1, n % 28 + 1, n % 60);
    // Hashes keep gzip from making one short block of it.
    let text = (0..4)
        .map(|k| format!("{:016x}", (n as u64 * 4 + k + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
        .collect::<String>();
    line(
        &with(
            did(
                "ANSWER",
                &format!("a-{n}"),
                &format!("m-{}", n % 50),
                &format!("m-{}", n % 49 + 50),
                &at,
            ),
            &json!({ "text": text }),
        ),
        "interaction",
    )
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn write(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

on_both_engines! {
    async fn good_lines_are_stored_and_bad_ones_listed(engine: Engine) {
        let app = TestApp::start(engine).await;
        let folder = tempfile::tempdir().unwrap();
        let good = did("ANSWER", "a-1", "ben", "ada", "2024-06-01T10:00:00Z");
        let mut lines: Vec<Vec<u8>> = [
            line(&json!({ "externalId": "ada", "displayName": "Ada 🦊", "identities": [{ "provider": "x", "externalId": "9", "followerCount": 3 }] }), "member"),
            "{\"type\":\"member\",\"source\":".to_owned(),
            line(&with(good.clone(), &json!({ "kind": "SHOUT" })), "interaction"),
            String::new(),
            line(&with(good.clone(), &json!({ "visibility": "PRIVATE", "topics": ["billing"] })), "interaction"),
            line(&with(good.clone(), &json!({ "externalId": "a-2", "occurredAt": "2999-01-01T00:00:00Z" })), "interaction"),
            line(&with(good.clone(), &json!({ "kind": "REPLY" })), "interaction"),
            line(&json!({ "externalId": "nul", "displayName": "a\u{0}b" }), "member"),
            line(&with(good.clone(), &json!({ "externalId": "a-3", "occurredAt": "1989-01-01T00:00:00Z" })), "interaction"),
            line(&with(good.clone(), &json!({ "externalId": "a-4", "sentiment": -1.5 })), "interaction"),
            line(&with(good.clone(), &json!({ "externalId": "a-5", "text": "x".repeat(20_001) })), "interaction"),
            line(&with(good.clone(), &json!({ "externalId": "a-6", "unknown": 1 })), "interaction"),
            line(&good, "interaction"),
            line(&with(good.clone(), &json!({ "externalId": "a-7", "actor": "ada", "target": "ada" })), "interaction"),
            "null".to_owned(),
            line(&good, "visit"),
        ]
        .map(String::into_bytes)
        .to_vec();
        lines.push(b"{\"type\":\"member\",\"source\":\"forum\",\"externalId\":\"\xff\"}".to_vec());
        write(&folder, "people.jsonl", lines.join(&b'\n'));

        let ran = import(&app, folder.path(), "jsonl", "people.jsonl", &["--create", "--rejected", "bad.jsonl"]);
        assert!(ran.success, "{ran:?}");
        let community = tea(&app).await;
        assert_eq!(reported(&ran, "members"), [1, 0, 0]);
        assert_eq!(reported(&ran, "interactions"), [2, 1]);
        assert_eq!(reported(&ran, "ANSWER"), [2]);
        assert_eq!(reported(&ran, "rejected"), [12]);
        let bad = rejected(&folder.path().join("bad.jsonl"));
        let places: Vec<(u64, &str)> = bad.iter().map(|(_, line, field, _)| (*line, field.as_str())).collect();
        assert_eq!(
            places,
            [
                (2, ""), (3, "kind"), (6, "occurredAt"), (7, "externalId"), (8, "displayName"), (9, "occurredAt"), (10, "sentiment"),
                (11, "text"), (12, "unknown"), (15, ""), (16, "type"), (17, ""),
            ]
        );
        assert!(bad.iter().all(|(file, _, _, reason)| file == "people.jsonl" && !reason.is_empty()), "{bad:?}");

        let admin = app.admin(&community).await;
        let ada = member(&admin, "tea", "ada", "displayName interactions { totalCount nodes { visibility topics { name } } }").await;
        assert_eq!((&ada["displayName"], &ada["interactions"]["totalCount"]), (&json!("Ada 🦊"), &json!(2)));
        assert_eq!(member(&admin, "tea", "nul", "id").await, Value::Null);
        let by_x = "{ community(slug: \"tea\") { memberByIdentity(provider: \"x\", externalId: \"9\") { displayName } } }";
        assert_eq!(admin.ok(by_x, json!({})).await["community"]["memberByIdentity"]["displayName"], "Ada 🦊");

        // Again: nothing new, the same rejected.
        let events = count(&app, "events", community.community_id()).await;
        let again = import(&app, folder.path(), "jsonl", "people.jsonl", &["--rejected", "again.jsonl"]);
        assert!(again.success, "{again:?}");
        assert_eq!((reported(&again, "members"), reported(&again, "interactions")), (vec![0, 0, 1], vec![0, 3]));
        assert_eq!(rejected(&folder.path().join("again.jsonl")), bad);
        assert_eq!(count(&app, "interactions", community.community_id()).await, 2);
        assert_eq!(count(&app, "members", community.community_id()).await, 2);
        assert_eq!(count(&app, "events", community.community_id()).await, events, "an import that changes nothing tells nothing");
    }

    async fn the_change_log_lists_what_was_imported(engine: Engine) {
        let app = TestApp::start(engine).await;
        let folder = tempfile::tempdir().unwrap();
        let told = |id: &str, visibility: &str| line(&with(did("KUDOS", id, "ben", "ada", "2024-06-01T10:00:00Z"), &json!({ "visibility": visibility })), "interaction");
        let text = [told("k-1", "PUBLIC"), told("k-2", "PRIVATE"), told("k-3", "PUBLIC")].join("\n");
        write(&folder, "kudos.jsonl", text);
        assert!(import(&app, folder.path(), "jsonl", "kudos.jsonl", &["--create"]).success);
        let community = tea(&app).await.community_id();
        let events = event::Entity::in_community(community).filter(event::Column::Actor.eq("system:import"));
        let events = events.all(app.app.db.read()).await.unwrap();
        let ids = |event: &event::Model| serde_json::from_str::<Value>(&event.payload).unwrap()["ids"].as_array().map_or(0, Vec::len);
        let mut told: Vec<_> = events.iter().map(|event| (event.event_type.as_str(), event.visibility, ids(event))).collect();
        told.sort_unstable();
        let expected = [
            ("community.created", Visibility::Public, 0),
            ("interactions.imported", Visibility::Public, 2),
            ("interactions.imported", Visibility::Private, 1),
            ("members.imported", Visibility::Public, 2),
        ];
        assert_eq!(told, expected);
    }

    async fn rejected_rows_have_a_file_unless_there_are_none(engine: Engine) {
        let app = TestApp::start(engine).await;
        let folder = tempfile::tempdir().unwrap();
        write(&folder, "one.jsonl", answer(1));
        write(&folder, "two.jsonl", format!("{}\nnonsense\n", answer(2)));
        let ran = import(&app, folder.path(), "jsonl", "one.jsonl", &[]);
        assert!(!ran.success && ran.err.contains("--create"), "{ran:?}");
        assert!(import(&app, folder.path(), "jsonl", "one.jsonl", &["--create"]).success);
        assert!(!folder.path().join("rejected-tea.jsonl").exists());
        assert!(import(&app, folder.path(), "jsonl", "two.jsonl", &[]).success);
        assert_eq!(rejected(&folder.path().join("rejected-tea.jsonl")).len(), 1);
        let ran = import(&app, folder.path(), "jsonl", "none.jsonl", &[]);
        assert!(!ran.success && ran.err.contains("none.jsonl"), "{ran:?}");
        assert_eq!(count(&app, "interactions", tea(&app).await.community_id()).await, 2);
    }

    async fn gzip_and_standard_input_are_read(engine: Engine) {
        let app = TestApp::start(engine).await;
        let folder = tempfile::tempdir().unwrap();
        let text = |range: std::ops::Range<usize>| range.map(answer).collect::<Vec<_>>().join("\n");
        // Gzip is recognised by its content, whatever the name, and may have several members.
        let mut packed = gzip(&(text(0..30) + "\n"));
        packed.extend(gzip(&text(30..50)));
        write(&folder, "packed.dat", packed);
        let ran = import(&app, folder.path(), "jsonl", "packed.dat", &["--create"]);
        assert_eq!(reported(&ran, "interactions"), [50, 0], "{ran:?}");
        for (name, content, expected) in [("plain", text(40..60).into_bytes(), [10, 10]), ("gzip", gzip(&text(50..80)), [20, 10])] {
            let input = write(&folder, name, content);
            let mut command = program(folder.path(), app.database_url());
            command.args(["import", "jsonl", "-", "--community", "tea"]).stdin(File::open(input).unwrap());
            assert_eq!(reported(&run(&mut command), "interactions"), expected, "{name}");
        }
        assert_eq!(count(&app, "interactions", tea(&app).await.community_id()).await, 80);
    }

    async fn a_cut_off_file_keeps_what_came_before(engine: Engine) {
        let app = TestApp::start(engine).await;
        let folder = tempfile::tempdir().unwrap();
        const ROWS: usize = 4_000;
        let packed = gzip(&(0..ROWS).map(answer).collect::<Vec<_>>().join("\n"));
        write(&folder, "cut.gz", &packed[..packed.len() * 3 / 5]);
        let ran = import(&app, folder.path(), "jsonl", "cut.gz", &["--create"]);
        assert!(!ran.success, "{ran:?}");
        assert!(ran.err.contains("cut off") && ran.err.contains("run the import again"), "{ran:?}");
        let community = tea(&app).await.community_id();
        let stored = count(&app, "interactions", community).await;
        assert!(stored > 1_000 && stored < ROWS as i64, "{stored}");
        assert_eq!(reported(&ran, "interactions"), [stored as u64, 0]);

        write(&folder, "whole.gz", &packed);
        let ran = import(&app, folder.path(), "jsonl", "whole.gz", &[]);
        assert!(ran.success, "{ran:?}");
        assert_eq!(count(&app, "interactions", community).await, ROWS as i64);
        assert_eq!(count(&app, "members", community).await, 99);

        let mut damaged = packed;
        let middle = damaged.len() / 2;
        damaged[middle..middle + 40].fill(0x55);
        write(&folder, "damaged.gz", damaged);
        let ran = import(&app, folder.path(), "jsonl", "damaged.gz", &[]);
        assert!(!ran.success && ran.err.contains("damaged.gz"), "{ran:?}");
    }

    async fn csv_is_read_through_a_mapping(engine: Engine) {
        let app = TestApp::start(engine).await;
        let folder = tempfile::tempdir().unwrap();
        let votes = "id;from_user;to_user;when;tags\n\
                     1;ada;ben;1717236000.5;x; y \n\
                     2;ada;\"b;en\";1717236001;\"x;y\"\n\
                     3;ada;ben;yesterday;\n\
                     4;;ben;1717236002;\n\
                     5;ada;ben;32503680000;\n\
                     ;ada;ben;1717236003;\n";
        write(&folder, "votes.csv", votes);
        let mapping = [
            "--delimiter", ";", "--time", "unix-seconds", "--set", "source=crm", "--set", "kind=ENDORSEMENT", "--column", "externalId=id",
            "--column", "actor=from_user", "--column", "target=3", "--column", "occurredAt=when", "--column", "topics=tags",
        ];
        let ran = import(&app, folder.path(), "csv", "votes.csv", &[&mapping[..], &["--create", "--rejected", "bad.jsonl"]].concat());
        assert!(ran.success, "{ran:?}");
        assert_eq!(reported(&ran, "ENDORSEMENT"), [2]);
        let bad = rejected(&folder.path().join("bad.jsonl"));
        let places: Vec<(u64, &str)> = bad.iter().map(|(_, line, field, _)| (*line, field.as_str())).collect();
        assert_eq!(places, [(2, ""), (4, "occurredAt"), (6, "occurredAt"), (7, "externalId")]);

        let people = "number,name,bot,since,twitter,plan\n17,\"Ben, the \"\"Fox\"\" 🦊\",yes,2020-01-02T03:04:05Z,@ben,gold\n18,,,,,\n";
        write(&folder, "people.csv", people);
        let mapping = [
            "--rows", "member", "--set", "source=crm", "--column", "externalId=number", "--column", "displayName=name", "--column", "isBot=bot",
            "--column", "joinedAt=since", "--column", "identities.twitter=twitter", "--column", "attributes.plan=plan",
        ];
        let ran = import(&app, folder.path(), "csv", "people.csv", &mapping);
        assert_eq!((ran.success, reported(&ran, "members")), (true, vec![2, 0, 0]), "{ran:?}");
        let again = import(&app, folder.path(), "csv", "people.csv", &mapping);
        assert_eq!(reported(&again, "members"), [0, 0, 2], "{again:?}");

        let admin = app.admin(&tea(&app).await).await;
        let query = "{ community(slug: \"tea\") { memberByIdentity(provider: \"twitter\", externalId: \"@ben\") { displayName isBot joinedAt attributes } \
                     interactions(direction: ASC) { nodes { kind externalId source occurredAt actor { displayName } target { displayName } topics { name } } } } }";
        let found = admin.ok(query, json!({})).await["community"].clone();
        assert_eq!(
            found["memberByIdentity"],
            json!({ "displayName": "Ben, the \"Fox\" 🦊", "isBot": true, "joinedAt": "2020-01-02T03:04:05Z", "attributes": { "plan": "gold" } })
        );
        let nodes = found["interactions"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 2);
        assert_eq!(
            nodes[0],
            json!({
                "kind": "ENDORSEMENT", "externalId": "2", "source": "crm", "occurredAt": "2024-06-01T10:00:01Z", "actor": { "displayName": "ada" },
                "target": { "displayName": "b;en" }, "topics": [{ "name": "x" }, { "name": "y" }],
            })
        );
        assert_eq!((&nodes[1]["externalId"], &nodes[1]["actor"]), (&json!("4"), &Value::Null));

        let unknown = import(&app, folder.path(), "csv", "votes.csv", &["--column", "externalId=nope", "--set", "source=crm"]);
        assert!(!unknown.success && !unknown.err.is_empty(), "{unknown:?}");
    }

    async fn a_killed_import_goes_on_where_it_was(engine: Engine) {
        let app = TestApp::start(engine).await;
        let folder = tempfile::tempdir().unwrap();
        const ROWS: usize = 6_000;
        let lines: Vec<String> = (0..ROWS).map(|n| answer(n) + "\n").collect();
        let mut command = program(folder.path(), app.database_url());
        command.args(["import", "jsonl", "-", "--community", "tea", "--create"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Two transactions' worth and some more; then it waits for the rest, which never comes.
        let mut input = child.stdin.take().unwrap();
        input.write_all(lines[..4_900].concat().as_bytes()).unwrap();
        input.flush().unwrap();
        let stored = eventually(Duration::from_secs(60), async || {
            let access = communities::open(&app.app.db, "tea").await.ok()?;
            let stored = count(&app, "interactions", access.community_id()).await;
            (stored >= 4_000).then_some(stored)
        })
        .await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(stored.expect("rows are stored while others are read").0, 4_000, "batches are kept or lost as a whole");

        let community = tea(&app).await.community_id();
        assert_eq!(count(&app, "interactions", community).await, 4_000);
        write(&folder, "whole.jsonl", lines.concat());
        for expected in [[2_000, 4_000], [0, 6_000]] {
            let ran = import(&app, folder.path(), "jsonl", "whole.jsonl", &[]);
            assert_eq!((ran.success, reported(&ran, "interactions")), (true, expected.to_vec()), "{ran:?}");
        }
        assert_eq!(count(&app, "interactions", community).await, ROWS as i64);
        assert_eq!(count(&app, "members", community).await, 99);
        assert_eq!(count(&app, "identities", community).await, 99);
    }
}
