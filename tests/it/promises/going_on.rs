//! Where a conversation goes on when its case is over: in the case that goes on from it, and never in somebody else's.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{HOUR, colleague, complained, said_in, told};
use crate::cases::Desk;
use crate::ingest::calls::{merge, with};
use crate::on_both_engines;
use crate::support::TestApp;

/// A community at half past eight on a Monday, with a case that came from a thread and is closed.
async fn given_a_closed_case(app: &TestApp) -> (Desk<'_>, Value) {
    app.set_clock("2027-03-01T08:30:00Z");
    let desk = Desk::open(app, "tea").await;
    colleague(&desk, "team", false).await;
    let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
    desk.change("resolveCase", &case, json!({ "message": "Here is a new pot" })).await;
    desk.change("closeCase", &case, json!({})).await;
    (desk, case)
}

async fn count(desk: &Desk<'_>) -> Value {
    let query = "{ community(slug: \"tea\") { cases { totalCount } } }";
    desk.client().ok(query, json!({})).await["community"]["cases"]["totalCount"].clone()
}

/// What was said on a case, as `KIND text`.
async fn said(desk: &Desk<'_>, case: &Value) -> Vec<String> {
    let found = desk
        .read(
            case,
            "timeline(kinds: [OPENED, CUSTOMER_MESSAGE, RESPONDED, COMMUNITY_MESSAGE]) { nodes { kind text } }",
        )
        .await;
    let line = |entry: &Value| format!("{} {}", entry["kind"].as_str().unwrap(), entry["text"].as_str().unwrap_or_default());
    found["timeline"]["nodes"].as_array().unwrap().iter().map(line).collect()
}

