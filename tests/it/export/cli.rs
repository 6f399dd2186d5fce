//! `rapport export`: into a file, on with a file that is not whole, and back in by `rapport import`.

use std::collections::BTreeMap;
use std::fs;

use rapport::features::communities::service as communities;
use serde_json::{Value, json};

use super::{given_a_community, lines};
use crate::ingest::calls::{member, program, run, upsert};
use crate::on_both_engines;
use crate::support::TestApp;

/// The lines without what differs between two exports of the same.
fn plain(lines: Vec<Value>) -> Vec<Value> {
    let mut lines: Vec<Value> = lines.into_iter().filter(|line| line["type"] != "score").collect();
    for field in ["at", "resume"] {
        lines.iter_mut().for_each(|line| {
            line.as_object_mut().unwrap().remove(field);
        });
    }
    lines
}

/// Members and interactions by their ids in their sources, without the ids and times of the system that wrote them.
fn records(lines: &[Value]) -> BTreeMap<String, Value> {
    let is_record = |line: &&Value| line["type"] == "member" || line["type"] == "interaction";
    let record = |line: &Value| {
        let mut line = line.clone();
        let object = line.as_object_mut().unwrap();
        for own in ["id", "actorId", "targetId", "createdAt", "updatedAt", "recordedAt"] {
            object.remove(own);
        }
        let key = format!("{} {} {}", line["type"], line["source"], line["externalId"]);
        (key, line)
    };
    lines.iter().filter(is_record).map(record).collect()
}

on_both_engines! {
    async fn given_a_community_when_it_is_exported_and_imported_then_members_and_interactions_are_the_same(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_community(&app).await;
        // One who has taken part by nothing, and may not be scored.
        upsert(&desk.client(), "tea", vec![json!({ "externalId": "cleo", "consent": "OPTED_OUT", "isStaff": true, "handle": "cleo" })]).await;
        let folder = tempfile::tempdir().unwrap();
        let ran = run(program(folder.path(), app.database_url()).args(["export", "--community", "tea", "--out", "tea.jsonl"]));
        assert!(ran.success, "{ran:?}");
        let exported = lines(&fs::read_to_string(folder.path().join("tea.jsonl")).unwrap());
        assert_eq!(exported.last().unwrap()["type"], "end");

        let import = ["import", "jsonl", "tea.jsonl", "--community", "copy", "--create"];
        let ran = run(program(folder.path(), app.database_url()).args(import));
        assert!(ran.success, "{ran:?}");
        assert!(!folder.path().join("rejected-copy.jsonl").exists(), "{ran:?}");
        assert!(ran.out.contains("skipped"), "{ran:?}");

        let ran = run(program(folder.path(), app.database_url()).args(["export", "--community", "copy"]));
        assert!(ran.success, "{ran:?}");
        let copied = lines(&ran.out);
        assert_eq!(records(&copied), records(&exported));
        // Who they are and what they did hang together, too.
        let copy = communities::open(&app.app.db, "copy").await.unwrap();
        let admin = app.admin(&copy).await;
        let ada = member(&admin, "copy", "ada", "displayName handle attributes interactions { nodes { externalId topics { name } } }").await;
        assert_eq!((&ada["displayName"], &ada["handle"], &ada["attributes"]), (&json!("Ada 🦊"), &json!("ada"), &json!({ "plan": "gold" })));
        assert_eq!(ada["interactions"]["nodes"].as_array().unwrap().len(), 3);
        // Again, and nothing is new.
        let ran = run(program(folder.path(), app.database_url()).args(import));
        assert!(ran.success && ran.out.contains("0 new, 4 on record before"), "{ran:?}");
    }

    async fn given_a_file_that_is_not_whole_when_it_is_gone_on_with_then_it_is_as_if_it_had_never_broken_off(engine: Engine) {
        let app = TestApp::start(engine).await;
        given_a_community(&app).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tea.jsonl");
        let export = |more: &[&str]| run(program(folder.path(), app.database_url()).args(["export", "--community", "tea", "--out", "tea.jsonl"]).args(more));
        assert!(export(&[]).success);
        let whole = fs::read_to_string(&file).unwrap();
        let expected = plain(lines(&whole));
        // Cut off anywhere: in the middle of a line, after a checkpoint, within the first lines, before the last.
        for share in [1, 2, 5, 8, 9] {
            let mut cut = whole.len() * share / 10;
            while !whole.is_char_boundary(cut) {
                cut -= 1;
            }
            fs::write(&file, &whole[..cut]).unwrap();
            let ran = export(&["--resume"]);
            assert!(ran.success, "{ran:?}");
            assert_eq!(plain(lines(&fs::read_to_string(&file).unwrap())), expected, "cut at {cut} of {}", whole.len());
        }
        // One that is whole stays as it is.
        let before = fs::read_to_string(&file).unwrap();
        assert!(export(&["--resume"]).success);
        assert_eq!(fs::read_to_string(&file).unwrap(), before);
        let some = export(&["--types", "cases,members"]);
        assert!(some.success, "{some:?}");
        let counts = lines(&fs::read_to_string(&file).unwrap()).last().unwrap()["counts"].clone();
        assert_eq!(counts, json!({ "members": 2, "cases": 2 }));
        for wrong in [&["--types", "nonsense"][..], &["--community", "nowhere"]] {
            let ran = run(program(folder.path(), app.database_url()).args(["export", "--community", "tea"]).args(wrong));
            assert!(!ran.success && !ran.err.is_empty(), "{ran:?}");
        }
    }
}
