//! Bearer tokens: JSON Web Tokens that say who is calling, never what they may do.
//!
//! Our own are signed with HS256 and a secret. Those of an outside identity provider are checked against its published keys
//! (JWKS). A token is checked only with the kind of key that its algorithm calls for, so that a public key can never serve
//! as a shared secret; `none` is no algorithm at all.

use std::sync::Arc;

use entity::{StaffId, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{Jwks, random_secret};
use crate::error::{Error, Result};

/// The issuer of our own tokens.
const OWN_ISSUER: &str = "rapport";

/// How far the clocks of two machines may differ, in seconds.
const LEEWAY_SECONDS: i64 = 5;

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom it is.
    pub aud: Audience,
    /// About whom it is.
    pub sub: String,
    /// Not good before, seconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// Issued at, seconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Not good from, seconds since the epoch.
    pub exp: i64,
    /// Unique id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// What an integration asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The e-mail address, from outside providers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the provider has checked the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
}

impl Claims {
    const fn until(&self) -> Timestamp {
        Timestamp::from_micros(self.exp.saturating_mul(1_000_000))
    }
}

/// One audience or several, as the standard allows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// Whom a good token is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A member of staff, by a token of ours.
    Staff(StaffId),
    /// An integration, by a token of ours, with the scopes it asked for.
    Client {
        /// Public half of its credentials.
        client_id: String,
        /// Scope names, separated by blanks.
        scope: String,
    },
    /// Somebody whom the outside identity provider vouches for.
    Email(String),
}

/// Issues and checks tokens.
#[derive(Clone)]
pub struct TokenAuthority {
    secret: Option<(EncodingKey, DecodingKey)>,
    audience: String,
    outside: Option<Outside>,
}

/// An outside identity provider.
#[derive(Clone)]
struct Outside {
    issuer: String,
    audience: String,
    keys: Arc<Jwks>,
}

impl std::fmt::Debug for TokenAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenAuthority")
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

impl TokenAuthority {
    /// An authority for tokens of our own; without a secret it neither issues nor accepts them.
    #[must_use]
    pub fn new(secret: Option<&str>, audience: &str) -> Self {
        let keys = |secret: &str| {
            (
                EncodingKey::from_secret(secret.as_bytes()),
                DecodingKey::from_secret(secret.as_bytes()),
            )
        };
        Self {
            secret: secret.map(keys),
            audience: audience.to_owned(),
            outside: None,
        }
    }

    /// Accepts the tokens of an outside identity provider, too.
    #[must_use]
    pub fn with_outside(mut self, issuer: &str, audience: &str, keys: Jwks) -> Self {
        self.outside = Some(Outside {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            keys: Arc::new(keys),
        });
        self
    }

    /// Passes when this installation issues tokens of its own.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when people sign in with an outside identity provider only.
    pub fn require_issuing(&self) -> Result<()> {
        let outside_only = || Error::Forbidden("this installation has no sign-in of its own; use the identity provider".to_owned());
        self.secret.as_ref().map(|_| ()).ok_or_else(outside_only)
    }

    /// Issues a token for a member of staff.
    ///
    /// # Errors
    /// When there is no secret to sign with.
    pub fn issue_staff(&self, staff: StaffId, now: Timestamp, seconds: u64) -> Result<String> {
        self.issue(format!("staff:{staff}"), None, now, seconds)
    }

    /// Issues a token for an integration.
    ///
    /// # Errors
    /// When there is no secret to sign with.
    pub fn issue_client(&self, client_id: &str, scope: &str, now: Timestamp, seconds: u64) -> Result<String> {
        self.issue(format!("client:{client_id}"), Some(scope.to_owned()), now, seconds)
    }

    fn issue(&self, sub: String, scope: Option<String>, now: Timestamp, seconds: u64) -> Result<String> {
        let (key, _) = self.secret.as_ref().ok_or_else(no_secret)?;
        let now = seconds_of(now);
        let claims = Claims {
            iss: OWN_ISSUER.to_owned(),
            aud: Audience::One(self.audience.clone()),
            sub,
            nbf: Some(now),
            iat: Some(now),
            exp: now.saturating_add_unsigned(seconds),
            jti: Some(random_secret()),
            scope,
            email: None,
            email_verified: None,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, key).map_err(Error::internal)
    }

