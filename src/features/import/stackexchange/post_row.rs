//! A row of Posts.xml: which attributes it has, and what the index keeps of it.
//!
//! Not here: which record it becomes.

use std::borrow::Cow;

use super::attributes::{number, read_attributes, required, time};
use super::posts::{Post, PostKind, TagSet};
use crate::features::import::source::Fault;

const QUESTION_TYPE: u32 = 1;
const ANSWER_TYPE: u32 = 2;

/// A row of Posts.xml.
pub(super) struct PostRow<'a> {
    /// Without its tags, which belong to the index.
    pub post: Post,
    tags: Option<Cow<'a, str>>,
    pub title: Option<Cow<'a, str>>,
}

impl<'a> PostRow<'a> {
    /// Reads a row.
    pub fn read(attributes: &'a str) -> Result<Self, Fault> {
        let wanted = [
            "Id",
            "PostTypeId",
            "ParentId",
            "AcceptedAnswerId",
            "CreationDate",
            "OwnerUserId",
            "Tags",
            "Title",
        ];
        let [id, kind, parent, accepted, created, owner, tags, title] = read_attributes(attributes, wanted)?;
        let kind = match required(kind, "PostTypeId")? {
            QUESTION_TYPE => PostKind::Question,
            ANSWER_TYPE => PostKind::Answer,
            _ => PostKind::Other,
        };
        let question = match kind {
            PostKind::Answer => Some(required(parent, "ParentId")?),
            PostKind::Question | PostKind::Other => None,
        };
        let accepted = number(accepted, "AcceptedAnswerId")?.filter(|_| kind == PostKind::Question);
        let post = Post {
            id: required(id, "Id")?,
            kind,
            owner: number(owner, "OwnerUserId")?,
            question,
            accepted,
            accept_seen: false,
            created: time(created, "CreationDate")?,
            tags: TagSet::default(),
        };
        Ok(Self { post, tags, title })
    }

    /// Its tags, in both spellings: `<a><b>`, and `|a|b|` since 2023.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let tags = self.tags.as_deref().unwrap_or_default();
        tags.split(['<', '>', '|']).map(str::trim).filter(|tag| !tag.is_empty())
    }
}
