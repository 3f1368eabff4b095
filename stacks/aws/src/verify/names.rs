//! Whether something of others has the names that the stack needs.

use ragctl_stacks::{
    desired::Desired,
    live::{Foreign, Live},
    resource::Program,
    stack::Target,
};

use super::{
    Subject,
    finding::{Finding, Findings, count},
};
use crate::{live, options::Gate};

/// Reads what exists as a deployment does, and tells what would make it stop.
pub(super) async fn check(subject: Subject<'_>, gate: Gate) -> Vec<Finding> {
    let mut found = Findings::of("names");
    let desired = Desired::of(subject.stack, &Program::any(&subject.stack.service.program));
    let is_function = subject.stack.target == Target::Lambda;
    if is_function {
        match Box::pin(live::lambda::read(subject.aws, subject.stack)).await {
            Ok(live) => judge(&mut found, &desired, &live),
            Err(error) => found.refused(&error),
        }
        return found.done();
    }
    if subject.aws.network().await.is_err() {
        found.skipped("what exists is read only where there is a network");
        return found.done();
    }
    let listener = subject.stack.load_balancer.listener.as_ref().map(|it| it.arn.as_str());
    let image = live::repository(subject.stack);
    let file = live::File { listener, at_the_edge: subject.stack.edge.is_some(), image, gate };
    match Box::pin(live::read(subject.aws, file)).await {
        Ok(live) => judge(&mut found, &desired, &live),
        Err(error) => found.refused(&error),
    }
    found.done()
}

fn judge(found: &mut Findings, desired: &Desired, live: &Live) {
    for address in desired.addresses() {
        let Some(Foreign { id, owner }) = live.foreign(address) else { continue };
        let whose = match owner {
            Some(owner) => format!("belongs to stack `{owner}`"),
            None => "belongs to nobody that ragctl knows".to_owned(),
        };
        found.failed(
            format!("`{address}` would be {id}, which is there already and {whose}"),
            "give the stack another name (`stack: …` in the file), or remove what has the name",
        );
    }
    if !found.has_failed() {
        found.passed(match live.iter().count() {
            0 => "free: nothing exists that is called as this stack's resources are".to_owned(),
            some => {
                format!("free, or taken by the stack itself: {} exist", count(some, "resource"))
            }
        });
    }
}
