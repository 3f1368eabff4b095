//! All that exists of a stack, read in two rounds of calls, each side by side: names are known beforehand.
//!
//! A third round is needed only where the service can sleep, for the rules of its listeners, and where the file has
//! stopped using somebody else's listener.

use aws_sdk_ec2::types::SecurityGroup as SdkGroup;
use aws_sdk_ecs::types::Service as SdkService;
use aws_sdk_elasticloadbalancingv2::types::{LoadBalancer, TargetGroup};
use futures_util::future::try_join_all;
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::{BackendError, Reply},
    live::{Foreign, Live},
    resource::{LogGroup, Resource},
};

use crate::{
    aws::Aws,
    cluster, connection, destination,
    found::{Found, Marked, put},
    function, function_target, listener, listener_rule, load_balancer, log_group,
    network::Network,
    options::Gate,
    role, scaling, schedule, security_group, service,
    tags::Tags,
    target_group,
    task_definition::{self, Revision},
};

/// What the first round finds: all that has a name of its own.
struct Named {
    roles: Vec<(Address, Option<role::Seen>)>,
    log_groups: Vec<(Address, LogGroup, String)>,
    groups: Vec<SdkGroup>,
    network: Network,
    cluster: Found<Marked>,
    revision: Option<Revision>,
    service: Option<SdkService>,
    balancer: Option<LoadBalancer>,
    target_group: Option<TargetGroup>,
    bounds: Option<Resource>,
    policies: Vec<Resource>,
    actions: Vec<Resource>,
    schedules: Vec<(Address, Option<schedule::Rule>)>,
    functions: Vec<(Address, Option<function::Seen>)>,
    connection: Found<Marked>,
    rules: Vec<aws_sdk_elasticloadbalancingv2::types::Rule>,
}

/// Reads all that exists. `listener` is the one of somebody else that the file names.
pub(crate) async fn read(aws: &Aws, listener: Option<&str>, gate: Gate) -> Reply<Live> {
    let named = named(aws, listener).await?;
    let mut live = Live::default();
    second(aws, listener, gate, named, &mut live).await?;
    Ok(live)
}

async fn named(aws: &Aws, listener: Option<&str>) -> Reply<Named> {
    let roles = try_join_all(role::ALL.map(|name| role::look(aws, name)));
    let schedules = try_join_all(schedule::ALL.map(|name| async move {
        let address = Address::of(Kind::Schedule, name);
        let rule = schedule::look(aws, &address).await?;
        Ok((address, rule))
    }));
    let functions = try_join_all(function::ALL.map(|name| function::look(aws, name)));
    let at_connection = connection::address();
    let family = aws.names.of(&Address::app(Kind::TaskDefinition));
    let rules = async {
        match listener {
            Some(arn) => listener_rule::list(aws, arn).await,
            None => Ok(Vec::new()),
        }
    };
    let (
        (roles, log_groups, groups, network, cluster, revision, service, balancer),
        (target_group, bounds, policies, actions, schedules, functions, rules),
        connection,
    ) = tokio::try_join!(
        async {
            tokio::try_join!(
                roles,
                log_group::list(aws),
                security_group::read_all(aws),
                async { aws.network().await.cloned() },
                cluster::read(aws),
                task_definition::look(aws, &family),
                service::look(aws),
                load_balancer::look(aws),
            )
        },
        async {
            tokio::try_join!(
                target_group::look(aws),
                scaling::target(aws),
                scaling::policies(aws),
                scaling::actions(aws),
                schedules,
                functions,
                rules,
            )
        },
        connection::read(aws, &at_connection),
    )?;
    Ok(Named {
        roles,
        log_groups,
        groups,
        network,
        cluster,
        revision,
        service: service::active(service),
        balancer,
        target_group,
        bounds,
        policies,
        actions,
        schedules,
        functions,
        connection,
        rules,
    })
}

