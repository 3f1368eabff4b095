//! How a stack on Fargate is doing.

pub(crate) mod lambda;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{DesiredStatus, HealthStatus, Task as SdkTask};
use aws_sdk_elasticloadbalancingv2::types::{TargetHealthDescription, TargetHealthStateEnum};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    resource::Digest,
    stack::{LoadBalancer, Stack},
    status::{Rollout, RolloutState, Scaling, State, Status, Task, TaskState},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, call},
    edge, load_balancer, service, target_group,
    task_definition::{self, Revision},
};

/// Looks at the stack.
pub(crate) async fn read(aws: &Aws, stack: &Stack) -> Reply<Option<Status>> {
    let called = aws.names.of(&Address::app(Kind::Service));
    let running = async {
        let ask = aws.clients.ecs.list_tasks().cluster(&called).service_name(&called);
        let ask = ask.desired_status(DesiredStatus::Running).send();
        let absent = ["ClusterNotFoundException", "ServiceNotFoundException"];
        let found = call("ecs ListTasks", ask).await.or_absent(&absent)?;
        Ok(found.and_then(|it| it.task_arns).unwrap_or_default())
    };
    let (found, balancer, group, tasks, bounds, at_the_edge) = tokio::try_join!(
        service::look(aws),
        load_balancer::look(aws),
        target_group::look(aws),
        running,
        crate::scaling::target(aws),
        at_the_edge(aws, stack),
    )?;
    let found = service::active(found);
    if found.is_none() && balancer.is_none() && group.is_none() {
        return Ok(None);
    }
    let balancer = balancer.as_ref().and_then(|it| it.dns_name());
    let endpoint = at_the_edge.or_else(|| endpoint(&stack.load_balancer, balancer));
    let Some(found) = found else {
        return Ok(Some(Status { endpoint, ..Status::of(State::Incomplete) }));
    };
    let (tasks, targets, revision) = tokio::try_join!(
        described(aws, &called, tasks),
        targets(aws, group.as_ref().and_then(|it| it.target_group_arn())),
        revision(aws, found.task_definition()),
    )?;
    let revision = revision.map(|it| it.digest());
    let known = found.task_definition().map(ToOwned::to_owned).zip(revision.clone());
    let revisions = revisions(aws, &tasks, known).await?;
    let tasks: Vec<Task> = tasks.iter().map(|it| task(it, &targets, &revisions)).collect();
    let rollout =
        service::primary(&found).zip(revision.clone()).map(|(primary, revision)| Rollout {
            revision,
            state: match primary.rollout_state().map(|it| it.as_str()) {
                Some("COMPLETED") => RolloutState::Completed,
                Some("FAILED") => RolloutState::Failed,
                _ => RolloutState::InProgress,
            },
            reason: primary.rollout_state_reason().map(ToOwned::to_owned),
        });
    let positive = |it: i32| u32::try_from(it).unwrap_or_default();
    let scaling = bounds.and_then(|it| match it {
        ragctl_stacks::resource::Resource::ScalableTarget(it) => Some(Scaling {
            minimum: it.minimum,
            maximum: it.maximum,
            desired: positive(found.desired_count()),
        }),
        _ => None,
    });
    let latest = found.events().first().and_then(|it| it.message());
    let state = state(&tasks, found.desired_count());
    let notes = match state {
        State::Running => Vec::new(),
        _ => latest.map(|it| format!("ECS: {it}")).into_iter().collect(),
    };
    let rollout = rollout.filter(|it| it.state != RolloutState::Completed);
    Ok(Some(Status { endpoint, revision, rollout, tasks, scaling, notes, ..Status::of(state) }))
}

/// Where clients reach CloudFront, where it stands before the balancer: by the name that the file says, or its own.
async fn at_the_edge(aws: &Aws, stack: &Stack) -> Reply<Option<String>> {
    let Some(wanted) = &stack.edge else { return Ok(None) };
    let found = edge::find(aws).await?.map(|it| it.domain_name);
    let domain = wanted.domain.as_ref().map(ToString::to_string);
    Ok(found.map(|own| format!("https://{}", domain.unwrap_or(own))))
}

/// Where clients reach the balancer: by the name that the file says, or its own.
fn endpoint(balancer: &LoadBalancer, dns: Option<&str>) -> Option<String> {
    let domain = balancer.domain.as_ref().map(|it| it.as_str());
    let scheme = if balancer.certificate.is_some() { "https" } else { "http" };
    domain.or(dns).map(|host| format!("{scheme}://{host}"))
}

