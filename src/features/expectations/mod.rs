//! What a community promises: calendars of open hours with their holidays, and expectations, which are drafted, published
//! and retired. Both are versioned: an edit is a new version and touches nothing that was started before.
//!
//! [`service`] is what the other rooms ask: which promises hold for a case, and what they are. [`calendars`] and
//! [`lifecycle`] change things, [`apply`] many at once, as a file has them ([`wanted`]). [`schedule`], [`holidays`] and [`terms`]
//! are the rules.
//!
//! Not here: the clocks that run on cases (`cases`).

pub mod apply;
pub mod calendars;
pub mod given;
pub mod graphql;
pub mod holidays;
pub mod inputs;
pub mod lifecycle;
pub mod mutations;
pub mod proposals;
pub mod rows;
pub mod schedule;
pub mod service;
pub mod store;
pub mod terms;
pub mod wanted;
