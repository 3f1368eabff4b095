//! What the balancer keeps to. All of it can change while it runs.

use std::time::Duration;

use ragctl_stacks::resource::{
    Algorithm, Edge, HealthCheck, Idle, LoadBalancer, TargetGroup, WhileWaking,
};

/// What the balancer keeps to, from the resources that say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a connection may stay without a byte, in real time.
    pub idle_timeout: Duration,
    /// Which target gets the next request.
    pub algorithm: Algorithm,
    /// How targets are probed.
    pub health_check: HealthCheck,
    /// What a request gets that finds no task; `None` when the stack never sleeps.
    pub while_waking: Option<WhileWaking>,
    /// What stands before it, and answers for a back end that is cold.
    pub edge: Option<Edge>,
}

impl Settings {
    /// Those that a stack's resources say.
    #[must_use]
    pub fn of(
        load_balancer: &LoadBalancer,
        targets: &TargetGroup,
        idle: Option<&Idle>,
        edge: Option<&Edge>,
    ) -> Self {
        Self {
            idle_timeout: load_balancer.idle_timeout,
            algorithm: targets.algorithm,
            health_check: targets.health_check.clone(),
            while_waking: idle.map(|idle| idle.while_waking),
            edge: edge.cloned(),
        }
    }
}

/// What bounds the balancer itself. In real time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most client connections at once; more wait to be accepted.
    pub connections: usize,
    /// The most requests that wait for a waking stack at once; more get 503.
    pub held: usize,
    /// How long a client may take over a request's head.
    pub head_timeout: Duration,
    /// How long a connection to a target may take, as the ALB's fixed 10 s.
    pub connect_timeout: Duration,
    /// How long a stop waits for requests in flight.
    pub stop_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            held: 1024,
            head_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(30),
        }
    }
}
