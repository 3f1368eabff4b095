//! Target tracking: as many tasks as keep each measure near its target.
//!
//! As Application Auto Scaling does it, with the alarms that it makes: one data point a minute; tasks are added after
//! [`POINTS_OUT`] points above the target, and removed after [`POINTS_IN`] points below [`IN_PERCENT`] of it. Nothing follows from a
//! minute without data.
//! <https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html>

use std::{collections::VecDeque, time::Duration};

use crate::resource::{Metric, ScalableTarget, ScalingPolicy};

use super::idle::Deployment;

/// What one data point covers: `CloudWatch`'s period for ECS metrics.
pub const PERIOD: Duration = Duration::from_secs(60);

/// The data points in a row above the target that add tasks. Observed; AWS does not document it.
pub const POINTS_OUT: usize = 3;

/// The data points in a row below [`IN_PERCENT`] of the target that remove tasks. Observed; AWS does not document it.
pub const POINTS_IN: usize = 15;

/// The share of the target, in percent, below which tasks are removed. Observed; AWS does not document it.
pub const IN_PERCENT: u32 = 90;

/// The fewest and the most tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    minimum: u32,
    maximum: u32,
}

impl Bounds {
    /// A maximum below the minimum is taken as the minimum.
    #[must_use]
    pub fn new(minimum: u32, maximum: u32) -> Self {
        Self { minimum, maximum: maximum.max(minimum) }
    }

    /// Those of a scalable target.
    #[must_use]
    pub fn of(target: &ScalableTarget) -> Self {
        Self::new(target.minimum, target.maximum)
    }

    /// The fewest tasks.
    #[must_use]
    pub fn minimum(self) -> u32 {
        self.minimum
    }

    /// The most tasks.
    #[must_use]
    pub fn maximum(self) -> u32 {
        self.maximum
    }

    /// The count within the bounds that is nearest to `count`.
    #[must_use]
    pub fn hold(self, count: u32) -> u32 {
        count.clamp(self.minimum, self.maximum)
    }
}

/// Why the count of tasks changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cause {
    /// It lay outside the bounds.
    Bounds,
    /// A measure was above its target.
    Above {
        /// What was measured.
        metric: Metric,
        /// Its last data point.
        value: f64,
        /// Its target.
        target: u32,
    },
    /// All measures were below their targets.
    Below,
}

/// A new count of tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaled {
    /// The count so far.
    pub from: u32,
    /// The count from now on.
    pub to: u32,
    /// Why.
    pub cause: Cause,
}

/// Owns the count of tasks of one service while it is awake.
#[derive(Clone, Debug)]
pub struct Scaler {
    bounds: Bounds,
    desired: u32,
    trackers: Vec<Tracker>,
    last_out: Option<ScaledOut>,
    last_change: Option<Duration>,
    now: Duration,
}

#[derive(Clone, Copy, Debug)]
struct ScaledOut {
    at: Duration,
    from: u32,
}

impl Scaler {
    /// A service that has `desired` tasks. A count outside the bounds is corrected by the first [`next`](Self::next).
    #[must_use]
    pub fn new(bounds: Bounds, policies: &[ScalingPolicy], desired: u32) -> Self {
        let mut scaler = Self {
            bounds,
            desired,
            trackers: Vec::new(),
            last_out: None,
            last_change: None,
            now: Duration::ZERO,
        };
        scaler.edit(bounds, policies);
        scaler
    }

    /// The count of tasks that it wants.
    #[must_use]
    pub fn desired(&self) -> u32 {
        self.desired
    }

    /// The bounds.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Takes over edited bounds and policies. What was measured stays; bounds act at the [`next`](Self::next) look.
    pub fn edit(&mut self, bounds: Bounds, policies: &[ScalingPolicy]) {
        self.bounds = bounds;
        let old = std::mem::take(&mut self.trackers);
        self.trackers = policies
            .iter()
            .map(|policy| {
                let points = old
                    .iter()
                    .find(|tracker| tracker.policy.metric == policy.metric)
                    .map(|tracker| tracker.points.clone())
                    .unwrap_or_default();
                Tracker { policy: policy.clone(), points }
            })
            .collect();
    }

    /// Notes a reading of a measure, averaged over the tasks. Those of one minute are averaged.
    pub fn observe(&mut self, at: Duration, metric: Metric, value: f64) {
        self.now = self.now.max(at);
        if !value.is_finite() || value < 0.0 {
            return;
        }
        for tracker in &mut self.trackers {
            if tracker.policy.metric == metric {
                tracker.points.add(self.now, value);
            }
        }
    }

