//! How conversations go on in the demo: questions and their answers, posts, closed groups.

use super::calendar::{DAY, Occasion};
use super::dialogue::{self, Topic, fill, foreign_phrases};
use super::names::Language;
use super::person::{Part, Person};
use super::story::{Opening, Story, Subject, is_insider, likely};
use super::threads::{Post, Thread};
use entity::{InteractionKind, Visibility};

/// The words of a question and its answers.
struct Lines {
    topic: &'static Topic,
    language: Language,
    question: String,
    answers: &'static [&'static str],
}

impl<'a> Story<'a> {
    /// A question, its answers, and what comes of it.
    pub(super) fn tell_question(&mut self, opening: &Opening<'a>, author: &'a Person, topic: &'static Topic) {
        let lines = self.choose_lines(opening, author, topic);
        let channel = self.dice.phrase(&["forum", "forum", "forum", "chat"]);
        let mut thread = self.start(opening.at, author, lines.topic, channel);
        self.publish(&mut thread, InteractionKind::Question, &lines.question, None);
        self.welcome(&thread);
        let answers = self.tell_answers(&thread, &lines);
        for answer in &answers {
            self.applaud(&thread, answer, 1.25);
            self.discuss(&thread, answer, 0.5);
            self.vote_down(&thread, answer, 0.05);
            self.pass_on(&thread, answer, 0.02);
        }
        if self.dice.chance(0.06) {
            self.mention_expert(&thread);
        }
        self.discuss(&thread, &thread.root.clone(), 0.9);
        self.applaud(&thread, &thread.root.clone(), 0.3);
        self.settle(&thread, &answers, lines.language);
    }

    fn choose_lines(&mut self, opening: &Opening<'a>, author: &Person, topic: &'static Topic) -> Lines {
        if opening.occasion == Occasion::Outage {
            return Lines {
                topic,
                language: Language::English,
                question: self.dice.phrase(dialogue::OUTAGE_QUESTIONS).to_owned(),
                answers: dialogue::OUTAGE_ANSWERS,
            };
        }
        let foreign = foreign_phrases(author.language).filter(|_| self.dice.chance(0.5));
        if let Some(script) = foreign.and_then(|phrases| self.dice.pick(phrases.scripts)) {
            return Lines {
                topic: dialogue::topic_named(script.topic),
                language: author.language,
                question: fill(script.question, &mut self.dice),
                answers: script.answers,
            };
        }
        let script = self.dice.pick(topic.scripts);
        let body = fill(script.map_or("", |script| script.question), &mut self.dice);
        let (before, after) = (self.dice.phrase(dialogue::OPENINGS), self.dice.phrase(dialogue::CLOSINGS));
        Lines {
            topic,
            language: Language::English,
            question: format!("{before}{body}{after}"),
            answers: script.map_or(&[], |script| script.answers),
        }
    }

