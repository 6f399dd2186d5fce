//! Export: everything that a caller may read of a community, as a stream of JSON Lines, with the cursor from which the change log
//! goes on. What an integration fills its own system with before it follows changes.
//!
//! - [`kind`]: what can be exported, and who may. [`resume`]: where an export stood that broke off. [`line`]: how an object is written.
//!   All pure.
//! - [`service`]: the export itself, page by page in one snapshot of the database. `pages`: the lines of a page. `store`: the queries.

pub mod kind;
mod line;
mod pages;
pub mod resume;
pub mod service;
mod store;
