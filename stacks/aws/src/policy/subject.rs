//! The stack that a policy is for: its things by their ARNs, and which of them the file wants.

use std::collections::BTreeSet;

use ragctl_stacks::{
    address::{Address, Kind},
    desired::Desired,
    resource::Program,
    stack::{Stack, Target},
};

use crate::names::Names;

/// The stack that a policy is for.
pub(super) struct Subject<'a> {
    pub(super) stack: &'a Stack,
    pub(super) names: Names,
    pub(super) account: &'a str,
    wanted: BTreeSet<Address>,
}

/// What every stack on Fargate has, so that no edit of its file removes it.
const ON_FARGATE: [(Kind, &str); 8] = [
    (Kind::Role, "execution"),
    (Kind::Role, "task"),
    (Kind::LogGroup, "app"),
    (Kind::Cluster, "app"),
    (Kind::TaskDefinition, "app"),
    (Kind::TargetGroup, "app"),
    (Kind::Service, "app"),
    (Kind::ScalableTarget, "app"),
];

/// The same on Lambda.
const ON_LAMBDA: [(Kind, &str); 4] =
    [(Kind::Role, "app"), (Kind::LogGroup, "app"), (Kind::Function, "app"), (Kind::Alias, "live")];

impl<'a> Subject<'a> {
    pub(super) fn new(stack: &'a Stack, region: &str, account: &'a str) -> Self {
        let desired = Desired::of(stack, &Program::any(&stack.service.program));
        let names = Names::new(stack.name.as_str(), region);
        Self { stack, names, account, wanted: desired.addresses().cloned().collect() }
    }

    /// An ARN in the stack's region.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        self.names.arn(service, self.account, resource)
    }

    /// An ARN in IAM, which has no regions.
    pub(super) fn iam(&self, resource: &str) -> String {
        format!("arn:{}:iam::{}:{resource}", self.names.partition(), self.account)
    }

    /// The addresses of a kind that the file wants.
    pub(super) fn wanted(&self, kind: Kind) -> impl Iterator<Item = &Address> {
        self.wanted.iter().filter(move |it| it.kind == kind)
    }

    /// Those of them that an edit of the file can remove.
    pub(super) fn removable(&self, kind: Kind) -> impl Iterator<Item = &Address> {
        let always: &[(Kind, &str)] = match self.stack.target {
            Target::Lambda => &ON_LAMBDA,
            Target::Local | Target::Fargate => &ON_FARGATE,
        };
        let stays = |it: &&Address| always.contains(&(it.kind, it.name.as_str()));
        self.wanted(kind).filter(move |it| !stays(it))
    }

    /// Whether the file wants something of a kind.
    pub(super) fn wants(&self, kind: Kind) -> bool {
        self.wanted(kind).next().is_some()
    }

    /// Whether the file wants this.
    pub(super) fn wants_at(&self, address: &Address) -> bool {
        self.wanted.contains(address)
    }

    /// What something of a kind, or all of the kind, is called in a service's ARNs; nothing where the file wants none.
    pub(super) fn if_wanted(&self, kind: Kind, service: &str, resource: &str) -> Vec<String> {
        let resource = resource.replace("{stack}", self.names.stack());
        self.wants(kind).then(|| self.arn(service, &resource)).into_iter().collect()
    }

    /// The name of the address of a kind.
    pub(super) fn called(&self, kind: Kind, name: &str) -> String {
        self.names.of(&Address::of(kind, name))
    }
}

#[cfg(test)]
mod tests {
    use ragctl_stacks::config;

    use super::*;

    #[test]
    fn what_no_edit_removes_is_what_the_smallest_stack_has() {
        let text = "stack: a\ntarget: fargate\nservice: {image: a}\n\
            network: {security_groups: {service: [sg-1]}, vpc: vpc-1, subnets: [subnet-1]}\n\
            load_balancer: {listener: {arn: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/1/2', priority: 1, paths: [/a]}}\n";
        let stack = config::load(text, "ragctl.yaml", None).unwrap_or_else(|it| panic!("{it}"));
        let subject = Subject::new(&stack, "eu-west-1", "123456789012");
        let kept: BTreeSet<Address> =
            ON_FARGATE.iter().map(|(kind, name)| Address::of(*kind, name)).collect();
        let others: Vec<_> = subject.wanted.difference(&kept).map(ToString::to_string).collect();
        assert_eq!(others, ["listener_rule/app", "scaling_policy/cpu"]);
        assert!(kept.is_subset(&subject.wanted));
    }
}
