//! An address that a schedule asks without a function.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// An API destination of `EventBridge`, which waits 5 s for an answer at most.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Its name.
    pub name: Name,
    /// What is asked, by `GET`: an address that begins with `https://`.
    pub asks: String,
    /// The most requests in a second.
    pub rate: u32,
    /// How it is spoken to.
    pub connection: Address,
}

impl Managed for Destination {
    const KIND: Kind = Kind::Destination;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.connection.clone()]
    }

    fn in_short(&self) -> String {
        format!("asks {}", self.asks)
    }
}
