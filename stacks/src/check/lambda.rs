//! LA: the target `lambda`, which this version knows and does not deploy to.

use super::rule::{Decided, On, Rule, Severity};

const NOT_YET: &str = "this version does not deploy to `lambda`, and refuses to";

pub(super) static RULES: [Rule; 6] = [
    Rule {
        id: "LA01",
        severity: Severity::Error,
        on: On::Lambda,
        title: "provisioned concurrency that nobody reaches",
        why: "It belongs to a version or an alias, never to `$LATEST`, and is used only by what \
              calls that alias.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
        remedy: "Call the alias.",
        decided: Decided::Design(NOT_YET),
    },
    Rule {
        id: "LA02",
        severity: Severity::Error,
        on: On::Lambda,
        title: "SnapStart where it does not work",
        why: "It works for managed runtimes of Java, Python and .NET, not for images or for Rust.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html",
        remedy: "Leave it out.",
        decided: Decided::Design(NOT_YET),
    },
    Rule {
        id: "LA03",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "a start of more than 10 s",
        why: "Lambda breaks a start off after 10 s, and begins it again within the request.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html",
        remedy: "Start faster, or provision concurrency.",
        decided: Decided::Design(NOT_YET),
    },
    Rule {
        id: "LA04",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "a gateway that gives up before the function does",
        why: "An API gateway waits 29 or 30 s unless its limit is raised.",
        source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
        remedy: "Lower `service.request_timeout`, or raise the limit.",
        decided: Decided::Design(NOT_YET),
    },
    Rule {
        id: "LA05",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "bodies of more than 1 MB",
        why: "A load balancer passes at most 1 MB to a function, and back.",
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html",
        remedy: "Keep them smaller.",
        decided: Decided::Design(NOT_YET),
    },
    Rule {
        id: "LA06",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "a log level that has no meaning",
        why: "Lambda filters lines by their level only where they are JSON.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html",
        remedy: "Log JSON.",
        decided: Decided::Design(NOT_YET),
    },
];
