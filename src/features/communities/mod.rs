//! Communities: the tenants. Setting one up, finding it, changing its settings.

pub mod graphql;
pub mod mutations;
pub mod service;
mod store;
