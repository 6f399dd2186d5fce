//! Every field of the schema, one by one: those who may reach it do, and nobody else.
//!
//! A new field fails until the table names it, and a name that the schema no longer has fails, too. In the table, `$` stands
//! for a piece of a document and `%` for an id or a token of the scene.

use std::collections::BTreeSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use entity::{Role, Visibility};
use rapport::features::access::{self, NewStaff};
use rapport::graphql::global_id::{GlobalId, NodeType};
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::support::{Answer, Client, TestApp};

/// Who may reach a field.
#[derive(Clone, Copy, Debug)]
enum Reach {
    /// Everybody, signed in or not.
    Open,
    /// Everybody who is signed in, about themselves.
    Own,
    /// This role and those above; `None` for anybody with a grant in the community.
    From(Option<Role>),
}

use Reach::{Open, Own};
const MEMBER_OF_STAFF: Reach = Reach::From(None);
const VIEWER: Reach = Reach::From(Some(Role::Viewer));
const AGENT: Reach = Reach::From(Some(Role::Agent));
const MANAGER: Reach = Reach::From(Some(Role::Manager));
const ADMIN: Reach = Reach::From(Some(Role::Admin));

/// Types that only give lists their form; what they hold is in the table.
const STRUCTURAL: [&str; 8] = [
    "PageInfo",
    "CommunityEdge",
    "MemberEdge",
    "InteractionEdge",
    "TopicEdge",
    "LeaderboardEntryEdge",
    "ReceiptEdge",
    "InfluenceTieEdge",
];

