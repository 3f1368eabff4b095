//! The things that a month's bill has, a function each.

use serde::Serialize;

use super::{
    Estimate, Usage,
    hours::{DAYS, MONTH},
    prices::{Price, Priced, Prices},
};
use crate::{
    rounded,
    shape::{Balancer, Fargate, Tasks},
    stack::Architecture,
};

/// Zones of the default network, where nobody says how many it has: the fewest that a load balancer takes.
///
/// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>
pub(super) const DEFAULT_ZONES: usize = 2;

/// What a request leaves in the log, in kB. Assumed.
pub(super) const LOGGED_KB: f64 = 1.0;

/// Disk of a task that costs nothing, in GiB.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html>
const FREE_STORAGE: u32 = 20;

/// New connections a second that a capacity unit of a load balancer is good for.
///
/// Source: <https://aws.amazon.com/elasticloadbalancing/pricing/>
const CONNECTIONS_OF_UNIT: f64 = 25.0;

/// The processors that small functions run on, as they are made.
const SMALL_ON: Option<Architecture> = Some(Architecture::Arm64);

/// Memory of the function that asks, in GB, as it is made.
const PING_GB: f64 = 0.125;

/// How long a ping takes, in seconds. Assumed.
const PING_SECONDS: f64 = 1.0;

/// Memory of the wake function, in GB, as it is made.
const WAKE_GB: f64 = 0.25;

/// How long a look takes, in seconds. Assumed.
const WAKE_SECONDS: f64 = 0.5;

/// Memory of a function at the edge, in GB: the least there is.
const EDGE_GB: f64 = 0.125;

/// How long a function at the edge takes, in seconds. Assumed.
const EDGE_SECONDS: f64 = 0.1;

/// What CloudFront sends for a request, in GB. Assumed.
const EDGE_ANSWER_GB: f64 = 0.00001;

/// Something on the bill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// What it is.
    pub name: &'static str,
    /// Dollars a month.
    #[serde(serialize_with = "rounded::number")]
    pub usd: f64,
    /// How that comes about.
    pub because: String,
    /// Whether it is paid for while the service sleeps.
    pub asleep: bool,
}

/// A bill in the making.
pub(super) struct Bill<'a> {
    prices: &'a Prices,
    region: &'a str,
    items: Vec<Item>,
    used: Vec<&'a Price>,
}

impl<'a> Bill<'a> {
    pub(super) fn new(prices: &'a Prices, region: &'a str) -> Self {
        Self { prices, region, items: Vec::new(), used: Vec::new() }
    }

    pub(super) fn estimate(self, sleeps: bool, awake: f64, assumptions: Vec<String>) -> Estimate {
        let Self { region, items, used, .. } = self;
        // The sum of no numbers at all would be -0.0.
        let sum = |of: &dyn Fn(&&Item) -> bool| {
            items.iter().filter(of).map(|it| it.usd).fold(0.0, |all, it| all + it)
        };
        let stand_ins = used.iter().filter(|it| it.stands_in_for(region)).map(|it| it.item);
        let mut stand_ins: Vec<Priced> = stand_ins.collect();
        stand_ins.dedup();
        Estimate {
            total: sum(&|_| true),
            asleep: sleeps.then(|| sum(&|it| it.asleep)),
            awake_hours: awake,
            assumptions,
            region: region.to_owned(),
            prices_of: used.iter().map(|it| it.date.clone()).min().unwrap_or_default(),
            stand_ins,
            items,
        }
    }

    pub(super) fn add_fargate(&mut self, cpu: u32, task: &Fargate, usage: &Usage) {
        let on = Some(task.architecture);
        let (vcpu, gb) = (f64::from(cpu) / 1024.0, f64::from(task.memory) / 1024.0);
        let an_hour = vcpu * self.price(Priced::FargateVcpuHour, on)
            + gb * self.price(Priced::FargateGbHour, on);
        let (tasks, awake) = (usage.tasks, usage.hours);
        let hours = f64::from(tasks) * awake;
        let architecture = task.architecture;
        let size = format!("{} × {vcpu} vCPU, {gb} GB, {architecture}", counted(tasks, awake));
        self.add("Fargate tasks", hours * an_hour, size, false);
        let more = task.ephemeral_storage.saturating_sub(FREE_STORAGE);
        if more > 0 {
            let usd = hours * f64::from(more) * self.price(Priced::FargateStorageGbHour, None);
            self.add("task storage", usd, format!("{more} GB above {FREE_STORAGE}"), false);
        }
    }

