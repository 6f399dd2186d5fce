//! Writing the story down: interactions get their ids, threads and addresses here. What happens is decided elsewhere.

use super::DEMO_SOURCE;
use super::person::Person;
use crate::features::ingest::record::InteractionRecord;
use entity::{InteractionKind, Timestamp, Visibility};
use std::collections::HashMap;

/// The invented forum's address of a thread, without its name.
const THREADS: &str = "https://community.demo.example/t/";

/// An interaction being put together.
#[derive(Clone, Debug)]
pub(super) struct Draft(InteractionRecord);

impl Draft {
    /// Something that happened in public on the forum.
    pub(super) fn new(kind: InteractionKind, at: i64) -> Self {
        Self(InteractionRecord {
            source: DEMO_SOURCE.to_owned(),
            external_id: String::new(),
            kind,
            actor: None,
            target: None,
            thread: None,
            parent: None,
            channel: Some("forum".to_owned()),
            visibility: Visibility::Public,
            occurred_at: Timestamp::from_micros(at),
            topics: Vec::new(),
            sentiment: None,
            text: None,
            url: None,
            retracts: None,
        })
    }

    /// Who did it.
    pub(super) fn by(mut self, actor: &Person) -> Self {
        self.0.actor = Some(actor.id.clone());
        self
    }

    /// Towards whom.
    pub(super) fn to(mut self, target: &Person) -> Self {
        self.0.target = Some(target.id.clone());
        self
    }

    /// In which thread, under which post.
    pub(super) fn under(mut self, thread: &str, parent: &str) -> Self {
        self.0.thread = Some(thread.to_owned());
        self.0.parent = Some(parent.to_owned());
        self
    }

    /// About what.
    pub(super) fn about(mut self, topics: &[String]) -> Self {
        self.0.topics = topics.to_vec();
        self
    }

    /// In which words.
    pub(super) fn saying(mut self, text: impl Into<String>) -> Self {
        self.0.text = Some(text.into());
        self
    }

    /// In which mood, from −1 to 1.
    pub(super) fn feeling(mut self, sentiment: f64) -> Self {
        self.0.sentiment = Some((sentiment.clamp(-1.0, 1.0) * 100.0).round() / 100.0);
        self
    }

    /// Where, and for whose eyes.
    pub(super) fn seen(mut self, channel: &str, visibility: Visibility) -> Self {
        self.0.channel = Some(channel.to_owned());
        self.0.visibility = visibility;
        self
    }

    /// Taking back an earlier interaction, in the same place.
    pub(super) fn retracting(mut self, earlier: &InteractionRecord) -> Self {
        self.0.actor.clone_from(&earlier.actor);
        self.0.thread.clone_from(&earlier.thread);
        self.0.parent.clone_from(&earlier.parent);
        self.0.channel.clone_from(&earlier.channel);
        self.0.visibility = earlier.visibility;
        self.0.topics.clone_from(&earlier.topics);
        self.0.retracts = Some(earlier.external_id.clone());
        self
    }
}

/// Everything that was written down.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    records: Vec<InteractionRecord>,
    counts: HashMap<InteractionKind, u64>,
    last_seen: HashMap<String, Timestamp>,
}

impl Journal {
    /// Writes an interaction down and returns its id.
    pub(super) fn write(&mut self, draft: Draft) -> String {
        let mut record = draft.0;
        let count = self.counts.entry(record.kind).or_default();
        *count += 1;
        record.external_id = format!("{}-{count}", prefix(record.kind));
        if record.thread.is_none() && starts_thread(record.kind) {
            record.thread = Some(record.external_id.clone());
        }
        if record.visibility == Visibility::Public {
            record.url = address(&record);
        }
        if let Some(actor) = &record.actor {
            let seen = self.last_seen.entry(actor.clone()).or_insert(record.occurred_at);
            *seen = record.occurred_at.max(*seen);
        }
        let id = record.external_id.clone();
        self.records.push(record);
        id
    }

    /// When somebody last did something.
    pub(super) fn last_seen(&self, person: &Person) -> Option<Timestamp> {
        self.last_seen.get(&person.id).copied()
    }

    /// What was written so far, in the order of writing.
    pub(super) fn records(&self) -> &[InteractionRecord] {
        &self.records
    }

    /// Everything, oldest first.
    pub(super) fn into_records(mut self) -> Vec<InteractionRecord> {
        // Stable, so that what happened at the same instant keeps the order of writing.
        self.records.sort_by_key(|record| record.occurred_at);
        self.records
    }
}

/// Where a public interaction can be seen: the thread, and the post in it unless it began the thread.
fn address(record: &InteractionRecord) -> Option<String> {
    let thread = record.thread.as_deref()?;
    let shown = match record.kind {
        // These leave no text of their own on the page.
        InteractionKind::Kudos
        | InteractionKind::Downvote
        | InteractionKind::SolutionAccepted
        | InteractionKind::Flag
        | InteractionKind::Retraction => record.parent.as_deref()?,
        _ => record.external_id.as_str(),
    };
    if shown == thread {
        return Some(format!("{THREADS}{thread}"));
    }
    Some(format!("{THREADS}{thread}#{shown}"))
}

/// Whether something of this kind without a thread begins one.
const fn starts_thread(kind: InteractionKind) -> bool {
    matches!(
        kind,
        InteractionKind::Question
            | InteractionKind::Post
            | InteractionKind::Review
            | InteractionKind::Complaint
            | InteractionKind::Praise
            | InteractionKind::Message
    )
}

/// What the ids of a kind begin with.
const fn prefix(kind: InteractionKind) -> &'static str {
    match kind {
        InteractionKind::Question => "q",
        InteractionKind::Post => "p",
        InteractionKind::Review => "rv",
        InteractionKind::Complaint => "co",
        InteractionKind::Praise => "pr",
        InteractionKind::Answer => "a",
        InteractionKind::Reply => "re",
        InteractionKind::Message => "m",
        InteractionKind::SolutionAccepted => "s",
        InteractionKind::Comment => "c",
        InteractionKind::Kudos => "k",
        InteractionKind::Endorsement => "e",
        InteractionKind::Mention => "at",
        InteractionKind::Share => "sh",
        InteractionKind::Invite => "i",
        InteractionKind::Downvote => "d",
        InteractionKind::Flag => "f",
        InteractionKind::Retraction => "rt",
    }
}
