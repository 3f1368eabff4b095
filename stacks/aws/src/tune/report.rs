//! The line in which Lambda reports an invocation, as text and as JSON.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html#nodejs-logging-output>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report>

use ragctl_stacks::tune::Run;
use serde::Deserialize;

/// A line of the system's log in JSON.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    record: Record,
}

#[derive(Deserialize)]
struct Record {
    metrics: Metrics,
}

/// The figures of an invocation.
#[derive(Deserialize)]
struct Metrics {
    #[serde(rename = "durationMs")]
    duration: f64,
    #[serde(rename = "initDurationMs")]
    init: Option<f64>,
    #[serde(rename = "billedDurationMs")]
    billed: f64,
    #[serde(rename = "maxMemoryUsedMB")]
    peak: f64,
}

/// What the last report in a log says.
pub(super) fn read(log: &str) -> Option<Run> {
    log.lines().rev().find_map(|line| metrics(line.trim())).map(|it| Run {
        // The way from and to the caller is no part of it.
        answer_ms: it.duration + it.init.unwrap_or_default(),
        duration_ms: it.duration,
        init_ms: it.init,
        billed_ms: it.billed,
        peak_mb: it.peak,
    })
}

fn metrics(line: &str) -> Option<Metrics> {
    if let Some(text) = line.strip_prefix("REPORT ") {
        // "Duration" is the end of other names too, so that names are compared as a whole.
        let of = |name: &str| {
            let pairs = text.split('\t').filter_map(|it| it.split_once(": "));
            let (_, value) = pairs.into_iter().find(|(it, _)| it.trim() == name)?;
            value.split(' ').next()?.parse().ok()
        };
        return Some(Metrics {
            duration: of("Duration")?,
            init: of("Init Duration"),
            billed: of("Billed Duration")?,
            peak: of("Max Memory Used")?,
        });
    }
    let line: Line =
        serde_json::from_str(line).ok().filter(|it: &Line| it.kind == "platform.report")?;
    Some(line.record.metrics)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLD: &str = "START RequestId: 8f5 Version: 7\nREPORT of mine: no figures\nEND RequestId: 8f5\n\
        REPORT RequestId: 8f5\tDuration: 12.34 ms\tBilled Duration: 153 ms\tMemory Size: 512 MB\tMax Memory Used: 31 MB\tInit Duration: 140.20 ms\t\n\
        XRAY TraceId: 1-5e3\tSegmentId: 3d\tSampled: true\n";

    const WARM: &str = r#"{"level":"INFO","message":"answered"}
{"time":"2026-11-27T10:00:00.000Z","type":"platform.report","record":{"requestId":"8f5","metrics":{"durationMs":2.345,"billedDurationMs":3,"memorySizeMB":512,"maxMemoryUsedMB":31},"status":"success"}}"#;

    #[test]
    fn reports_are_read_in_both_forms() {
        let cold = read(COLD).unwrap();
        assert_eq!((cold.duration_ms, cold.init_ms), (12.34, Some(140.2)));
        assert_eq!((cold.billed_ms, cold.peak_mb), (153.0, 31.0));
        assert!((cold.answer_ms - 152.54).abs() < 1e-9);
        let warm = read(WARM).unwrap();
        assert_eq!((warm.duration_ms, warm.init_ms), (2.345, None));
        assert_eq!((warm.billed_ms, warm.peak_mb, warm.answer_ms), (3.0, 31.0, 2.345));
    }

    #[test]
    fn a_log_without_a_report_says_nothing() {
        for log in ["", "END RequestId: 8f5", r#"{"type":"platform.start","record":{}}"#] {
            assert_eq!(read(log), None, "{log}");
        }
    }
}
