//! Scale to zero after a time without requests, and back at the next one.

use std::time::Duration;

/// Whether a stack's tasks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wakefulness {
    /// Tasks run, as autoscaling wants them.
    Awake,
    /// No task runs, until a request comes.
    Asleep,
    /// A request came: a task starts, none is healthy yet.
    Waking,
}

/// What the balancer has seen, as far as sleep goes. Probes are not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// When a user's request last came or was answered.
    pub last_user: Option<Duration>,
    /// When a ping last came.
    pub last_ping: Option<Duration>,
    /// Users' requests that are not answered yet.
    pub in_flight: u32,
}

/// Whether a deployment is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// None is.
    None,
    /// One is: the stack stays awake, and scales out only.
    UnderWay,
}

/// Sends a stack to sleep and wakes it.
#[derive(Clone, Debug)]
pub struct IdleTimer {
    after: Duration,
    state: Wakefulness,
    /// The last time that postpones sleep.
    used: Duration,
}

impl IdleTimer {
    /// A stack that is awake or asleep at `at`, and sleeps `after` without a request.
    #[must_use]
    pub fn new(at: Duration, after: Duration, state: Wakefulness) -> Self {
        Self { after, state, used: at }
    }

    /// Whether its tasks run.
    #[must_use]
    pub fn state(&self) -> Wakefulness {
        self.state
    }

