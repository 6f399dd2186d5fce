//! `viewer.work`: what somebody of the staff owes today.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{DAY, Desk, HOUR, numbers, texts};
use crate::on_both_engines;
use crate::support::TestApp;

const WORK: &str = "query($slug: String!) { viewer { work(community: $slug) { myCases { totalCount nodes { number } } casesDue { totalCount nodes { number } } \
     followUps { description } repairs { description } unansweredBreaches { totalCount nodes { case { number } } } } } }";

async fn work(desk: &Desk<'_>) -> Value {
    desk.client().ok(WORK, json!({ "slug": desk.slug() })).await["viewer"]["work"].clone()
}

on_both_engines! {
    async fn given_promises_and_follow_ups_when_staff_look_then_they_see_what_they_owe_today(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        // Noon where the community lives, so that today neither begins nor ends soon.
        let (begins, _) = rapport::features::recovery::due::day(app.now(), "Europe/Berlin");
        desk.wait(begins.plus_micros(DAY + 12 * HOUR).as_micros() - app.now().as_micros());
        let ben = desk.beside("Ben", Role::Agent, Visibility::Private).await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({ "severities": ["CRITICAL"] })).await;
        desk.promise("FIRST_RESPONSE", "PT6H", json!({ "severities": ["HIGH"] })).await;
        desk.promise("FIRST_RESPONSE", "P3D", json!({ "severities": ["NORMAL"] })).await;
        let mine = |severity: &str| json!({ "severity": severity, "assigneeId": ben.staff_id() });
        let normal = desk.case("ada", mine("NORMAL")).await;
        desk.case("bob", mine("LOW")).await;
        let high = desk.case("cyd", mine("HIGH")).await;
        let critical = desk.case("dan", mine("CRITICAL")).await;
        desk.case("eve", json!({ "severity": "CRITICAL" })).await;
        let done = desk.case("fay", mine("CRITICAL")).await;
        desk.change("resolveCase", &done, json!({ "message": "Done" })).await;
        let follow_up = |case: &Value, what: &str, hours: i64| {
            let due = app.now().plus_micros(hours * HOUR).to_string();
            json!({ "caseId": case["id"], "kind": "PROMISE", "description": what, "dueAt": due, "ownerId": ben.staff_id() })
        };
        desk.act("scheduleFollowUp", follow_up(&normal, "tonight", 8)).await;
        desk.act("scheduleFollowUp", follow_up(&normal, "tomorrow", 20)).await;
        desk.act("scheduleFollowUp", follow_up(&high, "soon", 1)).await;
        let other = json!({ "ownerId": desk.staff_id(), "description": "somebody else's" });
        desk.act("scheduleFollowUp", crate::ingest::calls::with(follow_up(&normal, "", 1), &other)).await;
        for (what, hours) in [("a new pot", 3), ("a voucher", 30)] {
            let due = app.now().plus_micros(hours * HOUR).to_string();
            desk.act("promiseRepair", json!({ "caseId": normal["id"], "kind": "OTHER", "description": what, "dueAt": due })).await;
        }
        desk.wait(2 * HOUR);
        desk.announce().await;

        let owed = work(&ben).await;
        assert_eq!((numbers(&owed["myCases"]), &owed["myCases"]["totalCount"]), (vec![4, 3, 1, 2], &json!(4)));
        assert_eq!((numbers(&owed["casesDue"]), &owed["casesDue"]["totalCount"]), (vec![4, 3], &json!(2)));
        assert_eq!(texts(&owed["followUps"], "description"), ["soon", "tonight"]);
        assert_eq!(texts(&owed["repairs"], "description"), ["a new pot"]);
        assert_eq!(owed["unansweredBreaches"], json!({ "totalCount": 1, "nodes": [{ "case": { "number": 4 } }] }));

        let breach = desk.read(&critical, "breaches { id }").await["breaches"][0]["id"].clone();
        let apology = json!({ "caseId": critical["id"], "breachIds": [breach], "text": "Sorry", "components": ["RESPONSIBILITY"], "send": true });
        ben.act("recordApology", apology).await;
        ben.change("respondToCase", &critical, json!({ "text": "Here we are" })).await;
        desk.wait(14 * HOUR);
        let owed = work(&ben).await;
        assert_eq!(owed["unansweredBreaches"]["totalCount"], 0);
        assert_eq!(numbers(&owed["casesDue"]), [3], "what is overdue is owed today as well");
        assert_eq!(texts(&owed["followUps"], "description"), ["soon", "tonight", "tomorrow"], "what was missed is still owed");
        assert_eq!(work(&desk).await["myCases"]["totalCount"], 0);
    }

    async fn given_no_part_or_no_person_when_work_is_asked_for_then_there_is_none(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, away) = (Desk::open(&app, "tea").await, app.community("away").await);
        let olaf = Desk::hire(&app, &away, "Olaf", Role::Admin, Visibility::Private).await;
        let answer = olaf.client().send(WORK, json!({ "slug": "tea" })).await;
        assert_eq!((answer.code(), &answer.body["data"]["viewer"]["work"]), ("NOT_FOUND", &Value::Null));
        assert_eq!(app.client(None).ok(WORK, json!({ "slug": "tea" })).await["viewer"], Value::Null);

        let create = "mutation($scopes: [String!]!) { createApiClient(input: { community: \"tea\", name: \"board\", clearance: PRIVATE, scopes: $scopes }) { apiClient { clientId } } }";
        for (scope, code) in [("cases:read", ""), ("members:read", "FORBIDDEN")] {
            let created = desk.client().ok(create, json!({ "scopes": [scope] })).await;
            let id = created["createApiClient"]["apiClient"]["clientId"].as_str().unwrap();
            let token = app.app.tokens.issue_client(id, scope, app.now(), 900).unwrap();
            let answer = app.client(Some(token)).send(WORK, json!({ "slug": "tea" })).await;
            assert_eq!((answer.code(), &answer.body["data"]["viewer"]["work"]), (code, &Value::Null), "{scope}");
        }
        // A private case is no work for whoever may not know of it.
        let ben = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let case = desk.case("ada", json!({ "assigneeId": ben.staff_id() })).await;
        let moved = desk.change("moveCase", &case, json!({ "to": "PRIVATE" })).await;
        assert_eq!(moved["assignee"], Value::Null, "nobody keeps what they may not see");
        assert_eq!(work(&ben).await["myCases"]["totalCount"], 0);
    }
}
