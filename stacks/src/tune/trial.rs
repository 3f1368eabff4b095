//! Running a function with one size after the other.

use std::collections::BTreeSet;

use super::{
    run::{RunFailed, Timings},
    size::{MemorySize, SizeFailed, Tried},
    subject::{Kind, Progress, Subject},
    tariff::Tariff,
};
use crate::backend::Reply;

/// What to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Which sizes, from the least to the most.
    pub sizes: BTreeSet<MemorySize>,
    /// How many cold starts with each; at least one.
    pub cold: u32,
    /// How many warm runs with each; at least one.
    pub warm: u32,
}

impl Trial {
    /// All runs that count.
    #[must_use]
    pub fn runs(&self) -> u64 {
        let sizes = u64::try_from(self.sizes.len()).unwrap_or(u64::MAX);
        sizes * (u64::from(self.cold) + u64::from(self.warm))
    }
}

/// Runs the function with each size, and says what it takes and costs. A size with which it fails is left at its first failure.
///
/// The subject stays as the last run left it: whoever calls restores it, however this ends.
///
/// # Errors
///
/// What the subject refuses; not that its function fails.
pub async fn tune(
    subject: &mut impl Subject,
    trial: &Trial,
    tariff: &Tariff,
    tell: &(dyn Fn(Progress) + Sync),
) -> Reply<Vec<Tried>> {
    let mut tried = Vec::new();
    for (at, memory) in trial.sizes.iter().copied().enumerate() {
        let of_size = u64::from(trial.cold) + u64::from(trial.warm);
        let before = u64::try_from(at).unwrap_or_default() * of_size;
        let tell = |kind, done: u32| {
            tell(Progress { memory, kind, done: before + u64::from(done) });
        };
        subject.resize(memory).await?;
        tried.push(match one(subject, trial, &tell).await? {
            Ok((cold, warm)) => Tried::ran(memory, cold, warm, tariff),
            Err(RunFailed(reason)) => Tried::Failed(SizeFailed { memory_mb: memory, reason }),
        });
    }
    Ok(tried)
}

/// What cold and warm runs take with the size that the function has.
async fn one(
    subject: &mut impl Subject,
    trial: &Trial,
    tell: &(dyn Fn(Kind, u32) + Sync),
) -> Reply<Result<(Timings, Timings), RunFailed>> {
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for done in 0..trial.cold.max(1) {
        tell(Kind::Cold, done);
        match subject.cold().await? {
            Ok(run) => cold.push(run),
            Err(failed) => return Ok(Err(failed)),
        }
    }
    // The first one after a cold start still reads what nobody has read, and does not count.
    for run in 0..=trial.warm.max(1) {
        tell(Kind::Warm, trial.cold + run.saturating_sub(1));
        match subject.warm().await? {
            Ok(_) if run == 0 => {}
            Ok(it) => warm.push(it),
            Err(failed) => return Ok(Err(failed)),
        }
    }
    let both = Timings::of(&cold).zip(Timings::of(&warm));
    Ok(Ok(both.expect("there is a run of each sort")))
}
