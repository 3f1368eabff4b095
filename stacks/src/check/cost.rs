//! CO: what a stack costs without doing anything.

use super::rule::{Decided, On, Rule, Severity};

pub(super) static RULES: [Rule; 2] = [COSTS_WHILE_IDLE, NAT];

const COSTS_WHILE_IDLE: Rule = Rule {
    id: "CO01",
    severity: Severity::Note,
    on: On::Aws,
    title: "what a month costs, and what of it while nobody asks",
    why: "A load balancer and its addresses are paid for while no task runs.",
    source: "https://aws.amazon.com/elasticloadbalancing/pricing/",
    remedy: "Look before you deploy.",
    decided: Decided::Design(
        "`ragctl plan` and `ragctl deploy` end with it, and `ragctl cost` says it item by item",
    ),
};

const NAT: Rule = Rule {
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
};
