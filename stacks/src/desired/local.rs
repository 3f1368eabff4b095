//! The resources of a stack on this machine.

use crate::{
    address::{Address, Kind, Name},
    resource::{
        self, Algorithm, ContainerHealthCheck, LoadBalancer, Metric, Program, Resource,
        ScalableTarget, ScalingPolicy, Schedule, Service, Store, TargetGroup, TaskDefinition,
        WhileWaking,
    },
    stack::{self, Setting, Stack},
};

/// All that `stack`, with its strategies applied, needs to run `program` on this machine.
pub(super) fn resources(stack: &Stack, program: &Program) -> Vec<Resource> {
    let task_definition = task_definition(stack, program);
    let mut all = vec![
        store(stack).into(),
        target_group(stack).into(),
        load_balancer(stack).into(),
        service(stack, &task_definition).into(),
        scalable_target(stack).into(),
        task_definition.into(),
    ];
    all.extend(policies(stack).map(Resource::from));
    all.extend(idle(stack).map(Resource::from));
    all.extend(keepalive(stack).map(Resource::from));
    all
}

fn store(stack: &Stack) -> Store {
    let stack::Store::Sqlite { path } = &stack.store;
    Store { name: Name::app(), path: path.display().to_string() }
}

fn task_definition(stack: &Stack, program: &Program) -> TaskDefinition {
    let mut definition = TaskDefinition {
        name: Name::app(),
        program: program.clone(),
        cpu: stack.service.size.cpu().get(),
        memory: stack.service.size.memory().get(),
        port: port(stack.service.port),
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
        store: Some(Address::app(Kind::Store)),
    };
    for (variable, setting) in stack.service_environment() {
        match setting {
            Setting::Plain(text) => definition.environment.insert(variable, text),
            Setting::Secret(place) => definition.secrets.insert(variable, place.to_string()),
        };
    }
    definition
}

fn port(port: stack::Port) -> u16 {
    u16::try_from(port.get()).expect("a port is at most 65535")
}

fn executable(program: &Program) -> String {
    match program {
        Program::Image(_) => "/rag-service".to_owned(),
        Program::Binary { path, .. } => path.clone(),
    }
}

fn target_group(stack: &Stack) -> TargetGroup {
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

fn load_balancer(stack: &Stack) -> LoadBalancer {
    LoadBalancer {
        name: Name::app(),
        port: port(stack.load_balancer.port),
        idle_timeout: stack.load_balancer.idle_timeout.duration(),
        target_group: Address::app(Kind::TargetGroup),
    }
}

fn service(stack: &Stack, task_definition: &TaskDefinition) -> Service {
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
    }
}

fn scalable_target(stack: &Stack) -> ScalableTarget {
    ScalableTarget {
        name: Name::app(),
        minimum: stack.autoscaling.minimum.get(),
        maximum: stack.autoscaling.maximum.get(),
        service: Address::app(Kind::Service),
    }
}

fn policies(stack: &Stack) -> impl Iterator<Item = ScalingPolicy> {
    let scaling = stack.autoscaling;
    let policy = move |name: &str, metric, target| ScalingPolicy {
        name: Name::try_from(name).expect("the names of policies are names"),
        metric,
        target,
        scale_out_cooldown: scaling.scale_out_cooldown.duration(),
        scale_in_cooldown: scaling.scale_in_cooldown.duration(),
        scalable_target: Address::app(Kind::ScalableTarget),
    };
    let requests = scaling.requests_in_flight.map(|it| it.get());
    [
        Some(policy("cpu", Metric::Cpu, scaling.cpu.get())),
        requests.map(|target| policy("requests", Metric::RequestsInFlight, target)),
    ]
    .into_iter()
    .flatten()
}

fn idle(stack: &Stack) -> Option<resource::Idle> {
    let idle = stack.idle?;
    let while_waking = if stack.service.answer_while_warming {
        WhileWaking::Accept
    } else {
        WhileWaking::Hold(idle.wait.duration())
    };
    Some(resource::Idle {
        name: Name::app(),
        after: idle.after.duration(),
        while_waking,
        scalable_target: Address::app(Kind::ScalableTarget),
        load_balancer: Address::app(Kind::LoadBalancer),
    })
}

fn keepalive(stack: &Stack) -> Option<Schedule> {
    let ping = stack.ping.as_ref()?;
    Some(Schedule {
        name: Name::try_from("keepalive").expect("`keepalive` is a name"),
        expression: ping.schedule.to_string(),
        path: ping.path.to_string(),
        load_balancer: Address::app(Kind::LoadBalancer),
    })
}
