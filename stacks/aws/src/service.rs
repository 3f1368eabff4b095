//! Services of ECS. The count of their tasks is autoscaling's: it is said when one is made, and never again.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_ecs::operation::update_service::builders::UpdateServiceFluentBuilder;
use aws_sdk_ecs::types::{
    AssignPublicIp, AwsVpcConfiguration, Deployment, DeploymentCircuitBreaker,
    DeploymentConfiguration, DeploymentController, DeploymentControllerType,
    DeploymentRolloutState, LaunchType, LoadBalancer, NetworkConfiguration, PropagateTags,
    Service as Sdk, ServiceField, Tag,
};
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::{BackendError, Reply},
    plan::Step,
    resource::{Changes, DeploymentStrategy, Digest, OnFargate, Resource, Service},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, Refusal, call},
    deployment,
    names::CONTAINER,
    options::Gate,
    tags::{self, Tags, sdk_tags},
    target_group::{count, whole},
    task_definition,
    wait::{Pace, until},
};

pub(crate) const ABSENT: [&str; 3] =
    ["ServiceNotFoundException", "ClusterNotFoundException", "ServiceNotActiveException"];

/// The tag that keeps how long a rollout may take: ECS has no field for it.
const TIMEOUT: &str = "ragctl:timeout";

/// How long tasks may take to finish what they have: deregistration and stopping, at most an hour.
const DRAIN_LIMIT: Duration = Duration::from_secs(3900);

/// How long new roles, groups and listeners may take to be seen by ECS.
const SEEN_LIMIT: Duration = Duration::from_secs(180);

/// The service that exists, whatever its state.
pub(crate) async fn look(aws: &Aws) -> Reply<Option<Sdk>> {
    let called = aws.names.of(&Address::app(Kind::Service));
    let asked = aws.clients.ecs.describe_services().cluster(&called).services(&called);
    let asked = asked.include(ServiceField::Tags).send();
    let found = call("ecs DescribeServices", asked).await.or_absent(&ABSENT)?;
    Ok(found.and_then(|it| it.services).unwrap_or_default().into_iter().next())
}

/// The service that exists and is not on its way out.
pub(crate) fn active(found: Option<Sdk>) -> Option<Sdk> {
    found.filter(|it| it.status() == Some("ACTIVE"))
}

pub(crate) fn tags_of(found: &Sdk) -> Tags {
    Tags::new(found.tags(), |it: &Tag| (it.key(), it.value()))
}

/// The deployment that the service goes by.
pub(crate) fn primary(found: &Sdk) -> Option<&Deployment> {
    found.deployments().iter().find(|it| it.status() == Some("PRIMARY"))
}

/// What the service is; `revision` is the one that its tasks run.
pub(crate) fn resource(
    aws: &Aws,
    found: &Sdk,
    revision: Digest,
    image: Option<Address>,
    network: &crate::network::Network,
    gate: Gate,
) -> Resource {
    let config = found.deployment_configuration();
    let breaker = config.and_then(|it| it.deployment_circuit_breaker());
    let percent =
        |it: Option<i32>, default: u32| it.and_then(|it| u32::try_from(it).ok()).unwrap_or(default);
    let vpc = found.network_configuration().and_then(|it| it.awsvpc_configuration());
    let subnets: BTreeSet<String> =
        vpc.map(|it| it.subnets().iter().cloned().collect()).unwrap_or_default();
    let groups = vpc.map(|it| it.security_groups()).unwrap_or_default();
    let seconds =
        |it: Option<i32>| Duration::from_secs(it.and_then(|it| it.try_into().ok()).unwrap_or(0));
    let timeout = found.tags().iter().find(|it| it.key() == Some(TIMEOUT));
    let timeout = timeout.and_then(|it| it.value()?.parse().ok()).unwrap_or(600);
    let strategy = config.and_then(|it| it.strategy()).map(|it| it.as_str());
    Service {
        name: Name::app(),
        task_definition: Address::app(Kind::TaskDefinition),
        revision,
        target_group: Address::app(Kind::TargetGroup),
        minimum_healthy_percent: percent(config.and_then(|it| it.minimum_healthy_percent()), 100),
        maximum_percent: percent(config.and_then(|it| it.maximum_percent()), 200),
        circuit_breaker: breaker.is_some_and(|it| it.enable() && it.rollback()),
        health_check_grace_period: seconds(found.health_check_grace_period_seconds()),
        timeout: Duration::from_secs(timeout),
        behind: Address::app(Kind::LoadBalancer),
        fargate: Some(OnFargate {
            cluster: Address::app(Kind::Cluster),
            subnets: network.called(subnets, !aws.wanted_network.subnets.is_empty()),
            security_groups: groups.iter().map(|it| aws.group_called(it)).collect(),
            public_ip: vpc.and_then(|it| it.assign_public_ip()) == Some(&AssignPublicIp::Enabled),
            strategy: match strategy {
                None | Some("ROLLING") => DeploymentStrategy::Rolling,
                Some(_) => DeploymentStrategy::Other,
            },
            rolled_out: has_rolled_out(found, gate),
            image,
        }),
    }
    .into()
}

