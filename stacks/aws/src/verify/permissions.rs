//! Whether the credentials are allowed what a deployment calls: asked of IAM, not tried.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType,
};
use futures_util::future::try_join_all;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
};

use super::{
    Subject,
    actions::{self, Actions},
    finding::{Finding, Findings, count, list},
};
use crate::{
    call::{OrAbsent, call},
    tags,
};

/// Who takes the tasks' roles on, which a permission to pass them may ask for.
const TASKS: &str = "ecs-tasks.amazonaws.com";

/// Who can be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Principal {
    /// A user, by its ARN.
    User(String),
    /// Whoever has taken on the role of this name.
    Role(String),
    /// The account itself.
    Root,
    /// Somebody whose policies IAM does not keep.
    Unknown,
}

/// How IAM judges all that is needed.
#[derive(Debug, Default)]
struct Judged {
    allowed: usize,
    /// By service.
    denied: BTreeMap<&'static str, BTreeSet<String>>,
    /// What depends on something that IAM was not told.
    open: BTreeSet<String>,
    /// Whether the organisation is among those who deny.
    by_organisation: bool,
}

/// Asks IAM what the caller would be allowed.
pub(super) async fn check(subject: Subject<'_>) -> Vec<Finding> {
    let mut found = Findings::of("permissions");
    let caller = &subject.caller.arn;
    let principal = match principal(caller) {
        Principal::Root => {
            found.passed(
                "the account's root user is allowed everything; a role of its own is safer",
            );
            return found.done();
        }
        Principal::Unknown => {
            found.skipped(format!("could not be probed: IAM keeps no policies of {caller}"));
            return found.done();
        }
        Principal::User(arn) => arn,
        Principal::Role(name) => role(subject, &name).await,
    };
    match judged(subject, &principal).await {
        Ok(judged) => told(&mut found, &judged),
        Err(BackendError::NotAllowed { operation, .. }) => {
            found.skipped(format!(
                "could not be probed: these credentials may not call {operation}"
            ));
        }
        Err(error @ BackendError::Refused { .. }) => {
            found.skipped(format!("could not be probed: {error}"));
        }
        Err(error) => found.refused(&error),
    }
    found.done()
}

/// Whose policies stand behind an ARN.
fn principal(arn: &str) -> Principal {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, rest) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
    match (service, rest.split('/').collect::<Vec<_>>().as_slice()) {
        ("iam", ["user", ..]) => Principal::User(arn.to_owned()),
        ("iam", ["root"]) => Principal::Root,
        ("sts", ["assumed-role", name, ..]) => Principal::Role((*name).to_owned()),
        _ => Principal::Unknown,
    }
}

/// The ARN of a role. Only IAM knows its path, which a session's ARN leaves out.
async fn role(subject: Subject<'_>, name: &str) -> String {
    let asked = subject.aws.clients.iam.get_role().role_name(name).send();
    let answer = call("iam GetRole", asked).await.or_absent(&["NoSuchEntity"]);
    match answer.ok().flatten().and_then(|it| it.role) {
        Some(role) => role.arn,
        None => {
            let (partition, account) = (subject.aws.names.partition(), &subject.caller.account);
            format!("arn:{partition}:iam::{account}:role/{name}")
        }
    }
}

async fn judged(subject: Subject<'_>, principal: &str) -> Reply<Judged> {
    let all = actions::of(subject.stack.target);
    let answers = try_join_all(all.iter().map(|it| simulated(subject, principal, it))).await?;
    let mut judged = Judged::default();
    for (of, results) in all.iter().zip(answers) {
        for it in &results {
            let action = it.eval_action_name().to_owned();
            let is_denied = it.eval_decision() != &PolicyEvaluationDecisionType::Allowed;
            if !is_denied {
                judged.allowed += 1;
            } else if it.missing_context_values().is_empty() {
                let organisation = it.organizations_decision_detail();
                judged.by_organisation |=
                    organisation.is_some_and(|it| !it.allowed_by_organizations());
                judged.denied.entry(of.service).or_default().insert(action);
            } else {
                judged.open.insert(action);
            }
        }
    }
    Ok(judged)
}

async fn simulated(
    subject: Subject<'_>,
    principal: &str,
    of: &Actions,
) -> Reply<Vec<EvaluationResult>> {
    let Subject { aws, caller, stack } = subject;
    let actions = of.needed_by(stack);
    if actions.is_empty() {
        return Ok(Vec::new());
    }
    let cluster = aws.names.of(&Address::app(Kind::Cluster));
    let cluster = aws.names.arn("ecs", &caller.account, &format!("cluster/{cluster}"));
    let mut conditions = vec![
        context("iam:PassedToService", TASKS),
        context("aws:RequestedRegion", of.region(&aws.names)),
        context("application-autoscaling:service-namespace", "ecs"),
        context("ecs:cluster", &cluster),
        context(&format!("aws:RequestTag/{}", tags::STACK), aws.names.stack()),
        context(&format!("aws:ResourceTag/{}", tags::STACK), aws.names.stack()),
    ];
    let boundary = stack.aws.permissions_boundary.as_ref();
    conditions.extend(boundary.map(|it| context("iam:PermissionsBoundary", it.as_str())));
    let ask = aws
        .clients
        .iam
        .simulate_principal_policy()
        .policy_source_arn(principal)
        .set_action_names(Some(actions))
        .resource_arns(of.resource(&aws.names, &caller.account, stack))
        .set_context_entries(Some(conditions));
    let mut all = Vec::new();
    let mut marker = None;
    loop {
        let page = ask.clone().set_marker(marker).send();
        let page = call("iam SimulatePrincipalPolicy", page).await?;
        all.extend(page.evaluation_results.unwrap_or_default());
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(all);
        }
    }
}

/// What a policy's condition may ask for.
fn context(key: &str, value: &str) -> ContextEntry {
    ContextEntry::builder()
        .context_key_name(key)
        .context_key_type(ContextKeyTypeEnum::String)
        .context_key_values(value)
        .build()
}

fn told(found: &mut Findings, judged: &Judged) {
    let by = if judged.by_organisation { " by the account's organisation" } else { "" };
    for actions in judged.denied.values() {
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        found.failed(
            format!("{} would be denied{by}", list(&actions)),
            "`ragctl iam policy` prints what the credentials must be allowed",
        );
    }
    if !judged.open.is_empty() {
        let open: Vec<&str> = judged.open.iter().map(String::as_str).collect();
        found.warning(
            format!("{} depend on a condition that cannot be told beforehand", list(&open)),
            "compare that condition with what `ragctl iam policy` prints",
        );
    }
    if judged.denied.is_empty() {
        found.passed(format!(
            "{} that a deployment calls are allowed",
            count(judged.allowed, "action")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_policies_count_is_told_from_the_callers_arn() {
        let user = "arn:aws:iam::123456789012:user/team/ada";
        for (arn, who) in [
            (user, Principal::User(user.to_owned())),
            ("arn:aws:iam::123456789012:root", Principal::Root),
            (
                "arn:aws:sts::123456789012:assumed-role/deploy/session",
                Principal::Role("deploy".to_owned()),
            ),
            ("arn:aws:sts::123456789012:federated-user/ada", Principal::Unknown),
            ("", Principal::Unknown),
        ] {
            assert_eq!(principal(arn), who, "{arn}");
        }
    }
}
