//! Which web pages of other origins may call us from a browser.
//!
//! Callers authenticate by bearer token and never by cookie, so credentials are not allowed for any
//! origin, and a page that is not listed can do nothing that its visitor's token was not given to.

use std::io;

use actix_cors::Cors;
use actix_web::http::{
    Method, Uri,
    header::{self, HeaderMap},
};

use super::request_id;

/// How long a browser may remember the answer to a preflight, in seconds.
const PREFLIGHT_SECONDS: usize = 3600;

/// The rules for these origins: exact ones, or `["*"]` for any.
pub(super) fn policy(origins: &[String]) -> Cors {
    let rules = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::OPTIONS])
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT])
        .allowed_header(request_id::HEADER)
        .expose_headers([request_id::HEADER, header::RETRY_AFTER])
        .max_age(PREFLIGHT_SECONDS);
    if allows_any(origins) {
        return rules.allow_any_origin().send_wildcard();
    }
    origins.iter().fold(rules, |rules, origin| rules.allowed_origin(origin))
}

/// Checks configured origins before the server starts.
///
/// # Errors
/// `InvalidInput` naming the first origin that no browser would ever send, such as one with a path
/// or a trailing slash, which would silently never match.
pub fn check_origins(origins: &[String]) -> io::Result<()> {
    let wrong = origins.iter().find(|origin| !allows_any(origins) && !is_origin(origin));
    wrong.map_or(Ok(()), |origin| {
        let message = format!(
            "CORS origin `{origin}` is not an origin: write `https://host` or `https://host:port` \
             without a path, or only `*` for any"
        );
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    })
}

/// Whether a request may open a WebSocket: browsers let any page do that, and tell us which. Who tells nothing is no browser, and
/// our own pages may.
pub(super) fn admits(headers: &HeaderMap, origins: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let own = origin.split_once("://").map(|(_, authority)| authority);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_own = own.zip(host).is_some_and(|(own, host)| own.eq_ignore_ascii_case(host));
    is_own || allows_any(origins) || origins.iter().any(|allowed| allowed == origin)
}

fn allows_any(origins: &[String]) -> bool {
    matches!(origins, [only] if only == "*")
}

fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    // Printing scheme and authority again shows that there was nothing else in the text.
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => text == format!("{scheme}://{authority}"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(origins: &[&str]) -> bool {
        check_origins(&origins.iter().map(ToString::to_string).collect::<Vec<_>>()).is_ok()
    }

    fn admits_page(origin: Option<&'static str>, origins: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, header::HeaderValue::from_static("rapport.example:8080"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, header::HeaderValue::from_static(origin));
        }
        admits(&headers, &origins.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn pages_that_may_connect_are_our_own_and_those_that_are_listed() {
        assert!(admits_page(None, &[]), "no browser");
        assert!(admits_page(Some("http://rapport.example:8080"), &[]), "our own page");
        assert!(admits_page(Some("https://app.example"), &["https://app.example"]));
        assert!(admits_page(Some("https://evil.example"), &["*"]));
        for other in [
            "https://evil.example",
            "http://rapport.example",
            "https://app.example.evil.example",
            "null",
        ] {
            assert!(!admits_page(Some(other), &["https://app.example"]), "{other}");
        }
    }

    #[test]
    fn accepts_origins_and_the_lone_star() {
        assert!(check(&[]));
        assert!(check(&["*"]));
        assert!(check(&["https://app.example", "http://localhost:5173"]));
    }

    #[test]
    fn refuses_what_would_never_match() {
        for origin in ["https://app.example/", "https://app.example/x", "app.example", "", "a b"] {
            assert!(!check(&[origin]), "{origin:?}");
        }
        assert!(!check(&["*", "https://app.example"]));
    }
}
