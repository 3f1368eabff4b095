//! Rules of listeners: the stack's own, and the one of a listener that somebody else owns.

use std::{collections::BTreeSet, future::Future, time::Duration};

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, FixedResponseActionConfig, ForwardActionConfig,
    HostHeaderConditionConfig, PathPatternConditionConfig, Rule, RuleCondition, RulePriorityPair,
    TargetGroupTuple,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::Reply,
    resource::{ListenerRule, Managed, Resource, RuleAction},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    function_target, load_balancer,
    tags::{self, sdk_tags},
    wait::{Pace, until},
};

/// How long what leads to a target group from another balancer may take to be removed.
const FREE_LIMIT: Duration = Duration::from_secs(180);

/// What AWS says of a target group that another balancer has.
const ELSEWHERE: [&str; 2] =
    ["TargetGroupAssociationLimit", "TargetGroupAssociationLimitException"];

const ABSENT: [&str; 2] = ["RuleNotFound", "RuleNotFoundException"];

/// The rules of a listener; none when there is no such listener.
pub(crate) async fn list(aws: &Aws, listener: &str) -> Reply<Vec<Rule>> {
    let asked = aws.clients.elb.describe_rules().listener_arn(listener).send();
    let found = call("elasticloadbalancing DescribeRules", asked);
    let absent = ["ListenerNotFound", "ListenerNotFoundException"];
    Ok(found.await.or_absent(&absent)?.and_then(|it| it.rules).unwrap_or_default())
}

/// What answers requests in the end: tasks, or a function.
const ANSWERS: [Kind; 2] = [Kind::TargetGroup, Kind::FunctionTarget];

/// The rule that sends requests to what is the stack's.
pub(crate) fn to_ours<'a>(aws: &Aws, rules: &'a [Rule]) -> Option<&'a Rule> {
    let ours = ANSWERS.map(|kind| aws.known_id(&Address::app(kind)));
    let is_ours = |(arn, _): &(String, i32)| ours.iter().flatten().any(|it| it == arn);
    let leads_there = |it: &Action| forwards_to(it).iter().any(is_ours);
    rules.iter().find(|rule| !is_default(rule) && rule.actions().iter().any(leads_there))
}

/// The rule that says 404 to what is nobody's.
fn to_nobody(rules: &[Rule]) -> Option<&Rule> {
    let says = |it: &Action| it.r#type() == Some(&ActionTypeEnum::FixedResponse);
    rules.iter().find(|rule| !is_default(rule) && rule.actions().iter().any(says))
}

fn is_default(rule: &Rule) -> bool {
    rule.is_default() == Some(true)
}

/// The stack's rules of a listener of its own, which is called `name`.
pub(crate) fn own(aws: &Aws, rules: &[Rule], name: &str) -> Vec<Resource> {
    let listener = Address::of(Kind::Listener, name).to_string();
    let named = |suffix: &str, rule: Option<&Rule>| {
        let address = Address::of(Kind::ListenerRule, &format!("{name}{suffix}"));
        rule.map(|it| resource(aws, it, address.name, &listener))
    };
    let found = [named("", to_ours(aws, rules)), named(OTHERS, to_nobody(rules))];
    found.into_iter().flatten().collect()
}

/// What ends the name of the rule for what is nobody's.
const OTHERS: &str = "-others";

