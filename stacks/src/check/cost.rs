//! CO: what a stack costs without doing anything.

use super::rule::{Decided, On, Rule, Severity};

pub(super) static RULES: [Rule; 1] = [Rule {
    id: "CO02",
    severity: Severity::Warning,
    on: On::Fargate,
    title: "a NAT gateway for one small service",
    why: "It costs as much as the service itself: about 33 dollars a month.",
    source: "https://aws.amazon.com/vpc/pricing/",
    remedy: "Give the tasks public addresses and a closed security group, or use endpoints.",
    decided: Decided::Design(
        "ragctl makes no NAT gateway: without a `network` in the file, tasks get public addresses \
         and let in the load balancer alone",
    ),
}];
