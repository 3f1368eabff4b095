//! What Lambda asks for an invocation.

use serde::Serialize;

use super::size::MemorySize;
use crate::{
    cost::{Priced, Prices, STAND_IN},
    stack::Architecture,
};

/// MB of a GB, as Lambda counts it.
const MB_PER_GB: f64 = 1024.0;

/// What Lambda asks for an invocation: memory by time, and the request. Free tiers, discounts and traffic are not counted.
///
/// Source: <https://aws.amazon.com/lambda/pricing/>
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tariff {
    /// Dollars for a GB for a second.
    pub gb_second_usd: f64,
    /// Dollars for a request.
    pub request_usd: f64,
    /// The processors.
    pub architecture: Architecture,
    /// The region whose prices these are.
    pub region: String,
    /// The day on which they were so.
    pub prices_of: String,
}

impl Tariff {
    /// What a region asks for on these processors. No region, or one whose prices are not known: that of the one that stands
    /// in.
    #[must_use]
    pub fn of(prices: &Prices, on: Architecture, region: Option<&str>) -> Self {
        let region = region.unwrap_or(STAND_IN);
        let memory = prices.of(Priced::LambdaGbSecond, Some(on), region);
        Self {
            gb_second_usd: memory.usd,
            request_usd: prices.of(Priced::LambdaRequest, Some(on), region).usd,
            architecture: on,
            region: memory.region.clone(),
            prices_of: memory.date.clone(),
        }
    }

    /// Dollars for a million invocations that are each billed as long.
    #[must_use]
    pub fn usd_per_million(&self, memory: MemorySize, billed_ms: f64) -> f64 {
        let gb = f64::from(memory.get()) / MB_PER_GB;
        (billed_ms / 1e3 * gb * self.gb_second_usd + self.request_usd) * 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(mb: u32) -> MemorySize {
        MemorySize::new(mb).unwrap()
    }

    #[test]
    fn a_million_invocations_cost_memory_by_time_and_the_requests() {
        let on = |it| Tariff::of(&Prices::built_in(), it, Some("nowhere-1"));
        let (intel, arm) = (on(Architecture::X86_64), on(Architecture::Arm64));
        // 1 GB for 100 ms: a million times 0.1 GB-seconds, and 0.20 $ for the requests.
        assert!((intel.usd_per_million(size(1024), 100.0) - 1.866_67).abs() < 1e-6);
        assert!((arm.usd_per_million(size(1024), 100.0) - 1.533_34).abs() < 1e-6);
        assert!((arm.usd_per_million(size(128), 0.0) - 0.2).abs() < 1e-9);
        assert_eq!(arm.region, STAND_IN, "no price of another region is known");
    }
}
