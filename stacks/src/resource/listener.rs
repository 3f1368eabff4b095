//! A port of a load balancer, and what becomes of requests to it.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// A listener: `http` or `https`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Its name, which is its protocol.
    pub name: Name,
    /// Whose port it is.
    pub load_balancer: Address,
    /// The port that clients use.
    pub port: u16,
    /// The certificate that it shows, by its ARN; HTTPS has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// What becomes of a request.
    pub action: ListenerAction,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListenerAction {
    /// It goes to a target group of the stack.
    Forward(Address),
    /// The client is sent to HTTPS on this port.
    RedirectToHttps(u16),
    /// What ragctl does not do: somebody else has changed it.
    Other(String),
}

impl Managed for Listener {
    const KIND: Kind = Kind::Listener;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        let target_group = match &self.action {
            ListenerAction::Forward(target_group) => Some(target_group.clone()),
            ListenerAction::RedirectToHttps(_) | ListenerAction::Other(_) => None,
        };
        std::iter::once(self.load_balancer.clone()).chain(target_group).collect()
    }

    fn within(&self) -> Option<Address> {
        Some(self.load_balancer.clone())
    }

    fn in_short(&self) -> String {
        match &self.action {
            ListenerAction::Forward(_) | ListenerAction::Other(_) => format!("port {}", self.port),
            ListenerAction::RedirectToHttps(to) => {
                format!("port {}, sends clients to HTTPS on {to}", self.port)
            }
        }
    }
}
