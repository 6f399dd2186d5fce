//! What the rows of a dump mean: which record a user, post, comment or vote becomes.
//!
//! Voters are anonymous, and votes are dated to the day: one that would come before its post is dated as the post.
//! Not here: XML, files, and the order in which they are read.

use std::borrow::Cow;

use entity::{InteractionKind, Timestamp, Visibility};

use super::attributes::{number, read_attributes, required, time};
use super::post_row::PostRow;
use super::posts::{Id, Post, PostKind, Posts};
use crate::features::import::source::{Fault, ReadOutcome};
use crate::features::ingest::record::{IdentityRecord, InteractionRecord, MemberRecord, Record};

/// The provider of the account that one person has on all sites of the network.
const NETWORK: &str = "stackexchange-network";

/// Turns rows into records; posts first have to be learnt.
pub(super) struct Mapping {
    source: String,
    posts: Posts,
}

impl Mapping {
    pub fn new(source: String) -> Self {
        Self {
            source,
            posts: Posts::default(),
        }
    }

    /// A row of Users.xml.
    pub fn user(&self, attributes: &str) -> Result<ReadOutcome, Fault> {
        let wanted = ["Id", "DisplayName", "CreationDate", "LastAccessDate", "AccountId"];
        let [id, name, created, last_seen, account] = read_attributes(attributes, wanted)?;
        let id: Id = required(id, "Id")?;
        // The community account of every site has the account -1, which is no identity.
        let account = number::<i64>(account, "AccountId")?.filter(|account| *account > 0);
        let identities = account.map(|account| IdentityRecord {
            provider: NETWORK.to_owned(),
            external_id: account.to_string(),
            ..IdentityRecord::default()
        });
        Ok(ReadOutcome::Record(Record::Member(MemberRecord {
            source: self.source.clone(),
            external_id: id.to_string(),
            display_name: name.map(Cow::into_owned),
            joined_at: Some(time(created, "CreationDate")?),
            last_active_at: last_seen.map(|seen| time(Some(seen), "LastAccessDate")).transpose()?,
            is_bot: (id.get() == -1).then_some(true),
            identities: identities.into_iter().collect(),
            ..MemberRecord::default()
        })))
    }

    /// Remembers a row of Posts.xml; a wrong one is left for [`Self::post`] to complain of.
    pub fn learn_post(&mut self, attributes: &str) {
        if let Ok(row) = PostRow::read(attributes) {
            let tags = self.posts.intern(row.tags());
            self.posts.add(Post { tags, ..row.post });
        }
    }

    /// To be called between the last [`Self::learn_post`] and anything that is not a user.
    pub fn posts_are_learnt(&mut self) {
        self.posts.sort();
    }

    /// A row of Posts.xml.
    pub fn post(&self, attributes: &str) -> Result<ReadOutcome, Fault> {
        let PostRow { post, title, .. } = PostRow::read(attributes)?;
        let record = match post.kind {
            PostKind::Question => InteractionRecord {
                text: title.map(Cow::into_owned),
                ..self.interaction(InteractionKind::Question, post.external_id(), &post, post.created)
            },
            PostKind::Answer => InteractionRecord {
                target: self.posts.question_of(&post).and_then(|question| name(question.owner)),
                parent: Some(post.thread()),
                ..self.interaction(InteractionKind::Answer, post.external_id(), &post, post.created)
            },
            PostKind::Other => self.interaction(InteractionKind::Post, post.external_id(), &post, post.created),
        };
        Ok(interaction(InteractionRecord {
            actor: name(post.owner),
            ..record
        }))
    }

    /// A row of Comments.xml.
    pub fn comment(&self, attributes: &str) -> Result<ReadOutcome, Fault> {
        let [id, post, user, created, text] = read_attributes(attributes, ["Id", "PostId", "UserId", "CreationDate", "Text"])?;
        let id: i64 = required(id, "Id")?;
        let post: Id = required(post, "PostId")?;
        let actor = number::<Id>(user, "UserId")?;
        let created = time(created, "CreationDate")?;
        let Some(post) = self.posts.get(post) else {
            return Ok(skipped("the post it comments on is not in the dump"));
        };
        Ok(interaction(InteractionRecord {
            actor: name(actor),
            text: text.map(Cow::into_owned),
            ..self.reaction(InteractionKind::Comment, format!("c-{id}"), post, created)
        }))
    }

