//! Who is calling: passwords, tokens and permissions. What the database grants is read in `features::access`.

mod jwks;
mod password;
mod permissions;
mod secret;
mod token;

pub use jwks::Jwks;
pub use password::{hash_password, verify_password};
pub use permissions::{Permission, Permissions};
pub use secret::{random_secret, sha256_hex};
pub use token::{Claims, Subject, TokenAuthority};

/// A token as it is handed out.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The bearer token.
    pub access_token: String,
    /// How long it is good for, in seconds.
    pub expires_in_seconds: u64,
    /// What it allows, separated by blanks.
    pub scope: String,
}
