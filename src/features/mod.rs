//! The rooms of the product, one per feature. Each has its API (`graphql`), its use cases (`service`), its queries (`store`,
//! private) and pure files named for their idea.

pub mod access;
pub mod advocates;
pub mod cases;
pub mod changes;
pub mod communities;
pub mod demo;
pub mod evaluation;
pub mod expectations;
pub mod export;
pub mod import;
pub mod influence;
pub mod ingest;
pub mod integrity;
pub mod interactions;
pub mod jobs;
pub mod members;
pub mod outreach;
pub mod recovery;
pub mod webhooks;
