//! The rules that lead to the stack, of listeners of its own and of somebody else's.

use aws_sdk_elasticloadbalancingv2::types::{Listener, Rule, TargetGroup};
use futures_util::future::try_join_all;
use ragctl_stacks::backend::{BackendError, Reply};

use crate::{aws::Aws, listener, listener_rule, load_balancer};

/// The rules of listeners, by the listeners' names.
pub(super) type Rules = Vec<(&'static str, Vec<Rule>)>;

/// The listeners of the stack's balancer, and their rules where it can have some: they lead to the door of a function.
pub(super) async fn parts(
    aws: &Aws,
    balancer: &str,
    with_rules: bool,
) -> Reply<(Vec<Listener>, Rules)> {
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

/// A rule of a listener that the file no longer names: found by what sends requests to the target group. It may stand beside
/// the listener that the file names now, for a target group is behind one balancer only.
pub(super) async fn elsewhere(
    aws: &Aws,
    listener: Option<&str>,
    group: Option<&TargetGroup>,
    ours: Option<&str>,
) -> Reply<Option<(Rule, String)>> {
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
