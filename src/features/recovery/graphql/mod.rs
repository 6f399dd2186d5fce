//! Recovery in the API: apologies, repairs and follow-ups, how they are listed and how they are changed.

mod filter;
mod follow_ups;
mod inputs;
mod lists;
mod loaders;
pub mod mutations;
mod payloads;
mod subscriptions;
mod types;

pub use filter::{FollowUpDue, FollowUpFilter};
pub use follow_ups::FollowUp;
pub use lists::{CaseRecovery, CommunityRecovery, FollowUpTotals};
pub use loaders::RecoveryLoaders;
pub use mutations::RecoveryMutation;
pub use subscriptions::RecoverySubscription;
pub use types::{Apology, Repair};
