//! The rooms of the product, one per feature. Each has its API (`graphql`), its use cases (`service`), its queries (`store`,
//! private) and pure files named for their idea.

pub mod access;
pub mod cases;
pub mod communities;
pub mod demo;
pub mod expectations;
pub mod import;
pub mod influence;
pub mod ingest;
pub mod interactions;
pub mod members;
pub mod recovery;
