//! Application Auto Scaling: the bounds of the service, the policies within them, and the actions that move them.
//!
//! None of the three has tags that could be read everywhere: they are the stack's because the service is.

use std::time::Duration;

use aws_sdk_applicationautoscaling::types::{
    MetricType, PolicyType, PredefinedMetricSpecification, ScalableDimension, ScalableTargetAction,
    ScalingPolicy as SdkPolicy, ScheduledAction as SdkAction, ServiceNamespace,
    TargetTrackingScalingPolicyConfiguration,
};
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::{BackendError, Reply},
    resource::{Function, Job, Metric, Resource, ScalableTarget, ScalingPolicy, ScheduledAction},
};

use crate::{
    aws::Aws,
    call::{OrDone, call},
    service, tags,
    target_group::{self, count, whole},
    wait::{Pace, until},
};

const ECS: ServiceNamespace = ServiceNamespace::Ecs;
const COUNT: ScalableDimension = ScalableDimension::EcsServiceDesiredCount;
const ABSENT: [&str; 1] = ["ObjectNotFoundException"];

/// How long a listener may take to be there.
const SEEN_LIMIT: Duration = Duration::from_secs(60);

/// The bounds; `None` when there are none.
pub(crate) async fn target(aws: &Aws) -> Reply<Option<Resource>> {
    let asked = aws.clients.scaling.describe_scalable_targets().service_namespace(ECS);
    let asked = asked.resource_ids(aws.names.scalable_resource()).scalable_dimension(COUNT).send();
    let found = call("application-autoscaling DescribeScalableTargets", asked).await?;
    let Some(target) = found.scalable_targets().first() else { return Ok(None) };
    let address = Address::app(Kind::ScalableTarget);
    aws.learn(&address, aws.names.scalable_resource());
    Ok(Some(
        ScalableTarget {
            name: Name::app(),
            minimum: positive(target.min_capacity()),
            maximum: positive(target.max_capacity()),
            service: Address::app(Kind::Service),
            sleeps_by: None,
        }
        .into(),
    ))
}

/// What the bounds are while the service is awake: while it sleeps, what wakes it knows them.
pub(crate) fn while_awake(bounds: Resource, wake: Option<&Function>) -> Resource {
    let (Resource::ScalableTarget(mut it), Some(function)) = (bounds.clone(), wake) else {
        return bounds;
    };
    it.sleeps_by = Some(Address { kind: Kind::Function, name: function.name.clone() });
    if let Job::Wake(wake) = &function.job
        && is_asleep(&it)
    {
        (it.minimum, it.maximum) = (wake.minimum, wake.maximum);
    }
    it.into()
}

/// Whether the bounds are those of a service that sleeps.
pub(crate) const fn is_asleep(bounds: &ScalableTarget) -> bool {
    bounds.maximum == 0
}

fn positive(count: i32) -> u32 {
    u32::try_from(count).unwrap_or_default()
}

/// The policies within the bounds.
pub(crate) async fn policies(aws: &Aws) -> Reply<Vec<Resource>> {
    let asked = aws.clients.scaling.describe_scaling_policies().service_namespace(ECS);
    let asked = asked.resource_id(aws.names.scalable_resource()).scalable_dimension(COUNT).send();
    let found = call("application-autoscaling DescribeScalingPolicies", asked).await?;
    Ok(found.scaling_policies().iter().filter_map(|it| policy(aws, it)).collect())
}

