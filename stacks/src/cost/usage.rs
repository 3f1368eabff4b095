//! How a stack is used in a month.

use super::{
    awake_hours,
    hours::{self, DAYS},
};
use crate::{
    budget::ColdStart,
    shape::{Function, Shape, Tasks},
    simulate::Simulated,
    stack::{Budget, Schedule},
};

/// How a stack is used in a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    /// Requests of users.
    pub(super) requests: f64,
    /// Pings of keep-alive.
    pub(super) pings: f64,
    /// Looks whether it is idle.
    pub(super) looks: f64,
    /// Tasks that run side by side.
    pub(super) tasks: u32,
    /// For how many hours each of them does, or a function works.
    pub(super) hours: f64,
    /// How long a function works for a request, in seconds.
    pub(super) seconds: f64,
    /// What was taken for granted, a sentence each.
    pub(super) assumed: Vec<String>,
}

impl Usage {
    /// What the file expects.
    pub(super) fn expected(shape: &Shape, budget: &Budget, cold: &ColdStart) -> Self {
        let (ping, tick) = schedules(shape);
        let tasks = shape.tasks().map_or(1, |it| it.minimum);
        let mut assumed = vec![format!(
            "{} requests an hour for {} hours a day (`budget` in the file)",
            budget.requests_per_hour, budget.active_hours
        )];
        assumed.extend(match shape {
            Shape::Tasks(it) => of_tasks(it),
            Shape::Function(it) => of_function(it, budget),
        });
        Self {
            requests: requests(budget),
            pings: ping.map_or(0.0, hours::times),
            looks: tick.map_or(0.0, hours::times),
            tasks,
            hours: awake_hours(shape, budget, cold),
            seconds: f64::from(budget.answer_time.get()),
            assumed,
        }
    }

    /// A month of what was simulated.
    #[must_use]
    pub fn simulated(shape: &Shape, simulated: &Simulated) -> Self {
        let months = simulated.days / DAYS;
        #[expect(clippy::cast_precision_loss, reason = "nobody asks 2^53 times")]
        let monthly = |count: u64| if months > 0.0 { count as f64 / months } else { 0.0 };
        let requests = monthly(simulated.requests);
        let hours = if months > 0.0 { simulated.work.task_hours / months } else { 0.0 };
        let (_, tick) = schedules(shape);
        Self {
            requests,
            pings: monthly(simulated.work.pings),
            looks: tick.map_or(0.0, hours::times),
            tasks: 1,
            hours,
            seconds: if requests > 0.0 { hours * 3600.0 / requests } else { 0.0 },
            assumed: vec![format!(
                "{} simulated days of {}, as a month",
                simulated.days, simulated.traffic
            )],
        }
    }
}

/// Requests a month that the file expects.
pub(super) fn requests(budget: &Budget) -> f64 {
    f64::from(budget.requests_per_hour.get() * budget.active_hours.get()) * DAYS
}

/// When it is asked, and looked after.
fn schedules(shape: &Shape) -> (Option<&Schedule>, Option<&Schedule>) {
    match shape {
        Shape::Tasks(it) => (it.ping.as_ref(), it.tick.as_ref()),
        Shape::Function(it) => (it.ping.as_ref(), None),
    }
}

fn of_tasks(tasks: &Tasks) -> Vec<String> {
    let Tasks { minimum, maximum, .. } = tasks;
    let some = (maximum > minimum)
        .then(|| format!("{minimum} of at most {maximum} tasks run: `autoscaling.minimum`"));
    let even = tasks.idle.map(|_| "requests come at equal distances".to_owned());
    some.into_iter().chain(even).collect()
}

fn of_function(function: &Function, budget: &Budget) -> Vec<String> {
    let mut assumed = vec![
        format!("an answer takes {} (`autoscaling.answer_time`)", budget.answer_time),
        "requests come at equal distances".to_owned(),
        "setting sandboxes up is not counted".to_owned(),
    ];
    if function.ahead.is_some() {
        assumed.push("no more sandboxes are set up ahead than `minimum`".to_owned());
    }
    assumed
}