/// The second round: settings, tags and parts of what was found.
async fn second(
    aws: &Aws,
    listener: Option<&str>,
    gate: Gate,
    named: Named,
    live: &mut Live,
) -> Reply<()> {
    security_group::learn(aws, &named.groups);
    if let Some(arn) = named.service.as_ref().and_then(|it| it.service_arn()) {
        aws.learn(&Address::app(Kind::Service), arn);
    }
    let balancer = named.balancer.as_ref().and_then(|it| it.load_balancer_arn()).map(str::to_owned);
    let group = named.target_group.as_ref().and_then(|it| it.target_group_arn()).map(str::to_owned);
    let rule = listener_rule::to_ours(aws, &named.rules).cloned();
    let rule_arn = rule.as_ref().and_then(|it| it.rule_arn()).map(str::to_owned);
    let tagged: Vec<String> =
        [&balancer, &group, &rule_arn].into_iter().flatten().cloned().collect();
    // What needs something else is there only when that is: it is made after it, and removed before it.
    let wake = named.functions.iter().any(|(it, seen)| is_wake(it) && seen.is_some());
    let door = async { if wake { function_target::read(aws).await } else { Ok(Found::Nothing) } };
    let is_connected = !matches!(named.connection, Found::Nothing);
    let at_destination = destination::address();
    let destination = async {
        if is_connected {
            destination::read(aws, &at_destination).await
        } else {
            Ok(Found::Nothing)
        }
    };
    let roles = try_join_all(named.roles.into_iter().map(|it| role::read(aws, it)));
    let of_balancer = async {
        match &balancer {
            Some(arn) => {
                let parts = parts(aws, arn, wake);
                Ok(Some(tokio::try_join!(load_balancer::attributes(aws, arn), parts)?))
            }
            None => Ok(None),
        }
    };
    let of_group = async {
        match &group {
            Some(arn) => target_group::attributes(aws, arn).await,
            None => Ok(Vec::new()),
        }
    };
    let schedules = try_join_all(named.schedules.into_iter().map(|(address, rule)| async {
        let found = match rule {
            Some(rule) => schedule::read(aws, &address, rule).await?,
            None => Found::Nothing,
        };
        Ok::<_, BackendError>((address, found))
    }));
    let log_groups =
        try_join_all(named.log_groups.into_iter().map(|it| log_group::with_tags(aws, it)));
    let running = running_revision(aws, named.service.as_ref(), named.revision.as_ref());
    let elsewhere = rule_elsewhere(aws, listener, named.target_group.as_ref(), balancer.as_deref());
    let (
        (of_balancer, of_group, schedules, log_groups, tags, running, elsewhere),
        (roles, door, destination),
    ) = tokio::try_join!(
        async {
            tokio::try_join!(
                of_balancer,
                of_group,
                schedules,
                log_groups,
                load_balancer::tags_of(aws, &tagged),
                running,
                elsewhere,
            )
        },
        async { tokio::try_join!(roles, door, destination) },
    )?;
    let tags_at = |arn: &Option<String>| {
        let found = arn.as_ref().and_then(|arn| tags.iter().find(|(it, _)| it == arn));
        found.map(|(_, tags)| tags.clone()).unwrap_or_default()
    };

    for (address, found) in roles.into_iter().chain(log_groups).chain(schedules) {
        put(live, address, found);
    }
    for name in security_group::ALL {
        let address = Address::of(Kind::SecurityGroup, name);
        let found = security_group::found(aws, &address, &named.groups, &named.network.vpc);
        put(live, address, found);
    }
    put(live, Address::app(Kind::Cluster), named.cluster);
    put(live, connection::address(), named.connection);
    put(live, at_destination, destination);
    put(live, function_target::address(), door);
    if let (Some(found), Some(arn)) = (&named.target_group, &group) {
        let (resource, tags) = (target_group::resource(found, &of_group), tags_at(&group));
        put_tagged(aws, live, resource, &tags, arn);
    }
    if let (Some(found), Some((attributes, (listeners, rules))), Some(arn)) =
        (&named.balancer, of_balancer, &balancer)
    {
        let resource = load_balancer::resource(aws, found, &attributes, &named.network);
        let tags = tags_at(&balancer);
        if put_tagged(aws, live, resource, &tags, arn) {
            for it in listeners.iter().filter_map(|it| listener::resource(aws, it)) {
                let resource = Resource::from(it);
                let mark = tags.mark_within(&resource.address());
                live.insert(resource, mark);
            }
            for (listener, rules) in &rules {
                for rule in listener_rule::own(aws, rules, listener) {
                    live.insert(rule, None);
                }
            }
        }
    }
    let rule = rule.zip(listener.map(str::to_owned));
    if let Some((rule, listener)) = rule {
        let tags = tags_at(&rule_arn);
        let resource = listener_rule::resource(aws, &rule, Name::app(), &listener);
        put_tagged(aws, live, resource, &tags, rule_arn.as_deref().unwrap_or_default());
    }
    if let Some((rule, listener)) = elsewhere {
        live.insert(listener_rule::resource(aws, &rule, Name::app(), &listener), None);
    }
    let dns = named.balancer.as_ref().and_then(|it| it.dns_name());
    for (address, seen) in named.functions {
        let found = function::found(aws, &address, seen.as_ref(), dns, &named.network);
        put(live, address, found);
    }
    put_revision(aws, live, named.revision, running.as_ref(), named.service.as_ref());
    put_service(aws, live, named.service.as_ref(), running, &named.network, gate);
    let wake = match live.at(&function::wake()) {
        Some(Resource::Function(it)) => Some(it.clone()),
        _ => None,
    };
    let bounds = named.bounds.map(|it| scaling::while_awake(it, wake.as_ref()));
    put_scaling(live, named.service.as_ref(), bounds.into_iter(), aws);
    put_scaling(live, named.service.as_ref(), named.policies.into_iter().chain(named.actions), aws);
    Ok(())
}

