//! What people say in the demo: the community of Larkwell Audio, an invented maker of network speakers. Only texts and
//! the subjects they belong to; who says them, to whom and when is decided in `story`.

mod foreign;
mod getting_started;
mod listening;
mod phrases;
mod software;

pub(super) use foreign::foreign_phrases;
pub(super) use phrases::*;

use super::dice::Dice;

/// A subject of the community, as the forum tags it.
#[derive(Debug)]
pub(super) struct Topic {
    /// The tag.
    pub(super) slug: &'static str,
    /// A subject that often goes with it.
    pub(super) beside: &'static str,
    /// How often it comes up, compared with the others.
    pub(super) share: f64,
    /// Questions, each with answers that fit it.
    pub(super) scripts: &'static [Script],
    /// What people complain about.
    pub(super) complaints: &'static [&'static str],
    /// Guides that experienced members post.
    pub(super) guides: &'static [&'static str],
}

/// A question and the answers that fit it.
#[derive(Debug)]
pub(super) struct Script {
    /// The question.
    pub(super) question: &'static str,
    /// Its answers.
    pub(super) answers: &'static [&'static str],
}

/// Writes down a question with its answers.
const fn ask(question: &'static str, answers: &'static [&'static str]) -> Script {
    Script { question, answers }
}

/// All subjects.
pub(super) static TOPICS: [&Topic; 12] = [
    &getting_started::SETUP,
    &getting_started::NETWORKING,
    &getting_started::SHIPPING,
    &getting_started::BILLING,
    &software::FIRMWARE,
    &software::MOBILE_APP,
    &software::INTEGRATIONS,
    &software::ACCESSIBILITY,
    &listening::STREAMING,
    &listening::MULTIROOM,
    &listening::SOUND_QUALITY,
    &listening::HARDWARE,
];

/// The subject with this tag, or else the first.
pub(super) fn topic_named(slug: &str) -> &'static Topic {
    TOPICS
        .iter()
        .find(|topic| topic.slug == slug)
        .copied()
        .unwrap_or(&getting_started::SETUP)
}

/// One of the subjects, in proportion to how often they come up.
pub(super) fn draw_topic(dice: &mut Dice) -> &'static Topic {
    let shares = TOPICS.map(|topic| topic.share);
    dice.weighted(&shares)
        .and_then(|position| TOPICS.get(position).copied())
        .unwrap_or(&getting_started::SETUP)
}

/// Puts a product, a version, a room and a number into the places a text leaves for them.
pub(super) fn fill(template: &str, dice: &mut Dice) -> String {
    if !template.contains('{') {
        return template.to_owned();
    }
    let number = dice.below(27) + 3;
    template
        .replace("{product}", dice.phrase(PRODUCTS))
        .replace("{version}", dice.phrase(VERSIONS))
        .replace("{room}", dice.phrase(ROOMS))
        .replace("{n}", &number.to_string())
}
