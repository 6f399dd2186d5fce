//! The scene: a community with one of each thing in it, and everybody who tries to reach it.

use entity::{JobKind, JobStatus, Role, Visibility, job};
use rapport::context::Access;
use rapport::events::EventType;
use rapport::features::access::{self, NewStaff};
use rapport::graphql::global_id::{GlobalId, NodeType};
use sea_orm::{ActiveModelTrait as _, ActiveValue::NotSet, ActiveValue::Set};
use serde_json::{Value, json};

use super::spelled_out;
use crate::access::records::{act, one_of_each, text};
use crate::live::{beginning, write_event};
use crate::support::{Client, TestApp};

/// Words for what [`one_of_each`] gives, with its names there.
const RECORDS: [(&str, &str); 16] = [
    ("%ada", "member"),
    ("%calendar", "calendar"),
    ("%proposal", "proposal"),
    ("%draft", "draft"),
    ("%case", "case"),
    ("%clock", "clock"),
    ("%breach", "breach"),
    ("%event", "event"),
    ("%changed", "changed"),
    ("%apology", "apology"),
    ("%unsent", "unsent"),
    ("%repair", "repair"),
    ("%followUp", "followUp"),
    ("%programme", "programme"),
    ("%advocate", "advocate"),
    ("%touchpoint", "touchpoint"),
];

/// Who tries, and what there is to reach.
pub(super) struct Scene<'a> {
    pub(super) signed_out: Client<'a>,
    /// Everything is theirs, in another community.
    pub(super) outsider: Client<'a>,
    /// Belongs to the community and may read nothing there.
    pub(super) blind: Client<'a>,
    /// One for each role, lowest first.
    pub(super) staff: Vec<Client<'a>>,
    pub(super) words: Vec<(&'static str, String)>,
}

impl<'a> Scene<'a> {
    pub(super) async fn set(app: &'a TestApp) -> Self {
        let (home, away) = (app.community("home").await, app.community("away").await);
        let mut staff = Vec::new();
        for role in Role::ALL {
            staff.push(app.staff(&home, *role, Visibility::Private).await);
        }
        let admin = staff.last().unwrap().clone();
        let mut words = Vec::new();
        for (word, name) in [("%staff", "signer"), ("%leaver", "leaver"), ("%other-leaver", "other")] {
            let (email, password) = (format!("{name}@home.example"), Some("correct horse battery".to_owned()));
            let new = NewStaff {
                name: name.to_owned(),
                email,
                password,
                role: Role::Viewer,
                clearance: Visibility::Public,
            };
            let person = access::service::put_staff(&app.app, &app.app.system("test"), &home, new)
                .await
                .unwrap();
            words.push((word, GlobalId::encode(NodeType::Staff, home.community_id(), person.id.0).0));
        }
        words.push(("%past", app.days_ago(2.5)));

        let named = ["ada", "bob", "cyd", "dan"].map(|name| json!({ "source": "forum", "externalId": name }));
        let upsert = "mutation($members: [MemberInput!]!) { upsertMembers(input: { community: \"home\", members: $members }) { results { memberId } } }";
        let data = admin.ok(upsert, json!({ "members": named })).await;
        let member = |index: usize| text(&data["upsertMembers"]["results"][index]["memberId"]);
        words.extend([("%cyd", member(2)), ("%dan", member(3))]);
        // So many people that Ada is established, however often one of them praises her.
        let answer = |(id, target): (&str, &str)| {
            json!({
                "externalId": id, "kind": "ANSWER", "actor": "ada", "target": target, "occurredAt": app.days_ago(1.0), "topics": ["billing"],
            })
        };
        let answers = [
            ("a-0", "bob"),
            ("h-1", "eva"),
            ("h-2", "fay"),
            ("h-3", "gus"),
            ("h-4", "hal"),
            ("h-5", "ida"),
            ("h-6", "joe"),
            ("h-7", "kim"),
            ("h-8", "lea"),
            ("h-9", "max"),
        ]
        .map(answer);
        admin.record("home", answers.to_vec()).await;
        admin
            .ok(&spelled_out("mutation{$merge{userErrors{code}}}", &words), json!({}))
            .await;

        let create = "mutation($name: String!) { createApiClient(input: { community: \"home\", name: $name, scopes: [\"members:merge\"] }) \
                      { apiClient { id clientId } } }";
        let client = async |name: &str| admin.ok(create, json!({ "name": name })).await["createApiClient"]["apiClient"].clone();
        let (kept, spare) = (client("kept").await, client("spare").await);
        let blind = app
            .app
            .tokens
            .issue_client(kept["clientId"].as_str().unwrap(), "members:merge", app.now(), 900)
            .unwrap();
        words.extend([("%client", text(&kept["id"])), ("%spare", text(&spare["id"]))]);

        let ids = "{$home{id scoringModel{id} topics{nodes{id}} interactions{nodes{id}} $ada{identities{id}}}}";
        let home_ids = admin.ok(&spelled_out(ids, &[]), json!({})).await["community"].clone();
        words.extend([
            ("%community", text(&home_ids["id"])),
            ("%model", text(&home_ids["scoringModel"]["id"])),
            ("%topic", text(&home_ids["topics"]["nodes"][0]["id"])),
            ("%interaction", text(&home_ids["interactions"]["nodes"][0]["id"])),
            ("%identity", text(&home_ids["memberByIdentity"]["identities"][0]["id"])),
        ]);
        let session = admin
            .ok(&spelled_out("mutation{$signIn{session{refreshToken}}}", &[]), json!({}))
            .await;
        words.push(("%refresh", text(&session["signIn"]["session"]["refreshToken"])));
        words.extend(cases(app, &admin).await);
        words.extend(super::integrity::praise(app, &admin).await);
        words.extend(jobs(app, &home, &admin).await);
        words.extend(super::webhooks::hooks(app, &admin).await);
        let told = happened(app, &home, &words).await;
        words.extend(told);
        app.scores_settled(&home).await;
        let (signed_out, outsider) = (app.client(None), app.admin(&away).await);
        Self {
            signed_out,
            outsider,
            blind: app.client(Some(blind)),
            staff,
            words,
        }
    }
}

