//! The tables, one file each: columns, keys and finders that always name the community. No rules, no API.

pub mod api_client;
pub mod community;
mod enums;
pub mod event;
pub mod grant;
pub mod idempotency_key;
pub mod identity;
mod ids;
pub mod interaction;
pub mod interaction_topic;
pub mod member;
pub mod refresh_token;
pub mod staff;
mod time;
pub mod topic;

pub use enums::{Consent, InteractionKind, Role, Visibility};
pub use ids::{ApiClientId, CommunityId, IdentityId, InteractionId, MemberId, StaffId, TopicId};
pub use time::Timestamp;
