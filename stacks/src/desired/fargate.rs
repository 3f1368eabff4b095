//! The resources of a stack on ECS Fargate.

mod edge;
pub(super) mod idle;
pub(super) mod keepalive;

pub use self::{
    edge::{EDGE, key_path},
    idle::WAKE,
    keepalive::{PING, public},
};

use super::{
    common::{policies, scalable_target, service, target_group, task_definition},
    image, network, role,
};
use crate::{
    address::{Address, Kind, Name},
    resource::{
        Cluster, DeploymentStrategy, FargateTask, LogGroup, LogOptions, Metric, OnFargate, Program,
        Resource, ScalableTarget, ScheduledAction, Service, TaskDefinition,
    },
    stack::{self, ImageChoice, LogMode, Stack},
};

/// All that `stack`, with its strategies applied, needs to run `program` on Fargate.
pub(super) fn resources(stack: &Stack, program: &Program) -> Vec<Resource> {
    let mut task_definition =
        TaskDefinition { fargate: Some(task(stack, program)), ..task_definition(stack, program) };
    edge::guard(stack, &mut task_definition);
    let image = image::resource(stack, program);
    let mut all = vec![
        log_group(stack, Name::app()).into(),
        Cluster { name: Name::app() }.into(),
        target_group(stack).into(),
        service_of(stack, &task_definition).into(),
        ScalableTarget { sleeps_by: idle::function(stack), ..scalable_target(stack) }.into(),
    ];
    all.extend(role::of_tasks(stack, &task_definition).map(Resource::from));
    all.push(task_definition.into());
    all.extend(image.map(Resource::from));
    all.extend(network::resources(stack));
    let answer = stack.autoscaling.answer_time.get();
    let policies =
        policies(stack, |in_flight| (Metric::RequestsPerMinute, (in_flight * 60 / answer).max(1)));
    all.extend(policies.into_iter().map(Resource::from));
    all.extend(scheduled_actions(stack).map(Resource::from));
    all.extend(keepalive::resources(stack));
    all.extend(idle::resources(stack));
    all.extend(edge::resources(stack));
    all
}

fn log_group(stack: &Stack, name: Name) -> LogGroup {
    LogGroup { name, retention_days: Some(stack.logs.retention.get()) }
}

fn task(stack: &Stack, program: &Program) -> FargateTask {
    let image_in_file = match (&stack.service.program, program) {
        (stack::Program::Image(file), Program::Image(image)) if file.as_str() != image => {
            Some(file.to_string())
        }
        (stack::Program::Build(_), Program::Image(_))
            if image::address(stack, program).is_none() =>
        {
            Some(ImageChoice::Build.to_string())
        }
        _ => None,
    };
    FargateTask {
        architecture: stack.service.architecture.to_string(),
        ephemeral_storage: stack.service.ephemeral_storage.get(),
        execution_role: Address::of(Kind::Role, "execution"),
        task_role: Address::of(Kind::Role, "task"),
        log: LogOptions {
            group: Address::app(Kind::LogGroup),
            mode: stack.logs.mode.as_str().to_owned(),
            buffer: (stack.logs.mode == LogMode::NonBlocking).then_some(stack.logs.buffer.get()),
        },
        image_in_file,
        key: None,
        image: image::address(stack, program),
    }
}

fn service_of(stack: &Stack, task_definition: &TaskDefinition) -> Service {
    let stack::DeploymentStrategy::Rolling = stack.deployment.strategy;
    Service {
        fargate: Some(OnFargate {
            cluster: Address::app(Kind::Cluster),
            subnets: network::of_tasks(stack),
            security_groups: network::groups_of_tasks(stack),
            public_ip: stack.network.has_public_ip(),
            strategy: DeploymentStrategy::Rolling,
            rolled_out: true,
            image: task_definition.fargate.as_ref().and_then(|it| it.image.clone()),
        }),
        ..service(stack, task_definition, network::behind_listener(stack))
    }
}

fn scheduled_actions(stack: &Stack) -> impl Iterator<Item = ScheduledAction> {
    stack.autoscaling.schedules.iter().map(|(name, bounds)| ScheduledAction {
        name: Name::try_from(name.as_str()).expect("an action's name is a name"),
        schedule: bounds.schedule.to_string(),
        time_zone: bounds.time_zone.to_string(),
        minimum: bounds.minimum.get(),
        maximum: bounds.maximum.get(),
        scalable_target: Address::app(Kind::ScalableTarget),
    })
}
