//! A time that is not known exactly.

use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::rounded;

/// A time in seconds: at best, typically, at worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// At best.
    #[serde(serialize_with = "rounded::number")]
    pub best: f64,
    /// Typically.
    #[serde(serialize_with = "rounded::number")]
    pub typical: f64,
    /// At worst.
    #[serde(serialize_with = "rounded::number")]
    pub worst: f64,
}

impl Range {
    /// No time at all.
    pub const ZERO: Self = Self::exactly(0.0);

    /// At best, typically, at worst.
    #[must_use]
    pub const fn new(best: f64, typical: f64, worst: f64) -> Self {
        Self { best, typical, worst }
    }

    /// The same time, whatever happens.
    #[must_use]
    pub const fn exactly(seconds: f64) -> Self {
        Self::new(seconds, seconds, seconds)
    }

    /// What `with` makes of each of the three.
    #[must_use]
    pub fn map(self, with: impl Fn(f64) -> f64) -> Self {
        Self::new(with(self.best), with(self.typical), with(self.worst))
    }

    /// What `with` makes of each of the three and its counterpart.
    #[must_use]
    pub fn zip(self, other: Self, with: impl Fn(f64, f64) -> f64) -> Self {
        Self::new(
            with(self.best, other.best),
            with(self.typical, other.typical),
            with(self.worst, other.worst),
        )
    }

    /// The longer of the two, each for itself.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        self.zip(other, f64::max)
    }
}

impl Add for Range {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}

impl std::iter::Sum for Range {
    fn sum<I: Iterator<Item = Self>>(ranges: I) -> Self {
        ranges.fold(Self::ZERO, Add::add)
    }
}
