//! What a month on AWS costs, item by item, from the shape of a stack, its use and dated prices.
//!
//! Pure. `docs/budget-and-cost.md` has the formulas. What is not counted: NAT gateways, traffic to the internet, taxes,
//! free tiers and discounts, and a database, which is not the stack's.

mod function;
mod hours;
mod item;
mod prices;
mod usage;

use serde::Serialize;

use self::{
    hours::{MONTH, Tail},
    item::Bill,
};
pub use self::{
    item::Item,
    prices::{Price, Priced, Prices, PricesError, STAND_IN},
    usage::Usage,
};
use crate::{
    budget::ColdStart,
    rounded,
    shape::{Balancer, Function, Shape, Tasks},
    stack::Budget,
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
        Self::of_usage(shape, &Usage::expected(shape, budget, cold), budget, prices, region)
    }

    /// The same for a month of which is known how the stack was used, as of one that was simulated.
    #[must_use]
    pub fn of_usage(
        shape: &Shape,
        usage: &Usage,
        budget: &Budget,
        prices: &Prices,
        region: Option<&str>,
    ) -> Option<Self> {
        let bill = Bill::new(prices, region.unwrap_or(STAND_IN));
        match shape {
            Shape::Tasks(tasks) => of_tasks(bill, tasks, usage, region),
            Shape::Function(it) => Some(of_function(bill, it, usage, budget, region)),
        }
    }
}

fn of_tasks(
    mut bill: Bill<'_>,
    tasks: &Tasks,
    usage: &Usage,
    region: Option<&str>,
) -> Option<Estimate> {
    let fargate = tasks.fargate()?;
    bill.add_fargate(tasks.cpu, fargate, usage);
    bill.add_balancer(fargate.balancer, usage);
    bill.add_addresses(fargate, usage);
    bill.add_logs(fargate.log_days, usage);
    bill.add_secrets(fargate.secrets);
    bill.add_pings(usage);
    bill.add_wake(usage);
    bill.add_edge(tasks, usage);
    let told = Told { balancer: fargate.balancer, has_database: fargate.has_database, region };
    Some(bill.estimate(tasks.idle.is_some(), usage.hours, assumptions(usage, &told)))
}

fn of_function(
    mut bill: Bill<'_>,
    function: &Function,
    usage: &Usage,
    budget: &Budget,
    region: Option<&str>,
) -> Estimate {
    bill.add_function(function, usage, budget);
    bill.add_sandboxes_ahead(function);
    bill.add_balancer(function.balancer, usage);
    bill.add_logs(function.log_days, usage);
    bill.add_secrets(function.secrets);
    bill.add_pings_of_function(function, usage);
    bill.add_traces(function, usage, budget);
    let told = Told { balancer: function.balancer, has_database: function.has_database, region };
    bill.estimate(true, usage.hours, assumptions(usage, &told))
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
            None => usage::requests(budget) * f64::from(budget.answer_time.get()) / 3600.0,
        },
    }
}

/// What is told of every stack.
struct Told<'a> {
    balancer: Option<Balancer>,
    has_database: bool,
    region: Option<&'a str>,
}

/// What is taken for granted: of its use, among what is so for all.
fn assumptions(usage: &Usage, told: &Told<'_>) -> Vec<String> {
    let mut all = vec![format!("a month has {MONTH} hours")];
    all.extend(usage.assumed.iter().cloned());
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
