//! Whom to turn to: quiet people with influence, those who rise or fade, those who may be lost, and what a member's help led to.
//!
//! - [`change`]: two rankings compared. [`risk`]: why a member may be lost. [`after_effect`]: what became of those whom a member
//!   helped, beside comparable people whom nobody helped. All pure.
//! - [`service`]: the use cases. [`store`]: the queries. [`graphql`]: the API.
//!
//! Everything here is read from scores, cases and interactions when it is asked for; nothing is stored. Nothing that orders, assigns
//! or times cases reads it.

pub mod after_effect;
pub mod change;
pub mod graphql;
pub mod risk;
pub mod service;
pub mod store;
