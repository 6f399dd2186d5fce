//! The queries of webhooks. Everything names the community, except for the searches for work to do.

mod claims;
mod deliveries;
mod endpoints;
mod replays;

pub use claims::*;
pub use deliveries::*;
pub use endpoints::*;
pub use replays::*;
