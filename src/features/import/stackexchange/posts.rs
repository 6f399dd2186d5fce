//! The index of posts: what votes and comments need to know of the post they hang on, in some 30 bytes each.
//!
//! Not here: the rows themselves.

use std::collections::HashMap;
use std::num::NonZeroI32;
use std::sync::Arc;

use entity::Timestamp;

/// The id of a user or post. Stack Exchange keeps them in 32 bits and never uses 0.
pub(super) type Id = NonZeroI32;

/// What a post is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PostKind {
    Question,
    Answer,
    /// Tag wikis, election nominations and the like.
    Other,
}

/// What is kept of a post.
#[derive(Clone, Copy, Debug)]
pub(super) struct Post {
    pub id: Id,
    pub kind: PostKind,
    pub owner: Option<Id>,
    /// For an answer: its question, which need not be in the dump.
    pub question: Option<Id>,
    /// For a question: the answer its owner accepted.
    pub accepted: Option<Id>,
    /// A vote says that it is the accepted answer.
    pub accept_seen: bool,
    pub created: Timestamp,
    /// For a question: its tags.
    pub tags: TagSet,
}

impl Post {
    /// The external id of what the post became.
    pub fn external_id(&self) -> String {
        match self.kind {
            PostKind::Question => format!("q-{}", self.id),
            PostKind::Answer => format!("a-{}", self.id),
            PostKind::Other => format!("p-{}", self.id),
        }
    }

    /// The conversation it belongs to: that of its question, or its own.
    pub fn thread(&self) -> String {
        self.question.map_or_else(|| self.external_id(), |question| format!("q-{question}"))
    }
}

/// The tags of one question: a stretch of [`Posts::sets`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TagSet {
    start: u32,
    count: u8,
}

/// All posts of a dump, by id.
#[derive(Default)]
pub(super) struct Posts {
    by_id: Vec<Post>,
    tags: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
    sets: Vec<u32>,
}

impl Posts {
    /// Adds a post. Nothing is found before [`Self::sort`].
    pub fn add(&mut self, post: Post) {
        self.by_id.push(post);
    }

    /// Ends adding. Dumps are nearly sorted already; of two posts with one id the first is kept.
    pub fn sort(&mut self) {
        self.by_id.sort_by_key(|post| post.id);
        self.by_id.dedup_by_key(|post| post.id);
        self.numbers = HashMap::new();
    }

    /// Remembers the tags of a question, each name once.
    pub fn intern<'a>(&mut self, tags: impl Iterator<Item = &'a str>) -> TagSet {
        let Ok(start) = u32::try_from(self.sets.len()) else {
            return TagSet::default();
        };
        let mut count = 0u8;
        for tag in tags.take(usize::from(u8::MAX)) {
            let number = self.number_of(tag);
            self.sets.push(number);
            count = count.saturating_add(1);
        }
        TagSet { start, count }
    }

    fn number_of(&mut self, tag: &str) -> u32 {
        if let Some(number) = self.numbers.get(tag) {
            return *number;
        }
        let number = u32::try_from(self.tags.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = tag.into();
        self.tags.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }

    /// The post with that id.
    pub fn get(&self, id: Id) -> Option<&Post> {
        self.position(id).and_then(|at| self.by_id.get(at))
    }

    /// Notes that a vote tells of an accepted answer.
    pub fn see_accept(&mut self, answer: Id) {
        let post = self.position(answer).and_then(|at| self.by_id.get_mut(at));
        if let Some(post) = post {
            post.accept_seen = true;
        }
    }

    /// The post at that place in the order of ids.
    pub fn nth(&self, at: usize) -> Option<&Post> {
        self.by_id.get(at)
    }

    /// The question of a post: itself, or the one it answers.
    pub fn question_of(&self, post: &Post) -> Option<&Post> {
        let id = if post.kind == PostKind::Question {
            Some(post.id)
        } else {
            post.question
        };
        id.and_then(|id| self.get(id))
            .filter(|question| question.kind == PostKind::Question)
    }

    /// The tags of the question a post belongs to.
    pub fn topics_of(&self, post: &Post) -> Vec<String> {
        let Some(TagSet { start, count }) = self.question_of(post).map(|question| question.tags) else {
            return Vec::new();
        };
        let numbers = self.sets.iter().skip(start as usize).take(usize::from(count));
        let tags = numbers.filter_map(|number| self.tags.get(*number as usize));
        tags.map(ToString::to_string).collect()
    }

    fn position(&self, id: Id) -> Option<usize> {
        self.by_id.binary_search_by_key(&id, |post| post.id).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(id: i32, kind: PostKind, question: Option<i32>, tags: TagSet) -> Post {
        let question = question.and_then(Id::new);
        let id = Id::new(id).unwrap();
        let created = Timestamp::from_micros(0);
        Post {
            id,
            kind,
            owner: None,
            question,
            accepted: None,
            accept_seen: false,
            created,
            tags,
        }
    }

    #[test]
    fn an_answer_has_the_topics_of_its_question_wherever_it_stands() {
        let mut posts = Posts::default();
        posts.add(post(2, PostKind::Answer, Some(5), TagSet::default()));
        let _other = posts.intern(["ale", "stout"].into_iter());
        let tags = posts.intern(["stout", "c#"].into_iter());
        posts.add(post(5, PostKind::Question, None, tags));
        posts.sort();
        let answer = posts.get(Id::new(2).unwrap()).unwrap();
        assert_eq!(posts.topics_of(answer), ["stout", "c#"]);
        assert_eq!((answer.external_id(), answer.thread()), ("a-2".to_owned(), "q-5".to_owned()));
    }

    #[test]
    fn the_index_stays_small() {
        assert!(size_of::<Post>() <= 40, "{}", size_of::<Post>());
    }
}
