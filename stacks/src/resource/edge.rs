//! What stands before the balancer, and answers for a back end that is cold.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Digest, Managed};
use crate::{
    address::{Address, Kind, Name},
    seconds,
};

/// Has a cold back end warm itself by `POST /warmup`, and tells its caller when to come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Its name.
    pub name: Name,
    /// What it stands before.
    pub behind: Address,
    /// Where it stands.
    #[serde(flatten)]
    pub place: EdgePlace,
}

/// Where it stands, and what belongs to that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EdgePlace {
    /// On this machine: the balancer does it.
    Machine(ColdAnswer),
    /// In CloudFront: a distribution, and a function that it calls.
    CloudFront(CloudFront),
}

/// What becomes of a request that a cold back end did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColdAnswer {
    /// How long the back end's answer to `POST /warmup` is awaited, in real time.
    #[serde(with = "seconds")]
    pub limit: Duration,
    /// After which time its caller is to ask again.
    #[serde(with = "seconds")]
    pub retry_after: Duration,
}

/// A distribution of CloudFront.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudFront {
    /// What sees each answer of the origin.
    pub function: Address,
    /// Which code and settings of it: the digest of both.
    ///
    /// A distribution calls a numbered version, so a change of the function changes the distribution too.
    pub code: Digest,
    /// Where requests go.
    pub origin: Origin,
    /// How long the origin may be silent before its answer and within it; CloudFront takes 120 s at most.
    #[serde(with = "seconds")]
    pub read_timeout: Duration,
    /// Name by which clients reach it, besides the one that AWS gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Certificate for that name, by its ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// What differs of that which is the same for every stack: never anything wanted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub amiss: BTreeSet<String>,
}

/// Where a distribution sends requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// `load_balancer/app` for the stack's own balancer by the name that AWS gives it, or another name.
    pub host: String,
    /// How it is spoken to.
    pub protocol: OriginProtocol,
    /// On which port.
    pub port: u16,
}

/// How an origin is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginProtocol {
    /// In the clear.
    Http,
    /// With its certificate.
    Https,
}

impl Edge {
    /// What it does on this machine, if that is where it stands.
    #[must_use]
    pub const fn on_this_machine(&self) -> Option<ColdAnswer> {
        match &self.place {
            EdgePlace::Machine(it) => Some(*it),
            EdgePlace::CloudFront(_) => None,
        }
    }
}

impl Managed for Edge {
    const KIND: Kind = Kind::Edge;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        match &self.place {
            EdgePlace::Machine(_) => vec![self.behind.clone()],
            EdgePlace::CloudFront(it) => vec![self.behind.clone(), it.function.clone()],
        }
    }

    fn in_short(&self) -> String {
        match &self.place {
            EdgePlace::Machine(it) => format!(
                "a cold back end is warmed, its caller asks again after {}",
                seconds::text(it.retry_after)
            ),
            EdgePlace::CloudFront(CloudFront { domain: Some(domain), .. }) => {
                format!("a distribution of CloudFront, at {domain}")
            }
            EdgePlace::CloudFront(_) => "a distribution of CloudFront".to_owned(),
        }
    }
}
