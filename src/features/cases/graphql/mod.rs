//! Cases in the API: a case with its timeline, clocks and breaches; the lists and the queue; who has to do what today.
//!
//! Nothing that orders or selects cases here reads a score, a follower count or an attribute of a member.

mod breach;
mod case;
mod clock;
mod inputs;
mod keyset;
mod lists;
mod loaders;
pub mod mutations;
mod queue;
mod subscriptions;
mod timeline;
mod work;

use async_graphql::{Context, ID, SimpleObject};
use entity::{CommunityId, InteractionId, MemberId, StaffId};

pub use breach::Breach;
pub use case::Case;
pub use clock::Clock;
pub use lists::{CommunityCases, MemberCases};
pub use loaders::CaseLoaders;
pub use subscriptions::CaseSubscription;
pub use timeline::CaseEvent;
pub use work::ViewerWork;

use crate::auth::Permission;
use crate::context::Access;
use crate::error::{Error, Result};
use crate::features::interactions::Interaction;
use crate::features::members::Member;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::loaders::Loaders;
use crate::graphql::page::{DEFAULT_PAGE, MAX_PAGE};

/// Somebody of the staff, by name.
#[derive(SimpleObject)]
pub struct StaffName {
    /// Global id.
    id: ID,
    /// Name to show.
    name: String,
}

impl StaffName {
    /// Somebody of the staff whom a row of the community mentions; `None` when nobody is mentioned.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(ctx: &Context<'_>, community: CommunityId, id: Option<StaffId>) -> Result<Option<Self>> {
        let Some(id) = id else { return Ok(None) };
        let name = ctx.data_unchecked::<CaseLoaders>().staff_name(ctx.data_unchecked(), id).await?;
        Ok(name.map(|name| Self {
            id: GlobalId::encode(NodeType::Staff, community, id.0),
            name: name.to_string(),
        }))
    }
}

/// A member as an actor may see them.
async fn member(ctx: &Context<'_>, access: &Access, id: MemberId) -> Result<Option<Member>> {
    access.require(Permission::ReadMembers)?;
    let loaders = ctx.data_unchecked::<Loaders>();
    let row = loaders.member(ctx.data_unchecked(), access.community_id(), id).await?;
    Ok(row.map(|row| Member::new(access, row)))
}

/// An interaction, when the actor may read it.
async fn interaction(ctx: &Context<'_>, access: &Access, id: Option<InteractionId>) -> Result<Option<Interaction>> {
    let Some(id) = id else { return Ok(None) };
    let loaders = ctx.data_unchecked::<Loaders>();
    let row = loaders.interaction(ctx.data_unchecked(), access.community_id(), id).await?;
    Ok(row.and_then(|row| Interaction::new(access, row)))
}

/// How many items a list without cursors gives.
fn at_most(first: Option<i32>) -> Result<i64> {
    let first = first.unwrap_or(DEFAULT_PAGE);
    if (1..=MAX_PAGE).contains(&first) {
        return Ok(first.into());
    }
    Err(Error::bad_input("first", format!("must be between 1 and {MAX_PAGE}")))
}
