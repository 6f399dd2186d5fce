//! Follow-ups: due on their day, kept or missed to the microsecond, put off without being forgotten.

use entity::{FollowUpId, Timestamp};
use rapport::context::OpContext;
use rapport::features::recovery::follow_up::Completion;
use rapport::features::recovery::service::follow_ups;
use serde_json::{Value, json};

use super::{act, key, refused, schedule, send};
use crate::cases::Desk;
use crate::ingest::calls::with;
use crate::on_both_engines;
use crate::promises::{at, complained, micros, said_in, told};
use crate::support::TestApp;

const KINDS: [&str; 7] = [
    "FOLLOW_UP_SCHEDULED",
    "FOLLOW_UP_DUE",
    "FOLLOW_UP_KEPT",
    "FOLLOW_UP_MISSED",
    "FOLLOW_UP_COMPLETED_LATE",
    "FOLLOW_UP_RESCHEDULED",
    "FOLLOW_UP_CANCELLED",
];

/// Monday the first of March 2027, at ten in Berlin, and a case.
async fn given_a_case(app: &TestApp) -> (Desk<'_>, Value) {
    app.set_clock("2027-03-01T09:00:00Z");
    let desk = Desk::open(app, "tea").await;
    let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
    (desk, case)
}

/// Some fields of a follow-up, as it stands now.
async fn now(desk: &Desk<'_>, follow_up: &Value, fields: &str) -> Value {
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on FollowUp {{ {fields} }} }} }}");
    desk.client().ok(&query, json!({ "id": follow_up["id"] })).await["node"].clone()
}

/// Completes a follow-up at an exact instant, which no request over the network could hit.
async fn complete_at(desk: &Desk<'_>, follow_up: &Value, now: Timestamp) {
    let ctx = OpContext {
        now,
        ..desk.app.app.system("test")
    };
    let done = Completion {
        follow_up: FollowUpId(key(follow_up)),
        outcome: "It is warm".to_owned(),
    };
    follow_ups::complete(&desk.app.app, &ctx, &desk.access, &done, None).await.unwrap();
}

/// Where the follow-ups stand that a list of the community holds, as `description status`.
async fn listed(desk: &Desk<'_>, arguments: &str) -> Vec<String> {
    let query =
        format!("query($slug: String!) {{ community(slug: $slug) {{ followUps({arguments}) {{ nodes {{ description status }} }} }} }}");
    let found = desk.client().ok(&query, json!({ "slug": desk.slug() })).await["community"]["followUps"]["nodes"].clone();
    let line = |row: &Value| format!("{} {}", row["description"].as_str().unwrap(), row["status"].as_str().unwrap());
    found.as_array().unwrap().iter().map(line).collect()
}

