//! Who takes part in the demo: the parts are dealt, the names are drawn, and one person is chosen by weight. What a
//! person is like is in `person`, what they do in `story`.

use super::DemoPlan;
use super::calendar::Calendar;
use super::dice::Dice;
use super::names::{Language, Name, draw_name};
use super::person::{Part, Person};
use std::collections::HashSet;

/// How many of 400 play a part, and in which stretch of the order of joining (0 to 1) they are found.
const QUOTAS: [(Part, usize, f64, f64); 8] = [
    (Part::Specialist, 14, 0.0, 0.45),
    (Part::Rising, 7, 0.25, 0.7),
    (Part::Fading, 8, 0.0, 0.2),
    (Part::QuietInfluencer, 6, 0.05, 0.6),
    (Part::LoudLurker, 6, 0.0, 0.9),
    (Part::Advocate, 6, 0.0, 0.5),
    (Part::Critic, 10, 0.0, 0.8),
    (Part::Regular, 100, 0.0, 0.95),
];

/// Who works for the invented company.
const STAFF: [(&str, &str, &str); 6] = [
    ("Inès Okonkwo", "ines.larkwell", "community"),
    ("Tom Aldous", "tom.larkwell", "support"),
    ("Rin Sakamoto 坂本 凛", "rin.larkwell", "support"),
    ("Farid Aziz", "farid.larkwell", "firmware"),
    ("Hanne Vik", "hanne.larkwell", "support"),
    ("Diego Luna Prieto", "diego.larkwell", "billing"),
];

/// Everybody.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    people: Vec<Person>,
}

impl Cast {
    /// Invents everybody: customers in the order of joining, then staff, then the bot.
    pub(super) fn new(plan: &DemoPlan, calendar: &Calendar) -> Self {
        let mut dice = Dice::new(plan.seed, 1);
        let parts = deal_parts(plan.members, &mut dice);
        let mut taken = HashSet::new();
        let mut people: Vec<Person> = Vec::with_capacity(plan.members.saturating_add(7));
        for (position, part) in parts.iter().enumerate() {
            let order = position as f64 / plan.members.max(1) as f64;
            let joined = calendar.at(joining_progress(order) + 0.01 * dice.unit());
            let id = (position + 1).to_string();
            let mut name = draw_name(&mut dice);
            if !taken.insert(name.handle.clone()) {
                name.handle = format!("{}{id}", name.handle);
                taken.insert(name.handle.clone());
            }
            people.push(Person::invent(id, name, *part, joined, &mut dice));
        }
        for (position, member) in STAFF.iter().enumerate() {
            people.push(employ(position + 1, *member, calendar, &mut dice));
        }
        people.push(build_bot(calendar, &mut dice));
        Self { people }
    }

    /// Everybody, customers first.
    pub(super) fn people(&self) -> &[Person] {
        &self.people
    }

    /// One person, in proportion to a weight that is at least 0.
    pub(super) fn choose(&self, dice: &mut Dice, weight: impl Fn(&Person) -> f64) -> Option<&Person> {
        let weights: Vec<f64> = self.people.iter().map(weight).collect();
        let position = dice.weighted(&weights)?;
        self.people.get(position)
    }
}

/// The launch brought many at once, the rest came steadily: the order of joining (0 to 1) as a part of the period.
fn joining_progress(order: f64) -> f64 {
    if order < 0.2 {
        order * 0.2
    } else {
        0.04 + (order - 0.2) / 0.8 * 0.94
    }
}

/// Gives everybody a part, in the order of joining.
fn deal_parts(members: usize, dice: &mut Dice) -> Vec<Part> {
    let mut parts = vec![Part::Occasional; members];
    for (part, quota, from, until) in QUOTAS {
        let wanted = (quota.saturating_mul(members) + 200) / 400;
        for _ in 0..wanted {
            // A few attempts to find a place that is still free; one missing person does no harm.
            for _ in 0..20 {
                let place = (dice.between(from, until) * members as f64) as usize;
                if let Some(free) = parts.get_mut(place)
                    && *free == Part::Occasional
                {
                    *free = part;
                    break;
                }
            }
        }
    }
    parts
}

fn employ(number: usize, (display, handle, team): (&str, &str, &'static str), calendar: &Calendar, dice: &mut Dice) -> Person {
    let name = Name {
        display: display.to_owned(),
        handle: handle.to_owned(),
        region: "EMEA",
        language: Language::English,
    };
    let mut person = Person::invent(format!("staff-{number}"), name, Part::Staff, calendar.start(), dice);
    person.team = Some(team);
    person
}

fn build_bot(calendar: &Calendar, dice: &mut Dice) -> Person {
    let name = Name {
        display: "Perch 🤖".to_owned(),
        handle: "perch.bot".to_owned(),
        region: "EMEA",
        language: Language::English,
    };
    Person::invent("bot-1".to_owned(), name, Part::Bot, calendar.start(), dice)
}
