//! What AWS asks for a unit of each thing: a dated table, which comes with ragctl and which a file may lie over.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::stack::Architecture;

const BUILT_IN: &str = include_str!("prices.json");

/// The region whose prices stand in where another's are not known.
pub const STAND_IN: &str = "us-east-1";

/// Where a price holds in all regions.
const EVERYWHERE: &str = "everywhere";

/// Prices, each with its date and source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    format: u32,
    prices: Vec<Price>,
}

/// What a unit of something costs in a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// What it is the price of.
    pub item: Priced,
    /// On which processors; none where that makes no difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<Architecture>,
    /// The region, or `everywhere`.
    pub region: String,
    /// US dollars a unit.
    pub usd: f64,
    /// The day on which it was so, `2026-09-11`.
    pub date: String,
    /// Who says so.
    pub source: String,
}

/// What has a price, with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priced {
    /// A vCPU of Fargate for an hour.
    FargateVcpuHour,
    /// A GB of a Fargate task's memory for an hour.
    FargateGbHour,
    /// A GB of a Fargate task's disk above 20 for an hour.
    FargateStorageGbHour,
    /// An application load balancer for an hour.
    LoadBalancerHour,
    /// A capacity unit of an application load balancer for an hour.
    LoadBalancerUnitHour,
    /// A public IPv4 address for an hour.
    PublicIpv4Hour,
    /// A GB of log lines taken in.
    LogGb,
    /// A GB of log lines kept for a month.
    LogGbMonth,
    /// A secret of Secrets Manager for a month.
    SecretMonth,
    /// A call of a Lambda function.
    LambdaRequest,
    /// A GB of a Lambda function's memory for a second.
    LambdaGbSecond,
    /// A GB of a Lambda function's memory that is set up ahead, for a second.
    LambdaProvisionedGbSecond,
    /// A GB of the memory of a Lambda function that was set up ahead, for a second in which it works.
    LambdaProvisionedDurationGbSecond,
    /// A trace that X-Ray takes in.
    TraceRecorded,
    /// A metric asked of CloudWatch once.
    MetricQuery,
    /// A call of a function of Lambda@Edge.
    EdgeFunctionRequest,
    /// A GB of the memory of a function of Lambda@Edge for a second.
    EdgeFunctionGbSecond,
    /// A request to CloudFront over HTTPS.
    CloudfrontRequest,
    /// A GB that CloudFront sends to clients.
    CloudfrontGb,
}

/// Why a price table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// It is no price table.
    #[error("the file is not a table of prices")]
    NotPrices(#[source] serde_json::Error),
    /// Another version wrote it.
    #[error("the table has format {0}, and this version of ragctl reads {known}", known = Prices::FORMAT)]
    OtherFormat(u32),
    /// Nobody is paid for taking something.
    #[error("the price number {0} is less than nothing")]
    LessThanNothing(usize),
}

static TABLE: LazyLock<Prices> =
    LazyLock::new(|| Prices::from_json(BUILT_IN).expect("the built-in prices are prices"));

impl Prices {
    /// The version that this program reads.
    pub const FORMAT: u32 = 1;

    /// Those that come with ragctl.
    #[must_use]
    pub fn built_in() -> Self {
        TABLE.clone()
    }

    /// Reads a table.
    ///
    /// # Errors
    ///
    /// [`PricesError`] says what is wrong with it.
    pub fn from_json(text: &str) -> Result<Self, PricesError> {
        let read: Self = serde_json::from_str(text).map_err(PricesError::NotPrices)?;
        if read.format != Self::FORMAT {
            return Err(PricesError::OtherFormat(read.format));
        }
        match read.prices.iter().position(|it| it.usd < 0.0) {
            Some(at) => Err(PricesError::LessThanNothing(at + 1)),
            None => Ok(read),
        }
    }

    /// These, and the built-in ones where they say nothing.
    #[must_use]
    pub fn over_built_in(mut self) -> Self {
        self.prices.extend(Self::built_in().prices);
        self
    }

