//! Every field of the schema, one by one: those who may reach it do, and nobody else.
//!
//! A new field fails until a table names it, and a name that the schema no longer has fails, too. There is one table for each
//! part of the product. In them, `$` stands for a piece of a document and `%` for an id or a token of the scene.

mod advocates;
mod cases;
mod changes;
mod integrity;
mod live;
mod outreach;
mod people;
mod promises;
mod recovery;
mod scene;
mod scoring;
mod webhooks;

use std::collections::BTreeSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use entity::Role;
use serde_json::{Value, json};

use self::scene::Scene;
use crate::on_both_engines;
use crate::support::{Answer, Client, TestApp};

/// Who may reach a field.
#[derive(Clone, Copy, Debug)]
enum Reach {
    /// Everybody, signed in or not.
    Open,
    /// Everybody who is signed in, about themselves.
    Own,
    /// This role and those above, about themselves; for the signed-out there is nothing.
    OwnFrom(Role),
    /// This role and those above; `None` for anybody with a grant in the community.
    From(Option<Role>),
    /// This role and those above; for those below there is no such thing.
    ExistsFrom(Role),
}

use Reach::{ExistsFrom, Open, Own, OwnFrom};
const MEMBER_OF_STAFF: Reach = Reach::From(None);
const VIEWER: Reach = Reach::From(Some(Role::Viewer));
const AGENT: Reach = Reach::From(Some(Role::Agent));
const MANAGER: Reach = Reach::From(Some(Role::Manager));
const ADMIN: Reach = Reach::From(Some(Role::Admin));

/// Types that only give lists their form; what they hold is in the tables.
const STRUCTURAL: [&str; 26] = [
    "JobEdge",
    "PageInfo",
    "CommunityEdge",
    "MemberEdge",
    "InteractionEdge",
    "TopicEdge",
    "LeaderboardEntryEdge",
    "ReceiptEdge",
    "InfluenceTieEdge",
    "QuietInfluencerEdge",
    "MovingMemberEdge",
    "MemberAtRiskEdge",
    "CalendarEdge",
    "HolidayProposalEdge",
    "ExpectationEdge",
    "CaseEdge",
    "CaseEventEdge",
    "BreachEdge",
    "FollowUpEdge",
    "AdvocateProgrammeEdge",
    "AdvocateEdge",
    "TouchpointEdge",
    "EvidenceDiscountEdge",
    "WebhookEndpointEdge",
    "WebhookDeliveryEdge",
    "VouchEdge",
];

/// A piece of a document and what it stands for. None begins with another one.
type Piece = (&'static str, &'static str);

/// A type, a document in which `@` is the place of one of its fields, who may reach them there, and the fields.
type Row = (&'static str, &'static str, Reach, &'static str);

const PIECES: [&[Piece]; 11] = [
    people::PIECES,
    outreach::PIECES,
    promises::PIECES,
    cases::PIECES,
    recovery::PIECES,
    advocates::PIECES,
    integrity::PIECES,
    scoring::PIECES,
    changes::PIECES,
    live::PIECES,
    webhooks::PIECES,
];
const TABLES: [&[Row]; 11] = [
    people::TABLE,
    outreach::TABLE,
    promises::TABLE,
    cases::TABLE,
    recovery::TABLE,
    advocates::TABLE,
    integrity::TABLE,
    scoring::TABLE,
    changes::TABLE,
    live::TABLE,
    webhooks::TABLE,
];

fn rows() -> impl Iterator<Item = &'static Row> {
    TABLES.into_iter().flatten()
}

fn spelled_out(text: &str, words: &[(&str, String)]) -> String {
    let pieces = PIECES.into_iter().flatten();
    let text = pieces.fold(text.to_owned(), |text, (short, long)| text.replace(short, long));
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
fn the_tables_name_every_field_of_the_schema_and_no_other() {
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
    let in_table: BTreeSet<String> = rows()
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

#[test]
fn no_piece_begins_with_another_one() {
    let names: Vec<&str> = PIECES.into_iter().flatten().map(|(name, _)| *name).collect();
    for (place, name) in names.iter().enumerate() {
        let others = names.iter().enumerate().filter(|(other, _)| *other != place);
        let taken: Vec<_> = others.filter(|(_, other)| other.starts_with(*name)).collect();
        assert!(taken.is_empty(), "{name} is the beginning of {taken:?}");
    }
}

/// Who tried, and what was wrong with the answer.
type Verdict = (&'static str, Option<String>);

/// Tries one field as everybody; what went wrong.
async fn try_field(scene: &Scene<'_>, row: &Row, selection: &str) -> Vec<String> {
    let document = spelled_out(&row.1.replace('@', &format!("probe:{selection}")), &scene.words);
    let nobody = ask(&scene.signed_out, &document).await;
    let mut verdicts: Vec<Verdict> = vec![(
        "signed out",
        match row.2 {
            Open => unless_passed(&nobody),
            Own => unless_nothing(&nobody).and(unless_refused(&nobody, "UNAUTHENTICATED")),
            OwnFrom(_) => unless_nothing(&nobody),
            Reach::From(_) | ExistsFrom(_) => unless_refused(&nobody, "UNAUTHENTICATED"),
        },
    )];
    match row.2 {
        Open => {}
        Own => verdicts.push(("signed in", unless_passed(&ask(&scene.outsider, &document).await))),
        Reach::From(None) => verdicts.extend(try_roles(scene, &document, None).await),
        Reach::From(Some(least)) | OwnFrom(least) => verdicts.extend(try_roles(scene, &document, Some((least, "FORBIDDEN"))).await),
        ExistsFrom(least) => verdicts.extend(try_roles(scene, &document, Some((least, "NOT_FOUND"))).await),
    }
    let told = |(who, fault): Verdict| fault.map(|fault| format!("{} as {who}: {fault}\n  {document}", row.0));
    verdicts.into_iter().filter_map(told).collect()
}

/// Tries a document as somebody from outside, as the least role that may, and as who is below and gets this code.
async fn try_roles(scene: &Scene<'_>, document: &str, least: Option<(Role, &str)>) -> Vec<Verdict> {
    let mut verdicts = vec![(
        "staff of another community",
        unless_refused(&ask(&scene.outsider, document).await, "NOT_FOUND"),
    )];
    let place = least.map_or(0, |(role, _)| role as usize);
    if let Some((_, code)) = least {
        let below = place.checked_sub(1).map_or(&scene.blind, |below| &scene.staff[below]);
        verdicts.push(("the role below", unless_refused(&ask(below, document).await, code)));
    }
    verdicts.push(("the least role", unless_passed(&ask(&scene.staff[place], document).await)));
    verdicts
}

async fn ask(who: &Client<'_>, document: &str) -> Answer {
    if document.starts_with("subscription") {
        return crate::live::first_event(who, document).await;
    }
    who.send(document, json!({})).await
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

fn unless_nothing(answer: &Answer) -> Option<String> {
    let is_nothing = answer.body.get("errors").is_none() && is_withheld(answer);
    (!is_nothing).then(|| format!("nothing was expected, not {}", answer.body))
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
        for row in rows() {
            for selection in selections(&spelled_out(row.3, &scene.words)) {
                faults.extend(try_field(&scene, row, &selection).await);
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
