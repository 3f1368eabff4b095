//! Time that passed while the process stood still: to be counted, or not to be.

use std::{
    pin::pin,
    time::{Duration, Instant, SystemTime},
};

use tokio::time::timeout;

/// What a time of standing still counts for at most, where it is not to be counted.
const SLICE: Duration = Duration::from_secs(1);

/// The result of `work`, when it is there within `limit` of time in which the process ran. For work that goes on after
/// it stood still as if nothing had been.
pub(crate) async fn within<F: Future>(limit: Duration, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut left = limit;
    while !left.is_zero() {
        let slice = left.min(SLICE);
        if let Ok(done) = timeout(slice, &mut work).await {
            return Some(done);
        }
        left -= slice;
    }
    None
}

/// A moment from which on time is counted, by two clocks of which the longer time counts: the clock that never goes back
/// may stand still together with the process, and the other one may be set back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elapsed {
    steady: Instant,
    wall: SystemTime,
}

impl Elapsed {
    pub(crate) fn from_now() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    pub(crate) fn time(&self) -> Duration {
        self.steady.elapsed().max(self.wall.elapsed().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_hour_of_standing_still_is_not_time_for_work() {
        let second = Duration::from_secs(1);
        let begin = tokio::time::Instant::now();
        assert!(within(10 * second, std::future::pending::<()>()).await.is_none());
        assert_eq!(begin.elapsed(), 10 * second);
        let (done, work) = tokio::sync::oneshot::channel();
        let waiting = tokio::spawn(within(10 * second, work));
        for _ in 0..5 {
            tokio::task::yield_now().await;
            tokio::time::advance(3600 * second).await;
        }
        done.send(()).unwrap();
        assert!(waiting.await.unwrap().is_some());
    }

    #[test]
    fn neither_clock_hides_that_time_has_passed() {
        let (hour, now) = (Duration::from_secs(3600), Elapsed::from_now());
        let wall = Elapsed { wall: now.wall - hour, ..now };
        assert!(wall.time() >= hour, "the steady clock stood still");
        let steady =
            Elapsed { steady: now.steady.checked_sub(hour).unwrap(), wall: now.wall + hour };
        assert!(steady.time() >= hour, "the wall clock was set back");
    }
}