    /// The price of something in a region: the region's own, else the one of everywhere, else that of [`STAND_IN`].
    pub(crate) fn of(&self, item: Priced, on: Option<Architecture>, region: &str) -> &Price {
        let in_region = |region: &str| {
            let is_it = |it: &&Price| {
                it.item == item
                    && it.region == region
                    && (it.architecture.is_none() || it.architecture == on)
            };
            self.prices.iter().find(is_it)
        };
        [region, EVERYWHERE, STAND_IN]
            .into_iter()
            .find_map(in_region)
            .expect("the built-in prices have each item in the region that stands in")
    }
}

impl Price {
    /// Whether it is another region's.
    pub(super) fn stands_in_for(&self, region: &str) -> bool {
        self.region != region && self.region != EVERYWHERE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Priced; 19] = [
        Priced::FargateVcpuHour,
        Priced::FargateGbHour,
        Priced::FargateStorageGbHour,
        Priced::LoadBalancerHour,
        Priced::LoadBalancerUnitHour,
        Priced::PublicIpv4Hour,
        Priced::LogGb,
        Priced::LogGbMonth,
        Priced::SecretMonth,
        Priced::LambdaRequest,
        Priced::LambdaGbSecond,
        Priced::LambdaProvisionedGbSecond,
        Priced::LambdaProvisionedDurationGbSecond,
        Priced::TraceRecorded,
        Priced::MetricQuery,
        Priced::EdgeFunctionRequest,
        Priced::EdgeFunctionGbSecond,
        Priced::CloudfrontRequest,
        Priced::CloudfrontGb,
    ];

    #[test]
    fn each_item_has_a_price_on_both_processors_a_day_and_a_page() {
        let prices = Prices::built_in();
        for item in ALL {
            for on in [Architecture::X86_64, Architecture::Arm64] {
                assert!(prices.of(item, Some(on), "nowhere-1").usd > 0.0, "{item:?}");
            }
        }
        for price in &prices.prices {
            assert!(price.source.starts_with("https://"), "{price:?}");
            let date: Vec<&str> = price.date.split('-').collect();
            assert!(
                matches!(date.as_slice(), [y, m, d] if [y, m, d].map(|it| it.len()) == [4, 2, 2])
            );
        }
    }

    #[test]
    fn a_regions_own_price_comes_before_one_that_stands_in() {
        let prices = Prices::built_in();
        let vcpu = |on, region| prices.of(Priced::FargateVcpuHour, Some(on), region);
        assert!(!vcpu(Architecture::Arm64, "ca-central-1").stands_in_for("ca-central-1"));
        let other = vcpu(Architecture::X86_64, "ca-central-1");
        assert!(other.stands_in_for("ca-central-1") && other.region == STAND_IN);
        let address = prices.of(Priced::PublicIpv4Hour, None, "ca-central-1");
        assert!(!address.stands_in_for("ca-central-1"));
    }

    #[test]
    fn a_file_lies_over_the_built_in_prices() {
        let own = r#"{"format": 1, "prices": [{"item": "log_gb", "region": "us-east-1", "usd": 0.1,
            "date": "2026-11-01", "source": "our contract"}]}"#;
        let prices = Prices::from_json(own).unwrap().over_built_in();
        assert!((prices.of(Priced::LogGb, None, "us-east-1").usd - 0.1).abs() < 1e-9);
        assert!((prices.of(Priced::SecretMonth, None, "us-east-1").usd - 0.4).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let told = |text: &str| Prices::from_json(text).unwrap_err().to_string();
        assert_eq!(told("[]"), "the file is not a table of prices");
        assert_eq!(
            told(r#"{"format": 2, "prices": []}"#),
            "the table has format 2, and this version of ragctl reads 1"
        );
        assert_eq!(
            told(&BUILT_IN.replacen("0.04048", "-0.04048", 1)),
            "the price number 1 is less than nothing"
        );
    }
}
