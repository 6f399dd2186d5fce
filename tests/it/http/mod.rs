//! The HTTP layer, seen from outside.

mod cross_origin;
mod documents;
mod explorer;
mod faults;
mod lifecycle;
mod negotiation;
mod operations;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, Url};
use serde_json::Value;

use crate::support::TestApp;

const JSON: (&str, &str) = ("content-type", "application/json");
const GRAPHQL_RESPONSE: (&str, &str) = ("accept", "application/graphql-response+json");

/// An answer as it came over the wire.
#[derive(Debug)]
struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self {
            status,
            headers,
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    /// A header, or nothing.
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The code of the first error, or nothing.
    fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or("").to_owned()
    }
}

/// Sends a request with headers and a body.
async fn send(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Reply {
    let request = app.http.request(method, format!("{}{path}", app.base));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    Reply::to(request.body(body)).await
}

/// Sends a body to the API.
async fn post(app: &TestApp, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Reply {
    send(app, Method::POST, "/graphql", headers, body).await
}

/// Asks by GET, with parameters in the address.
async fn get(app: &TestApp, parameters: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
    let url = Url::parse_with_params(&format!("{}/graphql", app.base), parameters).unwrap();
    let request = headers
        .iter()
        .fold(app.http.get(url), |request, (name, value)| request.header(*name, *value));
    Reply::to(request).await
}
