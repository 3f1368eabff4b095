//! Stops the last task after a time without requests, and starts one for the next request.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::{
    address::{Address, Kind, Name},
    seconds,
};

/// Scale to zero, and back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idle {
    /// Its name.
    pub name: Name,
    /// The time without a request after which all tasks are stopped.
    #[serde(with = "seconds")]
    pub after: Duration,
    /// What a request gets that finds no task.
    pub while_waking: WhileWaking,
    /// What is stopped and started.
    pub scalable_target: Address,
    /// Whose requests count.
    pub load_balancer: Address,
}

/// What a request gets that finds no task. In each case one task is started, however many ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhileWaking {
    /// It waits for the task, this long at most; then 503 with `Retry-After`.
    Hold(#[serde(with = "seconds")] Duration),
    /// 202 with `Retry-After` at once: the caller asks again.
    Accept,
    /// 503 with `Retry-After` at once.
    Refuse,
}

impl Managed for Idle {
    const KIND: Kind = Kind::Idle;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.scalable_target.clone(), self.load_balancer.clone()]
    }

    fn in_short(&self) -> String {
        format!("asleep after {} without a request", seconds::text(self.after))
    }
}
