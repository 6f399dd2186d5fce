//! Two communities with the same cases and promises: no id of one is good for anything in the other.

use rapport::context::Access;
use rapport::graphql::global_id::GlobalId;
use serde_json::{Value, json};

use super::records::{HOLIDAYS, attempt, one_of_each, text};
use crate::ingest::calls::{mendable, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

/// A community with its admin and the ids of one of each record.
struct Town<'a> {
    access: Access,
    admin: Client<'a>,
    ids: Value,
}

const EVERYTHING: &str = "query($slug: String!) { community(slug: $slug) { publishesExpectations \
     cases(first: 5) { totalCount nodes { id version subject assignee { id } timeline(first: 100) { totalCount nodes { id } } \
         apologies { id status } repairs { id deliveredAt } followUps { id status dueAt } } } \
     breaches(first: 5) { totalCount nodes { id excusedAt } } followUps(first: 5) { totalCount nodes { id } } \
     calendars(first: 5) { totalCount nodes { id version name holidays { date } } } holidayProposals(first: 5) { nodes { id status } } \
     expectations(first: 5) { totalCount nodes { id version status name } } \
     advocateProgrammes(first: 5) { totalCount nodes { id name description endedAt } } \
     advocates(first: 5) { totalCount nodes { id status touchpoints { totalCount nodes { id } } } } } }";

impl<'a> Town<'a> {
    async fn build(app: &'a TestApp, slug: &str) -> Self {
        let access = app.community(slug).await;
        let admin = app.admin(&access).await;
        let ids = one_of_each(app, &admin, slug, "PUBLIC").await;
        Self { access, admin, ids }
    }

    async fn everything(&self) -> Value {
        self.admin.ok(EVERYTHING, json!({ "slug": self.access.community.slug })).await["community"].clone()
    }

    fn id(&self, name: &str) -> String {
        text(&self.ids[name])
    }

    /// The id that something of another community would have here.
    fn forged(&self, foreign: &str) -> String {
        let id = GlobalId::decode(foreign).unwrap();
        GlobalId::encode(id.node_type, self.access.community_id(), id.key).0
    }
}

/// What cases, promises, recovery and advocates give ids to.
const NEW: [&str; 16] = [
    "calendar",
    "proposal",
    "expectation",
    "draft",
    "case",
    "clock",
    "breach",
    "event",
    "changed",
    "apology",
    "unsent",
    "repair",
    "followUp",
    "programme",
    "advocate",
    "touchpoint",
];

