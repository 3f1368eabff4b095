//! A request as a function's URL would send it: for what asks the function without one.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>

use serde_json::{Value, json};

/// The header by which a question that nobody asked is told from real use. See `docs/reference/service.md`.
const PURPOSE: &str = "x-ragctl-purpose";

/// A `GET` of `path`, or with a `body` a `POST` of JSON.
pub(crate) fn request_event(path: &str, body: Option<&Value>) -> Value {
    let method = if body.is_some() { "POST" } else { "GET" };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": { "content-type": "application/json", PURPOSE: "ping" },
        "requestContext": {
            "domainName": "ragctl.lambda-url.on.aws",
            "stage": "$default",
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1" },
        },
        "body": body.map(ToString::to_string),
        "isBase64Encoded": false,
    })
}

/// The path that such an event asks for.
pub(crate) fn path_of(event: &Value) -> Option<String> {
    let path = event["rawPath"].as_str()?;
    match event["rawQueryString"].as_str() {
        None | Some("") => Some(path.to_owned()),
        Some(query) => Some(format!("{path}?{query}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_tells_what_it_asks_for() {
        for path in ["/health", "/documents?page=1&page_size=10"] {
            assert_eq!(path_of(&request_event(path, None)).as_deref(), Some(path));
        }
        assert_eq!(
            request_event("/query", Some(&json!({"query": "a"})))["body"],
            r#"{"query":"a"}"#
        );
        assert_eq!(path_of(&json!({"action": "tick"})), None);
    }
}
