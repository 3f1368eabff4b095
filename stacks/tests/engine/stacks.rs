//! Stacks to plan: one that is usual, and any that could be wanted.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;
use ragctl_stacks::{
    address::{Address, Kind, Name},
    desired::Desired,
    plan::Scope,
    resource::{
        Algorithm, ColdAnswer, ContainerHealthCheck, Edge, EdgePlace, HealthCheck, Idle,
        LoadBalancer, Metric, Place, Program, Resource, ScalableTarget, ScalingPolicy, Schedule,
        Service, Store, TargetGroup, TaskDefinition, WhileWaking,
    },
};

/// What may differ between two wanted stacks.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) store: &'static str,
    pub(crate) cpu: u32,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) port: u16,
    pub(crate) interval: u64,
    pub(crate) policies: Vec<Metric>,
    pub(crate) idle: Option<u64>,
    pub(crate) keepalive: Option<&'static str>,
    pub(crate) edge: Option<u64>,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            store: "data",
            cpu: 1024,
            environment: BTreeMap::from([("MAX_ASYNC".to_owned(), "8".to_owned())]),
            port: 8080,
            interval: 30,
            policies: vec![Metric::Cpu],
            idle: None,
            keepalive: None,
            edge: None,
        }
    }
}

pub(crate) fn scope() -> Scope {
    Scope { stack: "handbook".to_owned(), target: "local".to_owned(), environment: None }
}

pub(crate) fn at(kind: Kind) -> Address {
    Address::app(kind)
}

pub(crate) fn desired(choice: &Choice) -> Desired {
    let seconds = Duration::from_secs;
    let name = Name::app;
    let task_definition = TaskDefinition {
        name: name(),
        program: Program::Binary { path: "rag-service".into(), version: "1".into() },
        cpu: choice.cpu,
        memory: 2048,
        port: 8000,
        environment: choice.environment.clone(),
        secrets: BTreeMap::new(),
        health_check: ContainerHealthCheck {
            command: vec!["CMD".into(), "rag-service".into(), "healthcheck".into()],
            interval: seconds(30),
            timeout: seconds(5),
            retries: 3,
            start_period: seconds(60),
        },
        stop_timeout: seconds(30),
        store: Some(at(Kind::Store)),
        fargate: None,
    };
    let target_group = TargetGroup {
        name: name(),
        health_check: HealthCheck {
            path: "/health".into(),
            matcher: "200".into(),
            interval: seconds(choice.interval),
            timeout: seconds(5),
            healthy_threshold: 2,
            unhealthy_threshold: 3,
        },
        deregistration_delay: seconds(30),
        algorithm: Algorithm::RoundRobin,
    };
    let load_balancer = LoadBalancer {
        name: name(),
        idle_timeout: seconds(60),
        place: Place::Machine { port: choice.port, target_group: at(Kind::TargetGroup) },
    };
    let service = Service {
        name: name(),
        task_definition: at(Kind::TaskDefinition),
        revision: Resource::from(task_definition.clone()).digest(),
        target_group: at(Kind::TargetGroup),
        minimum_healthy_percent: 100,
        maximum_percent: 200,
        circuit_breaker: true,
        health_check_grace_period: seconds(0),
        timeout: seconds(600),
        behind: at(Kind::LoadBalancer),
        fargate: None,
    };
    let mut resources: Vec<Resource> = vec![
        Store { name: name(), path: choice.store.into() }.into(),
        task_definition.into(),
        target_group.into(),
        load_balancer.into(),
        service.into(),
        ScalableTarget {
            name: name(),
            minimum: 1,
            maximum: 10,
            service: at(Kind::Service),
            sleeps_by: None,
        }
        .into(),
    ];
    resources.extend(choice.policies.iter().map(|metric| policy(*metric)));
    resources.extend(choice.idle.map(|minutes| idle(seconds(minutes * 60))));
    resources.extend(choice.keepalive.map(keepalive));
    resources.extend(choice.edge.map(|seconds| edge(Duration::from_secs(seconds))));
    Desired::new(scope(), resources)
}

fn policy(metric: Metric) -> Resource {
    let (name, target) = match metric {
        Metric::Cpu => ("cpu", 70),
        Metric::RequestsInFlight | Metric::RequestsPerMinute => ("requests", 6),
    };
    ScalingPolicy {
        name: Name::try_from(name).unwrap(),
        metric,
        target,
        scale_out_cooldown: Duration::from_secs(30),
        scale_in_cooldown: Duration::from_secs(300),
        scalable_target: at(Kind::ScalableTarget),
    }
    .into()
}

fn idle(after: Duration) -> Resource {
    Idle {
        name: Name::app(),
        after,
        while_waking: WhileWaking::Hold(Duration::from_secs(60)),
        scalable_target: at(Kind::ScalableTarget),
        load_balancer: at(Kind::LoadBalancer),
    }
    .into()
}

fn keepalive(expression: &str) -> Resource {
    Schedule {
        name: Name::try_from("keepalive").unwrap(),
        expression: expression.to_owned(),
        path: Some("/health".into()),
        through: at(Kind::LoadBalancer),
        role: None,
    }
    .into()
}

fn edge(retry_after: Duration) -> Resource {
    Edge {
        name: Name::app(),
        behind: at(Kind::LoadBalancer),
        place: EdgePlace::Machine(ColdAnswer { limit: Duration::from_secs(1), retry_after }),
    }
    .into()
}

prop_compose! {
    fn environment()(pairs in prop::collection::btree_map("[A-C]", "[x-z]{0,2}", 0..3)) -> BTreeMap<String, String> {
        pairs
    }
}

prop_compose! {
    /// Any stack that could be wanted.
    pub(crate) fn any_choice()(
        store in prop::sample::select(vec!["data", "elsewhere"]),
        cpu in prop::sample::select(vec![256u32, 1024]),
        environment in environment(),
        port in 8080u16..8082,
        interval in 5u64..8,
        policies in prop::sample::subsequence(vec![Metric::Cpu, Metric::RequestsInFlight], 0..=2),
        idle in prop::option::of(1u64..3),
        keepalive in prop::option::of(prop::sample::select(vec!["rate(10 minutes)", "rate(5 minutes)"])),
        edge in prop::option::of(29u64..31),
    ) -> Choice {
        Choice { store, cpu, environment, port, interval, policies, idle, keepalive, edge }
    }
}