/// A mutation, the field of its input that names something, what that is, and the rest of the input. `$` and a name stand for an
/// id of one's own.
#[rustfmt::skip]
const CALLS: &[(&str, &str, &str, &str)] = &[
    ("updateCalendar", "calendarId", "calendar", r#"{"name":"Theirs"}"#),
    ("proposeHolidays", "calendarId", "calendar", r#"{"ical":"$file"}"#),
    ("decideHolidays", "calendarId", "calendar", r#"{"approve":["$proposal"]}"#),
    ("decideHolidays", "approve.0", "proposal", r#"{"calendarId":"$calendar"}"#),
    ("decideHolidays", "decline.0", "proposal", r#"{"calendarId":"$calendar","approve":["$proposal"]}"#),
    ("draftExpectation", "successorOf", "expectation", r#"{"name":"Theirs"}"#),
    ("draftExpectation", "calendarId", "calendar", r#"{"name":"X","publicText":"X","metric":"UPDATE","target":"P1D"}"#),
    ("updateExpectation", "expectationId", "draft", r#"{"name":"Theirs"}"#),
    ("updateExpectation", "calendarId", "calendar", r#"{"expectationId":"$draft"}"#),
    ("publishExpectation", "expectationId", "draft", "{}"),
    ("retireExpectation", "expectationId", "expectation", "{}"),
    ("discardExpectation", "expectationId", "draft", "{}"),
    ("openCase", "memberId", "member", r#"{"message":"Hello"}"#),
    ("openCase", "originId", "complaint", r#"{"memberId":"$member"}"#),
    ("openCase", "assigneeId", "staff", r#"{"memberId":"$member","message":"Hello"}"#),
    ("openCase", "parentId", "case", r#"{"memberId":"$member","message":"Hello"}"#),
    ("respondToCase", "caseId", "case", r#"{"text":"Hello"}"#),
    ("recordCustomerMessage", "caseId", "case", r#"{"text":"Hello"}"#),
    ("addCaseNote", "caseId", "case", r#"{"text":"Hello"}"#),
    ("changeCaseStatus", "caseId", "case", r#"{"to":"OPEN"}"#),
    ("resolveCase", "caseId", "case", r#"{"message":"Done"}"#),
    ("reopenCase", "caseId", "case", r#"{"reason":"No"}"#),
    ("closeCase", "caseId", "case", "{}"),
    ("escalateCase", "caseId", "case", r#"{"reason":"Hard"}"#),
    ("assignCase", "caseId", "case", r#"{"assigneeId":"$staff"}"#),
    ("assignCase", "assigneeId", "staff", r#"{"caseId":"$case"}"#),
    ("moveCase", "caseId", "case", r#"{"to":"PRIVATE"}"#),
    ("updateCase", "caseId", "case", r#"{"severity":"LOW"}"#),
    ("recordSentiment", "caseId", "case", r#"{"value":0.5}"#),
    ("reapplyExpectations", "caseId", "case", "{}"),
    ("mergeCases", "caseId", "case", r#"{"intoId":"$case"}"#),
    ("mergeCases", "intoId", "case", r#"{"caseId":"$case"}"#),
    ("excuseBreach", "breachId", "breach", r#"{"reason":"A storm"}"#),
    ("recordApology", "caseId", "case", r#"{"text":"Sorry","components":[],"send":true}"#),
    ("recordApology", "breachIds.0", "breach", r#"{"caseId":"$case","text":"Sorry","components":[],"send":true}"#),
    ("updateApology", "apologyId", "unsent", r#"{"text":"Theirs"}"#),
    ("updateApology", "breachIds.0", "breach", r#"{"apologyId":"$unsent"}"#),
    ("sendApology", "apologyId", "unsent", "{}"),
    ("recordApologyResponse", "apologyId", "apology", r#"{"response":"ACCEPTED"}"#),
    ("retractApology", "apologyId", "apology", r#"{"reason":"Too early"}"#),
    ("promiseRepair", "caseId", "case", r#"{"kind":"FIX","description":"A patch"}"#),
    ("promiseRepair", "apologyId", "apology", r#"{"caseId":"$case","kind":"FIX","description":"A patch"}"#),
    ("deliverRepair", "repairId", "repair", "{}"),
    ("cancelRepair", "repairId", "repair", r#"{"reason":"By mistake"}"#),
    ("scheduleFollowUp", "caseId", "case", r#"{"kind":"NUDGE","description":"Ask","dueAt":"$later"}"#),
    ("scheduleFollowUp", "ownerId", "staff", r#"{"caseId":"$case","kind":"NUDGE","description":"Ask","dueAt":"$later"}"#),
    ("completeFollowUp", "followUpId", "followUp", r#"{"outcome":"Done"}"#),
    ("rescheduleFollowUp", "followUpId", "followUp", r#"{"dueAt":"$later"}"#),
    ("assignFollowUp", "followUpId", "followUp", r#"{"ownerId":null}"#),
    ("assignFollowUp", "ownerId", "staff", r#"{"followUpId":"$followUp"}"#),
    ("cancelFollowUp", "followUpId", "followUp", r#"{"reason":"No need"}"#),
    ("updateAdvocateProgramme", "programmeId", "programme", r#"{"name":"Theirs"}"#),
    ("endAdvocateProgramme", "programmeId", "programme", "{}"),
    ("addAdvocate", "programmeId", "programme", r#"{"memberId":"$member","reason":"Helps"}"#),
    ("addAdvocate", "memberId", "member", r#"{"programmeId":"$programme","reason":"Helps"}"#),
    ("removeAdvocate", "advocateId", "advocate", r#"{"reason":"Gone"}"#),
    ("recordTouchpoint", "memberId", "member", r#"{"kind":"THANKS","note":"Thanks"}"#),
    ("recordTouchpoint", "programmeId", "programme", r#"{"memberId":"$member","kind":"THANKS","note":"Thanks"}"#),
    ("retractTouchpoint", "touchpointId", "touchpoint", r#"{"reason":"Wrong"}"#),
];

/// The input of a call with this id in its field, in a list where the field is one.
fn input(call: &(&str, &str, &str, &str), town: &Town<'_>, later: &str, id: &str) -> Value {
    let spelled = |value: &str| match value.strip_prefix('$') {
        None => value.to_owned(),
        Some("file") => HOLIDAYS.to_owned(),
        Some("later") => later.to_owned(),
        Some(name) => town.id(name),
    };
    let (_, field, _, rest) = *call;
    let mut rest: Value = serde_json::from_str(rest).unwrap();
    for value in rest.as_object_mut().unwrap().values_mut() {
        match value {
            Value::String(name) => *name = spelled(name.as_str()),
            Value::Array(names) => names.iter_mut().for_each(|name| *name = spelled(name.as_str().unwrap()).into()),
            _ => {}
        }
    }
    let named = match field.strip_suffix(".0") {
        Some(list) => json!({ list: [id] }),
        None => json!({ field: id }),
    };
    with(with(rest, &named), &json!({ "community": town.access.community.slug }))
}

on_both_engines! {
    async fn given_a_record_of_another_community_when_it_is_looked_up_then_it_is_not_found(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (Town::build(&app, "home").await, Town::build(&app, "away").await);
        let node = "query($id: ID!) { node(id: $id) { id } }";
        for name in NEW {
            assert_eq!(home.admin.ok(node, json!({ "id": home.id(name) })).await["node"]["id"], home.id(name), "{name}");
            for strange in [away.id(name), home.forged(&away.id(name))] {
                let answer = home.admin.send(node, json!({ "id": strange })).await;
                assert_eq!((answer.code(), answer.message()), ("NOT_FOUND", "object not found"), "{name}");
                assert_eq!(answer.body["data"], json!({ "node": null }), "{name}");
            }
        }
    }

    async fn given_a_record_of_another_community_when_a_mutation_names_it_then_nothing_happens_in_either(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (Town::build(&app, "home").await, Town::build(&app, "away").await);
        let before = (home.everything().await, away.everything().await);
        let later = app.days_ago(-2.0);
        for call in CALLS {
            let (mutation, field, of, _) = *call;
            for strange in [away.id(of), home.forged(&away.id(of))] {
                let payload = attempt(&home.admin, mutation, "", input(call, &home, &later, &strange)).await;
                assert_eq!(mendable(&payload), [format!("{field} NOT_FOUND")], "{mutation} {payload}");
            }
        }
        assert_eq!(home.everything().await, before.0);
        assert_eq!(away.everything().await, before.1);
    }

    async fn given_a_record_of_another_community_when_a_filter_names_it_then_it_is_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (Town::build(&app, "home").await, Town::build(&app, "away").await);
        for (list, of, key, name) in [
            ("cases", "CaseFilter", "member", "member"),
            ("cases", "CaseFilter", "assignee", "staff"),
            ("caseQueue", "CaseFilter", "assignee", "staff"),
            ("breaches", "BreachFilter", "case", "case"),
            ("breaches", "BreachFilter", "expectation", "expectation"),
            ("followUps", "FollowUpFilter", "case", "case"),
            ("followUps", "FollowUpFilter", "owner", "staff"),
            ("advocates", "AdvocateFilter", "programme", "programme"),
            ("advocates", "AdvocateFilter", "member", "member"),
        ] {
            let query = format!("query($filter: {of}) {{ community(slug: \"home\") {{ {list}(filter: $filter) {{ totalCount }} }} }}");
            let (ours, theirs) = (home.id(name), away.id(name));
            let is = |id: &str| json!({ key: { "eq": id } });
            let own = home.admin.ok(&query, json!({ "filter": is(&ours) })).await;
            assert_eq!(own["community"][list]["totalCount"], 1, "{list} {key}");
            for filter in [is(&theirs), json!({ key: { "in": [ours, theirs] } }), json!({ "not": is(&theirs) }), json!({ "or": [is(&ours), { "and": [is(&theirs)] }] })] {
                let answer = home.admin.send(&query, json!({ "filter": filter })).await;
                assert_eq!(answer.code(), "BAD_USER_INPUT", "{list} {filter}: {}", answer.body);
                assert_eq!(answer.body["data"]["community"][list], Value::Null, "{list} {filter}");
            }
            // A key that is no one's here selects nothing.
            let nothing = home.admin.ok(&query, json!({ "filter": is(&home.forged(&theirs)) })).await;
            assert_eq!(nothing["community"][list]["totalCount"], 0, "{list} {key}");
        }
        let proposals = "query($id: ID) { community(slug: \"home\") { holidayProposals(calendar: $id) { totalCount } } }";
        for strange in [away.id("calendar"), home.forged(&away.id("calendar"))] {
            assert_eq!(home.admin.send(proposals, json!({ "id": strange })).await.code(), "BAD_USER_INPUT");
        }
    }

    async fn given_the_same_numbers_and_threads_when_one_community_goes_on_then_the_other_stays_apart(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (Town::build(&app, "home").await, Town::build(&app, "away").await);
        for town in [&home, &away] {
            let slug = &town.access.community.slug;
            let first = format!("{{ community(slug: \"{slug}\") {{ case(number: 1) {{ id }} calendars {{ nodes {{ name }} }} }} }}");
            let first = town.admin.ok(&first, json!({})).await;
            assert_eq!(first["community"], json!({ "case": { "id": town.id("case") }, "calendars": { "nodes": [{ "name": "Desk" }] } }));
        }
        let before = home.everything().await;
        let said = json!({ "externalId": "c-2", "kind": "REPLY", "actor": "ada", "thread": "t-1", "occurredAt": app.days_ago(0.5), "text": "Away" });
        away.admin.record("away", vec![said]).await;
        for (mutation, more) in [("respondToCase", json!({ "text": "Hello" })), ("updateCase", json!({ "subject": "Away" }))] {
            let input = with(json!({ "community": "away", "caseId": away.id("case") }), &more);
            assert_eq!(mendable(&attempt(&away.admin, mutation, "", input).await), [""; 0]);
        }
        assert_eq!(home.everything().await, before);
        assert!(away.everything().await.to_string().contains("Away"));
    }
}
