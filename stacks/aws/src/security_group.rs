//! Security groups of EC2.

use std::time::Duration;

use aws_sdk_ec2::types::{
    IpPermission, IpRange, ResourceType, SecurityGroup as Sdk, Tag, TagSpecification,
    UserIdGroupPair,
};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    resource::{Ingress, Resource, SecurityGroup},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    found::{Found, Marked},
    perform::must_be_ours,
    tags::{self, Tags, sdk_tags},
    wait::{Pace, until},
};

/// The security groups that a stack can have.
pub(crate) const ALL: [&str; 3] = ["balancer", "service", "ping"];

/// How long addresses of a balancer, of tasks or of a function may take to be given back. A function's take longest.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
const RELEASE_LIMIT: Duration = Duration::from_secs(2700);

/// All groups of the stack's names, with one call.
pub(crate) async fn read_all(aws: &Aws) -> Reply<Vec<Sdk>> {
    let names = ALL.map(|name| aws.names.of(&Address::of(Kind::SecurityGroup, name)));
    let by_name = aws_sdk_ec2::types::Filter::builder()
        .name("group-name")
        .set_values(Some(names.to_vec()))
        .build();
    let asked = aws.clients.ec2.describe_security_groups().filters(by_name).send();
    Ok(call("ec2 DescribeSecurityGroups", asked).await?.security_groups.unwrap_or_default())
}

/// Learns the ids of the stack's own groups: rules refer to groups by them.
pub(crate) fn learn(aws: &Aws, all: &[Sdk]) {
    for name in ALL {
        let address = Address::of(Kind::SecurityGroup, name);
        if let Some(id) = one(aws, &address, all).and_then(|it| it.group_id()) {
            aws.learn(&address, id);
        }
    }
}

/// The group of this address among those of its name: ours, where several networks have one.
fn one<'a>(aws: &Aws, address: &Address, all: &'a [Sdk]) -> Option<&'a Sdk> {
    let called = aws.names.of(address);
    let mut named: Vec<&Sdk> =
        all.iter().filter(|it| it.group_name() == Some(called.as_str())).collect();
    named.sort_by_key(|it| tags_of(it).owner() != Some(aws.names.stack()));
    named.first().copied()
}

fn tags_of(group: &Sdk) -> Tags {
    Tags::new(group.tags(), |it: &Tag| (it.key(), it.value()))
}

/// What the group at an address is. `vpc` is what the file calls the network that ids stand for.
pub(crate) fn found(aws: &Aws, address: &Address, all: &[Sdk], network: &str) -> Found<Marked> {
    let Some(group) = one(aws, address, all) else { return Found::Nothing };
    let vpc = group.vpc_id().unwrap_or_default();
    let named = aws.wanted_network.vpc.as_ref().map(ToString::to_string);
    let resource = SecurityGroup {
        name: address.name.clone(),
        vpc: match named {
            None if vpc == network => "default".to_owned(),
            _ => vpc.to_owned(),
        },
        ingress: group.ip_permissions().iter().flat_map(|it| ingress(aws, it)).collect(),
    };
    let (tags, id) = (tags_of(group), group.group_id().unwrap_or_default());
    let mark = tags.mark();
    Found::by_tags((resource.into(), mark), &tags, aws.names.stack(), id)
}

/// What a permission lets in, one for each who.
fn ingress(aws: &Aws, permission: &IpPermission) -> Vec<Ingress> {
    let protocol = permission.ip_protocol().unwrap_or("-1");
    let port = |it: Option<i32>| u16::try_from(it.unwrap_or_default()).unwrap_or_default();
    let (first, last) = (port(permission.from_port()), port(permission.to_port()));
    let groups = permission.user_id_group_pairs().iter();
    let groups = groups.filter_map(|it| Some(aws.group_called(it.group_id()?)));
    let ranges = permission.ip_ranges().iter().filter_map(|it| it.cidr_ip());
    let wide_ranges = permission.ipv6_ranges().iter().filter_map(|it| it.cidr_ipv6());
    let lists = permission.prefix_list_ids().iter().filter_map(|it| it.prefix_list_id());
    let from = groups.chain(ranges.chain(wide_ranges).chain(lists).map(ToOwned::to_owned));
    from.map(|from| Ingress {
        from,
        port: first,
        to: (last != first).then_some(last),
        protocol: (protocol != "tcp").then(|| protocol.to_owned()),
    })
    .collect()
}

