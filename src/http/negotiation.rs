//! Media types: which one the caller sent, and which one it would like back.

use actix_web::http::header::{self, HeaderMap};

/// What an answer of `/graphql` may be. It decides the status code too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status code says whether the document was executed.
    GraphqlResponse,
    /// `application/json`: any well-formed request is answered with 200, as older clients expect.
    Json,
}

impl MediaType {
    /// Value of the `Content-Type` header.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// How closely a media range like `application/*` names this type; `None` if it does not.
    fn matched_by(self, range: &str) -> Option<Precision> {
        let name = match self {
            Self::GraphqlResponse => "application/graphql-response+json",
            Self::Json => "application/json",
        };
        if range.eq_ignore_ascii_case(name) {
            Some(Precision::Exact)
        } else if range.eq_ignore_ascii_case("application/*") {
            Some(Precision::Type)
        } else {
            (range == "*/*").then_some(Precision::Any)
        }
    }
}

/// Whether a caller takes its answer as an event stream (`text/event-stream`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streaming {
    /// It does not name the type.
    Never,
    /// It takes JSON as well or rather: what is answered once comes as JSON.
    IfNeeded,
    /// That is what it wants, for operations of all kinds.
    Always,
}

/// Whether the answer is to be an event stream. `*/*` is not taken for it: who does not know the type could not read it.
#[must_use]
pub fn event_stream(headers: &HeaderMap) -> Streaming {
    let accept: Vec<&str> = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok()).collect();
    choose_stream(&accept.join(","))
}

fn choose_stream(accept: &str) -> Streaming {
    let ranges = accept.split(',').filter_map(parse_range);
    let named = ranges.filter(|(range, _)| range.eq_ignore_ascii_case("text/event-stream"));
    let wanted = named.map(|(_, quality)| quality).max().unwrap_or(0);
    let json = [MediaType::GraphqlResponse, MediaType::Json]
        .into_iter()
        .filter_map(|media_type| weigh(media_type, accept));
    let json = json.map(|(quality, _)| quality).max().unwrap_or(0);
    if wanted == 0 {
        Streaming::Never
    } else if wanted > json {
        Streaming::Always
    } else {
        Streaming::IfNeeded
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Any,
    Type,
    Exact,
}

/// The media type to answer with; `None` if the caller accepts neither.
///
/// Without an `Accept` header it is `application/json`, as the specification asks for the sake of
/// clients older than it.
#[must_use]
pub fn negotiate(headers: &HeaderMap) -> Option<MediaType> {
    let accept: Vec<&str> = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok()).collect();
    choose(&accept.join(","))
}

fn choose(accept: &str) -> Option<MediaType> {
    if accept.trim().is_empty() {
        return Some(MediaType::Json);
    }
    let graphql = weigh(MediaType::GraphqlResponse, accept);
    let json = weigh(MediaType::Json, accept);
    match (graphql, json) {
        (None, None) => None,
        // Whoever names both alike knows the newer type; whoever names neither may not.
        (Some((_, Precision::Exact)), _) if graphql >= json => Some(MediaType::GraphqlResponse),
        _ if graphql > json => Some(MediaType::GraphqlResponse),
        _ => Some(MediaType::Json),
    }
}

/// How much the caller wants a type: the quality of the most precise range that names it, in
/// thousandths. `None` if none does, or the quality is 0.
fn weigh(media_type: MediaType, accept: &str) -> Option<(u16, Precision)> {
    let ranges = accept.split(',').filter_map(parse_range);
    let matches = ranges.filter_map(|(range, quality)| Some((media_type.matched_by(range)?, quality)));
    let (precision, quality) = matches.max()?;
    (quality > 0).then_some((quality, precision))
}

/// A media range and its quality; `None` for what is malformed or asks for another charset.
fn parse_range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next()?;
    let mut quality = 1000;
    for (name, value) in parts.filter_map(|parameter| parameter.split_once('=')) {
        let (name, value) = (name.trim(), value.trim());
        if name.eq_ignore_ascii_case("q") {
            quality = parse_quality(value)?;
        } else if name.eq_ignore_ascii_case("charset") && !is_utf_8(value) {
            return None;
        }
    }
    Some((range, quality))
}

