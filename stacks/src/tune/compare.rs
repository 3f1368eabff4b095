//! Cold starts against warm runs, and against sandboxes that were set up ahead.

use serde::Serialize;

use super::{
    run::{Run, RunFailed, Timings},
    size::MemorySize,
    subject::{Kind, Progress, Subject},
};
use crate::backend::Reply;

/// What runs of each sort take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// The memory that it had.
    pub memory_mb: MemorySize,
    /// In new sandboxes.
    pub cold: Timings,
    /// In sandboxes that had run before.
    pub warm: Timings,
    /// In sandboxes that were set up ahead; none where none are.
    pub ahead: Option<Timings>,
}

impl Compared {
    /// How many times sooner a warm run has its answer than a cold one, by the medians.
    #[must_use]
    pub fn warm_speed_up(&self) -> f64 {
        speed_up(&self.cold, &self.warm)
    }

    /// The same of a sandbox that was set up ahead.
    #[must_use]
    pub fn ahead_speed_up(&self) -> Option<f64> {
        self.ahead.map(|it| speed_up(&self.cold, &it))
    }
}

fn speed_up(slow: &Timings, fast: &Timings) -> f64 {
    slow.answer.p50 / fast.answer.p50.max(f64::MIN_POSITIVE)
}

/// Runs the function `runs` times in each way, in turn, so that what else goes on meets all of them alike.
///
/// The subject stays as the last run left it: whoever calls restores it, however this ends.
///
/// # Errors
///
/// What the subject refuses. That its function fails is an answer.
pub async fn compare(
    subject: &mut impl Subject,
    memory: MemorySize,
    runs: u32,
    tell: &(dyn Fn(Progress) + Sync),
) -> Reply<Result<Compared, RunFailed>> {
    let (mut cold, mut warm, mut ahead): (Vec<Run>, Vec<Run>, Vec<Run>) = Default::default();
    subject.resize(memory).await?;
    for done in 0..runs.max(1) {
        let tell = |kind| tell(Progress { memory, kind, done: u64::from(done) });
        tell(Kind::Cold);
        match subject.cold().await? {
            Ok(run) => cold.push(run),
            Err(failed) => return Ok(Err(failed)),
        }
        tell(Kind::Warm);
        // The first one after a cold start still reads what nobody has read, and does not count.
        if let Err(failed) = subject.warm().await? {
            return Ok(Err(failed));
        }
        match subject.warm().await? {
            Ok(run) => warm.push(run),
            Err(failed) => return Ok(Err(failed)),
        }
        tell(Kind::Ahead);
        match subject.ahead().await? {
            Some(Ok(run)) => ahead.push(run),
            Some(Err(failed)) => return Ok(Err(failed)),
            None => {}
        }
    }
    let both = Timings::of(&cold).zip(Timings::of(&warm));
    let (cold, warm) = both.expect("there is a run of each sort");
    Ok(Ok(Compared { memory_mb: memory, cold, warm, ahead: Timings::of(&ahead) }))
}