/// What a rule is.
pub(crate) fn resource(aws: &Aws, rule: &Rule, name: Name, listener: &str) -> Resource {
    let address = Address { kind: Kind::ListenerRule, name: name.clone() };
    aws.learn(&address, rule.rule_arn().unwrap_or_default());
    let (mut hosts, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for condition in rule.conditions() {
        let values = condition.values().iter().cloned();
        let of_host = condition.host_header_config().map(|it| it.values().to_vec());
        let of_path = condition.path_pattern_config().map(|it| it.values().to_vec());
        match condition.field() {
            Some("host-header") => hosts.extend(values.chain(of_host.unwrap_or_default())),
            Some("path-pattern") => paths.extend(values.chain(of_path.unwrap_or_default())),
            _ => {}
        }
    }
    let leads_to: Vec<String> =
        rule.actions().iter().flat_map(forwards_to).map(|(arn, _)| arn).collect();
    let door = function_target::wake();
    let is_led_to =
        |kind: &Kind| aws.known_id(&Address::app(*kind)).is_some_and(|arn| leads_to.contains(&arn));
    let answers = ANSWERS.into_iter().find(is_led_to).unwrap_or(Kind::TargetGroup);
    let has_door = aws.known_id(&door).is_some_and(|arn| leads_to.contains(&arn));
    ListenerRule {
        name,
        listener: listener.to_owned(),
        priority: rule.priority().and_then(|it| it.parse().ok()).unwrap_or_default(),
        hosts,
        paths,
        action: if leads_to.is_empty() {
            RuleAction::NotFound
        } else {
            RuleAction::Forward {
                target_group: Address::app(answers),
                while_asleep: has_door.then_some(door),
            }
        },
    }
    .into()
}

/// Makes the rule what it should be.
pub(crate) async fn write(aws: &Aws, rule: &ListenerRule, exists: bool) -> Reply<()> {
    let resource = Resource::from(rule.clone());
    let address = resource.address();
    let listener = match rule.within() {
        Some(own) => aws.id(&own, &address)?,
        None => rule.listener.clone(),
    };
    let priority = i32::try_from(rule.priority).unwrap_or(i32::MAX);
    let rules = list(aws, &listener).await?;
    let known = if exists { aws.known_id(&address) } else { found(aws, rule, &rules) };
    let is = rules.iter().find(|it| it.rule_arn() == known.as_deref());
    let action = action(aws, rule, is, &address)?;
    let Some(arn) = known else {
        let tags =
            sdk_tags!(aws_sdk_elasticloadbalancingv2, tags::of(aws.names.stack(), &resource));
        let make = aws.clients.elb.create_rule().listener_arn(&listener).priority(priority);
        let make = make.set_conditions(Some(conditions(rule))).actions(action);
        let make = make.set_tags(Some(tags));
        let made = once_free("elasticloadbalancing CreateRule", || make.clone().send()).await?;
        let arn = made.rules().first().and_then(|it| it.rule_arn());
        aws.learn(&address, arn.unwrap_or_default());
        return Ok(());
    };
    let edit = aws.clients.elb.modify_rule().rule_arn(&arn).actions(action);
    let edit = edit.set_conditions(Some(conditions(rule))).send();
    call("elasticloadbalancing ModifyRule", edit).await?;
    let pair = RulePriorityPair::builder().rule_arn(&arn).priority(priority).build();
    let set = aws.clients.elb.set_rule_priorities().rule_priorities(pair).send();
    call("elasticloadbalancing SetRulePriorities", set).await?;
    load_balancer::tag(aws, &arn, vec![tags::applied(&resource)]).await
}

/// Makes what leads to a target group, again while another balancer still has that: a group is behind one only, and what led
/// there from the other is being removed meanwhile.
pub(crate) async fn once_free<T, E, F>(operation: &'static str, make: impl Fn() -> F) -> Reply<T>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    until("another balancer letting the target group go", Pace::up_to(FREE_LIMIT), async || {
        match call(operation, make()).await {
            Ok(made) => Ok(Some(made)),
            Err(refusal) if refusal.is(&ELSEWHERE) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await
}

/// One that is there already after all: an answer that got lost, or another run.
fn found(aws: &Aws, rule: &ListenerRule, rules: &[Rule]) -> Option<String> {
    let found = match rule.action {
        RuleAction::Forward { .. } => to_ours(aws, rules),
        RuleAction::NotFound => to_nobody(rules),
    };
    found.and_then(|it| it.rule_arn()).map(ToOwned::to_owned)
}

/// What the rule does. Where it has two ways, the one that is taken now stays taken.
fn action(aws: &Aws, rule: &ListenerRule, is: Option<&Rule>, address: &Address) -> Reply<Action> {
    let RuleAction::Forward { target_group, while_asleep } = &rule.action else {
        let says = FixedResponseActionConfig::builder().status_code("404");
        let says = says.content_type("text/plain").message_body("Not found").build();
        return Ok(Action::builder()
            .r#type(ActionTypeEnum::FixedResponse)
            .fixed_response_config(says)
            .build());
    };
    let forward = Action::builder().r#type(ActionTypeEnum::Forward);
    let tasks = aws.id(target_group, address)?;
    let Some(door) = while_asleep else { return Ok(forward.target_group_arn(tasks).build()) };
    let door = aws.id(door, address)?;
    let ways: Vec<(String, i32)> =
        is.map(|it| it.actions().iter().flat_map(forwards_to).collect()).unwrap_or_default();
    let sleeps = ways.iter().any(|(arn, weight)| *arn == door && *weight > 0);
    let way = |arn: String, taken: bool| {
        TargetGroupTuple::builder().target_group_arn(arn).weight(taken.into()).build()
    };
    let ways = ForwardActionConfig::builder().target_groups(way(tasks, !sleeps));
    Ok(forward.forward_config(ways.target_groups(way(door, sleeps)).build()).build())
}

/// Where an action forwards to, and with which weights.
pub(crate) fn forwards_to(action: &Action) -> Vec<(String, i32)> {
    let ways = action.forward_config().map(|it| it.target_groups()).unwrap_or_default();
    let weighted: Vec<(String, i32)> = ways
        .iter()
        .filter_map(|it| Some((it.target_group_arn()?.to_owned(), it.weight().unwrap_or(1))))
        .collect();
    let direct = || action.target_group_arn().map(|arn| (arn.to_owned(), 1)).into_iter().collect();
    if weighted.is_empty() { direct() } else { weighted }
}

fn conditions(rule: &ListenerRule) -> Vec<RuleCondition> {
    let hosts = (!rule.hosts.is_empty()).then(|| {
        let values = Some(rule.hosts.iter().cloned().collect());
        let config = HostHeaderConditionConfig::builder().set_values(values).build();
        RuleCondition::builder().field("host-header").host_header_config(config).build()
    });
    let paths = (!rule.paths.is_empty()).then(|| {
        let values = Some(rule.paths.iter().cloned().collect());
        let config = PathPatternConditionConfig::builder().set_values(values).build();
        RuleCondition::builder().field("path-pattern").path_pattern_config(config).build()
    });
    [hosts, paths].into_iter().flatten().collect()
}

/// Removes the rule.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let Some(arn) = aws.known_id(address) else { return Ok(()) };
    let delete = aws.clients.elb.delete_rule().rule_arn(arn).send();
    call("elasticloadbalancing DeleteRule", delete).await.or_done(&ABSENT)?;
    aws.forget(address);
    Ok(())
}