/// What background work would tell of, and the cursor before everything.
async fn happened(app: &TestApp, home: &Access, words: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let key = |word: &str| {
        let id = words.iter().find(|(known, _)| *known == word).map(|(_, id)| id.as_str());
        GlobalId::decode(id.unwrap()).unwrap().key
    };
    let score = json!({ "value": 7.5, "rank": 1, "level": "EMERGING" });
    write_event(app, home, EventType::ScoreChanged, key("%ada"), score).await;
    write_event(app, home, EventType::FollowUpDue, key("%followUp"), json!({})).await;
    vec![("%since", beginning(home))]
}

/// A draft with factors for topics, a job that waits, and one of each sort that is done.
async fn jobs(app: &TestApp, home: &Access, admin: &Client<'_>) -> Vec<(&'static str, String)> {
    let model = "mutation{createScoringModel(input:{community:\"home\",name:\"On topic\",terms:{topics:[{topic:\"billing\",factor:2}]}}){scoringModel{id}}}";
    let model = admin.ok(model, json!({})).await["createScoringModel"]["scoringModel"]["id"].clone();
    let waiting = "mutation{startBacktest(input:{community:\"home\"}){job{id}}}";
    let waiting = admin.ok(waiting, json!({})).await["startBacktest"]["job"]["id"].clone();
    let cut = json!({ "at": app.days_ago(1.0), "ranked": 3, "ndcg10": 0.5, "ndcg50": 0.5, "ndcg50_from": 0.4, "ndcg50_to": 0.6, "spearman": 0.1 });
    let report = json!({ "horizon_days": 30.0, "members": 3, "acts": 9, "methods": [{ "name": "activity", "cuts": [cut] }] });
    let summary = json!({ "windows": 2, "multipliers": [1.0, 1.0, 1.0, 1.0], "halfLifeDays": 90.0 });
    let price = json!({ "accounts": null, "tried": 9 });
    let mut words = vec![("%onTopic", text(&model)), ("%waiting", text(&waiting))];
    for (word, kind, result) in [
        ("%tested", JobKind::Backtest, json!({ "backtest": report })),
        (
            "%fitted",
            JobKind::Calibration,
            json!({ "calibration": { "version": 1, "summary": summary, "report": report } }),
        ),
        (
            "%attacked",
            JobKind::Attack,
            json!({ "attack": [["activity", [price, price, price]]] }),
        ),
    ] {
        let row = job::ActiveModel {
            community_id: Set(home.community_id()),
            id: NotSet,
            kind: Set(kind),
            status: Set(JobStatus::Done),
            input: Set("{}".to_owned()),
            progress: Set(1.0),
            result: Set(Some(result.to_string())),
            error: Set(None),
            created_by: Set("system:test".to_owned()),
            created_at: Set(app.now()),
            started_at: Set(Some(app.now())),
            seen_at: Set(Some(app.now())),
            finished_at: Set(Some(app.now())),
        };
        let written = app.app.db.write(|tx| {
            let row = row.clone();
            async move { Ok(row.insert(&*tx).await?) }
        });
        let id = written.await.unwrap().id;
        words.push((word, GlobalId::encode(NodeType::Job, home.community_id(), id.0).0));
    }
    words
}

/// What is promised, published for everybody, and four cases: the first with one of each record, the second closed, and two to
/// change.
async fn cases(app: &TestApp, admin: &Client<'_>) -> Vec<(&'static str, String)> {
    let home = |more: Value| crate::ingest::calls::with(json!({ "community": "home" }), &more);
    let ids = one_of_each(app, admin, "home", "PUBLIC").await;
    let mut words: Vec<_> = RECORDS.map(|(word, name)| (word, text(&ids[name]))).into();
    act(
        admin,
        "updateCommunity",
        "community { id }",
        home(json!({ "publishExpectations": true })),
    )
    .await;
    for word in ["%over", "%busy", "%gone"] {
        let opening = home(json!({ "memberId": ids["member"], "message": "Help", "visibility": "PUBLIC" }));
        let case = act(admin, "openCase", "case { id }", opening).await["case"]["id"].clone();
        words.push((word, text(&case)));
        if word == "%over" {
            act(
                admin,
                "resolveCase",
                "case { id }",
                home(json!({ "caseId": case, "message": "Done" })),
            )
            .await;
            act(admin, "closeCase", "case { id }", home(json!({ "caseId": case }))).await;
        }
    }
    words.push(("%tomorrow", app.days_ago(-1.0)));
    words
}