fn parse_quality(text: &str) -> Option<u16> {
    let quality: f32 = text.parse().ok()?;
    // The range check comes first, so the product is a whole number from 0 to 1000.
    (0.0..=1.0).contains(&quality).then(|| (quality * 1000.0).round() as u16)
}

fn is_utf_8(charset: &str) -> bool {
    charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
}

/// Whether the body is declared as JSON in UTF-8, exactly once.
///
/// A browser asks us first (a CORS preflight) before it sends this type from a foreign page, and
/// does not for forms and plain text; so nothing else may ever be read as a request.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    let mut declared = headers.get_all(header::CONTENT_TYPE);
    let (Some(only), None) = (declared.next(), declared.next()) else {
        return false;
    };
    only.to_str().is_ok_and(declares_json)
}

fn declares_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("application/json")
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) => name.eq_ignore_ascii_case("charset") && is_utf_8(value),
            None => parameter.is_empty(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_json_to_callers_that_do_not_care() {
        for accept in ["", "*/*", "application/*", "text/html,*/*;q=0.8", "application/json"] {
            assert_eq!(choose(accept), Some(MediaType::Json), "{accept:?}");
        }
    }

    #[test]
    fn prefers_the_newer_type_where_the_caller_names_it() {
        for accept in [
            "application/graphql-response+json",
            "application/graphql-response+json, application/json;q=0.9",
            "application/json, application/graphql-response+json",
            "Application/GraphQL-Response+JSON; charset=\"UTF-8\"",
            "*/*, application/graphql-response+json",
            "application/json;q=0.5, application/*",
            "application/json;q=0, */*;q=0.1",
        ] {
            assert_eq!(choose(accept), Some(MediaType::GraphqlResponse), "{accept:?}");
        }
    }

    #[test]
    fn weighs_quality_before_everything_else() {
        for accept in [
            "application/graphql-response+json;q=0.8, application/json",
            "application/graphql-response+json;q=0.8, */*;q=0.9",
            "application/graphql-response+json;q=0, */*",
            "application/json;q=0.001",
        ] {
            assert_eq!(choose(accept), Some(MediaType::Json), "{accept:?}");
        }
    }

    #[test]
    fn finds_nothing_to_answer_with() {
        for accept in [
            "text/html",
            "text/event-stream",
            "application/json;q=0",
            "application/json;charset=utf-16",
            "application/json;q=2",
            "application/json;q=nan",
            "*/*;q=0",
            ",;,",
        ] {
            assert_eq!(choose(accept), None, "{accept:?}");
        }
    }

    #[test]
    fn streams_for_those_who_name_the_type() {
        for accept in [
            "text/event-stream",
            "Text/Event-Stream; charset=utf-8",
            "text/event-stream, application/json;q=0.5, */*;q=0.1",
        ] {
            assert_eq!(choose_stream(accept), Streaming::Always, "{accept:?}");
        }
        for accept in [
            "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
            "text/event-stream, */*",
            "text/event-stream;q=0.5, application/json",
        ] {
            assert_eq!(choose_stream(accept), Streaming::IfNeeded, "{accept:?}");
        }
        for accept in [
            "",
            "*/*",
            "text/*",
            "application/json",
            "text/event-stream;q=0",
            "text/event-stream;charset=utf-16",
        ] {
            assert_eq!(choose_stream(accept), Streaming::Never, "{accept:?}");
        }
    }

    #[test]
    fn takes_json_and_nothing_like_it() {
        for json in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON;charset=\"UTF-8\"",
            "application/json;",
        ] {
            assert!(declares_json(json), "{json:?}");
        }
        for other in [
            "",
            "text/plain",
            "text/json",
            "application/json; charset=latin1",
            "application/json; boundary=x",
            "application/jsonp",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=application/json",
            "application/graphql",
            "text/plain, application/json",
        ] {
            assert!(!declares_json(other), "{other:?}");
        }
    }
}
