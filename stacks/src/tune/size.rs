//! A memory size, and what was found of it.

use serde::Serialize;

use super::{run::Timings, tariff::Tariff};
use crate::{rounded, stack::FunctionMemory};

/// Memory that a function can have, in MB.
pub type MemorySize = FunctionMemory;

/// What came of trying a size.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Tried {
    /// The function ran with it.
    Measured(Box<SizeFigures>),
    /// It did not, or needs more.
    Failed(SizeFailed),
}

/// What a function takes and costs with a size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SizeFigures {
    /// The size.
    pub memory_mb: MemorySize,
    /// Runs in new sandboxes.
    pub cold: Timings,
    /// Runs in a sandbox that has run before.
    pub warm: Timings,
    /// Dollars for a million invocations like the median of the cold ones.
    #[serde(serialize_with = "rounded::number")]
    pub cold_usd_per_million: f64,
    /// Dollars for a million invocations like the median of the warm ones.
    #[serde(serialize_with = "rounded::number")]
    pub warm_usd_per_million: f64,
}

/// A size that the function cannot have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SizeFailed {
    /// The size.
    pub memory_mb: MemorySize,
    /// Why not, in words.
    pub reason: String,
}

impl Tried {
    /// A size with which the function ran. One that is less than what the function used is none: Lambda ends such a sandbox,
    /// whatever a runner on this machine lets pass.
    pub(super) fn ran(
        memory_mb: MemorySize,
        cold: Timings,
        warm: Timings,
        tariff: &Tariff,
    ) -> Self {
        let peak = cold.peak_mb.max(warm.peak_mb);
        if peak > f64::from(memory_mb.get()) {
            let reason = format!("it used {peak:.0} MB");
            return Self::Failed(SizeFailed { memory_mb, reason });
        }
        Self::Measured(Box::new(SizeFigures {
            memory_mb,
            cold,
            warm,
            cold_usd_per_million: tariff.usd_per_million(memory_mb, cold.billed.p50),
            warm_usd_per_million: tariff.usd_per_million(memory_mb, warm.billed.p50),
        }))
    }

    /// The size.
    #[must_use]
    pub fn memory(&self) -> MemorySize {
        match self {
            Self::Measured(it) => it.memory_mb,
            Self::Failed(it) => it.memory_mb,
        }
    }

    /// What the function takes and costs with it, where it ran.
    #[must_use]
    pub fn figures(&self) -> Option<&SizeFigures> {
        match self {
            Self::Measured(it) => Some(it),
            Self::Failed(_) => None,
        }
    }
}
