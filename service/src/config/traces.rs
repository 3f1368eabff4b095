//! Where spans go. The names are OpenTelemetry's.
//! <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>

use reqwest::Url;

use super::read::Reader;

/// Where spans go, and which.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSettings {
    /// Base URL of a collector that speaks OTLP over HTTP. `OTEL_EXPORTER_OTLP_ENDPOINT`; without it there are none.
    pub endpoint: Url,
    /// What the service is called there. `OTEL_SERVICE_NAME`, default `rag-service`.
    pub service: String,
    /// The share of traces that are exported, 0 to 1; a client that says so of its own trace decides.
    /// `OTEL_TRACES_SAMPLER_ARG`, default 1.
    pub share: f64,
}

impl TraceSettings {
    pub(super) fn read<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Option<Self> {
        const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
        from.text(ENDPOINT)?;
        let endpoint = from.base_url(ENDPOINT, "http://127.0.0.1:4318");
        // The exporter reads them itself, so that they stand nowhere else; it would pass over what it cannot read.
        if from.text(HEADERS).is_some_and(|headers| !headers.split(',').all(is_header)) {
            from.complain(format!("{HEADERS}: it is not a list such as name=value,other=value"));
        }
        let service = from.text("OTEL_SERVICE_NAME").unwrap_or_else(|| "rag-service".to_owned());
        let share = from.number("OTEL_TRACES_SAMPLER_ARG", 1.0, 0.0..=1.0);
        Some(Self { endpoint, service, share })
    }
}

fn is_header(pair: &str) -> bool {
    let Some((name, value)) = pair.split_once('=') else { return false };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let (name, value) = (name.trim(), value.trim());
    !name.is_empty() && name.chars().all(is_name) && value.chars().all(|c| c.is_ascii_graphic())
}