    /// Looks at what was measured by `at`; the new count when it changes. Tasks are not removed while a deployment is under way.
    ///
    /// The last task is never removed by a policy: sleep is [`idle`](super::idle)'s.
    pub fn next(&mut self, at: Duration, deployment: Deployment) -> Option<Scaled> {
        self.now = self.now.max(at);
        let within = self.bounds.hold(self.desired);
        if within != self.desired {
            return Some(self.change(within, Cause::Bounds));
        }
        for tracker in &mut self.trackers {
            tracker.points.close_until(self.now);
        }
        if self.desired == 0 {
            return None;
        }
        if let Some((to, cause)) = self.out() {
            let from = match self.last_out {
                // A larger scale-out within the cooldown starts from where the first one did.
                Some(last) if self.cools(last.at, |p| p.scale_out_cooldown) => last.from,
                _ => self.desired,
            };
            self.last_out = Some(ScaledOut { at: self.now, from });
            self.last_change = Some(self.now);
            return Some(self.change(to, cause));
        }
        let to = self.inwards(deployment)?;
        self.last_change = Some(self.now);
        Some(self.change(to, Cause::Below))
    }

    fn change(&mut self, to: u32, cause: Cause) -> Scaled {
        let from = std::mem::replace(&mut self.desired, to);
        Scaled { from, to, cause }
    }

    fn cools(&self, since: Duration, cooldown: fn(&ScalingPolicy) -> Duration) -> bool {
        self.trackers
            .iter()
            .any(|tracker| self.now < since.saturating_add(cooldown(&tracker.policy)))
    }

    /// The largest count that a policy wants, when it is more than there are.
    fn out(&self) -> Option<(u32, Cause)> {
        let wanted = self.trackers.iter().filter_map(|tracker| {
            let policy = &tracker.policy;
            let value = tracker.above()?;
            // Within the cooldown, the tasks just added count as part of what is wanted: only a larger need adds more.
            let from = match self.last_out {
                Some(last) if self.now < last.at.saturating_add(policy.scale_out_cooldown) => {
                    last.from
                }
                _ => self.desired,
            };
            let to = self.bounds.hold(tracker.needed(from, value));
            let cause = Cause::Above { metric: policy.metric, value, target: policy.target };
            Some((to, cause))
        });
        wanted.max_by_key(|(to, _)| *to).filter(|(to, _)| *to > self.desired)
    }

    /// The count that all policies can do with, when it is less than there are.
    fn inwards(&self, deployment: Deployment) -> Option<u32> {
        let cools =
            self.last_change.is_some_and(|since| self.cools(since, |p| p.scale_in_cooldown));
        if deployment == Deployment::UnderWay || cools {
            return None;
        }
        let needed: Option<Vec<u32>> = self
            .trackers
            .iter()
            .map(|tracker| Some(tracker.needed(self.desired, tracker.below()?)))
            .collect();
        let to = self.bounds.hold(needed?.into_iter().max()?.max(1));
        (to < self.desired).then_some(to)
    }
}

#[derive(Clone, Debug)]
struct Tracker {
    policy: ScalingPolicy,
    points: Points,
}

impl Tracker {
    /// The last data point, when enough of them are above the target.
    fn above(&self) -> Option<f64> {
        self.points.last_when(POINTS_OUT, |value| value > f64::from(self.policy.target))
    }

    /// The last data point, when enough of them are below the share of the target.
    fn below(&self) -> Option<f64> {
        let limit = f64::from(self.policy.target) * f64::from(IN_PERCENT) / 100.0;
        self.points.last_when(POINTS_IN, |value| value < limit)
    }

    /// How many tasks bring `value`, measured over `count` tasks, to the target.
    fn needed(&self, count: u32, value: f64) -> u32 {
        let needed = (f64::from(count) * value / f64::from(self.policy.target.max(1))).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and a cast from float saturates"
        )]
        let needed = needed as u32;
        needed
    }
}

/// The last closed minutes, `None` for one without data, and the one that is open.
#[derive(Clone, Debug, Default)]
struct Points {
    closed: VecDeque<Option<f64>>,
    open: u64,
    sum: f64,
    count: u32,
}

impl Points {
    fn add(&mut self, at: Duration, value: f64) {
        self.close_until(at);
        self.sum += value;
        self.count += 1;
    }

    /// Closes every minute that has ended by `at`.
    fn close_until(&mut self, at: Duration) {
        let minute = at.as_secs() / PERIOD.as_secs();
        while self.open < minute {
            let point = (self.count > 0).then(|| self.sum / f64::from(self.count));
            self.closed.push_back(point);
            if self.closed.len() > POINTS_IN {
                self.closed.pop_front();
            }
            (self.sum, self.count) = (0.0, 0);
            self.open += 1;
            if self.closed.iter().all(Option::is_none) {
                // Nothing to remember: a long gap is skipped at once.
                self.open = minute;
            }
        }
    }

    /// The last point, when there are `count` points in a row that hold.
    fn last_when(&self, count: usize, holds: impl Fn(f64) -> bool) -> Option<f64> {
        let last = self.closed.iter().rev().take(count);
        let all: Option<Vec<f64>> = last.copied().collect();
        let all = all?;
        (all.len() == count && all.iter().all(|value| holds(*value))).then(|| all[0])
    }
}

#[cfg(test)]
mod tests;
