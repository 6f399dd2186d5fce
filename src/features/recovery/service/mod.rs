//! The use cases of recovery: who may, under the lock of the case, one transaction, its entry in the timeline and its event.
//!
//! None of them changes a case itself.

mod announce;
pub mod apologies;
pub mod follow_ups;
mod release;
pub mod repairs;

use entity::{CaseId, Timestamp, case};

pub use announce::announce;
pub use follow_ups::customer_replied;
pub use release::{release_of, release_on};

use super::store::{self, Kind};
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserError, UserErrorCode};
use crate::events::{self, NewEvent};
use crate::features::cases;
use crate::features::cases::service::refuse_merged;
use crate::features::cases::timeline::{self, NewEntry};

/// Most apologies, repairs or follow-ups on one case, of each.
const MOST_ON_CASE: i64 = 100;

/// What is wrong with an input, as an error of the call.
fn refused(error: UserError) -> Error {
    Error::User(vec![error])
}

/// When something happens on a case; it can be opened by a clock that is a little ahead of ours.
fn now_on(ctx: &OpContext, case: &case::Model) -> Timestamp {
    ctx.now.max(case.opened_at)
}

/// A case, locked; `None` when there is none that the actor may see.
async fn lock(tx: &Tx, access: &Access, id: CaseId) -> Result<Option<case::Model>> {
    let found = cases::store::lock(tx, access.community_id(), id).await?;
    Ok(found.filter(|case| cases::policy::visible(access, case)))
}

/// The case to which something of a kind is added, locked.
async fn case_to_add_to(tx: &Tx, access: &Access, id: CaseId, kind: Kind) -> Result<case::Model> {
    let case = lock(tx, access, id).await?;
    let case = case.ok_or_else(|| Error::user("caseId", UserErrorCode::NotFound, "is not a case of this community"))?;
    refuse_merged(tx, access, &case, "caseId").await?;
    if store::count_on_case(tx, kind, case.community_id, case.id).await? >= MOST_ON_CASE {
        let message = format!("has {MOST_ON_CASE} of these already, and takes no more");
        return Err(Error::user("caseId", UserErrorCode::TooMany, message));
    }
    Ok(case)
}

/// Who may know of something beside those who see the case.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Whoever has the clearance.
    ToReaders,
    /// Only who works on cases: it was not said to the customer.
    Inside,
}

/// Tells of one thing in the case's timeline and in the change log.
async fn tell(tx: &Tx, ctx: &OpContext, entry: NewEntry, (event, known): (NewEvent, Known)) -> Result<()> {
    let community = entry.community;
    timeline::add(tx, ctx, entry).await?;
    match known {
        Known::ToReaders => events::append(tx, ctx, community, vec![event]).await,
        Known::Inside => events::append_internal(tx, ctx, community, vec![event]).await,
    }
}
