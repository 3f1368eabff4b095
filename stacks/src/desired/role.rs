//! Who may do what: the roles of tasks and of functions, each with the least that it needs.

use std::collections::BTreeSet;

use crate::{
    address::{Address, Kind, Name},
    resource::{Function, Grant, Image, Job, Program, Role, TaskDefinition},
    stack::Stack,
};

/// Who takes on the roles of tasks.
const TASKS: &str = "ecs-tasks.amazonaws.com";

/// Who takes on the role of a schedule.
const SCHEDULES: &str = "events.amazonaws.com";

/// Who takes on the role of a function.
const FUNCTIONS: &str = "lambda.amazonaws.com";

/// Who takes on the role of a function that runs in CloudFront: Lambda, and what copies it there.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html>
const FUNCTIONS_AT_THE_EDGE: &str = "lambda.amazonaws.com, edgelambda.amazonaws.com";

/// What ECS may do to start a task, and what the service itself may do: nothing, since it calls nothing on AWS.
pub(super) fn of_tasks(stack: &Stack, definition: &TaskDefinition) -> [Role; 2] {
    let mut grants = BTreeSet::from([Grant::WriteLogs(Address::app(Kind::LogGroup))]);
    match &definition.program {
        Program::Image(image) => grants.extend(repository_in_ecr(image).map(Grant::PullImage)),
        Program::Built(_) => grants.extend([Grant::PullOwnImage(Image::own())]),
        Program::Binary { .. } | Program::Zip(_) => {}
    }
    grants.extend(definition.secrets.values().cloned().map(Grant::ReadSecret));
    [role(stack, "execution", TASKS, grants), role(stack, "task", TASKS, BTreeSet::new())]
}

/// What the function that asks may do: write what it logs, and have an address where it needs one.
pub(super) fn of_ping(stack: &Stack, log_group: Address, in_network: bool) -> Role {
    let network = in_network.then_some(Grant::JoinNetwork);
    let grants = std::iter::once(Grant::WriteLogs(log_group)).chain(network).collect();
    role(stack, "ping", FUNCTIONS, grants)
}

/// What the function that sends the service to sleep may do: that, and write what it logs.
pub(super) fn of_wake(stack: &Stack, log_group: Address, service: Address) -> Role {
    let grants = BTreeSet::from([Grant::WriteLogs(log_group), Grant::Wake(service)]);
    role(stack, "wake", FUNCTIONS, grants)
}

/// What the service may do as a function: write what it logs, fetch its secrets, send traces, and have an address where it
/// needs one. Its image is pulled in whoever's name deploys it.
pub(super) fn of_function(stack: &Stack, function: &Function) -> Role {
    let mut grants = BTreeSet::new();
    grants.extend(function.log_group.clone().map(Grant::WriteLogs));
    grants.extend(function.network.as_ref().map(|_| Grant::JoinNetwork));
    if let Job::Service(job) = &function.job {
        grants.extend(job.secrets.values().cloned().map(Grant::ReadSecret));
        grants.extend(job.tracing.then_some(Grant::Trace));
    }
    role(stack, Name::app().as_str(), FUNCTIONS, grants)
}

/// What the function at the edge may do: write what it logs, in whichever region it runs.
pub(super) fn of_edge(stack: &Stack, function: Address) -> Role {
    let grants = BTreeSet::from([Grant::WriteEdgeLogs(function)]);
    role(stack, "edge", FUNCTIONS_AT_THE_EDGE, grants)
}

/// What the schedule may do: ask the destination.
pub(super) fn of_schedule(stack: &Stack, destination: Address) -> Role {
    role(stack, "keepalive", SCHEDULES, BTreeSet::from([Grant::Ask(destination)]))
}

fn role(stack: &Stack, name: &str, trusts: &str, grants: BTreeSet<Grant>) -> Role {
    Role {
        name: Name::try_from(name).expect("the names of roles are names"),
        trusts: trusts.to_owned(),
        grants,
        boundary: stack.aws.permissions_boundary.as_ref().map(ToString::to_string),
    }
}

/// The image's repository without tag and digest, where it is in ECR; elsewhere no role is needed to pull it.
fn repository_in_ecr(image: &str) -> Option<String> {
    let image = image.split('@').next().unwrap_or(image);
    let (registry, path) = image.split_once('/')?;
    let repository = path.split(':').next().unwrap_or(path);
    let is_ecr = registry.contains(".dkr.ecr.") && registry.contains(".amazonaws.com");
    is_ecr.then(|| format!("{registry}/{repository}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_images_in_ecr_need_a_permission() {
        let ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/rag";
        for image in [format!("{ecr}:1.4"), format!("{ecr}@sha256:ab"), ecr.to_owned()] {
            assert_eq!(repository_in_ecr(&image).as_deref(), Some(ecr), "{image}");
        }
        for image in ["ghcr.io/team/rag:1", "rag", "localhost:5000/rag"] {
            assert_eq!(repository_in_ecr(image), None, "{image}");
        }
    }
}
