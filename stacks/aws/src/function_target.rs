//! Target groups whose one target is a function.

use aws_sdk_elasticloadbalancingv2::types::{
    TargetDescription, TargetGroup as Sdk, TargetTypeEnum,
};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
    resource::{FunctionTarget, Resource},
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
pub(crate) async fn read(aws: &Aws) -> Reply<Found<Marked>> {
    let Some(found) = look(aws).await? else { return Ok(Found::Nothing) };
    let arn = [found.target_group_arn().unwrap_or_default().to_owned()];
    let tags = load_balancer::tags_of(aws, &arn).await?;
    let tags = tags.into_iter().next().map(|(_, tags)| tags).unwrap_or_default();
    let address = address();
    let function = Address { kind: Kind::Function, name: address.name.clone() };
    let resource = FunctionTarget { name: address.name, function };
    Ok(Found::by_tags((resource.into(), tags.mark()), &tags, aws.names.stack(), &arn[0]))
}

async fn look(aws: &Aws) -> Reply<Option<Sdk>> {
    target_group::named(aws, &address()).await
}

pub(crate) fn address() -> Address {
    Address::of(Kind::FunctionTarget, "wake")
}

/// Makes the group, lets balancers call the function by it, and registers the function.
pub(crate) async fn write(aws: &Aws, group: &FunctionTarget) -> Reply<()> {
    let resource = Resource::from(group.clone());
    let address = resource.address();
    let function = aws.id(&group.function, &address)?;
    if look(aws).await?.is_none() {
        let tags =
            sdk_tags!(aws_sdk_elasticloadbalancingv2, tags::of(aws.names.stack(), &resource));
        let make = aws.clients.elb.create_target_group().name(aws.names.of(&address));
        let make = make.target_type(TargetTypeEnum::Lambda).set_tags(Some(tags)).send();
        let made = call("elasticloadbalancing CreateTargetGroup", make).await?;
        let arn = made.target_groups().first().and_then(|it| it.target_group_arn());
        aws.learn(&address, arn.unwrap_or_default());
    }
    let arn = aws.id(&address, &address)?;
    let called = aws.names.of(&group.function);
    function::permit(aws, &called, STATEMENT, BALANCERS, &arn).await?;
    let target = TargetDescription::builder().id(function).build();
    let register = aws.clients.elb.register_targets().target_group_arn(arn).targets(target).send();
    call("elasticloadbalancing RegisterTargets", register).await?;
    Ok(())
}

/// Removes the group, once no rule uses it any more, and lets nobody call the function by it.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    target_group::delete(aws, address).await?;
    let function = Address { kind: Kind::Function, name: address.name.clone() };
    function::forbid(aws, &aws.names.of(&function), STATEMENT).await
}
