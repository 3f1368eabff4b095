//! What a resource is called within its stack: `target_group/app`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The sort of a resource. The set is closed, so that what is no longer wanted is found by looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Where documents and their vectors lie.
    Store,
    /// A key that is made once, and that nobody is shown.
    Secret,
    /// What somebody who works for the stack may do.
    Role,
    /// Where what tasks log is kept.
    LogGroup,
    /// Who may connect to whom.
    SecurityGroup,
    /// What services are grouped in.
    Cluster,
    /// What the service runs in, as ragctl has built it.
    Image,
    /// What a task runs, and with which settings.
    TaskDefinition,
    /// Where requests may go, and how its targets' health is found out.
    TargetGroup,
    /// The one address for clients.
    LoadBalancer,
    /// A port of a load balancer, and what becomes of requests to it.
    Listener,
    /// The part of another listener's requests that is the stack's.
    ListenerRule,
    /// Keeps tasks of one revision running behind the target group.
    Service,
    /// The bounds between which tasks are added and removed.
    ScalableTarget,
    /// A measure that tasks are added and removed by.
    ScalingPolicy,
    /// Other bounds from a time on.
    ScheduledAction,
    /// Stops the last task after a time without requests, and starts one for the next request.
    Idle,
    /// What stands before the balancer, and answers for a back end that is cold.
    Edge,
    /// Files that functions find below `/opt`.
    Layer,
    /// A program that AWS Lambda runs.
    Function,
    /// The version of a function that serves.
    Alias,
    /// A function's own address.
    FunctionUrl,
    /// The door by which a load balancer calls a function.
    FunctionTarget,
    /// How somebody else's address is spoken to.
    Connection,
    /// An address that a schedule asks without a function.
    Destination,
    /// A request sent at fixed times.
    Schedule,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 26] = [
        Self::Store,
        Self::Secret,
        Self::Role,
        Self::LogGroup,
        Self::SecurityGroup,
        Self::Cluster,
        Self::Image,
        Self::TaskDefinition,
        Self::TargetGroup,
        Self::LoadBalancer,
        Self::Listener,
        Self::ListenerRule,
        Self::Service,
        Self::ScalableTarget,
        Self::ScalingPolicy,
        Self::ScheduledAction,
        Self::Idle,
        Self::Edge,
        Self::Layer,
        Self::Function,
        Self::Alias,
        Self::FunctionUrl,
        Self::FunctionTarget,
        Self::Connection,
        Self::Destination,
        Self::Schedule,
    ];

    /// The kind as it is written in addresses, plans and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Secret => "secret",
            Self::Role => "role",
            Self::LogGroup => "log_group",
            Self::SecurityGroup => "security_group",
            Self::Cluster => "cluster",
            Self::Image => "image",
            Self::TaskDefinition => "task_definition",
            Self::TargetGroup => "target_group",
            Self::LoadBalancer => "load_balancer",
            Self::Listener => "listener",
            Self::ListenerRule => "listener_rule",
            Self::Service => "service",
            Self::ScalableTarget => "scalable_target",
            Self::ScalingPolicy => "scaling_policy",
            Self::ScheduledAction => "scheduled_action",
            Self::Idle => "idle",
            Self::Edge => "edge",
            Self::Layer => "layer",
            Self::Function => "function",
            Self::Alias => "alias",
            Self::FunctionUrl => "function_url",
            Self::FunctionTarget => "function_target",
            Self::Connection => "connection",
            Self::Destination => "destination",
            Self::Schedule => "schedule",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A resource's name within its stack: lower-case letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// The name of the resources that serve the application; most kinds have this one alone.
    #[must_use]
    pub fn app() -> Self {
        Self("app".to_owned())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || !text.chars().all(allowed) {
            return Err(AddressError::NameNotAllowed(text));
        }
        Ok(Self(text))
    }
}

impl TryFrom<&str> for Name {
    type Error = AddressError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::try_from(text.to_owned())
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Kind and name of a resource. References between resources are addresses; a backend resolves them as it acts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: Name,
}

impl Address {
    /// The address of a `kind` by its name, which the code knows to be one.
    ///
    /// # Panics
    ///
    /// When the name is none.
    #[must_use]
    pub fn of(kind: Kind, name: &str) -> Self {
        Self { kind, name: Name::try_from(name).expect("a name in the code is a name") }
    }

    /// The address of the `kind` that serves the application.
    #[must_use]
    pub fn app(kind: Kind) -> Self {
        Self { kind, name: Name::app() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || AddressError::NotAnAddress(text.to_owned());
        let (kind, name) = text.split_once('/').ok_or_else(unknown)?;
        let kind = Kind::ALL.into_iter().find(|k| k.as_str() == kind).ok_or_else(unknown)?;
        Ok(Self { kind, name: Name::try_from(name)? })
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

/// Why a text is not an address.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AddressError {
    /// A name has letters that names do not have.
    #[error("`{0}` is not a name: lower-case letters, digits and hyphens make one")]
    NameNotAllowed(String),
    /// There is no known kind before a `/`.
    #[error("`{0}` is not an address such as `target_group/app`")]
    NotAnAddress(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_it_was_written() {
        for kind in Kind::ALL {
            let address = Address::app(kind);
            assert_eq!(address.to_string().parse(), Ok(address));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "app", "bucket/app", "service/", "service/App", "service/a/b"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