fn state(tasks: &[Task], desired: i32) -> State {
    let any = |state: TaskState| tasks.iter().any(|it| it.state == state);
    match tasks {
        [] if desired == 0 => State::Asleep,
        _ if any(TaskState::Healthy) => State::Running,
        _ if any(TaskState::Unhealthy) => State::Unhealthy,
        _ => State::Starting,
    }
}

/// The tasks with these ARNs, the oldest first.
pub(crate) async fn described(aws: &Aws, called: &str, arns: Vec<String>) -> Reply<Vec<SdkTask>> {
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let arns: Vec<String> = arns.into_iter().take(100).collect();
    let asked = aws.clients.ecs.describe_tasks().cluster(called).set_tasks(Some(arns)).send();
    let mut tasks = call("ecs DescribeTasks", asked).await?.tasks.unwrap_or_default();
    tasks.sort_by_key(|it| it.created_at().map(|it| it.secs()));
    Ok(tasks)
}

async fn targets(aws: &Aws, group: Option<&str>) -> Reply<Vec<TargetHealthDescription>> {
    let Some(group) = group else { return Ok(Vec::new()) };
    let asked = aws.clients.elb.describe_target_health().target_group_arn(group).send();
    let found = call("elasticloadbalancing DescribeTargetHealth", asked).await?;
    Ok(found.target_health_descriptions.unwrap_or_default())
}

async fn revision(aws: &Aws, arn: Option<&str>) -> Reply<Option<Revision>> {
    match arn {
        Some(arn) => task_definition::look(aws, arn).await,
        None => Ok(None),
    }
}

/// What the tasks run, by ARN; during a rollout that is not the service's alone.
async fn revisions(
    aws: &Aws,
    tasks: &[SdkTask],
    known: Option<(String, Digest)>,
) -> Reply<BTreeMap<String, Digest>> {
    let mut all: BTreeMap<String, Digest> = known.into_iter().collect();
    let arns: BTreeSet<&str> = tasks.iter().filter_map(|it| it.task_definition_arn()).collect();
    let others = arns.into_iter().filter(|arn| !all.contains_key(*arn));
    let found = try_join_all(others.map(|arn| async move {
        Ok::<_, BackendError>((arn.to_owned(), task_definition::look(aws, arn).await?))
    }));
    for (arn, revision) in found.await? {
        let digest = revision.map_or_else(|| Digest::of(&arn), |it| it.digest());
        all.insert(arn, digest);
    }
    Ok(all)
}

fn task(
    task: &SdkTask,
    targets: &[TargetHealthDescription],
    revisions: &BTreeMap<String, Digest>,
) -> Task {
    let detail = |name: &str| {
        let all = task.attachments().iter().flat_map(|it| it.details());
        all.clone().find(|it| it.name() == Some(name)).and_then(|it| it.value())
    };
    let address = detail("privateIPv4Address");
    let target = targets.iter().find(|it| it.target().and_then(|it| it.id()) == address);
    let target = target.and_then(|it| it.target_health()).and_then(|it| it.state());
    let state = match (task.last_status(), target, task.health_status()) {
        (Some("DEACTIVATING" | "STOPPING" | "DEPROVISIONING" | "STOPPED"), ..) => {
            TaskState::Stopping
        }
        (_, Some(TargetHealthStateEnum::Draining), _) => TaskState::Draining,
        (_, Some(TargetHealthStateEnum::Healthy), _) => TaskState::Healthy,
        (_, Some(TargetHealthStateEnum::Unhealthy), _) | (_, _, Some(HealthStatus::Unhealthy)) => {
            TaskState::Unhealthy
        }
        _ => TaskState::Starting,
    };
    let time = |it: Option<&aws_smithy_types::DateTime>| {
        it.and_then(|it| Timestamp::from_second(it.secs()).ok())
    };
    Task {
        id: task.task_arn().and_then(|it| it.rsplit('/').next()).unwrap_or_default().to_owned(),
        revision: task
            .task_definition_arn()
            .and_then(|it| revisions.get(it).cloned())
            .unwrap_or_else(|| Digest::of(&task.task_definition_arn())),
        state,
        pid: None,
        address: address.map(ToOwned::to_owned),
        started_at: time(task.created_at()).unwrap_or_default(),
        healthy_after_ms: None,
        in_flight: None,
        cpu_percent: None,
        memory_bytes: None,
    }
}
