//! What somebody in the demo is like, and how likely they are to do something at a given moment. What is written down
//! about them is in `profiles`.

use super::calendar::DAY;
use super::dialogue::{Topic, draw_topic};
use super::dice::Dice;
use super::names::{Language, Name};

/// The part somebody plays in the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Asks once or twice, then moves on.
    Occasional,
    /// Comes back for months.
    Regular,
    /// Answers most of a subject.
    Specialist,
    /// Becomes a strong helper in the last year.
    Rising,
    /// Was a strong helper in the first year.
    Fading,
    /// Helps a lot, much of it in private, and has hardly any followers elsewhere.
    QuietInfluencer,
    /// Has a huge following elsewhere and does little here.
    LoudLurker,
    /// Brings others in and passes things on.
    Advocate,
    /// Complains, votes down, reports.
    Critic,
    /// Works for the company.
    Staff,
    /// Not a person.
    Bot,
}

/// How eager a part is, before chance makes people differ.
struct Eagerness {
    ask: f64,
    help: f64,
    chat: f64,
}

impl Part {
    const fn eagerness(self) -> Eagerness {
        let (ask, help, chat) = match self {
            Self::Occasional => (1.5, 0.04, 0.6),
            Self::Regular => (0.8, 0.5, 1.5),
            Self::Specialist => (0.2, 9.0, 3.0),
            Self::Rising => (0.6, 16.0, 3.0),
            Self::Fading => (0.2, 17.0, 2.5),
            Self::QuietInfluencer => (0.2, 9.0, 0.6),
            Self::LoudLurker => (0.25, 0.0, 0.3),
            Self::Advocate => (0.5, 2.0, 5.0),
            Self::Critic => (0.8, 0.2, 2.5),
            Self::Staff => (0.0, 0.9, 0.5),
            Self::Bot => (0.0, 0.0, 0.0),
        };
        Eagerness { ask, help, chat }
    }
}

/// Somebody in the community.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The external id.
    pub(super) id: String,
    /// The name shown.
    pub(super) display: String,
    /// The unique handle.
    pub(super) handle: String,
    /// Where they live.
    pub(super) region: &'static str,
    /// What they write in.
    pub(super) language: Language,
    /// The part they play.
    pub(super) part: Part,
    /// The team, for staff.
    pub(super) team: Option<&'static str>,
    /// When they joined.
    pub(super) joined: i64,
    /// When they lose interest; may be after the end.
    leaves: i64,
    /// The subjects they know.
    pub(super) homes: [&'static Topic; 2],
    ask: f64,
    help: f64,
    chat: f64,
}

impl Person {
    /// Invents somebody.
    pub(super) fn invent(id: String, name: Name, part: Part, joined: i64, dice: &mut Dice) -> Self {
        let Eagerness { ask, help, chat } = part.eagerness();
        let stays = match part {
            Part::Regular | Part::Critic => dice.waiting(500.0),
            _ => f64::from(u16::MAX),
        };
        Self {
            id,
            display: name.display,
            handle: name.handle,
            region: name.region,
            language: name.language,
            part,
            team: None,
            joined,
            leaves: joined.saturating_add((stays * DAY as f64) as i64),
            homes: [draw_topic(dice), draw_topic(dice)],
            ask: ask * dice.heavy_tail(0.35, 5.0),
            help: help * dice.heavy_tail(0.45, 6.0),
            chat: chat * dice.heavy_tail(0.55, 10.0),
        }
    }

    /// How present they are: 0 before they join and after they leave.
    fn presence(&self, at: i64) -> f64 {
        if at <= self.joined || at > self.leaves {
            return 0.0;
        }
        if self.part != Part::Occasional {
            return 1.0;
        }
        let age = (at - self.joined) as f64 / DAY as f64;
        0.03 + (-age / 40.0).exp2()
    }

    /// How likely they are to ask.
    pub(super) fn curiosity(&self, at: i64) -> f64 {
        self.ask * self.presence(at)
    }

    /// How likely they are to help with the subject.
    pub(super) fn helpfulness(&self, topic: &Topic, at: i64, progress: f64) -> f64 {
        let trend = match self.part {
            Part::Rising => 0.03 + 1.5 * ((progress - 0.55) / 0.45).clamp(0.0, 1.0).powi(2),
            Part::Fading => (-((progress - 0.42) / 0.08).max(0.0)).exp2(),
            _ => 1.0,
        };
        let foreign = match self.part {
            Part::Staff => 1.0,
            Part::Specialist | Part::Rising | Part::Fading => 0.06,
            _ => 0.35,
        };
        let fit = if self.knows(topic) { 1.0 } else { foreign };
        self.help * self.presence(at) * trend * fit
    }

    /// How likely they are to comment, thank or vote on the subject.
    pub(super) fn sociability(&self, topic: &Topic, at: i64) -> f64 {
        let fit = if self.knows(topic) { 1.6 } else { 0.8 };
        self.chat * self.presence(at) * fit
    }

    /// Whether it is one of their subjects.
    pub(super) fn knows(&self, topic: &Topic) -> bool {
        self.homes.iter().any(|home| home.slug == topic.slug)
    }

    /// Whether they are a customer, and not staff or a bot.
    pub(super) const fn is_customer(&self) -> bool {
        !matches!(self.part, Part::Staff | Part::Bot)
    }

    /// Whether both are the same person.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
