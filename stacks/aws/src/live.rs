//! All that exists of a stack, read in two rounds of calls, each side by side: names are known beforehand.
//!
//! A third round is needed only where the service can sleep, for the rules of its listeners, where the file has stopped
//! using somebody else's listener, and where CloudFront stands before the balancer: it lists what it has, and no more.

pub(crate) mod lambda;
mod put;
mod rules;

use aws_sdk_ec2::types::SecurityGroup as SdkGroup;
use aws_sdk_ecs::types::Service as SdkService;
use aws_sdk_elasticloadbalancingv2::types::{LoadBalancer, Rule, TargetGroup};
use futures_util::future::try_join_all;
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::{BackendError, Reply},
    live::Live,
    resource::{Image, LogGroup, Resource},
    stack::{Program, Stack},
};

use crate::{
    aws::Aws,
    cluster, connection, destination, edge,
    found::{Found, Marked, put as put_found},
    function, function_target, image, listener, listener_rule, load_balancer, log_group,
    network::Network,
    options::Gate,
    role, scaling, schedule,
    secret::{self, Key},
    security_group, service, target_group,
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
    schedules: Vec<(Address, schedule::Rule)>,
    functions: Vec<(Address, Option<function::Seen>)>,
    connection: Found<Marked>,
    rules: Vec<Rule>,
    key: Option<Key>,
    image: Option<image::Seen>,
    image_elsewhere: Option<Image>,
}

/// What the file says that is not found by a name of the stack's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File<'a> {
    /// The listener of somebody else.
    pub(crate) listener: Option<&'a str>,
    /// Whether CloudFront stands before the balancer.
    pub(crate) at_the_edge: bool,
    /// The repository of somebody else's that the image goes to.
    pub(crate) image: Option<&'a str>,
    /// When a rollout has come to its end.
    pub(crate) gate: Gate,
}

/// The repository of somebody else's to which the file lets the image be pushed.
pub(crate) fn repository(stack: &Stack) -> Option<&str> {
    match &stack.service.program {
        Program::Build(build) => build.repository.as_ref().map(|it| it.as_str()),
        Program::Bundled | Program::Binary(_) | Program::Image(_) | Program::Zip { .. } => None,
    }
}

/// Reads all that exists.
pub(crate) async fn read(aws: &Aws, file: File<'_>) -> Reply<Live> {
    let named = named(aws, file).await?;
    let mut live = Live::default();
    second(aws, file, named, &mut live).await?;
    Ok(live)
}

/// What CloudFront needs, and itself.
struct AtTheEdge {
    key: Found<Marked>,
    role: (Address, Found<Marked>),
    function: (Address, Option<function::Seen>),
    distribution: Option<edge::Seen>,
}

async fn at_the_edge(aws: &Aws) -> Reply<AtTheEdge> {
    let role = async { role::read(aws, role::look(aws, role::EDGE).await?).await };
    let (key, role, function, distribution) =
        tokio::try_join!(secret::read(aws), role, function::look(aws, "edge"), edge::look(aws),)?;
    Ok(AtTheEdge { key, role, function, distribution })
}

async fn named(aws: &Aws, file: File<'_>) -> Reply<Named> {
    let roles = try_join_all(role::ALL.map(|name| role::look(aws, name)));
    let functions = try_join_all(function::ALL.map(|name| function::look(aws, name)));
    let at_connection = connection::address();
    let family = aws.names.of(&Address::app(Kind::TaskDefinition));
    let rules = async {
        match file.listener {
            Some(arn) => listener_rule::list(aws, arn).await,
            None => Ok(Vec::new()),
        }
    };
    let (own, elsewhere) = (image::look(aws), image::elsewhere(aws, file.image));
    let (
        (roles, log_groups, groups, network, cluster, revision, service, balancer),
        (target_group, bounds, policies, actions, schedules, functions, rules),
        (connection, key, image, image_elsewhere),
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
                schedule::look(aws),
                functions,
                rules,
            )
        },
        async {
            tokio::try_join!(
                connection::read(aws, &at_connection),
                secret::look(aws),
                own,
                elsewhere
            )
        },
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
        key,
        image,
        image_elsewhere,
    })
}

