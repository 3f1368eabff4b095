//! The line in which Lambda reports a call.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html>

use std::time::Duration;

use serde_json::{Value, json};

use super::function::Function;
use crate::input::{set, text, whole};

/// Memory in MB that has one processor.
const ONE_PROCESSOR: f64 = 1769.0;

/// What a new environment takes before its first event, in milliseconds.
const INIT: f64 = 100.0;

/// What every event takes besides its work, in milliseconds.
const HANDING_OVER: f64 = 1.0;

/// A call, and the environment that it finds: each version has one.
pub(super) struct Called {
    memory: i64,
    /// Whether the environment is new.
    is_new: bool,
    /// Whether it was there before the call.
    is_ahead: bool,
    /// How the function logs.
    logging: Value,
}

impl Called {
    /// A call of a version, whose environment is not new any more afterwards.
    pub(super) fn now(function: &mut Function, number: &str) -> Self {
        let mut ahead = function.provisioned.keys();
        let is_ahead = ahead.any(|it| function.number_of(it) == Some(number));
        let version = number.parse().ok().and_then(|it: u64| function.versions.get_mut(&it));
        let (is_new, fields) = match version {
            Some(version) => (!std::mem::replace(&mut version.is_warm, true), &version.fields),
            None => (false, &function.fields),
        };
        Self {
            memory: whole(fields, "MemorySize").unwrap_or_default(),
            is_new,
            is_ahead,
            logging: fields["LoggingConfig"].clone(),
        }
    }

    /// The line, where the function's log has it.
    pub(super) fn report(&self, work: Duration) -> String {
        let memory = u32::try_from(self.memory).map_or(ONE_PROCESSOR, f64::from);
        let share = (memory / ONE_PROCESSOR).min(1.0);
        let duration = HANDING_OVER + work.as_secs_f64() * 1e3 / share;
        // Nobody waits for what was set up ahead, and no call pays for it; the first one reports it all the same.
        let paid = duration + if self.is_new && !self.is_ahead { INIT } else { 0.0 };
        let paid = paid.ceil();
        if text(&self.logging, "LogFormat") != Some("JSON") {
            let init =
                if self.is_new { format!("\tInit Duration: {INIT:.2} ms") } else { String::new() };
            return format!(
                "REPORT RequestId: 1\tDuration: {duration:.2} ms\tBilled Duration: {paid} ms\t\
                 Memory Size: {} MB\tMax Memory Used: 30 MB{init}\t\n",
                self.memory
            );
        }
        if text(&self.logging, "SystemLogLevel") == Some("WARN") {
            return String::new();
        }
        let mut metrics = json!({"durationMs": duration, "billedDurationMs": paid,
                                 "memorySizeMB": self.memory, "maxMemoryUsedMB": 30});
        if self.is_new {
            set(&mut metrics, "initDurationMs", INIT);
        }
        let record = json!({"requestId": "1", "metrics": metrics, "status": "success"});
        format!("{}\n", json!({"type": "platform.report", "record": record}))
    }
}