fn is_wake(address: &Address) -> bool {
    *address == function::wake()
}

/// The rules of listeners, by the listeners' names.
type Rules = Vec<(&'static str, Vec<aws_sdk_elasticloadbalancingv2::types::Rule>)>;

/// The listeners of the stack's balancer, and their rules where it can have some: they lead to the door of a function.
async fn parts(
    aws: &Aws,
    balancer: &str,
    with_rules: bool,
) -> Reply<(Vec<aws_sdk_elasticloadbalancingv2::types::Listener>, Rules)> {
    let listeners = listener::list(aws, balancer).await?;
    if !with_rules {
        return Ok((listeners, Vec::new()));
    }
    let named = listeners.iter().filter_map(|it| Some((listener::name(it)?, it.listener_arn()?)));
    let rules = try_join_all(named.map(|(name, arn)| async move {
        Ok::<_, BackendError>((name, listener_rule::list(aws, arn).await?))
    }));
    let rules = rules.await?;
    Ok((listeners, rules))
}

/// Puts what has tags of its own; whether it is ours.
fn put_tagged(aws: &Aws, live: &mut Live, resource: Resource, tags: &Tags, id: &str) -> bool {
    let (address, mark) = (resource.address(), tags.mark());
    let found = Found::by_tags((resource, mark), tags, aws.names.stack(), id);
    let is_ours = found.ours().is_some();
    put(live, address, found);
    is_ours
}

/// The revision that the tasks run: usually the latest, which is known already.
async fn running_revision(
    aws: &Aws,
    service: Option<&SdkService>,
    latest: Option<&Revision>,
) -> Reply<Option<Revision>> {
    let Some(arn) = service.and_then(|it| it.task_definition()) else { return Ok(None) };
    match latest {
        Some(latest) if latest.arn == arn => Ok(Some(latest.clone())),
        _ => task_definition::look(aws, arn).await,
    }
}

/// A rule of a listener that the file no longer names: found by what sends requests to the target group. It may stand beside
/// the listener that the file names now, for a target group is behind one balancer only.
async fn rule_elsewhere(
    aws: &Aws,
    listener: Option<&str>,
    group: Option<&TargetGroup>,
    ours: Option<&str>,
) -> Reply<Option<(aws_sdk_elasticloadbalancingv2::types::Rule, String)>> {
    let balancers = group.map(|it| it.load_balancer_arns()).unwrap_or_default();
    for balancer in balancers.iter().filter(|it| Some(it.as_str()) != ours) {
        let found = listener::list(aws, balancer).await?;
        let others =
            found.iter().filter_map(|it| it.listener_arn()).filter(|it| Some(*it) != listener);
        let all = try_join_all(others.map(|arn| async move {
            Ok::<_, BackendError>((arn, listener_rule::list(aws, arn).await?))
        }));
        for (arn, rules) in all.await? {
            let Some(rule) = listener_rule::to_ours(aws, &rules) else { continue };
            let id = [rule.rule_arn().unwrap_or_default().to_owned()];
            let tags = load_balancer::tags_of(aws, &id).await?;
            if tags.iter().any(|(_, it)| it.owner() == Some(aws.names.stack())) {
                return Ok(Some((rule.clone(), arn.to_owned())));
            }
        }
    }
    Ok(None)
}

/// The revision that the tasks run, or else the latest: one that was rolled back, or never came to run, is not what the stack is. One
/// that somebody else has registered is left alone, and another registered after it.
fn put_revision(
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

fn put_service(
    aws: &Aws,
    live: &mut Live,
    service: Option<&SdkService>,
    running: Option<Revision>,
    network: &Network,
    gate: Gate,
) {
    let Some(service) = service else { return };
    let arn = service.service_arn().unwrap_or_default();
    let digest = running.map(|it| it.digest());
    let digest = digest.unwrap_or_else(|| ragctl_stacks::resource::Digest::of(&arn));
    let resource = service::resource(aws, service, digest, network, gate);
    put_tagged(aws, live, resource, &service::tags_of(service), arn);
}

/// What belongs to the service is ours when the service is, or when none is there any more.
fn put_scaling(
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
