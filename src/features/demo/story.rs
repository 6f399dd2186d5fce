//! Two years of a community, from the openings of its conversations to the end. Here: which conversations start, when,
//! and who starts them. How each goes on is in `conversations` and `support`, what others add in `reactions`, what
//! lies between two people in `relations`.

use super::DemoPlan;
use super::calendar::{Calendar, DAY, HOUR, Occasion};
use super::cast::Cast;
use super::dialogue::{Topic, draw_topic, topic_named};
use super::dice::Dice;
use super::journal::Journal;
use super::person::{Part, Person};
use std::collections::HashSet;

/// What kind of conversation starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Somebody needs help.
    Question,
    /// Somebody experienced explains something.
    Guide,
    /// Somebody chats.
    Chatter,
    /// Somebody reviews a product.
    Review,
    /// Somebody is unhappy.
    Complaint,
    /// Somebody is happy.
    Praise,
    /// Somebody writes in a closed group.
    Group,
    /// The company announces something.
    Notice,
}

/// How often each starts on ordinary days.
const MIX: [(Subject, f64); 7] = [
    (Subject::Question, 74.0),
    (Subject::Guide, 5.0),
    (Subject::Chatter, 4.0),
    (Subject::Review, 4.5),
    (Subject::Complaint, 5.5),
    (Subject::Praise, 3.0),
    (Subject::Group, 4.0),
];

/// Member-days per conversation on ordinary days.
const MEMBER_DAYS: usize = 138;

/// The start of a conversation that is yet to be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening<'a> {
    pub(super) at: i64,
    pub(super) subject: Subject,
    pub(super) occasion: Occasion,
    /// Who must start it; otherwise whoever is likely to.
    pub(super) author: Option<&'a Person>,
}

/// The story while it is told.
pub(super) struct Story<'a> {
    pub(super) cast: &'a Cast,
    pub(super) calendar: &'a Calendar,
    pub(super) dice: Dice,
    pub(super) journal: Journal,
    /// Whom the bot has greeted.
    pub(super) welcomed: HashSet<&'a str>,
}

/// Tells the whole story.
pub(super) fn tell(plan: &DemoPlan, cast: &Cast, calendar: &Calendar) -> Journal {
    let mut story = Story {
        cast,
        calendar,
        dice: Dice::new(plan.seed, 3),
        journal: Journal::default(),
        welcomed: HashSet::new(),
    };
    let mut openings = story.ordinary_openings(plan);
    openings.extend(story.special_openings(plan));
    openings.extend(story.tell_invitations());
    openings.sort_by_key(|opening| opening.at);
    for opening in openings {
        story.tell_conversation(&opening);
    }
    story.tell_retractions();
    story.journal
}

impl<'a> Story<'a> {
    fn ordinary_openings(&mut self, plan: &DemoPlan) -> Vec<Opening<'a>> {
        let count = plan.members.saturating_mul(self.calendar.days()) / MEMBER_DAYS;
        let shares = MIX.map(|(_, share)| share);
        (0..count)
            .map(|_| {
                let position = self.dice.weighted(&shares).unwrap_or_default();
                let subject = MIX.get(position).map_or(Subject::Question, |mix| mix.0);
                self.opening(subject, Occasion::Ordinary)
            })
            .collect()
    }

    fn special_openings(&mut self, plan: &DemoPlan) -> Vec<Opening<'a>> {
        let mut openings = Vec::new();
        for place in 0..plan.members / 8 {
            let subject = if place % 3 == 0 { Subject::Question } else { Subject::Complaint };
            openings.push(self.opening(subject, Occasion::Outage));
        }
        for _ in 0..plan.members / 14 {
            openings.push(self.opening(Subject::Question, Occasion::Release));
        }
        for place in 0..plan.members / 40 {
            let opening = self.opening(Subject::Praise, Occasion::Outage);
            openings.push(Opening {
                at: opening.at + DAY * (4 + place as i64 % 7),
                ..opening
            });
        }
        if plan.members > 0 {
            openings.extend(self.notices());
        }
        openings.retain(|opening| opening.at <= self.calendar.end());
        openings
    }

    /// What staff say during and after the outage, and on the release.
    fn notices(&mut self) -> [Opening<'a>; 3] {
        let outage = self.calendar.at(Occasion::Outage.begins());
        let release = self.calendar.at(Occasion::Release.begins());
        [
            (outage + 5 * HOUR, Occasion::Outage),
            (outage + 3 * DAY, Occasion::Outage),
            (release, Occasion::Release),
        ]
        .map(|(at, occasion)| Opening {
            at,
            subject: Subject::Notice,
            occasion,
            author: None,
        })
    }

    fn opening(&mut self, subject: Subject, occasion: Occasion) -> Opening<'a> {
        Opening {
            at: self.calendar.draw(&mut self.dice, occasion),
            subject,
            occasion,
            author: None,
        }
    }

    /// Tells a conversation from its opening to its end, if there is anybody to start it.
    fn tell_conversation(&mut self, opening: &Opening<'a>) {
        let topic = self.draw_topic(opening);
        let author = opening.author.or_else(|| self.choose_author(opening, topic));
        let Some(author) = author else { return };
        match opening.subject {
            Subject::Question => self.tell_question(opening, author, topic),
            Subject::Complaint => self.tell_complaint(opening, author, topic),
            Subject::Group => self.tell_group(opening, author, topic),
            _ => self.tell_post(opening, author, topic),
        }
    }

    fn draw_topic(&mut self, opening: &Opening<'a>) -> &'static Topic {
        match (opening.occasion, opening.author) {
            (Occasion::Outage, _) => topic_named("streaming"),
            (Occasion::Release, _) => topic_named("firmware"),
            (Occasion::Ordinary, Some(author)) if self.dice.chance(0.5) => {
                self.dice.pick(&author.homes).copied().unwrap_or(topic_named("setup"))
            }
            (Occasion::Ordinary, _) => draw_topic(&mut self.dice),
        }
    }

    fn choose_author(&mut self, opening: &Opening<'a>, topic: &Topic) -> Option<&'a Person> {
        let at = opening.at;
        let progress = self.calendar.progress(at);
        let subject = opening.subject;
        self.cast.choose(&mut self.dice, |person| match subject {
            Subject::Notice => likely(person.part == Part::Staff && person.team == Some("community")),
            _ if !person.is_customer() => 0.0,
            Subject::Question | Subject::Review => person.curiosity(at),
            Subject::Guide => person.helpfulness(topic, at, progress),
            Subject::Chatter | Subject::Praise => person.sociability(topic, at),
            Subject::Complaint if person.part == Part::Critic => 6.0 * person.curiosity(at),
            Subject::Complaint => person.curiosity(at),
            Subject::Group => likely(is_insider(person)) * person.sociability(topic, at),
        })
    }
}

/// Whether somebody is in the closed group.
pub(super) const fn is_insider(person: &Person) -> bool {
    matches!(
        person.part,
        Part::Specialist | Part::Rising | Part::Fading | Part::QuietInfluencer | Part::Advocate
    )
}

/// A weight of 1 or 0.
pub(super) const fn likely(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}