    /// A row of Votes.xml.
    pub fn vote(&mut self, attributes: &str) -> Result<ReadOutcome, Fault> {
        let [id, post, vote_type, user, created] = read_attributes(attributes, ["Id", "PostId", "VoteTypeId", "UserId", "CreationDate"])?;
        let id: i64 = required(id, "Id")?;
        let post: Id = required(post, "PostId")?;
        let vote_type: u32 = required(vote_type, "VoteTypeId")?;
        let actor = number::<Id>(user, "UserId")?;
        let created = time(created, "CreationDate")?;
        let Some(post) = self.posts.get(post) else {
            return Ok(skipped("the post it votes on is not in the dump"));
        };
        let record = |kind| self.reaction(kind, format!("v-{id}"), post, created.max(post.created));
        let record = match vote_type {
            1 if post.kind == PostKind::Answer => {
                let record = self.accept(post, record(InteractionKind::SolutionAccepted));
                let answer = post.id;
                self.posts.see_accept(answer);
                record
            }
            1 => return Ok(skipped("the post it accepts is not an answer")),
            2 => InteractionRecord {
                actor: name(actor),
                ..record(InteractionKind::Kudos)
            },
            3 => InteractionRecord {
                actor: name(actor),
                ..record(InteractionKind::Downvote)
            },
            4 | 12 => InteractionRecord {
                actor: name(actor),
                ..record(InteractionKind::Flag)
            },
            other => {
                return Ok(ReadOutcome::Skipped {
                    reason: unused_vote(other),
                });
            }
        };
        Ok(interaction(record))
    }

    /// The next question whose accepted answer no vote told of, from the place `next` on; `None` after the last.
    pub fn accept_without_vote(&self, next: &mut usize) -> Option<ReadOutcome> {
        while let Some(question) = self.posts.nth(*next) {
            *next += 1;
            let Some(accepted) = question.accepted else {
                continue;
            };
            match self.posts.get(accepted).filter(|answer| answer.kind == PostKind::Answer) {
                None => {
                    return Some(skipped("the answer that its question accepts is not in the dump"));
                }
                Some(answer) if answer.accept_seen => {}
                Some(answer) => {
                    let kind = InteractionKind::SolutionAccepted;
                    let record = self.reaction(kind, format!("s-{}", answer.id), answer, answer.created);
                    return Some(interaction(self.accept(answer, record)));
                }
            }
        }
        None
    }

    /// Who asked is who accepted.
    fn accept(&self, answer: &Post, record: InteractionRecord) -> InteractionRecord {
        let asker = self.posts.question_of(answer).and_then(|question| question.owner);
        InteractionRecord {
            actor: name(asker),
            ..record
        }
    }

    /// What somebody did about a post.
    fn reaction(&self, kind: InteractionKind, id: String, post: &Post, at: Timestamp) -> InteractionRecord {
        InteractionRecord {
            target: name(post.owner),
            parent: Some(post.external_id()),
            ..self.interaction(kind, id, post, at)
        }
    }

    fn interaction(&self, kind: InteractionKind, id: String, post: &Post, at: Timestamp) -> InteractionRecord {
        InteractionRecord {
            source: self.source.clone(),
            external_id: id,
            kind,
            actor: None,
            target: None,
            thread: Some(post.thread()),
            parent: None,
            channel: None,
            visibility: Visibility::Public,
            occurred_at: at,
            topics: self.posts.topics_of(post),
            sentiment: None,
            text: None,
            url: None,
            retracts: None,
        }
    }
}

fn interaction(record: InteractionRecord) -> ReadOutcome {
    ReadOutcome::Record(Record::Interaction(record))
}

fn skipped(reason: &'static str) -> ReadOutcome {
    ReadOutcome::Skipped {
        reason: Cow::Borrowed(reason),
    }
}

fn name(user: Option<Id>) -> Option<String> {
    user.map(|id| id.to_string())
}

/// Why a vote is left out: it says nothing about what its receiver did.
fn unused_vote(vote_type: u32) -> Cow<'static, str> {
    Cow::Borrowed(match vote_type {
        5 => "votes that mark a favourite are not used",
        6 => "votes to close are not used",
        7 => "votes to reopen are not used",
        8 => "votes that start a bounty are not used",
        9 => "votes that close a bounty are not used",
        10 => "votes to delete are not used",
        11 => "votes to undelete are not used",
        13 => "votes that inform moderators are not used",
        15 => "votes for moderator review are not used",
        16 => "votes that approve an edit are not used",
        other => return Cow::Owned(format!("votes of type {other} are not known")),
    })
}
