//! The `application/x-www-form-urlencoded` format, in query strings and bodies.

use actix_web::web::Query;

/// The pairs in their order; `None` if the text is not in this format.
pub(super) fn parse(text: &str) -> Option<Vec<(String, String)>> {
    Query::<Vec<(String, String)>>::from_query(text).ok().map(Query::into_inner)
}

/// One value that was encoded in this format.
pub(super) fn decode(text: &str) -> Option<String> {
    // An `&` separates pairs; in a single value it can only be one that the caller left as it was.
    let pairs = parse(&format!("value={}", text.replace('&', "%26")))?;
    pairs.into_iter().next().map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_values() {
        assert_eq!(decode("a%3Ab+c%26d").as_deref(), Some("a:b c&d"));
        assert_eq!(decode("a&b=c").as_deref(), Some("a&b=c"));
        assert_eq!(decode("").as_deref(), Some(""));
    }
}
