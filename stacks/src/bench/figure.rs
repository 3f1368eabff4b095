//! What of a cold start can be held to a limit, and compared with what it was.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use super::run::{ColdRun, ColdStarts};
use crate::{budget::Phase, tune::Spread};

/// A time that each cold start has, or that of a phase, which some may not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// From nothing to the first answer.
    Total,
    /// From nothing until `/health` answered 200.
    Ready,
    /// From there to the first answer.
    FirstQuery,
    /// How long the second question took.
    SecondQuery,
    /// What one phase took.
    Phase(Phase),
}

impl Figure {
    /// Those that are no phase.
    pub const WHOLE: [Self; 4] = [Self::Total, Self::Ready, Self::FirstQuery, Self::SecondQuery];

    /// All of them, the whole before its parts.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::WHOLE.into_iter().chain(Phase::ALL.map(Self::Phase))
    }

    /// The figure as it is typed and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Ready => "ready",
            Self::FirstQuery => "first-query",
            Self::SecondQuery => "second-query",
            Self::Phase(phase) => phase.as_str(),
        }
    }

    /// Its seconds in each run that tells it.
    #[must_use]
    pub fn of(self, record: &ColdStarts) -> Vec<f64> {
        let told = |run: &ColdRun| match self {
            Self::Total => Some(run.total()),
            Self::Ready => Some(run.ready_s),
            Self::FirstQuery => Some(run.first_query_s),
            Self::SecondQuery => Some(run.second_query_s),
            Self::Phase(phase) => run.phases.get(&phase).copied(),
        };
        record.runs.iter().filter_map(told).collect()
    }
}

/// No figure or percentile is called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchName;

impl FromStr for Figure {
    type Err = NoSuchName;

    fn from_str(name: &str) -> Result<Self, NoSuchName> {
        Self::all().find(|it| it.as_str() == name).ok_or(NoSuchName)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// One of the percentiles of [`Spread`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Percentile {
    /// The median.
    P50,
    /// The most of fewer than 20.
    P95,
    /// The most of fewer than 100.
    P99,
}

impl Percentile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::P50, Self::P95, Self::P99];

    /// The percentile as it is typed and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }

    /// This one of all.
    #[must_use]
    pub const fn of(self, spread: Spread) -> f64 {
        match self {
            Self::P50 => spread.p50,
            Self::P95 => spread.p95,
            Self::P99 => spread.p99,
        }
    }
}

impl FromStr for Percentile {
    type Err = NoSuchName;

    fn from_str(name: &str) -> Result<Self, NoSuchName> {
        Self::ALL.into_iter().find(|it| it.as_str() == name).ok_or(NoSuchName)
    }
}

impl fmt::Display for Percentile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
