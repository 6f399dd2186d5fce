//! How questions are settled and complaints are dealt with: accepted answers, apologies, private messages.

use super::calendar::Occasion;
use super::dialogue::{self, Topic, fill, foreign_phrases};
use super::journal::Draft;
use super::names::Language;
use super::person::{Part, Person};
use super::story::{Opening, Story, Subject, likely};
use super::threads::{Post, Thread};
use entity::{InteractionKind, Visibility};

impl<'a> Story<'a> {
    /// The asker accepts an answer, or says what is still wrong, or somebody helps in private.
    pub(super) fn settle(&mut self, thread: &Thread<'a>, answers: &[Post<'a>], language: Language) {
        let solution = self.dice.pick(answers).filter(|_| self.dice.chance(0.62));
        for answer in answers {
            if solution.is_some_and(|solution| solution.id == answer.id) {
                self.accept(thread, answer, language);
            } else if self.dice.chance(0.2) {
                let text = fill(self.dice.phrase(dialogue::NOT_YET), &mut self.dice);
                self.reply_as_asker(thread, answer, text, -0.15);
            }
        }
        let open = if solution.is_none() { 0.22 } else { 0.015 };
        if self.dice.chance(open) {
            self.help_in_private(thread);
        }
    }

    fn accept(&mut self, thread: &Thread<'a>, answer: &Post<'a>, language: Language) {
        let asker = thread.root.author;
        let Some(at) = self.calendar.later(&mut self.dice, answer.at, 9.0) else {
            return;
        };
        let draft = thread.draft(InteractionKind::SolutionAccepted, at, answer).to(answer.author);
        self.respond(draft, asker, at);
        if self.dice.chance(0.45) {
            let pool = foreign_phrases(language).map_or(dialogue::THANKS, |phrases| phrases.thanks);
            let text = self.dice.phrase(pool).to_owned();
            let mood = self.dice.between(0.5, 1.0);
            self.reply_as_asker(thread, answer, text, mood);
        }
        if self.dice.chance(0.35) {
            let draft = thread.draft(InteractionKind::Kudos, at, answer).to(answer.author);
            self.respond(draft, asker, at);
        }
        if answer.author.is_customer() && self.dice.chance(0.24) {
            self.endorse(thread, answer);
        }
    }

    fn reply_as_asker(&mut self, thread: &Thread<'a>, to: &Post<'a>, text: String, mood: f64) {
        let Some(at) = self.calendar.later(&mut self.dice, to.at, 7.0) else {
            return;
        };
        let draft = thread
            .draft(InteractionKind::Reply, at, to)
            .to(to.author)
            .saying(text)
            .feeling(mood);
        self.respond(draft, thread.root.author, at);
    }

    /// A complaint: others agree, staff apologise, most of the repair happens in private, and some are won back.
    pub(super) fn tell_complaint(&mut self, opening: &Opening<'a>, author: &'a Person, topic: &'static Topic) {
        let outage = opening.occasion == Occasion::Outage;
        let pool = if outage { dialogue::OUTAGE_COMPLAINTS } else { topic.complaints };
        let channel = self.dice.phrase(&["forum", "forum", "social", "email"]);
        let mut thread = self.start(opening.at, author, topic, channel);
        if channel == "email" {
            thread.visibility = Visibility::Private;
        }
        let text = fill(self.dice.phrase(pool), &mut self.dice);
        let mood = self.dice.between(-1.0, -0.35);
        self.publish(&mut thread, InteractionKind::Complaint, &text, Some(mood));
        if thread.visibility == Visibility::Public {
            let root = thread.root.clone();
            self.applaud(&thread, &root, 1.3);
            self.discuss(&thread, &root, 1.2);
            self.vote_down(&thread, &root, 0.1);
            self.report(&thread, &root, 0.05);
        }
        if let Some(reply) = self.answer_for_company(&thread) {
            self.make_it_right(&thread, &reply);
        }
    }

    /// The company's answer to a complaint; some never get one.
    fn answer_for_company(&mut self, thread: &Thread<'a>) -> Option<Post<'a>> {
        if self.dice.chance(0.18) {
            return None;
        }
        let staff = self.cast.choose(&mut self.dice, |person| likely(person.part == Part::Staff))?;
        let at = self.calendar.later(&mut self.dice, thread.root.at, 11.0)?;
        let text = self.dice.phrase(dialogue::STAFF_REPLIES);
        let draft = thread
            .draft(InteractionKind::Reply, at, &thread.root)
            .to(thread.root.author)
            .saying(text);
        Some(self.respond(draft, staff, at))
    }

    /// Takes the customer aside, and sometimes succeeds.
    fn make_it_right(&mut self, thread: &Thread<'a>, reply: &Post<'a>) {
        if !self.dice.chance(0.6) {
            return;
        }
        let (staff, customer) = (reply.author, thread.root.author);
        let offer = self.dice.phrase(dialogue::STAFF_MESSAGES);
        let Some(first) = self.write_privately(thread, reply, customer, offer, None) else {
            return;
        };
        if self.dice.chance(0.2) {
            return;
        }
        let content = self.dice.chance(0.65);
        let (pool, mood) = if content {
            (dialogue::CONTENT_MESSAGES, self.dice.between(0.3, 0.9))
        } else {
            (dialogue::DISCONTENT_MESSAGES, self.dice.between(-0.8, -0.2))
        };
        let text = fill(self.dice.phrase(pool), &mut self.dice);
        let answered = Post { author: customer, ..first };
        self.write_privately(thread, &answered, staff, &text, Some(mood));
        if content
            && self.dice.chance(0.3)
            && let Some(at) = self.calendar.later(&mut self.dice, answered.at, 240.0)
        {
            let praise = Opening {
                at,
                subject: Subject::Praise,
                occasion: Occasion::Ordinary,
                author: Some(customer),
            };
            self.tell_post(&praise, customer, thread.topic);
        }
    }

    /// A private message by the author of `before` to somebody, after it. A conversation of its own, named after its
    /// first message.
    pub(super) fn write_privately(
        &mut self,
        thread: &Thread<'a>,
        before: &Post<'a>,
        to: &'a Person,
        text: &str,
        mood: Option<f64>,
    ) -> Option<Post<'a>> {
        let at = self.calendar.later(&mut self.dice, before.at, 8.0)?;
        let official = before.author.part == Part::Staff || to.part == Part::Staff;
        let channel = if official { "email" } else { "chat" };
        let mut draft = Draft::new(InteractionKind::Message, at)
            .about(&thread.topics)
            .seen(channel, Visibility::Private)
            .to(to)
            .saying(text);
        if before.id.starts_with("m-") {
            draft = draft.under(&before.id, &before.id);
        }
        if let Some(mood) = mood {
            draft = draft.feeling(mood);
        }
        Some(self.respond(draft, before.author, at))
    }
}
