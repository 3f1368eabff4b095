//! The calls about tasks.

use serde_json::{Value, json};

use super::invalid;
use super::names::known_cluster;
use super::service::position;
use super::task::Task;
use crate::account::{Here, Region};
use crate::input::{last, need, text, texts};
use crate::refusal::{Refusal, Reply};

/// The most tasks that a page lists, and that a call describes.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html>
const PAGE: usize = 100;

pub(super) fn list(region: &Region, input: &Value) -> Reply {
    let cluster = known_cluster(region, input)?;
    let service = text(input, "serviceName").map(last);
    if let Some(name) = service
        && position(region, cluster, name).is_none()
    {
        return Err(Refusal::new("ServiceNotFoundException", "Service not found."));
    }
    let stopped = text(input, "desiredStatus") == Some("STOPPED");
    let family = |task: &Task| {
        let short = last(&task.definition);
        short.split(':').next().unwrap_or(short).to_owned()
    };
    let fits = |task: &&Task| {
        task.cluster == cluster
            && task.stopping == stopped
            && service.is_none_or(|name| name == task.service_name)
            && text(input, "startedBy").is_none_or(|by| by == task.deployment)
            && text(input, "family").is_none_or(|name| name == family(task))
    };
    let from: usize = text(input, "nextToken").and_then(|it| it.parse().ok()).unwrap_or_default();
    let arns: Vec<&String> =
        region.ecs.tasks.iter().filter(fits).map(|task| &task.arn).skip(from).collect();
    let next = (arns.len() > PAGE).then(|| (from + PAGE).to_string());
    Ok(json!({"taskArns": arns.iter().take(PAGE).collect::<Vec<_>>(), "nextToken": next}))
}

fn named(task: &Task, cluster: &str, name: &str) -> bool {
    task.cluster == cluster && task.id == last(name)
}

pub(super) fn describe(region: &Region, input: &Value) -> Reply {
    let cluster = known_cluster(region, input)?;
    let names = texts(input, "tasks");
    if names.is_empty() {
        return Err(invalid("Tasks cannot be empty."));
    }
    if names.len() > PAGE {
        return Err(invalid("Tasks cannot have more than 100 elements."));
    }
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for name in names {
        match region.ecs.tasks.iter().find(|task| named(task, cluster, &name)) {
            Some(task) => tasks.push(task.shown(region)),
            None => failures.push(json!({"arn": name, "reason": "MISSING"})),
        }
    }
    Ok(json!({"tasks": tasks, "failures": failures}))
}

pub(super) fn stop(here: &mut Here<'_>, input: &Value) -> Reply {
    let cluster = known_cluster(here.region, input)?.to_owned();
    let name = need(input, "task")?;
    let (now, pace) = (here.now, here.pace);
    let ecs = &mut here.region.ecs;
    let task = ecs.tasks.iter_mut().find(|task| named(task, &cluster, name));
    let task = task.ok_or_else(|| invalid("The referenced task was not found."))?;
    let reason = text(input, "reason").unwrap_or("Task stopped by user");
    task.stop("UserInitiated", reason.to_owned(), now);
    let task = task.clone();
    if let Some(service) = ecs.services.iter_mut().find(|each| each.arn == task.service) {
        service.wake(now, pace);
    }
    Ok(json!({"task": task.shown(here.region)}))
}