    /// Checks a token.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] saying what is wrong with it, without repeating any of it.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Subject> {
        self.verify_until(token, now).map(|(subject, _)| subject)
    }

    /// Checks a token; whom it is about, and from when on it is not good any more.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_until(&self, token: &str, now: Timestamp) -> Result<(Subject, Timestamp)> {
        let header = jsonwebtoken::decode_header(token)
            .map_err(|error| refuse(format!("the token is malformed or its algorithm is not allowed ({})", kind(&error))))?;
        if header.alg == Algorithm::HS256 {
            let (_, key) = self.secret.as_ref().ok_or_else(|| refuse("the token's algorithm is not allowed"))?;
            let claims = decode(token, key, Algorithm::HS256, OWN_ISSUER, &self.audience)?;
            check_times(&claims, now)?;
            let until = claims.until();
            return own_subject(claims).map(|subject| (subject, until));
        }
        let outside = self
            .outside
            .as_ref()
            .ok_or_else(|| refuse("the token's algorithm is not allowed"))?;
        let kid = header.kid.as_deref().ok_or_else(|| refuse("the token names no key (kid)"))?;
        let key = outside.keys.find(kid, header.alg, now)?;
        let claims = decode(token, &key, header.alg, &outside.issuer, &outside.audience)?;
        check_times(&claims, now)?;
        let until = claims.until();
        match (claims.email, claims.email_verified) {
            (Some(email), None | Some(true)) => Ok((Subject::Email(email.to_lowercase()), until)),
            (Some(_), Some(false)) => Err(refuse("the token's e-mail address is not verified")),
            (None, _) => Err(refuse("the token names no e-mail address")),
        }
    }
}

fn decode(token: &str, key: &DecodingKey, algorithm: Algorithm, issuer: &str, audience: &str) -> Result<Claims> {
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Times are checked against the clock of the operation, below.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    jsonwebtoken::decode::<Claims>(token, key, &validation)
        .map(|data| data.claims)
        .map_err(|error| refuse(format!("the token is not valid ({})", kind(&error))))
}

fn check_times(claims: &Claims, now: Timestamp) -> Result<()> {
    let now = seconds_of(now);
    if now >= claims.exp.saturating_add(LEEWAY_SECONDS) {
        return Err(refuse("the token has expired"));
    }
    if claims.nbf.is_some_and(|start| now.saturating_add(LEEWAY_SECONDS) < start) {
        return Err(refuse("the token is not valid yet"));
    }
    Ok(())
}

fn own_subject(claims: Claims) -> Result<Subject> {
    match claims.sub.split_once(':') {
        Some(("staff", id)) => id
            .parse()
            .map(|id| Subject::Staff(StaffId(id)))
            .map_err(|_not_a_number| refuse("the token's subject is unknown")),
        Some(("client", id)) => Ok(Subject::Client {
            client_id: id.to_owned(),
            scope: claims.scope.unwrap_or_default(),
        }),
        _ => Err(refuse("the token's subject is unknown")),
    }
}

/// The kind of failure, without the values that the library's messages may repeat.
fn kind(error: &jsonwebtoken::errors::Error) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidSignature => "signature",
        ErrorKind::InvalidIssuer => "issuer",
        ErrorKind::InvalidAudience => "audience",
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => "algorithm",
        ErrorKind::MissingRequiredClaim(_) => "a required claim is missing",
        _ => "format",
    }
}

fn refuse(message: impl Into<String>) -> Error {
    Error::Unauthenticated(message.into())
}

fn no_secret() -> Error {
    Error::internal("no RAPPORT_AUTH_SECRET is set: this installation issues no tokens of its own")
}

const fn seconds_of(now: Timestamp) -> i64 {
    now.as_micros().div_euclid(1_000_000)
}
