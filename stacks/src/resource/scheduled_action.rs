//! Other bounds from a time on.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// Sets the bounds of a scalable target at fixed times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledAction {
    /// Its name.
    pub name: Name,
    /// When: `cron(0 8 ? * MON-FRI *)`, `rate(1 day)`.
    pub schedule: String,
    /// The zone in which a cron's hours are meant.
    pub time_zone: String,
    /// The fewest tasks from then on.
    pub minimum: u32,
    /// The most tasks from then on.
    pub maximum: u32,
    /// Whose bounds.
    pub scalable_target: Address,
}

impl Managed for ScheduledAction {
    const KIND: Kind = Kind::ScheduledAction;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.scalable_target.clone()]
    }

    fn in_short(&self) -> String {
        format!("{} to {} tasks at {}", self.minimum, self.maximum, self.schedule)
    }
}
