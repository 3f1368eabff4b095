//! LB: the load balancer, and what it does with requests that take long.

use super::{
    facts::Facts,
    finding::Found,
    rule::{Decided, On, Rule, Severity},
};
use crate::{
    config::edit::NewValue,
    stack::{Algorithm, Scheme, Target},
};

const IDLE: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout";
const ATTRIBUTES: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html";
const CREATE: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html";
const ECS: &str = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb.html";

/// What a request may take at the most, and a little more.
const ROOM_S: u32 = 20;

/// How much longer than a request may take the service leaves a silent connection open.
/// It stands in `service/src/serve.rs`.
const SILENCE_S: u32 = 60;

pub(super) static RULES: [Rule; 12] = [
    Rule {
        id: "LB01",
        severity: Severity::Warning,
        on: On::EveryTarget,
        title: "long answers are cut off",
        why: "The load balancer closes a connection on which nothing moves, 60 s by default, and \
              answers 504. An answer that is not streamed is silent until it is whole.",
        source: IDLE,
        remedy: "Make `load_balancer.idle_timeout` longer than `service.request_timeout`. On this \
                 machine it matters where a provider's model writes the answers.",
        decided: Decided::File(cut_off),
    },
    Rule {
        id: "LB02",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "the service closes connections before the load balancer does",
        why: "The load balancer keeps connections open for further requests. Where the service \
              closes one first, a request that was just sent on it ends in 502.",
        source: IDLE,
        remedy: "Keep `load_balancer.idle_timeout` below `service.request_timeout` plus 60 s.",
        decided: Decided::File(closes_first),
    },
    Rule {
        id: "LB03",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "requests in flight are cut off when a task stops",
        why: "A task that is stopped keeps its requests for `deregistration_delay`. What takes \
              longer ends in 502, in each deployment and whenever a task is removed.",
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html",
        remedy: "Make `load_balancer.deregistration_delay` as long as `service.request_timeout`. \
                 ECS waits for all of it, so that deployments take longer. On this machine it \
                 matters where a provider's model writes the answers.",
        decided: Decided::File(cut_when_stopped),
    },
    Rule {
        id: "LB04",
        severity: Severity::Note,
        on: On::Fargate,
        title: "tasks stop slowly",
        why: "ECS waits for the whole `deregistration_delay` before it stops a task, even an idle \
              one, and the task is paid for meanwhile.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html",
        remedy: "Write no more than `service.request_timeout` and a little.",
        decided: Decided::File(stops_slowly),
    },
    Rule {
        id: "LB05",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "Fargate does not wait this long for a task to stop",
        why: "Fargate kills a task 120 s after it was told to stop, at the latest. Requests in \
              flight are finished before that, see LB03.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
        remedy: "Write `stop_timeout:` and a duration up to 120s.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "LB06",
        severity: Severity::Error,
        on: On::Fargate,
        title: "the target group is not of the type `ip`",
        why: "A task on Fargate has its own network address, and can be reached by no other type.",
        source: ECS,
        remedy: "Make the target group with the type `ip`.",
        decided: Decided::Design("ragctl makes the target group, always with the type `ip`"),
    },
    Rule {
        id: "LB07",
        severity: Severity::Error,
        on: On::Aws,
        title: "the load balancer stands in one zone",
        why: "AWS refuses a load balancer with subnets of fewer than two zones.",
        source: CREATE,
        remedy: "Name a subnet of another zone. `ragctl verify` sees in which zones they are.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "LB08",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "a slow start that does not go with the algorithm",
        why: "AWS refuses slow start with `least_outstanding_requests`, and it does nothing for the \
              first task of an empty target group.",
        source: ATTRIBUTES,
        remedy: "Leave it out.",
        decided: Decided::Design("the file has no slow start, and ragctl sets none"),
    },
    Rule {
        id: "LB09",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "requests are dealt out in turn, although some take much longer",
        why: "Answers of a provider's model take from a second to minutes. In turn, a task that has \
              several long ones gets the next one as well.",
        source: ATTRIBUTES,
        remedy: "Write `algorithm: least_outstanding_requests`.",
        decided: Decided::File(in_turn),
    },
    Rule {
        id: "LB10",
        severity: Severity::Warning,
        on: On::Aws,
        title: "the internet is answered without encryption",
        why: "Questions, documents and answers can be read on the way.",
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html",
        remedy: "Name a certificate, or let only your own network in: `scheme: internal`.",
        decided: Decided::File(in_the_clear),
    },
    Rule {
        id: "LB11",
        severity: Severity::Error,
        on: On::Aws,
        title: "two services share a target group",
        why: "Each would take the other's tasks out during a deployment.",
        source: ECS,
        remedy: "Give each its own.",
        decided: Decided::Design("each stack has its own target group, named after it"),
    },
    Rule {
        id: "LB12",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "a name that AWS refuses",
        why: "A load balancer's name has at most 32 characters, and all that a stack owns begins \
              with the stack's name.",
        source: CREATE,
        remedy: "Write a shorter name of lower-case letters, digits and single hyphens.",
        decided: Decided::Mistake,
    },
];

