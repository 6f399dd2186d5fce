//! What became of those whom a member helped, beside comparable people whom nobody helped. Pure.
//!
//! - People are compared, each by one question and counted once. **Helped** are those whom the member answered, replied to or wrote to
//!   within 7 days after a question of theirs: by the first such question. **Comparable** are others who asked and whom nobody helped
//!   within 7 days: by the first such question. Staff, bots and who opted out are in neither group; help by bots is none.
//! - Help is on a question when both are in the same conversation, or when one of them is in none that is known.
//! - Each is looked at for 30 days: those who were helped from the help on, the comparable ones from as long after their question as
//!   help took in the middle (the median), so that both have had the same time to be gone. Both begin within the period, which ends 30
//!   days before now.
//! - **Came back**: contributed anything in that time. **Solved**: accepted a solution in that time, in the same conversation where one
//!   is known.
//!
//! Those who have been around come back anyway. So people are compared within buckets of how often they had contributed before (never,
//! 1 to 4 times, more often), by direct standardisation: of each bucket `b` with `h_b` helped and `c_b` comparable people, of whom
//! `x_b` and `y_b` came back,
//!
//! `ratio = Σ x_b / Σ (h_b · y_b / c_b)`
//!
//! over the buckets that have both. 1 means that the helped came back as often as comparable people did. This is observed, not tried:
//! who is helped is not drawn by lot, so it does not say that the help was why.
//!
//! Such a ratio says something only when it rests on **enough** on both sides. A comparable person of the bucket `b` stands for
//! `w_b = h_b / c_b` helped ones, and people or events that are weighted so are worth as much as `(Σ w)² / Σ w²` that weigh the same
//! (Kish's effective size). There must be 10 helped who have their like, 10 comparable people, and 5 of the latter who came back, both
//! counted like this; and so many must be expected to come back, `Σ w_b · y_b`, that these are 5, too. So neither one person who stands
//! for many nor a rare event makes a large ratio out of nothing. The same holds for solutions.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{InteractionKind, MemberId, Timestamp};

use crate::features::influence::model::is_contribution;

const DAY: i64 = 86_400_000_000;
/// Help comes within this time after a question.
const HELP: i64 = 7 * DAY;
/// How long people are looked at, in microseconds.
pub const AFTER: i64 = 30 * DAY;
/// So many people on each side are enough to say something.
const ENOUGH_PEOPLE: f64 = 10.0;
/// So many who came back, or solved their problem, are: among the comparable, and as they let expect among the helped.
const ENOUGH_EVENTS: f64 = 5.0;
/// What sums lose in the last bits is not missing.
const ROUNDING: f64 = 1e-9;

/// An interaction, as far as it matters here; people after merges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// What was done.
    pub kind: InteractionKind,
    /// Who did it.
    pub actor: Option<MemberId>,
    /// Towards whom.
    pub target: Option<MemberId>,
    /// The conversation: the same number for the same one.
    pub thread: Option<u32>,
    /// When.
    pub at: Timestamp,
}

/// What happened in a community in a time.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// What was told, the oldest first.
    pub told: Vec<Told>,
    /// How often those who asked had contributed before that time.
    pub earlier: HashMap<MemberId, i64>,
    /// Who is in no group: staff, bots, who opted out.
    pub left_out: HashSet<MemberId>,
    /// Whose help is none.
    pub bots: HashSet<MemberId>,
}

/// People of one group, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// How many.
    pub people: u32,
    /// How many came back.
    pub came_back: u32,
    /// How many solved their problem.
    pub solved: u32,
}

/// What a member's help led to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effect {
    /// Those whom the member helped.
    pub helped: Group,
    /// Comparable people whom nobody helped, of the buckets that the helped are in.
    pub comparable: Group,
    /// How often the helped came back, as a multiple of what comparable people did.
    pub came_back_ratio: Option<f64>,
    /// How often the helped solved their problem, as a multiple of what comparable people did.
    pub solved_ratio: Option<f64>,
    /// Whether the former rests on enough people, and on enough who came back.
    pub came_back_enough: bool,
    /// Whether the latter rests on enough people, and on enough who solved their problem.
    pub solved_enough: bool,
}

/// How often somebody had contributed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Habit {
    Never,
    Sometimes,
    Often,
}

type Groups = BTreeMap<Habit, Group>;

