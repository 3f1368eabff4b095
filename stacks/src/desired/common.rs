//! What a stack needs on every target that runs tasks behind a load balancer.

use crate::{
    address::{Address, Kind, Name},
    resource::{
        self, Algorithm, ColdAnswer, ContainerHealthCheck, Metric, Program, ScalableTarget,
        ScalingPolicy, Service, TargetGroup, TaskDefinition,
    },
    stack::{self, EdgePrewarm, Setting, Stack},
};

/// What a task of `stack` runs. Where its documents lie and what the target adds is not said yet.
pub(super) fn task_definition(stack: &Stack, program: &Program) -> TaskDefinition {
    let mut definition = TaskDefinition {
        name: Name::app(),
        program: program.clone(),
        cpu: stack.service.size.cpu().get(),
        memory: stack.service.size.memory().get(),
        port: stack.service.port.number(),
        environment: Default::default(),
        secrets: Default::default(),
        health_check: ContainerHealthCheck {
            command: vec!["CMD".into(), executable(program), "healthcheck".into()],
            interval: stack.health_check.interval.duration(),
            timeout: stack.health_check.timeout.duration(),
            retries: stack.health_check.retries.get(),
            start_period: stack.health_check.start_period.duration(),
        },
        stop_timeout: stack.service.stop_timeout.duration(),
        store: None,
        fargate: None,
    };
    for (variable, setting) in stack.service_environment() {
        match setting {
            Setting::Plain(text) => definition.environment.insert(variable, text),
            Setting::Secret(place) => definition.secrets.insert(variable, place.to_string()),
        };
    }
    definition
}

fn executable(program: &Program) -> String {
    match program {
        Program::Image(_) | Program::Built(_) => "/rag-service".to_owned(),
        Program::Binary { path, .. } => path.clone(),
        // What it stands in for in messages only: no task runs an archive.
        Program::Zip(package) => package.code.clone(),
    }
}

pub(super) fn target_group(stack: &Stack) -> TargetGroup {
    let check = &stack.load_balancer.health_check;
    TargetGroup {
        name: Name::app(),
        health_check: resource::HealthCheck {
            path: check.path.to_string(),
            matcher: check.matcher.to_string(),
            interval: check.interval.duration(),
            timeout: check.timeout.duration(),
            healthy_threshold: check.healthy_threshold.get(),
            unhealthy_threshold: check.unhealthy_threshold.get(),
        },
        deregistration_delay: stack.load_balancer.deregistration_delay.duration(),
        algorithm: match stack.load_balancer.algorithm {
            stack::Algorithm::RoundRobin => Algorithm::RoundRobin,
            stack::Algorithm::LeastOutstandingRequests => Algorithm::LeastOutstandingRequests,
        },
    }
}

/// Keeps tasks of `task_definition` running. `behind` is what passes requests to them.
pub(super) fn service(stack: &Stack, task_definition: &TaskDefinition, behind: Address) -> Service {
    let deployment = &stack.deployment;
    Service {
        name: Name::app(),
        task_definition: Address::app(Kind::TaskDefinition),
        revision: resource::Digest::of(task_definition),
        target_group: Address::app(Kind::TargetGroup),
        minimum_healthy_percent: deployment.minimum_healthy_percent.get(),
        maximum_percent: deployment.maximum_percent.get(),
        circuit_breaker: deployment.circuit_breaker,
        health_check_grace_period: deployment.health_check_grace_period.duration(),
        timeout: deployment.timeout.duration(),
        behind,
        fargate: None,
    }
}

pub(super) fn scalable_target(stack: &Stack) -> ScalableTarget {
    ScalableTarget {
        name: Name::app(),
        minimum: stack.autoscaling.minimum.get(),
        maximum: stack.autoscaling.maximum.get(),
        service: Address::app(Kind::Service),
        sleeps_by: None,
    }
}

/// The policy for CPU, and the one for requests where the file wants it: `requests` makes of the requests that a task
/// should have in flight what the target measures.
pub(super) fn policies(
    stack: &Stack,
    requests: impl Fn(u32) -> (Metric, u32),
) -> Vec<ScalingPolicy> {
    let scaling = &stack.autoscaling;
    let policy = |name: &str, (metric, target): (Metric, u32)| ScalingPolicy {
        name: Name::try_from(name).expect("the names of policies are names"),
        metric,
        target,
        scale_out_cooldown: scaling.scale_out_cooldown.duration(),
        scale_in_cooldown: scaling.scale_in_cooldown.duration(),
        scalable_target: Address::app(Kind::ScalableTarget),
    };
    let in_flight = scaling.requests_in_flight.map(|it| it.of(stack.models.llm.workers));
    std::iter::once(policy("cpu", (Metric::Cpu, scaling.cpu.get())))
        .chain(in_flight.map(|count| policy("requests", requests(count))))
        .collect()
}

/// What becomes of a request that a cold back end did not answer.
pub(super) fn cold_answer(edge: &EdgePrewarm) -> ColdAnswer {
    ColdAnswer { limit: edge.limit.duration(), retry_after: edge.retry_after.duration() }
}
