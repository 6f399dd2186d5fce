//! The use cases of interactions.

use entity::Visibility;

use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode};
use crate::features::ingest::{self, Announce, InteractionOutcome, NewInteraction};
use crate::idempotency::{Once, once};

/// Most records in one call.
pub const MAX_BATCH: usize = 1_000;

/// Records interactions.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteInteractions`]; [`Error::User`] for too many.
pub async fn record(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    items: &[NewInteraction],
    key: Option<&Once>,
) -> Result<Vec<InteractionOutcome>> {
    access.require(Permission::WriteInteractions)?;
    if items.len() > MAX_BATCH {
        return Err(Error::user(
            "interactions",
            UserErrorCode::TooMany,
            format!("must be at most {MAX_BATCH}"),
        ));
    }
    let community = access.community_id();
    let taken = app
        .db
        .write(|tx: Tx| async move {
            once(
                &tx,
                ctx,
                community,
                key,
                Box::pin(ingest::interactions::take(&tx, ctx, community, items, Announce::Each)),
            )
            .await
        })
        .await?;
    Ok(taken.outcomes)
}

/// Whether the caller may see something of this visibility in the community at all.
#[must_use]
pub fn may_read(access: &Access, visibility: Visibility) -> bool {
    access.permissions.contains(Permission::ReadInteractions) && visibility <= access.clearance
}
