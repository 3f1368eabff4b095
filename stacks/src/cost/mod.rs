//! What a month on AWS costs, item by item, from the shape of a stack, its use and dated prices.
//!
//! Pure. `docs/budget-and-cost.md` has the formulas. What is not counted: NAT gateways, traffic to the internet, taxes,
//! free tiers and discounts, and a database, which is not the stack's.

mod function;
mod hours;
mod item;
mod prices;

use serde::Serialize;

use self::{
    hours::{MONTH, Tail},
    item::Bill,
};
pub use self::{
    item::Item,
    prices::{Price, Priced, Prices, PricesError, STAND_IN},
};
use crate::{
    budget::ColdStart,
    rounded,
    shape::{Balancer, Function, Shape, Tasks},
    stack::{Budget, Schedule},
};

/// What a month costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Dollars a month for each thing, none of them nothing.
    pub items: Vec<Item>,
    /// Dollars a month for all of them.
    #[serde(rename = "total_usd", serialize_with = "rounded::number")]
    pub total: f64,
    /// Dollars a month if nobody asked at all, where the service sleeps then; none where it never sleeps.
    #[serde(rename = "asleep_usd", serialize_with = "rounded::optional")]
    pub asleep: Option<f64>,
    /// Hours a month in which tasks run, sandboxes stand ready, or where none do, requests are worked on.
    #[serde(serialize_with = "rounded::number")]
    pub awake_hours: f64,
    /// What was taken for granted, a sentence each.
    pub assumptions: Vec<String>,
    /// The region whose prices these are.
    pub region: String,
    /// The day of the oldest price among them.
    pub prices_of: String,
    /// The items for which the region that stands in gave the price.
    pub stand_ins: Vec<Priced>,
}

impl Estimate {
    /// Estimates a month of a stack of this shape; none where it costs nothing, on this machine.
    ///
    /// No region: the prices of the one that stands in.
    #[must_use]
    pub fn of(
        shape: &Shape,
        budget: &Budget,
        cold: &ColdStart,
        prices: &Prices,
        region: Option<&str>,
    ) -> Option<Self> {
        let bill = Bill::new(prices, region.unwrap_or(STAND_IN));
        let awake = awake_hours(shape, budget, cold);
        match shape {
            Shape::Tasks(tasks) => of_tasks(bill, tasks, budget, awake, region),
            Shape::Function(it) => Some(of_function(bill, it, budget, awake, region)),
        }
    }
}

fn of_tasks(
    mut bill: Bill<'_>,
    tasks: &Tasks,
    budget: &Budget,
    awake: f64,
    region: Option<&str>,
) -> Option<Estimate> {
    let fargate = tasks.fargate()?;
    let usage = Usage::of(budget, tasks.ping.as_ref(), tasks.tick.as_ref());
    bill.add_fargate(fargate, tasks.minimum, awake);
    bill.add_balancer(fargate.balancer, &usage);
    bill.add_addresses(fargate, tasks.minimum, awake);
    bill.add_logs(fargate.log_days, &usage);
    bill.add_secrets(fargate.secrets);
    bill.add_pings(&usage);
    bill.add_wake(&usage);
    bill.add_edge(tasks, &usage);
    let mut assumed = Vec::new();
    let (minimum, maximum) = (tasks.minimum, tasks.maximum);
    if maximum > minimum {
        assumed.push(format!("{minimum} of at most {maximum} tasks run: `autoscaling.minimum`"));
    }
    if tasks.idle.is_some() {
        assumed.push("requests come at equal distances".to_owned());
    }
    let told = Told { balancer: fargate.balancer, has_database: fargate.has_database, region };
    Some(bill.estimate(tasks.idle.is_some(), awake, assumptions(budget, assumed, &told)))
}

fn of_function(
    mut bill: Bill<'_>,
    function: &Function,
    budget: &Budget,
    awake: f64,
    region: Option<&str>,
) -> Estimate {
    let usage = Usage::of(budget, function.ping.as_ref(), None);
    bill.add_function(function, &usage, budget);
    bill.add_sandboxes_ahead(function);
    bill.add_balancer(function.balancer, &usage);
    bill.add_logs(function.log_days, &usage);
    bill.add_secrets(function.secrets);
    bill.add_pings_of_function(function, &usage);
    bill.add_traces(function, &usage, budget);
    let mut assumed = vec![
        format!("an answer takes {} (`autoscaling.answer_time`)", budget.answer_time),
        "requests come at equal distances".to_owned(),
        "setting sandboxes up is not counted".to_owned(),
    ];
    if function.ahead.is_some() {
        assumed.push("no more sandboxes are set up ahead than `minimum`".to_owned());
    }
    let told = Told { balancer: function.balancer, has_database: function.has_database, region };
    bill.estimate(true, awake, assumptions(budget, assumed, &told))
}

/// How a stack is used in a month.
struct Usage {
    /// Requests of users.
    requests: f64,
    /// Pings of keep-alive.
    pings: f64,
    /// Looks whether it is idle.
    looks: f64,
}

impl Usage {
    fn of(budget: &Budget, ping: Option<&Schedule>, tick: Option<&Schedule>) -> Self {
        let a_day = f64::from(budget.requests_per_hour.get() * budget.active_hours.get());
        let times = |it: Option<&Schedule>| it.map_or(0.0, hours::times);
        Self { requests: a_day * hours::DAYS, pings: times(ping), looks: times(tick) }
    }
}

/// Hours a month in which a stack is awake: tasks run, all of them where the service never sleeps, or sandboxes stand ready;
/// where a function has none ahead, the hours in which it works.
#[must_use]
pub fn awake_hours(shape: &Shape, budget: &Budget, cold: &ColdStart) -> f64 {
    match shape {
        Shape::Tasks(tasks) => {
            let Some(idle) = tasks.idle else { return MONTH };
            let seconds =
                cold.first_200().typical + (idle.after + tasks.deregistration_delay).as_secs_f64();
            hours::awake(&Tail { idle, seconds }, budget, tasks.ping.as_ref())
        }
        Shape::Function(function) => match function.ahead {
            Some(_) => MONTH,
            None => {
                let usage = Usage::of(budget, None, None);
                usage.requests * f64::from(budget.answer_time.get()) / 3600.0
            }
        },
    }
}

/// What is told of every stack.
struct Told<'a> {
    balancer: Option<Balancer>,
    has_database: bool,
    region: Option<&'a str>,
}

/// What is taken for granted: `assumed`, which is so for this kind of stack, among what is so for all.
fn assumptions(budget: &Budget, assumed: Vec<String>, told: &Told<'_>) -> Vec<String> {
    let mut all = vec![
        format!("a month has {MONTH} hours"),
        format!(
            "{} requests an hour for {} hours a day (`budget` in the file)",
            budget.requests_per_hour, budget.active_hours
        ),
    ];
    all.extend(assumed);
    if told.balancer.is_some_and(|it| it.is_public && it.zones.is_none()) {
        all.push(format!("the default network has {} zones", item::DEFAULT_ZONES));
    }
    all.push(format!("a request logs {} kB", item::LOGGED_KB));
    if told.region.is_none() {
        all.push("no region is said, neither in the file nor by AWS_REGION".to_owned());
    }
    if told.has_database {
        all.push("the database is not counted: it is not the stack's".to_owned());
    }
    all.push("no NAT, traffic to the internet, taxes, free tiers or discounts".to_owned());
    all
}

#[cfg(test)]
mod tests;
