//! ED: what stands in front of the load balancer, at the edge.

use super::rule::{Decided, On, Rule, Severity};

const LIMITS: &str = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html";
const NOTHING_YET: &str =
    "nothing stands in front of the load balancer: ragctl makes no distribution";

pub(super) static RULES: [Rule; 7] = [
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
        decided: Decided::Design(NOTHING_YET),
    },
    Rule {
        id: "ED02",
        severity: Severity::Error,
        on: On::Fargate,
        title: "an edge function before an origin in a VPC",
        why: "CloudFront runs no origin functions for an origin in a VPC.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html",
        remedy: "Use a public load balancer.",
        decided: Decided::Design(NOTHING_YET),
    },
    Rule {
        id: "ED03",
        severity: Severity::Error,
        on: On::Fargate,
        title: "answers that take longer than CloudFront waits",
        why: "CloudFront waits 120 s at most for an answer that is not streamed.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html",
        remedy: "Lower `service.request_timeout`, or stream.",
        decided: Decided::Design(NOTHING_YET),
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
        decided: Decided::Design(NOTHING_YET),
    },
    Rule {
        id: "ED05",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "a second origin that no question ever reaches",
        why: "CloudFront tries a second origin for GET, HEAD and OPTIONS only.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html",
        remedy: "Do not count on it.",
        decided: Decided::Design(NOTHING_YET),
    },
    Rule {
        id: "ED06",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "each request asks first whether the service is warm",
        why: "That adds the way there and back to each of them.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-cloudfront-trigger-events.html",
        remedy: "Look at the answer instead.",
        decided: Decided::Design(NOTHING_YET),
    },
    Rule {
        id: "ED07",
        severity: Severity::Note,
        on: On::Fargate,
        title: "edge functions go hours after the rest",
        why: "CloudFront removes their copies within hours, and they cannot be deleted before.",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-delete-replicas.html",
        remedy: "Take the stack down in two steps.",
        decided: Decided::Design(NOTHING_YET),
    },
];
