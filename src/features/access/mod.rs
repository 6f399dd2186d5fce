//! Identity and access: staff and their grants, sessions, and the credentials of integrations.
//!
//! A token says who is calling; what they may do is read from the database on every request, so that revoking works at once.
//!
//! Not here: how tokens and passwords are checked (`auth`), what each permission means (`auth::Permission`).

pub mod graphql;
pub mod mutations;
pub mod service;
mod sessions;
mod store;

pub use service::{NewApiClient, NewStaff};
pub use sessions::{SignedIn, refresh, sign_in, sign_out};
pub use store::delete_lapsed;
