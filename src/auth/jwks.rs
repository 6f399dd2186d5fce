//! The published keys of an outside identity provider, from a file that its rotation may replace at any time.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use entity::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};

use crate::error::{Error, Result};

/// An unknown key makes the file be read again, at most this often.
const RELOAD_EVERY_MICROS: i64 = 10_000_000;
/// Known keys are looked up in the file again after this time, so that one that was withdrawn stops working.
const TRUST_MICROS: i64 = 5 * 60 * 1_000_000;

/// Keys by id.
pub struct Jwks {
    file: PathBuf,
    loaded: Mutex<Loaded>,
}

struct Loaded {
    keys: HashMap<String, (Algorithm, DecodingKey)>,
    at: Timestamp,
}

impl Jwks {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read or holds no usable key; this stops the start.
    pub fn from_file(file: PathBuf, now: Timestamp) -> Result<Self> {
        let keys = read(&file)?;
        Ok(Self {
            file,
            loaded: Mutex::new(Loaded { keys, at: now }),
        })
    }

    /// The key of that id, if it is meant for that algorithm.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when there is none.
    pub fn find(&self, kid: &str, algorithm: Algorithm, now: Timestamp) -> Result<DecodingKey> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let age = now.as_micros() - loaded.at.as_micros();
        if age >= TRUST_MICROS || (age >= RELOAD_EVERY_MICROS && !loaded.keys.contains_key(kid)) {
            // A file that is being replaced may be broken for a moment: the keys already known stay.
            if let Ok(keys) = read(&self.file) {
                loaded.keys = keys;
            }
            loaded.at = now;
        }
        match loaded.keys.get(kid) {
            Some((expected, key)) if *expected == algorithm => Ok(key.clone()),
            Some(_) => Err(Error::Unauthenticated("the token's algorithm is not the one of its key".to_owned())),
            None => Err(Error::Unauthenticated("the token's key is unknown".to_owned())),
        }
    }
}

fn read(file: &PathBuf) -> Result<HashMap<String, (Algorithm, DecodingKey)>> {
    let text = std::fs::read_to_string(file).map_err(|error| Error::bad_input("RAPPORT_JWKS_FILE", format!("cannot be read: {error}")))?;
    let set: JwkSet =
        serde_json::from_str(&text).map_err(|error| Error::bad_input("RAPPORT_JWKS_FILE", format!("is not a JWK set: {error}")))?;
    let keys: HashMap<_, _> = set.keys.iter().filter_map(usable).collect();
    if keys.is_empty() {
        return Err(Error::bad_input(
            "RAPPORT_JWKS_FILE",
            "holds no key that can be used: RS256, ES256 or EdDSA, with a kid",
        ));
    }
    Ok(keys)
}

/// Symmetric keys have no place in a published set; keys for other uses or algorithms are passed over.
fn usable(jwk: &Jwk) -> Option<(String, (Algorithm, DecodingKey))> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(_) => Algorithm::EdDSA,
        _ => return None,
    };
    if jwk
        .common
        .public_key_use
        .as_ref()
        .is_some_and(|named| *named != PublicKeyUse::Signature)
    {
        return None;
    }
    let declared = jwk.common.key_algorithm.map(|name| name.to_string());
    if declared.is_some_and(|name| name != format!("{algorithm:?}")) {
        return None;
    }
    let kid = jwk.common.key_id.clone()?;
    Some((kid, (algorithm, DecodingKey::from_jwk(jwk).ok()?)))
}
