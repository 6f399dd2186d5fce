//! Communities: the tenants. Setting one up, and finding it.

pub mod graphql;
pub mod service;
mod store;
