//! What was found, put into what is live: as ours, or as somebody else's.

use aws_sdk_ecs::types::Service as SdkService;
use ragctl_stacks::{
    address::{Address, Kind},
    live::{Foreign, Live},
    resource::{Digest, Resource},
};

use crate::{
    aws::Aws,
    found::{Found, put},
    network::Network,
    options::Gate,
    service,
    tags::Tags,
    task_definition::{self, Revision},
};

/// Puts what has tags of its own; whether it is ours.
pub(super) fn tagged(
    aws: &Aws,
    live: &mut Live,
    resource: Resource,
    tags: &Tags,
    id: &str,
) -> bool {
    let (address, mark) = (resource.address(), tags.mark());
    let found = Found::by_tags((resource, mark), tags, aws.names.stack(), id);
    let is_ours = found.ours().is_some();
    put(live, address, found);
    is_ours
}

/// The revision that the tasks run, or else the latest: one that was rolled back, or never came to run, is not what the stack is. One
/// that somebody else has registered is left alone, and another registered after it.
pub(super) fn revision(
    aws: &Aws,
    live: &mut Live,
    latest: Option<Revision>,
    running: Option<&Revision>,
    service: Option<&SdkService>,
) {
    let address = Address::app(Kind::TaskDefinition);
    let owner = |it: &Revision| it.tags.belongs_to(aws.names.stack(), &it.arn);
    let ours = |it: &&Revision| owner(it).is_ok();
    for known in latest.iter().chain(running).filter(ours) {
        aws.learn(&task_definition::of_revision(&known.digest()), known.arn.clone());
    }
    let Some(shown) = running.filter(ours).cloned().or(latest) else { return };
    aws.learn(&address, shown.arn.clone());
    match owner(&shown) {
        Ok(()) => live.insert(shown.definition.into(), None),
        Err(foreign) if service.is_none() => live.insert_foreign(address, foreign),
        Err(_) => {}
    }
}

pub(super) fn service(
    aws: &Aws,
    live: &mut Live,
    service: Option<&SdkService>,
    running: Option<Revision>,
    network: &Network,
    gate: Gate,
) {
    let Some(service) = service else { return };
    let arn = service.service_arn().unwrap_or_default();
    let fargate = running.as_ref().and_then(|it| it.definition.fargate.as_ref());
    let image = fargate.and_then(|it| it.image.clone());
    let digest = running.map(|it| it.digest());
    let digest = digest.unwrap_or_else(|| Digest::of(&arn));
    let resource = service::resource(aws, service, digest, image, network, gate);
    tagged(aws, live, resource, &service::tags_of(service), arn);
}

/// What belongs to the service is ours when the service is, or when none is there any more.
pub(super) fn scaling(
    live: &mut Live,
    service: Option<&SdkService>,
    found: impl Iterator<Item = Resource>,
    aws: &Aws,
) {
    let tags = service.map(service::tags_of);
    for resource in found {
        let address = resource.address();
        match &tags {
            Some(tags) if tags.owner() != Some(aws.names.stack()) => {
                let id = aws.names.scalable_resource();
                let owner = tags.owner().map(ToOwned::to_owned);
                live.insert_foreign(address, Foreign { id, owner });
            }
            tags => {
                let mark = tags.as_ref().and_then(|it| it.mark_within(&address));
                live.insert(resource, mark);
            }
        }
    }
}
