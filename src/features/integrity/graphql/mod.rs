//! Integrity in the API: what was found, what staff discounted, and how they do that.

mod discount;
mod finding;
mod lists;
pub mod mutations;

pub use discount::EvidenceDiscount;
pub use finding::IntegrityFinding;
pub use lists::CommunityIntegrity;
pub use mutations::IntegrityMutation;
