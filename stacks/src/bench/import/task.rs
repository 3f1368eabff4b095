//! A task's times, as ECS tells them, and the phases between them.
//!
//! The order of things: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html>

use jiff::Timestamp;

use crate::budget::Phase;

/// When a task reached what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskTimes {
    /// Its ARN.
    pub arn: String,
    /// The service that it belongs to, as `service:NAME`; none where nothing says it.
    pub group: Option<String>,
    /// ECS made it.
    pub created: Option<Timestamp>,
    /// It has its place and its network, and its image begins to come.
    pub pull_started: Option<Timestamp>,
    /// Its image is there.
    pub pull_stopped: Option<Timestamp>,
    /// Its containers run.
    pub started: Option<Timestamp>,
}

/// The phases that a task's times tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TaskPhases {
    /// Each, when it began, and its seconds.
    pub(super) times: Vec<(Phase, Timestamp, f64)>,
    /// Whether there are phases that ended before they began; they are not told.
    pub(super) goes_backwards: bool,
}

impl TaskTimes {
    /// Its id: the end of its ARN.
    #[must_use]
    pub fn id(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// The region that it runs in, as its ARN says.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.arn.split(':').nth(3).filter(|it| !it.is_empty())
    }

    /// Whether it is a task of the stack's service, which is called as the stack, as its cluster is.
    pub(super) fn is_of(&self, stack: &str) -> bool {
        let group = self.group.as_deref();
        let in_group = group.is_none_or(|it| it.strip_prefix("service:") == Some(stack));
        // ARNs of before 2018 have no cluster in them.
        let cluster = self.arn.rsplit('/').nth(1).filter(|it| !it.ends_with(":task"));
        in_group && cluster.is_none_or(|it| it == stack)
    }

    /// Takes over what another account of the same task says beyond this one.
    pub(super) fn complete_by(&mut self, other: Self) {
        let Self { arn: _, group, created, pull_started, pull_stopped, started } = other;
        self.group = self.group.take().or(group);
        self.created = self.created.or(created);
        self.pull_started = self.pull_started.or(pull_started);
        self.pull_stopped = self.pull_stopped.or(pull_stopped);
        self.started = self.started.or(started);
    }

    pub(super) fn phases(&self) -> TaskPhases {
        let mut phases = TaskPhases::default();
        for (phase, from, to) in [
            (Phase::Place, self.created, self.pull_started),
            (Phase::Pull, self.pull_started, self.pull_stopped),
            (Phase::Start, self.pull_stopped, self.started),
        ] {
            let Some((from, to)) = from.zip(to) else { continue };
            let seconds = to.duration_since(from).as_secs_f64();
            match seconds < 0.0 {
                true => phases.goes_backwards = true,
                false => phases.times.push((phase, from, seconds)),
            }
        }
        phases
    }
}