/// Whether requests may take long there: on AWS, whoever deploys does not know what will be asked.
fn may_take_long(facts: &Facts<'_>) -> bool {
    !facts.is_on(Target::Local) || facts.waits_for_a_provider()
}

fn cut_off(facts: &Facts<'_>) -> Option<Found> {
    let longest = facts.longest_request_s();
    let idle = facts.file.load_balancer.idle_timeout;
    if !facts.has_balancer() || !may_take_long(facts) || idle.get() > longest {
        return None;
    }
    let better = longest + ROOM_S;
    let (path, request) = ("load_balancer.idle_timeout", facts.file.service.request_timeout);
    let found = Found::at(
        &[path, "service.request_timeout"],
        format!(
            "the load balancer closes a silent connection after {}, and a request may take {}: \
             callers get 504, and the service works on",
            facts.shown(path, idle),
            facts.shown("service.request_timeout", request)
        ),
        format!("write `idle_timeout: {better}s` beneath `load_balancer:`"),
    );
    let reason = format!("longer than the {longest}s that a request may take");
    Some(found.mended(path, NewValue::Text(format!("{better}s")), reason))
}

fn closes_first(facts: &Facts<'_>) -> Option<Found> {
    let longest = facts.longest_request_s();
    let (idle, open) = (facts.file.load_balancer.idle_timeout, longest + SILENCE_S);
    (idle.get() >= open).then(|| {
        let path = "load_balancer.idle_timeout";
        let better = longest + ROOM_S;
        let found = Found::at(
            &[path, "service.request_timeout"],
            format!(
                "the load balancer keeps a silent connection for {idle}, and the service closes it \
                 after {open}s: now and then a request ends in 502"
            ),
            format!("write `idle_timeout: {better}s` beneath `load_balancer:`"),
        );
        let reason = format!("less than the {open}s after which the service closes");
        found.mended(path, NewValue::Text(format!("{better}s")), reason)
    })
}

fn cut_when_stopped(facts: &Facts<'_>) -> Option<Found> {
    let longest = facts.longest_request_s();
    let delay = facts.file.load_balancer.deregistration_delay;
    if !may_take_long(facts) || delay.get() >= longest {
        return None;
    }
    let path = "load_balancer.deregistration_delay";
    let request = facts.file.service.request_timeout;
    let found = Found::at(
        &[path, "service.request_timeout"],
        format!(
            "a task that is stopped keeps its requests for {}, and one may take {}: what takes \
             longer is cut off in each deployment",
            facts.shown(path, delay),
            facts.shown("service.request_timeout", request)
        ),
        format!("write `deregistration_delay: {longest}s` beneath `load_balancer:`"),
    );
    let reason = format!("a request may take {longest}s");
    Some(found.mended(path, NewValue::Text(format!("{longest}s")), reason))
}

fn stops_slowly(facts: &Facts<'_>) -> Option<Found> {
    let longest = facts.longest_request_s();
    let delay = facts.file.load_balancer.deregistration_delay;
    (delay.get() >= 300 && delay.get() > longest + ROOM_S).then(|| {
        let path = "load_balancer.deregistration_delay";
        let found = Found::at(
            &[path, "service.request_timeout"],
            format!("each task takes {delay} to stop, and no request takes more than {longest}s"),
            format!("write `deregistration_delay: {longest}s` beneath `load_balancer:`"),
        );
        let reason = format!("no request takes more than {longest}s");
        found.mended(path, NewValue::Text(format!("{longest}s")), reason)
    })
}

fn in_turn(facts: &Facts<'_>) -> Option<Found> {
    let balancer = &facts.file.load_balancer;
    let most = facts.file.autoscaling.maximum.get();
    let is_in_turn = balancer.algorithm == Algorithm::RoundRobin;
    (is_in_turn && most > 1 && facts.waits_for_a_provider()).then(|| {
        let path = "load_balancer.algorithm";
        let found = Found::at(
            &[path],
            format!(
                "up to {most} tasks get requests in turn, even one that has long answers to finish"
            ),
            "write `algorithm: least_outstanding_requests`",
        );
        let value = NewValue::Text(Algorithm::LeastOutstandingRequests.as_str().to_owned());
        found.mended(path, value, "some answers take much longer than others")
    })
}

fn in_the_clear(facts: &Facts<'_>) -> Option<Found> {
    let balancer = &facts.file.load_balancer;
    // A listener that is there already has a protocol of its own.
    let is_public = facts.has_balancer() && balancer.scheme == Scheme::InternetFacing;
    if !is_public || balancer.listener.is_some() {
        return None;
    }
    if balancer.certificate.is_none() {
        return Some(Found::at(
            &["load_balancer.certificate", "load_balancer.scheme"],
            "clients reach the load balancer from the internet by HTTP alone",
            "name a certificate: `load_balancer: {certificate: arn:aws:acm:…}`, or write \
             `scheme: internal`",
        ));
    }
    (!balancer.redirect).then(|| {
        let found = Found::at(
            &["load_balancer.redirect"],
            "clients of HTTP are answered in the clear, although there is a certificate",
            "write `redirect: true`",
        );
        found.mended("load_balancer.redirect", NewValue::Switch(true), "HTTPS is to be had")
    })
}
