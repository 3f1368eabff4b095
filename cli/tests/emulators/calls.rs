//! Calls of AWS by hand: what somebody does in the account besides, and what it holds.

use crate::http::Request;

/// What is called.
pub(crate) enum How<'a> {
    /// AWS JSON: target and body.
    Json(&'a str, &'a str),
    /// AWS Query: action and version, and more.
    Query(&'a str),
    /// A path.
    Rest(&'a str),
    /// A path, and a body of JSON.
    Post(&'a str, &'a str),
}

/// A call in the root user's name. The emulators look at its scope, and not at its signature.
pub(crate) fn call(service: &str, how: &How) -> Request {
    let request = match how {
        How::Json(target, body) => Request::post("/", body)
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("X-Amz-Target", target),
        How::Query(form) => {
            Request::post("/", form).header("Content-Type", "application/x-www-form-urlencoded")
        }
        How::Rest(path) => Request::get(path),
        How::Post(path, body) => {
            Request::post(path, body).header("Content-Type", "application/json")
        }
    };
    let scope = format!("123456789012/20260101/us-east-1/{service}/aws4_request");
    let signed = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
    request.header("Authorization", &signed)
}

/// Does something by AWS Query; what is between these tags of the answer, each time.
pub(crate) fn act(port: u16, service: &str, form: &str, tag: &str) -> Vec<String> {
    let answer = call(service, &How::Query(form)).send(port);
    assert_eq!(answer.status, 200, "{form}: {}", answer.body);
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let parts = answer.body.split(&open).skip(1);
    parts.map(|it| it.split(&close).next().unwrap().to_owned()).collect()
}
