//! Where what tasks log is kept.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// A log group. Deleting it deletes what was logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogGroup {
    /// Its name.
    pub name: Name,
    /// Days that a line is kept; `None`: for ever.
    pub retention_days: Option<u32>,
}

impl Managed for LogGroup {
    const KIND: Kind = Kind::LogGroup;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        Vec::new()
    }

    fn in_short(&self) -> String {
        match self.retention_days {
            Some(1) => "lines are kept for 1 day".to_owned(),
            Some(days) => format!("lines are kept for {days} days"),
            None => "lines are kept for ever".to_owned(),
        }
    }

    fn loss(&self) -> String {
        "deletes all that was logged".to_owned()
    }
}
