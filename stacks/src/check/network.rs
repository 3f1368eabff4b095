//! NW: subnets, routes and security groups. Most of it only AWS can answer: `ragctl verify` asks.

use super::{
    facts::Facts,
    finding::Found,
    rule::{Decided, On, Rule, Severity},
};
use crate::config::edit::NewValue;

const TASKS: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html";
const ENDPOINTS: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html";

pub(super) static RULES: [Rule; 5] = [
    Rule {
        id: "NW01",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "tasks in public subnets without an address of their own",
        why: "In a public subnet, a task without a public address reaches neither the registry nor \
              the models, and stops with CannotPullContainerError.",
        source: TASKS,
        remedy: "Write `public_ip: true`, or name private subnets with a way out. `ragctl verify` \
                 sees which ways the subnets have.",
        decided: Decided::File(no_address),
    },
    Rule {
        id: "NW02",
        severity: Severity::Error,
        on: On::Fargate,
        title: "tasks in private subnets without a way to AWS",
        why: "Without a NAT gateway, a task needs endpoints for the registry, for S3, for logs and \
              for its secrets; everything goes through its own address.",
        source: ENDPOINTS,
        remedy: "Add the endpoints or a NAT gateway.",
        decided: Decided::Verify,
    },
    Rule {
        id: "NW04",
        severity: Severity::Error,
        on: On::Fargate,
        title: "tasks that the load balancer cannot reach, or that everybody can",
        why: "The tasks' security group must allow the service's port from the load balancer, and \
              from nobody else.",
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
        remedy: "Allow the port from the load balancer's group alone.",
        decided: Decided::Design(
            "ragctl makes a group for the tasks that lets in the load balancer's group alone",
        ),
    },
    Rule {
        id: "NW05",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "models that the tasks cannot reach",
        why: "A provider on the internet cannot be asked from private subnets without a NAT \
              gateway, so that questions hang.",
        source: TASKS,
        remedy: "Add a NAT gateway, or name public subnets and `public_ip: true`.",
        decided: Decided::Verify,
    },
    Rule {
        id: "NW06",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "fewer free addresses than tasks",
        why: "Each task needs an address of its subnet, and a deployment runs twice as many tasks \
              for a while. Those that get none wait.",
        source: TASKS,
        remedy: "Name larger subnets, or lower `autoscaling.maximum`.",
        decided: Decided::Verify,
    },
];

fn no_address(facts: &Facts<'_>) -> Option<Found> {
    let network = &facts.file.network;
    (network.public_ip == Some(false) && network.subnets.is_empty()).then(|| {
        let found = Found::at(
            &["network.public_ip"],
            "tasks get no public address, and no subnets are named: those of a default VPC have no \
             other way to the registry",
            "write `public_ip: true`, or name private subnets with a way out; `ragctl verify` \
             sees which they have",
        );
        let reason = "the only way out of a default VPC";
        found.mended("network.public_ip", NewValue::Switch(true), reason)
    })
}
