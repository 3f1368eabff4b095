//! Clusters of ECS.

use std::time::Duration;

use aws_sdk_ecs::types::{ClusterField, Tag};
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::Reply,
    resource::{Cluster, Resource},
};

use crate::{
    aws::Aws,
    call::{Refusal, call},
    found::{Found, Marked},
    perform::must_be_ours,
    tags::{self, Tags, sdk_tags},
    wait::{Pace, until},
};

const ABSENT: &str = "ClusterNotFoundException";

/// What ECS says while something is still in the cluster.
const IN_USE: [&str; 5] = [
    "ClusterContainsServicesException",
    "ClusterContainsTasksException",
    "ClusterContainsContainerInstancesException",
    "ClusterContainsCapacityProviderException",
    "UpdateInProgressException",
];

/// How long what was in it may take to go: tasks finish what they have, at most 120 s after they were told to.
const EMPTY_LIMIT: Duration = Duration::from_secs(600);

/// Looks for the cluster.
pub(crate) async fn read(aws: &Aws) -> Reply<Found<Marked>> {
    let address = Address::app(Kind::Cluster);
    let asked = aws.clients.ecs.describe_clusters().clusters(aws.names.of(&address));
    let asked = asked.include(ClusterField::Tags).send();
    let found = call("ecs DescribeClusters", asked).await?;
    let active = found.clusters().iter().find(|it| it.status() == Some("ACTIVE"));
    let Some(cluster) = active else { return Ok(Found::Nothing) };
    let arn = cluster.cluster_arn().unwrap_or_default();
    aws.learn(&address, arn);
    let tags = Tags::new(cluster.tags(), |it: &Tag| (it.key(), it.value()));
    let resource = Cluster { name: Name::app() };
    let mark = tags.mark();
    Ok(Found::by_tags((resource.into(), mark), &tags, aws.names.stack(), arn))
}

/// Makes the cluster. A second `CreateCluster` would be harmless on AWS, and not everywhere, so it is looked for first.
pub(crate) async fn create(aws: &Aws, cluster: &Cluster) -> Reply<()> {
    let resource = Resource::from(cluster.clone());
    let address = resource.address();
    let found = read(aws).await?;
    if !matches!(found, Found::Nothing) {
        return must_be_ours(found, &address);
    }
    let made = aws
        .clients
        .ecs
        .create_cluster()
        .cluster_name(aws.names.of(&address))
        .set_tags(Some(sdk_tags!(aws_sdk_ecs, tags::of(aws.names.stack(), &resource))))
        .send();
    let made = call("ecs CreateCluster", made).await?;
    if let Some(arn) = made.cluster().and_then(|it| it.cluster_arn()) {
        aws.learn(&address, arn);
    }
    Ok(())
}

/// Removes the cluster once nothing is in it any more.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let called = aws.names.of(address);
    until("emptying the cluster", Pace::up_to(EMPTY_LIMIT), async || {
        let delete = aws.clients.ecs.delete_cluster().cluster(&called).send();
        match call("ecs DeleteCluster", delete).await {
            Ok(_) => Ok(Some(())),
            Err(refusal) if refusal.is(&[ABSENT]) => Ok(Some(())),
            Err(refusal) if is_in_use(&refusal) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await?;
    aws.forget(address);
    Ok(())
}

fn is_in_use(refusal: &Refusal) -> bool {
    refusal.is(&IN_USE)
}
