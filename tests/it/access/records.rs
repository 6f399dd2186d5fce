//! One of each record of promises, cases, recovery and advocates, for tests of who may reach them.

use serde_json::{Value, json};

use crate::ingest::calls::with;
use crate::support::{Client, TestApp};

/// A file with a holiday, and with an event that cannot be used.
pub const HOLIDAYS: &str = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20301225\nSUMMARY:Christmas\nEND:VEVENT\n\
                            BEGIN:VEVENT\nSUMMARY:Never\nEND:VEVENT\nEND:VCALENDAR\n";

/// Sends a mutation that must be executed; its payload. `selection` is what to ask beside the user errors.
pub async fn attempt(client: &Client<'_>, mutation: &str, selection: &str, input: Value) -> Value {
    let (first, rest) = mutation.split_at(1);
    let query = format!(
        "mutation($input: {}{rest}Input!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}",
        first.to_uppercase()
    );
    client.ok(&query, json!({ "input": input })).await[mutation].clone()
}

/// Sends a mutation that must do something; its payload.
pub async fn act(client: &Client<'_>, mutation: &str, selection: &str, input: Value) -> Value {
    let payload = attempt(client, mutation, selection, input).await;
    assert_eq!(payload["userErrors"], json!([]), "{mutation}");
    payload
}

/// Somebody's answer as text.
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text is expected, not {value}"))
        .to_owned()
}

/// What a community promises: ids of a calendar, a proposed holiday, a published expectation and a draft.
async fn promises(admin: &Client<'_>, slug: &str) -> Value {
    let of = |more: Value| with(json!({ "community": slug }), &more);
    let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
    let hours = days.map(|day| json!({ "day": day, "opens": "00:00", "closes": "24:00" }));
    let eve = json!({ "date": "2020-12-24", "name": "Christmas Eve", "closed": { "from": "13:00", "to": "24:00" } });
    let desk = json!({ "name": "Desk", "zone": "Europe/Berlin", "hours": hours, "holidays": [eve] });
    let calendar = act(admin, "createCalendar", "calendar { id }", of(desk)).await["calendar"]["id"].clone();
    let file = json!({ "calendarId": calendar, "ical": HOLIDAYS });
    let proposed = act(admin, "proposeHolidays", "proposals { id }", of(file)).await;

    let terms = |metric: &str| json!({ "name": "Soon", "publicText": "We answer within the hour.", "metric": metric, "target": "PT1H", "calendarId": calendar });
    let mut drafted = Vec::new();
    for metric in ["FIRST_RESPONSE", "UPDATE"] {
        let payload = act(admin, "draftExpectation", "expectation { id }", of(terms(metric))).await;
        drafted.push(payload["expectation"]["id"].clone());
    }
    let since = json!({ "expectationId": drafted[0], "effectiveFrom": "2020-01-01T00:00:00Z" });
    act(admin, "publishExpectation", "expectation { id }", of(since)).await;
    json!({ "calendar": calendar, "proposal": proposed["proposals"][0]["id"], "expectation": drafted[0], "draft": drafted[1] })
}

/// Ids of one of each in a community, by name: a case of Ada, whose promise was broken two days ago, with all that belongs to it.
/// `visibility` is that of the complaint and the case. For an admin; the case is the next of the community.
pub async fn one_of_each(app: &TestApp, admin: &Client<'_>, slug: &str, visibility: &str) -> Value {
    let of = |more: Value| with(json!({ "community": slug }), &more);
    let promised = promises(admin, slug).await;
    let complaint = json!({
        "externalId": "c-1", "kind": "COMPLAINT", "actor": "ada", "thread": "t-1", "visibility": visibility, "occurredAt": app.days_ago(2.0),
        "text": format!("It broke in {slug}"),
    });
    let complaint = admin.record(slug, vec![complaint]).await["results"][0]["interactionId"].clone();
    let people = "query($slug: String!) { community(slug: $slug) { memberByIdentity(provider: \"forum\", externalId: \"ada\") { id } \
                  staff { id role } } }";
    let people = admin.ok(people, json!({ "slug": slug })).await["community"].clone();
    let mut staff = people["staff"].as_array().unwrap().iter();
    let boss = staff.find(|person| person["role"] == "ADMIN").unwrap()["id"].clone();
    let member = people["memberByIdentity"]["id"].clone();

    let opening = json!({ "memberId": member, "originId": complaint, "visibility": visibility, "assigneeId": boss, "severity": "HIGH" });
    let selection = "case { id breaches { id } clocks { id } timeline(kinds: [OPENED]) { nodes { id } } }";
    let case = act(admin, "openCase", selection, of(opening)).await["case"].clone();
    let on_case = |more: Value| with(of(json!({ "caseId": case["id"] })), &more);
    act(admin, "addCaseNote", "case { id }", on_case(json!({ "text": "among us" }))).await;
    let changed = on_case(json!({ "subject": "Broken" }));
    let changed = act(
        admin,
        "updateCase",
        "case { timeline(kinds: [DETAILS_CHANGED]) { nodes { id } } }",
        changed,
    )
    .await;

    let apology = |send: bool| {
        on_case(json!({
            "breachIds": [case["breaches"][0]["id"]], "text": "It was our fault.", "components": ["RESPONSIBILITY"], "send": send,
        }))
    };
    let sent = act(admin, "recordApology", "apology { id }", apology(true)).await["apology"]["id"].clone();
    let unsent = act(admin, "recordApology", "apology { id }", apology(false)).await["apology"]["id"].clone();
    let repair = on_case(json!({ "apologyId": sent, "kind": "REFUND", "description": "The invoice", "amount": 12.5, "currency": "EUR" }));
    let repair = act(admin, "promiseRepair", "repair { id }", repair).await["repair"]["id"].clone();
    let follow_up = on_case(json!({ "kind": "PROMISE", "description": "Ask how it is", "dueAt": app.days_ago(-1.0) }));
    let follow_up = act(admin, "scheduleFollowUp", "followUp { id }", follow_up).await["followUp"]["id"].clone();
    let programme = of(json!({ "name": "Champions", "description": "Those who help most" }));
    let programme = act(admin, "createAdvocateProgramme", "programme { id }", programme).await["programme"]["id"].clone();
    let advocate = of(json!({ "programmeId": programme, "memberId": member, "reason": "Answers every evening" }));
    let advocate = act(admin, "addAdvocate", "advocate { id }", advocate).await["advocate"]["id"].clone();
    let touchpoint = of(json!({ "memberId": member, "programmeId": programme, "kind": "THANKS", "note": "A card" }));
    let touchpoint = act(admin, "recordTouchpoint", "touchpoint { id }", touchpoint).await["touchpoint"]["id"].clone();
    with(
        promised,
        &json!({
            "member": member, "complaint": complaint, "staff": boss, "case": case["id"], "clock": case["clocks"][0]["id"],
            "breach": case["breaches"][0]["id"], "event": case["timeline"]["nodes"][0]["id"],
            "changed": changed["case"]["timeline"]["nodes"][0]["id"], "apology": sent, "unsent": unsent, "repair": repair,
            "followUp": follow_up, "programme": programme, "advocate": advocate, "touchpoint": touchpoint,
        }),
    )
}
