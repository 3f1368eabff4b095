//! The things that can exist, a kind a file: plain values that call nothing.

mod alias;
mod changes;
mod cluster;
mod connection;
mod destination;
mod digest;
mod edge;
mod function;
mod function_target;
mod function_url;
mod idle;
mod image;
mod layer;
mod listener;
mod listener_rule;
mod load_balancer;
mod log_group;
mod role;
mod scalable_target;
mod scaling_policy;
mod schedule;
mod scheduled_action;
mod secret;
mod security_group;
mod service;
mod store;
mod subnets;
mod target_group;
mod task_definition;

use serde::{Deserialize, Serialize};

pub use self::{
    alias::{Alias, Provisioned},
    changes::{Change, Changes},
    cluster::Cluster,
    connection::Connection,
    destination::Destination,
    digest::Digest,
    edge::{CloudFront, ColdAnswer, Edge, EdgePlace, Origin, OriginProtocol},
    function::{EdgeJob, Function, FunctionCode, FunctionNetwork, Job, ServiceJob, Wake},
    function_target::FunctionTarget,
    function_url::FunctionUrl,
    idle::{Idle, WhileWaking},
    image::{Image, ImagePlace},
    layer::Layer,
    listener::{Listener, ListenerAction},
    listener_rule::{ListenerRule, RuleAction},
    load_balancer::{LoadBalancer, Place, Scheme},
    log_group::LogGroup,
    role::{Grant, Role},
    scalable_target::ScalableTarget,
    scaling_policy::{Metric, ScalingPolicy},
    schedule::Schedule,
    scheduled_action::ScheduledAction,
    secret::Secret,
    security_group::{Ingress, SecurityGroup},
    service::{DeploymentStrategy, OnFargate, Service},
    store::Store,
    subnets::Subnets,
    target_group::{Algorithm, HealthCheck, TargetGroup},
    task_definition::{
        ContainerHealthCheck, FargateTask, LogOptions, Package, Program, TaskDefinition,
    },
};
use crate::address::{Address, Kind, Name};

/// A kind of thing that a stack can own. Values only: nothing here calls out.
pub trait Managed: Serialize {
    /// Its name in YAML, plans and state.
    const KIND: Kind;

    /// The fields that cannot be edited in place, as paths within its JSON; a change of one replaces the resource.
    const FIXED: Fixed = Fixed::Nothing;

    /// Its name within the stack.
    fn name(&self) -> &Name;

    /// What must exist before it can.
    fn needs(&self) -> Vec<Address>;

    /// What it is a part of: it goes and comes with that.
    fn within(&self) -> Option<Address> {
        None
    }

    /// What it is, in a few words, for the line of a plan that creates it.
    fn in_short(&self) -> String;

    /// What is lost with it, for the line of a plan that deletes it; empty when nothing is.
    fn loss(&self) -> String {
        String::new()
    }
}

/// Which fields of a kind cannot be edited in place, and how it is replaced when one of them changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// All can be edited.
    Nothing,
    /// None can be edited.
    Everything(ReplaceOrder),
    /// These cannot.
    Fields(&'static [&'static str], ReplaceOrder),
}

/// Which comes first when a resource is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplaceOrder {
    /// The new one stands before the old one goes.
    CreateThenDelete,
    /// The old one goes first: both cannot stand side by side.
    DeleteThenCreate,
}

/// How a resource gets from what it is to what it should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// In place.
    Update(Changes),
    /// By a new one.
    Replace(ReplaceOrder, Changes),
}

/// What must change for `live` to become `wanted`; `None` when they agree.
fn difference<M: Managed>(wanted: &M, live: &M) -> Option<Difference> {
    let changes = Changes::between(wanted, live)?;
    let fixed = |fields: &[&str]| changes.iter().any(|c| fields.iter().any(|f| c.is_within(f)));
    Some(match M::FIXED {
        Fixed::Everything(order) => Difference::Replace(order, changes),
        Fixed::Fields(fields, order) if fixed(fields) => Difference::Replace(order, changes),
        Fixed::Fields(..) | Fixed::Nothing => Difference::Update(changes),
    })
}

macro_rules! resources {
    ($($(#[$doc:meta])* $kind:ident),* $(,)?) => {
        /// A thing that a stack can own. The set is closed: a new kind makes the compiler list every place to extend.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Resource {
            $($(#[$doc])* $kind($kind),)*
        }

        impl Resource {
            /// Kind and name.
            #[must_use]
            pub fn address(&self) -> Address {
                match self {
                    $(Self::$kind(it) => Address { kind: $kind::KIND, name: it.name().clone() },)*
                }
            }

            /// What must exist before it can.
            #[must_use]
            pub fn needs(&self) -> Vec<Address> {
                match self { $(Self::$kind(it) => it.needs(),)* }
            }

            /// What it is a part of.
            #[must_use]
            pub fn within(&self) -> Option<Address> {
                match self { $(Self::$kind(it) => it.within(),)* }
            }

            /// What must change for `live` to become this; `None` when they agree.
            ///
            /// # Panics
            ///
            /// When the two are of different kinds, which their addresses rule out.
            #[must_use]
            pub fn changes_from(&self, live: &Self) -> Option<Difference> {
                match (self, live) {
                    $((Self::$kind(wanted), Self::$kind(live)) => difference(wanted, live),)*
                    _ => panic!("{} compared with {}", self.address(), live.address()),
                }
            }

            /// What it is, in a few words.
            #[must_use]
            pub fn in_short(&self) -> String {
                match self { $(Self::$kind(it) => it.in_short(),)* }
            }

            /// What is lost with it; empty when nothing is.
            #[must_use]
            pub fn loss(&self) -> String {
                match self { $(Self::$kind(it) => it.loss(),)* }
            }

            /// Identifies its content.
            #[must_use]
            pub fn digest(&self) -> Digest {
                match self { $(Self::$kind(it) => Digest::of(it),)* }
            }
        }

        $(impl From<$kind> for Resource {
            fn from(it: $kind) -> Self { Self::$kind(it) }
        })*
    };
}

resources! {
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

#[cfg(test)]
mod tests;
