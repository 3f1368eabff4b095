//! Application load balancers.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_elasticloadbalancingv2::types::{
    LoadBalancer as Sdk, LoadBalancerAttribute, LoadBalancerSchemeEnum, LoadBalancerTypeEnum, Tag,
};
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::{BackendError, Reply},
    resource::{LoadBalancer, Place, Resource, Scheme},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    tags::{self, Tag as Pair, sdk_tags},
    wait::{Pace, until},
};

const ABSENT: [&str; 2] = ["LoadBalancerNotFound", "LoadBalancerNotFoundException"];

/// How long one may take to go.
const GONE_LIMIT: Duration = Duration::from_secs(600);

const IDLE_TIMEOUT: &str = "idle_timeout.timeout_seconds";

/// Looks for the balancer by its name.
pub(crate) async fn look(aws: &Aws) -> Reply<Option<Sdk>> {
    let address = Address::app(Kind::LoadBalancer);
    let asked = aws.clients.elb.describe_load_balancers().names(aws.names.of(&address)).send();
    let found =
        call("elasticloadbalancing DescribeLoadBalancers", asked).await.or_absent(&ABSENT)?;
    let found = found.and_then(|it| it.load_balancers).unwrap_or_default().into_iter().next();
    if let Some(arn) = found.as_ref().and_then(|it| it.load_balancer_arn()) {
        aws.learn(&address, arn);
    }
    Ok(found)
}

/// Its settings.
pub(crate) async fn attributes(aws: &Aws, arn: &str) -> Reply<Vec<LoadBalancerAttribute>> {
    let asked = aws.clients.elb.describe_load_balancer_attributes().load_balancer_arn(arn).send();
    let found = call("elasticloadbalancing DescribeLoadBalancerAttributes", asked);
    let found = found.await.or_absent(&ABSENT)?;
    Ok(found.and_then(|it| it.attributes).unwrap_or_default())
}

/// What it is. `network` are the subnets that stand for `default`.
pub(crate) fn resource(
    aws: &Aws,
    found: &Sdk,
    attributes: &[LoadBalancerAttribute],
    network: &crate::network::Network,
) -> Resource {
    let idle = attributes.iter().find(|it| it.key() == Some(IDLE_TIMEOUT));
    let idle = idle.and_then(|it| it.value()?.parse().ok()).unwrap_or(60);
    let zones = found.availability_zones().iter();
    let subnets: BTreeSet<String> =
        zones.filter_map(|it| it.subnet_id().map(ToOwned::to_owned)).collect();
    let wanted = &aws.wanted_network;
    let are_named = !wanted.subnets.is_empty() || !wanted.balancer_subnets.is_empty();
    LoadBalancer {
        name: Name::app(),
        idle_timeout: Duration::from_secs(idle),
        place: Place::Network {
            scheme: match found.scheme() {
                Some(LoadBalancerSchemeEnum::Internal) => Scheme::Internal,
                _ => Scheme::InternetFacing,
            },
            subnets: network.called(subnets, are_named),
            security_groups: found
                .security_groups()
                .iter()
                .map(|it| aws.group_called(it))
                .collect(),
        },
    }
    .into()
}

/// Makes the balancer. It takes requests some minutes later; tasks can start meanwhile, and get healthy when it does.
pub(crate) async fn create(aws: &Aws, balancer: &LoadBalancer) -> Reply<()> {
    let resource = Resource::from(balancer.clone());
    let address = resource.address();
    let (scheme, subnets, groups) = in_network(aws, balancer, &address).await?;
    let tags = sdk_tags!(aws_sdk_elasticloadbalancingv2, tags::of(aws.names.stack(), &resource));
    let made = aws
        .clients
        .elb
        .create_load_balancer()
        .name(aws.names.of(&address))
        .r#type(LoadBalancerTypeEnum::Application)
        .scheme(match scheme {
            Scheme::InternetFacing => LoadBalancerSchemeEnum::InternetFacing,
            Scheme::Internal => LoadBalancerSchemeEnum::Internal,
        })
        .set_subnets(Some(subnets))
        .set_security_groups(Some(groups))
        .set_tags(Some(tags))
        .send();
    let made = call("elasticloadbalancing CreateLoadBalancer", made).await?;
    let arn = made.load_balancers().first().and_then(|it| it.load_balancer_arn());
    let arn = arn.unwrap_or_default().to_owned();
    aws.learn(&address, arn.clone());
    set_attributes(aws, balancer, &arn).await
}