    pub(super) fn add_balancer(&mut self, balancer: Option<Balancer>, usage: &Usage) {
        let Some(balancer) = balancer else { return };
        let hours = MONTH * self.price(Priced::LoadBalancerHour, None);
        self.add("load balancer", hours, format!("{MONTH} h"), true);
        let units = (usage.requests + usage.pings) / 3600.0 / CONNECTIONS_OF_UNIT;
        let usd = units * self.price(Priced::LoadBalancerUnitHour, None);
        self.add("capacity units", usd, "a new connection a request".to_owned(), false);
        if balancer.is_public {
            let zones = balancer.zones.unwrap_or(DEFAULT_ZONES);
            let zones = u32::try_from(zones).unwrap_or(u32::MAX);
            let usd = f64::from(zones) * MONTH * self.price(Priced::PublicIpv4Hour, None);
            self.add("balancer's addresses", usd, format!("{zones} zones × {MONTH} h"), true);
        }
    }

    pub(super) fn add_addresses(&mut self, task: &Fargate, usage: &Usage) {
        if task.public_ip {
            let hour = self.price(Priced::PublicIpv4Hour, None);
            let usd = f64::from(usage.tasks) * usage.hours * hour;
            let because = counted(usage.tasks, usage.hours);
            self.add("tasks' addresses", usd, because, false);
        }
    }

    pub(super) fn add_logs(&mut self, days: Option<u32>, usage: &Usage) {
        let gb = (usage.requests + usage.pings) * LOGGED_KB / 1e6;
        // For ever is more than a month; how much more, no month can tell.
        let months = days.map_or(1.0, |days| f64::from(days) / DAYS);
        let usd =
            gb * (self.price(Priced::LogGb, None) + months * self.price(Priced::LogGbMonth, None));
        self.add("logs", usd, format!("{:.1} MB a month", gb * 1000.0), false);
    }

    pub(super) fn add_secrets(&mut self, secrets: usize) {
        let secrets = u32::try_from(secrets).unwrap_or(u32::MAX);
        if secrets > 0 {
            let usd = f64::from(secrets) * self.price(Priced::SecretMonth, None);
            self.add("secrets", usd, format!("{secrets} in Secrets Manager"), true);
        }
    }

    pub(super) fn add_pings(&mut self, usage: &Usage) {
        if usage.pings > 0.0 {
            let each = self.price(Priced::LambdaRequest, None)
                + PING_SECONDS * PING_GB * self.price(Priced::LambdaGbSecond, SMALL_ON);
            let because = format!("{:.0} pings", usage.pings);
            self.add("keep-alive", usage.pings * each, because, true);
        }
    }

    pub(super) fn add_wake(&mut self, usage: &Usage) {
        if usage.looks > 0.0 {
            let each = self.price(Priced::LambdaRequest, None)
                + WAKE_SECONDS * WAKE_GB * self.price(Priced::LambdaGbSecond, SMALL_ON)
                + self.price(Priced::MetricQuery, None);
            let because = format!("{:.0} looks whether it is idle", usage.looks);
            self.add("wake function", usage.looks * each, because, true);
        }
    }

    pub(super) fn add_edge(&mut self, tasks: &Tasks, usage: &Usage) {
        if tasks.edge.is_some() {
            let each = self.price(Priced::EdgeFunctionRequest, None)
                + EDGE_SECONDS * EDGE_GB * self.price(Priced::EdgeFunctionGbSecond, None)
                + self.price(Priced::CloudfrontRequest, None)
                + EDGE_ANSWER_GB * self.price(Priced::CloudfrontGb, None);
            self.add("edge", usage.requests * each, "CloudFront, Lambda@Edge".to_owned(), false);
        }
    }

    pub(super) fn price(&mut self, item: Priced, on: Option<Architecture>) -> f64 {
        let price = self.prices.of(item, on, self.region);
        self.used.push(price);
        price.usd
    }

    pub(super) fn add(&mut self, name: &'static str, usd: f64, because: String, asleep: bool) {
        self.items.push(Item { name, usd, because, asleep });
    }
}

/// `1 task × 730 h`.
fn counted(tasks: u32, hours: f64) -> String {
    let plural = if tasks == 1 { "" } else { "s" };
    format!("{tasks} task{plural} × {hours:.0} h")
}
