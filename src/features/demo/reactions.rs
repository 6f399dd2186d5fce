//! What others add to what somebody wrote: thanks, remarks, votes, reports, and passing it on.

use super::dialogue::{self, Topic, fill, foreign_phrases};
use super::person::{Part, Person};
use super::story::{Story, likely};
use super::threads::{Post, Thread};
use entity::{InteractionKind, Visibility};

impl<'a> Story<'a> {
    /// Kudos for a post, about half of them from unknown givers, each known giver at most once.
    pub(super) fn applaud(&mut self, thread: &Thread<'a>, post: &Post<'a>, mean: f64) {
        // The asker gives thanks when the question is settled.
        let mut givers = vec![thread.root.author.id.as_str()];
        for _ in 0..self.dice.times(mean) {
            let Some(at) = self.calendar.later(&mut self.dice, post.at, 30.0) else {
                continue;
            };
            let draft = thread.draft(InteractionKind::Kudos, at, post).to(post.author);
            if self.dice.chance(0.5) {
                self.journal.write(draft);
            } else if let Some(giver) = self.draw_reader(thread, post, at)
                && !givers.contains(&giver.id.as_str())
            {
                givers.push(&giver.id);
                self.journal.write(draft.by(giver));
            }
        }
    }

    /// Remarks under a post.
    pub(super) fn discuss(&mut self, thread: &Thread<'a>, post: &Post<'a>, mean: f64) {
        for _ in 0..self.dice.times(mean) {
            let Some(at) = self.calendar.later(&mut self.dice, post.at, 12.0) else {
                continue;
            };
            let Some(commenter) = self.draw_reader(thread, post, at) else {
                continue;
            };
            let text = self.remark(thread, commenter);
            let mut draft = thread.draft(InteractionKind::Comment, at, post).to(post.author).saying(text);
            if self.dice.chance(0.2) {
                draft = draft.feeling(self.dice.between(-0.3, 0.6));
            }
            let comment = self.respond(draft, commenter, at);
            self.report(thread, &comment, 0.015);
            if self.dice.chance(0.2) {
                self.applaud(thread, &comment, 0.8);
            }
        }
    }

    /// Perhaps somebody votes a post down, often without a name.
    pub(super) fn vote_down(&mut self, thread: &Thread<'a>, post: &Post<'a>, chance: f64) {
        if !self.dice.chance(chance) {
            return;
        }
        let Some(at) = self.calendar.later(&mut self.dice, post.at, 20.0) else {
            return;
        };
        let draft = thread.draft(InteractionKind::Downvote, at, post).to(post.author);
        let giver = self.draw_critic(thread.topic, post, at);
        match giver {
            Some(giver) if self.dice.chance(0.5) => self.journal.write(draft.by(giver)),
            _ => self.journal.write(draft),
        };
    }

    /// Perhaps somebody reports a post to the moderators, whose eyes only it is for.
    pub(super) fn report(&mut self, thread: &Thread<'a>, post: &Post<'a>, chance: f64) {
        if !self.dice.chance(chance) {
            return;
        }
        let at = self.calendar.later(&mut self.dice, post.at, 4.0);
        let reporter = at.and_then(|at| self.draw_critic(thread.topic, post, at));
        if let (Some(at), Some(reporter)) = (at, reporter) {
            let draft = thread
                .draft(InteractionKind::Flag, at, post)
                .seen(thread.channel, Visibility::Private)
                .by(reporter)
                .to(post.author)
                .saying(self.dice.phrase(dialogue::FLAGS));
            self.journal.write(draft);
        }
    }

    /// Some pass a post on to their own followers.
    pub(super) fn pass_on(&mut self, thread: &Thread<'a>, post: &Post<'a>, mean: f64) {
        for _ in 0..self.dice.times(mean) {
            let Some(at) = self.calendar.later(&mut self.dice, post.at, 48.0) else {
                continue;
            };
            let sharer = self.cast.choose(&mut self.dice, |person| {
                let reach = match person.part {
                    Part::Advocate => 6.0,
                    Part::LoudLurker => 4.0,
                    _ => 1.0,
                };
                likely(!person.is(post.author)) * reach * person.sociability(thread.topic, at)
            });
            let Some(sharer) = sharer else { continue };
            let text = fill(self.dice.phrase(dialogue::SHARES), &mut self.dice);
            let draft = thread
                .draft(InteractionKind::Share, at, post)
                .seen("social", thread.visibility)
                .by(sharer)
                .to(post.author)
                .saying(text);
            self.journal.write(draft);
        }
    }

    /// Somebody calls for whoever knows most about the subject.
    pub(super) fn mention_expert(&mut self, thread: &Thread<'a>) {
        let Some(at) = self.calendar.later(&mut self.dice, thread.root.at, 5.0) else {
            return;
        };
        let progress = self.calendar.progress(at);
        let expert = self.cast.choose(&mut self.dice, |person| {
            let other = !person.is(thread.root.author) && person.is_customer();
            likely(other) * person.helpfulness(thread.topic, at, progress)
        });
        let caller = self.cast.choose(&mut self.dice, |person| {
            let other = expert.is_some_and(|expert| !person.is(expert));
            likely(other) * person.sociability(thread.topic, at)
        });
        if let (Some(expert), Some(caller)) = (expert, caller) {
            let handle = format!("@{}", expert.handle);
            let text = self.dice.phrase(dialogue::MENTIONS).replace('@', &handle);
            let channel = self.dice.phrase(&["forum", "forum", "social"]);
            let draft = thread
                .draft(InteractionKind::Mention, at, &thread.root)
                .seen(channel, thread.visibility)
                .by(caller)
                .to(expert)
                .saying(text);
            self.journal.write(draft);
        }
    }

    /// Somebody who may see the post and did not write it.
    fn draw_reader(&mut self, thread: &Thread<'a>, post: &Post<'a>, at: i64) -> Option<&'a Person> {
        let open = thread.visibility == Visibility::Public;
        self.cast.choose(&mut self.dice, |person| {
            let there = open || super::story::is_insider(person);
            likely(there && !person.is(post.author)) * person.sociability(thread.topic, at)
        })
    }

    fn draw_critic(&mut self, topic: &Topic, post: &Post<'a>, at: i64) -> Option<&'a Person> {
        self.cast.choose(&mut self.dice, |person| {
            let keen = if person.part == Part::Critic { 8.0 } else { 1.0 };
            likely(!person.is(post.author)) * keen * person.sociability(topic, at)
        })
    }

    /// In the language of the thread's author when the commenter speaks it, otherwise in English.
    fn remark(&mut self, thread: &Thread<'a>, commenter: &Person) -> String {
        let shared = commenter.language == thread.root.author.language;
        let foreign = foreign_phrases(commenter.language).filter(|_| shared);
        let pool = foreign.map_or(dialogue::COMMENTS, |phrases| phrases.comments);
        fill(self.dice.phrase(pool), &mut self.dice)
    }
}
