//! Whether the listener of others that the file names is there, and has room for the stack's rule.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::Rule;
use ragctl_stacks::{backend::Reply, stack::ExistingListener};

use super::{
    Subject,
    finding::{Finding, Findings},
};
use crate::{
    call::{OrAbsent, call},
    listener_rule, load_balancer,
};

/// The lowest priority of all; the greatest number.
const LAST: u32 = 50_000;

/// Asks for the listener, its rules, and whose the rule with the stack's priority is.
pub(super) async fn check(subject: Subject<'_>) -> Vec<Finding> {
    let mut found = Findings::of("listener");
    match &subject.stack.load_balancer.listener {
        Some(wanted) => {
            if let Err(error) = judge(subject, &mut found, wanted).await {
                found.refused(&error);
            }
        }
        None => found.skipped("the stack gets a load balancer of its own"),
    }
    found.done()
}

async fn judge(subject: Subject<'_>, found: &mut Findings, wanted: &ExistingListener) -> Reply<()> {
    let (arn, region) = (wanted.arn.as_str(), subject.aws.names.region());
    let Some(balancer) = balancer_of(subject, arn).await? else {
        found.failed(
            format!("{arn} is not there"),
            format!(
                "`aws elbv2 describe-load-balancers --region {region}`, then `aws elbv2 describe-listeners --load-balancer-arn …` list those that are"
            ),
        );
        return Ok(());
    };
    let (rules, vpc) =
        tokio::try_join!(listener_rule::list(subject.aws, arn), vpc_of(subject, &balancer))?;
    if let (Some(vpc), Ok(network)) = (vpc, subject.aws.network().await)
        && vpc != network.vpc
    {
        found.failed(
            format!("its load balancer lies in {vpc}, and the tasks would lie in {}", network.vpc),
            format!("name subnets of {vpc}: `network: {{subnets: [subnet-…]}}`"),
        );
    }
    let priority = wanted.priority.get();
    let taken = rules.iter().find(|it| number(it) == Some(priority));
    match taken {
        Some(rule) if !is_ours(subject, rule).await? => found.failed(
            format!("priority {priority} is taken by another rule"),
            match free(&rules, priority) {
                Some(free) => {
                    format!("{free} is free: `load_balancer: {{listener: {{priority: {free}}}}}`")
                }
                None => "name another listener, or remove one of its rules".to_owned(),
            },
        ),
        _ if found.is_empty() => {
            let whose = if taken.is_some() { "the stack's own" } else { "free" };
            found.passed(format!("it is there, and priority {priority} is {whose}"));
        }
        _ => {}
    }
    Ok(())
}

/// The load balancer that the listener is of; `None` when there is no such listener.
async fn balancer_of(subject: Subject<'_>, arn: &str) -> Reply<Option<String>> {
    // One of another region is as good as none.
    if arn.split(':').nth(3) != Some(subject.aws.names.region()) {
        return Ok(None);
    }
    let asked = subject.aws.clients.elb.describe_listeners().listener_arns(arn).send();
    let answer = call("elasticloadbalancing DescribeListeners", asked).await;
    let absent = [
        "ListenerNotFound",
        "ListenerNotFoundException",
        "LoadBalancerNotFound",
        "LoadBalancerNotFoundException",
    ];
    let listeners = answer.or_absent(&absent)?.and_then(|it| it.listeners).unwrap_or_default();
    Ok(listeners.into_iter().next().and_then(|it| it.load_balancer_arn))
}

async fn vpc_of(subject: Subject<'_>, balancer: &str) -> Reply<Option<String>> {
    let asked = subject.aws.clients.elb.describe_load_balancers().load_balancer_arns(balancer);
    let answer = call("elasticloadbalancing DescribeLoadBalancers", asked.send()).await?;
    Ok(answer.load_balancers.unwrap_or_default().into_iter().next().and_then(|it| it.vpc_id))
}

async fn is_ours(subject: Subject<'_>, rule: &Rule) -> Reply<bool> {
    let arn = [rule.rule_arn().unwrap_or_default().to_owned()];
    let tags = load_balancer::tags_of(subject.aws, &arn).await?;
    Ok(tags.iter().any(|(_, tags)| tags.owner() == Some(subject.aws.names.stack())))
}

/// The priority of a rule; the listener's default has none.
fn number(rule: &Rule) -> Option<u32> {
    rule.priority()?.parse().ok()
}

/// The next priority that no rule has.
fn free(rules: &[Rule], after: u32) -> Option<u32> {
    let taken: BTreeSet<u32> = rules.iter().filter_map(number).collect();
    (after..=LAST).chain(1..after).find(|it| !taken.contains(it))
}
