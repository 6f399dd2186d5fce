//! The use cases of following the log: who may see which types, and a page of it, for which a reader may wait.

use std::sync::Arc;
use std::time::Duration;

use entity::Role;
use tokio::time::Instant;

use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, Authorization};
use crate::error::{Error, Result};
use crate::events::EventType;
use crate::events::cursor::Cursor;
use crate::events::log::{self, Page, Reading};

/// Most events on a page.
pub const MOST: i32 = 500;
/// So many when the reader does not say.
pub const USUAL: i32 = 100;
/// The longest that a page waits, in seconds.
pub const LONGEST_WAIT: i32 = 30;
/// Most records that a reader may ask for.
pub const MOST_SUBJECTS: usize = 100;

/// So many windows of the log are looked through for one answer before the reader is told to come again.
const WINDOWS: usize = 10;
/// How often it is tried to begin with the oldest event, while old ones are being deleted.
const TRIES: usize = 5;
/// A reader whom nothing concerns that was written looks again after so long at the earliest: many may wait for a busy log.
const REST: Duration = Duration::from_millis(50);

/// What a reader asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// After this place; `None` for the oldest event that is kept.
    pub after: Option<Cursor>,
    /// So many events at most.
    pub first: u64,
    /// How long to wait when there is nothing.
    pub wait: Duration,
}

/// Who reads, so that what they may see can be looked at again, and which part of the log.
pub struct Reader {
    /// What they were identified by; without it nobody waits.
    pub authorization: Option<Authorization>,
    /// The id of the request.
    pub request_id: Arc<str>,
    /// Only these types; `None` for all that they may see.
    pub types: Option<Vec<EventType>>,
    /// Only what is about these records; `None` for all.
    pub subjects: Option<Vec<(String, i64)>>,
}

impl Reader {
    fn reading(&self, access: &Access) -> Result<Reading> {
        reading(access, self.types.clone(), self.subjects.clone())
    }

    /// What the reader may do now, and so what they read.
    async fn again(&self, app: &App, authorization: &Authorization, slug: &str) -> Result<(Access, Reading)> {
        let op = Box::pin(app.identify(authorization.header(), &self.request_id)).await?;
        let access = op.community(slug)?.clone();
        let reading = self.reading(&access)?;
        Ok((access, reading))
    }
}

/// What somebody reads when they ask for types, or for all that they may see; and only about some records.
///
/// # Errors
/// [`Error::Forbidden`] for a type that they may not see, and when they may see none at all.
pub fn reading(access: &Access, types: Option<Vec<EventType>>, subjects: Option<Vec<(String, i64)>>) -> Result<Reading> {
    let types = types.filter(|types| !types.is_empty());
    for event_type in types.iter().flatten() {
        require(access, *event_type)?;
    }
    let reading = Reading {
        community: access.community_id(),
        permissions: access.permissions,
        clearance: access.clearance,
        types,
        subjects: subjects.filter(|subjects| !subjects.is_empty()),
    };
    if reading.readable().is_empty() {
        let message = "this needs the role VIEWER or a scope that reads something in this community; changeTypes says which";
        return Err(Error::Forbidden(message.to_owned()));
    }
    Ok(reading)
}

/// Passes when somebody may see a type.
fn require(access: &Access, event_type: EventType) -> Result<()> {
    if event_type.is_readable_with(access.permissions) {
        return Ok(());
    }
    let (name, role) = (event_type.as_str(), least_role(event_type));
    let scopes: Vec<&str> = event_type.permissions().iter().map(|permission| permission.scope()).collect();
    let scopes = scopes.join(" ");
    Err(Error::Forbidden(format!(
        "{name} needs the role {role} or the scope {scopes} in this community"
    )))
}

/// The lowest role that sees a type.
#[must_use]
pub fn least_role(event_type: EventType) -> Role {
    let needed = event_type.permissions().iter().copied().map(Permission::least_role);
    needed.max().unwrap_or(Role::Admin)
}

/// The next events of a reader, and what they may do. When there are none and the reader waits, as soon as there are some; none when
/// the time is over, the process stops, or too many wait already. Who has waited is answered by what they may do then.
///
/// # Errors
/// As [`reading`]; as [`App::identify`] and [`crate::context::OpContext::community`] when access was lost meanwhile;
/// [`Error::CursorExpired`] when what came after the reader's place was deleted; when the database fails.
pub async fn page(app: &App, reader: &Reader, access: &Access, asked: &Asked) -> Result<(Page, Access)> {
    let mut reading = reader.reading(access)?;
    // Subscribed before the log is read, so that nothing falls between.
    let mut news = app.live.subscribe(reading.community);
    let deadline = Instant::now() + asked.wait;
    let mut page = first_page(app, &reading, asked).await?;
    let waits = is_nothing(&page) && !asked.wait.is_zero();
    let Some(authorization) = reader.authorization.as_ref().filter(|_| waits) else {
        return Ok((page, access.clone()));
    };
    let Some(_seat) = app.live.seat() else {
        return Ok((page, access.clone()));
    };
    loop {
        let goes_on = tokio::select! {
            woken = news.changed() => woken.is_ok(),
            () = tokio::time::sleep_until(deadline) => false,
            () = app.stopping.begun() => false,
        };
        let from = page.end;
        if goes_on {
            page = look(app, &reading, from, asked.first).await?;
        }
        // Only after looking: what they may do may have changed with what was found.
        let (access, now) = reader.again(app, authorization, &access.community.slug).await?;
        if goes_on && (now.permissions, now.clearance) != (reading.permissions, reading.clearance) {
            page = look(app, &now, from, asked.first).await?;
        }
        reading = now;
        if !goes_on || !is_nothing(&page) {
            return Ok((page, access));
        }
        tokio::time::sleep(REST).await;
    }
}

const fn is_nothing(page: &Page) -> bool {
    page.entries.is_empty() && !page.has_more
}

async fn first_page(app: &App, reading: &Reading, asked: &Asked) -> Result<Page> {
    if let Some(after) = asked.after {
        return look(app, reading, after.seq, asked.first).await;
    }
    for _try in 1..TRIES {
        let oldest = log::floor(app.db.read(), reading.community).await?;
        match look(app, reading, oldest, asked.first).await {
            // More was deleted in between.
            Err(Error::CursorExpired) => {}
            found => return found,
        }
    }
    let oldest = log::floor(app.db.read(), reading.community).await?;
    look(app, reading, oldest, asked.first).await
}

/// Looks through the log until something fits or its end is reached.
async fn look(app: &App, reading: &Reading, after: i64, first: u64) -> Result<Page> {
    let mut page = log::read(app.db.read(), reading, after, first).await?;
    for _window in 1..WINDOWS {
        if !page.entries.is_empty() || !page.has_more {
            break;
        }
        page = log::read(app.db.read(), reading, page.end, first).await?;
    }
    Ok(page)
}

/// The present end of the log, from which on a reader sees what is written from now on.
///
/// # Errors
/// [`Error::Forbidden`] for who may see nothing of it; when the database fails.
pub async fn end(app: &App, access: &Access) -> Result<Cursor> {
    let reading = reading(access, None, None)?;
    let seq = log::end(app.db.read(), reading.community).await?;
    Ok(Cursor::new(reading.community, seq))
}
