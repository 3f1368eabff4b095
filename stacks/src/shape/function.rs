//! A function of AWS Lambda that takes requests.

use std::time::Duration;

use super::{Balancer, Warming, balancer, has_database, log_days, schedule, secrets, warming};
use crate::{
    address::{Address, Kind},
    resource::{self, Alias, Job, Resource},
    stack::{self, Architecture},
};

/// A function of AWS Lambda that takes requests, and what costs money beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its memory in MB; the CPU follows from it.
    pub memory: u32,
    /// The processors that it runs on.
    pub architecture: Architecture,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Sandboxes that are set up ahead, at least; none: each is set up when it is needed.
    pub ahead: Option<u32>,
    /// When the pools are warmed.
    pub warming: Warming,
    /// When it is asked, so that it stays warm.
    pub ping: Option<stack::Schedule>,
    /// The load balancer before it; none: a URL of its own, or an API that is not the stack's.
    pub balancer: Option<Balancer>,
    /// Days that a line of the log is kept; none: for ever.
    pub log_days: Option<u32>,
    /// Secrets that it reads from Secrets Manager.
    pub secrets: usize,
    /// Whether the documents are in a database, which is not the stack's.
    pub has_database: bool,
    /// Whether X-Ray gets its traces.
    pub is_traced: bool,
}

impl Function {
    /// The function that stands `at` its address; none while there is none, or nothing leads to one of its versions.
    pub(super) fn of<'a>(at: &impl Fn(&Address) -> Option<&'a Resource>) -> Option<Self> {
        let Resource::Function(resource::Function { job: Job::Service(job), log_group, .. }) =
            at(&Address::app(Kind::Function))?
        else {
            return None;
        };
        let Resource::Alias(alias) = at(&Alias::live())? else { return None };
        Some(Self {
            memory: job.memory,
            architecture: job.architecture,
            timeout: job.timeout,
            ahead: alias.provisioned.map(|it| it.minimum),
            warming: warming(&job.environment),
            ping: schedule(at, "keepalive"),
            balancer: balancer(at),
            log_days: log_days(at, log_group.as_ref()),
            secrets: secrets(&job.secrets),
            has_database: has_database(&job.secrets),
            is_traced: job.tracing,
        })
    }
}
