//! Which cold-start strategies are on, with their settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aws_id::{CertificateArn, HostName};
use super::lambda::{FunctionConcurrency, Utilization};
use super::number::Workers;
use super::schedule::Schedule;
use super::seconds::Seconds;
use super::url::HttpPath;

/// Which cold-start strategies are on; `None` is off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strategies {
    /// Warm at start, ready when warm.
    pub prewarm: Option<Prewarm>,
    /// Fewer workers in each pool.
    pub reduced_workers: Option<ReducedWorkers>,
    /// Listen at once, answer 202 until warm.
    pub async_init: Option<AsyncInit>,
    /// Ask on a schedule.
    pub keepalive: Option<Keepalive>,
    /// Warm a cold back end, and send its callers away for a while.
    pub edge_prewarm: Option<EdgePrewarm>,
    /// Keep sandboxes of a function set up ahead.
    pub provisioned_concurrency: Option<ProvisionedConcurrency>,
}

/// Settings of `prewarm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prewarm {
    /// Time that warming is expected to take; health checks wait for it.
    pub warm_up: WarmUp,
}

/// How long warming may be expected to take.
pub type WarmUp = Seconds<1, 600>;

/// Settings of `reduced-workers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReducedWorkers {
    /// Most workers of each pool.
    pub workers: Workers,
}

/// `async-init` has no settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AsyncInit {}

/// Settings of `keepalive`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keepalive {
    /// When the service is asked: `rate(10 minutes)`, or `cron(…)` in UTC.
    pub schedule: Schedule,
    /// Path that is asked.
    pub path: HttpPath,
}

/// Settings of `edge-prewarm`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgePrewarm {
    /// Time after which a caller is told to ask again.
    pub retry_after: RetryAfter,
    /// Time that the answer to `POST /warmup` is awaited.
    pub limit: WarmupLimit,
    /// Name by which clients reach CloudFront; absent: the one that AWS gives it.
    #[serde(default)]
    pub domain: Option<HostName>,
    /// Certificate for that name, by its ARN in Certificate Manager in us-east-1.
    #[serde(default)]
    pub certificate: Option<CertificateArn>,
}

/// Settings of `provisioned-concurrency`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvisionedConcurrency {
    /// Sandboxes that are set up ahead, at least.
    pub minimum: FunctionConcurrency,
    /// The most that are, where there are more by autoscaling.
    pub maximum: FunctionConcurrency,
    /// The share of them that should be in use, in percent: above it more are set up.
    pub utilization: Utilization,
}

/// After which time a caller may be told to ask again.
pub type RetryAfter = Seconds<1, 600>;

/// How long the answer to `POST /warmup` may be awaited. A function at the edge has 30 s in all.
///
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>
pub type WarmupLimit = Seconds<1, 10>;
