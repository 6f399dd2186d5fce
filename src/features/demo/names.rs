//! Names for the people of the demo, in the scripts people really write them in. Every name is a common one, put
//! together by chance; no real person is meant.

use super::cultures::{CULTURES, Culture, SHARES, Spelling};
use super::dice::Dice;

/// The language somebody writes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// English, also of those whose language the demo has no texts in.
    English,
    /// Spanish.
    Spanish,
    /// German.
    German,
    /// Arabic, written from right to left.
    Arabic,
    /// Japanese.
    Japanese,
}

/// Who somebody is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// As shown, in any script.
    pub(super) display: String,
    /// Latin letters only, not yet made unique.
    pub(super) handle: String,
    /// Where they live: `AMER`, `EMEA`, `LATAM` or `APAC`.
    pub(super) region: &'static str,
    /// What they write in.
    pub(super) language: Language,
}

/// What some people put behind their names.
#[rustfmt::skip]
const DECORATIONS: &[&str] = &["🎧", "🔊🦜", "🎶", "👩🏽‍💻", "🏳️‍🌈", "🐦", "✨", "🇫🇮", "🎻", "♪"];

/// Handles of people who would rather not say.
const ALIASES: &[&str] = &["vinyl_only", "basshead", "quietroom", "the_tinkerer", "loudandclear", "nightowl"];

/// A name for somebody.
pub(super) fn draw_name(dice: &mut Dice) -> Name {
    let place = dice.weighted(&SHARES).unwrap_or_default();
    let Some(culture) = CULTURES.get(place) else {
        return unknown_name();
    };
    let given = dice.pick(culture.given).copied().unwrap_or_default();
    let family = dice.pick(culture.family).copied().unwrap_or_default();
    let mut display = display_name(culture, given, family, dice);
    let mut handle = match dice.below(3) {
        0 => format!("{}{}", given.0, family.0),
        1 => format!("{}.{}", given.0, family.0),
        _ => format!("{}_{}", family.0, given.0.chars().take(1).collect::<String>()),
    };
    if dice.chance(0.06) {
        handle = dice.phrase(ALIASES).to_owned();
        display.clone_from(&handle);
    } else if dice.chance(0.07) {
        display = format!("{display} {}", dice.phrase(DECORATIONS));
    }
    Name {
        display,
        handle,
        region: culture.region,
        language: culture.language,
    }
}

fn display_name(culture: &Culture, given: Spelling, family: Spelling, dice: &mut Dice) -> String {
    let (latin, initial_only) = (dice.chance(0.35), dice.chance(0.1));
    if culture.scripted && latin {
        return format!("{} {}", capitalised(given.0), capitalised(family.0));
    }
    if culture.family_first {
        return format!("{} {}", family.1, given.1);
    }
    if initial_only && !culture.scripted {
        let initial: String = family.1.chars().take(1).collect();
        return format!("{} {}.", given.1, initial.to_uppercase());
    }
    format!("{} {}", given.1, family.1)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn unknown_name() -> Name {
    Name {
        display: "Guest".to_owned(),
        handle: "guest".to_owned(),
        region: "EMEA",
        language: Language::English,
    }
}
