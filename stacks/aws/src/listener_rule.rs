//! A rule of a listener that somebody else owns.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, HostHeaderConditionConfig, PathPatternConditionConfig, Rule,
    RuleCondition, RulePriorityPair,
};
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::Reply,
    resource::{ListenerRule, Resource},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    listener::forwards_to,
    load_balancer,
    tags::{self, sdk_tags},
};

const ABSENT: [&str; 2] = ["RuleNotFound", "RuleNotFoundException"];

/// The rules of a listener; none when there is no such listener.
pub(crate) async fn list(aws: &Aws, listener: &str) -> Reply<Vec<Rule>> {
    let asked = aws.clients.elb.describe_rules().listener_arn(listener).send();
    let found = call("elasticloadbalancing DescribeRules", asked);
    let absent = ["ListenerNotFound", "ListenerNotFoundException"];
    Ok(found.await.or_absent(&absent)?.and_then(|it| it.rules).unwrap_or_default())
}

/// The rule that sends requests to the stack's target group.
pub(crate) fn to_ours<'a>(aws: &Aws, rules: &'a [Rule]) -> Option<&'a Rule> {
    let ours = aws.known_id(&Address::app(Kind::TargetGroup))?;
    rules.iter().find(|rule| {
        rule.actions().iter().any(|it| forwards_to(it).as_deref() == Some(ours.as_str()))
    })
}

/// What a rule is.
pub(crate) fn resource(aws: &Aws, rule: &Rule, listener: &str) -> Resource {
    aws.learn(&Address::app(Kind::ListenerRule), rule.rule_arn().unwrap_or_default());
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
    ListenerRule {
        name: Name::app(),
        listener: listener.to_owned(),
        priority: rule.priority().and_then(|it| it.parse().ok()).unwrap_or_default(),
        hosts,
        paths,
        target_group: Address::app(Kind::TargetGroup),
    }
    .into()
}

/// Makes the rule what it should be.
pub(crate) async fn write(aws: &Aws, rule: &ListenerRule, exists: bool) -> Reply<()> {
    let resource = Resource::from(rule.clone());
    let address = resource.address();
    let action = Action::builder()
        .r#type(ActionTypeEnum::Forward)
        .target_group_arn(aws.id(&rule.target_group, &address)?)
        .build();
    let priority = i32::try_from(rule.priority).unwrap_or(i32::MAX);
    let known = if exists { aws.known_id(&address) } else { found(aws, rule).await? };
    let Some(arn) = known else {
        let tags =
            sdk_tags!(aws_sdk_elasticloadbalancingv2, tags::of(aws.names.stack(), &resource));
        let make = aws.clients.elb.create_rule().listener_arn(&rule.listener).priority(priority);
        let make = make.set_conditions(Some(conditions(rule))).actions(action);
        let made =
            call("elasticloadbalancing CreateRule", make.set_tags(Some(tags)).send()).await?;
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

/// One that is there already after all: an answer that got lost, or another run.
async fn found(aws: &Aws, rule: &ListenerRule) -> Reply<Option<String>> {
    let rules = list(aws, &rule.listener).await?;
    Ok(to_ours(aws, &rules).and_then(|it| it.rule_arn()).map(ToOwned::to_owned))
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
