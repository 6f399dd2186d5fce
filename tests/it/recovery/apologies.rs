//! Apologies: from the draft to the customer's answer, what they answer, and what is worth thinking over.

use entity::{Role, Visibility, event};
use sea_orm::{ColumnTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{act, apologize, breaches, broken, promise_repair, refused, send};
use crate::cases::Desk;
use crate::ingest::calls::with;
use crate::on_both_engines;
use crate::promises::{HOUR, later, micros, told};
use crate::support::TestApp;

const KINDS: [&str; 5] = [
    "APOLOGY_DRAFTED",
    "APOLOGY_UPDATED",
    "APOLOGY_SENT",
    "APOLOGY_ANSWERED",
    "APOLOGY_RETRACTED",
];

/// The codes of the warnings beside an apology.
fn warnings(payload: &Value) -> Vec<&str> {
    let all = payload["warnings"].as_array().unwrap();
    all.iter().map(|warning| warning["code"].as_str().unwrap()).collect()
}

/// The kinds of entries about apologies, as somebody reads them.
async fn kinds(desk: &Desk<'_>, case: &Value) -> Vec<String> {
    let entries = told(desk, case, &KINDS).await;
    entries.iter().map(|line| line.split_once(' ').unwrap().0.to_owned()).collect()
}

on_both_engines! {
    async fn given_a_breach_when_an_apology_goes_its_way_then_the_breach_is_answered_while_it_stands(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = broken(&desk, &["ada"]).await.remove(0);
        let breach = breaches(&desk, &case).await.remove(0);
        assert_eq!(breach["answered"], false);
        let heard = later(&json!(app.now().to_string()), -HOUR);
        let text = "We are sorry.\n<script>alert('tea')</script> \u{1F375} {{text}} %s";
        let components = json!(["FORGIVENESS", "RESPONSIBILITY", "REGRET", "REGRET"]);
        let draft = json!({ "send": false, "breachIds": [breach["id"], breach["id"]], "text": text, "components": components, "heardAt": heard });
        let drafted = apologize(&desk, &case, draft).await["apology"].clone();
        assert_eq!((&drafted["status"], &drafted["sentAt"], &drafted["visibility"]), (&json!("DRAFT"), &Value::Null, &json!("PUBLIC")));
        assert_eq!((&drafted["text"], &drafted["heardAt"]), (&json!(text), &json!(heard)), "as it was given");
        assert_eq!(drafted["components"], json!(["REGRET", "RESPONSIBILITY", "FORGIVENESS"]), "a set");
        assert_eq!(drafted["breaches"], json!([{ "id": breach["id"] }]));
        assert_eq!((&drafted["author"], &drafted["case"]["number"]), (&json!(format!("staff:{}", desk.id)), &case["number"]));
        assert_eq!(breaches(&desk, &case).await[0]["answered"], false, "a draft answers nothing");

        // Only what is legal now.
        let which = json!({ "apologyId": drafted["id"] });
        let respond = with(which.clone(), &json!({ "response": "ACCEPTED" }));
        let retract = with(which.clone(), &json!({ "reason": "It was not our fault" }));
        assert_eq!(refused(&desk, "recordApologyResponse", respond.clone()).await, ["apologyId NOT_ALLOWED_NOW"]);

        let sent = act(&desk, "sendApology", which.clone()).await["apology"].clone();
        assert_eq!((&sent["status"], &sent["text"]), (&json!("SENT"), &json!(text)));
        assert!(micros(&sent["sentAt"]) >= micros(&sent["createdAt"]));
        assert_eq!(breaches(&desk, &case).await[0]["answered"], true);
        assert_eq!(refused(&desk, "sendApology", which.clone()).await, ["apologyId NOT_ALLOWED_NOW"], "once");

        let retracted = act(&desk, "retractApology", retract.clone()).await["apology"].clone();
        assert_eq!((&retracted["status"], &retracted["retractionReason"]), (&json!("RETRACTED"), &json!("It was not our fault")));
        assert!(retracted["retractedAt"].is_string() && retracted["sentAt"].is_string(), "it stays on record");
        assert_eq!(breaches(&desk, &case).await[0]["answered"], false);
        for (mutation, input) in [("sendApology", which), ("recordApologyResponse", respond), ("retractApology", retract)] {
            assert_eq!(refused(&desk, mutation, input).await, ["apologyId NOT_ALLOWED_NOW"], "{mutation}");
        }
        assert_eq!(kinds(&desk, &case).await, ["APOLOGY_DRAFTED", "APOLOGY_SENT", "APOLOGY_RETRACTED"]);
        let entries = desk.read(&case, "timeline(kinds: [APOLOGY_DRAFTED, APOLOGY_SENT]) { nodes { text apologyId audience } }").await;
        let expected = json!([
            { "text": null, "apologyId": drafted["id"], "audience": "INTERNAL" }, { "text": text, "apologyId": drafted["id"], "audience": "PUBLIC" },
        ]);
        assert_eq!(entries["timeline"]["nodes"], expected);
    }

    async fn given_a_draft_when_it_is_changed_then_only_what_is_told_is_other(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = broken(&desk, &["ada"]).await.remove(0);
        let breach = breaches(&desk, &case).await[0]["id"].clone();
        let heard = later(&json!(app.now().to_string()), -HOUR);
        let draft = apologize(&desk, &case, json!({ "send": false, "components": ["REGRET"] })).await["apology"].clone();
        let which = json!({ "apologyId": draft["id"] });
        let change = async |more: Value| act(&desk, "updateApology", with(which.clone(), &more)).await;
        let same = change(json!({ "text": draft["text"], "components": ["REGRET"] })).await;
        assert_eq!((&same["apology"], warnings(&same)), (&draft, vec!["NO_RESPONSIBILITY"]));
        assert_eq!(kinds(&desk, &case).await, ["APOLOGY_DRAFTED"], "it was so already");

        let all = json!({
            "text": "We left you alone.", "components": ["REPAIR", "RESPONSIBILITY"], "breachIds": [breach], "visibility": "PRIVATE", "heardAt": heard,
        });
        let changed = change(all).await;
        assert_eq!(warnings(&changed), [""; 0]);
        let now = &changed["apology"];
        assert_eq!((&now["status"], &now["text"], &now["visibility"]), (&json!("DRAFT"), &json!("We left you alone."), &json!("PRIVATE")));
        assert_eq!((&now["components"], &now["heardAt"]), (&json!(["RESPONSIBILITY", "REPAIR"]), &json!(heard)));
        assert_eq!(now["breaches"], json!([{ "id": breach }]));
        for field in ["id", "author", "createdAt", "sentAt", "retractedAt"] {
            assert_eq!(now[field], draft[field], "{field}");
        }
        assert_eq!(breaches(&desk, &case).await[0]["answered"], false, "a draft answers nothing");
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        assert_eq!(refused(&agent, "updateApology", with(which.clone(), &json!({ "text": "x" }))).await, ["apologyId NOT_FOUND"]);

        let cleared = change(json!({ "breachIds": null, "components": null, "heardAt": null, "visibility": "PUBLIC" })).await["apology"].clone();
        assert_eq!((&cleared["breaches"], &cleared["components"], &cleared["heardAt"]), (&json!([]), &json!([]), &Value::Null));
        assert_eq!((&cleared["text"], &cleared["visibility"]), (&json!("We left you alone."), &json!("PUBLIC")));
        // Somebody else of the company goes on with it; a key is good once.
        let once = with(which.clone(), &json!({ "breachIds": [breach], "components": ["RESPONSIBILITY"], "idempotencyKey": "k-1" }));
        let first = act(&agent, "updateApology", once.clone()).await;
        assert_eq!(act(&agent, "updateApology", once.clone()).await, first);
        assert_eq!(send(&agent, "updateApology", with(once, &json!({ "text": "x" }))).await.code(), "IDEMPOTENCY_KEY_REUSED");

        let sent = act(&desk, "sendApology", which.clone()).await["apology"].clone();
        assert_eq!((&sent["text"], &sent["author"]), (&json!("We left you alone."), &draft["author"]));
        assert_eq!(breaches(&desk, &case).await[0]["answered"], true);
        assert_eq!(refused(&desk, "updateApology", with(which, &json!({ "text": "x" }))).await, ["apologyId NOT_ALLOWED_NOW"]);
        let updated = "APOLOGY_UPDATED";
        assert_eq!(kinds(&desk, &case).await, ["APOLOGY_DRAFTED", updated, updated, updated, "APOLOGY_SENT"]);
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        assert_eq!(kinds(&viewer, &case).await, ["APOLOGY_SENT"], "what it was before is for the company");
        let told = event::Entity::in_community(desk.access.community_id()).filter(event::Column::EventType.eq("apology.updated"));
        assert_eq!(told.all(app.app.db.read()).await.unwrap().len(), 3);
    }

    async fn given_a_draft_when_it_is_given_up_then_it_stays_on_record_among_us(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let case = broken(&desk, &["ada"]).await.remove(0);
        let breach = breaches(&desk, &case).await[0]["id"].clone();
        let draft = apologize(&desk, &case, json!({ "send": false, "breachIds": [breach], "text": "A secret" })).await["apology"].clone();
        let retract = json!({ "apologyId": draft["id"], "reason": "It was not our fault" });
        let given_up = act(&desk, "retractApology", retract.clone()).await["apology"].clone();
        assert_eq!((&given_up["status"], &given_up["retractionReason"]), (&json!("RETRACTED"), &json!("It was not our fault")));
        assert_eq!((&given_up["sentAt"], given_up["retractedAt"].is_string()), (&Value::Null, true), "the customer never had it");
        for (mutation, input) in [
            ("retractApology", retract), ("sendApology", json!({ "apologyId": draft["id"] })),
            ("updateApology", json!({ "apologyId": draft["id"], "text": "x" })),
            ("recordApologyResponse", json!({ "apologyId": draft["id"], "response": "ACCEPTED" })),
            ("promiseRepair", json!({ "caseId": case["id"], "apologyId": draft["id"], "kind": "FIX", "description": "It works" })),
        ] {
            assert_eq!(refused(&desk, mutation, input).await, ["apologyId NOT_ALLOWED_NOW"], "{mutation}");
        }
        assert_eq!(breaches(&desk, &case).await[0]["answered"], false);
        assert_eq!(viewer.read(&case, "apologies { id }").await["apologies"], json!([]), "nobody said it");
        assert_eq!(desk.read(&case, "apologies { status }").await["apologies"], json!([{ "status": "RETRACTED" }]));
        let entries = desk.read(&case, "timeline(kinds: [APOLOGY_RETRACTED]) { nodes { apologyId audience text } }").await;
        assert_eq!(entries["timeline"]["nodes"], json!([{ "apologyId": draft["id"], "audience": "INTERNAL", "text": null }]));
    }

    async fn given_an_apology_when_the_customer_answers_then_it_is_settled_whatever_they_said(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = broken(&desk, &["ada"]).await.remove(0);
        let breach = breaches(&desk, &case).await[0]["id"].clone();
        for answer in ["ACCEPTED", "REJECTED", "NO_REPLY"] {
            let sent = apologize(&desk, &case, json!({ "breachIds": [breach] })).await["apology"].clone();
            desk.wait(2 * HOUR);
            let at = later(&sent["sentAt"], HOUR);
            let response = json!({ "apologyId": sent["id"], "response": answer, "respondedAt": at });
            let answered = act(&desk, "recordApologyResponse", response.clone()).await;
            assert_eq!((&answered["apology"]["status"], &answered["apology"]["respondedAt"]), (&json!(answer), &json!(at)));
            assert_eq!(answered["warnings"], json!([]));
            assert_eq!(breaches(&desk, &case).await[0]["answered"], true, "the customer has it: {answer}");
            for (mutation, input) in [
                ("recordApologyResponse", with(response, &json!({ "response": "ACCEPTED" }))),
                ("retractApology", json!({ "apologyId": sent["id"], "reason": "No" })),
                ("sendApology", json!({ "apologyId": sent["id"] })),
            ] {
                assert_eq!(refused(&desk, mutation, input).await, ["apologyId NOT_ALLOWED_NOW"], "{answer} {mutation}");
            }
            let entries = told(&desk, &case, &["APOLOGY_ANSWERED"]).await;
            assert_eq!(entries.last(), Some(&format!("APOLOGY_ANSWERED {at}")));
        }
        let all = desk.read(&case, "apologies { status } breaches { apologies { status } }").await;
        let expected = json!([{ "status": "ACCEPTED" }, { "status": "REJECTED" }, { "status": "NO_REPLY" }]);
        assert_eq!((&all["apologies"], &all["breaches"][0]["apologies"]), (&expected, &expected));
    }

    async fn given_apologies_when_they_take_no_blame_or_repeat_without_repair_then_a_warning_stands_beside_them(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let cases = broken(&desk, &["ada", "bob"]).await;
        let (case, other) = (&cases[0], &cases[1]);
        let breach = json!([breaches(&desk, case).await[0]["id"]]);
        let of = |components: Value| json!({ "breachIds": breach, "components": components });

        let regret = apologize(&desk, case, of(json!(["REGRET", "EXPLANATION"]))).await;
        assert_eq!((warnings(&regret), &regret["apology"]["status"]), (vec!["NO_RESPONSIBILITY"], &json!("SENT")), "it is recorded all the same");
        assert!(regret["warnings"][0]["message"].as_str().unwrap().contains("responsibility"));
        desk.wait(HOUR);
        assert_eq!(warnings(&apologize(&desk, case, of(json!(["RESPONSIBILITY"]))).await), ["REPEATED_WITHOUT_REPAIR"]);
        assert_eq!(warnings(&apologize(&desk, case, of(json!([]))).await), ["NO_RESPONSIBILITY", "REPEATED_WITHOUT_REPAIR"]);
        assert_eq!(warnings(&apologize(&desk, case, of(json!(["RESPONSIBILITY", "REPAIR"]))).await), [""; 0]);
        // It is told of a draft, too, and again when that is sent.
        let draft = apologize(&desk, case, with(of(json!(["RESPONSIBILITY"])), &json!({ "send": false }))).await;
        assert_eq!(warnings(&draft), ["REPEATED_WITHOUT_REPAIR"]);
        desk.wait(HOUR);
        promise_repair(&desk, case, json!({})).await;
        let sent = act(&desk, "sendApology", json!({ "apologyId": draft["apology"]["id"] })).await;
        assert_eq!(warnings(&sent), [""; 0], "a repair was promised since");
        desk.wait(HOUR);
        assert_eq!(warnings(&apologize(&desk, case, of(json!(["RESPONSIBILITY"]))).await), ["REPEATED_WITHOUT_REPAIR"], "and again nothing since that");

        // An apology for nothing in particular, one for another breach, and one after a retraction repeat nothing.
        assert_eq!(warnings(&apologize(&desk, case, json!({})).await), [""; 0]);
        let breach = breaches(&desk, other).await[0]["id"].clone();
        let first = apologize(&desk, other, json!({ "breachIds": [breach] })).await;
        assert_eq!(warnings(&first), [""; 0]);
        act(&desk, "retractApology", json!({ "apologyId": first["apology"]["id"], "reason": "The wrong one" })).await;
        assert_eq!(warnings(&apologize(&desk, other, json!({ "breachIds": [breach] })).await), [""; 0]);
    }

    async fn given_a_draft_when_somebody_below_agent_looks_then_it_is_not_there(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = broken(&desk, &["ada"]).await.remove(0);
        let breach = breaches(&desk, &case).await[0]["id"].clone();
        let draft = apologize(&desk, &case, json!({ "send": false, "breachIds": [breach], "text": "A secret" })).await["apology"].clone();
        let repair = promise_repair(&desk, &case, json!({ "apologyId": draft["id"] })).await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let read = "apologies { id text } repairs { id apology { id } } breaches { apologies { id } }";
        let hidden = json!({ "apologies": [], "repairs": [], "breaches": [{ "apologies": [] }] });
        assert_eq!(viewer.read(&case, read).await, hidden);
        let node = "query($id: ID!) { node(id: $id) { ... on Apology { text } } }";
        assert_eq!(viewer.client().send(node, json!({ "id": draft["id"] })).await.code(), "NOT_FOUND");
        assert!(kinds(&viewer, &case).await.is_empty());
        let seen = json!({
            "apologies": [{ "id": draft["id"], "text": "A secret" }], "repairs": [{ "id": repair["id"], "apology": { "id": draft["id"] } }],
            "breaches": [{ "apologies": [{ "id": draft["id"] }] }],
        });
        assert_eq!(agent.read(&case, read).await, seen);
        assert_eq!(agent.client().ok(node, json!({ "id": draft["id"] })).await["node"]["text"], "A secret");

        act(&desk, "sendApology", json!({ "apologyId": draft["id"] })).await;
        assert_eq!(viewer.read(&case, read).await, seen, "once it was sent it is there");
        assert_eq!(kinds(&viewer, &case).await, ["APOLOGY_SENT"]);
    }

    async fn given_a_public_case_when_the_apology_is_private_then_only_the_cleared_read_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = broken(&desk, &["ada"]).await.remove(0);
        let breach = breaches(&desk, &case).await[0]["id"].clone();
        let sent = apologize(&desk, &case, json!({ "breachIds": [breach], "visibility": "PRIVATE" })).await["apology"].clone();
        assert_eq!(sent["visibility"], "PRIVATE");
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let read = agent.read(&case, "apologies { id } breaches { answered apologies { id } }").await;
        assert_eq!(read, json!({ "apologies": [], "breaches": [{ "answered": true, "apologies": [] }] }), "answered it is, in whatever words");
        assert!(kinds(&agent, &case).await.is_empty());
        let which = json!({ "apologyId": sent["id"], "reason": "No" });
        assert_eq!(refused(&agent, "retractApology", which).await, ["apologyId NOT_FOUND"]);
        let too_open = json!({ "caseId": case["id"], "text": "x", "components": [], "send": true, "visibility": "PRIVATE" });
        assert_eq!(refused(&agent, "recordApology", too_open).await, ["visibility NOT_ALLOWED_NOW"], "nobody writes what they may not read");

        // In a private case all is private, also what was drafted before it was moved.
        let draft = apologize(&desk, &case, json!({ "send": false })).await["apology"].clone();
        assert_eq!(draft["visibility"], "PUBLIC");
        desk.change("moveCase", &case, json!({ "to": "PRIVATE" })).await;
        let public = json!({ "caseId": case["id"], "text": "x", "components": [], "send": true, "visibility": "PUBLIC" });
        assert_eq!(refused(&desk, "recordApology", public).await, ["visibility NOT_ALLOWED_NOW"]);
        assert_eq!(act(&desk, "sendApology", json!({ "apologyId": draft["id"] })).await["apology"]["visibility"], "PRIVATE");
        assert_eq!(apologize(&desk, &case, json!({})).await["apology"]["visibility"], "PRIVATE");
        assert_eq!(refused(&agent, "sendApology", json!({ "apologyId": draft["id"] })).await, ["apologyId NOT_FOUND"]);
    }

    async fn given_a_breach_whose_case_was_merged_when_the_one_that_goes_on_apologizes_then_it_is_answered(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let cases = broken(&desk, &["ada", "ada"]).await;
        let breach = breaches(&desk, &cases[0]).await[0]["id"].clone();
        desk.change("mergeCases", &cases[0], json!({ "intoId": cases[1]["id"] })).await;
        let sent = apologize(&desk, &cases[1], json!({ "breachIds": [breach] })).await["apology"].clone();
        assert_eq!((&sent["breaches"], &sent["case"]["number"]), (&json!([{ "id": breach }]), &cases[1]["number"]));
        let read = desk.read(&cases[0], "breaches { id answered apologies { id } }").await;
        assert_eq!(read["breaches"], json!([{ "id": breach, "answered": true, "apologies": [{ "id": sent["id"] }] }]));
        let again = apologize(&desk, &cases[1], json!({ "breachIds": [breach] })).await;
        assert_eq!(warnings(&again), ["REPEATED_WITHOUT_REPAIR"]);
    }

    async fn given_a_key_when_an_apology_is_sent_again_then_the_customer_gets_it_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = broken(&desk, &["ada"]).await.remove(0);
        let breach = breaches(&desk, &case).await[0]["id"].clone();
        let input = json!({ "caseId": case["id"], "text": "Sorry", "components": ["REGRET"], "send": false, "breachIds": [breach], "idempotencyKey": "k-1" });
        let first = act(&desk, "recordApology", input.clone()).await;
        assert_eq!(warnings(&first), ["NO_RESPONSIBILITY"]);
        assert_eq!(act(&desk, "recordApology", input.clone()).await, first, "the warnings, too");
        let which = json!({ "apologyId": first["apology"]["id"] });
        let send_it = with(which.clone(), &json!({ "idempotencyKey": "k-2" }));
        let answer = with(which, &json!({ "response": "REJECTED", "idempotencyKey": "k-3" }));
        for (mutation, once) in [("sendApology", &send_it), ("recordApologyResponse", &answer)] {
            let done = act(&desk, mutation, once.clone()).await;
            assert_eq!(act(&desk, mutation, once.clone()).await, done, "{mutation}");
        }
        for (mutation, other) in [
            ("recordApology", with(input, &json!({ "text": "Very sorry" }))),
            ("sendApology", with(send_it, &json!({ "idempotencyKey": "k-3" }))),
            ("recordApologyResponse", with(answer, &json!({ "response": "ACCEPTED" }))),
        ] {
            assert_eq!(send(&desk, mutation, other).await.code(), "IDEMPOTENCY_KEY_REUSED", "{mutation}");
        }
        assert_eq!(kinds(&desk, &case).await, ["APOLOGY_DRAFTED", "APOLOGY_SENT", "APOLOGY_ANSWERED"]);
    }

    async fn given_a_breach_on_a_merged_case_when_the_other_has_another_owner_then_it_is_theirs_to_answer(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let ben = desk.beside("Ben", Role::Agent, Visibility::Private).await;
        let case = broken(&desk, &["ada"]).await.remove(0);
        desk.change("assignCase", &case, json!({ "assigneeId": desk.staff_id() })).await;
        let owed = async |who: &Desk<'_>| {
            let query = "query($slug: String!) { viewer { work(community: $slug) { unansweredBreaches { nodes { id } } } } }";
            let found = who.client().ok(query, json!({ "slug": who.slug() })).await;
            found["viewer"]["work"]["unansweredBreaches"]["nodes"].as_array().unwrap().len()
        };
        assert_eq!((owed(&desk).await, owed(&ben).await), (1, 0));
        let other = desk.case("ada", json!({ "assigneeId": ben.staff_id() })).await;
        desk.change("mergeCases", &case, json!({ "intoId": other["id"] })).await;
        assert_eq!((owed(&desk).await, owed(&ben).await), (0, 1), "it goes where the case goes on");
        let query = "query($slug: String!) { community(slug: $slug) { cases(filter: { unanswered: true, status: { ne: MERGED } }) { nodes { number } } } }";
        let listed = async || desk.client().ok(query, json!({ "slug": desk.slug() })).await["community"]["cases"]["nodes"].clone();
        assert_eq!(listed().await, json!([{ "number": other["number"] }]));
        let breach = breaches(&desk, &case).await[0]["id"].clone();
        apologize(&desk, &other, json!({ "breachIds": [breach] })).await;
        assert_eq!((owed(&desk).await, owed(&ben).await), (0, 0));
        assert_eq!(listed().await, json!([]));
    }
}
