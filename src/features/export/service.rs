//! An export, page by page: consistent, because all of it is read in one snapshot of the database, at whose instant the position in
//! the change log was taken; and bounded in memory, in time, and in how many run at once.
//!
//! One that goes on where another broke off is read in a newer snapshot, and names the position of the first: its rows are at least
//! as new as that, and what the change log tells since brings everything to the same state. Scores are not in the database; they
//! are those of the ranking that followed the snapshot.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::{MemberId, Timestamp};
use sea_orm::DatabaseTransaction;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::kind::{self, Kind};
use super::line::{self, Checkpoint, End, Head};
use super::pages::Source;
use super::resume::{Counts, Resume};
use super::store::{self, Slice};
use crate::app::App;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::events::cursor::Cursor;
use crate::events::log;
use crate::features::influence::keeper::{Scope, Scores};
use crate::features::influence::snapshot::Snapshot;

/// Rows of a page.
const PAGE: i64 = 500;
/// After so many lines it is said how to go on.
const CHECKPOINT_EVERY: u64 = 1_000;
/// How many may run at once in a process: each holds a connection to the database.
const AT_ONCE: usize = 2;

/// Why an export ended before its end: it may go on where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A snapshot may not be held any longer.
    TookTooLong,
    /// The database or we failed.
    Failed,
    /// The process is about to stop.
    Stopping,
    /// The caller may not read all of it any more.
    Refused,
}

impl Broken {
    const fn as_str(self) -> &'static str {
        match self {
            Self::TookTooLong => "took longer than an export may take",
            Self::Failed => "something went wrong on our side",
            Self::Stopping => "the server is stopping",
            Self::Refused => "the caller's token expired, or they may not read all of this any more",
        }
    }
}

/// How many exports may run.
#[derive(Clone)]
pub struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Exports {
    /// A seat, to be kept as long as the export runs; `None` when as many run as may.
    #[must_use]
    pub fn seat(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The names of what is exported, separated by commas; everything that the caller may read when `None`.
    pub types: Option<String>,
    /// The token of a checkpoint to go on from.
    pub after: Option<String>,
}

/// Where in its lines an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Head,
    Rows,
    Over,
}

/// An export under way.
pub struct Export {
    db: DatabaseTransaction,
    access: Access,
    now: Timestamp,
    began: Instant,
    limit: Duration,
    cursor: String,
    place: Resume,
    is_resumed: bool,
    stage: Stage,
    /// Lines since it was last said how to go on.
    unmarked: u64,
    keeper: Scores,
    /// The ranking, and its members by id.
    scores: Option<(Arc<Snapshot>, Vec<MemberId>)>,
}

impl Export {
    /// Begins an export, or goes on with one.
    ///
    /// # Errors
    /// [`Error::BadInput`] for types that are none and tokens that are none; [`Error::Forbidden`] for what the caller may not read;
    /// [`Error::CursorExpired`] when the change log does not go back to where the export began.
    pub async fn begin(app: &App, ctx: &OpContext, access: &Access, wanted: &Wanted) -> Result<Self> {
        let community = access.community_id();
        let resume = wanted.after.as_deref().map(|token| Resume::decode(token, community)).transpose()?;
        let kinds = chosen(access, wanted.types.as_deref(), resume.as_ref())?;
        let db = app.db.snapshot().await?;
        // The first statement: its instant is that of the snapshot.
        let end = log::end(&db, community).await?;
        let place = match resume {
            Some(resume) if resume.seq > end => {
                return Err(Error::bad_input("after", "is newer than this database"));
            }
            Some(resume) => resume,
            None => start(access, kinds, end)?,
        };
        let cursor = Cursor::new(community, place.seq);
        cursor.check(log::floor(&db, community).await?)?;
        Ok(Self {
            db,
            access: access.clone(),
            now: ctx.now,
            began: Instant::now(),
            limit: Duration::from_secs(app.config.export.limit_seconds),
            cursor: cursor.encode(),
            place,
            is_resumed: wanted.after.is_some(),
            stage: Stage::Head,
            unmarked: 0,
            keeper: app.scores.clone(),
            scores: None,
        })
    }