/// Whether the last rollout has come to its good end.
fn has_rolled_out(found: &Sdk, gate: Gate) -> bool {
    let Some(primary) = primary(found) else { return false };
    match primary.rollout_state() {
        Some(DeploymentRolloutState::Completed) => true,
        Some(DeploymentRolloutState::Failed) => false,
        _ => {
            let others = found.deployments().iter().filter(|it| it.id() != primary.id());
            gate == Gate::Settled
                && found.running_count() >= found.desired_count()
                && found.pending_count() == 0
                && others.map(Deployment::running_count).sum::<i32>() == 0
        }
    }
}

/// Makes the service, edits it, or goes on where a rollout was left; and stays until the rollout has come to its end.
pub(crate) async fn write(
    aws: &Aws,
    to: &Service,
    step: &Step,
    watch: &deployment::Watch<'_>,
) -> Reply<()> {
    let before = look(aws).await?;
    if before.as_ref().is_some_and(|it| it.status() == Some("DRAINING")) {
        until_gone(aws).await?;
    }
    let sent = match active(before.clone()) {
        None => Some(create(aws, to, &step.address).await?),
        Some(is) => {
            match tags_of(&is).belongs_to(aws.names.stack(), is.service_arn().unwrap_or_default()) {
                Ok(()) => update(aws, to, step, &is).await?,
                Err(_) => {
                    return Err(BackendError::Refused {
                        operation: format!("writing `{}`", step.address),
                        reason: "a service of that name belongs to somebody else".to_owned(),
                    });
                }
            }
        }
    };
    let Some(now) = sent else { return Ok(()) };
    let previous = active(before).and_then(|it| it.task_definition().map(ToOwned::to_owned));
    let rollout = deployment::Rollout {
        address: step.address.clone(),
        service: to.clone(),
        deployment: primary(&now).and_then(|it| it.id()).unwrap_or_default().to_owned(),
        definition: now.task_definition().unwrap_or_default().to_owned(),
        previous,
        gate: watch.gate,
    };
    deployment::follow(aws, &rollout, watch).await
}

