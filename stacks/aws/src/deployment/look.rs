//! One look at a rollout: the service, its tasks and their targets, asked side by side.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{Deployment, DeploymentRolloutState, DesiredStatus, Service as Sdk, Task};
use aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    event::RolloutCounts,
};

use super::{Rollout, stopped::StoppedTask};
use crate::{
    aws::Aws,
    call::{OrAbsent, call},
    options::Gate,
    service,
};

/// What is seen of a rollout.
#[derive(Clone, Debug, Default)]
pub(crate) struct Look {
    pub(crate) counts: RolloutCounts,
    /// ECS's word on our deployment; `None` when it is not listed any more.
    pub(crate) ours: Option<Ours>,
    /// The deployment that the service goes by, and its word on why.
    pub(crate) primary: Option<Ours>,
    /// ECS's events since the rollout began, by their ids, oldest first.
    pub(crate) events: Vec<(String, String)>,
    /// Tasks of ours that stopped, oldest first.
    pub(crate) stopped: Vec<StoppedTask>,
}

/// ECS's word on a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ours {
    pub(crate) id: String,
    pub(crate) task_definition: String,
    pub(crate) state: RolloutState,
    pub(crate) reason: String,
}

/// How ECS says that a deployment stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RolloutState {
    #[default]
    InProgress,
    Completed,
    Failed,
}

/// Looks.
pub(crate) async fn take(aws: &Aws, rollout: &Rollout) -> Reply<Look> {
    let (found, healthy, stopped, counted) = tokio::try_join!(
        service::look(aws),
        healthy_targets(aws),
        stopped(aws, rollout),
        counted(aws, rollout),
    )?;
    let Some(found) = service::active(found) else {
        return Err(BackendError::Refused {
            operation: format!("following the rollout of `{}`", rollout.address),
            reason: "the service is gone: somebody else has removed it".to_owned(),
        });
    };
    let mut look = seen(&found, rollout, healthy, stopped);
    if let Some((running, old)) = counted {
        look.counts = RolloutCounts {
            running,
            old,
            healthy: healthy.saturating_sub(old).min(running),
            ..look.counts
        };
    }
    Ok(look)
}

/// Tasks of the new revision that run, and of others, for emulators, which do not count them by deployment.
async fn counted(aws: &Aws, rollout: &Rollout) -> Reply<Option<(u32, u32)>> {
    if rollout.gate == Gate::Completed {
        return Ok(None);
    }
    let tasks = described(aws, rollout, DesiredStatus::Running).await?;
    let runs = tasks.iter().filter(|it| it.last_status() == Some("RUNNING"));
    let (mut ours, mut old) = (0, 0);
    for task in runs {
        match task.task_definition_arn() == Some(rollout.definition.as_str()) {
            true => ours += 1,
            false => old += 1,
        }
    }
    Ok(Some((ours, old)))
}

/// The service's tasks that run, or that have stopped of late.
async fn described(aws: &Aws, rollout: &Rollout, status: DesiredStatus) -> Reply<Vec<Task>> {
    let called = aws.names.of(&rollout.address);
    let asked = aws.clients.ecs.list_tasks().cluster(&called).service_name(&called);
    let asked = asked.desired_status(status).send();
    let absent = ["ClusterNotFoundException", "ServiceNotFoundException"];
    let found = call("ecs ListTasks", asked).await.or_absent(&absent)?;
    let arns = found.and_then(|it| it.task_arns).unwrap_or_default();
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let arns: Vec<String> = arns.into_iter().take(100).collect();
    let asked = aws.clients.ecs.describe_tasks().cluster(&called).set_tasks(Some(arns)).send();
    Ok(call("ecs DescribeTasks", asked).await?.tasks.unwrap_or_default())
}

fn seen(found: &Sdk, rollout: &Rollout, healthy: u32, stopped: Vec<StoppedTask>) -> Look {
    let positive = |it: i32| u32::try_from(it).unwrap_or_default();
    let ours = found.deployments().iter().find(|it| it.id() == Some(rollout.deployment.as_str()));
    let others =
        found.deployments().iter().filter(|it| it.id() != Some(rollout.deployment.as_str()));
    let old = positive(others.map(Deployment::running_count).sum());
    let running = positive(ours.map_or(0, Deployment::running_count));
    let running =
        if found.deployments().len() == 1 { positive(found.running_count()) } else { running };
    let failed = positive(ours.map_or(0, Deployment::failed_tasks));
    let since = ours.and_then(|it| it.created_at()).map(|it| it.as_secs_f64());
    let is_new = |it: &&aws_sdk_ecs::types::ServiceEvent| {
        let at = it.created_at().map(|it| it.as_secs_f64());
        since.zip(at).is_none_or(|(since, at)| at + 1.0 >= since)
    };
    let mut events: Vec<(String, String)> = found
        .events()
        .iter()
        .filter(is_new)
        .filter_map(|it| Some((it.id()?.to_owned(), it.message()?.to_owned())))
        .collect();
    events.reverse();
    Look {
        counts: RolloutCounts {
            wanted: positive(found.desired_count()),
            running,
            healthy: healthy.saturating_sub(old).min(running),
            failed: failed.max(u32::try_from(stopped.len()).unwrap_or(u32::MAX)),
            old,
        },
        ours: ours.map(word),
        primary: service::primary(found).map(word),
        events,
        stopped,
    }
}

fn word(deployment: &Deployment) -> Ours {
    Ours {
        id: deployment.id().unwrap_or_default().to_owned(),
        task_definition: deployment.task_definition().unwrap_or_default().to_owned(),
        state: match deployment.rollout_state() {
            Some(DeploymentRolloutState::Completed) => RolloutState::Completed,
            Some(DeploymentRolloutState::Failed) => RolloutState::Failed,
            _ => RolloutState::InProgress,
        },
        reason: deployment.rollout_state_reason().unwrap_or_default().to_owned(),
    }
}

/// How many targets get requests.
async fn healthy_targets(aws: &Aws) -> Reply<u32> {
    let Some(arn) = aws.known_id(&Address::app(Kind::TargetGroup)) else { return Ok(0) };
    let asked = aws.clients.elb.describe_target_health().target_group_arn(arn).send();
    let found = call("elasticloadbalancing DescribeTargetHealth", asked).await?;
    let is_healthy =
        |state: Option<&TargetHealthStateEnum>| state == Some(&TargetHealthStateEnum::Healthy);
    let healthy = found.target_health_descriptions().iter();
    let healthy = healthy.filter(|it| is_healthy(it.target_health().and_then(|it| it.state())));
    Ok(u32::try_from(healthy.count()).unwrap_or(u32::MAX))
}

/// The tasks of our deployment that stopped though they should run.
async fn stopped(aws: &Aws, rollout: &Rollout) -> Reply<Vec<StoppedTask>> {
    let tasks = described(aws, rollout, DesiredStatus::Stopped).await?;
    let is_ours = |it: &&Task| match rollout.gate {
        Gate::Completed => it.started_by() == Some(rollout.deployment.as_str()),
        // Emulators do not say which deployment a task is of.
        Gate::Settled => it.task_definition_arn() == Some(rollout.definition.as_str()),
    };
    let mut by_time: BTreeMap<(i64, String), StoppedTask> = BTreeMap::new();
    for task in tasks.iter().filter(is_ours).filter_map(StoppedTask::of) {
        by_time.insert((task.stopped_at, task.id.clone()), task);
    }
    Ok(by_time.into_values().collect())
}
