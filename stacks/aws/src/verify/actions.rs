//! What the credentials must be allowed for a deployment.

mod on_lambda;
mod table;
#[cfg(test)]
mod tests;

use ragctl_stacks::stack::{Stack, Target};

use self::{on_lambda::ON_LAMBDA, table::ALL};

use crate::{clients::EDGE_REGION, names::Names};

/// All that a deployment to a target may call.
pub(super) const fn of(target: Target) -> &'static [Actions] {
    match target {
        Target::Lambda => &ON_LAMBDA,
        Target::Local | Target::Fargate => &ALL,
    }
}

/// What a deployment calls on one sort of thing.
#[derive(Debug)]
pub(super) struct Actions {
    /// The service, as IAM calls it.
    pub(super) service: &'static str,
    /// The thing as an ARN ends, with `{stack}`, `{region}` and `{listener}`, which is somebody else's, in it; `*` for what
    /// is not told apart.
    on: &'static str,
    /// Which stacks have it.
    when: fn(&Stack) -> bool,
    /// The operations.
    operations: &'static [&'static str],
}

impl Actions {
    /// The actions that a deployment of this stack needs, as IAM writes them.
    pub(super) fn needed_by(&self, stack: &Stack) -> Vec<String> {
        let has_it = (self.when)(stack);
        let is_needed = |it: &&&str| {
            if has_it { is_needed_by(stack, it) } else { self.is_looked_for(it) }
        };
        let needed = self.operations.iter().filter(is_needed);
        needed.map(|it| format!("{}:{it}", self.service)).collect()
    }

    /// Whether it is called all the same where the stack has no such thing. At the edge nothing is: there is no key then.
    fn is_looked_for(&self, operation: &str) -> bool {
        LOOKED_FOR.contains(&operation) && !self.on.contains(AT_THE_EDGE)
    }

    /// The region in which it is called.
    pub(super) fn region<'a>(&self, names: &'a Names) -> &'a str {
        match self.service {
            "cloudfront" => EDGE_REGION,
            "lambda" if self.on.contains(AT_THE_EDGE) => EDGE_REGION,
            _ => names.region(),
        }
    }

    /// The ARN of the thing.
    pub(super) fn resource(&self, names: &Names, account: &str, stack: &Stack) -> String {
        let listener = stack.load_balancer.listener.as_ref().map(|it| it.arn.as_str());
        let listener = listener.and_then(|it| it.split_once(":listener/app/"));
        let on = self.on.replace("{stack}", names.stack()).replace("{region}", names.region());
        let on = on.replace("{listener}", listener.map_or("", |(_, rest)| rest));
        match (self.service, on.as_str()) {
            (_, "*") => on,
            ("cloudfront", _) => names.distribution_arn(account, "0"),
            ("lambda", _) if self.on.contains(AT_THE_EDGE) => names.edge_function_arn(account),
            ("iam", _) => format!("arn:{}:iam::{account}:{on}", names.partition()),
            (service, _) => names.arn(service, account, &on),
        }
    }
}

/// What is called to find out that something is not there: the file may have had it before.
const LOOKED_FOR: [&str; 3] = ["DescribeConnection", "GetFunction", "GetRole"];

/// What the names of things at the edge have in them.
const AT_THE_EDGE: &str = "-edge-";

fn is_needed_by(stack: &Stack, operation: &str) -> bool {
    let is_bounded = stack.aws.permissions_boundary.is_some();
    match operation {
        "PutScheduledAction" => !stack.autoscaling.schedules.is_empty(),
        "PutRolePermissionsBoundary" => is_bounded,
        "DeleteRolePermissionsBoundary" => !is_bounded,
        _ => true,
    }
}
