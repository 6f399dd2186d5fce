//! The queries of integrity. Every one names the community.

mod discounts;
mod evidence;

pub use discounts::*;
pub use evidence::*;
