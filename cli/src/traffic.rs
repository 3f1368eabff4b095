//! The traffic that the command line tells of.

use std::{fs, path::PathBuf, time::Duration};

use ragctl_stacks::{
    simulate::DAY,
    stack::Budget,
    traffic::{Rate, RequestLog, Traffic, Week},
};

use crate::{commands::duration, failure::Failure};

/// When requests come, and for how long that is looked at.
#[derive(clap::Args, Debug)]
pub(crate) struct TrafficArgs {
    /// Requests at a steady rate, by chance: `10/h`, `2/m`, `0.5/s`, `300/d` [default: `budget` of the file]
    #[arg(long, value_name = "RATE", conflicts_with_all = ["pattern", "log"])]
    rate: Option<Rate>,

    /// Requests by the hours of a week, in windows that add up: `office 60/h`, `mon-fri 8-18 60/h, mon-sun 0-24 2/h`
    #[arg(long, value_name = "PATTERN", conflicts_with = "log")]
    pattern: Option<Week>,

    /// Requests as they came once: a file with a time a line, as RFC 3339 has it or in seconds; or an access log of a load
    /// balancer of AWS
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,

    /// Days to simulate [default: 28; of a log, all of its days]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3660))]
    days: Option<u32>,

    /// The same in s, m or h, where days are too coarse
    #[arg(long = "for", value_name = "TIME", value_parser = duration, conflicts_with = "days")]
    span: Option<Duration>,

    /// What chance begins with: the same gives the same
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

/// Four weeks: a month in which each day of the week counts alike.
const DAYS: u32 = 28;

impl TrafficArgs {
    /// The traffic, or what the file expects where nothing is said.
    pub(crate) fn traffic(&self, budget: &Budget) -> Result<Traffic, Failure> {
        if let Some(path) = &self.log {
            let unreadable = |source| Failure::Unreadable { path: path.clone(), source };
            let text = fs::read_to_string(path).map_err(unreadable)?;
            let unusable = |source| Failure::LogUnusable { path: path.clone(), source };
            return Ok(Traffic::Log(RequestLog::parse(&text).map_err(unusable)?.into()));
        }
        Ok(match (&self.rate, &self.pattern) {
            (Some(rate), _) => Traffic::steady(*rate),
            (None, Some(week)) => Traffic::Week(week.clone()),
            (None, None) => Traffic::expected(budget),
        })
    }

    /// For how long it is looked at.
    pub(crate) fn length(&self, traffic: &Traffic) -> Duration {
        let usual = || traffic.length().unwrap_or(DAYS * DAY);
        self.span.or(self.days.map(|days| DAY * days)).unwrap_or_else(usual)
    }
}
