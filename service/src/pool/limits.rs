//! How many, and how long.

use std::time::Duration;

/// The bounds of one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Workers once the pool is ready.
    pub workers: usize,
    /// Calls that may wait for a worker.
    pub queue: usize,
    /// Limit of one call to the provider.
    pub function: Duration,
    /// Limit of one job: its calls, and the pauses between them.
    pub worker: Duration,
    /// Age at which a job that still holds its worker counts as stuck, and the worker is replaced.
    pub health: Duration,
}

impl Limits {
    /// Derives the other limits from that of one call: a worker gets 2×, its health check 2× + 15 s.
    ///
    /// As LightRAG does: 30 gives 30/60/75 s, 180 gives 180/360/375 s.
    #[must_use]
    pub fn of_function(workers: usize, queue: usize, function: Duration) -> Self {
        let worker = 2 * function;
        Self { workers, queue, function, worker, health: worker + Duration::from_secs(15) }
    }
}
