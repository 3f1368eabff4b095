//! A request sent at fixed times.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// Calls something at fixed times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its name.
    pub name: Name,
    /// When, as `EventBridge` writes it: `rate(10 minutes)`, `cron(0/5 8-18 ? * MON-FRI *)`, in UTC.
    pub expression: String,
    /// What is asked for, by `GET` and marked as a ping; nothing where what is called knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Through which balancer, by which function, or at which destination.
    #[serde(alias = "load_balancer")]
    pub through: Address,
    /// As whom; nothing where what is called says who may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Address>,
}

impl Managed for Schedule {
    const KIND: Kind = Kind::Schedule;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        std::iter::once(self.through.clone()).chain(self.role.clone()).collect()
    }

    fn in_short(&self) -> String {
        match &self.path {
            Some(path) => format!("GET {path} at {}", self.expression),
            None => format!("{} at {}", self.through, self.expression),
        }
    }
}
