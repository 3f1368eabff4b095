//! How the service says it is.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    client::{CallError, Client, PURPOSE},
    document::StatusCounts,
};

/// The answer of `/health`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Health {
    /// `healthy`.
    pub(crate) status: String,
    /// Whether both pools are ready.
    pub(crate) workers_ready: bool,
    /// The service's version.
    #[serde(default)]
    pub(crate) version: Option<String>,
    /// Both pools, by name.
    #[serde(default)]
    pub(crate) pools: BTreeMap<String, Pool>,
    /// How many documents there are.
    #[serde(default)]
    pub(crate) documents: Option<StatusCounts>,
    /// Why documents that it keeps cannot be processed now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) documents_error: Option<String>,
    /// How long each phase of its start took, in milliseconds.
    #[serde(default)]
    pub(crate) phases: BTreeMap<String, Option<f64>>,
}

/// A pool of workers.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Pool {
    /// `cold`, `warming` or `ready`.
    pub(crate) state: String,
    /// Its workers.
    #[serde(default)]
    pub(crate) workers: u32,
    /// Those that are calling.
    #[serde(default)]
    pub(crate) busy: u32,
    /// Calls that wait for one.
    #[serde(default)]
    pub(crate) queued: u32,
    /// Why it could not be warmed.
    #[serde(default)]
    pub(crate) error: Option<String>,
}

impl Client {
    /// Asks how the service is, without counting as use.
    pub(crate) async fn health(&self, limit: Duration) -> Result<Health, CallError> {
        self.json(self.get("/health").header(PURPOSE, "probe").timeout(limit)).await
    }

    /// Asks for `/health` as a client would, which wakes a stack that sleeps; succeeds at 200.
    pub(crate) async fn answers(&self, limit: Duration) -> Result<(), CallError> {
        self.send(self.get("/health").timeout(limit)).await.map(drop)
    }

    /// Whether the service is warm, without counting as use.
    pub(super) async fn is_ready(&self, limit: Duration) -> bool {
        self.send(self.get("/readyz").header(PURPOSE, "probe").timeout(limit)).await.is_ok()
    }
}
