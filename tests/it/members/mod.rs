//! Reading members: lists, lookups, and what they cost.

mod filters;
mod lists;
mod lookups;
mod statements;
