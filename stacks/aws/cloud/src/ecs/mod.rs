//! ECS on Fargate: clusters, task definitions, and services whose rollouts go as AWS's do.
//!
//! What a rollout does is decided by the tag of its image (`image`). Time passes when somebody
//! looks: every call first lets happen what should have happened by then (`rollout`).

mod attempt;
mod cluster;
mod definition;
mod deployment;
mod fargate;
mod image;
mod names;
mod register;
mod rollout;
mod schedule;
mod service;
mod service_create;
mod service_delete;
mod service_update;
mod service_view;
mod tag;
mod task;
mod task_call;
mod task_view;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use cluster::Cluster;
pub(crate) use definition::{Definition, find as definition};
pub(crate) use service::{Service, scale, uses_group};
pub(crate) use task::Task;

use crate::account::Here;
use crate::refusal::{Refusal, Reply};

/// What ECS holds in a region.
#[derive(Debug, Default)]
pub(crate) struct Ecs {
    /// By name.
    pub(crate) clusters: BTreeMap<String, Cluster>,
    /// By family, in the order of their revisions.
    pub(crate) definitions: BTreeMap<String, Vec<Definition>>,
    pub(crate) services: Vec<Service>,
    pub(crate) tasks: Vec<Task>,
}

/// Lets happen what should have happened by now.
pub(crate) fn advance(here: &mut Here<'_>) {
    rollout::advance(here);
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    match action {
        "CreateCluster" => cluster::create(here, input),
        "DescribeClusters" => cluster::describe(here.region, input),
        "ListClusters" => Ok(cluster::list(here.region)),
        "UpdateCluster" | "UpdateClusterSettings" | "PutClusterCapacityProviders" => {
            cluster::update(here.region, input)
        }
        "DeleteCluster" => cluster::delete(here.region, input),
        "RegisterTaskDefinition" => register::register(here, input),
        "DescribeTaskDefinition" => definition::describe(here.region, input),
        "ListTaskDefinitions" => Ok(definition::list(here.region, input)),
        "ListTaskDefinitionFamilies" => Ok(definition::families(here.region, input)),
        "DeregisterTaskDefinition" => definition::deregister(here, input),
        "DeleteTaskDefinitions" => definition::delete(here.region, input),
        "CreateService" => service_create::create(here, input),
        "DescribeServices" => service_view::describe(here.region, input),
        "ListServices" => service_view::list(here.region, input),
        "UpdateService" => service_update::update(here, input),
        "DeleteService" => service_delete::delete(here, input),
        "ListTasks" => task_call::list(here.region, input),
        "DescribeTasks" => task_call::describe(here.region, input),
        "StopTask" => task_call::stop(here, input),
        "TagResource" => tag::tag(here.region, input),
        "UntagResource" => tag::untag(here.region, input),
        "ListTagsForResource" => tag::list(here.region, input),
        "ListServiceDeployments" => attempt::list(here.region, input),
        "DescribeServiceDeployments" => Ok(attempt::describe(here.region, input)),
        "StopServiceDeployment" => attempt::stop(here, input),
        _ => Err(Refusal::not_here("ecs", action)),
    }
}

/// The refusal of an argument.
fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidParameterException", message)
}
