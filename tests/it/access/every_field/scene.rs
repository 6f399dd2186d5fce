//! The scene: a community with one of each thing in it, and everybody who tries to reach it.

use entity::{Role, Visibility};
use rapport::features::access::{self, NewStaff};
use rapport::graphql::global_id::{GlobalId, NodeType};
use serde_json::{Value, json};

use super::spelled_out;
use crate::access::records::{act, one_of_each, text};
use crate::support::{Client, TestApp};

/// Words for what [`one_of_each`] gives, with its names there.
const RECORDS: [(&str, &str); 13] = [
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
        let answer = json!({
            "externalId": "a-0", "kind": "ANSWER", "actor": "ada", "target": "bob", "occurredAt": app.days_ago(1.0), "topics": ["billing"],
        });
        admin.record("home", vec![answer]).await;
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
