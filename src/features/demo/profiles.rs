//! What is on file about the people of the demo: attributes for integrations, and accounts elsewhere. Followings are
//! drawn without a look at what somebody does here, but for two parts: lurkers with a crowd, and helpers without one.

use super::cast::Cast;
use super::dice::Dice;
use super::journal::Journal;
use super::person::{Part, Person};
use super::{DEMO_SOURCE, DemoPlan};
use crate::features::ingest::record::{IdentityRecord, MemberRecord};
use entity::{Consent, Timestamp};
use serde_json::{Map, Value};

/// Everybody's record.
pub(super) fn describe(plan: &DemoPlan, cast: &Cast, journal: &Journal) -> Vec<MemberRecord> {
    let mut dice = Dice::new(plan.seed, 2);
    let shy = choose_opted_out(cast, &mut dice);
    cast.people()
        .iter()
        .map(|person| {
            let opted_out = shy.contains(&person.id.as_str());
            describe_person(person, opted_out, journal, &mut dice)
        })
        .collect()
}

/// Two customers who do not want to be scored: a busy one, so that it matters, and any other.
fn choose_opted_out<'a>(cast: &'a Cast, dice: &mut Dice) -> Vec<&'a str> {
    let busy = cast.choose(dice, |person| f64::from(u8::from(person.part == Part::Specialist)));
    let mut chosen: Vec<&str> = busy.map(|person| person.id.as_str()).into_iter().collect();
    while chosen.len() < 2 {
        let other = cast.choose(dice, |person| {
            let free = person.is_customer() && !chosen.contains(&person.id.as_str());
            f64::from(u8::from(free))
        });
        match other {
            Some(person) => chosen.push(&person.id),
            None => break,
        }
    }
    chosen
}

fn describe_person(person: &Person, opted_out: bool, journal: &Journal, dice: &mut Dice) -> MemberRecord {
    let joined = Timestamp::from_micros(person.joined);
    let consent = if opted_out { Consent::OptedOut } else { Consent::Scored };
    MemberRecord {
        clear: crate::features::ingest::record::Clear::default(),
        source: DEMO_SOURCE.to_owned(),
        external_id: person.id.clone(),
        display_name: Some(person.display.clone()),
        handle: Some(person.handle.clone()),
        joined_at: Some(joined),
        last_active_at: journal.last_seen(person).or(Some(joined)),
        is_staff: Some(person.part == Part::Staff),
        is_bot: Some(person.part == Part::Bot),
        consent: Some(consent),
        attributes: attributes(person, dice),
        identities: identities(person, dice),
    }
}

fn attributes(person: &Person, dice: &mut Dice) -> Option<Value> {
    let mut map = Map::new();
    if let Some(team) = person.team {
        map.insert("team".to_owned(), team.into());
        return Some(Value::Object(map));
    }
    if !person.is_customer() || dice.chance(0.15) {
        return None;
    }
    let plan = match dice.weighted(&[45.0, 38.0, 17.0]) {
        Some(0) => "free",
        Some(1) => "plus",
        _ => "enterprise",
    };
    map.insert("plan".to_owned(), plan.into());
    map.insert("region".to_owned(), person.region.into());
    if plan == "enterprise" {
        map.insert("seats".to_owned(), (dice.below(46) + 5).into());
    }
    if dice.chance(0.4) {
        map.insert("devices".to_owned(), (dice.times(3.0) + 1).into());
    }
    if dice.chance(0.12) {
        map.insert("betaTester".to_owned(), true.into());
    }
    Some(Value::Object(map))
}

fn identities(person: &Person, dice: &mut Dice) -> Vec<IdentityRecord> {
    if !person.is_customer() {
        return Vec::new();
    }
    let known = matches!(person.part, Part::QuietInfluencer | Part::LoudLurker);
    let mut found = Vec::new();
    if known || dice.chance(0.38) {
        found.push(IdentityRecord {
            provider: "twitter".to_owned(),
            external_id: outside_id(person, 9_000_000, dice),
            handle: Some(format!("{}_", person.handle.replace('.', "_"))),
            follower_count: Some(following(person.part, 220.0, dice)),
            verified: Some(person.part == Part::LoudLurker || dice.chance(0.1)),
        });
    }
    if dice.chance(0.42) {
        found.push(IdentityRecord {
            provider: "salesforce".to_owned(),
            external_id: format!("003DM{}", outside_id(person, 100_000, dice)),
            handle: None,
            follower_count: None,
            verified: Some(true),
        });
    }
    if dice.chance(0.22) {
        found.push(IdentityRecord {
            provider: "linkedin".to_owned(),
            external_id: format!("in-{}", outside_id(person, 1_000, dice)),
            handle: Some(person.handle.replace(['.', '_'], "-")),
            follower_count: Some(following(person.part, 150.0, dice)),
            verified: Some(dice.chance(0.3)),
        });
    }
    found
}

/// A number that looks like one of another system's, and is nobody else's because the member's own ends it.
fn outside_id(person: &Person, spread: u64, dice: &mut Dice) -> String {
    format!("{}{:0>6}", spread + dice.below(spread), person.id)
}

/// How many follow somebody elsewhere: heavy-tailed, except for those whose part says otherwise.
fn following(part: Part, typical: f64, dice: &mut Dice) -> i64 {
    let count = match part {
        Part::QuietInfluencer => dice.between(0.0, 25.0),
        Part::LoudLurker => 60_000.0 * dice.heavy_tail(0.9, 30.0),
        _ => typical * dice.between(0.1, 1.6) * dice.heavy_tail(0.6, 60.0),
    };
    count as i64
}