    /// When it falls asleep if nothing comes; `None` when it sleeps.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        (self.state != Wakefulness::Asleep).then(|| self.used.saturating_add(self.after))
    }

    /// Takes over an edited idle time. It counts from the last use, so sleep may be due at once.
    pub fn edit(&mut self, after: Duration) {
        self.after = after;
    }

    /// Notes at `at` a reason to be awake: a request that found no task, or a deployment. True when a task has to be started, which is
    /// once, however many ask. A health check is no reason.
    pub fn wake(&mut self, at: Duration) -> bool {
        self.used = self.used.max(at);
        let slept = self.state == Wakefulness::Asleep;
        if slept {
            self.state = Wakefulness::Waking;
        }
        slept
    }

    /// Notes that somebody sends it to sleep.
    pub fn sleep(&mut self) {
        self.state = Wakefulness::Asleep;
    }

    /// Notes that a task is healthy.
    pub fn healthy(&mut self, at: Duration) {
        if self.state == Wakefulness::Waking {
            self.state = Wakefulness::Awake;
            self.used = self.used.max(at);
        }
    }

    /// Looks at what has happened by `at`. True when the stack has just fallen asleep, and its tasks have to be stopped.
    ///
    /// A wake that leads nowhere ends the same way: else a broken stack would never rest.
    pub fn fell_asleep(&mut self, at: Duration, seen: &Activity, deployment: Deployment) -> bool {
        let seen_last = seen.last_user.max(seen.last_ping).unwrap_or_default();
        self.used = self.used.max(seen_last.min(at));
        if deployment == Deployment::UnderWay || seen.in_flight > 0 {
            self.used = self.used.max(at);
        }
        let falls = self.due().is_some_and(|due| at >= due);
        if falls {
            self.state = Wakefulness::Asleep;
        }
        falls
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AFTER: Duration = Duration::from_secs(900);

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn awake() -> IdleTimer {
        IdleTimer::new(s(0), AFTER, Wakefulness::Awake)
    }

    fn quiet() -> Activity {
        Activity::default()
    }

    fn ticks(idle: &mut IdleTimer, to: u64, seen: &Activity) -> Option<u64> {
        (0..=to).find(|at| idle.fell_asleep(s(*at), seen, Deployment::None))
    }

    #[test]
    fn it_sleeps_once_the_idle_time_has_passed_since_the_last_request() {
        assert_eq!(ticks(&mut awake(), 5000, &quiet()), Some(900));
        let seen = Activity { last_user: Some(s(100)), ..quiet() };
        assert_eq!(ticks(&mut awake(), 5000, &seen), Some(1000));
    }

    #[test]
    fn a_ping_postpones_sleep() {
        let seen = Activity { last_user: Some(s(100)), last_ping: Some(s(600)), ..quiet() };
        assert_eq!(ticks(&mut awake(), 5000, &seen), Some(1500));
    }

    #[test]
    fn a_request_that_takes_long_keeps_it_awake_and_the_idle_time_counts_from_its_end() {
        let mut idle = awake();
        let busy = Activity { last_user: Some(s(10)), in_flight: 1, ..quiet() };
        assert_eq!(ticks(&mut idle, 3000, &busy), None);
        let done = Activity { in_flight: 0, ..busy };
        assert!(!idle.fell_asleep(s(3001), &done, Deployment::None));
        assert_eq!(idle.due(), Some(s(3900)));
    }

    #[test]
    fn a_deployment_keeps_it_awake() {
        let mut idle = awake();
        assert!(!idle.fell_asleep(s(5000), &quiet(), Deployment::UnderWay));
        assert!(!idle.fell_asleep(s(5899), &quiet(), Deployment::None));
        assert!(idle.fell_asleep(s(5900), &quiet(), Deployment::None));
    }

    #[test]
    fn many_requests_start_one_task() {
        let mut idle = IdleTimer::new(s(0), AFTER, Wakefulness::Asleep);
        let started = (0..200).filter(|_| idle.wake(s(5))).count();
        assert_eq!(started, 1);
        assert_eq!(idle.state(), Wakefulness::Waking);
        idle.healthy(s(9));
        assert_eq!(idle.state(), Wakefulness::Awake);
        assert!(!idle.wake(s(10)));
    }

    #[test]
    fn asleep_it_stays_asleep_whatever_pings_do() {
        let mut idle = IdleTimer::new(s(0), AFTER, Wakefulness::Asleep);
        for at in 0..5000 {
            let seen = Activity { last_ping: Some(s(at)), ..quiet() };
            assert!(!idle.fell_asleep(s(at), &seen, Deployment::None));
            assert_eq!(idle.state(), Wakefulness::Asleep);
        }
        assert_eq!(idle.due(), None);
    }

    #[test]
    fn a_healthy_task_of_a_sleeping_stack_does_not_wake_it() {
        let mut idle = IdleTimer::new(s(0), AFTER, Wakefulness::Asleep);
        idle.healthy(s(1));
        assert_eq!(idle.state(), Wakefulness::Asleep);
    }

    #[test]
    fn a_wake_that_leads_nowhere_ends_after_the_idle_time() {
        let mut idle = IdleTimer::new(s(0), AFTER, Wakefulness::Asleep);
        idle.wake(s(100));
        assert!(!idle.fell_asleep(s(999), &quiet(), Deployment::None));
        assert!(idle.fell_asleep(s(1000), &quiet(), Deployment::None));
        assert!(idle.wake(s(1001)), "and the next request tries again");
    }

    #[test]
    fn an_edited_idle_time_counts_from_the_last_use() {
        let mut idle = awake();
        idle.edit(s(60));
        assert!(idle.fell_asleep(s(60), &quiet(), Deployment::None));
    }

    proptest! {
        #[test]
        fn it_never_sleeps_within_the_idle_time_of_a_use(
            uses in prop::collection::vec((0_u64..5000, any::<bool>()), 0..20),
            times in prop::collection::vec(0_u64..6000, 1..60),
        ) {
            let mut idle = awake();
            for at in times {
                let latest = |user: bool| {
                    uses.iter().filter(|u| u.1 == user && u.0 <= at).map(|u| s(u.0)).max()
                };
                let seen = Activity { last_user: latest(true), last_ping: latest(false), in_flight: 0 };
                if idle.fell_asleep(s(at), &seen, Deployment::None) {
                    let used = seen.last_user.max(seen.last_ping).unwrap_or_default();
                    prop_assert!(s(at) >= used + AFTER);
                    break;
                }
            }
        }
    }
}
