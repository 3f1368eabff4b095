//! Spans as sub-segments, over UDP to X-Ray's daemon, which is on the same machine and loses them silently or not at all.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>,
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon>

use std::{
    net::UdpSocket,
    time::{SystemTime, UNIX_EPOCH},
};

use opentelemetry::{Value as Attribute, trace::Status};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use serde_json::{Map, Value, json};

use super::ExportError;

/// Stands before each document.
const HEADER: &str = "{\"format\":\"json\",\"version\":1}\n";

/// The longest name of a segment.
const LONGEST_NAME: usize = 200;

/// X-Ray's daemon. A span is sent as it ends: there is nothing to send when the process is about to stand still.
#[derive(Debug)]
pub(super) struct Daemon(UdpSocket);

impl Daemon {
    /// The daemon at a host and port. Whether it is there cannot be known.
    pub(super) fn at(address: &str) -> Result<Self, ExportError> {
        let open = || {
            let socket = UdpSocket::bind(("0.0.0.0", 0))?;
            socket.connect(address)?;
            // A full buffer costs the span, and nobody's time.
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        open().map(Self).map_err(ExportError::Daemon)
    }
}

impl SpanExporter for Daemon {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        for span in &spans {
            let datagram = format!("{HEADER}{}", document(span));
            if let Err(error) = self.0.send(datagram.as_bytes()) {
                tracing::debug!(%error, "a span did not leave for X-Ray's daemon");
            }
        }
        Ok(())
    }
}

fn document(span: &SpanData) -> Value {
    let mut document = json!({
        "type": "subsegment",
        "name": name(&span.name),
        "id": span.span_context.span_id().to_string(),
        "trace_id": trace_id(&span.span_context.trace_id().to_string()),
        "parent_id": span.parent_span_id.to_string(),
        "start_time": seconds(span.start_time),
        "end_time": seconds(span.end_time),
    });
    let mut annotations = Map::new();
    let mut status: Option<i64> = None;
    for attribute in &span.attributes {
        let key = attribute.key.as_str();
        // It marks our spans for the layer, and is the same for all.
        if key == "target" {
            continue;
        }
        let value = value(&attribute.value);
        if key == "http.response.status_code" {
            status = value.as_i64();
        }
        annotations.insert(key.replace('.', "_"), value);
    }
    if !annotations.is_empty() {
        document["annotations"] = annotations.into();
    }
    // Whose fault it was, in X-Ray's words: the client's is an error, ours a fault.
    let is_fault =
        matches!(span.status, Status::Error { .. }) || status.is_some_and(|it| it >= 500);
    for (flag, is_set) in [
        ("fault", is_fault),
        ("error", status.is_some_and(|it| (400..500).contains(&it))),
        ("throttle", status == Some(429)),
    ] {
        if is_set {
            document[flag] = true.into();
        }
    }
    document
}

/// The letters that a name may have; others become `_`.
fn name(name: &str) -> String {
    let is_taken = |c: char| c.is_alphanumeric() || " _.:/%&#=+\\-@".contains(c);
    name.chars().take(LONGEST_NAME).map(|c| if is_taken(c) { c } else { '_' }).collect()
}

/// X-Ray writes the seconds by themselves.
fn trace_id(hex: &str) -> String {
    let (seconds, random) = hex.split_at(8);
    format!("1-{seconds}-{random}")
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Annotations are words, numbers and truths. Unsigned numbers come as words.
fn value(value: &Attribute) -> Value {
    match value {
        Attribute::Bool(truth) => Value::from(*truth),
        Attribute::I64(number) => Value::from(*number),
        Attribute::F64(number) => Value::from(*number),
        other => {
            let words = other.as_str();
            words.parse::<i64>().map_or_else(|_| Value::from(&*words), Value::from)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_are_as_x_ray_takes_them() {
        assert_eq!(
            trace_id("5759e988bd862e3fe1be46a994272793"),
            "1-5759e988-bd862e3fe1be46a994272793"
        );
        assert_eq!(name("GET /documents/{id}"), "GET /documents/_id_");
        assert_eq!(name(&"x".repeat(300)).len(), LONGEST_NAME);
    }
}
