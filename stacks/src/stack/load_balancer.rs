//! The one address that clients use, and how it chooses who answers.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aws_id::{CertificateArn, HostName, ListenerArn};
use super::matcher::StatusMatcher;
use super::number::{Port, Whole};
use super::seconds::Seconds;
use super::url::HttpPath;
use super::value::{FromText, ValueError, quoted, text_value};

/// The load balancer: the one address that clients use.
///
/// Sources: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>,
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancer {
    /// Port that clients connect to; on AWS the port of HTTP.
    pub port: Port,
    /// Who can reach it on AWS.
    pub scheme: Scheme,
    /// Certificate that it shows on AWS, by its ARN in Certificate Manager; absent: no HTTPS.
    #[serde(default)]
    pub certificate: Option<CertificateArn>,
    /// Port of HTTPS, where there is a certificate.
    pub https_port: Port,
    /// Whether clients of HTTP are sent to HTTPS, where there is a certificate.
    pub redirect: bool,
    /// Name by which clients reach it on AWS; absent: the one that AWS gives it.
    #[serde(default)]
    pub domain: Option<HostName>,
    /// Listener on AWS that is there already, for a share of its requests; absent: a balancer of
    /// the stack's own.
    #[serde(default)]
    pub listener: Option<ExistingListener>,
    /// Silence after which a connection is closed; a silent answer must be faster than this.
    pub idle_timeout: Seconds<1, 4000>,
    /// Time that a task which is being stopped keeps for the requests that it has.
    pub deregistration_delay: Seconds<0, 3600>,
    /// How a task is chosen for a request.
    pub algorithm: Algorithm,
    /// The check that decides which tasks get requests.
    pub health_check: TargetHealthCheck,
}

/// Who can reach a load balancer on AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Scheme {
    /// Everybody.
    InternetFacing,
    /// Its own network.
    Internal,
}

/// A listener that somebody else owns, and the share of its requests that is the stack's.
///
/// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ExistingListener {
    /// The listener's ARN.
    pub arn: ListenerArn,
    /// Among the listener's rules, the lowest number that matches decides.
    pub priority: Whole<1, 50_000>,
    /// Host names that are the stack's.
    #[serde(default)]
    pub hosts: Vec<HostName>,
    /// Paths that are the stack's, with `*` for anything.
    #[serde(default)]
    pub paths: Vec<PathPattern>,
}

/// A pattern of paths, such as `/answers/*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathPattern(String);

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for PathPattern {
    const EXPECTED: &'static str = "a pattern of paths such as `/answers/*`";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let refused = || ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED);
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.$/~\"'@:+*?&".contains(c);
        if text.len() > 128 || !text.chars().all(allowed) {
            return Err(refused());
        }
        if !text.starts_with('/') {
            return Err(refused().suggest(format!("/{text}")));
        }
        Ok(Self(text.to_owned()))
    }
}

text_value!(PathPattern, { "pattern": "^/", "maxLength": 128 });

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
