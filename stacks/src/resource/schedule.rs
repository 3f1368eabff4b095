//! A request sent at fixed times.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// Sends `GET path` at fixed times, marked as a ping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its name.
    pub name: Name,
    /// When, as `EventBridge` writes it: `rate(10 minutes)`, `cron(0/5 8-18 ? * MON-FRI *)`, in UTC.
    pub expression: String,
    /// What is asked for.
    pub path: String,
    /// Through which balancer, or by which function.
    #[serde(alias = "load_balancer")]
    pub through: Address,
}

impl Managed for Schedule {
    const KIND: Kind = Kind::Schedule;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.through.clone()]
    }

    fn in_short(&self) -> String {
        format!("GET {} at {}", self.path, self.expression)
    }
}
