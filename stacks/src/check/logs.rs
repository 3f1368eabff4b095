//! LG: what becomes of the lines that tasks log.

use super::{
    facts::Facts,
    finding::Found,
    rule::{Decided, On, Rule, Severity},
};
use crate::{
    config::edit::NewValue,
    stack::{LogMode, Setting},
};

const OPTIONS: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html";

/// Room that much logging fills in a moment: ECS's own default, in MiB.
const LITTLE_MIB: u32 = 10;

pub(super) static RULES: [Rule; 4] = [
    Rule {
        id: "LG01",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "the service waits for its log",
        why: "With `blocking`, a log that cannot be delivered stops the service, and its health \
              checks fail.",
        source: OPTIONS,
        remedy: "Write `mode: non-blocking`.",
        decided: Decided::File(waits),
    },
    Rule {
        id: "LG02",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "much is logged into little room",
        why: "With `non-blocking`, lines that find no room are lost without a word.",
        source: OPTIONS,
        remedy: "Write `buffer: 25` or more, or log less.",
        decided: Decided::File(little_room),
    },
    Rule {
        id: "LG03",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "a number of days that CloudWatch Logs does not offer",
        why: "It keeps lines for certain numbers of days, or for ever, which is paid for.",
        source: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
        remedy: "Write one of the numbers that the message names.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "LG04",
        severity: Severity::Error,
        on: On::Fargate,
        title: "a log without the prefix of its streams",
        why: "Fargate refuses it.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html",
        remedy: "Name one.",
        decided: Decided::Design("ragctl always names one"),
    },
];

fn waits(facts: &Facts<'_>) -> Option<Found> {
    (facts.file.logs.mode == LogMode::Blocking).then(|| {
        let found = Found::at(
            &["logs.mode"],
            "the service stands still while its log cannot be delivered, and is then killed as \
             unhealthy",
            "write `mode: non-blocking`",
        );
        let value = NewValue::Text(LogMode::NonBlocking.as_str().to_owned());
        found.mended("logs.mode", value, "a log that is stuck stops nobody")
    })
}

fn little_room(facts: &Facts<'_>) -> Option<Found> {
    let logs = facts.file.logs;
    let environment = facts.file.service_environment();
    let Setting::Plain(level) = environment.get("LOG_LEVEL")? else { return None };
    let is_much = matches!(level.to_ascii_lowercase().as_str(), "debug" | "trace");
    let is_little = logs.mode == LogMode::NonBlocking && logs.buffer.get() <= LITTLE_MIB;
    (is_much && is_little).then(|| {
        let found = Found::at(
            &["logs.buffer", "service.environment.LOG_LEVEL"],
            format!(
                "LOG_LEVEL is {level}, and {} MiB are room for little: lines are lost",
                logs.buffer
            ),
            "write `buffer: 25` or more",
        );
        found.mended("logs.buffer", NewValue::Number(25), "room for much logging")
    })
}
