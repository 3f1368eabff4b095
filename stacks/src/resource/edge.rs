//! What stands before the balancer, and answers for a back end that is cold.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::{
    address::{Address, Kind, Name},
    seconds,
};

/// Has a cold back end warm itself by `POST /warmup`, and tells its caller when to come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Its name.
    pub name: Name,
    /// What it stands before.
    pub behind: Address,
    /// How long the back end's answer to `POST /warmup` is awaited, in real time.
    #[serde(with = "seconds")]
    pub limit: Duration,
    /// After which time its caller is to ask again.
    #[serde(with = "seconds")]
    pub retry_after: Duration,
}

impl Managed for Edge {
    const KIND: Kind = Kind::Edge;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.behind.clone()]
    }

    fn in_short(&self) -> String {
        let retry_after = seconds::text(self.retry_after);
        format!("a cold back end is warmed, its caller asks again after {retry_after}")
    }
}
