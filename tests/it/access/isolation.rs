//! Two communities that look alike: nothing of one is ever seen, found or changed from the other.

use entity::{Role, Visibility};
use rapport::context::Access;
use rapport::features::access::{self, NewStaff};
use rapport::graphql::global_id::{GlobalId, NodeType};
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::support::{Client, TestApp};

/// A community with its admin and the ids of one thing of each kind in it.
struct Town<'a> {
    access: Access,
    admin: Client<'a>,
    ids: Value,
}

const EVERYTHING: &str = "query($slug: String!) { community(slug: $slug) { id scoringModel { id } topics { nodes { id name } } staff { id } \
     apiClients { id } interactions { totalCount nodes { id text } } members { totalCount nodes { id displayName } } \
     leaderboard { totalCount nodes { member { id } points } } \
     ada: memberByIdentity(provider: \"forum\", externalId: \"ada\") { id displayName identities { id } } \
     bob: memberByIdentity(provider: \"forum\", externalId: \"bob\") { id } } }";

impl<'a> Town<'a> {
    /// The same people and the same doings under the same external ids everywhere; only names and texts tell them apart.
    async fn build(app: &'a TestApp, slug: &str) -> Self {
        let access = app.community(slug).await;
        let admin = app.admin(&access).await;
        let upsert = "mutation($input: UpsertMembersInput!) { upsertMembers(input: $input) { userErrors { message } } }";
        let ada = json!({ "source": "forum", "externalId": "ada", "displayName": format!("Ada of {slug}") });
        admin.ok(upsert, json!({ "input": { "community": slug, "members": [ada] } })).await;
        let answer = json!({
            "externalId": "a-1", "kind": "ANSWER", "actor": "ada", "target": "bob", "occurredAt": app.days_ago(1.0),
            "topics": ["billing"], "text": format!("said in {slug}"),
        });
        admin.record(slug, vec![answer]).await;
        let create = "mutation($slug: String!) { createApiClient(input: { community: $slug, name: \"crm\", scopes: [\"members:read\"] }) { secret } }";
        admin.ok(create, json!({ "slug": slug })).await;
        app.scores_settled(&access).await;
        let mut town = Self {
            access,
            admin,
            ids: Value::Null,
        };
        town.ids = town.everything().await;
        town
    }

    async fn everything(&self) -> Value {
        self.admin.ok(EVERYTHING, json!({ "slug": self.access.community.slug })).await["community"].clone()
    }