/// All who asked in a story, and what they did: looked through once, for however many helpers.
pub struct Askers<'a> {
    story: &'a Story,
    by_id: BTreeMap<MemberId, Asker<'a>>,
}

/// Somebody who asked: what they did, and who helped them.
#[derive(Default)]
struct Asker<'a> {
    own: Vec<&'a Told>,
    help: Vec<&'a Told>,
}

/// What one person is compared by.
struct Subject<'a> {
    asker: MemberId,
    question: &'a Told,
    since: Timestamp,
}

impl<'a> Askers<'a> {
    /// Those of a story but who is left out.
    #[must_use]
    pub fn of(story: &'a Story) -> Self {
        let asked = story.told.iter().filter(|told| told.kind == InteractionKind::Question);
        let mut by_id: BTreeMap<MemberId, Asker<'a>> = asked
            .filter_map(|told| told.actor)
            .filter(|actor| !story.left_out.contains(actor))
            .map(|actor| (actor, Asker::default()))
            .collect();
        for told in &story.told {
            if let Some(asker) = told.actor.and_then(|actor| by_id.get_mut(&actor)) {
                asker.own.push(told);
            }
            let is_by_bot = told.actor.is_some_and(|actor| story.bots.contains(&actor));
            if is_help(told.kind)
                && !is_by_bot
                && told.actor != told.target
                && let Some(asker) = told.target.and_then(|target| by_id.get_mut(&target))
            {
                asker.help.push(told);
            }
        }
        Self { story, by_id }
    }

    /// What a member's help in a period led to. The story reaches to 30 days after the period's end.
    #[must_use]
    pub fn compare(&self, helper: MemberId, from: Timestamp, until: Timestamp) -> Effect {
        let (helped, untouched) = self.split(helper, from, until);
        let delays = helped.iter().map(|one| one.since.as_micros() - one.question.at.as_micros());
        let delay = median(delays.collect());
        let alone = untouched.into_iter().filter_map(|(id, asker)| {
            let question = asker.questions().find(|question| {
                question.at >= from && question.at.plus_micros(delay) <= until && asker.help_on(question).next().is_none()
            })?;
            Some(Subject {
                asker: id,
                question,
                since: question.at.plus_micros(delay),
            })
        });
        let (mut with, mut without) = (Groups::new(), Groups::new());
        helped.iter().for_each(|subject| self.tally(&mut with, subject));
        alone.for_each(|subject| self.tally(&mut without, &subject));
        without.retain(|habit, _| with.contains_key(habit));
        weigh(&with, &without)
    }

    /// Those whom a member helped in a period, each by the first question; and those whom they never helped.
    fn split(&self, helper: MemberId, from: Timestamp, until: Timestamp) -> (Vec<Subject<'a>>, Vec<(MemberId, &Asker<'a>)>) {
        let (mut helped, mut untouched) = (Vec::new(), Vec::new());
        for (id, asker) in self.by_id.iter().filter(|(id, _)| **id != helper) {
            let mut theirs = asker
                .questions()
                .filter_map(|question| Some((question, asker.help_on(question).find(|help| help.actor == Some(helper))?)))
                .peekable();
            if theirs.peek().is_none() {
                untouched.push((*id, asker));
                continue;
            }
            let first = theirs.find(|(question, help)| question.at >= from && help.at <= until);
            helped.extend(first.map(|(question, help)| Subject {
                asker: *id,
                question,
                since: help.at,
            }));
        }
        (helped, untouched)
    }

    fn tally(&self, groups: &mut Groups, subject: &Subject<'_>) {
        if let Some(asker) = self.by_id.get(&subject.asker) {
            let earlier = self.story.earlier.get(&subject.asker).copied().unwrap_or_default();
            groups
                .entry(asker.habit(earlier, subject.question))
                .or_default()
                .add(asker, subject);
        }
    }
}

fn weigh(helped: &Groups, comparable: &Groups) -> Effect {
    let all = |groups: &Groups| groups.values().fold(Group::default(), |sum, group| sum.plus(*group));
    let came_back = Standard::of(helped, comparable, |group| group.came_back);
    let solved = Standard::of(helped, comparable, |group| group.solved);
    Effect {
        helped: all(helped),
        comparable: all(comparable),
        came_back_ratio: came_back.ratio(),
        solved_ratio: solved.ratio(),
        came_back_enough: came_back.is_enough(),
        solved_enough: solved.is_enough(),
    }
}

