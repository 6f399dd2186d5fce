//! Webhooks in the API: endpoints, what was delivered to them, and their mutations.

mod delivery;
mod endpoint;
mod inputs;
mod lists;
mod loaders;
pub mod mutations;
mod payloads;

pub use delivery::WebhookDelivery;
pub use endpoint::WebhookEndpoint;
pub use lists::CommunityWebhooks;
pub use loaders::WebhookLoaders;
pub use mutations::WebhookMutation;
