//! Sandboxes of a version that are set up ahead, and the autoscaling of their count.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI32, Ordering},
    time::Duration,
};

use aws_sdk_applicationautoscaling::types::{
    MetricType, PolicyType, PredefinedMetricSpecification, ScalableDimension, ScalableTarget,
    ServiceNamespace, TargetTrackingScalingPolicyConfiguration,
};
use aws_sdk_lambda::types::ProvisionedConcurrencyStatusEnum;
use ragctl_stacks::{
    backend::{BackendError, Reply},
    event::Event,
    resource::{Alias, Provisioned},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call, is_another_page},
    deployment::Watch,
    wait::{Pace, until},
};

const LAMBDA: ServiceNamespace = ServiceNamespace::Lambda;
const COUNT: ScalableDimension = ScalableDimension::LambdaFunctionProvisionedConcurrency;

/// What Lambda says where none are set up ahead, and what it says where there is no function.
const ABSENT: [&str; 2] =
    ["ProvisionedConcurrencyConfigNotFoundException", "ResourceNotFoundException"];

const NO_TARGET: [&str; 1] = ["ObjectNotFoundException"];

/// How long sandboxes may take to be set up: Lambda gives each init as long as the function's timeout, 15 min at most, and sets
/// many up side by side.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const READY_LIMIT: Duration = Duration::from_secs(1200);

/// The sandboxes that are asked for, by the numbers of the versions.
pub(crate) type Counts = BTreeMap<u64, u32>;

/// What is asked for, of all versions.
pub(crate) async fn list(aws: &Aws, called: &str) -> Reply<Counts> {
    let (mut all, mut marker) = (Counts::new(), None);
    loop {
        let asked = aws.clients.lambda.list_provisioned_concurrency_configs().function_name(called);
        let asked = asked.set_marker(marker).send();
        let page = call("lambda ListProvisionedConcurrencyConfigs", asked).await;
        let Some(page) = page.or_absent(&ABSENT)? else { return Ok(all) };
        for it in page.provisioned_concurrency_configs() {
            let number = it.function_arn().and_then(|it| it.rsplit(':').next()?.parse().ok());
            let count = it.requested_provisioned_concurrent_executions().unwrap_or_default();
            let count = u32::try_from(count).unwrap_or_default();
            all.extend(number.map(|number| (number, count)));
        }
        marker = page.next_marker.filter(is_another_page);
        if marker.is_none() {
            return Ok(all);
        }
    }
}

/// What autoscaling calls a version.
pub(crate) fn resource(called: &str, version: u64) -> String {
    format!("function:{called}:{version}")
}

/// The bounds of a version's count, and the share that should be in use.
pub(crate) async fn bounds(aws: &Aws, called: &str, version: u64) -> Reply<Option<Provisioned>> {
    let resource = resource(called, version);
    let scaling = &aws.clients.scaling;
    let target = scaling.describe_scalable_targets().service_namespace(LAMBDA);
    let target = target.resource_ids(&resource).scalable_dimension(COUNT).send();
    let policies = scaling.describe_scaling_policies().service_namespace(LAMBDA);
    let policies = policies.resource_id(&resource).scalable_dimension(COUNT).send();
    let (target, policies) = tokio::try_join!(
        call("application-autoscaling DescribeScalableTargets", target),
        call("application-autoscaling DescribeScalingPolicies", policies),
    )?;
    let Some(target) = target.scalable_targets().first() else { return Ok(None) };
    let tracking = policies.scaling_policies().first();
    let tracking = tracking.and_then(|it| it.target_tracking_scaling_policy_configuration());
    Ok(Some(Provisioned {
        minimum: bound(ScalableTarget::min_capacity, target),
        maximum: bound(ScalableTarget::max_capacity, target),
        utilization: tracking.map(|it| percent(it.target_value())),
    }))
}

fn bound(of: impl Fn(&ScalableTarget) -> i32, target: &ScalableTarget) -> u32 {
    u32::try_from(of(target)).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is a small positive number"
)]
fn percent(share: f64) -> u32 {
    (share * 100.0).round() as u32
}

