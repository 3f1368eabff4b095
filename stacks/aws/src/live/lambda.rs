//! All that exists of a stack on Lambda, read in two rounds of calls, each side by side.

use aws_sdk_elasticloadbalancingv2::types::{LoadBalancer, Rule};
use futures_util::future::try_join_all;
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::{BackendError, Reply},
    live::Live,
    resource::{Image, Resource},
    stack::{Front, Stack},
};

use super::{put, rules};
use crate::{
    alias, aws::Aws, found::put as put_found, function, function_target, function_url, image,
    layer, listener, listener_rule, load_balancer, log_group, network::Network, role, schedule,
    security_group, tags::Tags, target_group,
};

/// Reads all that exists.
pub(crate) async fn read(aws: &Aws, stack: &Stack) -> Reply<Live> {
    let existing = stack.load_balancer.listener.as_ref().map(|it| it.arn.as_str());
    let rules = async {
        match existing {
            Some(arn) => listener_rule::list(aws, arn).await,
            None => Ok(Vec::new()),
        }
    };
    let keep = stack.lambda.keep.get();
    let roles = try_join_all(role::ON_LAMBDA.map(|name| role::look(aws, name)));
    let ((roles, log_groups, groups, network, balancer), (layers, function, alias, url), others) =
        tokio::try_join!(
            async {
                tokio::try_join!(
                    roles,
                    log_group::list(aws),
                    security_group::read_all(aws),
                    network(aws, stack),
                    load_balancer::look(aws),
                )
            },
            async {
                tokio::try_join!(
                    layer::list(aws, keep),
                    function::look(aws, function::service::NAME),
                    alias::look(aws),
                    function_url::look(aws),
                )
            },
            async { tokio::try_join!(schedule::look(aws), image::look(aws), rules) },
        )?;
    let (schedules, image, rules) = others;
    security_group::learn(aws, &groups);
    let url = url.map(|it| function_url::resource(&it, &alias));
    let roles = try_join_all(roles.into_iter().map(|it| role::read(aws, it)));
    let log_groups = try_join_all(log_groups.into_iter().map(|it| log_group::with_tags(aws, it)));
    let schedules = try_join_all(schedules.into_iter().map(|(address, rule)| async {
        let found = schedule::read(aws, &address, rule).await?;
        Ok::<_, BackendError>((address, found))
    }));
    // Listeners and rules are the stack's where they lead to its door.
    let at_the_front = async {
        let door = function_target::service();
        let group = target_group::named(aws, &door).await?;
        let arn = balancer.as_ref().and_then(|it| it.load_balancer_arn());
        let (door, balancer, rule, elsewhere) = tokio::try_join!(
            function_target::read(aws, door, group.as_ref()),
            of_balancer(aws, balancer.as_ref(), &network),
            of_listener(aws, existing, &rules),
            rules::elsewhere(aws, existing, group.as_ref(), arn),
        )?;
        Ok::<_, BackendError>((door, balancer, rule, elsewhere))
    };
    let (roles, log_groups, schedules, image, alias, (door, balancer, rule, elsewhere)) = tokio::try_join!(
        roles,
        log_groups,
        schedules,
        image::read(aws, image),
        alias::found(aws, alias, keep),
        at_the_front
    )?;

    let mut live = Live::default();
    for (address, found) in roles.into_iter().chain(log_groups).chain(schedules).chain(layers) {
        put_found(&mut live, address, found);
    }
    for name in security_group::ALL {
        let address = Address::of(Kind::SecurityGroup, name);
        let found = security_group::found(aws, &address, &groups, &network.vpc);
        put_found(&mut live, address, found);
    }
    put_found(&mut live, Image::own(), image);
    put_found(&mut live, function_target::service(), door);
    for (resource, tags, arn) in balancer.into_iter().chain(rule) {
        parts(aws, &mut live, resource, &tags, &arn);
    }
    if let Some((rule, listener)) = elsewhere {
        live.insert(listener_rule::resource(aws, &rule, Name::app(), &listener), None);
    }
    let (address, seen) = function;
    let tags = seen.as_ref().map(|it| it.tags.clone()).unwrap_or_default();
    let found = function::found(aws, &address, seen.as_ref(), None, &network, None);
    let is_ours = found.ours().is_some();
    put_found(&mut live, address, found);
    if is_ours {
        let within = alias.map(Resource::from).into_iter().chain(url.map(Resource::from));
        for resource in within {
            let mark = tags.mark_within(&resource.address());
            live.insert(resource, mark);
        }
    }
    Ok(live)
}

/// The network, where the file wants something in it.
async fn network(aws: &Aws, stack: &Stack) -> Reply<Network> {
    let has_balancer = stack.lambda.front == Front::LoadBalancer;
    let is_own = stack.load_balancer.listener.is_none();
    match stack.lambda.in_network || (has_balancer && is_own) {
        true => aws.network().await.cloned(),
        false => Ok(Network::unknown()),
    }
}

/// Something with tags of its own, and what is a part of it.
type Tagged = (Vec<Resource>, Tags, String);

/// The balancer and its listeners.
async fn of_balancer(
    aws: &Aws,
    balancer: Option<&LoadBalancer>,
    network: &Network,
) -> Reply<Option<Tagged>> {
    let Some(balancer) = balancer else { return Ok(None) };
    let arn = balancer.load_balancer_arn().unwrap_or_default().to_owned();
    let arns = [arn.clone()];
    let (attributes, (listeners, _), tags) = tokio::try_join!(
        load_balancer::attributes(aws, &arn),
        rules::parts(aws, &arn, false),
        load_balancer::tags_of(aws, &arns),
    )?;
    let own = load_balancer::resource(aws, balancer, &attributes, network);
    let listeners = listeners.iter().filter_map(|it| listener::resource(aws, it));
    let all = std::iter::once(own).chain(listeners.map(Resource::from)).collect();
    Ok(Some((all, one(tags), arn)))
}

/// The rule of somebody else's listener that leads to the stack.
async fn of_listener(aws: &Aws, listener: Option<&str>, all: &[Rule]) -> Reply<Option<Tagged>> {
    let Some((rule, listener)) = listener_rule::to_ours(aws, all).zip(listener) else {
        return Ok(None);
    };
    let arn = rule.rule_arn().unwrap_or_default().to_owned();
    let tags = load_balancer::tags_of(aws, std::slice::from_ref(&arn)).await?;
    let resource = listener_rule::resource(aws, rule, Name::app(), listener);
    Ok(Some((vec![resource], one(tags), arn)))
}

fn one(tags: Vec<(String, Tags)>) -> Tags {
    tags.into_iter().next().map(|(_, tags)| tags).unwrap_or_default()
}

/// Puts the first, and its parts if it is ours.
fn parts(aws: &Aws, live: &mut Live, all: Vec<Resource>, tags: &Tags, arn: &str) {
    let mut all = all.into_iter();
    let Some(whole) = all.next() else { return };
    if put::tagged(aws, live, whole, tags, arn) {
        for part in all {
            let mark = tags.mark_within(&part.address());
            live.insert(part, mark);
        }
    }
}
