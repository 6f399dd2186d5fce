//! The cases of today, from the table of scenes: their customers, their exact times, and what is owed to them.

use entity::{FollowUpKind, RepairKind, Timestamp};

use super::amends::{Amends, Apology, EMPTY, FollowUp, Repair, Then, WHOLE};
use super::past::is_customer;
use super::scenes::{SCENES, Scene, Told};
use super::{DAY, DemoCase, HOUR, words};
use crate::features::cases::backdate::record::{CaseRecord, RecordedEvent, What};
use crate::features::demo::dice::Dice;
use crate::features::demo::{DEMO_SOURCE, DemoPlan};
use crate::features::ingest::record::MemberRecord;
use crate::features::recovery::apology::Answer;
use crate::features::recovery::due;

/// The zone in which the company has its days.
const ZONE: &str = "Europe/Berlin";

/// The cases of today, where the plan goes back far enough for them.
pub(super) fn tell(plan: &DemoPlan, dice: &mut Dice, members: &[MemberRecord]) -> Vec<DemoCase> {
    let begins = plan.now.as_micros() - i64::from(plan.days) * DAY;
    let mut customers: Vec<&MemberRecord> = members.iter().filter(|member| is_customer(member)).collect();
    // Those who came first have been there all the time.
    customers.sort_by_key(|member| member.joined_at);
    let mut cases = Vec::new();
    let mut member = String::new();
    for scene in SCENES {
        let at = ago(plan.now, scene.hours);
        let known = customers
            .iter()
            .filter(|member| member.joined_at.is_some_and(|joined| joined < at))
            .count();
        let Some(customer) = dice.pick(customers.get(..known).unwrap_or_default()) else {
            continue;
        };
        if at.as_micros() < begins {
            continue;
        }
        // The one who writes twice is the same person.
        if scene.name != "second" || member.is_empty() {
            member.clone_from(&customer.external_id);
        }
        cases.push(stage(plan.now, scene, member.clone()));
    }
    // To be continued in another case, that one has to be there.
    let has_first = cases.iter().any(|case| case.record.external_id == "today-first");
    for case in &mut cases {
        case.merged_into = case.merged_into.filter(|_| has_first);
    }
    cases
}

fn ago(now: Timestamp, hours: f64) -> Timestamp {
    now.plus_micros(-((hours * HOUR as f64) as i64))
}

fn stage(now: Timestamp, scene: &Scene, member: String) -> DemoCase {
    let record = CaseRecord {
        source: DEMO_SOURCE.to_owned(),
        external_id: format!("today-{}", scene.name),
        member,
        origin: None,
        subject: scene.subject.to_owned(),
        text: Some(scene.text.to_owned()),
        category: Some(scene.category.to_owned()),
        severity: scene.severity,
        channel: Some(scene.channel.to_owned()),
        visibility: scene.visibility,
        opened_at: ago(now, scene.hours),
        events: scene.told.iter().map(|(hours, told)| event(ago(now, *hours), *told)).collect(),
    };
    let mut case = DemoCase::new(record, amends(now, scene.name));
    match scene.name {
        "second" => case.merged_into = Some("today-first"),
        "closed" => {
            case.written_again = Some((ago(now, 3.0), "It is back: the left one is quieter again, by 3.1 dB this time."));
        }
        _ => {}
    }
    case
}

fn event(at: Timestamp, told: Told) -> RecordedEvent {
    let what = match told {
        Told::Given(to) => What::Assignee(Some(to.to_owned())),
        Told::Reply(text) => What::Reply(text.to_owned()),
        Told::Message(text) => What::Message(text.to_owned()),
        Told::Status(to) => What::Status(to),
        Told::Severity(to) => What::Severity(to),
        Told::Private => What::Visibility(entity::Visibility::Private),
        Told::Note(text) => What::Note(text.to_owned()),
        Told::Mood(value) => What::Sentiment(value),
    };
    let by = what.is_said() && !matches!(what, What::Message(_));
    RecordedEvent {
        by: by.then(|| "staff-5".to_owned()),
        ..RecordedEvent::new(at, what)
    }
}

/// Five in the afternoon of today where the company is, or the last second of the day once that is over.
fn today(now: Timestamp) -> Timestamp {
    let (_, midnight) = due::day(now, ZONE);
    let five = midnight.plus_micros(-7 * HOUR);
    if five > now.plus_micros(HOUR / 6) {
        five
    } else {
        midnight.plus_micros(-1_000_000)
    }
}

/// What is owed in a case of today, or was made up for.
fn amends(now: Timestamp, name: &str) -> Amends {
    Amends {
        apology: apology(name),
        follow_ups: follow_ups(now, name),
    }
}

fn follow_ups(now: Timestamp, name: &str) -> Vec<FollowUp> {
    let plan = |description, hours: f64, due_at, then| FollowUp {
        kind: FollowUpKind::Promise,
        description,
        scheduled_at: ago(now, hours),
        due_at,
        then,
    };
    let reminder = |follow_up| FollowUp {
        kind: FollowUpKind::Nudge,
        ..follow_up
    };
    let (today, tomorrow) = (today(now), today(now).plus_micros(DAY));
    let done = |hours| Then::Done(ago(now, hours));
    match name {
        "replacement" => vec![plan("Tell them when the carrier has the new one", 52.0, today, Then::Nothing)],
        "serial" => vec![reminder(plan(
            "Ask again for the photo of the sticker",
            121.0,
            tomorrow,
            Then::Nothing,
        ))],
        "part" => {
            let put_off = Then::PutOff(ago(now, 30.0), today, None);
            vec![plan("Say whether the part has come", 166.0, ago(now, 4.0), put_off)]
        }
        "overdue" => vec![
            plan("Say what became of the labels", 160.0, ago(now, 30.0), Then::Nothing),
            plan("Show them the test version", 90.0, tomorrow.plus_micros(3 * DAY), Then::Nothing),
        ],
        "solved" => vec![plan("Ask whether it holds at noon", 95.0, ago(now, 38.0), done(41.0))],
        "aside" => vec![plan("Come back to the family", 71.0, ago(now, 52.0), done(53.0))],
        "again" => {
            let settled = Then::Cancelled(ago(now, 230.0));
            vec![reminder(plan(
                "Look whether the money has arrived",
                288.0,
                ago(now, 200.0),
                settled,
            ))]
        }
        _ => Vec::new(),
    }
}

fn apology(name: &str) -> Option<Apology> {
    let whole = Apology {
        after_hours: 24,
        text: words::APOLOGIES.first().copied()?,
        components: WHOLE,
        is_draft: false,
        repair: None,
        answer: None,
        again: None,
        retracted: None,
    };
    Some(match name {
        // Written, and not sent yet.
        "overdue" => Apology { is_draft: true, ..whole },
        // The repair is still owed.
        "again" => Apology {
            repair: Some(Repair {
                kind: RepairKind::Refund,
                description: "Everything since the cancellation, and a month on top",
                amount: Some(31.96),
                due_days: 15,
                delivered_after_days: None,
            }),
            answer: Some(Answer::Rejected),
            ..whole
        },
        "empty-words" => Apology {
            text: words::EMPTY_APOLOGIES.first().copied()?,
            components: EMPTY,
            answer: Some(Answer::Rejected),
            again: words::EMPTY_APOLOGIES.get(1).copied(),
            ..whole
        },
        "forgotten" => Apology {
            after_hours: 48,
            text: words::WRONG_APOLOGY,
            components: EMPTY,
            retracted: Some("Was meant for another case."),
            ..whole
        },
        _ => return None,
    })
}
