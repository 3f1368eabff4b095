//! The container's own health check.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::Whole;
use super::seconds::Seconds;

/// The container's own health check, which runs `rag-service healthcheck` inside it.
///
/// A container that fails it is stopped and replaced.
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// Time from one check to the next.
    pub interval: Seconds<5, 300>,
    /// Time that one check may take; at most the interval.
    pub timeout: Seconds<2, 60>,
    /// Failures in a row that make the container unhealthy.
    pub retries: Whole<1, 10>,
    /// Time after the start in which failures do not count.
    pub start_period: Seconds<0, 300>,
}
