//! Target groups whose one target is a function.

use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetGroup, TargetTypeEnum};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
    resource::{Alias, FunctionTarget, Resource},
};

use crate::{
    aws::Aws,
    call::call,
    found::{Found, Marked},
    function, load_balancer,
    tags::{self, sdk_tags},
    target_group,
};

/// Who calls the function.
const BALANCERS: &str = "elasticloadbalancing.amazonaws.com";

/// The statement that lets balancers call the function.
const STATEMENT: &str = "ragctl-balancer";

/// What it is. Its target is the function of its name: only ragctl could register another.
pub(crate) async fn read(
    aws: &Aws,
    address: Address,
    group: Option<&TargetGroup>,
) -> Reply<Found<Marked>> {
    let Some(found) = group else { return Ok(Found::Nothing) };
    let arn = [found.target_group_arn().unwrap_or_default().to_owned()];
    let tags = load_balancer::tags_of(aws, &arn).await?;
    let tags = tags.into_iter().next().map(|(_, tags)| tags).unwrap_or_default();
    let function = called(&address);
    let resource = FunctionTarget { name: address.name, function };
    Ok(Found::by_tags((resource.into(), tags.mark()), &tags, aws.names.stack(), &arn[0]))
}

/// The door to the function that wakes the service.
pub(crate) fn wake() -> Address {
    Address::of(Kind::FunctionTarget, "wake")
}

/// The door to the service, where that is a function.
pub(crate) fn service() -> Address {
    Address::app(Kind::FunctionTarget)
}

/// What a door leads to: the function of its name, or the version of the service that serves.
fn called(door: &Address) -> Address {
    match *door == service() {
        true => Alias::live(),
        false => Address { kind: Kind::Function, name: door.name.clone() },
    }
}

/// The names of what a door leads to: a function's, and an alias' where it leads to that.
fn names(aws: &Aws, door: &Address) -> (String, Option<String>) {
    let called = called(door);
    match called.kind {
        Kind::Alias => (aws.names.of(&function::service::address()), Some(aws.names.of(&called))),
        _ => (aws.names.of(&called), None),
    }
}

/// Makes the group, lets balancers call the function by it, and registers the function.
pub(crate) async fn write(aws: &Aws, group: &FunctionTarget) -> Reply<()> {
    let resource = Resource::from(group.clone());
    let address = resource.address();
    let function = aws.id(&group.function, &address)?;
    if target_group::named(aws, &address).await?.is_none() {
        let tags =
            sdk_tags!(aws_sdk_elasticloadbalancingv2, tags::of(aws.names.stack(), &resource));
        let make = aws.clients.elb.create_target_group().name(aws.names.of(&address));
        let make = make.target_type(TargetTypeEnum::Lambda).set_tags(Some(tags)).send();
        let made = call("elasticloadbalancing CreateTargetGroup", make).await?;
        let arn = made.target_groups().first().and_then(|it| it.target_group_arn());
        aws.learn(&address, arn.unwrap_or_default());
    }
    let arn = aws.id(&address, &address)?;
    let (called, alias) = names(aws, &address);
    function::permit(aws, &called, alias.as_deref(), STATEMENT, BALANCERS, &arn).await?;
    let target = TargetDescription::builder().id(function).build();
    let register = aws.clients.elb.register_targets().target_group_arn(arn).targets(target).send();
    call("elasticloadbalancing RegisterTargets", register).await?;
    Ok(())
}

/// Removes the group, once no rule uses it any more, and lets nobody call the function by it.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    target_group::delete(aws, address).await?;
    let (called, alias) = names(aws, address);
    function::forbid(aws, &called, alias.as_deref(), STATEMENT).await
}
