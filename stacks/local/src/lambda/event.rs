//! Requests as the events that they become on Lambda, and answers back.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>,
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::sandbox::Answer;

/// A request over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, say.
    pub method: String,
    /// Its path, percent-encoded.
    pub path: String,
    /// Its query, percent-encoded; may be empty.
    pub query: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Its body; may be empty.
    pub body: Bytes,
}

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Its status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: BTreeMap<String, String>,
    /// Its cookies, of a function URL.
    pub cookies: Vec<String>,
    /// Its body.
    pub body: Bytes,
}

/// Why an answer is none over HTTP. Whoever stands in front of the function answers 502.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableAnswer {
    /// The function failed.
    #[error("{}: {}", .0.error_type, .0.error_message)]
    Failed(super::FunctionError),
    /// It is not what stands in front of the function expects.
    #[error("the answer is not of the form that is expected")]
    Form(#[from] serde_json::Error),
    /// Its body is not what it says.
    #[error("the body of the answer is not base64")]
    Body(#[from] base64::DecodeError),
}

/// What a buffered answer, and the head of a streamed one, look like.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Payload {
    status_code: u16,
    headers: BTreeMap<String, String>,
    multi_value_headers: BTreeMap<String, Vec<String>>,
    cookies: Vec<String>,
    body: String,
    is_base64_encoded: bool,
}

impl HttpRequest {
    /// A request without headers.
    #[must_use]
    pub fn new(method: &str, path: &str, body: impl Into<Bytes>) -> Self {
        let (method, path, body) = (method.to_owned(), path.to_owned(), body.into());
        Self { method, path, body, ..Self::default() }
    }

    /// One that sends JSON.
    #[must_use]
    pub fn json(method: &str, path: &str, body: &Value) -> Self {
        let request = Self::new(method, path, body.to_string());
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { headers, ..request }
    }

    /// The event of a function URL, payload version 2.0.
    #[must_use]
    pub fn url_event(&self) -> Value {
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        let mut cookies = Vec::new();
        for (name, value) in &self.headers {
            let name = name.to_ascii_lowercase();
            if name == "cookie" {
                cookies.extend(value.split("; ").map(str::to_owned));
                continue;
            }
            // Several of one name are joined.
            let values = headers.entry(name).or_default();
            let comma = if values.is_empty() { "" } else { "," };
            *values = format!("{values}{comma}{value}");
        }
        let mut event = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": headers,
            "requestContext": {
                "accountId": "anonymous", "apiId": "local", "domainName": "local.lambda-url.us-east-1.on.aws",
                "domainPrefix": "local", "requestId": "local", "routeKey": "$default", "stage": "$default",
                "http": {
                    "method": self.method, "path": self.path, "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1", "userAgent": headers.get("user-agent"),
                },
            },
        });
        if !cookies.is_empty() {
            event["cookies"] = cookies.into();
        }
        self.with_body(event)
    }

    /// The event of a load balancer.
    #[must_use]
    pub fn balancer_event(&self) -> Value {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        let query: BTreeMap<&str, &str> =
            pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
        let headers: BTreeMap<String, &str> = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
            .collect();
        self.with_body(json!({
            "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:local"}},
            "httpMethod": self.method,
            "path": self.path,
            "queryStringParameters": query,
            "headers": headers,
        }))
    }

    fn with_body(&self, mut event: Value) -> Value {
        let text = std::str::from_utf8(&self.body).ok();
        event["isBase64Encoded"] = text.is_none().into();
        event["body"] = text.map_or_else(|| STANDARD.encode(&self.body), str::to_owned).into();
        event
    }
}

impl HttpAnswer {
    /// The answer that a client gets.
    ///
    /// # Errors
    ///
    /// [`UnreadableAnswer`] when it gets a 502 instead.
    pub fn of(answer: &Answer) -> Result<Self, UnreadableAnswer> {
        match answer {
            Answer::Error(error) => Err(UnreadableAnswer::Failed(error.clone())),
            Answer::Payload(payload) => {
                let payload: Payload = serde_json::from_slice(payload)?;
                let body = match payload.is_base64_encoded {
                    true => STANDARD.decode(&payload.body)?.into(),
                    false => Bytes::from(payload.body.clone()),
                };
                Ok(Self::with(payload, body))
            }
            Answer::Streamed { head, parts, .. } => {
                let parts: Vec<&[u8]> = parts.iter().map(|part| part.bytes.as_ref()).collect();
                Ok(Self::with(serde_json::from_slice(head)?, parts.concat().into()))
            }
        }
    }

    fn with(payload: Payload, body: Bytes) -> Self {
        let lists = payload.multi_value_headers.into_iter();
        let mut headers: BTreeMap<String, String> =
            lists.map(|(name, values)| (name, values.join(", "))).collect();
        headers.extend(payload.headers);
        Self { status: payload.status_code, headers, cookies: payload.cookies, body }
    }

    /// Its body as JSON.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}
