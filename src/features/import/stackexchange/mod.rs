//! Reads the dump of a Stack Exchange site as users download it: a directory of XML files, or the `.7z` they come in.
//!
//! Users become members; posts, comments and votes become interactions, accepted answers included. Bodies of posts
//! stay out: they are HTML, and scores do not read them. A question keeps its title as text, a comment its words.
//! The score shown on a post is not read either: it is the KUDOS less the DOWNVOTEs that have the post as parent.
//!
//! Here is the order of files: users, posts, comments, votes, then accepted answers without a vote. `Posts.xml` is
//! read twice, first for the index by which votes find their post. Not here: unpacking (`archive`), XML (`rows`, `attributes`),
//! what a row means (`mapping`, `post_row`), the index (`posts`).

mod archive;
mod attributes;
mod mapping;
mod post_row;
mod posts;
mod rows;

use std::path::Path;
use std::sync::Arc;

use self::archive::Dump;
use self::mapping::Mapping;
use self::rows::Rows;
use super::input::Input;
use super::source::{Fault, Progress, ReadError, ReadItem, ReadOutcome};

/// How to read a dump.
#[derive(Clone, Debug)]
pub struct StackExchangeOptions {
    /// The source that records are written under, for example `stackexchange`.
    pub source: String,
    /// How many bytes an archive may unpack to.
    pub max_unpacked_bytes: u64,
}

impl Default for StackExchangeOptions {
    fn default() -> Self {
        Self {
            source: "stackexchange".to_owned(),
            max_unpacked_bytes: 64 << 30,
        }
    }
}

/// The files that are read, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DumpFile {
    Users,
    Posts,
    Comments,
    Votes,
}

impl DumpFile {
    const ALL: [Self; 4] = [Self::Users, Self::Posts, Self::Comments, Self::Votes];

    const fn file_name(self) -> &'static str {
        match self {
            Self::Users => "Users.xml",
            Self::Posts => "Posts.xml",
            Self::Comments => "Comments.xml",
            Self::Votes => "Votes.xml",
        }
    }

    /// The element that holds the rows.
    const fn root(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Posts => "posts",
            Self::Comments => "comments",
            Self::Votes => "votes",
        }
    }
}

enum Stage {
    Unpack,
    Open(DumpFile),
    Read(DumpFile, Rows),
    AcceptsWithoutVote(usize),
    Ended,
}

/// The records of a dump.
pub struct StackExchangeReader {
    dump: Dump,
    mapping: Mapping,
    progress: Progress,
    stage: Stage,
}

impl StackExchangeReader {
    /// Opens a directory or an archive, and looks whether everything is there. Unpacking waits for the first item.
    ///
    /// # Errors
    /// When it cannot be opened, is not a whole 7z archive, lacks a file, or unpacks to more than is allowed.
    pub fn open(path: &Path, options: StackExchangeOptions) -> Result<Self, ReadError> {
        let dump = Dump::open(path, options.max_unpacked_bytes)?;
        let progress = Progress {
            total: Some(dump.bytes_to_read()),
            ..Progress::default()
        };
        Ok(Self {
            dump,
            mapping: Mapping::new(options.source),
            progress,
            stage: Stage::Unpack,
        })
    }

    /// How far it is, unpacking included.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Does the next piece of work; `None` when that gave no item.
    fn step(&mut self) -> Result<Option<ReadItem>, ReadError> {
        match &mut self.stage {
            Stage::Unpack => {
                self.dump.unpack(&self.progress.done)?;
                self.stage = Stage::Open(DumpFile::Users);
                Ok(None)
            }
            Stage::Open(file) => {
                let file = *file;
                if file == DumpFile::Posts {
                    self.index_posts()?;
                }
                self.stage = Stage::Read(file, self.rows(file)?);
                Ok(None)
            }
            Stage::Read(file, rows) => {
                let item = read_row(*file, rows, &mut self.mapping)?;
                if item.is_none() {
                    self.stage = Self::after(*file);
                }
                Ok(item)
            }
            Stage::AcceptsWithoutVote(next) => {
                let place: Arc<str> = DumpFile::Posts.file_name().into();
                let item = self
                    .mapping
                    .accept_without_vote(next)
                    .map(|outcome| ReadItem::new(&place, 0, Ok(outcome), &[]));
                if item.is_none() {
                    self.stage = Stage::Ended;
                }
                Ok(item)
            }
            Stage::Ended => Ok(None),
        }
    }

    fn after(file: DumpFile) -> Stage {
        match file {
            DumpFile::Users => Stage::Open(DumpFile::Posts),
            DumpFile::Posts => Stage::Open(DumpFile::Comments),
            DumpFile::Comments => Stage::Open(DumpFile::Votes),
            DumpFile::Votes => Stage::AcceptsWithoutVote(0),
        }
    }

    fn rows(&self, file: DumpFile) -> Result<Rows, ReadError> {
        let input = Input::open_part(&self.dump.path_of(file), self.progress.clone())?;
        Rows::new(input, file.root())
    }

    /// Learns of all posts before the first is handed on: an answer can stand before its question. What is wrong
    /// with a row, or with the end of the file, is told when the file is read again.
    fn index_posts(&mut self) -> Result<(), ReadError> {
        let mut rows = self.rows(DumpFile::Posts)?;
        loop {
            match rows.next_row() {
                Ok(Some(row)) => {
                    if let Ok(attributes) = row.attributes {
                        self.mapping.learn_post(attributes);
                    }
                }
                Ok(None) | Err(ReadError::Truncated { .. }) => break,
                Err(error) => return Err(error),
            }
        }
        self.mapping.posts_are_learnt();
        Ok(())
    }
}

fn read_row(file: DumpFile, rows: &mut Rows, mapping: &mut Mapping) -> Result<Option<ReadItem>, ReadError> {
    let place = rows.place();
    let Some(row) = rows.next_row()? else {
        return Ok(None);
    };
    let read = row.attributes.and_then(|attributes| -> Result<ReadOutcome, Fault> {
        match file {
            DumpFile::Users => mapping.user(attributes),
            DumpFile::Posts => mapping.post(attributes),
            DumpFile::Comments => mapping.comment(attributes),
            DumpFile::Votes => mapping.vote(attributes),
        }
    });
    Ok(Some(ReadItem::new(&place, row.number, read, row.raw)))
}

impl Iterator for StackExchangeReader {
    type Item = Result<ReadItem, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !matches!(self.stage, Stage::Ended) {
            match self.step() {
                Ok(Some(item)) => return Some(Ok(item)),
                Ok(None) => {}
                Err(error) => {
                    self.stage = Stage::Ended;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
