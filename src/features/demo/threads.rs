//! A conversation while it is told: its beginning, and what every later post in it has in common.

use super::dialogue::{self, Topic};
use super::journal::Draft;
use super::person::{Part, Person};
use super::story::{Story, likely};
use entity::{InteractionKind, Visibility};

/// A conversation while it is told.
#[derive(Clone, Debug)]
pub(super) struct Thread<'a> {
    pub(super) root: Post<'a>,
    pub(super) topic: &'static Topic,
    pub(super) topics: Vec<String>,
    pub(super) channel: &'static str,
    pub(super) visibility: Visibility,
}

impl Thread<'_> {
    /// Something in this conversation, under one of its posts.
    pub(super) fn draft(&self, kind: InteractionKind, at: i64, parent: &Post<'_>) -> Draft {
        Draft::new(kind, at)
            .under(&self.root.id, &parent.id)
            .about(&self.topics)
            .seen(self.channel, self.visibility)
    }
}

/// Something that was written and can be reacted to.
#[derive(Clone, Debug)]
pub(super) struct Post<'a> {
    pub(super) id: String,
    pub(super) author: &'a Person,
    pub(super) at: i64,
}

impl<'a> Story<'a> {
    /// A conversation about to begin, in public.
    pub(super) fn start(&mut self, at: i64, author: &'a Person, topic: &'static Topic, channel: &'static str) -> Thread<'a> {
        let mut topics = vec![topic.slug.to_owned()];
        if self.dice.chance(0.22) {
            topics.push(topic.beside.to_owned());
        }
        Thread {
            root: Post {
                id: String::new(),
                author,
                at,
            },
            topic,
            topics,
            channel,
            visibility: Visibility::Public,
        }
    }

    /// Writes down what the conversation begins with.
    pub(super) fn publish(&mut self, thread: &mut Thread<'a>, kind: InteractionKind, text: &str, sentiment: Option<f64>) {
        let draft = Draft::new(kind, thread.root.at)
            .by(thread.root.author)
            .about(&thread.topics)
            .seen(thread.channel, thread.visibility)
            .saying(text);
        let draft = match sentiment {
            Some(sentiment) => draft.feeling(sentiment),
            None => draft,
        };
        thread.root.id = self.journal.write(draft);
    }

    /// Writes down a later post of the conversation.
    pub(super) fn respond(&mut self, draft: Draft, author: &'a Person, at: i64) -> Post<'a> {
        Post {
            id: self.journal.write(draft.by(author)),
            author,
            at,
        }
    }

    /// The bot greets whoever asks for the first time.
    pub(super) fn welcome(&mut self, thread: &Thread<'a>) {
        let newcomer = thread.root.author;
        if !self.welcomed.insert(newcomer.id.as_str()) {
            return;
        }
        let bot = self.cast.choose(&mut self.dice, |person| likely(person.part == Part::Bot));
        let at = self.calendar.later(&mut self.dice, thread.root.at, 0.01);
        let (Some(bot), Some(at)) = (bot, at) else {
            return;
        };
        let text = self.dice.phrase(dialogue::WELCOMES);
        let draft = thread.draft(InteractionKind::Reply, at, &thread.root).to(newcomer).saying(text);
        self.respond(draft, bot, at);
    }
}
