//! What seconds and dollars depend on, taken from resources: those that are wanted as well as those that are live.

mod function;
mod tasks;

use std::collections::{BTreeMap, BTreeSet};

pub use self::{
    function::Function,
    tasks::{Fargate, Idle, On, Tasks, Wake},
};
use crate::{
    address::{Address, Kind},
    desired::Desired,
    resource::{Place, Program, Resource, Schedule, Scheme, Subnets},
    stack::{self, Stack},
};

/// What seconds and dollars depend on.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Tasks behind a load balancer, on this machine or on Fargate.
    Tasks(Box<Tasks>),
    /// A function of AWS Lambda.
    Function(Box<Function>),
}

/// The stack's own load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balancer {
    /// Whether it has public addresses.
    pub is_public: bool,
    /// Zones that it has an address in; none: as many as the default network has.
    pub zones: Option<usize>,
}

/// When the pools are warmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warming {
    /// The first query warms them, one after the other, and waits.
    OnFirstQuery,
    /// At the start, both side by side; queries wait for it.
    AtStart,
    /// At the start, both side by side; meanwhile queries are answered with 202.
    Behind,
}

impl Shape {
    /// The shape of the resources that stand `at` their addresses; none while those that take requests are not all there.
    pub fn of<'a>(at: impl Fn(&Address) -> Option<&'a Resource>) -> Option<Self> {
        let function = || Function::of(&at).map(|it| Self::Function(Box::new(it)));
        Tasks::of(&at).map(|it| Self::Tasks(Box::new(it))).or_else(function)
    }

    /// The shape of what `stack`, with its strategies applied, needs. Which program it runs makes no difference.
    ///
    /// # Panics
    ///
    /// When there is a target whose resources take no requests; there is none.
    #[must_use]
    pub fn wanted(stack: &Stack) -> Self {
        let desired = Desired::of(stack, &Program::any(&stack.service.program));
        Self::of(|at| desired.at(at)).expect("a stack takes requests on every target")
    }

    /// The tasks that take requests; none where a function does.
    #[must_use]
    pub fn tasks(&self) -> Option<&Tasks> {
        match self {
            Self::Tasks(it) => Some(it),
            Self::Function(_) => None,
        }
    }
}

fn balancer<'a>(at: &impl Fn(&Address) -> Option<&'a Resource>) -> Option<Balancer> {
    let Resource::LoadBalancer(balancer) = at(&Address::app(Kind::LoadBalancer))? else {
        return None;
    };
    let Place::Network { scheme, subnets, .. } = &balancer.place else { return None };
    let zones = match subnets {
        Subnets::Default => None,
        Subnets::Named(named) => Some(named.len()),
    };
    Some(Balancer { is_public: *scheme == Scheme::InternetFacing, zones })
}

/// Days that a line of a group of logs is kept; none: for ever.
fn log_days<'a>(
    at: &impl Fn(&Address) -> Option<&'a Resource>,
    group: Option<&Address>,
) -> Option<u32> {
    match at(group?)? {
        Resource::LogGroup(group) => group.retention_days,
        _ => None,
    }
}

/// How many secrets of Secrets Manager there are, each counted once, however many variables come from it.
fn secrets(secrets: &BTreeMap<String, String>) -> usize {
    let kept = secrets.values().filter_map(|it| it.strip_prefix("secretsmanager:"));
    kept.collect::<BTreeSet<_>>().len()
}

/// Whether the documents are in a database, which is not the stack's.
fn has_database(secrets: &BTreeMap<String, String>) -> bool {
    secrets.contains_key("DATABASE_URL")
}

fn warming(environment: &BTreeMap<String, String>) -> Warming {
    let is_on = |name| environment.get(name).is_some_and(|it| it == "true");
    match (is_on("ASYNC_INIT"), is_on("WARMUP_ON_STARTUP")) {
        (true, _) => Warming::Behind,
        (false, true) => Warming::AtStart,
        (false, false) => Warming::OnFirstQuery,
    }
}

fn schedule<'a>(
    at: &impl Fn(&Address) -> Option<&'a Resource>,
    name: &str,
) -> Option<stack::Schedule> {
    match at(&Address::of(Kind::Schedule, name))? {
        Resource::Schedule(Schedule { expression, .. }) => stack::Schedule::parse(expression).ok(),
        _ => None,
    }
}
