//! ED: what stands in front of the load balancer, at the edge.

use super::{
    facts::Facts,
    finding::Found,
    rule::{Decided, On, Rule, Severity},
};
use crate::seconds;

const LIMITS: &str = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html";
pub(super) static RULES: [Rule; 9] = [
    Rule {
        id: "ED01",
        severity: Severity::Error,
        on: On::Fargate,
        title: "an edge function that CloudFront refuses",
        why: "At the edge there are no environment variables, no layers, no VPC, no ARM, no tracing \
              and no provisioned concurrency; a function is in us-east-1, has a numbered version, \
              and is written for Node.js or Python.",
        source: LIMITS,
        remedy: "Write it so.",
        decided: Decided::Design("ragctl writes it so, and writes what it is told into its code"),
    },
    Rule {
        id: "ED02",
        severity: Severity::Error,
        on: On::Fargate,
        title: "an edge function before an origin in a VPC",
        why: "CloudFront runs no origin functions for an origin in a VPC.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html",
        remedy: "Use a public load balancer.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "ED03",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "answers that take longer than CloudFront waits",
        why: "CloudFront waits 120 s at most for an answer that is not streamed; then its caller gets \
              504, and the work is lost.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html",
        remedy: "Lower `service.request_timeout`, or stream.",
        decided: Decided::Strategy("edge-prewarm", too_slow),
    },
    Rule {
        id: "ED04",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "an error that is kept for others",
        why: "CloudFront keeps an error for 10 s unless it is told otherwise, a 503 of a cold start \
              among them.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html",
        remedy: "Let it keep 502, 503 and 504 for 0 s.",
        decided: Decided::Design("ragctl has CloudFront keep them for 0 s"),
    },
    Rule {
        id: "ED05",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "a second origin that no question ever reaches",
        why: "CloudFront tries a second origin for GET, HEAD and OPTIONS only.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html",
        remedy: "Do not count on it.",
        decided: Decided::Design("ragctl gives CloudFront one origin"),
    },
    Rule {
        id: "ED06",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "each request asks first whether the service is warm",
        why: "That adds the way there and back to each of them.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-cloudfront-trigger-events.html",
        remedy: "Look at the answer instead.",
        decided: Decided::Design("the function that ragctl makes looks at answers alone"),
    },
    Rule {
        id: "ED07",
        severity: Severity::Note,
        on: On::Fargate,
        title: "edge functions go hours after the rest",
        why: "CloudFront removes their copies within hours, and they cannot be deleted before.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-delete-replicas.html",
        remedy: "Take the stack down in two steps.",
        decided: Decided::Design("`ragctl destroy` takes two steps, and says so"),
    },
    Rule {
        id: "ED08",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "edge-prewarm hardly ever meets a cold back end",
        why: "Without `idle`, tasks always run, and a back end is cold only after one has failed.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html",
        remedy: "Switch edge-prewarm off, or `idle` on.",
        decided: Decided::Strategy("edge-prewarm", never_cold),
    },
    Rule {
        id: "ED09",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "async-init hides a cold back end from the edge",
        why: "A cold service with async-init answers 202, which is no failure that the edge could \
              see.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-cloudfront-trigger-events.html",
        remedy: "Switch one of the two off.",
        decided: Decided::Strategy("edge-prewarm", hidden),
    },
];

/// The longest that CloudFront waits, in seconds.
const LONGEST: u64 = 120;

fn too_slow(facts: &Facts<'_>) -> Option<Found> {
    facts.file.strategies.edge_prewarm.as_ref()?;
    let may_take = facts.file.service.request_timeout.duration();
    if may_take.as_secs() <= LONGEST {
        return None;
    }
    let shown = facts.shown("service.request_timeout", seconds::text(may_take));
    Some(Found::at(
        &["service.request_timeout", "strategies.edge-prewarm"],
        format!("an answer may take {shown}, and CloudFront waits {LONGEST} s"),
        "write `request_timeout: 120s` beneath `service:`",
    ))
}

fn never_cold(facts: &Facts<'_>) -> Option<Found> {
    facts.file.strategies.edge_prewarm.as_ref()?;
    if facts.file.idle.is_some() {
        return None;
    }
    Some(Found::at(
        &["strategies.edge-prewarm", "idle"],
        "tasks always run, because `idle` is off, so that a cold back end is met only after a task \
         has failed",
        "switch edge-prewarm off, or `idle` on",
    ))
}

fn hidden(facts: &Facts<'_>) -> Option<Found> {
    let strategies = &facts.file.strategies;
    strategies.edge_prewarm.as_ref()?;
    strategies.async_init?;
    // Without `idle`, the other rule says that there is nothing to see.
    facts.file.idle?;
    Some(Found::at(
        &["strategies.async-init", "strategies.edge-prewarm"],
        "a caller of a sleeping stack gets 202 from `async-init`, which is no failure to be seen",
        "switch one of the two off",
    ))
}