/// Makes the group what it should be.
pub(crate) async fn write(aws: &Aws, group: &SecurityGroup, exists: bool) -> Reply<()> {
    let resource = Resource::from(group.clone());
    let address = resource.address();
    if !exists && aws.known_id(&address).is_none() {
        create(aws, group, &resource).await?;
    }
    let all = read_all(aws).await?;
    learn(aws, &all);
    let network = aws.network().await?.vpc.clone();
    let Found::Ours((Resource::SecurityGroup(is), _)) = found(aws, &address, &all, &network) else {
        return must_be_ours(found(aws, &address, &all, &network), &address);
    };
    if is.vpc != group.vpc {
        return Err(BackendError::Refused {
            operation: format!("moving `{address}` to another network"),
            reason: "a stack stays in its VPC; take it down first, or give this one another name"
                .to_owned(),
        });
    }
    let id = aws.id(&address, &address)?;
    let added = permissions(aws, &address, group.ingress.difference(&is.ingress))?;
    let removed = permissions(aws, &address, is.ingress.difference(&group.ingress))?;
    if !added.is_empty() {
        let add = aws.clients.ec2.authorize_security_group_ingress().group_id(&id);
        let add = add.set_ip_permissions(Some(added)).send();
        call("ec2 AuthorizeSecurityGroupIngress", add)
            .await
            .or_done(&["InvalidPermission.Duplicate"])?;
    }
    if !removed.is_empty() {
        let remove = aws.clients.ec2.revoke_security_group_ingress().group_id(&id);
        let remove = remove.set_ip_permissions(Some(removed)).send();
        call("ec2 RevokeSecurityGroupIngress", remove)
            .await
            .or_done(&["InvalidPermission.NotFound"])?;
    }
    if exists {
        let tag = sdk_tags!(aws_sdk_ec2, [tags::applied(&resource)]);
        let tag = aws.clients.ec2.create_tags().resources(id).set_tags(Some(tag)).send();
        call("ec2 CreateTags", tag).await?;
    }
    Ok(())
}

async fn create(aws: &Aws, group: &SecurityGroup, resource: &Resource) -> Reply<()> {
    let address = resource.address();
    let vpc = match group.vpc.as_str() {
        "default" => aws.network().await?.vpc.clone(),
        named => named.to_owned(),
    };
    let tags = TagSpecification::builder()
        .resource_type(ResourceType::SecurityGroup)
        .set_tags(Some(sdk_tags!(aws_sdk_ec2, tags::of(aws.names.stack(), resource))))
        .build();
    let made = aws
        .clients
        .ec2
        .create_security_group()
        .group_name(aws.names.of(&address))
        .description(format!("{} of ragctl stack {}", group.name, aws.names.stack()))
        .vpc_id(vpc)
        .tag_specifications(tags)
        .send();
    let made =
        call("ec2 CreateSecurityGroup", made).await.or_absent(&["InvalidGroup.Duplicate"])?;
    if let Some(id) = made.and_then(|it| it.group_id) {
        aws.learn(&address, id.clone());
        // Not every part of EC2 sees a new group at once.
        until("seeing a new security group", Pace::up_to(Duration::from_secs(60)), async || {
            let asked = aws.clients.ec2.describe_security_groups().group_ids(&id).send();
            let seen = call("ec2 DescribeSecurityGroups", asked).await;
            Ok(seen.or_absent(&["InvalidGroup.NotFound"])?.map(|_| ()))
        })
        .await?;
    }
    Ok(())
}

fn permissions<'a>(
    aws: &Aws,
    of: &Address,
    ingress: impl Iterator<Item = &'a Ingress>,
) -> Reply<Vec<IpPermission>> {
    ingress.map(|it| permission(aws, of, it)).collect()
}

fn permission(aws: &Aws, of: &Address, ingress: &Ingress) -> Reply<IpPermission> {
    let permission = IpPermission::builder()
        .ip_protocol(ingress.protocol.as_deref().unwrap_or("tcp"))
        .from_port(i32::from(ingress.port))
        .to_port(i32::from(ingress.to.unwrap_or(ingress.port)));
    let is_group = ingress.from.starts_with("sg-") || ingress.from.parse::<Address>().is_ok();
    Ok(if is_group {
        let id = aws.group_id(&ingress.from, of)?;
        permission.user_id_group_pairs(UserIdGroupPair::builder().group_id(id).build()).build()
    } else if ingress.from.contains("::") {
        let range = aws_sdk_ec2::types::Ipv6Range::builder().cidr_ipv6(&ingress.from).build();
        permission.ipv6_ranges(range).build()
    } else if ingress.from.starts_with("pl-") {
        let list =
            aws_sdk_ec2::types::PrefixListId::builder().prefix_list_id(&ingress.from).build();
        permission.prefix_list_ids(list).build()
    } else {
        permission.ip_ranges(IpRange::builder().cidr_ip(&ingress.from).build()).build()
    })
}

/// Removes the group once nothing uses it any more: a balancer gives its addresses back some time after it is gone.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let Some(id) = aws.known_id(address) else { return Ok(()) };
    until("freeing the security group", Pace::up_to(RELEASE_LIMIT), async || {
        let delete = aws.clients.ec2.delete_security_group().group_id(&id).send();
        match call("ec2 DeleteSecurityGroup", delete).await {
            Ok(_) => Ok(Some(())),
            Err(refusal) if refusal.is(&["InvalidGroup.NotFound", "InvalidGroupId.Malformed"]) => {
                Ok(Some(()))
            }
            Err(refusal) if refusal.is(&["DependencyViolation", "InvalidGroup.InUse"]) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await?;
    aws.forget(address);
    Ok(())
}
