//! Passwords: Argon2id, off the async threads, because one check takes tens of milliseconds and megabytes on purpose.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

use crate::error::{Error, Result};

/// Checked when there is no such account, so that the answer takes as long as for a wrong password.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash(&super::random_secret()).ok());

fn hash(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(Error::internal)
}

/// The hash to store, in PHC form.
///
/// # Errors
/// When no randomness can be had.
pub async fn hash_password(password: String) -> Result<String> {
    tokio::task::spawn_blocking(move || hash(&password))
        .await
        .map_err(Error::internal)?
}

/// Whether the password fits; `None` stands for an account that is not there.
///
/// # Errors
/// When the check could not be run.
pub async fn verify_password(password: String, stored: Option<String>) -> Result<bool> {
    let check = move || {
        let exists = stored.is_some();
        let Some(stored) = stored.or_else(|| NOBODY.clone()) else {
            return false;
        };
        let fits = PasswordHash::new(&stored).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        exists && fits
    };
    tokio::task::spawn_blocking(check).await.map_err(Error::internal)
}