on_both_engines! {
    async fn given_a_closed_case_when_the_customer_writes_again_and_again_then_one_case_goes_on(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, case) = given_a_closed_case(&app).await;
        let hear = async |text: &str| desk.change("recordCustomerMessage", &case, json!({ "text": text })).await;
        let linked = hear("Cold again").await;
        assert_eq!((&linked["number"], &linked["status"]), (&json!(2), &json!("NEW")));
        assert_eq!(hear("Hello?").await["number"], 2);
        desk.change("respondToCase", &linked, json!({ "text": "Which pot?", "then": "WAITING_ON_CUSTOMER" })).await;
        let answered = hear("The blue one").await;
        assert_eq!((&answered["number"], &answered["status"]), (&json!(2), &json!("OPEN")));
        let texts = ["OPENED Cold again", "CUSTOMER_MESSAGE Hello?", "RESPONDED Which pot?", "CUSTOMER_MESSAGE The blue one"];
        assert_eq!(said(&desk, &linked).await, texts);
        // So does the thread of the closed one.
        app.set_clock("2027-03-02T09:00:00Z");
        said_in(&desk, "t-1", "c-1", "ada", "2027-03-02T08:59:00Z").await;
        assert_eq!(told(&desk, &linked, &["CUSTOMER_MESSAGE"]).await.last().unwrap(), "CUSTOMER_MESSAGE 2027-03-02T08:59:00Z");
        assert_eq!(count(&desk).await, 2);

        // The chain of links is followed, across merges, too; where all of it is closed another case is opened.
        desk.change("resolveCase", &linked, json!({ "message": "Done" })).await;
        desk.change("closeCase", &linked, json!({})).await;
        let third = hear("And again").await;
        assert_eq!(third["number"], 3);
        assert_eq!(desk.read(&third, "parent { number }").await["parent"]["number"], 1);
        let other = desk.case("ada", json!({})).await;
        desk.change("mergeCases", &third, json!({ "intoId": other["id"] })).await;
        assert_eq!(hear("It is me").await["number"], other["number"]);
        assert_eq!(desk.change("recordCustomerMessage", &linked, json!({ "text": "Me" })).await["number"], 5, "nothing goes on from that one");
        assert_eq!(count(&desk).await, 5);
    }

    async fn given_members_who_turn_out_to_be_two_when_one_goes_on_in_their_thread_then_it_is_not_shown_on_the_others_case(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:30:00Z");
        let desk = Desk::open(&app, "tea").await;
        colleague(&desk, "team", false).await;
        let one = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({ "visibility": "PRIVATE" })).await;
        let two = complained(&desk, "bob", "t-2", "2027-03-01T08:10:00Z", json!({ "visibility": "PRIVATE" })).await;
        let (ada, bob) = (desk.member("ada").await, desk.member("bob").await);
        merge(&desk.client(), json!({ "community": "tea", "memberId": ada, "intoId": bob })).await;
        desk.change("mergeCases", &one, json!({ "intoId": two["id"] })).await;
        said_in(&desk, "t-1", "c-1", "ada", "2027-03-01T08:20:00Z").await;
        let together = said(&desk, &two).await;
        assert_eq!(together, ["OPENED bob complains", "CUSTOMER_MESSAGE ada says something"], "one person, as far as anybody knows");

        let unmerged = merge(&desk.client(), json!({ "community": "tea", "memberId": ada })).await;
        assert_eq!(unmerged["userErrors"], json!([]));
        app.set_clock("2027-03-01T10:00:00Z");
        // What others say there is nobody's; what she says is her own case's.
        said_in(&desk, "t-1", "r-0", "team", "2027-03-01T09:00:00Z").await;
        assert_eq!(count(&desk).await, 2);
        said_in(&desk, "t-1", "c-2", "ada", "2027-03-01T09:10:00Z").await;
        assert_eq!(said(&desk, &two).await, together);
        let own = json!({ "number": 3 });
        let read = desk.read(&own, "visibility status member { id } parent { number } originInteraction { externalId }").await;
        let expected = json!({
            "visibility": "PRIVATE", "status": "NEW", "member": { "id": ada }, "parent": { "number": 1 }, "originInteraction": { "externalId": "c-2" },
        });
        assert_eq!(read, expected);
        // From here on the thread is that case's, and so is what is written down by hand.
        said_in(&desk, "t-1", "r-1", "team", "2027-03-01T09:20:00Z").await;
        said_in(&desk, "t-1", "c-3", "ada", "2027-03-01T09:30:00Z").await;
        let by_hand = desk.change("recordCustomerMessage", &one, json!({ "text": "By mail" })).await;
        assert_eq!(by_hand["number"], 3);
        let hers = ["OPENED ada says something", "RESPONDED team says something", "CUSTOMER_MESSAGE ada says something", "CUSTOMER_MESSAGE By mail"];
        assert_eq!(said(&desk, &own).await, hers);
        assert_eq!((said(&desk, &two).await, count(&desk).await), (together, json!(3)));
        // Bob goes on in his.
        said_in(&desk, "t-2", "c-4", "bob", "2027-03-01T09:40:00Z").await;
        assert_eq!(said(&desk, &two).await.last().unwrap(), "CUSTOMER_MESSAGE bob says something");
        let visible = desk.beside("Pia", Role::Agent, Visibility::Public).await;
        assert_eq!(visible.client().ok("{ community(slug: \"tea\") { cases { totalCount } } }", json!({})).await["community"]["cases"]["totalCount"], 0);
    }

    async fn given_thanks_for_what_is_solved_when_they_are_said_in_the_thread_then_nothing_is_reopened_or_opened(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:30:00Z");
        let desk = Desk::open(&app, "tea").await;
        desk.promise("NEXT_RESPONSE", "PT1H", json!({})).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        desk.change("recordSentiment", &case, json!({ "value": -0.5 })).await;
        let praise = async |id: &str, at: &str| {
            let words = json!({ "text": "Thank you all", "thread": "t-1", "occurredAt": at, "sentiment": 1.0 });
            desk.said("PRAISE", id, "ada", words).await
        };
        desk.change("resolveCase", &case, json!({ "message": "Here is a new pot" })).await;
        app.set_clock("2027-03-01T10:00:00Z");
        praise("p-1", "2027-03-01T09:30:00Z").await;
        let read = "status reopenCount waitingSince sentiment nextDueAt clocks(first: 5) { metric }";
        let solved = json!({ "status": "RESOLVED", "reopenCount": 0, "waitingSince": null, "sentiment": -0.5, "nextDueAt": null, "clocks": [] });
        assert_eq!(desk.read(&case, read).await, solved, "nobody owes an answer to thanks");
        assert_eq!(said(&desk, &case).await.last().unwrap(), "CUSTOMER_MESSAGE Thank you all");
        desk.wait(2 * HOUR);
        assert_eq!(desk.announce().await, 0);

        desk.change("closeCase", &case, json!({})).await;
        let before = said(&desk, &case).await;
        app.set_clock("2027-03-02T10:00:00Z");
        praise("p-2", "2027-03-02T09:00:00Z").await;
        assert_eq!((said(&desk, &case).await, count(&desk).await), (before, json!(1)), "thanks open no case");
        // Another word is one.
        said_in(&desk, "t-1", "c-1", "ada", "2027-03-02T09:30:00Z").await;
        assert_eq!(count(&desk).await, 2);
    }

    async fn given_a_case_at_work_when_it_is_praised_then_that_is_a_message_as_any_other(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:30:00Z");
        let desk = Desk::open(&app, "tea").await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        desk.change("respondToCase", &case, json!({ "text": "Which pot?", "then": "WAITING_ON_CUSTOMER" })).await;
        app.set_clock("2027-03-01T10:00:00Z");
        let words = with(json!({ "text": "Good question" }), &json!({ "thread": "t-1", "occurredAt": "2027-03-01T09:30:00Z" }));
        desk.said("PRAISE", "p-1", "ada", words).await;
        assert_eq!(desk.read(&case, "status waitingSince").await, json!({ "status": "OPEN", "waitingSince": "2027-03-01T09:30:00Z" }));
    }
}