async fn create(aws: &Aws, to: &Service, address: &Address) -> Reply<Sdk> {
    let resource = Resource::from(to.clone());
    let called = aws.names.of(address);
    let definition = task_definition::arn_of(aws, &to.revision, address).await?;
    let mut tags = tags::of(aws.names.stack(), &resource);
    tags.push(timeout(to));
    let target = target(aws, to, address, port(aws, &definition).await?)?;
    let make = aws
        .clients
        .ecs
        .create_service()
        .cluster(&called)
        .service_name(&called)
        .client_token(token(&called, to))
        .task_definition(definition)
        .desired_count(1)
        .launch_type(LaunchType::Fargate)
        .deployment_controller(
            DeploymentController::builder()
                .r#type(DeploymentControllerType::Ecs)
                .build()
                .expect("a controller has a type"),
        )
        .deployment_configuration(configuration(to))
        .health_check_grace_period_seconds(whole(to.health_check_grace_period))
        .network_configuration(network(aws, to, address).await?)
        .load_balancers(target)
        .enable_ecs_managed_tags(true)
        .propagate_tags(PropagateTags::Service)
        .set_tags(Some(sdk_tags!(aws_sdk_ecs, tags)));
    let made = until("ECS seeing what the service needs", Pace::up_to(SEEN_LIMIT), async || {
        match call("ecs CreateService", make.clone().send()).await {
            Ok(made) => Ok(made.service),
            Err(refusal) if is_not_seen_yet(to, &refusal) => Ok(None),
            // An answer that got lost: the service is there after all.
            Err(refusal) if refusal.says("not idempotent") => Ok(active(look(aws).await?)),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await?;
    aws.learn(address, made.service_arn().unwrap_or_default());
    Ok(made)
}

/// What ECS says of a role, a group or a listener that was just made; of a group that the file names it is the truth.
fn is_not_seen_yet(to: &Service, refusal: &Refusal) -> bool {
    let groups = to.fargate.iter().flat_map(|it| &it.security_groups);
    if groups.into_iter().any(|it| refusal.says(it)) {
        return false;
    }
    let not_yet = [
        "unable to assume the role",
        "does not have an associated load balancer",
        "still Draining",
        "is still draining",
        "does not exist",
    ];
    refusal.is(&["InvalidParameterException", "ClientException"])
        && not_yet.iter().any(|words| refusal.says(words))
}

/// The same call has the same token, so that a second try does not make a second service. At most 36 characters.
fn token(called: &str, to: &Service) -> String {
    format!("{}-{}", Digest::of(&called), to.revision)
}

/// Where the tasks are registered, and at which port of theirs.
fn target(aws: &Aws, to: &Service, address: &Address, port: i32) -> Reply<LoadBalancer> {
    Ok(LoadBalancer::builder()
        .target_group_arn(aws.id(&to.target_group, address)?)
        .container_name(CONTAINER)
        .container_port(port)
        .build())
}

async fn port(aws: &Aws, definition: &str) -> Reply<i32> {
    let found = task_definition::look(aws, definition).await?;
    Ok(i32::from(found.map_or(8000, |it| it.definition.port)))
}

fn configuration(to: &Service) -> DeploymentConfiguration {
    DeploymentConfiguration::builder()
        .minimum_healthy_percent(count(to.minimum_healthy_percent))
        .maximum_percent(count(to.maximum_percent))
        .deployment_circuit_breaker(
            DeploymentCircuitBreaker::builder()
                .enable(to.circuit_breaker)
                .rollback(to.circuit_breaker)
                .build(),
        )
        .build()
}

async fn network(aws: &Aws, to: &Service, address: &Address) -> Reply<NetworkConfiguration> {
    let Some(fargate) = &to.fargate else {
        return Err(BackendError::NotOnThisTarget(address.clone()));
    };
    let groups: Reply<Vec<String>> =
        fargate.security_groups.iter().map(|it| aws.group_id(it, address)).collect();
    let vpc = AwsVpcConfiguration::builder()
        .set_subnets(Some(aws.network().await?.ids_of(&fargate.subnets)))
        .set_security_groups(Some(groups?))
        .assign_public_ip(if fargate.public_ip {
            AssignPublicIp::Enabled
        } else {
            AssignPublicIp::Disabled
        })
        .build()
        .expect("a network has subnets");
    Ok(NetworkConfiguration::builder().awsvpc_configuration(vpc).build())
}

/// Sends what has changed, with one call; `None` when nothing of it starts or joins a rollout.
async fn update(aws: &Aws, to: &Service, step: &Step, is: &Sdk) -> Reply<Option<Sdk>> {
    let all = |_: &str| true;
    let changes = match &step.action {
        ragctl_stacks::plan::Action::Update { changes, .. } => Some(changes),
        _ => None,
    };
    let has = |path: &str| changes.map_or_else(|| all(path), |it| within(it, path));
    let mut edit = aws.clients.ecs.update_service().cluster(aws.names.of(&step.address));
    edit = edit.service(aws.names.of(&step.address));
    let mut is_edited = false;
    let mut rolls_out = false;
    if has("revision") {
        let definition = task_definition::arn_of(aws, &to.revision, &step.address).await?;
        let same = is.task_definition() == Some(definition.as_str());
        let port = port(aws, &definition).await?;
        if is.load_balancers().iter().any(|it| it.container_port() != Some(port)) {
            edit = edit.load_balancers(target(aws, to, &step.address, port)?);
        }
        edit = edit.task_definition(definition).force_new_deployment(same);
        (is_edited, rolls_out) = (true, true);
    } else if has("rolled_out") && has_failed(is) {
        edit = edit.force_new_deployment(true);
        (is_edited, rolls_out) = (true, true);
    }
    if has("subnets") || has("security_groups") || has("public_ip") {
        edit = edit.network_configuration(network(aws, to, &step.address).await?);
        (is_edited, rolls_out) = (true, true);
    }
    let fields = ["minimum_healthy_percent", "maximum_percent", "circuit_breaker", "strategy"];
    if fields.into_iter().any(&has) {
        edit = edit.deployment_configuration(configuration(to));
        is_edited = true;
    }
    if has("health_check_grace_period") {
        edit = edit.health_check_grace_period_seconds(whole(to.health_check_grace_period));
        is_edited = true;
    }
    if rolls_out
        && is.desired_count() == 0
        && aws.known_id(&Address::app(Kind::ScalableTarget)).is_none()
    {
        // A first rollout that failed was stopped, and autoscaling does not own the count yet.
        edit = edit.desired_count(1);
    }
    let sent = if is_edited { Some(send(to, &edit).await?) } else { None };
    tag(aws, vec![tags::applied(&Resource::from(to.clone())), timeout(to)]).await?;
    Ok(match sent {
        Some(now) if rolls_out => Some(now),
        _ if has("rolled_out") => Some(is.clone()),
        _ => None,
    })
}

/// Sends the update, again while ECS does not see a role or a group that was just made.
async fn send(to: &Service, edit: &UpdateServiceFluentBuilder) -> Reply<Sdk> {
    until("ECS seeing what the service needs", Pace::up_to(SEEN_LIMIT), async || {
        match call("ecs UpdateService", edit.clone().send()).await {
            Ok(sent) => Ok(sent.service),
            Err(refusal) if is_not_seen_yet(to, &refusal) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await
}

fn within(changes: &Changes, path: &str) -> bool {
    changes.iter().any(|it| it.is_within(path))
}

fn has_failed(is: &Sdk) -> bool {
    let state = primary(is).and_then(|it| it.rollout_state());
    state == Some(&DeploymentRolloutState::Failed) || is.desired_count() == 0
}

fn timeout(to: &Service) -> tags::Tag {
    (TIMEOUT.to_owned(), to.timeout.as_secs().to_string())
}

/// Puts tags on the service.
pub(crate) async fn tag(aws: &Aws, tags: Vec<tags::Tag>) -> Reply<()> {
    let at = Address::app(Kind::Service);
    let arn = aws.id(&at, &at)?;
    let tag = aws.clients.ecs.tag_resource().resource_arn(arn);
    let tag = tag.set_tags(Some(sdk_tags!(aws_sdk_ecs, tags))).send();
    call("ecs TagResource", tag).await?;
    Ok(())
}

/// Removes the service, and stays until its tasks have finished.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let called = aws.names.of(address);
    let delete = aws.clients.ecs.delete_service().cluster(&called).service(&called).force(true);
    call("ecs DeleteService", delete.send()).await.or_done(&ABSENT)?;
    until_gone(aws).await?;
    aws.forget(address);
    Ok(())
}

async fn until_gone(aws: &Aws) -> Reply<()> {
    until("the service's tasks finishing", Pace::up_to(DRAIN_LIMIT), async || {
        let found = look(aws).await?;
        let is_there = found.is_some_and(|it| it.status() != Some("INACTIVE"));
        Ok((!is_there).then_some(()))
    })
    .await
}
