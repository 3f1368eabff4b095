//! Back to the revision that served before.

use aws_sdk_ecs::types::StopServiceDeploymentStopType;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    event::{Event, Events},
};
use tokio::time::Instant;

use super::{
    BackTo, FIRST_PAUSE, LONGEST_PAUSE, ROLLBACK_LIMIT, Rollout,
    look::{self, Look, RolloutState},
};
use crate::{
    aws::Aws,
    call::{OrAbsent, call},
    options::Gate,
    service, task_definition,
};

/// After a rollout has failed: lets ECS finish its own rollback, or rolls back where ECS does not; tells what serves now.
pub(super) async fn after_failure(
    aws: &Aws,
    rollout: &Rollout,
    look: &Look,
    events: &dyn Events,
) -> Reply<BackTo> {
    let say = |note: &str| {
        let (address, note) = (rollout.address.clone(), note.to_owned());
        events.tell(Event::StepNoted { address, note });
    };
    let has_taken_over =
        |look: &Look| look.primary.as_ref().is_some_and(|it| it.id != rollout.deployment);
    if !rollout.service.circuit_breaker && !has_taken_over(look) {
        say("`deployment.circuit_breaker` is off, so nothing is rolled back");
        return Ok(None);
    }
    let Some(previous) = &rollout.previous else {
        // Nothing served before. Tasks that start and fail for ever would cost money for ever.
        say("nothing served before, so its tasks are stopped");
        stop_tasks(aws, &rollout.address).await?;
        return Ok(None);
    };
    if !has_taken_over(look) && !ecs_takes_over(aws, rollout).await? {
        say("ECS does not roll back, so ragctl does");
        back_to(aws, &rollout.address, previous).await?;
    }
    say("rolling back");
    serves_again(aws, rollout).await?;
    let found = task_definition::look(aws, previous).await?;
    Ok(found.map(|it| it.digest()))
}

/// Waits a moment for ECS's breaker: it makes the deployment that rolls back some seconds after it has given up.
async fn ecs_takes_over(aws: &Aws, rollout: &Rollout) -> Reply<bool> {
    let failed =
        |look: &Look| look.ours.as_ref().is_some_and(|it| it.state == RolloutState::Failed);
    let began = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let look = look::take(aws, rollout).await?;
        if look.primary.as_ref().is_some_and(|it| it.id != rollout.deployment) {
            return Ok(true);
        }
        if !failed(&look) || began.elapsed().as_secs() > 30 {
            return Ok(false);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}

/// Waits until the deployment that rolls back has come to its end.
async fn serves_again(aws: &Aws, rollout: &Rollout) -> Reply<()> {
    let began = Instant::now();
    let mut pause = FIRST_PAUSE;
    while began.elapsed() < ROLLBACK_LIMIT {
        let look = look::take(aws, rollout).await?;
        let primary = look.primary.as_ref();
        let is_done = match primary.map(|it| it.state) {
            Some(RolloutState::Completed | RolloutState::Failed) => true,
            Some(RolloutState::InProgress) => {
                // What is old to our deployment is what serves again.
                rollout.gate == Gate::Settled && look.counts.old >= look.counts.wanted
            }
            None => false,
        };
        if is_done {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
    Err(BackendError::TimedOut { what: "rolling back".to_owned(), limit: ROLLBACK_LIMIT })
}

async fn back_to(aws: &Aws, address: &Address, definition: &str) -> Reply<()> {
    let called = aws.names.of(address);
    let back = aws.clients.ecs.update_service().cluster(&called).service(&called);
    call("ecs UpdateService", back.task_definition(definition).send()).await?;
    Ok(())
}

async fn stop_tasks(aws: &Aws, address: &Address) -> Reply<()> {
    let called = aws.names.of(address);
    let stop = aws.clients.ecs.update_service().cluster(&called).service(&called);
    call("ecs UpdateService", stop.desired_count(0).send()).await?;
    Ok(())
}

/// Stops the rollout that is under way, and has ECS go back to the revision before.
pub(crate) async fn stop(aws: &Aws) -> Reply<()> {
    let address = Address::app(Kind::Service);
    let called = aws.names.of(&address);
    let asked = aws.clients.ecs.list_service_deployments().cluster(&called).service(&called).send();
    let found =
        call("ecs ListServiceDeployments", asked).await.or_absent(&["ServiceNotFoundException"])?;
    let going = found.and_then(|it| it.service_deployments).unwrap_or_default();
    let going = going
        .iter()
        .find(|it| it.status().is_some_and(|it| matches!(it.as_str(), "PENDING" | "IN_PROGRESS")));
    if let Some(arn) = going.and_then(|it| it.service_deployment_arn()) {
        let stop = aws.clients.ecs.stop_service_deployment().service_deployment_arn(arn);
        let stop = stop.stop_type(StopServiceDeploymentStopType::Rollback).send();
        if call("ecs StopServiceDeployment", stop).await.is_ok() {
            return Ok(());
        }
    }
    // Nothing to stop, or nothing that ECS could go back to by itself: the one before is looked for.
    let Some(found) = service::active(service::look(aws).await?) else { return Ok(()) };
    let before = found.deployments().iter().find(|it| it.status() == Some("ACTIVE"));
    match before.and_then(|it| it.task_definition()) {
        Some(definition) => back_to(aws, &address, definition).await,
        None => stop_tasks(aws, &address).await,
    }
}
