//! What a function of Lambda has on a month's bill.

use super::{Usage, hours::MONTH, item::Bill, prices::Priced};
use crate::{shape::Function, stack::Budget};

/// How long a function takes for a ping, in seconds: `docs/measurements.md` has 1 to 16 ms, by its memory.
const PING_SECONDS: f64 = 0.01;

/// Of the requests in a second, X-Ray gets the first, and of the others this share.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html>
const SAMPLED: f64 = 0.05;

impl Bill<'_> {
    /// What requests cost: for being called, and for the time that they take.
    pub(super) fn add_function(&mut self, function: &Function, usage: &Usage, budget: &Budget) {
        let on = Some(function.architecture);
        let seconds = usage.seconds;
        let mut gb_second = self.price(Priced::LambdaGbSecond, on);
        if let Some(sandboxes) = function.ahead {
            let (share, ahead) =
                (found(sandboxes, budget), Priced::LambdaProvisionedDurationGbSecond);
            gb_second = share * self.price(ahead, on) + (1.0 - share) * gb_second;
        }
        let each = self.price(Priced::LambdaRequest, on) + seconds * gb(function) * gb_second;
        let (requests, size) = (usage.requests, size(function));
        let because = format!("{requests:.0} requests × {} s × {size}", round(seconds));
        self.add("function", requests * each, because, false);
    }

    /// What sandboxes cost that are set up ahead, whether anybody asks or not.
    pub(super) fn add_sandboxes_ahead(&mut self, function: &Function) {
        let Some(sandboxes) = function.ahead else { return };
        let second = self.price(Priced::LambdaProvisionedGbSecond, Some(function.architecture));
        let usd = f64::from(sandboxes) * gb(function) * MONTH * 3600.0 * second;
        let because = format!("{sandboxes} × {MONTH} h × {}", size(function));
        self.add("set up ahead", usd, because, true);
    }

    /// What pings cost, which are requests like any other.
    pub(super) fn add_pings_of_function(&mut self, function: &Function, usage: &Usage) {
        if usage.pings > 0.0 {
            let on = Some(function.architecture);
            let each = self.price(Priced::LambdaRequest, on)
                + PING_SECONDS * gb(function) * self.price(Priced::LambdaGbSecond, on);
            let because = format!("{:.0} pings", usage.pings);
            self.add("keep-alive", usage.pings * each, because, true);
        }
    }

    /// What X-Ray's traces cost.
    pub(super) fn add_traces(&mut self, function: &Function, usage: &Usage, budget: &Budget) {
        if function.is_traced {
            let a_second = f64::from(budget.requests_per_hour.get()) / 3600.0;
            let sampled = a_second.min(1.0) + SAMPLED * (a_second - 1.0).max(0.0);
            let share = if a_second > 0.0 { sampled / a_second } else { 0.0 };
            let traces = usage.requests * share + usage.pings;
            let usd = traces * self.price(Priced::TraceRecorded, None);
            self.add("traces", usd, format!("{traces:.0} recorded"), false);
        }
    }
}

/// Two digits behind the point, and none that say nothing.
fn round(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}

/// The share of requests that find one of so many sandboxes that were set up ahead.
fn found(sandboxes: u32, budget: &Budget) -> f64 {
    let a_second = f64::from(budget.requests_per_hour.get()) / 3600.0;
    let at_once = a_second * f64::from(budget.answer_time.get());
    if at_once > 0.0 { (f64::from(sandboxes) / at_once).min(1.0) } else { 1.0 }
}

fn gb(function: &Function) -> f64 {
    f64::from(function.memory) / 1024.0
}

/// `1.73 GB, x86_64`.
fn size(function: &Function) -> String {
    format!("{:.2} GB, {}", gb(function), function.architecture)
}

#[cfg(test)]
mod tests;
