//! `POST /oauth/token`: an integration exchanges its id and secret for a short-lived token
//! (RFC 6749, section 4.4, client credentials).
//!
//! Requests and errors have the shape of that RFC, so that any OAuth library can be used. Whether
//! the credentials are right is decided in [`crate::auth`].

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{body, form, oauth_denial::Denial, problem::Problem, request_id::RequestId};
use crate::{app::App, auth::IssuedToken};

/// Far more than an id, a secret and a list of scopes need.
const MAX_BODY_BYTES: usize = 8 * 1024;

/// `POST /oauth/token`.
pub(super) async fn token(request: HttpRequest, payload: web::Payload, app: web::Data<App>, id: RequestId) -> HttpResponse {
    match grant(&request, payload, &app, &id).await {
        Ok(token) => HttpResponse::Ok().insert_header((header::PRAGMA, "no-cache")).json(json!({
            "access_token": token.access_token,
            "token_type": "Bearer",
            "expires_in": token.expires_in_seconds,
            "scope": token.scope,
        })),
        Err(denial) => denial.answer(),
    }
}

/// Any other method on `/oauth/token`.
pub(super) async fn other_method() -> HttpResponse {
    Denial::Transport(Problem::MethodNotAllowed { allow: "POST, OPTIONS" }).answer()
}

async fn grant(request: &HttpRequest, payload: web::Payload, app: &App, id: &RequestId) -> Result<IssuedToken, Denial> {
    if !is_form(request) {
        return Err(Denial::InvalidRequest("send `Content-Type: application/x-www-form-urlencoded`"));
    }
    let body = body::read(request, payload, MAX_BODY_BYTES).await.map_err(Denial::Transport)?;
    let basic = basic_credentials(request)?;
    let asked = Asked::read(&body, basic)?;
    app.issue_client_token(&asked.client_id, &asked.client_secret, asked.scope.as_deref(), id.as_str())
        .await
        .map_err(|error| Denial::of_error(&error, id))
}

fn is_form(request: &HttpRequest) -> bool {
    let declared = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Id and secret from the `Authorization` header, if there is one.
fn basic_credentials(request: &HttpRequest) -> Result<Option<(String, String)>, Denial> {
    let Some(header) = request.headers().get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    header.to_str().ok().and_then(parse_basic).map(Some).ok_or(Denial::InvalidClient)
}

fn parse_basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client_id, secret) = decoded.split_once(':')?;
    Some((form::decode(client_id)?, form::decode(secret)?))
}

/// A well-formed request.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    client_id: String,
    client_secret: String,
    scope: Option<String>,
}

impl Asked {
    fn read(body: &[u8], basic: Option<(String, String)>) -> Result<Self, Denial> {
        let text = std::str::from_utf8(body).ok();
        let fields = text.and_then(form::parse).ok_or(Denial::InvalidRequest("the form is malformed"))?;
        match take(&fields, "grant_type")?.as_deref() {
            None => return Err(Denial::InvalidRequest("`grant_type` is missing")),
            Some("client_credentials") => {}
            Some(_) => return Err(Denial::UnsupportedGrantType),
        }
        let in_form = (take(&fields, "client_id")?, take(&fields, "client_secret")?);
        let (client_id, client_secret) = match (basic, in_form) {
            (None, (Some(client_id), Some(secret))) => (client_id, secret),
            (None, _) => return Err(Denial::InvalidClient),
            (Some(_), (_, Some(_))) => {
                return Err(Denial::InvalidRequest("credentials are in both header and form"));
            }
            (Some((client_id, _)), (Some(other), _)) if client_id != other => {
                return Err(Denial::InvalidRequest("header and form name different clients"));
            }
            (Some(credentials), _) => credentials,
        };
        Ok(Self {
            client_id,
            client_secret,
            scope: take(&fields, "scope")?,
        })
    }
}

/// The value of a field. An empty one counts as absent, and none may occur twice (section 3.2).
fn take(fields: &[(String, String)], name: &str) -> Result<Option<String>, Denial> {
    let mut values = fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value);
    let first = values.next();
    if values.next().is_some() {
        return Err(Denial::InvalidRequest("a parameter occurs twice"));
    }
    Ok(first.filter(|value| !value.is_empty()).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, basic: Option<(&str, &str)>) -> Result<Asked, &'static str> {
        let basic = basic.map(|(id, secret)| (id.to_owned(), secret.to_owned()));
        Asked::read(body.as_bytes(), basic).map_err(|denial| denial.code())
    }

    fn asked(client_id: &str, client_secret: &str, scope: Option<&str>) -> Asked {
        Asked {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            scope: scope.map(str::to_owned),
        }
    }

    #[test]
    fn reads_credentials_from_form_or_header() {
        let form = "grant_type=client_credentials&client_id=c%3A1&client_secret=s+s&scope=read%20write";
        assert_eq!(read(form, None), Ok(asked("c:1", "s s", Some("read write"))));
        let bare = "grant_type=client_credentials&scope=";
        assert_eq!(read(bare, Some(("c", "s"))), Ok(asked("c", "s", None)));
        let repeated = "grant_type=client_credentials&client_id=c";
        assert_eq!(read(repeated, Some(("c", "s"))), Ok(asked("c", "s", None)));
    }

    #[test]
    fn tells_what_is_wrong() {
        let grant = "grant_type=client_credentials";
        assert_eq!(read("", None), Err("invalid_request"));
        assert_eq!(read("grant_type=", None), Err("invalid_request"));
        assert_eq!(read("grant_type=password&username=a", None), Err("unsupported_grant_type"));
        assert_eq!(read(grant, None), Err("invalid_client"));
        assert_eq!(read(&format!("{grant}&client_id=c"), None), Err("invalid_client"));
        assert_eq!(read(&format!("{grant}&{grant}"), Some(("c", "s"))), Err("invalid_request"));
        assert_eq!(read(&format!("{grant}&client_secret=s"), Some(("c", "s"))), Err("invalid_request"));
        assert_eq!(read(&format!("{grant}&client_id=d"), Some(("c", "s"))), Err("invalid_request"));
    }

    #[test]
    fn decodes_the_basic_header() {
        let basic = |text: &str| parse_basic(&format!("bAsIc {}", BASE64_STANDARD.encode(text)));
        assert_eq!(basic("a%3Ab:c%26+d"), Some(("a:b".to_owned(), "c& d".to_owned())));
        assert_eq!(basic("a:b:c=&"), Some(("a".to_owned(), "b:c=&".to_owned())));
        assert_eq!(basic("no colon"), None);
        assert_eq!(parse_basic("Bearer abc"), None);
        assert_eq!(parse_basic("Basic"), None);
        assert_eq!(parse_basic("Basic !!!"), None);
    }
}
