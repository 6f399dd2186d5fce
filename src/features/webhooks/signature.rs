//! Secrets and signatures of webhooks, by Standard Webhooks 1.0: HMAC-SHA256 over id, time and body. Pure but for the dice.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use entity::{Timestamp, WebhookSecret};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::Rng as _;
use sha2::Sha256;

use crate::error::{Error, Result};

/// What secrets begin with, so that they are known for what they are wherever they turn up.
const PREFIX: &str = "whsec_";

/// How many random bytes a secret has; the standard asks for 24 to 64.
const KEY_BYTES: usize = 32;

/// A new secret.
#[must_use]
pub fn new_secret() -> WebhookSecret {
    let mut key = [0_u8; KEY_BYTES];
    rand::rng().fill_bytes(&mut key);
    WebhookSecret(format!("{PREFIX}{}", BASE64_STANDARD.encode(key)))
}

/// The value of `webhook-timestamp`: whole seconds.
#[must_use]
pub const fn seconds(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(1_000_000)
}

/// The value of `webhook-signature`: one signature for each secret that is good, the newest first.
///
/// # Errors
/// When a secret is not one of ours.
pub fn signatures(secrets: &[&WebhookSecret], message_id: &str, at: Timestamp, body: &str) -> Result<String> {
    let signed: Vec<String> = secrets
        .iter()
        .map(|secret| sign(secret, message_id, at, body))
        .collect::<Result<_>>()?;
    Ok(signed.join(" "))
}

fn sign(secret: &WebhookSecret, message_id: &str, at: Timestamp, body: &str) -> Result<String> {
    let key = secret.0.strip_prefix(PREFIX).and_then(|key| BASE64_STANDARD.decode(key).ok());
    let key = key.ok_or_else(|| Error::internal("the secret of a webhook endpoint cannot be read"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(Error::internal)?;
    for part in [message_id, ".", &seconds(at).to_string(), ".", body] {
        mac.update(part.as_bytes());
    }
    Ok(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use standardwebhooks::Webhook;

    use super::*;

    const AT: Timestamp = Timestamp::from_micros(1_764_320_400_999_999);

    #[test]
    fn a_secret_is_one_by_the_standard_and_never_the_same() {
        let (one, other) = (new_secret(), new_secret());
        assert_ne!(one, other);
        let key = BASE64_STANDARD.decode(one.0.strip_prefix("whsec_").unwrap()).unwrap();
        assert!((24..=64).contains(&key.len()));
        assert!(!format!("{one:?}").contains(&one.0[6..]), "it does not get into logs");
    }

    #[test]
    fn the_official_library_signs_the_same() {
        let secret = new_secret();
        let official = Webhook::new(&secret.0).unwrap();
        for body in ["", "{}", "{\"type\":\"case.opened\",\"data\":{\"subject\":\"Ünï…\"}}"] {
            let ours = signatures(&[&secret], "msg_1_2_3", AT, body).unwrap();
            assert_eq!(ours, official.sign("msg_1_2_3", 1_764_320_400, body.as_bytes()).unwrap());
        }
    }

    #[test]
    fn with_two_secrets_there_are_two_signatures() {
        let (new, old) = (new_secret(), new_secret());
        let both = signatures(&[&new, &old], "m", AT, "{}").unwrap();
        let parts: Vec<&str> = both.split(' ').collect();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[1], signatures(&[&old], "m", AT, "{}").unwrap());
    }

    #[test]
    fn what_is_no_secret_does_not_sign() {
        for broken in ["", "whsec_%", "secret"] {
            assert!(signatures(&[&WebhookSecret(broken.to_owned())], "m", AT, "{}").is_err(), "{broken}");
        }
    }
}