    fn id(&self, path: &str) -> String {
        self.ids
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{path} in {:#}", self.ids))
            .to_owned()
    }
}

/// One id of each kind, as [`EVERYTHING`] has them.
const ONE_OF_EACH: [&str; 8] = [
    "/id",
    "/scoringModel/id",
    "/topics/nodes/0/id",
    "/staff/0/id",
    "/apiClients/0/id",
    "/interactions/nodes/0/id",
    "/ada/id",
    "/ada/identities/0/id",
];

on_both_engines! {
    async fn given_an_id_of_another_community_when_it_is_looked_up_then_it_is_not_found_like_one_that_never_was(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (Town::build(&app, "home").await, Town::build(&app, "away").await);
        let node = "query($id: ID!) { node(id: $id) { id } }";
        let never_was = GlobalId::encode(NodeType::Member, home.access.community_id(), 999_999).0;
        let expected = home.admin.send(node, json!({ "id": never_was })).await;
        assert_eq!(expected.code(), "NOT_FOUND");

        for path in ONE_OF_EACH {
            let (theirs, ours) = (away.id(path), home.id(path));
            let answer = home.admin.send(node, json!({ "id": theirs })).await;
            assert_eq!((answer.code(), answer.message()), ("NOT_FOUND", expected.message()), "{path}");
            assert_eq!(answer.body["data"], json!({ "node": null }), "{path}");
            let both = home.admin.send("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": [theirs, ours] })).await;
            assert_eq!(both.body["data"]["nodes"], json!([null, { "id": ours }]), "{path}");
            assert_eq!(both.code(), "NOT_FOUND", "{path}");
            assert_eq!(both.body["errors"][0]["path"], json!(["nodes", 0]), "{path}");
        }
    }

    async fn given_a_foreign_key_under_the_own_community_when_it_is_looked_up_then_it_is_not_found(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (Town::build(&app, "home").await, Town::build(&app, "away").await);
        let (ours, theirs) = (home.access.community_id(), away.access.community_id());

        for path in ["/topics/nodes/0/id", "/staff/0/id", "/apiClients/0/id", "/interactions/nodes/0/id", "/ada/id", "/ada/identities/0/id"] {
            let id = GlobalId::decode(&away.id(path)).unwrap();
            assert_eq!(id.community, theirs);
            let forged = GlobalId::encode(id.node_type, ours, id.key).0;
            let answer = home.admin.send("query($id: ID!) { node(id: $id) { id } }", json!({ "id": forged })).await;
            assert_eq!(answer.code(), "NOT_FOUND", "{path}: {}", answer.body);
        }
    }

    async fn given_a_foreign_member_when_a_filter_names_them_then_it_is_refused_however_deep(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (Town::build(&app, "home").await, Town::build(&app, "away").await);
        let query = "query($filter: InteractionFilter) { community(slug: \"home\") { interactions(filter: $filter) { totalCount } } }";
        let (ours, theirs) = (home.id("/ada/id"), away.id("/ada/id"));

        for filter in [
            json!({ "actor": { "eq": theirs } }),
            json!({ "target": { "in": [ours, theirs] } }),
            json!({ "not": { "actor": { "eq": theirs } } }),
            json!({ "or": [{ "actor": { "eq": ours } }, { "and": [{ "target": { "eq": theirs } }] }] }),
        ] {
            let answer = home.admin.send(query, json!({ "filter": filter })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{filter}: {}", answer.body);
            assert_eq!(answer.body["data"]["community"]["interactions"], Value::Null, "{filter}");
        }
        let own = home.admin.ok(query, json!({ "filter": { "actor": { "eq": ours } } })).await;
        assert_eq!(own["community"]["interactions"]["totalCount"], 1);
    }

    async fn given_a_foreign_member_when_they_are_merged_or_acted_upon_then_nothing_happens_in_either_community(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (Town::build(&app, "home").await, Town::build(&app, "away").await);
        let before = (home.everything().await, away.everything().await);
        let (ours, theirs) = (home.id("/ada/id"), away.id("/bob/id"));
        let forged = GlobalId::encode(NodeType::Member, home.access.community_id(), GlobalId::decode(&theirs).unwrap().key).0;

        let merge = "mutation($member: ID!, $into: ID!) { mergeMembers(input: { community: \"home\", memberId: $member, intoId: $into }) \
                     { member { id } userErrors { code field } } }";
        for stranger in [&theirs, &forged] {
            for (member, into, field) in [(stranger, &ours, "memberId"), (&ours, stranger, "intoId")] {
                let payload = home.admin.ok(merge, json!({ "member": member, "into": into })).await["mergeMembers"].clone();
                assert_eq!(payload, json!({ "member": null, "userErrors": [{ "code": "NOT_FOUND", "field": [field] }] }));
            }
            for (party, other) in [("actorId", "target"), ("targetId", "actor")] {
                let act = json!({ "externalId": "x-1", "kind": "KUDOS", party: stranger, other: "ada", "occurredAt": app.days_ago(0.5) });
                let payload = home.admin.record("home", vec![act]).await;
                assert_eq!(payload["results"][0]["status"], "REJECTED", "{party}");
                assert_eq!(payload["results"][0]["error"]["code"], "NOT_FOUND", "{party}");
                assert_eq!(payload["results"][0]["error"]["field"], json!(["interactions", "0", party]));
            }
        }

        app.scores_settled(&home.access).await;
        app.scores_settled(&away.access).await;
        for (before, after) in [(before.0, home.everything().await), (before.1, away.everything().await)] {
            for part in ["interactions", "members", "topics"] {
                assert_eq!(after[part], before[part]);
            }
            assert_eq!(after["leaderboard"]["totalCount"], before["leaderboard"]["totalCount"]);
        }
    }

    async fn given_foreign_credentials_when_they_are_revoked_then_they_go_on_working(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (Town::build(&app, "home").await, Town::build(&app, "away").await);

        let revoke = "mutation($id: ID!) { revokeApiClient(input: { community: \"home\", apiClientId: $id }) { apiClient { id } userErrors { code } } }";
        let payload = home.admin.ok(revoke, json!({ "id": away.id("/apiClients/0/id") })).await["revokeApiClient"].clone();
        assert_eq!(payload, json!({ "apiClient": null, "userErrors": [{ "code": "NOT_FOUND" }] }));
        let revoke = "mutation($id: ID!) { revokeAccess(input: { community: \"home\", staffId: $id }) { userErrors { code } } }";
        let payload = home.admin.ok(revoke, json!({ "id": away.id("/staff/0/id") })).await["revokeAccess"].clone();
        assert_eq!(payload, json!({ "userErrors": [{ "code": "NOT_FOUND" }] }));

        let kept = away.admin.ok("{ community(slug: \"away\") { staff { id } apiClients { revokedAt } } }", json!({})).await;
        assert_eq!(kept["community"], json!({ "staff": [{ "id": away.id("/staff/0/id") }], "apiClients": [{ "revokedAt": null }] }));
    }

    async fn given_no_part_in_a_community_when_it_is_asked_for_then_it_looks_as_if_it_did_not_exist(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = Town::build(&app, "home").await;
        app.community("away").await;
        let asked = async |slug: &str| {
            let mut body = (*home.admin.send(EVERYTHING, json!({ "slug": slug })).await.body).clone();
            body["errors"][0]["extensions"].as_object_mut().unwrap().remove("requestId");
            body
        };

        let (exists, does_not) = (asked("away").await, asked("nowhere").await);

        assert_eq!(exists, does_not);
        assert_eq!(exists["errors"][0]["extensions"]["code"], "NOT_FOUND");
        let listed = home.admin.ok("{ communities { nodes { slug } } viewer { grants { community { slug } } } }", json!({})).await;
        assert_eq!(listed["communities"]["nodes"], json!([{ "slug": "home" }]));
        assert_eq!(listed["viewer"]["grants"], json!([{ "community": { "slug": "home" } }]));
    }

    async fn given_the_same_external_ids_in_two_communities_when_one_is_read_or_changed_then_the_other_stays_apart(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (Town::build(&app, "home").await, Town::build(&app, "away").await);
        for town in [&home, &away] {
            let slug = &town.access.community.slug;
            assert_eq!(town.ids["members"]["totalCount"], 2);
            assert_eq!(town.ids["interactions"]["nodes"][0]["text"], format!("said in {slug}"));
            assert_eq!(town.ids["interactions"]["totalCount"], 1);
            assert_eq!(town.ids["ada"]["displayName"], format!("Ada of {slug}"));
            assert_eq!(town.ids["leaderboard"]["nodes"][0]["member"]["id"], town.ids["ada"]["id"]);
            assert_eq!(town.ids["leaderboard"]["totalCount"], 1);
        }
        assert_ne!(home.id("/ada/id"), away.id("/ada/id"));

        let rename = "mutation { upsertMembers(input: { community: \"home\", members: [{ source: \"forum\", externalId: \"ada\", \
                      displayName: \"Renamed\", consent: OPTED_OUT }] }) { results { status } } }";
        assert_eq!(home.admin.ok(rename, json!({})).await["upsertMembers"]["results"][0]["status"], "UPDATED");
        app.scores_settled(&home.access).await;
        app.scores_settled(&away.access).await;

        let (ours, theirs) = (home.everything().await, away.everything().await);
        assert_eq!(ours["leaderboard"]["totalCount"], 0);
        assert_eq!(theirs["leaderboard"]["totalCount"], 1);
        assert_eq!(theirs["ada"]["displayName"], "Ada of away");
    }

    async fn given_staff_of_another_community_when_an_admin_here_grants_them_access_then_nobody_can_sign_in_as_them(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (app.community("home").await, app.community("away").await);
        let (email, own) = ("boss@away.example".to_owned(), Some("the password of the boss".to_owned()));
        let boss = NewStaff { email, name: "Boss".to_owned(), password: own, role: Role::Admin, clearance: Visibility::Private };
        access::service::put_staff(&app.app, &app.app.system("test"), &away, boss).await.unwrap();

        let grab = "mutation { grantAccess(input: { community: \"home\", email: \"boss@away.example\", name: \"Mine now\", \
                    password: \"a password of my choice\", role: VIEWER, clearance: PUBLIC }) { staffMember { name } userErrors { code } } }";
        app.admin(&home).await.send(grab, json!({})).await;

        let sign_in = "mutation($password: String!) { signIn(input: { email: \"boss@away.example\", password: $password }) \
                       { session { viewer { name grants { community { slug } } } } } }";
        let stolen = app.client(None).ok(sign_in, json!({ "password": "a password of my choice" })).await;
        assert_eq!(stolen["signIn"]["session"], Value::Null, "an admin of one community took over an account of another");
        let kept = app.client(None).ok(sign_in, json!({ "password": "the password of the boss" })).await;
        assert_eq!(kept["signIn"]["session"]["viewer"]["name"], "Boss");
    }
}

on_both_engines! {
    async fn given_a_password_chosen_in_one_community_when_another_lets_that_address_in_then_it_is_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (app.community("first").await, app.community("second").await);
        let grant = |slug: &str, password: Option<&str>| {
            json!({ "input": { "community": slug, "email": "ceo@first.example", "name": "CEO", "password": password, "role": "ADMIN", "clearance": "PRIVATE" } })
        };
        let mutation = "mutation($input: GrantAccessInput!) { grantAccess(input: $input) { staffMember { id } userErrors { code field } } }";
        let made = app.admin(&away).await.ok(mutation, grant("second", Some("a password chosen there"))).await;
        assert_eq!(made["grantAccess"]["userErrors"], json!([]));
        let refused = app.admin(&home).await.ok(mutation, grant("first", None)).await;
        assert_eq!(refused["grantAccess"]["userErrors"], json!([{ "code": "NOT_ALLOWED_NOW", "field": ["email"] }]));
    }
}
