//! Which subnets something lies in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Subnets, by their ids, or those of the account's default network, which the backend knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeSet<String>", into = "BTreeSet<String>")]
pub enum Subnets {
    /// One in each zone of the default VPC.
    Default,
    /// These.
    Named(BTreeSet<String>),
}

/// How the default ones are written.
const DEFAULT: &str = "default";

impl From<BTreeSet<String>> for Subnets {
    fn from(named: BTreeSet<String>) -> Self {
        if named.len() == 1 && named.contains(DEFAULT) { Self::Default } else { Self::Named(named) }
    }
}

impl From<Subnets> for BTreeSet<String> {
    fn from(subnets: Subnets) -> Self {
        match subnets {
            Subnets::Default => Self::from([DEFAULT.to_owned()]),
            Subnets::Named(named) => named,
        }
    }
}
