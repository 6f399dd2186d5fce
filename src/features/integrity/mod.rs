//! Integrity: evidence that looks arranged is listed with what it rests on, and staff may discount it. Nothing is punished by
//! itself, and nothing is taken away in silence. Staff may also vouch for members whom they know.
//!
//! - [`discount`]: what an order to discount or restore evidence may be. [`finding`]: what was found, and in which words.
//! - [`gifts`]: who gave whom credit when. [`graph`]: the same by pairs; [`components`]: who is tied to whom in circles.
//! - [`rings`]: members lifted by those who credit hardly anybody else. [`jumps`]: sudden credit. All of these are pure.
//! - [`vouch`]: for whom staff can vouch. Pure, too.
//! - [`discounts`], [`vouches`]: the use cases; [`service`]: looking for findings, one community at a time. `store`: the queries.
//! - [`graphql`]: the API.
//!
//! Not here: what a discount or a vouch does to scores, which `influence` knows.

pub mod components;
pub mod discount;
pub mod discounts;
pub mod finding;
pub mod gifts;
pub mod graph;
pub mod graphql;
pub mod jumps;
pub mod rings;
pub mod service;
pub mod store;
#[cfg(test)]
mod tests;
pub mod vouch;
pub mod vouches;
