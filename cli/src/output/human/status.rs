//! How a stack is doing, as text.

use std::time::Duration;

use anstyle::Style;
use jiff::Timestamp;
use ragctl_stacks::{
    lease::Lease,
    status::{NextRun, Rollout, RolloutState, State, Status, Task, TaskState},
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
    let requests = status.requests;
    text += &fact(
        "requests",
        format!(
            "{} from users, {} pings, {} failed, woken {} times",
            requests.users, requests.pings, requests.failed, requests.wakes
        ),
    );
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

fn tasks(tasks: &[Task], now: Timestamp) -> String {
    let rows: Vec<Vec<String>> = tasks.iter().map(|task| row(task, now)).collect();
    table(
        &["task", "state", "revision", "age", "healthy after", "busy", "cpu", "memory", "pid"],
        &rows,
    )
}

fn row(task: &Task, now: Timestamp) -> Vec<String> {
    let unknown = || "-".to_owned();
    let state = match task.state {
        TaskState::Starting => "starting",
        TaskState::Healthy => "healthy",
        TaskState::Unhealthy => "unhealthy",
        TaskState::Draining => "draining",
        TaskState::Stopping => "stopping",
    };
    vec![
        task.id.clone(),
        state.to_owned(),
        task.revision.to_string(),
        span(between(task.started_at, now)),
        task.healthy_after_ms.map_or_else(unknown, |it| format!("{it} ms")),
        task.in_flight.to_string(),
        task.cpu_percent.map_or_else(unknown, |it| format!("{it:.0} %")),
        task.memory_bytes.map_or_else(unknown, mebibytes),
        task.pid.map_or_else(unknown, |it| it.to_string()),
    ]
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or_default()
}
