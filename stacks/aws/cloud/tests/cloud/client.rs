//! A small client: one call a connection, signed in name only.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use ragctl_cloud::Cloud;
use serde_json::Value;

pub(crate) const REGION: &str = "us-east-1";

/// An answer: its status, head and body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The text of the first XML element with a name.
    pub(crate) fn xml(&self, name: &str) -> &str {
        let (_, rest) = self.body.split_once(&format!("<{name}>")).unwrap_or_default();
        rest.split_once(&format!("</{name}>")).unwrap_or_default().0
    }
}

/// Sends a request and waits for its answer; `None` when none comes in time.
pub(crate) fn send(
    cloud: &Cloud,
    line: &str,
    service: &str,
    headers: &str,
    body: &str,
    patience: Duration,
) -> Option<Answer> {
    let address = cloud.endpoint();
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(patience)).unwrap();
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AKID/20261125/{REGION}/{service}/aws4_request, \
         SignedHeaders=host, Signature=0\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).ok()?;
    let text = String::from_utf8(raw).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Some(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}

const PATIENCE: Duration = Duration::from_secs(20);

/// A call in AWS JSON.
pub(crate) fn json(cloud: &Cloud, service: &str, action: &str, input: &Value) -> Answer {
    let headers =
        format!("x-amz-target: Any.{action}\r\ncontent-type: application/x-amz-json-1.1\r\n");
    send(cloud, "POST /", service, &headers, &input.to_string(), PATIENCE).unwrap()
}

/// A call in one of the Query protocols.
pub(crate) fn query(cloud: &Cloud, service: &str, form: &str) -> Answer {
    let headers = "content-type: application/x-www-form-urlencoded\r\n";
    send(cloud, "POST /", service, headers, form, PATIENCE).unwrap()
}

/// A call to Lambda.
pub(crate) fn rest(cloud: &Cloud, line: &str, input: &Value) -> Answer {
    let body = if input.is_null() { String::new() } else { input.to_string() };
    send(cloud, line, "lambda", "content-type: application/json\r\n", &body, PATIENCE).unwrap()
}

/// Asks again until an answer will do, for two seconds at the most.
pub(crate) fn eventually<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(found) = ask() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it did not happen within two seconds");
}
