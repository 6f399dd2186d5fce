//! Advocates in the API: programmes, who is in them, how staff took care of members, and how that is recorded.

mod filter;
mod inputs;
mod lists;
mod loaders;
pub mod mutations;
mod payloads;
mod programme;
mod touchpoint;
mod types;

pub use filter::AdvocateFilter;
pub use lists::{CommunityAdvocates, MemberAdvocates};
pub use loaders::AdvocateLoaders;
pub use mutations::AdvocateMutation;
pub use programme::AdvocateProgramme;
pub use touchpoint::Touchpoint;
pub use types::Advocate;

use async_graphql::Context;
use entity::MemberId;

use crate::auth::Permission;
use crate::context::Access;
use crate::error::Result;
use crate::features::members::Member;
use crate::graphql::loaders::Loaders;

/// A member as an actor may see them, after merges.
async fn member(ctx: &Context<'_>, access: &Access, id: MemberId) -> Result<Option<Member>> {
    access.require(Permission::ReadMembers)?;
    let loaders = ctx.data_unchecked::<Loaders>();
    let row = loaders.member(ctx.data_unchecked(), access.community_id(), id).await?;
    Ok(row.map(|row| Member::new(access, row)))
}
