//! Cold starts of tasks: having all tasks replaced, and when a task reached which point of its start.
//!
//! The times are ECS's own, to the millisecond:
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html>

use aws_sdk_ecs::types::{DesiredStatus, Task};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
};

use crate::{
    aws::Aws,
    call::{OrAbsent, call},
    service,
    status::described,
};

/// How far a task has come, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskStart {
    /// Its id.
    pub id: String,
    /// It was made, and waits for its place and its network.
    pub made: Timestamp,
    /// Its image began to be pulled; none where it has not yet, or nobody tells.
    pub pulls: Option<Timestamp>,
    /// Its image was pulled.
    pub pulled: Option<Timestamp>,
    /// Its container runs.
    pub runs: Option<Timestamp>,
}

/// The stack's tasks that run or come to, the oldest first.
pub(crate) async fn tasks(aws: &Aws) -> Reply<Vec<TaskStart>> {
    let called = aws.names.of(&Address::app(Kind::Service));
    let asked = aws.clients.ecs.list_tasks().cluster(&called).service_name(&called);
    let asked = asked.desired_status(DesiredStatus::Running).send();
    let found = call("ecs ListTasks", asked).await.or_absent(&service::ABSENT)?;
    let arns = found.and_then(|it| it.task_arns).unwrap_or_default();
    Ok(described(aws, &called, arns).await?.iter().filter_map(start).collect())
}

/// Has ECS put a new task in the place of each, as a deployment does, and returns at once.
pub(crate) async fn replace_tasks(aws: &Aws) -> Reply<()> {
    let called = aws.names.of(&Address::app(Kind::Service));
    let update = aws.clients.ecs.update_service().cluster(&called).service(&called);
    call("ecs UpdateService", update.force_new_deployment(true).send()).await?;
    Ok(())
}

fn start(task: &Task) -> Option<TaskStart> {
    let time = |it: Option<&DateTime>| Timestamp::from_millisecond(it?.to_millis().ok()?).ok();
    Some(TaskStart {
        id: task.task_arn()?.rsplit('/').next()?.to_owned(),
        made: time(task.created_at())?,
        pulls: time(task.pull_started_at()),
        pulled: time(task.pull_stopped_at()),
        runs: time(task.started_at()),
    })
}
