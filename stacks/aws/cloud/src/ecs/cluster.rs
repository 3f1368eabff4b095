//! Clusters.

use serde_json::{Value, json};

use super::names::{cluster, cluster_arn, cluster_missing, includes};
use super::task::Status;
use crate::account::{Here, Region};
use crate::input::{keep, last, overlay, set, text, texts};
use crate::refusal::{Refusal, Reply};
use crate::tags::{self, Tags};

/// A cluster.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    /// As `DescribeClusters` shows it, but for its counts and tags.
    pub(crate) fields: Value,
    pub(crate) tags: Tags,
}

impl Cluster {
    /// Whether it has not been deleted.
    pub(crate) fn active(&self) -> bool {
        text(&self.fields, "status") == Some("ACTIVE")
    }
}

/// What a caller may say of a cluster.
const SENT: [&str; 5] = [
    "settings",
    "configuration",
    "capacityProviders",
    "defaultCapacityProviderStrategy",
    "serviceConnectDefaults",
];

fn shown(region: &Region, name: &str, all: bool, input: &Value) -> Value {
    let Some(cluster) = region.ecs.clusters.get(name) else { return Value::Null };
    let mut shown = cluster.fields.clone();
    let services = region.ecs.services.iter().filter(|each| each.cluster == name && each.active());
    let tasks = |status: &dyn Fn(Status) -> bool| {
        region.ecs.tasks.iter().filter(|task| task.cluster == name && status(task.last)).count()
    };
    let counts = json!({
        "activeServicesCount": services.count(),
        "runningTasksCount": tasks(&|last| last == Status::Running),
        "pendingTasksCount": tasks(&|last| last < Status::Running),
        "registeredContainerInstancesCount": 0,
    });
    overlay(&mut shown, &counts);
    let tagged = all || includes(input, "TAGS");
    set(&mut shown, "tags", if tagged { tags::low_pairs(&cluster.tags) } else { json!([]) });
    if !(all || includes(input, "SETTINGS")) {
        set(&mut shown, "settings", json!([]));
    }
    if !(all || includes(input, "CONFIGURATIONS")) {
        set(&mut shown, "configuration", Value::Null);
    }
    shown
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let region = &mut *here.region;
    let name = text(input, "clusterName").unwrap_or("default");
    if !region.ecs.clusters.get(name).is_some_and(Cluster::active) {
        let mut fields = json!({
            "clusterArn": cluster_arn(region, name), "clusterName": name, "status": "ACTIVE",
            "settings": [{"name": "containerInsights", "value": "disabled"}],
            "capacityProviders": [], "defaultCapacityProviderStrategy": [], "statistics": [],
        });
        overlay(&mut fields, &keep(input, &SENT));
        let tags = tags::from_pairs(input, "tags");
        region.ecs.clusters.insert(name.to_owned(), Cluster { fields, tags });
    }
    Ok(json!({"cluster": shown(region, name, true, input)}))
}

pub(super) fn describe(region: &Region, input: &Value) -> Reply {
    let mut names = texts(input, "clusters");
    if names.is_empty() {
        names.push(String::from("default"));
    }
    let (mut clusters, mut failures) = (Vec::new(), Vec::new());
    for name in &names {
        let name = last(name);
        match region.ecs.clusters.get(name) {
            Some(_) => clusters.push(shown(region, name, false, input)),
            None => {
                failures.push(json!({"arn": cluster_arn(region, name), "reason": "MISSING"}));
            }
        }
    }
    Ok(json!({"clusters": clusters, "failures": failures}))
}

pub(super) fn list(region: &Region) -> Value {
    let active = region.ecs.clusters.values().filter(|cluster| cluster.active());
    json!({"clusterArns": active.map(|each| each.fields["clusterArn"].clone()).collect::<Value>()})
}

pub(super) fn update(region: &mut Region, input: &Value) -> Reply {
    let name = cluster(input);
    let known = region.ecs.clusters.get_mut(name).filter(|each| each.active());
    let known = known.ok_or_else(cluster_missing)?;
    overlay(&mut known.fields, &keep(input, &SENT));
    Ok(json!({"cluster": shown(region, name, true, input)}))
}

pub(super) fn delete(region: &mut Region, input: &Value) -> Reply {
    let name = cluster(input);
    if !region.ecs.clusters.contains_key(name) {
        return Err(cluster_missing());
    }
    if region.ecs.services.iter().any(|service| service.cluster == name && !service.inactive()) {
        let message = "The Cluster cannot be deleted while Services are active.";
        return Err(Refusal::new("ClusterContainsServicesException", message));
    }
    let busy = |last: Status| last != Status::Stopped;
    if region.ecs.tasks.iter().any(|task| task.cluster == name && busy(task.last)) {
        let message = "The Cluster cannot be deleted while Tasks are active.";
        return Err(Refusal::new("ClusterContainsTasksException", message));
    }
    if let Some(cluster) = region.ecs.clusters.get_mut(name) {
        set(&mut cluster.fields, "status", "INACTIVE");
    }
    Ok(json!({"cluster": shown(region, name, true, input)}))
}