on_both_engines! {
    async fn given_a_follow_up_when_its_day_begins_in_the_community_then_it_is_due_and_kept_when_it_is_done(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, case) = given_a_case(&app).await;
        let planned = schedule(&desk, &case, "PROMISE", "2027-03-03T13:00:00Z").await;
        assert_eq!((&planned["status"], &planned["kind"], &planned["promisedToMember"]), (&json!("SCHEDULED"), &json!("PROMISE"), &json!(true)));
        assert_eq!((&planned["ownerId"], &planned["ownerName"]), (&json!(desk.staff_id()), &json!("Agnes")), "whoever schedules it");
        assert_eq!((&planned["createdBy"], &planned["case"]["number"]), (&json!(format!("staff:{}", desk.id)), &case["number"]));
        for nothing in ["rescheduledFrom", "keptByOriginalDue", "completedAt", "outcome", "cancelledAt", "cancelReason"] {
            assert!(planned[nothing].is_null(), "{nothing}: {planned}");
        }
        // Wednesday begins at 23:00Z in Berlin, whether or not anybody announces it.
        app.set_clock("2027-03-02T22:59:00Z");
        assert_eq!(desk.announce().await, 0);
        assert_eq!(now(&desk, &planned, "status").await["status"], "SCHEDULED");
        app.set_clock("2027-03-02T23:00:00Z");
        assert_eq!(now(&desk, &planned, "status").await["status"], "DUE");
        assert_eq!(desk.announce().await, 1);
        assert_eq!((now(&desk, &planned, "status").await["status"].clone(), desk.announce().await), (json!("DUE"), 0));

        app.set_clock("2027-03-03T12:00:00Z");
        let outcome = "<i>Warm</i> & happy";
        let kept = act(&desk, "completeFollowUp", json!({ "followUpId": planned["id"], "outcome": outcome })).await["followUp"].clone();
        assert_eq!((&kept["status"], &kept["outcome"], &kept["keptByOriginalDue"]), (&json!("KEPT"), &json!(outcome), &json!(true)));
        let kept_at = kept["completedAt"].as_str().unwrap();
        let expected = [
            "FOLLOW_UP_SCHEDULED ".to_owned() + planned["createdAt"].as_str().unwrap(),
            "FOLLOW_UP_DUE 2027-03-02T23:00:00Z".to_owned(),
            format!("FOLLOW_UP_KEPT {kept_at}"),
        ];
        assert_eq!(told(&desk, &case, &KINDS).await, expected);
        app.set_clock("2027-03-05T12:00:00Z");
        assert_eq!(desk.announce().await, 0, "what is done is done");
        for (mutation, more) in [
            ("completeFollowUp", json!({ "outcome": "Again" })), ("cancelFollowUp", json!({ "reason": "No need" })),
            ("rescheduleFollowUp", json!({ "dueAt": "2027-03-09T12:00:00Z" })),
        ] {
            let input = with(json!({ "followUpId": planned["id"] }), &more);
            assert_eq!(refused(&desk, mutation, input).await, ["followUpId NOT_ALLOWED_NOW"], "{mutation}");
        }
    }

    async fn given_a_due_time_when_it_is_done_exactly_then_it_is_kept_and_a_microsecond_later_missed(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, case) = given_a_case(&app).await;
        let due = at("2027-03-03T13:00:00Z");
        let on_time = schedule(&desk, &case, "PROMISE", &due.to_string()).await;
        let late = schedule(&desk, &case, "PROMISE", &due.to_string()).await;
        let never = schedule(&desk, &case, "PROMISE", &due.to_string()).await;
        // Three days begin; at the due time itself nothing is late.
        assert_eq!(app.announce_by(due).await, 3);
        complete_at(&desk, &on_time, due).await;
        assert_eq!(app.announce_by(due.plus_micros(1)).await, 2);
        complete_at(&desk, &late, due.plus_micros(1)).await;
        app.set_clock("2027-03-04T09:00:00Z");

        let fields = "status completedAt outcome keptByOriginalDue";
        let kept = json!({ "status": "KEPT", "completedAt": "2027-03-03T13:00:00Z", "outcome": "It is warm", "keptByOriginalDue": true });
        assert_eq!(now(&desk, &on_time, fields).await, kept);
        let missed = json!({ "status": "MISSED", "completedAt": "2027-03-03T13:00:00.000001Z", "outcome": "It is warm", "keptByOriginalDue": false });
        assert_eq!(now(&desk, &late, fields).await, missed, "late is missed, with the time at which it was done");
        let open = json!({ "status": "MISSED", "completedAt": null, "outcome": null, "keptByOriginalDue": false });
        assert_eq!(now(&desk, &never, fields).await, open);
        let done = act(&desk, "completeFollowUp", json!({ "followUpId": never["id"], "outcome": "At last" })).await["followUp"].clone();
        assert_eq!((&done["status"], &done["outcome"], &done["keptByOriginalDue"]), (&json!("MISSED"), &json!("At last"), &json!(false)));
        assert!(micros(&done["completedAt"]) >= at("2027-03-04T09:00:00Z").as_micros());
        let again = json!({ "followUpId": never["id"], "outcome": "Again" });
        assert_eq!(refused(&desk, "completeFollowUp", again).await, ["followUpId NOT_ALLOWED_NOW"]);
        let entries = told(&desk, &case, &["FOLLOW_UP_KEPT", "FOLLOW_UP_MISSED", "FOLLOW_UP_COMPLETED_LATE"]).await;
        let (known, last) = entries.split_at(4);
        let mut known = known.to_vec();
        known.sort();
        let expected = [
            "FOLLOW_UP_COMPLETED_LATE 2027-03-03T13:00:00.000001Z", "FOLLOW_UP_KEPT 2027-03-03T13:00:00Z",
            "FOLLOW_UP_MISSED 2027-03-03T13:00:00Z", "FOLLOW_UP_MISSED 2027-03-03T13:00:00Z",
        ];
        assert_eq!(known, expected);
        assert_eq!(last, [format!("FOLLOW_UP_COMPLETED_LATE {}", done["completedAt"].as_str().unwrap())]);
        assert_eq!(desk.announce().await, 0);
    }

    async fn given_a_follow_up_when_it_is_put_off_then_the_time_first_given_is_not_forgotten(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, case) = given_a_case(&app).await;
        let planned = schedule(&desk, &case, "PROMISE", "2027-03-03T13:00:00Z").await;
        let put_off = async |to: &str| act(&desk, "rescheduleFollowUp", json!({ "followUpId": planned["id"], "dueAt": to })).await["followUp"].clone();
        let first = put_off("2027-03-05T13:00:00Z").await;
        assert_eq!((&first["status"], &first["dueAt"]), (&json!("SCHEDULED"), &json!("2027-03-05T13:00:00Z")));
        assert_eq!((&first["rescheduledFrom"], &first["keptByOriginalDue"]), (&json!("2027-03-03T13:00:00Z"), &Value::Null));
        assert_eq!(desk.announce().await, 0);
        app.set_clock("2027-03-03T14:00:00Z");
        assert_eq!(desk.announce().await, 0, "the old day says nothing any more");
        assert_eq!(now(&desk, &planned, "status keptByOriginalDue").await, json!({ "status": "SCHEDULED", "keptByOriginalDue": false }));

        // On its new day it is due; put off again it waits again, and the first time stands.
        app.set_clock("2027-03-05T08:00:00Z");
        assert_eq!(desk.announce().await, 1);
        let second = put_off("2027-03-09T13:00:00Z").await;
        assert_eq!((&second["status"], &second["rescheduledFrom"]), (&json!("SCHEDULED"), &json!("2027-03-03T13:00:00Z")));
        assert_eq!(put_off("2027-03-09T13:00:00Z").await, second, "it is so already");
        app.set_clock("2027-03-09T12:00:00Z");
        let kept = act(&desk, "completeFollowUp", json!({ "followUpId": planned["id"], "outcome": "Warm" })).await["followUp"].clone();
        assert_eq!((&kept["status"], &kept["keptByOriginalDue"]), (&json!("KEPT"), &json!(false)), "by its last time, and not by the one first given");

        let read = desk.read(&case, "timeline(kinds: [FOLLOW_UP_RESCHEDULED]) { nodes { fromDueAt toDueAt followUpId } }").await;
        let expected = json!([
            { "fromDueAt": "2027-03-03T13:00:00Z", "toDueAt": "2027-03-05T13:00:00Z", "followUpId": planned["id"] },
            { "fromDueAt": "2027-03-05T13:00:00Z", "toDueAt": "2027-03-09T13:00:00Z", "followUpId": planned["id"] },
        ]);
        assert_eq!(read["timeline"]["nodes"], expected);
        let due: Vec<String> = told(&desk, &case, &["FOLLOW_UP_DUE"]).await;
        assert_eq!(due, ["FOLLOW_UP_DUE 2027-03-04T23:00:00Z", "FOLLOW_UP_DUE 2027-03-08T23:00:00Z"]);
        // One that is missed cannot be put off; one that is put off first and cancelled afterwards was not kept.
        let missed = schedule(&desk, &case, "PROMISE", "2027-03-09T13:00:00Z").await;
        let given_up = schedule(&desk, &case, "PROMISE", "2027-03-09T13:00:00Z").await;
        act(&desk, "rescheduleFollowUp", json!({ "followUpId": given_up["id"], "dueAt": "2027-03-20T13:00:00Z" })).await;
        app.set_clock("2027-03-09T13:00:01Z");
        let input = json!({ "followUpId": missed["id"], "dueAt": "2027-03-20T13:00:00Z" });
        assert_eq!(refused(&desk, "rescheduleFollowUp", input).await, ["followUpId NOT_ALLOWED_NOW"]);
        let cancelled = act(&desk, "cancelFollowUp", json!({ "followUpId": given_up["id"], "reason": "<Never> mind" })).await["followUp"].clone();
        assert_eq!((&cancelled["status"], &cancelled["cancelReason"]), (&json!("CANCELLED"), &json!("<Never> mind")));
        assert_eq!(cancelled["keptByOriginalDue"], false);
    }

    async fn given_nudges_and_promises_when_the_customer_writes_then_only_the_nudges_are_settled(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, case) = given_a_case(&app).await;
        let promise = schedule(&desk, &case, "PROMISE", "2027-03-03T13:00:00Z").await;
        let nudge = schedule(&desk, &case, "NUDGE", "2027-03-03T13:00:00Z").await;
        let missed = schedule(&desk, &case, "NUDGE", "2027-03-01T10:00:00Z").await;
        assert_eq!((&nudge["promisedToMember"], &missed["status"]), (&json!(false), &json!("DUE")), "its day is today");
        // Neither our own words nor those of others settle it.
        desk.change("respondToCase", &case, json!({ "text": "We are on it" })).await;
        said_in(&desk, "t-1", "b-1", "bob", "2027-03-01T09:00:00Z").await;
        app.set_clock("2027-03-02T09:00:00Z");
        assert_eq!(now(&desk, &nudge, "status").await["status"], "SCHEDULED");
        desk.change("recordCustomerMessage", &case, json!({ "text": "It is warm now" })).await;
        let settled = now(&desk, &nudge, "status cancelReason keptByOriginalDue").await;
        assert_eq!(settled, json!({ "status": "CANCELLED", "cancelReason": "The customer replied.", "keptByOriginalDue": null }));
        let late = missed;
        let missed = now(&desk, &late, "status cancelReason").await;
        assert_eq!(missed, json!({ "status": "CANCELLED", "cancelReason": "The customer replied." }), "nobody has to ask any more, late or not");
        assert_eq!(now(&desk, &promise, "status").await["status"], "SCHEDULED");

        // In the thread it is the same.
        let second = schedule(&desk, &case, "NUDGE", "2027-03-03T13:00:00Z").await;
        app.set_clock("2027-03-02T09:15:00Z");
        said_in(&desk, "t-1", "c-1", "ada", "2027-03-02T09:10:00Z").await;
        assert_eq!(now(&desk, &second, "status").await["status"], "CANCELLED");
        // What they wrote before somebody planned to ask is no answer to that, however late we hear of it.
        let third = schedule(&desk, &case, "NUDGE", "2027-03-03T13:00:00Z").await;
        said_in(&desk, "t-1", "c-2", "ada", "2027-03-02T09:05:00Z").await;
        assert_eq!(now(&desk, &third, "status").await["status"], "SCHEDULED");
        assert_eq!(now(&desk, &promise, "status").await["status"], "SCHEDULED");
        // One that was missed can be dropped by hand, a promise cannot.
        let forgotten = schedule(&desk, &case, "NUDGE", "2027-03-02T10:00:00Z").await;
        let broken = schedule(&desk, &case, "PROMISE", "2027-03-02T10:00:00Z").await;
        app.set_clock("2027-03-02T11:00:00Z");
        let dropped = act(&desk, "cancelFollowUp", json!({ "followUpId": forgotten["id"], "reason": "They are on holiday" })).await;
        assert_eq!(dropped["followUp"]["status"], "CANCELLED");
        let input = json!({ "followUpId": broken["id"], "reason": "They are on holiday" });
        assert_eq!(refused(&desk, "cancelFollowUp", input).await, ["followUpId NOT_ALLOWED_NOW"]);
        let entries = desk.read(&case, "timeline(kinds: [FOLLOW_UP_CANCELLED]) { nodes { followUpId audience } }").await["timeline"]["nodes"].clone();
        let expected = json!([&nudge["id"], &late["id"], &second["id"], &forgotten["id"]].map(|id| json!({ "followUpId": id, "audience": "INTERNAL" })));
        assert_eq!(entries, expected, "reminders to ourselves are nobody else's");
    }

    async fn given_follow_ups_when_one_asks_what_is_owed_then_days_and_weeks_are_those_of_the_community(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, case) = given_a_case(&app).await;
        let days = [
            ("an hour ago", "2027-03-01T10:00:00Z"), ("tonight", "2027-03-01T22:59:59Z"), ("after midnight", "2027-03-01T23:00:00Z"),
            ("on Sunday", "2027-03-07T22:59:59Z"), ("next week", "2027-03-07T23:00:00Z"), ("done", "2027-03-01T12:00:00Z"), ("off", "2027-03-01T12:00:00Z"),
        ];
        for (description, due_at) in days {
            let input = json!({ "caseId": case["id"], "kind": "PROMISE", "description": description, "dueAt": due_at });
            let planned = act(&desk, "scheduleFollowUp", input).await["followUp"].clone();
            match description {
                "done" => drop(act(&desk, "completeFollowUp", json!({ "followUpId": planned["id"], "outcome": "Done" })).await),
                "off" => drop(act(&desk, "cancelFollowUp", json!({ "followUpId": planned["id"], "reason": "Off" })).await),
                _ => {}
            }
        }
        app.set_clock("2027-03-01T11:00:00Z");
        assert_eq!(listed(&desk, "due: TODAY").await, ["an hour ago MISSED", "tonight DUE"]);
        assert_eq!(listed(&desk, "due: OVERDUE").await, ["an hour ago MISSED"]);
        let week = ["an hour ago MISSED", "tonight DUE", "after midnight SCHEDULED", "on Sunday SCHEDULED"];
        assert_eq!(listed(&desk, "due: THIS_WEEK").await, week);
        assert_eq!(listed(&desk, "filter: { status: { in: [KEPT, CANCELLED] } }").await, ["done KEPT", "off CANCELLED"]);
        let mine = "query($slug: String!) { viewer { work(community: $slug) { followUps { description } } } }";
        let mine = desk.client().ok(mine, json!({ "slug": "tea" })).await["viewer"]["work"]["followUps"].clone();
        assert_eq!(mine, json!([{ "description": "an hour ago" }, { "description": "tonight" }]));
    }

    async fn given_a_key_when_a_follow_up_is_sent_again_then_it_is_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, case) = given_a_case(&app).await;
        let input = json!({ "caseId": case["id"], "kind": "PROMISE", "description": "Ask", "dueAt": "2027-03-03T13:00:00Z", "idempotencyKey": "k-1" });
        let first = act(&desk, "scheduleFollowUp", input.clone()).await;
        assert_eq!(act(&desk, "scheduleFollowUp", input.clone()).await, first);
        let which = json!({ "followUpId": first["followUp"]["id"] });
        let later = with(which.clone(), &json!({ "dueAt": "2027-03-04T13:00:00Z", "idempotencyKey": "k-2" }));
        let complete = with(which, &json!({ "outcome": "Warm", "idempotencyKey": "k-3" }));
        for (mutation, once) in [("rescheduleFollowUp", &later), ("completeFollowUp", &complete)] {
            let done = act(&desk, mutation, once.clone()).await;
            assert_eq!(act(&desk, mutation, once.clone()).await, done, "{mutation}");
        }
        for (mutation, other) in [
            ("scheduleFollowUp", with(input, &json!({ "kind": "NUDGE" }))),
            ("rescheduleFollowUp", with(later, &json!({ "dueAt": "2027-03-05T13:00:00Z" }))),
            ("completeFollowUp", with(complete, &json!({ "outcome": "Cold" }))),
        ] {
            assert_eq!(send(&desk, mutation, other).await.code(), "IDEMPOTENCY_KEY_REUSED", "{mutation}");
        }
        assert_eq!(desk.read(&case, "followUps { status }").await["followUps"], json!([{ "status": "KEPT" }]));
    }
}
