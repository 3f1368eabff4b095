//! Scaling to zero.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::seconds::Seconds;

/// When the service goes to sleep, and how the request that wakes it is treated.
///
/// ECS never stops an idle task by itself, so ragctl does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Idle {
    /// Time without a request after which the last task is stopped.
    pub after: IdleTime,
    /// Time that the first request is held while a task wakes; then it gets 503.
    pub wait: WakeWait,
}

/// How long a service may be without a request before it sleeps.
pub type IdleTime = Seconds<60, 604_800>;

/// How long a first request may be held while a task wakes.
pub type WakeWait = Seconds<0, 300>;
