//! What Lambda writes of an invocation.
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report>

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

/// A `platform.report`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// When it was written.
    pub time: Timestamp,
    /// `platform.report`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it says.
    pub record: Record,
}

/// What a report says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// What Lambda calls the invocation.
    pub request_id: String,
    /// How it ended.
    pub status: Status,
    /// Why, when it did not end well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// Its figures.
    pub metrics: Metrics,
}

/// The figures of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Metrics {
    /// From the event to the question for the next one.
    #[serde(rename = "durationMs")]
    pub duration_ms: f64,
    /// Of a cold start on demand: from the start of the process to its first question.
    #[serde(rename = "initDurationMs", skip_serializing_if = "Option::is_none")]
    pub init_duration_ms: Option<f64>,
    /// Both, in whole milliseconds: for programs on an OS-only runtime or in an image Lambda always billed the init, for all
    /// others since 2025-08-01. <https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase>
    #[serde(rename = "billedDurationMs")]
    pub billed_duration_ms: u64,
    /// The memory that it was given.
    #[serde(rename = "memorySizeMB")]
    pub memory_size_mb: u32,
    /// The most of it that it has used since its sandbox began.
    #[serde(rename = "maxMemoryUsedMB")]
    pub max_memory_used_mb: u64,
}

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// With an answer.
    Success,
    /// With an error that the function told.
    Error,
    /// With the end of the process.
    Failure,
    /// With the end of its time.
    Timeout,
}

impl Metrics {
    pub(super) fn new(
        duration: Duration,
        init: Option<Duration>,
        memory_size_mb: u32,
        peak_bytes: u64,
    ) -> Self {
        let total = duration + init.unwrap_or_default();
        Self {
            duration_ms: ms(duration),
            init_duration_ms: init.map(ms),
            billed_duration_ms: u64::try_from(total.as_micros().div_ceil(1000)).unwrap_or(u64::MAX),
            memory_size_mb,
            max_memory_used_mb: peak_bytes.div_ceil(1024 * 1024),
        }
    }
}

/// Milliseconds with three digits, as Lambda writes them.
fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_lambdas_names_and_begun_milliseconds_are_billed() {
        let ms = Duration::from_millis;
        let metrics = Metrics::new(ms(10) + Duration::from_micros(1), Some(ms(5)), 128, 20_000_001);
        let record = Record {
            request_id: "a".to_owned(),
            status: Status::Success,
            error_type: None,
            metrics,
        };
        let report = Report { time: Timestamp::UNIX_EPOCH, kind: "platform.report", record };
        assert_eq!(
            serde_json::to_value(report).unwrap(),
            serde_json::json!({
                "time": "1970-01-01T00:00:00Z", "type": "platform.report",
                "record": {
                    "requestId": "a", "status": "success",
                    "metrics": {
                        "durationMs": 10.001, "initDurationMs": 5.0, "billedDurationMs": 16,
                        "memorySizeMB": 128, "maxMemoryUsedMB": 20,
                    },
                },
            })
        );
    }
}