    fn tell_answers(&mut self, thread: &Thread<'a>, lines: &Lines) -> Vec<Post<'a>> {
        let mut answers: Vec<Post<'a>> = Vec::new();
        let first = self.dice.below(lines.answers.len() as u64) as usize;
        for place in 0..self.dice.times(1.75) {
            let Some(at) = self.answering_time(thread.root.at) else {
                continue;
            };
            let progress = self.calendar.progress(at);
            let helper = self.cast.choose(&mut self.dice, |person| {
                let free = !person.is(thread.root.author) && !answers.iter().any(|answer| answer.author.is(person));
                likely(free) * person.helpfulness(thread.topic, at, progress)
            });
            let Some(helper) = helper else { continue };
            let text = self.answer_text(lines, helper, first, place);
            let draft = thread
                .draft(InteractionKind::Answer, at, &thread.root)
                .to(thread.root.author)
                .saying(text);
            answers.push(self.respond(draft, helper, at));
        }
        answers
    }

    /// Some questions are answered within the hour, some the same day, some after days.
    fn answering_time(&mut self, asked: i64) -> Option<i64> {
        let mean_hours = match self.dice.weighted(&[0.4, 0.4, 0.2]) {
            Some(0) => 0.7,
            Some(1) => 6.0,
            _ => 40.0,
        };
        self.calendar.later(&mut self.dice, asked, mean_hours)
    }

    /// The script's answers in turn, then general ones; in English by those who do not speak the language.
    fn answer_text(&mut self, lines: &Lines, helper: &Person, first: usize, place: usize) -> String {
        let speaks = lines.language == Language::English || lines.language == helper.language;
        let fitting = (speaks && place < lines.answers.len())
            .then(|| lines.answers.iter().cycle().nth(first + place))
            .flatten();
        let template = match fitting {
            Some(text) => text,
            None => self.dice.phrase(dialogue::GENERAL_ANSWERS),
        };
        fill(template, &mut self.dice)
    }

    /// A post without a question: guide, chat, review, praise, notice.
    pub(super) fn tell_post(&mut self, opening: &Opening<'a>, author: &'a Person, topic: &'static Topic) {
        let (kind, template, sentiment) = self.post_text(opening, topic);
        let mut thread = self.start(opening.at, author, topic, "forum");
        let text = fill(template, &mut self.dice);
        self.publish(&mut thread, kind, &text, sentiment);
        let (kudos, comments, shares) = match opening.subject {
            Subject::Guide => (6.0, 2.2, 0.8),
            Subject::Notice => (14.0, 12.0, 2.0),
            Subject::Praise => (2.0, 0.8, 0.3),
            Subject::Review => (1.5, 1.0, 0.3),
            _ => (1.5, 4.0, 0.05),
        };
        let root = thread.root.clone();
        self.applaud(&thread, &root, kudos);
        self.discuss(&thread, &root, comments);
        self.pass_on(&thread, &root, shares);
        self.vote_down(&thread, &root, 0.04);
    }

    fn post_text(&mut self, opening: &Opening<'_>, topic: &Topic) -> (InteractionKind, &'static str, Option<f64>) {
        let outage = opening.occasion == Occasion::Outage;
        match opening.subject {
            Subject::Review => {
                let review = self.dice.pick(dialogue::REVIEWS).copied();
                let (text, sentiment) = review.unwrap_or_default();
                (InteractionKind::Review, text, Some(sentiment))
            }
            Subject::Praise => {
                let pool = if outage { dialogue::OUTAGE_PRAISE } else { dialogue::PRAISE };
                let sentiment = self.dice.between(0.55, 1.0);
                (InteractionKind::Praise, self.dice.phrase(pool), Some(sentiment))
            }
            Subject::Guide => (InteractionKind::Post, self.dice.phrase(topic.guides), None),
            Subject::Notice => {
                let text = self.dice.phrase(self.notices_for(opening));
                (InteractionKind::Post, text, None)
            }
            _ => (InteractionKind::Post, self.dice.phrase(dialogue::CHATTER), None),
        }
    }

    fn notices_for(&self, opening: &Opening<'_>) -> &'static [&'static str] {
        let over = self.calendar.at(Occasion::Outage.begins()) + DAY;
        match opening.occasion {
            Occasion::Outage if opening.at < over => dialogue::OUTAGE_NOTICES,
            Occasion::Outage => dialogue::OUTAGE_ACCOUNTS,
            _ => dialogue::RELEASE_NOTICES,
        }
    }

    /// A thread in the closed group, which only its members see.
    pub(super) fn tell_group(&mut self, opening: &Opening<'a>, author: &'a Person, topic: &'static Topic) {
        let channel = self.dice.phrase(&["forum", "chat"]);
        let mut thread = self.start(opening.at, author, topic, channel);
        thread.visibility = Visibility::SemiPrivate;
        let text = fill(self.dice.phrase(dialogue::GROUP_POSTS), &mut self.dice);
        self.publish(&mut thread, InteractionKind::Post, &text, None);
        for _ in 0..self.dice.times(3.5) {
            let Some(at) = self.calendar.later(&mut self.dice, opening.at, 14.0) else {
                continue;
            };
            let replier = self.cast.choose(&mut self.dice, |person| {
                let there = is_insider(person) || person.part == Part::Staff;
                likely(there && !person.is(author)) * person.sociability(topic, at)
            });
            let Some(replier) = replier else { continue };
            let text = fill(self.dice.phrase(dialogue::GROUP_REPLIES), &mut self.dice);
            let draft = thread.draft(InteractionKind::Reply, at, &thread.root).to(author).saying(text);
            let reply = self.respond(draft, replier, at);
            self.applaud(&thread, &reply, 0.6);
        }
    }
}
