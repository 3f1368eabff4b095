//! Times of the stack's own starts, for predictions: of its tasks, which ECS tells, and of the service, which its log does.
//! Reads only.
//!
//! ECS keeps a task that has stopped for about an hour; the log goes back as far as its retention lets it.

use aws_sdk_ecs::types::{DesiredStatus, Task};
use aws_smithy_types::DateTime;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
    bench::import::{StartLine, Starts, TaskTimes},
    stack::Target,
};

use crate::{
    aws::Aws,
    call::{OrAbsent, call, is_another_page},
    names::CONTAINER,
};

/// How far is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The most tasks, the newest.
    pub tasks: usize,
    /// None that was made before.
    pub since: Timestamp,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColdTimes {
    /// Tasks, the newest first.
    pub tasks: Vec<TaskTimes>,
    /// What the log says of starts.
    pub starts: Starts,
    /// Whether the log says more than was read.
    pub is_cut: bool,
}

/// Lines that tell of a start, in the service's words and in Lambda's.
///
/// The syntax: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>
const LINES: &str = r#"{ ($.message = "listening") || ($.message = "pool is ready") || ($.message = "warm") || ($.record.metrics.initDurationMs > 0) }"#;

/// How many pages of a list are read at most: 100 tasks each, or some thousand lines. Ours: a stack that needs more has more
/// than enough.
const PAGES: usize = 100;

/// How many tasks are described in one call, at most.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
const DESCRIBED: usize = 100;

/// How many calls of one sort are under way at once. Ours: far below what ECS throttles.
const AT_ONCE: usize = 4;

/// Looks at tasks and log side by side. On Lambda there are no tasks.
pub(crate) async fn read(aws: &Aws, target: Target, reach: Reach) -> Reply<ColdTimes> {
    let (tasks, (starts, is_cut)) = match target {
        Target::Lambda => (Vec::new(), starts(aws, None, reach).await?),
        Target::Local | Target::Fargate => {
            let prefix = format!("task/{CONTAINER}/");
            tokio::try_join!(tasks(aws, reach), starts(aws, Some(prefix), reach))?
        }
    };
    Ok(ColdTimes { tasks, starts, is_cut })
}

async fn tasks(aws: &Aws, reach: Reach) -> Reply<Vec<TaskTimes>> {
    let (running, stopped) =
        tokio::try_join!(listed(aws, DesiredStatus::Running), listed(aws, DesiredStatus::Stopped))?;
    let arns = [running, stopped].concat();
    let asked = arns.chunks(DESCRIBED).map(|some| described(aws, some.to_vec()));
    let found: Vec<Vec<Task>> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    let mut tasks: Vec<TaskTimes> = found.iter().flatten().map(times).collect();
    tasks.retain(|it| it.created.is_none_or(|at| at >= reach.since));
    tasks.sort_by_key(|it| std::cmp::Reverse(it.created));
    tasks.truncate(reach.tasks);
    Ok(tasks)
}

/// The ARNs of the service's tasks, in no order that says anything.
async fn listed(aws: &Aws, status: DesiredStatus) -> Reply<Vec<String>> {
    let called = aws.names.of(&Address::app(Kind::Service));
    let ask = aws.clients.ecs.list_tasks().cluster(&called).service_name(&called);
    let ask = ask.desired_status(status);
    let (mut arns, mut token) = (Vec::new(), None);
    for _ in 0..PAGES {
        let page = call("ecs ListTasks", ask.clone().set_next_token(token).send()).await;
        let page = page.or_absent(&["ClusterNotFoundException", "ServiceNotFoundException"])?;
        let Some(page) = page else { break };
        arns.extend(page.task_arns.unwrap_or_default());
        token = page.next_token.filter(is_another_page);
        if token.is_none() {
            break;
        }
    }
    Ok(arns)
}

async fn described(aws: &Aws, arns: Vec<String>) -> Reply<Vec<Task>> {
    let called = aws.names.of(&Address::app(Kind::Cluster));
    let asked = aws.clients.ecs.describe_tasks().cluster(called).set_tasks(Some(arns)).send();
    Ok(call("ecs DescribeTasks", asked).await?.tasks.unwrap_or_default())
}

fn times(task: &Task) -> TaskTimes {
    let at = |it: Option<&DateTime>| {
        it.and_then(|it| Timestamp::from_millisecond(it.to_millis().ok()?).ok())
    };
    TaskTimes {
        arn: task.task_arn().unwrap_or_default().to_owned(),
        group: task.group().map(ToOwned::to_owned),
        created: at(task.created_at()),
        pull_started: at(task.pull_started_at()),
        pull_stopped: at(task.pull_stopped_at()),
        started: at(task.started_at()),
    }
}

/// What the log says of starts, and whether it says more; nothing where there is no log.
async fn starts(aws: &Aws, prefix: Option<String>, reach: Reach) -> Reply<(Starts, bool)> {
    let group = aws.names.of(&Address::app(Kind::LogGroup));
    let ask = aws.clients.logs.filter_log_events().log_group_name(group).filter_pattern(LINES);
    let ask =
        ask.set_log_stream_name_prefix(prefix).start_time(reach.since.as_millisecond().max(0));
    let (mut starts, mut token) = (Starts::default(), None);
    for _ in 0..PAGES {
        let page = call("logs FilterLogEvents", ask.clone().set_next_token(token).send()).await;
        let Some(page) = page.or_absent(&["ResourceNotFoundException"])? else {
            return Ok((starts, false));
        };
        for event in page.events.unwrap_or_default() {
            let at = event.timestamp.and_then(|it| Timestamp::from_millisecond(it).ok());
            let (source, text) = (event.log_stream_name, event.message);
            if let Some(((at, source), text)) = at.zip(source).zip(text) {
                starts.line(StartLine { source, at, text });
            }
        }
        token = page.next_token.filter(is_another_page);
        if token.is_none() {
            return Ok((starts, false));
        }
    }
    Ok((starts, true))
}
