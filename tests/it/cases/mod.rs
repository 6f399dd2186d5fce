//! Cases: opening and working them, their timelines, the queue, and who may see what.

mod demo;
mod import;
mod lifecycle;
mod lists;
mod open;
mod privacy;
mod publishing;
mod queue;
mod refused;
mod timeline;
mod work;

use entity::{Role, StaffId, Timestamp, Visibility};
use rapport::context::Access;
use rapport::features::access::{NewStaff, service};
use rapport::features::cases::announce;
use rapport::graphql::global_id::{GlobalId, NodeType};
use serde_json::{Value, json};

use crate::ingest::calls::{did, member_id, mendable, upsert, with};
use crate::support::{Answer, Client, TestApp};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What most tests ask of a case.
const CASE: &str = "id number status version severity category channel subject visibility sentiment openedAt firstResponseAt waitingSince \
                    resolvedAt firstResolvedAt closedAt reopenCount nextDueAt legalStatuses assignee { id name }";

/// Somebody of the staff, whose token is good however far the clock is moved.
pub struct Desk<'a> {
    pub app: &'a TestApp,
    pub access: Access,
    pub id: StaffId,
}

impl<'a> Desk<'a> {
    /// Lets somebody into a community; the same name is the same person in all of them.
    pub async fn hire(app: &'a TestApp, access: &Access, name: &str, role: Role, clearance: Visibility) -> Self {
        let new = NewStaff {
            email: format!("{}@desk.example", name.to_lowercase()),
            name: name.to_owned(),
            password: None,
            role,
            clearance,
        };
        let person = service::put_staff(&app.app, &app.app.system("test"), access, new).await.unwrap();
        Self {
            app,
            access: access.clone(),
            id: person.id,
        }
    }

    /// Somebody who may do everything in a new community.
    pub async fn open(app: &'a TestApp, slug: &str) -> Self {
        let access = app.community(slug).await;
        Self::hire(app, &access, "Agnes", Role::Admin, Visibility::Private).await
    }

    /// Somebody else in the same community.
    pub async fn beside(&self, name: &str, role: Role, clearance: Visibility) -> Self {
        Self::hire(self.app, &self.access, name, role, clearance).await
    }

