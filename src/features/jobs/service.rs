//! The use cases of jobs: asking for one, and calling it off.

use entity::{CommunityId, JobId, JobKind, JobStatus, job};
use serde_json::json;

use super::work::NewJob;
use super::{past, store};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode as Code};
use crate::events::{self, EventType, NewEvent};
use crate::features::influence;
use crate::idempotency::{Once, in_transaction};

/// Most jobs of a community that wait or are being done.
const MOST_OPEN: u64 = 10;

/// Asks for a job.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageInfluence`]; [`Error::User`] when the version is not there, there is too little on
/// record, or too many jobs wait.
pub async fn queue(app: &App, ctx: &OpContext, access: &Access, new: &NewJob, key: Option<&Once>) -> Result<JobId> {
    access.require(Permission::ManageInfluence)?;
    let community = access.community_id();
    let id = in_transaction(&app.db, ctx, community, key, |tx| async move {
        queue_in(&tx, ctx, community, new).await
    })
    .await?;
    app.jobs.notify_one();
    Ok(id)
}

async fn queue_in(tx: &Tx, ctx: &OpContext, community: CommunityId, new: &NewJob) -> Result<JobId> {
    let models = influence::store::models(&**tx, community).await?;
    let Some(version) = models.version(new.work.model.into()) else {
        let field = if new.kind == JobKind::Calibration { "basedOn" } else { "modelId" };
        return Err(Error::user(field, Code::NotFound, "is not a scoring model of this community"));
    };
    let span = influence::store::span(&**tx, community).await?;
    past::check(new, &version.model, span).map_err(|error| Error::User(vec![error]))?;
    if store::count_open(tx, community).await? >= MOST_OPEN {
        let message = format!("{MOST_OPEN} jobs wait or are being done; call one off, or wait");
        return Err(Error::user("", Code::TooMany, message));
    }
    let row = job::Model {
        community_id: community,
        // The database gives it.
        id: JobId(0),
        kind: new.kind,
        status: JobStatus::Queued,
        input: serde_json::to_string(&new.work).map_err(Error::internal)?,
        progress: 0.0,
        result: None,
        error: None,
        created_by: ctx.actor_label(),
        created_at: ctx.now,
        started_at: None,
        seen_at: None,
        finished_at: None,
    };
    let row = store::insert(tx, row).await?;
    tell(tx, ctx, EventType::JobQueued, &row).await?;
    Ok(row.id)
}

/// Calls a job off; one that is over stays as it is.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageInfluence`]; [`Error::User`] when there is no such job, or it is over.
pub async fn cancel(app: &App, ctx: &OpContext, access: &Access, id: JobId, key: Option<&Once>) -> Result<JobId> {
    access.require(Permission::ManageInfluence)?;
    let community = access.community_id();
    in_transaction(&app.db, ctx, community, key, |tx| async move {
        cancel_in(&tx, ctx, community, id).await
    })
    .await
}

async fn cancel_in(tx: &Tx, ctx: &OpContext, community: CommunityId, id: JobId) -> Result<JobId> {
    let row = store::lock(tx, community, id)
        .await?
        .ok_or_else(|| Error::user("jobId", Code::NotFound, "is not a job of this community"))?;
    match row.status {
        // The same again: it is done.
        JobStatus::Cancelled => return Ok(id),
        JobStatus::Done | JobStatus::Failed => {
            let message = format!("is {} already", row.status);
            return Err(Error::user("jobId", Code::NotAllowedNow, message));
        }
        JobStatus::Queued | JobStatus::Running => {}
    }
    let row = job::Model {
        status: JobStatus::Cancelled,
        finished_at: Some(ctx.now),
        ..row
    };
    store::update(tx, row.clone()).await?;
    tell(tx, ctx, EventType::JobFinished, &row).await?;
    Ok(id)
}

/// Writes what became of a job into the change log.
///
/// # Errors
/// When the database fails.
pub(super) async fn tell(tx: &Tx, ctx: &OpContext, event_type: EventType, row: &job::Model) -> Result<()> {
    let payload = json!({ "kind": row.kind, "status": row.status });
    events::append(tx, ctx, row.community_id, vec![NewEvent::public(event_type, row.id.0, payload)]).await
}
