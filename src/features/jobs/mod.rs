//! Jobs: long work that is asked for over the API and done in the background, with its progress.
//!
//! - [`work`]: what a job is to do and what comes of it (data). [`past`]: whether there is enough past for one (pure). [`service`]:
//!   asking for one, calling it off.
//! - [`runner`]: takes jobs up, one at a time in a process, and does them. A job whose process died is taken up again.
//! - `store`: the queries. [`graphql`]: the API.

pub mod graphql;
pub mod past;
pub mod runner;
pub mod service;
mod store;
pub mod work;
