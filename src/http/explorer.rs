//! The page at `/`, where people try out the API.
//!
//! It loads GraphiQL from a public CDN and falls back to a plain editor of its own. Its content
//! security policy makes its promise binding: only those exact files may run, and the page can
//! send nothing anywhere but to this server.

use std::sync::LazyLock;

use actix_web::{
    HttpResponse,
    http::header::{self, ContentType},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// The page. Its own script is inline, so that it works where the CDN does not.
const PAGE: &str = include_str!("explorer.html");

/// The files of the CDN that may run; the page also checks their hashes.
const SCRIPTS: [&str; 3] = [
    "https://cdn.jsdelivr.net/npm/react@18.3.1/umd/react.production.min.js",
    "https://cdn.jsdelivr.net/npm/react-dom@18.3.1/umd/react-dom.production.min.js",
    "https://cdn.jsdelivr.net/npm/graphiql@4.1.2/graphiql.min.js",
];

/// The style sheet of the CDN.
const STYLE: &str = "https://cdn.jsdelivr.net/npm/graphiql@4.1.2/graphiql.min.css";

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(inline_script()));
    let scripts = SCRIPTS.join(" ");
    // GraphiQL sets styles on elements as it goes, hence 'unsafe-inline' for those alone; its
    // fonts and icons come inside the style sheet, as `data:`.
    format!(
        "default-src 'none'; script-src 'sha256-{hash}' {scripts}; style-src 'unsafe-inline' {STYLE}; \
         font-src data:; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
});

/// `GET /`.
pub(super) async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY.as_str()))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header(ContentType::html())
        .body(PAGE)
}

/// The text of the page's own script, of which the policy needs the hash.
fn inline_script() -> &'static str {
    let after = PAGE.split_once("<script>").map_or("", |(_, after)| after);
    after.split_once("</script>").map_or("", |(script, _)| script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_every_file_the_page_loads() {
        let loaded: Vec<&str> = PAGE
            .split(['"', '\''])
            .filter(|text| text.starts_with("https://") && !text.contains(' '))
            .collect();
        assert_eq!(loaded.len(), SCRIPTS.len() + 1, "{loaded:?}");
        for file in loaded {
            assert!(POLICY.contains(file), "{file}");
        }
    }

    #[test]
    fn the_page_has_one_script_of_its_own() {
        assert!(inline_script().len() > 1000);
        assert_eq!(PAGE.matches("<script>").count(), 1);
    }
}
