//! How a stack is doing, as text.

use std::time::Duration;

use anstyle::Style;
use jiff::Timestamp;
use ragctl_stacks::{
    lease::Lease,
    status::{NextRun, Requests, Rollout, RolloutState, State, Status, Task, TaskState},
};

use super::{
    Human, Page,
    table::table,
    text::{mebibytes, span},
};
use crate::{
    commands::status::Shown,
    output::style::{BAD, BOLD, FAINT, GOOD, LOOK, PLACE, styled},
    service::{Health, Pool, StatusCounts},
};

impl Human for Shown {
    fn human(&self, _page: Page) -> String {
        let title = styled(BOLD, format!("{} ({})", self.stack, self.target));
        let Some(status) = &self.status else {
            let lease = self.lease.as_ref().map(lease).unwrap_or_default();
            return format!("{title}: nothing is deployed\n{lease}");
        };
        let (style, word) = state(status.state);
        let mut text = format!("{title}: {}\n", styled(style, word));
        text += &facts(status);
        text += &status.rollout.as_ref().map(rollout).unwrap_or_default();
        text += &self.lease.as_ref().map(lease).unwrap_or_default();
        text += &self.health.as_ref().map(health).unwrap_or_default();
        text += &status.schedules.iter().map(|it| schedule(it, self.now)).collect::<String>();
        text += &status.notes.iter().map(|it| fact("note", it)).collect::<String>();
        if !status.tasks.is_empty() {
            text += "\n";
            text += &tasks(&status.tasks, self.now);
        }
        text
    }
}

fn state(state: State) -> (Style, &'static str) {
    match state {
        State::Running => (GOOD, "running"),
        State::Starting => (LOOK, "starting"),
        State::Unhealthy => (BAD, "unhealthy: no task answers its health checks"),
        State::Asleep => (FAINT, "asleep; the next request wakes it"),
        State::Waking => (LOOK, "waking"),
        State::Unsupervised => (BAD, "unsupervised"),
        State::Incomplete => {
            (LOOK, "incomplete: there is no service; `ragctl deploy` completes it")
        }
    }
}

fn fact(name: &str, value: impl std::fmt::Display) -> String {
    format!("  {} {value}\n", styled(FAINT, format!("{name:<10}")))
}

fn facts(status: &Status) -> String {
    let mut text = String::new();
    if let Some(endpoint) = &status.endpoint {
        text += &fact("endpoint", styled(PLACE, endpoint));
    }
    if let Some(revision) = &status.revision {
        text += &fact("revision", revision);
    }
    if let Some(scaling) = &status.scaling {
        let (low, high) = (scaling.minimum, scaling.maximum);
        text += &fact("scaling", format!("{} wanted, {low} to {high} allowed", scaling.desired));
    }
    if let Some(Requests { users, pings, failed, wakes }) = status.requests {
        let told =
            format!("{users} from users, {pings} pings, {failed} failed, woken {wakes} times");
        text += &fact("requests", told);
    }
    if status.time_scale > 1.0 {
        text += &fact("time", format!("runs {} times faster than real", status.time_scale));
    }
    text
}

fn rollout(rollout: &Rollout) -> String {
    let words = match rollout.state {
        RolloutState::InProgress => "is being rolled out",
        RolloutState::Completed => return String::new(),
        RolloutState::RolledBack => "failed and was rolled back",
        RolloutState::Failed => "failed",
    };
    let reason = rollout.reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
    fact("rollout", format!("revision {} {words}{reason}", rollout.revision))
}

fn lease(lease: &Lease) -> String {
    let Lease { holder, host, command, .. } = lease;
    fact("lease", format!("{holder} on {host} is changing it (`{command}`)"))
}

fn health(health: &Health) -> String {
    let mut text: String = health.pools.iter().map(|(name, it)| fact(name, pool(it))).collect();
    if let Some(documents) = health.documents {
        text += &fact("documents", counted(documents));
    }
    if let Some(error) = &health.documents_error {
        text += &fact("", styled(BAD, format!("{error}; they are processed once that is mended")));
    }
    let mut phases: Vec<(f64, &str)> = health
        .phases
        .iter()
        .filter_map(|(name, ms)| Some(((*ms)?, name.trim_end_matches("_ms"))))
        .collect();
    phases.sort_by(|a, b| a.0.total_cmp(&b.0));
    let phases: Vec<String> =
        phases.iter().map(|(ms, name)| format!("{name} {ms:.0} ms")).collect();
    if !phases.is_empty() {
        text += &fact("start", phases.join(", "));
    }
    text
}

fn counted(counts: StatusCounts) -> String {
    let parts = [
        (counts.processed, "ready"),
        (counts.left(), "still to be processed"),
        (counts.failed, "failed"),
    ];
    let told = parts.iter().enumerate().filter(|(i, (number, _))| *i == 0 || *number > 0);
    told.map(|(_, (number, word))| format!("{number} {word}")).collect::<Vec<_>>().join(", ")
}

fn pool(pool: &Pool) -> String {
    let Pool { state, workers, busy, queued, error } = pool;
    let error = error.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
    format!("{state}, {workers} workers, {busy} busy, {queued} queued{error}")
}

fn schedule(run: &NextRun, now: Timestamp) -> String {
    let next = match run.at {
        Some(at) => format!("runs next in {}", span(between(now, at))),
        None => "does not run again".to_owned(),
    };
    fact("schedule", format!("{} {next}", run.address.name))
}

/// A column of the table of tasks, and what it has of one.
type Column = (&'static str, fn(&Task, Timestamp) -> Option<String>);

const COLUMNS: [Column; 9] = [
    ("task", |it, _| Some(it.id.clone())),
    ("state", |it, _| Some(standing(it.state).to_owned())),
    ("revision", |it, _| Some(it.revision.to_string())),
    ("age", |it, now| Some(span(between(it.started_at, now)))),
    ("healthy after", |it, _| it.healthy_after_ms.map(|it| format!("{it} ms"))),
    ("busy", |it, _| it.in_flight.map(|it| it.to_string())),
    ("cpu", |it, _| it.cpu_percent.map(|it| format!("{it:.0} %"))),
    ("memory", |it, _| it.memory_bytes.map(mebibytes)),
    ("pid", |it, _| it.pid.map(|it| it.to_string())),
];

/// The tasks, without the columns of which nothing is known.
fn tasks(tasks: &[Task], now: Timestamp) -> String {
    let known = COLUMNS.iter().filter(|(_, cell)| tasks.iter().any(|it| cell(it, now).is_some()));
    let known: Vec<&Column> = known.collect();
    let heading: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let cell = |task: &Task, (_, cell): &Column| cell(task, now).unwrap_or_else(|| "-".to_owned());
    let row = |task: &Task| known.iter().map(|column| cell(task, column)).collect();
    table(&heading, &tasks.iter().map(row).collect::<Vec<_>>())
}

const fn standing(state: TaskState) -> &'static str {
    match state {
        TaskState::Starting => "starting",
        TaskState::Healthy => "healthy",
        TaskState::Unhealthy => "unhealthy",
        TaskState::Draining => "draining",
        TaskState::Stopping => "stopping",
    }
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or_default()
}
