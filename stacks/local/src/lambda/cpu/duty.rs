//! A share of the processors by signals: a process that has used its share stands still until it has another.
//!
//! What counts is the time that it has used, so that waiting costs nothing.

use std::{fs, sync::Arc, time::Duration};

use tokio::{
    task::AbortHandle,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::{
    lambda::pause::{Pause, Reason},
    process,
};

/// Between two looks at what was used: a quarter of a period of Lambda's.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// How often the processes of a group are looked for: that means to read all of `/proc`.
const LOOKS_PER_SEARCH: u32 = 10;

/// A limit that holds until it is dropped.
#[derive(Debug)]
pub(super) struct Duty(AbortHandle);

impl Duty {
    pub(super) fn begin(leader: u32, share: f64, period: Duration, pause: Arc<Pause>) -> Self {
        Self(tokio::spawn(hold(leader, share, period, pause)).abort_handle())
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn hold(leader: u32, share: f64, period: Duration, pause: Arc<Pause>) {
    let mut budget = Budget { share, most: period.as_secs_f64() * share, left: 0.0 };
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut group, mut looked) = (vec![leader], Instant::now());
    let mut used = used_by(&group);
    for look in 0_u32.. {
        looks.tick().await;
        if look % LOOKS_PER_SEARCH == 0 {
            group = process::group(leader);
        }
        let now = used_by(&group);
        // A process that ended takes its time with it.
        let spent = now.saturating_sub(used);
        used = now;
        let may_run = budget.after(looked.elapsed(), spent);
        looked = Instant::now();
        match (may_run, pause.is(Reason::Throttled)) {
            (false, false) => pause.begin(Reason::Throttled),
            (true, true) => pause.end(Reason::Throttled),
            _ => {}
        }
    }
}

/// What may still be used, in seconds of a processor. It grows with time and is not saved beyond a period.
struct Budget {
    share: f64,
    most: f64,
    left: f64,
}

impl Budget {
    /// Whether more may be used, after a time in which `spent` was.
    fn after(&mut self, time: Duration, spent: Duration) -> bool {
        self.left =
            (self.left + time.as_secs_f64() * self.share).min(self.most) - spent.as_secs_f64();
        self.left >= 0.0
    }
}

fn used_by(group: &[u32]) -> Duration {
    group.iter().filter_map(|pid| used(*pid)).sum()
}

/// The time that a process has used so far: of its threads to the nanosecond, where the kernel tells.
fn used(pid: u32) -> Option<Duration> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return process::cpu_time(pid);
    };
    let of_threads = threads.flatten().map(|it| {
        let text = fs::read_to_string(it.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    });
    of_threads.sum::<Option<Duration>>().or_else(|| process::cpu_time(pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_too_much_is_waited_for_and_waiting_is_not_saved_up() {
        let ms = Duration::from_millis;
        let mut budget = Budget { share: 0.5, most: 0.01, left: 0.0 };
        assert!(budget.after(ms(10_000), ms(0)));
        assert!(budget.after(ms(0), ms(10)), "no more than a period's share was saved");
        assert!(!budget.after(ms(0), ms(5)));
        assert!(!budget.after(ms(9), ms(0)));
        assert!(budget.after(ms(2), ms(0)));
    }
}
