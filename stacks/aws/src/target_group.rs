//! Target groups.

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{
    Matcher, ProtocolEnum, TargetGroup as Sdk, TargetGroupAttribute, TargetTypeEnum,
};
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::Reply,
    resource::{Algorithm, HealthCheck, Resource, TargetGroup},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    load_balancer,
    tags::{self, sdk_tags},
    wait::{Pace, until},
};

const ABSENT: [&str; 2] = ["TargetGroupNotFound", "TargetGroupNotFoundException"];

const DEREGISTRATION: &str = "deregistration_delay.timeout_seconds";
const ALGORITHM: &str = "load_balancing.algorithm.type";
const FEWEST_FIRST: &str = "least_outstanding_requests";

/// How long listeners and services may take to let it go.
const RELEASE_LIMIT: Duration = Duration::from_secs(300);

/// The port that a group must have; ECS registers each task with its own.
const PORT: i32 = 80;

/// Looks for the group of the tasks by its name.
pub(crate) async fn look(aws: &Aws) -> Reply<Option<Sdk>> {
    named(aws, &Address::app(Kind::TargetGroup)).await
}

/// Looks for a group by its name.
pub(crate) async fn named(aws: &Aws, address: &Address) -> Reply<Option<Sdk>> {
    let asked = aws.clients.elb.describe_target_groups().names(aws.names.of(address)).send();
    let found =
        call("elasticloadbalancing DescribeTargetGroups", asked).await.or_absent(&ABSENT)?;
    let found = found.and_then(|it| it.target_groups).unwrap_or_default().into_iter().next();
    if let Some(arn) = found.as_ref().and_then(|it| it.target_group_arn()) {
        aws.learn(address, arn);
    }
    Ok(found)
}

/// Its settings.
pub(crate) async fn attributes(aws: &Aws, arn: &str) -> Reply<Vec<TargetGroupAttribute>> {
    let asked = aws.clients.elb.describe_target_group_attributes().target_group_arn(arn).send();
    let found = call("elasticloadbalancing DescribeTargetGroupAttributes", asked);
    Ok(found.await.or_absent(&ABSENT)?.and_then(|it| it.attributes).unwrap_or_default())
}

/// What it is.
pub(crate) fn resource(found: &Sdk, attributes: &[TargetGroupAttribute]) -> Resource {
    let attribute =
        |key: &str| attributes.iter().find(|it| it.key() == Some(key)).and_then(|it| it.value());
    let seconds = |it: Option<i32>| {
        Duration::from_secs(u64::try_from(it.unwrap_or_default()).unwrap_or_default())
    };
    let times = |it: Option<i32>| u32::try_from(it.unwrap_or_default()).unwrap_or_default();
    TargetGroup {
        name: Name::app(),
        health_check: HealthCheck {
            path: found.health_check_path().unwrap_or("/").to_owned(),
            matcher: found.matcher().and_then(|it| it.http_code()).unwrap_or("200").to_owned(),
            interval: seconds(found.health_check_interval_seconds()),
            timeout: seconds(found.health_check_timeout_seconds()),
            healthy_threshold: times(found.healthy_threshold_count()),
            unhealthy_threshold: times(found.unhealthy_threshold_count()),
        },
        deregistration_delay: Duration::from_secs(
            attribute(DEREGISTRATION).and_then(|it| it.parse().ok()).unwrap_or(300),
        ),
        algorithm: match attribute(ALGORITHM) {
            Some(FEWEST_FIRST) => Algorithm::LeastOutstandingRequests,
            _ => Algorithm::RoundRobin,
        },
    }
    .into()
}