fn policy(aws: &Aws, found: &SdkPolicy) -> Option<Resource> {
    let address = aws.names.address_of(Kind::ScalingPolicy, found.policy_name())?;
    let tracking = found.target_tracking_scaling_policy_configuration()?;
    let metric = tracking.predefined_metric_specification()?.predefined_metric_type();
    let cooldown = |it: Option<i32>| {
        // Source: <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html>
        Duration::from_secs(it.and_then(|it| u64::try_from(it).ok()).unwrap_or(300))
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a target is a small positive number"
    )]
    let target = tracking.target_value().round() as u32;
    Some(
        ScalingPolicy {
            name: address.name,
            metric: match metric {
                MetricType::AlbRequestCountPerTarget => Metric::RequestsPerMinute,
                _ => Metric::Cpu,
            },
            target,
            scale_out_cooldown: cooldown(tracking.scale_out_cooldown()),
            scale_in_cooldown: cooldown(tracking.scale_in_cooldown()),
            scalable_target: Address::app(Kind::ScalableTarget),
        }
        .into(),
    )
}

/// The actions that move the bounds.
pub(crate) async fn actions(aws: &Aws) -> Reply<Vec<Resource>> {
    let asked = aws.clients.scaling.describe_scheduled_actions().service_namespace(ECS);
    let asked = asked.resource_id(aws.names.scalable_resource()).scalable_dimension(COUNT).send();
    let found = call("application-autoscaling DescribeScheduledActions", asked).await?;
    Ok(found.scheduled_actions().iter().filter_map(|it| action(aws, it)).collect())
}

fn action(aws: &Aws, found: &SdkAction) -> Option<Resource> {
    let address = aws.names.address_of(Kind::ScheduledAction, found.scheduled_action_name())?;
    let bounds = found.scalable_target_action();
    let bound = |it: Option<i32>| positive(it.unwrap_or_default());
    Some(
        ScheduledAction {
            name: address.name,
            schedule: found.schedule().to_owned(),
            time_zone: found.timezone().unwrap_or("UTC").to_owned(),
            minimum: bound(bounds.and_then(|it| it.min_capacity())),
            maximum: bound(bounds.and_then(|it| it.max_capacity())),
            scalable_target: Address::app(Kind::ScalableTarget),
        }
        .into(),
    )
}

/// Makes the bounds what they should be. AWS moves the count of tasks into them at once.
pub(crate) async fn write_target(aws: &Aws, target: &ScalableTarget) -> Reply<()> {
    let resource = Resource::from(target.clone());
    if target.sleeps_by.is_some() && sleeps(aws).await? {
        // It would wake. Whoever wakes it sets what it was told, which is a step of its own.
        return service::tag(aws, vec![tags::applied_within(&resource)]).await;
    }
    let put = aws.clients.scaling.register_scalable_target().service_namespace(ECS);
    let put = put.resource_id(aws.names.scalable_resource()).scalable_dimension(COUNT);
    let put = put.min_capacity(count(target.minimum)).max_capacity(count(target.maximum)).send();
    call("application-autoscaling RegisterScalableTarget", put).await?;
    aws.learn(&resource.address(), aws.names.scalable_resource());
    service::tag(aws, vec![tags::applied_within(&resource)]).await
}

async fn sleeps(aws: &Aws) -> Reply<bool> {
    Ok(match target(aws).await? {
        Some(Resource::ScalableTarget(is)) => is_asleep(&is),
        _ => false,
    })
}

/// Removes the bounds, and what lies within them.
pub(crate) async fn delete_target(aws: &Aws, address: &Address) -> Reply<()> {
    let delete = aws.clients.scaling.deregister_scalable_target().service_namespace(ECS);
    let delete = delete.resource_id(aws.names.scalable_resource()).scalable_dimension(COUNT).send();
    call("application-autoscaling DeregisterScalableTarget", delete).await.or_done(&ABSENT)?;
    aws.forget(address);
    Ok(())
}

