//! Integrity in the API: what was found, what staff discounted, for whom they vouch, and how they do that.

mod discount;
mod finding;
mod lists;
mod loaders;
pub mod mutations;
mod vouch;
pub mod vouching;

pub use discount::EvidenceDiscount;
pub use finding::IntegrityFinding;
pub use lists::CommunityIntegrity;
pub use loaders::IntegrityLoaders;
pub use mutations::IntegrityMutation;
pub use vouch::MemberIntegrity;
pub use vouching::VouchMutation;
