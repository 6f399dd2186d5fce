//! Global ids as the API hands them out.

use async_graphql::ID;
use entity::CommunityId;

pub use crate::global_id::{GlobalId, NodeType};

impl GlobalId {
    /// The id as clients see it.
    #[must_use]
    pub fn encode(node_type: NodeType, community: CommunityId, key: i64) -> ID {
        ID(Self::text(node_type, community, key))
    }
}