/// Makes a policy what it should be.
pub(crate) async fn write_policy(aws: &Aws, policy: &ScalingPolicy) -> Reply<()> {
    let resource = Resource::from(policy.clone());
    let address = resource.address();
    let metric = match policy.metric {
        Metric::Cpu => PredefinedMetricSpecification::builder()
            .predefined_metric_type(MetricType::EcsServiceAverageCpuUtilization),
        Metric::RequestsPerMinute => PredefinedMetricSpecification::builder()
            .predefined_metric_type(MetricType::AlbRequestCountPerTarget)
            .resource_label(label(aws).await?),
        Metric::RequestsInFlight => return Err(BackendError::NotOnThisTarget(address)),
    };
    let tracking = TargetTrackingScalingPolicyConfiguration::builder()
        .target_value(f64::from(policy.target))
        .predefined_metric_specification(metric.build().expect("a metric has a type"))
        .scale_out_cooldown(whole(policy.scale_out_cooldown))
        .scale_in_cooldown(whole(policy.scale_in_cooldown))
        .build()
        .expect("a policy has a target");
    let put = aws.clients.scaling.put_scaling_policy().service_namespace(ECS);
    let put = put.resource_id(aws.names.scalable_resource()).scalable_dimension(COUNT);
    let put =
        put.policy_name(aws.names.of(&address)).policy_type(PolicyType::TargetTrackingScaling);
    let put = put.target_tracking_scaling_policy_configuration(tracking).send();
    call("application-autoscaling PutScalingPolicy", put).await?;
    service::tag(aws, vec![tags::applied_within(&resource)]).await
}

/// How a metric names the balancer and the target group that it counts: `app/NAME/ID/targetgroup/NAME/ID`.
///
/// Listeners are edited beside the policy: while one for HTTP begins to redirect, another for HTTPS may not be there yet.
async fn label(aws: &Aws) -> Reply<String> {
    until("a listener sending requests to the target group", Pace::up_to(SEEN_LIMIT), async || {
        let found = target_group::look(aws).await?;
        let group = found.as_ref().and_then(|it| it.target_group_arn());
        let balancer = found.as_ref().and_then(|it| it.load_balancer_arns().first());
        let end = |arn: &str, from: &str| arn.split_once(from).map(|(_, end)| end.to_owned());
        let label = group
            .and_then(|it| end(it, ":targetgroup/"))
            .zip(balancer.and_then(|it| end(it, ":loadbalancer/")));
        Ok(label.map(|(group, balancer)| format!("{balancer}/targetgroup/{group}")))
    })
    .await
}

/// Removes a policy.
pub(crate) async fn delete_policy(aws: &Aws, address: &Address) -> Reply<()> {
    let delete = aws.clients.scaling.delete_scaling_policy().service_namespace(ECS);
    let delete = delete.resource_id(aws.names.scalable_resource()).scalable_dimension(COUNT);
    let delete = delete.policy_name(aws.names.of(address)).send();
    Ok(call("application-autoscaling DeleteScalingPolicy", delete).await.or_done(&ABSENT)?)
}

/// Makes an action what it should be.
pub(crate) async fn write_action(aws: &Aws, action: &ScheduledAction) -> Reply<()> {
    let resource = Resource::from(action.clone());
    let bounds = ScalableTargetAction::builder()
        .min_capacity(count(action.minimum))
        .max_capacity(count(action.maximum))
        .build();
    let put = aws.clients.scaling.put_scheduled_action().service_namespace(ECS);
    let put = put.resource_id(aws.names.scalable_resource()).scalable_dimension(COUNT);
    let put = put.scheduled_action_name(aws.names.of(&resource.address()));
    let put = put.schedule(&action.schedule).timezone(&action.time_zone);
    let put = put.scalable_target_action(bounds).send();
    call("application-autoscaling PutScheduledAction", put).await?;
    service::tag(aws, vec![tags::applied_within(&resource)]).await
}

/// Removes an action.
pub(crate) async fn delete_action(aws: &Aws, address: &Address) -> Reply<()> {
    let delete = aws.clients.scaling.delete_scheduled_action().service_namespace(ECS);
    let delete = delete.resource_id(aws.names.scalable_resource()).scalable_dimension(COUNT);
    let delete = delete.scheduled_action_name(aws.names.of(address)).send();
    Ok(call("application-autoscaling DeleteScheduledAction", delete).await.or_done(&ABSENT)?)
}
