//! Tasks in JSON, in any of the forms in which they come: answers of ECS `DescribeTasks`, as the CLI and SDKs write them;
//! events of EventBridge; and either of them as lines of a log.
//!
//! Events: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html>

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Deserializer, Map, Value};

use super::{passed::Passed, task::TaskTimes};

/// What was found in a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Each task once, by its ARN, with what all of its mentions say.
    pub tasks: Vec<TaskTimes>,
    /// How many lines are no JSON, where others are.
    pub unread_lines: usize,
}

/// Why a text gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no text.
    #[error("there is nothing in it")]
    Empty,
    /// It is no JSON, and no line of it is.
    #[error("it is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// There is no task in it.
    #[error("there are no tasks in it")]
    NoTasks,
    /// No task in it has a time that counts.
    #[error("none of its tasks has times that count: {}", told(.0))]
    NoTimes(Vec<Passed>),
}

/// The first few, and why.
fn told(passed: &[Passed]) -> String {
    let each = passed.iter().take(3).map(|it| format!("{} is one {}", it.id, it.reason.as_str()));
    each.collect::<Vec<_>>().join(", ")
}

/// Finds the tasks in `text`.
///
/// # Errors
///
/// [`ImportError`] when there are none.
pub fn read(text: &str) -> Result<Found, ImportError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(ImportError::Empty);
    }
    let (values, unread_lines) = values(text)?;
    let mut tasks: BTreeMap<String, TaskTimes> = BTreeMap::new();
    for value in &values {
        gather(value, &mut |task| match tasks.get_mut(&task.arn) {
            Some(known) => known.complete_by(task),
            None => drop(tasks.insert(task.arn.clone(), task)),
        });
    }
    if tasks.is_empty() {
        return Err(ImportError::NoTasks);
    }
    Ok(Found { tasks: tasks.into_values().collect(), unread_lines })
}

/// The documents in it, one after the other; else those in its lines, each behind what a log puts before it.
fn values(text: &str) -> Result<(Vec<Value>, usize), ImportError> {
    let whole: Result<Vec<Value>, _> = Deserializer::from_str(text).into_iter().collect();
    let error = match whole {
        Ok(values) => return Ok((values, 0)),
        Err(error) => error,
    };
    let lines: Vec<&str> = text.lines().filter(|it| !it.trim().is_empty()).collect();
    let of_line = |line: &&str| serde_json::from_str(&line[line.find('{')?..]).ok();
    let values: Vec<Value> = lines.iter().filter_map(of_line).collect();
    match values.len() {
        0 => Err(ImportError::NotJson(error)),
        read => Ok((values, lines.len() - read)),
    }
}

/// Tells each task in a value, however it is wrapped.
fn gather(value: &Value, tell: &mut dyn FnMut(TaskTimes)) {
    match value {
        Value::Array(all) => all.iter().for_each(|it| gather(it, tell)),
        Value::Object(fields) => {
            if let Some(task) = task(fields) {
                return tell(task);
            }
            // An answer, an event, the lines of a log, and a line that is an event.
            for name in ["tasks", "detail", "events"] {
                if let Some(inner) = field(fields, name) {
                    gather(inner, tell);
                }
            }
            let line = field(fields, "message").and_then(Value::as_str);
            if let Some(inner) = line.and_then(|it| serde_json::from_str(it).ok()) {
                gather(&inner, tell);
            }
        }
        _ => {}
    }
}

fn task(fields: &Map<String, Value>) -> Option<TaskTimes> {
    let time = |name| field(fields, name).and_then(moment);
    Some(TaskTimes {
        arn: field(fields, "taskArn")?.as_str()?.to_owned(),
        group: field(fields, "group").and_then(Value::as_str).map(ToOwned::to_owned),
        created: time("createdAt"),
        pull_started: time("pullStartedAt"),
        pull_stopped: time("pullStoppedAt"),
        started: time("startedAt"),
    })
}

/// A field by its name, whose first letter some SDKs write large.
fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let large =
        || name.chars().take(1).map(|it| it.to_ascii_uppercase()).chain(name.chars().skip(1));
    fields.get(name).or_else(|| fields.get(&large().collect::<String>()))
}

/// A moment as RFC 3339 says it, or in seconds since 1970.
fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(seconds) => {
            let seconds = SignedDuration::try_from_secs_f64(seconds.as_f64()?).ok()?;
            Timestamp::from_duration(seconds).ok()
        }
        _ => None,
    }
}