/// A type, a document in which `@` is the place of one of its fields, who may reach them there, and the fields.
type Row = (&'static str, &'static str, Reach, &'static str);

#[rustfmt::skip]
const PIECES: [(&str, &str); 10] = [
    ("$home", r#"community(slug:"home")"#),
    ("$ada", r#"memberByIdentity(provider:"forum",externalId:"ada")"#),
    ("$cyd", r#"memberByIdentity(provider:"forum",externalId:"cyd")"#),
    ("$signIn", r#"signIn(input:{email:"signer\u0040home.example",password:"correct horse battery"})"#),
    ("$newClient", r#"createApiClient(input:{community:"home",name:"new",scopes:["members:read"]})"#),
    ("$oldClient", r#"revokeApiClient(input:{community:"home",apiClientId:"%spare"})"#),
    ("$newStaff", r#"grantAccess(input:{community:"home",email:"new@home.example",name:"New",role:VIEWER,clearance:PUBLIC})"#),
    ("$upsert", r#"upsertMembers(input:{community:"home",members:[{source:"forum",externalId:"ada"},{source:"",externalId:""}]})"#),
    (
        "$record",
        r#"recordInteractions(input:{community:"home",interactions:[{source:"forum",externalId:"a-1",kind:POST,occurredAt:"%past"}]})"#,
    ),
    ("$merge", r#"mergeMembers(input:{community:"home",memberId:"%dan",intoId:"%cyd"})"#),
];

#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("Query", "{@}", Own, "viewer{name} communities{nodes{slug}}"),
    ("Query", "{@}", MEMBER_OF_STAFF, r#"community(slug:"home"){id} node(id:"%community"){id} nodes(ids:["%community"]){id}"#),
    ("Viewer", "{viewer{@}}", Own, "kind name email grants{role}"),
    ("ViewerGrant", "{viewer{grants{@}}}", Own, "community{slug} role scopes clearance"),
    ("CommunityConnection", "{communities{@}}", Own, "pageInfo{hasNextPage} edges{cursor} nodes{slug}"),
    ("Community", "{$home{@}}", MEMBER_OF_STAFF, "id slug name timezone createdAt"),
    ("Community", r#"{node(id:"%community"){...on Community{@}}}"#, MEMBER_OF_STAFF, "id slug name timezone createdAt"),
    ("Community", "{$home{@}}", VIEWER, "members{totalCount} $ada{id} interactions{totalCount} topics{nodes{id}} \
        leaderboard{totalCount} scoringModel{id}"),
    ("Community", "{$home{@}}", ADMIN, "staff{id} apiClients{id}"),
    ("MemberConnection", "{$home{members{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("Member", "{$home{$ada{@}}}", VIEWER, "id displayName handle joinedAt lastActiveAt isStaff isBot consent mergedMembers{id} \
        interactions{totalCount} influence{value} influences{nodes{strength}} influencedBy{nodes{strength}}"),
    ("Member", r#"{node(id:"%cyd"){...on Member{@}}}"#, VIEWER, "id displayName mergedMembers{id}"),
    ("Member", "{$home{$ada{@}}}", AGENT, "attributes identities{id}"),
    ("Identity", "{$home{$ada{identities{@}}}}", AGENT, "id provider externalId handle followerCount verified"),
    ("Identity", r#"{node(id:"%identity"){...on Identity{@}}}"#, AGENT, "id provider externalId handle followerCount verified"),
    ("MergedMember", "{$home{$cyd{mergedMembers{@}}}}", VIEWER, "id displayName"),
    ("InteractionConnection", "{$home{interactions{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("InteractionConnection", "{$home{$ada{interactions{@}}}}", VIEWER, "nodes{id} totalCount"),
    ("Interaction", "{$home{interactions{nodes{@}}}}", VIEWER, "id kind actor{id} target{id} occurredAt recordedAt visibility thread \
        parent channel sentiment text url source externalId retracts topics{id}"),
    ("Interaction", r#"{node(id:"%interaction"){...on Interaction{@}}}"#, VIEWER, "id text actor{id} target{id}"),
    ("TopicConnection", "{$home{topics{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id}"),
    ("Topic", "{$home{topics{nodes{@}}}}", VIEWER, "id name"),
    ("Topic", r#"{node(id:"%topic"){...on Topic{@}}}"#, VIEWER, "id name"),
    ("LeaderboardEntryConnection", "{$home{leaderboard{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{rank} totalCount"),
    ("LeaderboardEntry", "{$home{leaderboard{nodes{@}}}}", VIEWER, "rank value points member{id} influence{value}"),
    ("InfluenceScore", "{$home{$ada{influence{@}}}}", VIEWER, r#"value points rank percentile signals{points} change(over:"P30D")
        receipts{totalCount} history(from:"%past",every:"P1D"){value} model{id} computedAt"#),
    ("SignalShare", "{$home{$ada{influence{signals{@}}}}}", VIEWER, "signal points share"),
    ("ScorePoint", r#"{$home{$ada{influence{history(from:"%past",every:"P1D"){@}}}}}"#, VIEWER, "at value points"),
    ("ReceiptConnection", "{$home{$ada{influence{receipts{@}}}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{points} \
        totalCount points"),
    ("Receipt", "{$home{$ada{influence{receipts{nodes{@}}}}}}", VIEWER, "interaction{id} giver{id} signal points valueWithout redacted"),
    ("InfluenceTieConnection", "{$home{$ada{influences{@}}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{strength}"),
    ("InfluenceTie", "{$home{$ada{influences{nodes{@}}}}}", VIEWER, "member{id} strength interactions"),
    ("ScoringModel", "{$home{scoringModel{@}}}", VIEWER, "id version name halfLife kappa weights{signal} kinds{kind}"),
    ("ScoringModel", r#"{node(id:"%model"){...on ScoringModel{@}}}"#, VIEWER, "id version"),
    ("SignalWeight", "{$home{scoringModel{weights{@}}}}", VIEWER, "signal volume breadth"),
    ("KindValue", "{$home{scoringModel{kinds{@}}}}", VIEWER, "kind signal value creditsActor"),
    ("StaffMember", "{$home{staff{@}}}", ADMIN, "id email name role clearance"),
    ("StaffMember", r#"{node(id:"%staff"){...on StaffMember{@}}}"#, ADMIN, "id email name role clearance"),
    ("ApiClient", "{$home{apiClients{@}}}", ADMIN, "id clientId name scopes clearance createdAt revokedAt"),
    ("ApiClient", r#"{node(id:"%client"){...on ApiClient{@}}}"#, ADMIN, "id clientId name scopes clearance createdAt revokedAt"),
    ("Mutation", "mutation{@}", Open, r#"$signIn{userErrors{code}} refreshSession(input:{refreshToken:"%refresh"}){userErrors{code}}
        signOut(input:{refreshToken:"none"}){userErrors{code}}"#),
    ("SessionPayload", "mutation{$signIn{@}}", Open, "session{accessToken} userErrors{code}"),
    ("Session", "mutation{$signIn{session{@}}}", Open, "accessToken expiresInSeconds refreshToken viewer{name}"),
    ("SignOutPayload", r#"mutation{signOut(input:{refreshToken:"none"}){@}}"#, Open, "userErrors{code}"),
    ("Mutation", "mutation{@}", AGENT, "$upsert{results{index}} $record{results{index}}"),
    ("UpsertMembersPayload", "mutation{$upsert{@}}", AGENT, "results{index} userErrors{code}"),
    ("MemberResult", "mutation{$upsert{results{@}}}", AGENT, "index status memberId error{code}"),
    ("RecordInteractionsPayload", "mutation{$record{@}}", AGENT, "results{index} userErrors{code}"),
    ("InteractionResult", "mutation{$record{results{@}}}", AGENT, "index status interactionId error{code}"),
    ("UserError", "mutation{$upsert{userErrors{@}}}", AGENT, "code message field"),
    ("Mutation", "mutation{@}", MANAGER, r#"$merge{userErrors{code}}"#),
    ("MergeMembersPayload", "mutation{$merge{@}}", MANAGER, "member{id} userErrors{code}"),
    ("Mutation", "mutation{@}", MANAGER, r#"unmergeMembers(input:{community:"home",memberId:"%dan"}){userErrors{code}}"#),
    ("Mutation", "mutation{@}", ADMIN, r#"$newClient{userErrors{code}} $oldClient{userErrors{code}} $newStaff{userErrors{code}}
        revokeAccess(input:{community:"home",staffId:"%leaver"}){userErrors{code}}"#),
    ("CreateApiClientPayload", "mutation{$newClient{@}}", ADMIN, "apiClient{id} secret userErrors{code}"),
    ("RevokeApiClientPayload", "mutation{$oldClient{@}}", ADMIN, "apiClient{id} userErrors{code}"),
    ("GrantAccessPayload", "mutation{$newStaff{@}}", ADMIN, "staffMember{id} userErrors{code}"),
    ("RevokeAccessPayload", r#"mutation{revokeAccess(input:{community:"home",staffId:"%other-leaver"}){@}}"#, ADMIN, "userErrors{code}"),
];

fn spelled_out(text: &str, words: &[(&str, String)]) -> String {
    let text = PIECES.iter().fold(text.to_owned(), |text, (short, long)| text.replace(short, long));
    words.iter().fold(text, |text, (short, long)| text.replace(short, long))
}

/// The selections of a text: cut at blanks that are in no bracket.
fn selections(text: &str) -> Vec<String> {
    let (mut found, mut depth) = (vec![String::new()], 0);
    for sign in text.chars() {
        depth += i32::from("({[".contains(sign)) - i32::from(")}]".contains(sign));
        if depth == 0 && sign.is_whitespace() {
            found.push(String::new());
        } else {
            found.last_mut().unwrap().push(sign);
        }
    }
    found.retain(|selection| !selection.is_empty());
    found
}

fn fields_of(row: &Row) -> impl Iterator<Item = String> {
    let name = |selection: String| selection.split(['(', '{']).next().unwrap().to_owned();
    selections(&spelled_out(row.3, &[])).into_iter().map(name)
}

#[test]
fn the_table_names_every_field_of_the_schema_and_no_other() {
    let sdl = parse_schema(rapport::graphql::sdl()).unwrap();
    let mut in_schema = BTreeSet::new();
    for definition in sdl.definitions {
        if let TypeSystemDefinition::Type(definition) = definition
            && let TypeKind::Object(object) = definition.node.kind
        {
            let of = definition.node.name.node;
            in_schema.extend(object.fields.iter().map(|field| format!("{of}.{}", field.node.name.node)));
        }
    }
    let is_structural = |field: &str| STRUCTURAL.iter().any(|of| field.split('.').next() == Some(*of));
    let in_table: BTreeSet<String> = TABLE
        .iter()
        .flat_map(|row| fields_of(row).map(|field| format!("{}.{field}", row.0)))
        .collect();

    let missing: Vec<_> = in_schema.difference(&in_table).filter(|field| !is_structural(field)).collect();
    let stale: Vec<_> = in_table.difference(&in_schema).collect();
    let unknown: Vec<_> = STRUCTURAL
        .iter()
        .filter(|of| !in_schema.iter().any(|field| field.starts_with(&format!("{of}."))))
        .collect();

    assert!(missing.is_empty(), "fields that nobody said who may reach: {missing:?}");
    assert!(stale.is_empty(), "fields that the schema does not have: {stale:?}");
    assert!(unknown.is_empty(), "types that the schema does not have: {unknown:?}");
}

/// Who tries, and what there is to reach.
struct Scene<'a> {
    signed_out: Client<'a>,
    /// Everything is theirs, in another community.
    outsider: Client<'a>,
    /// Belongs to the community and may read nothing there.
    blind: Client<'a>,
    /// One for each role, lowest first.
    staff: Vec<Client<'a>>,
    words: Vec<(&'static str, String)>,
}

impl<'a> Scene<'a> {
    async fn set(app: &'a TestApp) -> Self {
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

    /// Tries one field as everybody; what went wrong.
    async fn try_field(&self, row: &Row, selection: &str) -> Vec<String> {
        let document = spelled_out(&row.1.replace('@', &format!("probe:{selection}")), &self.words);
        let mut faults = Vec::new();
        let mut note =
            |who: &str, fault: Option<String>| faults.extend(fault.map(|fault| format!("{} as {who}: {fault}\n  {document}", row.0)));
        let ask = async |who: &Client<'_>| who.send(&document, json!({})).await;
        match row.2 {
            Open => note("signed out", unless_passed(&ask(&self.signed_out).await)),
            Own => {
                let nobody = ask(&self.signed_out).await;
                let is_nothing = nobody.body.get("errors").is_none() && is_withheld(&nobody);
                note(
                    "signed out",
                    if is_nothing {
                        None
                    } else {
                        unless_refused(&nobody, "UNAUTHENTICATED")
                    },
                );
                note("signed in", unless_passed(&ask(&self.outsider).await));
            }
            Reach::From(least) => {
                note("signed out", unless_refused(&ask(&self.signed_out).await, "UNAUTHENTICATED"));
                note(
                    "staff of another community",
                    unless_refused(&ask(&self.outsider).await, "NOT_FOUND"),
                );
                let place = least.map_or(0, |role| role as usize);
                if least.is_some() {
                    let below = place.checked_sub(1).map_or(&self.blind, |below| &self.staff[below]);
                    note("the role below", unless_refused(&ask(below).await, "FORBIDDEN"));
                }
                note("the least role", unless_passed(&ask(&self.staff[place]).await));
            }
        }
        faults
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text is expected, not {value}"))
        .to_owned()
}

/// What the answer has for the field in question.
fn probe(value: &Value) -> Option<&Value> {
    match value {
        Value::Object(fields) => fields.get("probe").or_else(|| fields.values().find_map(probe)),
        Value::Array(items) => items.iter().find_map(probe),
        _ => None,
    }
}

fn is_withheld(answer: &Answer) -> bool {
    match probe(&answer.body["data"]) {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.iter().all(Value::is_null),
        Some(_) => false,
    }
}

fn unless_refused(answer: &Answer, code: &str) -> Option<String> {
    (answer.code() != code || !is_withheld(answer)).then(|| format!("{code} was expected, not {}", answer.body))
}

fn unless_passed(answer: &Answer) -> Option<String> {
    let passed = answer.body.get("errors").is_none() && probe(&answer.body["data"]).is_some();
    (!passed).then(|| format!("the field was expected, not {}", answer.body))
}

on_both_engines! {
    async fn given_a_field_when_anybody_asks_then_only_those_who_may_reach_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let scene = Scene::set(&app).await;
        let mut faults = Vec::new();
        for row in TABLE {
            for selection in selections(&spelled_out(row.3, &scene.words)) {
                faults.extend(scene.try_field(row, &selection).await);
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