/// Edits it in place.
pub(crate) async fn update(aws: &Aws, balancer: &LoadBalancer) -> Reply<()> {
    let resource = Resource::from(balancer.clone());
    let address = resource.address();
    let arn = aws.id(&address, &address)?;
    let (_, subnets, groups) = in_network(aws, balancer, &address).await?;
    let elb = &aws.clients.elb;
    let groups =
        elb.set_security_groups().load_balancer_arn(&arn).set_security_groups(Some(groups));
    let subnets = elb.set_subnets().load_balancer_arn(&arn).set_subnets(Some(subnets));
    let sent = async {
        tokio::try_join!(
            call("elasticloadbalancing SetSecurityGroups", groups.send()),
            call("elasticloadbalancing SetSubnets", subnets.send()),
        )
    };
    let (sent, attributes, tagged) = tokio::join!(
        sent,
        set_attributes(aws, balancer, &arn),
        tag(aws, &arn, vec![tags::applied(&resource)])
    );
    sent?;
    attributes?;
    tagged
}

async fn set_attributes(aws: &Aws, balancer: &LoadBalancer, arn: &str) -> Reply<()> {
    let idle = balancer.idle_timeout.as_secs().to_string();
    let idle = LoadBalancerAttribute::builder().key(IDLE_TIMEOUT).value(idle).build();
    let set = aws.clients.elb.modify_load_balancer_attributes().load_balancer_arn(arn);
    call("elasticloadbalancing ModifyLoadBalancerAttributes", set.attributes(idle).send()).await?;
    Ok(())
}

async fn in_network(
    aws: &Aws,
    balancer: &LoadBalancer,
    address: &Address,
) -> Reply<(Scheme, Vec<String>, Vec<String>)> {
    let Place::Network { scheme, subnets, security_groups } = &balancer.place else {
        return Err(BackendError::NotOnThisTarget(address.clone()));
    };
    let groups: Reply<Vec<String>> =
        security_groups.iter().map(|it| aws.group_id(it, address)).collect();
    Ok((*scheme, aws.network().await?.ids_of(subnets), groups?))
}

/// Puts tags on a balancer, a target group or a rule.
pub(crate) async fn tag(aws: &Aws, arn: &str, tags: Vec<Pair>) -> Reply<()> {
    let tags = sdk_tags!(aws_sdk_elasticloadbalancingv2, tags);
    let tag = aws.clients.elb.add_tags().resource_arns(arn).set_tags(Some(tags)).send();
    call("elasticloadbalancing AddTags", tag).await?;
    Ok(())
}

/// The tags of balancers, target groups and rules, by their ARNs, with one call.
pub(crate) async fn tags_of(aws: &Aws, arns: &[String]) -> Reply<Vec<(String, tags::Tags)>> {
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let asked = aws.clients.elb.describe_tags().set_resource_arns(Some(arns.to_vec())).send();
    let found = call("elasticloadbalancing DescribeTags", asked).await?;
    let tags = found.tag_descriptions().iter().map(|it| {
        let tags = tags::Tags::new(it.tags(), |it: &Tag| (it.key(), it.value()));
        (it.resource_arn().unwrap_or_default().to_owned(), tags)
    });
    Ok(tags.collect())
}

/// Removes the balancer, its listeners with it.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let Some(arn) = aws.known_id(address) else { return Ok(()) };
    let delete = aws.clients.elb.delete_load_balancer().load_balancer_arn(arn).send();
    call("elasticloadbalancing DeleteLoadBalancer", delete).await.or_done(&ABSENT)?;
    aws.forget(address);
    until("the load balancer going", Pace::up_to(GONE_LIMIT), async || {
        Ok(look(aws).await?.is_none().then_some(()))
    })
    .await
}
