//! The one address that clients use, and how it chooses who answers.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::matcher::StatusMatcher;
use super::number::{Port, Whole};
use super::seconds::Seconds;
use super::url::HttpPath;

/// The load balancer: the one address that clients use.
///
/// Sources: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>,
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancer {
    /// Port that clients connect to.
    pub port: Port,
    /// Silence after which a connection is closed; a silent answer must be faster than this.
    pub idle_timeout: Seconds<1, 4000>,
    /// Time that a task which is being stopped keeps for the requests that it has.
    pub deregistration_delay: Seconds<0, 3600>,
    /// How a task is chosen for a request.
    pub algorithm: Algorithm,
    /// The check that decides which tasks get requests.
    pub health_check: TargetHealthCheck,
}

/// How a load balancer chooses a task for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Algorithm {
    /// Each in turn.
    RoundRobin,
    /// Whoever has the fewest unanswered requests; better where some take much longer.
    LeastOutstandingRequests,
}

impl Algorithm {
    /// The word that stands for it in the file, and in AWS's attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::LeastOutstandingRequests => "least_outstanding_requests",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The load balancer's check of each task; only healthy tasks get requests.
///
/// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetHealthCheck {
    /// Path that is asked.
    pub path: HttpPath,
    /// Time from one check to the next.
    pub interval: Seconds<5, 300>,
    /// Time that an answer may take; less than the interval.
    pub timeout: Seconds<2, 120>,
    /// Successes in a row that make an unhealthy task healthy again.
    pub healthy_threshold: Whole<2, 10>,
    /// Failures in a row that make a task unhealthy.
    pub unhealthy_threshold: Whole<2, 10>,
    /// Status codes that count as healthy.
    pub matcher: StatusMatcher,
}
