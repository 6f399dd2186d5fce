//! Nurturing those who matter to a community: advocate programmes, who is in them, and how staff took care of members.
//!
//! - [`programme`], [`advocate`], [`touchpoint`]: the rules (pure).
//! - [`service`]: the use cases.
//! - [`store`]: the queries.
//!
//! Not here: scores (`features::influence`). Nothing here reads one, and nobody becomes an advocate by one: staff add members,
//! and say why. What is kept here is a record of care, for the company only.

pub mod advocate;
pub mod graphql;
pub mod programme;
pub mod service;
pub mod store;
pub mod touchpoint;