/// The second round: settings, tags and parts of what was found.
async fn second(aws: &Aws, file: File<'_>, named: Named, live: &mut Live) -> Reply<()> {
    let File { listener, gate, .. } = file;
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
    let door = async {
        let door = function_target::wake();
        let group = if wake { target_group::named(aws, &door).await? } else { None };
        function_target::read(aws, door, group.as_ref()).await
    };
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
                let parts = rules::parts(aws, arn, wake);
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
        let found = schedule::read(aws, &address, rule).await?;
        Ok::<_, BackendError>((address, found))
    }));
    let log_groups =
        try_join_all(named.log_groups.into_iter().map(|it| log_group::with_tags(aws, it)));
    let running = running_revision(aws, named.service.as_ref(), named.revision.as_ref());
    let elsewhere =
        rules::elsewhere(aws, listener, named.target_group.as_ref(), balancer.as_deref());
    // The key is made before all the rest, and removed after it.
    let is_at_the_edge = file.at_the_edge || named.key.is_some();
    let at_the_edge =
        async { if is_at_the_edge { at_the_edge(aws).await.map(Some) } else { Ok(None) } };
    let (
        (of_balancer, of_group, schedules, log_groups, tags, running, elsewhere),
        (roles, door, destination, at_the_edge, image),
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
        async {
            let image = image::read(aws, named.image);
            tokio::try_join!(roles, door, destination, at_the_edge, image)
        },
    )?;
    let tags_at = |arn: &Option<String>| {
        let found = arn.as_ref().and_then(|arn| tags.iter().find(|(it, _)| it == arn));
        found.map(|(_, tags)| tags.clone()).unwrap_or_default()
    };

    for (address, found) in roles.into_iter().chain(log_groups).chain(schedules) {
        put_found(live, address, found);
    }
    for name in security_group::ALL {
        let address = Address::of(Kind::SecurityGroup, name);
        let found = security_group::found(aws, &address, &named.groups, &named.network.vpc);
        put_found(live, address, found);
    }
    put_found(live, Address::app(Kind::Cluster), named.cluster);
    put_found(live, connection::address(), named.connection);
    put_found(live, at_destination, destination);
    put_found(live, function_target::wake(), door);
    put_found(live, Image::own(), image);
    if let Some(image) = named.image_elsewhere {
        live.insert(image.into(), None);
    }
    if let (Some(found), Some(arn)) = (&named.target_group, &group) {
        let (resource, tags) = (target_group::resource(found, &of_group), tags_at(&group));
        put::tagged(aws, live, resource, &tags, arn);
    }
    if let (Some(found), Some((attributes, (listeners, rules))), Some(arn)) =
        (&named.balancer, of_balancer, &balancer)
    {
        let resource = load_balancer::resource(aws, found, &attributes, &named.network);
        let tags = tags_at(&balancer);
        if put::tagged(aws, live, resource, &tags, arn) {
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
        put::tagged(aws, live, resource, &tags, rule_arn.as_deref().unwrap_or_default());
    }
    if let Some((rule, listener)) = elsewhere {
        live.insert(listener_rule::resource(aws, &rule, Name::app(), &listener), None);
    }
    let dns = named.balancer.as_ref().and_then(|it| it.dns_name());
    for (address, seen) in named.functions {
        let found = function::found(aws, &address, seen.as_ref(), dns, &named.network, None);
        put_found(live, address, found);
    }
    if let Some(AtTheEdge { key, role, function: (address, seen), distribution }) = at_the_edge {
        put_found(live, secret::address(), key);
        put_found(live, role.0, role.1);
        let key = named.key.as_ref();
        let found = function::found(aws, &address, seen.as_ref(), dns, &named.network, key);
        let function = match found.ours() {
            Some((Resource::Function(it), _)) => Some(it.clone()),
            _ => None,
        };
        put_found(live, address, found);
        let found = edge::found(aws, distribution.as_ref(), function.as_ref(), dns, key);
        put_found(live, edge::address(), found);
    }
    put::revision(aws, live, named.revision, running.as_ref(), named.service.as_ref());
    put::service(aws, live, named.service.as_ref(), running, &named.network, gate);
    let wake = match live.at(&function::wake()) {
        Some(Resource::Function(it)) => Some(it.clone()),
        _ => None,
    };
    let bounds = named.bounds.map(|it| scaling::while_awake(it, wake.as_ref()));
    put::scaling(live, named.service.as_ref(), bounds.into_iter(), aws);
    put::scaling(
        live,
        named.service.as_ref(),
        named.policies.into_iter().chain(named.actions),
        aws,
    );
    Ok(())
}

fn is_wake(address: &Address) -> bool {
    *address == function::wake()
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