/// Sets up what is asked for, and waits until all of it is.
pub(super) async fn set_up(
    aws: &Aws,
    called: &str,
    version: u64,
    wanted: Provisioned,
    watch: &Watch<'_>,
) -> Reply<()> {
    let lambda = &aws.clients.lambda;
    let number = version.to_string();
    let count = i32::try_from(wanted.minimum).unwrap_or(i32::MAX);
    let known = list(aws, called).await?.get(&version).copied();
    // Autoscaling may have more of them set up, for good reasons.
    let is_enough = known.is_some_and(|it| (wanted.minimum..=wanted.maximum).contains(&it));
    if !is_enough {
        let put = lambda.put_provisioned_concurrency_config().function_name(called);
        let put = put.qualifier(&number).provisioned_concurrent_executions(count).send();
        call("lambda PutProvisionedConcurrencyConfig", put).await?;
    }
    let told = AtomicI32::new(-1);
    until("sandboxes being set up ahead", Pace::up_to(READY_LIMIT), async || {
        let asked = lambda.get_provisioned_concurrency_config().function_name(called);
        let asked = asked.qualifier(&number).send();
        let is = call("lambda GetProvisionedConcurrencyConfig", asked).await?;
        match is.status() {
            Some(ProvisionedConcurrencyStatusEnum::Ready) => Ok(Some(())),
            Some(ProvisionedConcurrencyStatusEnum::Failed) => Err(BackendError::Refused {
                operation: format!("setting up sandboxes of version {version} ahead"),
                reason: is.status_reason().unwrap_or("Lambda does not say why").to_owned(),
            }),
            _ => {
                let done = is.allocated_provisioned_concurrent_executions().unwrap_or_default();
                if told.swap(done, Ordering::Relaxed) != done {
                    let note =
                        format!("{done} of {count} sandboxes of version {version} are set up");
                    let address = Alias::live();
                    watch.events.tell(Event::StepProgressed { address, note });
                }
                Ok(None)
            }
        }
    })
    .await?;
    scale(aws, called, version, wanted).await
}

/// Lets their count follow their use, where there may be more than the minimum.
async fn scale(aws: &Aws, called: &str, version: u64, wanted: Provisioned) -> Reply<()> {
    let Some(utilization) = wanted.utilization else { return stay(aws, called, version).await };
    let scaling = &aws.clients.scaling;
    let resource = resource(called, version);
    let bound = |it: u32| i32::try_from(it).unwrap_or(i32::MAX);
    let put = scaling.register_scalable_target().service_namespace(LAMBDA);
    let put = put.resource_id(&resource).scalable_dimension(COUNT);
    let put = put.min_capacity(bound(wanted.minimum)).max_capacity(bound(wanted.maximum)).send();
    call("application-autoscaling RegisterScalableTarget", put).await?;
    let metric = PredefinedMetricSpecification::builder()
        .predefined_metric_type(MetricType::LambdaProvisionedConcurrencyUtilization)
        .build()
        .expect("a metric has a type");
    let tracking = TargetTrackingScalingPolicyConfiguration::builder()
        .target_value(f64::from(utilization) / 100.0)
        .predefined_metric_specification(metric)
        .build()
        .expect("a policy has a target");
    let put = scaling.put_scaling_policy().service_namespace(LAMBDA);
    let put = put.resource_id(&resource).scalable_dimension(COUNT);
    let put = put.policy_name(called).policy_type(PolicyType::TargetTrackingScaling);
    let put = put.target_tracking_scaling_policy_configuration(tracking).send();
    call("application-autoscaling PutScalingPolicy", put).await?;
    Ok(())
}

/// Lets the count of a version stay as it is.
async fn stay(aws: &Aws, called: &str, version: u64) -> Reply<()> {
    let stop = aws.clients.scaling.deregister_scalable_target().service_namespace(LAMBDA);
    let stop = stop.resource_id(resource(called, version)).scalable_dimension(COUNT).send();
    let stopped = call("application-autoscaling DeregisterScalableTarget", stop).await;
    Ok(stopped.or_done(&NO_TARGET)?)
}

/// Gives up the sandboxes of a version.
pub(super) async fn give_up(aws: &Aws, called: &str, version: u64) -> Reply<()> {
    stay(aws, called, version).await?;
    let delete = aws.clients.lambda.delete_provisioned_concurrency_config().function_name(called);
    let delete = delete.qualifier(version.to_string()).send();
    Ok(call("lambda DeleteProvisionedConcurrencyConfig", delete).await.or_done(&ABSENT)?)
}