    /// How many lines there will be, without those of scores, and how many were written before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn size(&self) -> Result<(u64, u64)> {
        let mut all = 0;
        for kind in &self.place.kinds {
            all += store::count(&self.db, self.access.community_id(), *kind).await?;
        }
        Ok((all, self.place.counts.iter().sum()))
    }

    /// How many lines of objects were written so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.place.counts.iter().sum()
    }

    /// The next lines, whole ones; `None` after the last. The first is the head alone.
    ///
    /// # Errors
    /// When the database fails: then [`Export::broken`] has the last line.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        match self.stage {
            Stage::Over => Ok(None),
            Stage::Head => {
                self.stage = Stage::Rows;
                let mut lines = Vec::new();
                line::add(&mut lines, &self.head())?;
                Ok(Some(lines))
            }
            Stage::Rows if self.began.elapsed() > self.limit => Ok(Some(self.broken(Broken::TookTooLong))),
            Stage::Rows => Box::pin(self.rows()).await.map(Some),
        }
    }

    /// The next lines, as long as the caller may have them: at each checkpoint `look` finds out anew what they may read.
    ///
    /// # Errors
    /// As [`Export::next`], and as `look`, but for a caller who was refused: that ends the export.
    pub async fn next_for<F>(&mut self, look: impl FnOnce() -> F) -> Result<Option<Vec<u8>>>
    where
        F: Future<Output = Result<Access>>,
    {
        if self.stage == Stage::Rows && self.unmarked == 0 {
            let is_refused = match Box::pin(look()).await {
                Ok(access) => !self.is_for(&access),
                Err(Error::Unauthenticated(_) | Error::Forbidden(_) | Error::NotFound(_)) => true,
                Err(error) => return Err(error),
            };
            if is_refused {
                return Ok(Some(self.broken(Broken::Refused)));
            }
        }
        self.next().await
    }

    /// Whether somebody may read what whoever began it could.
    fn is_for(&self, access: &Access) -> bool {
        let needed = self.access.permissions;
        access.community_id() == self.access.community_id()
            && access.clearance >= self.access.clearance
            && needed.and(access.permissions) == needed
    }

    /// Ends the export before its end; the line that says why, and how to go on.
    pub fn broken(&mut self, why: Broken) -> Vec<u8> {
        self.stage = Stage::Over;
        let mut lines = Vec::new();
        let resume = self.place.encode();
        let last = Checkpoint {
            r#type: "aborted",
            reason: Some(why.as_str()),
            resume: &resume,
        };
        // Texts can always be written.
        let _written = line::add(&mut lines, &last);
        lines
    }

    /// Gives the snapshot up.
    ///
    /// # Errors
    /// When the database fails; nothing is lost by that.
    pub async fn finish(self) -> Result<()> {
        // Nothing was written: how a read transaction ends does not matter.
        Ok(self.db.rollback().await?)
    }

    fn head(&self) -> Head<'_> {
        Head {
            r#type: "export",
            version: line::VERSION,
            community: &self.access.community.slug,
            cursor: &self.cursor,
            at: self.now,
            resumed: self.is_resumed,
            types: self.place.kinds.iter().map(|kind| kind.as_str()).collect(),
        }
    }

    async fn rows(&mut self) -> Result<Vec<u8>> {
        let kind = self.place.kind;
        if kind == Kind::Scores && self.scores.is_none() {
            self.scores = Some(self.ranking().await?);
        }
        let slice = Slice {
            community: self.access.community_id(),
            after: self.place.after,
            limit: PAGE,
            clearance: self.access.clearance,
        };
        let source = Source {
            db: &self.db,
            access: &self.access,
            now: self.now,
            scores: self
                .scores
                .as_ref()
                .map(|(ranking, members)| (ranking.as_ref(), members.as_slice())),
        };
        let page = source.page(kind, slice).await?;
        let mut lines = page.lines;
        if let Some(count) = self.place.counts.get_mut(kind.place()) {
            *count += page.count;
        }
        self.unmarked += page.count;
        let is_over = page.last.is_none();
        if let Some(last) = page.last {
            self.place.after = last;
        } else if let Some(next) = self.place.kinds.iter().copied().find(|next| *next > kind) {
            (self.place.kind, self.place.after) = (next, 0);
        } else {
            self.stage = Stage::Over;
            line::add(&mut lines, &self.end())?;
            return Ok(lines);
        }
        if is_over || self.unmarked >= CHECKPOINT_EVERY {
            self.unmarked = 0;
            let resume = self.place.encode();
            let checkpoint = Checkpoint {
                r#type: "checkpoint",
                reason: None,
                resume: &resume,
            };
            line::add(&mut lines, &checkpoint)?;
        }
        Ok(lines)
    }

    /// The ranking after everything that the snapshot shows.
    async fn ranking(&self) -> Result<(Arc<Snapshot>, Vec<MemberId>)> {
        let scope = Scope {
            community: self.access.community_id(),
            topic: None,
        };
        let ranking = self.keeper.refreshed(scope).await?;
        let mut members: Vec<MemberId> = ranking.between(None, None).iter().map(|standing| standing.member).collect();
        members.sort_unstable();
        Ok((ranking, members))
    }

    fn end(&self) -> End<'_> {
        End {
            r#type: "end",
            cursor: &self.cursor,
            counts: line::counts(&self.place.kinds, &self.place.counts),
        }
    }
}

/// What is exported: as asked, or as was asked of the export that this one goes on with.
fn chosen(access: &Access, types: Option<&str>, resume: Option<&Resume>) -> Result<Vec<Kind>> {
    let Some(resume) = resume else {
        return kind::chosen(access, types);
    };
    kind::permitted(access, &resume.kinds)?;
    if types.is_some() && kind::chosen(access, types)? != resume.kinds {
        return Err(Error::bad_input(
            "types",
            "must be left out, or be those of the export that goes on",
        ));
    }
    Ok(resume.kinds.clone())
}

fn start(access: &Access, kinds: Vec<Kind>, seq: i64) -> Result<Resume> {
    let first = kinds.first().copied();
    Ok(Resume {
        community: access.community_id(),
        seq,
        kind: first.ok_or_else(|| Error::internal("an export of nothing"))?,
        kinds,
        after: 0,
        counts: Counts::default(),
    })
}
