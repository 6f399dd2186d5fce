//! Making it right: apologies for broken promises, repairs, and coming back to the customer.
//!
//! - [`apology`], [`repair`], [`follow_up`], [`due`]: the rules (pure).
//! - [`policy`]: who may read what.
//! - [`service`]: the use cases, under the lock of the case that they belong to.
//! - [`store`]: the queries.
//!
//! Not here: cases, their timelines and breaches (`features::cases`), what is promised (`features::expectations`). Nothing here
//! changes a case: its version and its clocks stay as they are.

pub mod apology;
pub mod due;
pub mod follow_up;
pub mod graphql;
pub mod policy;
pub mod repair;
pub mod service;
pub mod store;