/// Makes the group. One that is there already is edited: an answer that got lost, or another run.
pub(crate) async fn create(aws: &Aws, group: &TargetGroup) -> Reply<()> {
    let resource = Resource::from(group.clone());
    let address = resource.address();
    if look(aws).await?.is_some() {
        return update(aws, group).await;
    }
    let check = &group.health_check;
    let tags = sdk_tags!(aws_sdk_elasticloadbalancingv2, tags::of(aws.names.stack(), &resource));
    let made = aws
        .clients
        .elb
        .create_target_group()
        .name(aws.names.of(&address))
        .protocol(ProtocolEnum::Http)
        .port(PORT)
        .vpc_id(&aws.network().await?.vpc)
        .target_type(TargetTypeEnum::Ip)
        .health_check_enabled(true)
        .health_check_protocol(ProtocolEnum::Http)
        .health_check_path(&check.path)
        .health_check_interval_seconds(whole(check.interval))
        .health_check_timeout_seconds(whole(check.timeout))
        .healthy_threshold_count(count(check.healthy_threshold))
        .unhealthy_threshold_count(count(check.unhealthy_threshold))
        .matcher(Matcher::builder().http_code(&check.matcher).build())
        .set_tags(Some(tags))
        .send();
    let made = call("elasticloadbalancing CreateTargetGroup", made).await?;
    let arn = made.target_groups().first().and_then(|it| it.target_group_arn());
    let arn = arn.unwrap_or_default().to_owned();
    aws.learn(&address, arn.clone());
    set_attributes(aws, group, &arn).await
}

/// Edits it in place.
pub(crate) async fn update(aws: &Aws, group: &TargetGroup) -> Reply<()> {
    let resource = Resource::from(group.clone());
    let address = resource.address();
    let arn = aws.id(&address, &address)?;
    let check = &group.health_check;
    let edit = aws.clients.elb.modify_target_group().target_group_arn(&arn);
    let edit = edit
        .health_check_enabled(true)
        .health_check_path(&check.path)
        .health_check_interval_seconds(whole(check.interval))
        .health_check_timeout_seconds(whole(check.timeout))
        .healthy_threshold_count(count(check.healthy_threshold))
        .unhealthy_threshold_count(count(check.unhealthy_threshold))
        .matcher(Matcher::builder().http_code(&check.matcher).build())
        .send();
    let (edited, attributes, tagged) = tokio::join!(
        call("elasticloadbalancing ModifyTargetGroup", edit),
        set_attributes(aws, group, &arn),
        load_balancer::tag(aws, &arn, vec![tags::applied(&resource)])
    );
    edited?;
    attributes?;
    tagged
}

async fn set_attributes(aws: &Aws, group: &TargetGroup, arn: &str) -> Reply<()> {
    let attribute =
        |key: &str, value: &str| TargetGroupAttribute::builder().key(key).value(value).build();
    let algorithm = match group.algorithm {
        Algorithm::RoundRobin => "round_robin",
        Algorithm::LeastOutstandingRequests => FEWEST_FIRST,
    };
    let delay = group.deregistration_delay.as_secs().to_string();
    let set = aws.clients.elb.modify_target_group_attributes().target_group_arn(arn);
    let set = set.attributes(attribute(DEREGISTRATION, &delay));
    let set = set.attributes(attribute(ALGORITHM, algorithm)).send();
    call("elasticloadbalancing ModifyTargetGroupAttributes", set).await?;
    Ok(())
}

/// Removes the group once no listener and no rule uses it any more.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let Some(arn) = aws.known_id(address) else { return Ok(()) };
    until("freeing the target group", Pace::up_to(RELEASE_LIMIT), async || {
        let delete = aws.clients.elb.delete_target_group().target_group_arn(&arn).send();
        match call("elasticloadbalancing DeleteTargetGroup", delete).await.or_done(&ABSENT) {
            Ok(()) => Ok(Some(())),
            Err(refusal) if refusal.is(&["ResourceInUse", "ResourceInUseException"]) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await?;
    aws.forget(address);
    Ok(())
}

/// Whole seconds, as AWS takes them.
pub(crate) fn whole(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

/// A count, as AWS takes it.
pub(crate) fn count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
