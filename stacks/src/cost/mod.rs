//! What a month on AWS costs, item by item, from the shape of a stack, its use and dated prices.
//!
//! Pure. `docs/budget-and-cost.md` has the formulas. What is not counted: NAT gateways, traffic to the internet, taxes,
//! free tiers and discounts, and a database, which is not the stack's.

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
    shape::{Fargate, Shape},
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
    /// Hours a month in which tasks run.
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
        let fargate = shape.fargate()?;
        let awake = awake_hours(shape, budget, cold);
        let usage = Usage::of(shape, budget);
        let mut bill = Bill::new(prices, region.unwrap_or(STAND_IN));
        bill.add_fargate(fargate, shape.minimum, awake);
        bill.add_balancer(fargate, &usage);
        bill.add_addresses(fargate, shape.minimum, awake);
        bill.add_logs(fargate, &usage);
        bill.add_secrets(fargate);
        bill.add_pings(&usage);
        bill.add_wake(&usage);
        bill.add_edge(shape, &usage);
        Some(bill.estimate(shape, awake, assumptions(shape, fargate, budget, region)))
    }
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
    fn of(shape: &Shape, budget: &Budget) -> Self {
        let a_day = f64::from(budget.requests_per_hour.get() * budget.active_hours.get());
        let times = |it: &Option<Schedule>| it.as_ref().map_or(0.0, hours::times);
        Self { requests: a_day * hours::DAYS, pings: times(&shape.ping), looks: times(&shape.tick) }
    }
}

/// Hours a month in which tasks run: all of them where the service never sleeps.
#[must_use]
pub fn awake_hours(shape: &Shape, budget: &Budget, cold: &ColdStart) -> f64 {
    let Some(idle) = shape.idle else { return MONTH };
    let seconds =
        cold.first_200().typical + (idle.after + shape.deregistration_delay).as_secs_f64();
    hours::awake(&Tail { idle, seconds }, budget, shape.ping.as_ref())
}

fn assumptions(
    shape: &Shape,
    fargate: &Fargate,
    budget: &Budget,
    region: Option<&str>,
) -> Vec<String> {
    let mut told = vec![
        format!("a month has {MONTH} hours"),
        format!(
            "{} requests an hour for {} hours a day (`budget` in the file)",
            budget.requests_per_hour, budget.active_hours
        ),
    ];
    let (minimum, maximum) = (shape.minimum, shape.maximum);
    if maximum > minimum {
        told.push(format!("{minimum} of at most {maximum} tasks run: `autoscaling.minimum`"));
    }
    if fargate.balancer.is_some_and(|it| it.is_public && it.zones.is_none()) {
        told.push(format!("the default network has {} zones", item::DEFAULT_ZONES));
    }
    if shape.idle.is_some() {
        told.push("requests come at equal distances".to_owned());
    }
    told.push(format!("a request logs {} kB", item::LOGGED_KB));
    if region.is_none() {
        told.push("no region is said, neither in the file nor by AWS_REGION".to_owned());
    }
    if fargate.has_database {
        told.push("the database is not counted: it is not the stack's".to_owned());
    }
    told.push("no NAT, traffic to the internet, taxes, free tiers or discounts".to_owned());
    told
}

#[cfg(test)]
mod tests;
