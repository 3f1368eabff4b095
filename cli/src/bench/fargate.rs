//! Cold starts on Fargate: new tasks of the deployed stack.
//!
//! A stack with `idle` is sent to sleep and woken by a request, as by a user's. Any other has its tasks replaced as a deployment does, and is ready
//! when requests reach new ones alone. Times before the container runs are those of ECS, whose clock is taken to agree with ours.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use ragctl_aws::{AwsBackend, TaskStart};
use ragctl_stacks::{
    backend::Backend,
    bench::{Before, ColdRun, ColdStarts},
    stack::Stack,
    status::{State, TaskState},
    strategy,
};
use tokio::time::sleep;

use super::{
    cold::{Manner, Subject, Watched, cold, told_by},
    pace::{Asked, Pace},
};
use crate::{
    change::unless_interrupted,
    failure::Failure,
    output::progress::{Wait, during, waiting},
    service::{Client, Health},
};

/// Between two looks at ECS, and whether the service is ready.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A deployed stack.
struct OnFargate<'a> {
    aws: &'a AwsBackend,
    client: &'a Client,
    sleeps: bool,
    /// How long it may take to stop all tasks, or to replace them.
    limit: Duration,
    /// The tasks that were there before.
    before: BTreeSet<String>,
}

/// Forces `runs` cold starts of the deployed stack, whose lease is held, and measures them; questions go through `client`.
///
/// A stack that was awake is woken again, also when it fails or is interrupted.
pub(crate) async fn cold_starts(
    stack: &Stack,
    aws: &AwsBackend,
    client: &Client,
    runs: u32,
    warm: u32,
) -> Result<ColdStarts, Failure> {
    let limit = stack.deployment.timeout.duration();
    let (sleeps, before) = (stack.idle.is_some(), BTreeSet::new());
    let mut subject = OnFargate { aws, client, sleeps, limit, before };
    let was_awake = subject.state().await? != State::Asleep;
    let manner =
        Manner { pace: Pace(1.0), limit: limit.as_secs_f64(), warm, look_every: LOOK_EVERY };
    let told = Wait::of_parts(runs.into());
    let work = all(&mut subject, manner, runs, &told);
    let done = unless_interrupted(during(&told, work)).await;
    told.end();
    if sleeps && was_awake && done.is_err() {
        waiting("waking the stack again", aws.wake()).await?;
    }
    Ok(record(stack, done?))
}

async fn all(
    subject: &mut OnFargate<'_>,
    manner: Manner,
    runs: u32,
    told: &Wait,
) -> Result<Vec<ColdRun>, Failure> {
    let mut all = Vec::new();
    let client = subject.client;
    for done in 0..runs {
        let tell = |what: &str| {
            let line = format!("{done} of {runs} cold starts are done; {what}");
            told.set(done.into(), what, line);
        };
        all.push(cold(subject, client, manner, &tell).await?);
    }
    Ok(all)
}

impl OnFargate<'_> {
    async fn state(&self) -> Result<State, Failure> {
        Ok(self.aws.status().await?.map_or(State::Incomplete, |it| it.state))
    }

    fn is_new(&self, task: &TaskStart) -> bool {
        !self.before.contains(&task.id)
    }

    /// What nobody tells, as of an image that is there already and needs no pull, took no time.
    fn watched(&self, task: &TaskStart, runs: Timestamp, asked: Asked) -> Watched {
        let pulls = task.pulls.unwrap_or(task.made);
        let pulled = task.pulled.unwrap_or(pulls);
        let [made, pulls, pulled] = [task.made, pulls, pulled].map(|it| asked.until(it));
        let before = Some(Before { made: self.sleeps.then_some(made), pulls, pulled });
        Watched { before, runs: asked.until(runs), listens: None, address: None }
    }
}

impl Subject for OnFargate<'_> {
    async fn cool(&mut self) -> Result<(), Failure> {
        self.before = self.aws.task_starts().await?.into_iter().map(|it| it.id).collect();
        if !self.sleeps {
            return Ok(());
        }
        self.aws.sleep().await?;
        let began = std::time::Instant::now();
        loop {
            let tasks = self.aws.task_starts().await?;
            if tasks.is_empty() && self.state().await? == State::Asleep {
                return Ok(());
            }
            if began.elapsed() > self.limit {
                return Err(Failure::NotStopped { limit: self.limit, left: tasks.len() });
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn start(&mut self) -> Result<(), Failure> {
        // The first request wakes a stack that sleeps.
        if !self.sleeps {
            self.aws.replace_tasks().await?;
        }
        Ok(())
    }

    async fn is_alone(&self) -> Result<(), Failure> {
        if self.sleeps {
            return Ok(());
        }
        loop {
            let tasks = self.aws.status().await?.map(|it| it.tasks).unwrap_or_default();
            let (old, new): (Vec<_>, Vec<_>) =
                tasks.into_iter().partition(|it| self.before.contains(&it.id));
            let leaves = |state| matches!(state, TaskState::Draining | TaskState::Stopping);
            let serves = new.iter().any(|it| it.state == TaskState::Healthy);
            if serves && old.iter().all(|it| leaves(it.state)) {
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn watch(&self, asked: Asked) -> Result<Watched, Failure> {
        loop {
            let tasks = self.aws.task_starts().await?;
            let new = tasks.into_iter().find(|it| self.is_new(it) && it.runs.is_some());
            if let Some(task) = new
                && let Some(runs) = task.runs
            {
                return Ok(self.watched(&task, runs, asked));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn health(&self, _watched: &Watched) -> Result<Health, Failure> {
        told_by(self.client).await
    }
}

fn record(stack: &Stack, runs: Vec<ColdRun>) -> ColdStarts {
    let region = stack.aws.region.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
    ColdStarts {
        format: ColdStarts::FORMAT,
        stack: stack.name.to_string(),
        place: format!("{} on Fargate{region}, {}", stack.name, stack.service.architecture),
        time: super::today(),
        strategies: strategy::names_on(stack).into_iter().map(ToOwned::to_owned).collect(),
        time_scale: 1.0,
        runs,
    }
}
