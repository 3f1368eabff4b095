//! Names and ARNs of ECS's resources, and how a call gives either.

use serde_json::Value;

use crate::account::Region;
use crate::input::{last, text};
use crate::refusal::Refusal;

/// The name of the cluster that a call is about; `default` when it names none.
pub(super) fn cluster(input: &Value) -> &str {
    text(input, "cluster").map_or("default", last)
}

/// The ARN of a cluster.
pub(crate) fn cluster_arn(region: &Region, name: &str) -> String {
    region.arn("ecs", &format!("cluster/{name}"))
}

/// The ARN of a service.
pub(crate) fn service_arn(region: &Region, cluster: &str, name: &str) -> String {
    region.arn("ecs", &format!("service/{cluster}/{name}"))
}

/// The name of the cluster that a call is about, when it is not gone.
///
/// # Errors
///
/// `ClusterNotFoundException`.
pub(super) fn known_cluster<'a>(region: &Region, input: &'a Value) -> Result<&'a str, Refusal> {
    let name = cluster(input);
    match region.ecs.clusters.get(name) {
        Some(_) => Ok(name),
        None => Err(cluster_missing()),
    }
}

pub(super) fn cluster_missing() -> Refusal {
    Refusal::new("ClusterNotFoundException", "Cluster not found.")
}

/// Whether a call asks for something besides, such as `TAGS`.
pub(super) fn includes(input: &Value, what: &str) -> bool {
    crate::input::texts(input, "include").iter().any(|each| each == what)
}
