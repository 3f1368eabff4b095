//! CPU by memory: a share of the processors in each period, as Lambda gives it.
//!
//! "At 1,769 MB, a function has the equivalent of one vCPU", and CPU is in proportion to memory.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
//!
//! Within a period a process runs at full speed until its share is used, and then stands still until the next one. How long a
//! period is, AWS does not say. 20 ms is what others have measured; it decides how coarse short runs are, and not how long a long
//! one takes: <https://mustafaakin.dev/posts/2018-01-25-how-does-proportional-cpu-allocation-work-with-aws-lambda/>

mod cgroup;
mod duty;

use std::{sync::Arc, time::Duration};

use ragctl_stacks::stack::MB_OF_A_CORE;

use self::{cgroup::Cgroup, duty::Duty};
use super::{pause::Pause, settings::CpuLimit};

/// The period in which a share is given.
const PERIOD: Duration = Duration::from_millis(20);

/// By what the CPU of a sandbox is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limiter {
    /// By nothing.
    None,
    /// By the kernel, in a control group.
    Cgroup,
    /// By signals, whenever it has used its share.
    Signals,
}

/// A limit that holds until it is dropped.
#[derive(Debug)]
pub(super) struct Limit(Held);

#[derive(Debug)]
#[expect(dead_code, reason = "what is held is let go when it is dropped")]
enum Held {
    Nothing,
    Cgroup(Cgroup),
    Duty(Duty),
}

impl Limit {
    /// Limits a process that has just started.
    pub(super) fn of(limit: CpuLimit, memory_mb: u32, pid: u32, pause: &Arc<Pause>) -> Self {
        let share = share(memory_mb, processors());
        let Some(share) = share.filter(|_| limit != CpuLimit::None) else {
            return Self(Held::Nothing);
        };
        if limit == CpuLimit::ByMemory
            && let Some(group) = Cgroup::with(pid, share, PERIOD)
        {
            return Self(Held::Cgroup(group));
        }
        Self(Held::Duty(Duty::begin(pid, share, PERIOD, Arc::clone(pause))))
    }

    pub(super) fn limiter(&self) -> Limiter {
        match self.0 {
            Held::Nothing => Limiter::None,
            Held::Cgroup(_) => Limiter::Cgroup,
            Held::Duty(_) => Limiter::Signals,
        }
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The processors that a function has, which may be a part of one; none where it may have all that the machine has.
fn share(memory_mb: u32, processors: usize) -> Option<f64> {
    let share = f64::from(memory_mb) / f64::from(MB_OF_A_CORE);
    let all = u32::try_from(processors).map_or(f64::MAX, f64::from);
    (share < all).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_in_proportion_up_to_the_machine() {
        assert!((share(128, 2).unwrap() - 0.0724).abs() < 0.001);
        assert!((share(1769, 2).unwrap() - 1.0).abs() < f64::EPSILON);
        assert_eq!(share(3538, 2), None);
        assert_eq!(share(10_240, 2), None);
    }
}