/// Sums of a direct standardisation, over the buckets that have both helped and comparable people. See the top of this file.
#[derive(Clone, Copy, Debug, Default)]
struct Standard {
    /// The helped.
    people: f64,
    /// Of whom it happened to so many.
    seen: f64,
    /// To how many of them it would have happened, had they done as comparable people did.
    expected: f64,
    /// The squared weights of comparable people.
    people_squares: f64,
    /// The squared weights of comparable people to whom it happened.
    event_squares: f64,
}

impl Standard {
    fn of(helped: &Groups, comparable: &Groups, of: impl Fn(&Group) -> u32) -> Self {
        let mut sums = Self::default();
        for (habit, group) in helped {
            let Some(other) = comparable.get(habit).filter(|other| other.people > 0) else {
                continue;
            };
            let (people, others, events) = (f64::from(group.people), f64::from(other.people), f64::from(of(other)));
            sums.people += people;
            sums.seen += f64::from(of(group));
            sums.expected += people * events / others;
            sums.people_squares += people * people / others;
            sums.event_squares += people * people * events / (others * others);
        }
        sums
    }

    fn ratio(self) -> Option<f64> {
        (self.expected > 0.0).then(|| self.seen / self.expected)
    }

    fn is_enough(self) -> bool {
        let people = [self.people, effective(self.people, self.people_squares)];
        let events = [self.expected, effective(self.expected, self.event_squares)];
        people.into_iter().all(|count| count >= ENOUGH_PEOPLE - ROUNDING)
            && events.into_iter().all(|count| count >= ENOUGH_EVENTS - ROUNDING)
    }
}

/// As how many that all weigh the same, of whom the weights have this sum and this sum of squares, are worth.
fn effective(sum: f64, squares: f64) -> f64 {
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// The middle of some numbers, the lower one of two; 0 without any.
fn median(mut numbers: Vec<i64>) -> i64 {
    numbers.sort_unstable();
    numbers.get(numbers.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

const fn is_help(kind: InteractionKind) -> bool {
    matches!(kind, InteractionKind::Answer | InteractionKind::Reply | InteractionKind::Message)
}

/// Whether something belongs to a question, as far as that is known.
fn is_on(question: &Told, other: &Told) -> bool {
    question.thread.zip(other.thread).is_none_or(|(own, thread)| own == thread)
}

impl<'a> Asker<'a> {
    fn questions(&self) -> impl Iterator<Item = &'a Told> + '_ {
        self.own.iter().copied().filter(|told| told.kind == InteractionKind::Question)
    }

    /// The help on a question, the first first.
    fn help_on(&self, question: &'a Told) -> impl Iterator<Item = &'a Told> + '_ {
        let is_in_time = move |help: &Told| (question.at..=question.at.plus_micros(HELP)).contains(&help.at);
        self.help
            .iter()
            .copied()
            .filter(move |help| is_in_time(help) && is_on(question, help))
    }

    fn habit(&self, earlier: i64, question: &Told) -> Habit {
        let before = self.own.iter().filter(|told| is_contribution(told.kind) && told.at < question.at);
        match earlier.saturating_add(i64::try_from(before.count()).unwrap_or(i64::MAX)) {
            ..=0 => Habit::Never,
            1..=4 => Habit::Sometimes,
            5.. => Habit::Often,
        }
    }
}

impl Group {
    fn add(&mut self, asker: &Asker<'_>, subject: &Subject<'_>) {
        let end = subject.since.plus_micros(AFTER);
        let came_back = |told: &Told| is_contribution(told.kind) && told.at > subject.since && told.at <= end;
        // Importers know of acceptances no more than that they came with the answer.
        let solved = |told: &Told| {
            told.kind == InteractionKind::SolutionAccepted && (subject.since..=end).contains(&told.at) && is_on(subject.question, told)
        };
        self.people += 1;
        self.came_back += u32::from(asker.own.iter().any(|told| came_back(told)));
        self.solved += u32::from(asker.own.iter().any(|told| solved(told)));
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            people: self.people + other.people,
            came_back: self.came_back + other.came_back,
            solved: self.solved + other.solved,
        }
    }
}

#[cfg(test)]
mod tests;
