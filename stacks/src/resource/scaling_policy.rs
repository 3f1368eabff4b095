//! A measure that tasks are added and removed by.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::{
    address::{Address, Kind, Name},
    seconds,
};

/// Target tracking: as many tasks as keep a measure near its target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalingPolicy {
    /// Its name.
    pub name: Name,
    /// What is measured.
    pub metric: Metric,
    /// What it should be: percent of the task's CPU, or requests a task.
    pub target: u32,
    /// After adding tasks, before more are added.
    #[serde(with = "seconds")]
    pub scale_out_cooldown: Duration,
    /// After a change, before tasks are removed.
    #[serde(with = "seconds")]
    pub scale_in_cooldown: Duration,
    /// What is scaled.
    pub scalable_target: Address,
}

/// What is measured, as an average over the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Used CPU, in percent of what the task has.
    Cpu,
    /// Requests that a task is answering.
    RequestsInFlight,
    /// Requests that a task gets in a minute.
    RequestsPerMinute,
}

impl Managed for ScalingPolicy {
    const KIND: Kind = Kind::ScalingPolicy;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.scalable_target.clone()]
    }

    fn in_short(&self) -> String {
        match self.metric {
            Metric::Cpu => format!("{} % CPU", self.target),
            Metric::RequestsInFlight => format!("{} requests in flight a task", self.target),
            Metric::RequestsPerMinute => format!("{} requests a minute a task", self.target),
        }
    }
}
