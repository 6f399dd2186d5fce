//! The use cases of advocate programmes.

use entity::{CommunityId, ProgrammeId, advocate_programme};
use serde_json::json;

use super::{no_programme, refused, tell};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode};
use crate::events::EventType;
use crate::features::advocates::programme::{self as rules, NewProgramme, ProgrammeChanges};
use crate::features::advocates::store;
use crate::idempotency::{Once, in_transaction};

/// Sets a programme up.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAdvocates`]; [`Error::User`] for a name that is taken, or naming the field
/// that is wrong.
pub async fn create(app: &App, ctx: &OpContext, access: &Access, new: &NewProgramme, key: Option<&Once>) -> Result<ProgrammeId> {
    access.require(Permission::ManageAdvocates)?;
    let community = access.community_id();
    in_transaction(&app.db, ctx, community, key, |tx| async move {
        create_in(&tx, ctx, community, new).await
    })
    .await
}

async fn create_in(tx: &Tx, ctx: &OpContext, community: CommunityId, new: &NewProgramme) -> Result<ProgrammeId> {
    new.check(ctx.now).map_err(refused)?;
    let row = advocate_programme::Model {
        community_id: community,
        // The database gives it.
        id: ProgrammeId(0),
        name: rules::name_of(&new.name),
        search_name: rules::search_name(&new.name),
        description: new.description.clone(),
        started_at: new.started_at.unwrap_or(ctx.now),
        ended_at: None,
        created_by: ctx.actor_label(),
        created_at: ctx.now,
    };
    check_name_is_free(tx, &row, None).await?;
    let row = store::insert_programme(tx, row).await?;
    let payload = json!({ "name": row.name, "startedAt": row.started_at });
    tell(tx, ctx, community, EventType::AdvocateProgrammeCreated, row.id.0, payload).await?;
    Ok(row.id)
}

/// Changes the name or the description of a programme that runs. Nothing happens when nothing differs.
///
/// # Errors
/// As [`create`]; also when there is no such programme, or it has ended.
pub async fn update(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    (id, changes): (ProgrammeId, &ProgrammeChanges),
    key: Option<&Once>,
) -> Result<ProgrammeId> {
    access.require(Permission::ManageAdvocates)?;
    let community = access.community_id();
    in_transaction(&app.db, ctx, community, key, |tx| async move {
        let mut row = locked(&tx, community, id).await?;
        if !rules::update(&mut row, changes).map_err(refused)? {
            return Ok(id);
        }
        check_name_is_free(&tx, &row, Some(id)).await?;
        let payload = json!({ "name": row.name });
        store::update_programme(&tx, row).await?;
        tell(&tx, ctx, community, EventType::AdvocateProgrammeUpdated, id.0, payload).await?;
        Ok(id)
    })
    .await
}

/// Ends a programme: it takes no new advocates. Those it has stay what they are.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageAdvocates`]; [`Error::User`] when it is not there or has ended already.
pub async fn end(app: &App, ctx: &OpContext, access: &Access, id: ProgrammeId, key: Option<&Once>) -> Result<ProgrammeId> {
    access.require(Permission::ManageAdvocates)?;
    let community = access.community_id();
    in_transaction(&app.db, ctx, community, key, |tx| async move {
        let mut row = locked(&tx, community, id).await?;
        rules::end(&mut row, ctx.now).map_err(refused)?;
        let payload = json!({ "name": row.name, "endedAt": row.ended_at });
        store::update_programme(&tx, row).await?;
        tell(&tx, ctx, community, EventType::AdvocateProgrammeEnded, id.0, payload).await?;
        Ok(id)
    })
    .await
}

/// A programme, locked.
pub(super) async fn locked(tx: &Tx, community: CommunityId, id: ProgrammeId) -> Result<advocate_programme::Model> {
    store::lock_programme(tx, community, id).await?.ok_or_else(no_programme)
}

async fn check_name_is_free(tx: &Tx, row: &advocate_programme::Model, but: Option<ProgrammeId>) -> Result<()> {
    if store::programme_name_is_taken(tx, row.community_id, &row.search_name, but).await? {
        return Err(Error::user(
            "name",
            UserErrorCode::Taken,
            "is taken by another programme that has not ended",
        ));
    }
    Ok(())
}
