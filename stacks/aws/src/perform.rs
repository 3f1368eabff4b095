//! One step, handed to its kind.

use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    plan::{Action, Step},
    resource::{ReplaceOrder, Resource},
};

use crate::{
    alias,
    aws::Aws,
    cluster, connection,
    deployment::Watch,
    destination, edge,
    found::{Found, Marked},
    function, function_target, function_url, image, layer, listener, listener_rule, load_balancer,
    log_group, role, scaling, schedule, secret, security_group, service, target_group,
    task_definition,
};

/// Carries out a step.
pub(crate) async fn perform(aws: &Aws, step: &Step, watch: &Watch<'_>) -> Reply<()> {
    let address = &step.address;
    match &step.action {
        Action::Delete(_) => delete(aws, address).await,
        Action::Replace { to, order: ReplaceOrder::DeleteThenCreate, .. } => {
            delete(aws, address).await?;
            write(aws, to, step, watch).await
        }
        // The one kind that is replaced so is the task definition, whose old revisions stay to be rolled back to.
        Action::Replace { to, order: ReplaceOrder::CreateThenDelete, .. }
        | Action::Create(to)
        | Action::Update { to, .. } => write(aws, to, step, watch).await,
    }
}

async fn write(aws: &Aws, to: &Resource, step: &Step, watch: &Watch<'_>) -> Reply<()> {
    let exists = matches!(step.action, Action::Update { .. });
    match to {
        Resource::Role(it) => role::write(aws, it, exists).await,
        Resource::LogGroup(it) => log_group::write(aws, it, exists).await,
        Resource::SecurityGroup(it) => security_group::write(aws, it, exists).await,
        Resource::Cluster(it) => cluster::create(aws, it).await,
        Resource::Image(it) => image::write(aws, it, exists, watch).await,
        Resource::TaskDefinition(it) => task_definition::register(aws, it).await,
        Resource::TargetGroup(it) if exists => target_group::update(aws, it).await,
        Resource::TargetGroup(it) => target_group::create(aws, it).await,
        Resource::LoadBalancer(it) if exists => load_balancer::update(aws, it).await,
        Resource::LoadBalancer(it) => load_balancer::create(aws, it).await,
        Resource::Listener(it) => listener::write(aws, it, exists).await,
        Resource::ListenerRule(it) => listener_rule::write(aws, it, exists).await,
        Resource::Service(it) => service::write(aws, it, step, watch).await,
        Resource::ScalableTarget(it) => scaling::write_target(aws, it).await,
        Resource::ScalingPolicy(it) => scaling::write_policy(aws, it).await,
        Resource::ScheduledAction(it) => scaling::write_action(aws, it).await,
        Resource::Function(it) => function::write(aws, it, exists, watch).await,
        Resource::Layer(it) => layer::write(aws, it, exists, watch).await,
        Resource::Alias(it) => alias::write(aws, it, watch).await,
        Resource::FunctionUrl(it) => function_url::write(aws, it, exists).await,
        Resource::FunctionTarget(it) => function_target::write(aws, it).await,
        Resource::Connection(it) => connection::write(aws, it, exists).await,
        Resource::Destination(it) => destination::write(aws, it, exists).await,
        Resource::Schedule(it) => schedule::write(aws, it, exists).await,
        Resource::Secret(it) => secret::create(aws, it).await,
        Resource::Edge(it) => edge::write(aws, it, exists).await,
        Resource::Store(_) | Resource::Idle(_) => {
            Err(BackendError::NotOnThisTarget(step.address.clone()))
        }
    }
}

async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    match address.kind {
        Kind::Role => role::delete(aws, address).await,
        Kind::LogGroup => log_group::delete(aws, address).await,
        Kind::SecurityGroup => security_group::delete(aws, address).await,
        Kind::Cluster => cluster::delete(aws, address).await,
        Kind::Image => image::delete(aws, address).await,
        Kind::TaskDefinition => task_definition::delete(aws, address).await,
        Kind::TargetGroup => target_group::delete(aws, address).await,
        Kind::LoadBalancer => load_balancer::delete(aws, address).await,
        Kind::Listener => listener::delete(aws, address).await,
        Kind::ListenerRule => listener_rule::delete(aws, address).await,
        Kind::Service => service::delete(aws, address).await,
        Kind::ScalableTarget => scaling::delete_target(aws, address).await,
        Kind::ScalingPolicy => scaling::delete_policy(aws, address).await,
        Kind::ScheduledAction => scaling::delete_action(aws, address).await,
        Kind::Function => function::delete(aws, address).await,
        Kind::Layer => layer::delete(aws, address).await,
        Kind::Alias => alias::delete(aws, address).await,
        Kind::FunctionUrl => function_url::delete(aws, address).await,
        Kind::FunctionTarget => function_target::delete(aws, address).await,
        Kind::Connection => connection::delete(aws, address).await,
        Kind::Destination => destination::delete(aws, address).await,
        Kind::Schedule => schedule::delete(aws, address).await,
        Kind::Secret => secret::delete(aws, address).await,
        Kind::Edge => edge::delete(aws).await,
        Kind::Store | Kind::Idle => Err(BackendError::NotOnThisTarget(address.clone())),
    }
}

/// Refuses to go on with what is somebody else's.
pub(crate) fn must_be_ours(found: Found<Marked>, address: &Address) -> Reply<()> {
    match found {
        Found::Foreign(it) => Err(BackendError::Refused {
            operation: format!("making `{address}`"),
            reason: match it.owner {
                Some(owner) => format!("{} belongs to stack `{owner}`", it.id),
                None => format!("{} is there already, and is not ragctl's", it.id),
            },
        }),
        Found::Ours(_) | Found::Nothing => Ok(()),
    }
}
