//! Where spans go. The names are OpenTelemetry's.
//! <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>

use reqwest::Url;

use super::read::Reader;

/// Where spans go, and which.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSettings {
    /// Who takes them; without one there are none.
    pub to: TraceTarget,
    /// What the service is called there. `OTEL_SERVICE_NAME`, default `rag-service`.
    pub service: String,
    /// The share of traces that are exported, 0 to 1; a client that says so of its own trace decides.
    /// `OTEL_TRACES_SAMPLER_ARG`, default 1.
    pub share: f64,
}

/// Who takes spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceTarget {
    /// A collector that speaks OTLP over HTTP, by its base URL. `OTEL_EXPORTER_OTLP_ENDPOINT`.
    Collector(Url),
    /// X-Ray's daemon, by host and port. `AWS_XRAY_DAEMON_ADDRESS`, which a function on AWS Lambda always has; a collector
    /// goes before it.
    XRayDaemon(String),
}

impl TraceSettings {
    pub(super) fn read<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Option<Self> {
        const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
        let daemon = from.text("AWS_XRAY_DAEMON_ADDRESS").map(|address| udp(&address).to_owned());
        let to = match (from.text(ENDPOINT), daemon) {
            (Some(_), _) => {
                TraceTarget::Collector(from.base_url(ENDPOINT, "http://127.0.0.1:4318"))
            }
            (None, Some(address)) => TraceTarget::XRayDaemon(address),
            (None, None) => return None,
        };
        // The exporter reads them itself, so that they stand nowhere else; it would pass over what it cannot read.
        if from.text(HEADERS).is_some_and(|headers| !headers.split(',').all(is_header)) {
            from.complain(format!("{HEADERS}: it is not a list such as name=value,other=value"));
        }
        let service = from.text("OTEL_SERVICE_NAME").unwrap_or_else(|| "rag-service".to_owned());
        let share = from.number("OTEL_TRACES_SAMPLER_ARG", 1.0, 0.0..=1.0);
        Some(Self { to, service, share })
    }
}

/// An address is `host:port`, or `tcp:host:port udp:host:port`.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon-configuration.html>
fn udp(address: &str) -> &str {
    let named = address.split_whitespace().find_map(|part| part.strip_prefix("udp:"));
    named.unwrap_or(address)
}

fn is_header(pair: &str) -> bool {
    let Some((name, value)) = pair.split_once('=') else { return false };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let (name, value) = (name.trim(), value.trim());
    !name.is_empty() && name.chars().all(is_name) && value.chars().all(|c| c.is_ascii_graphic())
}