    pub fn client(&self) -> Client<'a> {
        let token = self.app.app.tokens.issue_staff(self.id, self.app.now(), 900).unwrap();
        self.app.client(Some(token))
    }

    pub fn slug(&self) -> &str {
        &self.access.community.slug
    }

    /// The global id of this member of staff.
    pub fn staff_id(&self) -> String {
        GlobalId::encode(NodeType::Staff, self.access.community_id(), self.id.0).0
    }

    /// Sends a mutation; the answer as it came.
    pub async fn send(&self, mutation: &str, input: Value) -> Answer {
        let (first, rest) = mutation.split_at(1);
        let case = format!("case {{ {CASE} }}");
        let selection = match mutation {
            "draftExpectation" | "publishExpectation" | "retireExpectation" => "expectation { id }",
            "recordApology" | "recordApologyResponse" => "apology { id status } warnings { code }",
            "promiseRepair" | "deliverRepair" => "repair { id deliveredAt }",
            "scheduleFollowUp" | "completeFollowUp" => "followUp { id status dueAt }",
            "excuseBreach" => "breach { id excusedAt excuse answered } case { number }",
            _ => case.as_str(),
        };
        let query = format!(
            "mutation($input: {}{rest}Input!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}",
            first.to_uppercase()
        );
        let input = with(input, &json!({ "community": self.slug() }));
        self.client().send(&query, json!({ "input": input })).await
    }

    /// Sends a mutation that must be executed; its payload.
    pub async fn try_to(&self, mutation: &str, input: Value) -> Value {
        let answer = self.send(mutation, input).await;
        assert!(answer.body.get("errors").is_none(), "{mutation}\n{:#}", answer.body);
        answer.body["data"][mutation].clone()
    }

    /// Sends a mutation that must do something; its payload.
    pub async fn act(&self, mutation: &str, input: Value) -> Value {
        let payload = self.try_to(mutation, input).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        payload
    }

    /// Sends a mutation of a case that must do something; the case.
    pub async fn change(&self, mutation: &str, case: &Value, more: Value) -> Value {
        let input = with(json!({ "caseId": case["id"] }), &more);
        self.act(mutation, input).await["case"].clone()
    }

    /// Sends a mutation of a case that must be refused; what there is to mend.
    pub async fn refused(&self, mutation: &str, case: &Value, more: Value) -> Vec<String> {
        let input = with(json!({ "caseId": case["id"] }), &more);
        let payload = self.try_to(mutation, input).await;
        assert_eq!(payload["case"], Value::Null, "{mutation}");
        mendable(&payload)
    }

    /// Publishes an expectation that holds since long ago; its global id.
    pub async fn promise(&self, metric: &str, target: &str, more: Value) -> String {
        let terms =
            json!({ "name": format!("{metric} within {target}"), "publicText": "We keep our word.", "metric": metric, "target": target });
        let drafted = self.act("draftExpectation", with(terms, &more)).await;
        let id = drafted["expectation"]["id"].clone();
        let since = json!({ "expectationId": id, "effectiveFrom": "2020-01-01T00:00:00Z" });
        self.act("publishExpectation", since).await;
        text(&id)
    }

    /// The global id of a member with an account in the forum, who is added when not known.
    pub async fn member(&self, name: &str) -> String {
        let person = json!({ "externalId": name, "displayName": name });
        upsert(&self.client(), self.slug(), vec![person]).await;
        member_id(&self.client(), self.slug(), name).await
    }

    /// Records that a member said something; the interaction's global id.
    pub async fn said(&self, kind: &str, id: &str, name: &str, more: Value) -> String {
        let at = self.app.now().to_string();
        let recorded = self
            .client()
            .record(self.slug(), vec![with(did(kind, id, name, "", &at), &more)])
            .await;
        assert_eq!(recorded["userErrors"], json!([]));
        text(&recorded["results"][0]["interactionId"])
    }

    /// Opens a case for a member by hand.
    pub async fn case(&self, name: &str, more: Value) -> Value {
        let input = json!({ "memberId": self.member(name).await, "message": format!("{name} needs help"), "visibility": "PUBLIC" });
        self.act("openCase", with(input, &more)).await["case"].clone()
    }

    /// Some fields of a case.
    pub async fn read(&self, case: &Value, selection: &str) -> Value {
        let query =
            format!("query($slug: String!, $number: Int!) {{ community(slug: $slug) {{ case(number: $number) {{ {selection} }} }} }}");
        let data = self
            .client()
            .ok(&query, json!({ "slug": self.slug(), "number": case["number"] }))
            .await;
        data["community"]["case"].clone()
    }

    /// The kinds of the entries in a case's timeline that this member of staff reads.
    pub async fn kinds(&self, case: &Value) -> Vec<String> {
        let found = self.read(case, "timeline(first: 100) { nodes { kind } }").await;
        texts(&found["timeline"]["nodes"], "kind")
    }

    /// Some fields of the clocks of a case, by metric and instance.
    pub async fn clocks(&self, case: &Value, selection: &str) -> Vec<Value> {
        let clocks = format!("clocks(first: 100) {{ metric instance {selection} }}");
        let mut found = self.read(case, &clocks).await["clocks"].as_array().unwrap().clone();
        found.sort_by_key(|clock| (text(&clock["metric"]), clock["instance"].as_i64()));
        found
    }

    /// Moves the clock.
    pub fn wait(&self, micros: i64) {
        self.app.app.clock.advance_micros(micros);
    }

    /// Announces what is due; how much that was.
    pub async fn announce(&self) -> usize {
        announce::run_once(&self.app.app, self.app.now()).await.unwrap()
    }
}

/// A text of an answer.
#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// One field of each item of a list.
#[track_caller]
fn texts(list: &Value, field: &str) -> Vec<String> {
    list.as_array()
        .unwrap_or_else(|| panic!("{list} is no list"))
        .iter()
        .map(|item| text(&item[field]))
        .collect()
}

/// An instant of an answer, in microseconds.
#[track_caller]
fn micros(value: &Value) -> i64 {
    Timestamp::parse(&text(value)).unwrap().as_micros()
}

/// Numbers of cases in a list.
#[track_caller]
fn numbers(list: &Value) -> Vec<i64> {
    let nodes = list["nodes"].as_array().unwrap_or_else(|| panic!("{list:#}"));
    nodes.iter().map(|node| node["number"].as_i64().unwrap()).collect()
}
