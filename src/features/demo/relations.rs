//! What lies between two people in the demo: invitations, help in private, endorsements, and taking things back.

use super::calendar::Occasion;
use super::dialogue::{self, fill};
use super::journal::Draft;
use super::person::{Part, Person};
use super::story::{Opening, Story, Subject, likely};
use super::threads::{Post, Thread};
use entity::{InteractionKind, Visibility};

impl<'a> Story<'a> {
    /// Somebody brings a newcomer in; the newcomer then starts a conversation, whose opening is returned.
    pub(super) fn tell_invitations(&mut self) -> Vec<Opening<'a>> {
        let mut openings = Vec::new();
        for newcomer in self.cast.people() {
            let late = self.calendar.progress(newcomer.joined) > 0.05;
            if !late || !newcomer.is_customer() || !self.dice.chance(0.16) {
                continue;
            }
            // Without a contribution there would be an invitation that never shows its use: leave it out.
            let Some(at) = self.calendar.later(&mut self.dice, newcomer.joined, 60.0) else {
                continue;
            };
            if self.invite(newcomer) {
                let subject = if newcomer.part == Part::Occasional {
                    Subject::Question
                } else {
                    Subject::Chatter
                };
                openings.push(Opening {
                    at,
                    subject,
                    occasion: Occasion::Ordinary,
                    author: Some(newcomer),
                });
            }
        }
        openings
    }

    fn invite(&mut self, newcomer: &'a Person) -> bool {
        let at = newcomer.joined;
        let inviter = self.cast.choose(&mut self.dice, |person| {
            let keen = match person.part {
                Part::Advocate => 12.0,
                Part::QuietInfluencer | Part::Specialist => 1.5,
                Part::Regular => 0.4,
                _ => 0.0,
            };
            keen * likely(person.joined < at && !person.is(newcomer))
        });
        let Some(inviter) = inviter else { return false };
        let channel = self.dice.phrase(&["email", "social"]);
        let visibility = if channel == "email" {
            Visibility::Private
        } else {
            Visibility::Public
        };
        let draft = Draft::new(InteractionKind::Invite, at)
            .by(inviter)
            .to(newcomer)
            .seen(channel, visibility);
        self.journal.write(draft);
        true
    }

    /// A helper writes to the asker directly; quiet influencers do so most.
    pub(super) fn help_in_private(&mut self, thread: &Thread<'a>) {
        let asker = thread.root.author;
        let progress = self.calendar.progress(thread.root.at);
        let helper = self.cast.choose(&mut self.dice, |person| {
            let quiet = if person.part == Part::QuietInfluencer { 5.0 } else { 1.0 };
            let other = person.is_customer() && !person.is(asker);
            likely(other) * quiet * person.helpfulness(thread.topic, thread.root.at, progress)
        });
        let Some(helper) = helper else { return };
        let text = fill(self.dice.phrase(dialogue::HELPER_MESSAGES), &mut self.dice);
        let question = Post {
            author: helper,
            ..thread.root.clone()
        };
        let Some(first) = self.write_privately(thread, &question, asker, &text, None) else {
            return;
        };
        if self.dice.chance(0.7) {
            let text = self.dice.phrase(dialogue::HELPED_MESSAGES);
            let mood = self.dice.between(0.3, 0.9);
            let answered = Post { author: asker, ..first };
            self.write_privately(thread, &answered, helper, text, Some(mood));
        }
    }

    /// The asker vouches for the solver in the subject, some days later.
    pub(super) fn endorse(&mut self, thread: &Thread<'a>, answer: &Post<'a>) {
        let Some(at) = self.calendar.later(&mut self.dice, answer.at, 90.0) else {
            return;
        };
        let text = self.dice.phrase(dialogue::ENDORSEMENTS);
        let draft = Draft::new(InteractionKind::Endorsement, at)
            .about(&[thread.topic.slug.to_owned()])
            .by(thread.root.author)
            .to(answer.author)
            .saying(text);
        self.journal.write(draft);
    }

    /// Some take back what they gave, by a record that names the earlier one.
    pub(super) fn tell_retractions(&mut self) {
        let mut drafts = Vec::new();
        for earlier in self.journal.records() {
            let chance = match earlier.kind {
                InteractionKind::Kudos => 0.012,
                InteractionKind::Comment => 0.01,
                InteractionKind::Endorsement => 0.03,
                InteractionKind::Downvote | InteractionKind::Flag => 0.12,
                _ => 0.0,
            };
            if earlier.actor.is_none() || !self.dice.chance(chance) {
                continue;
            }
            let before = earlier.occurred_at.as_micros();
            if let Some(at) = self.calendar.later(&mut self.dice, before, 15.0) {
                drafts.push(Draft::new(InteractionKind::Retraction, at).retracting(earlier));
            }
        }
        for draft in drafts {
            self.journal.write(draft);
        }
    }
}
