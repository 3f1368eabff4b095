//! Checks, before there is a deployment, what a deployment needs. Reads only, and never a secret.
//!
//! A file for each check. Once it is known whose credentials these are, all checks run side by side; each tells all that
//! it finds, so that nobody has to mend one thing to learn of the next.

mod actions;
mod certificate;
mod credentials;
mod finding;
mod image;
mod listener;
mod names;
mod network;
mod permissions;
mod region;
mod route;
mod secrets;

use ragctl_stacks::stack::{Front, Stack, Target};

use self::credentials::Caller;
pub use self::finding::{Finding, State};
use crate::{aws::Aws, options::AwsOptions};

/// The checks that ask AWS with the caller's credentials, in the order in which they are told.
const ASKING: [&str; 7] =
    ["permissions", "network", "certificate", "listener", "secrets", "image", "names"];

/// What is checked, and who checks it.
#[derive(Clone, Copy, Debug)]
struct Subject<'a> {
    aws: &'a Aws,
    stack: &'a Stack,
    caller: &'a Caller,
}

/// Runs every check.
pub(crate) async fn all(aws: &Aws, options: &AwsOptions) -> Vec<Finding> {
    let stack = &options.stack;
    let (mut found, caller) = credentials::check(aws, stack).await;
    found.extend(region::check(aws.names.region(), stack));
    match caller {
        Ok(caller) => found.extend(asking(Subject { aws, stack, caller: &caller }, options).await),
        Err(reason) => found.extend(ASKING.iter().map(|it| skipped(it, &reason))),
    }
    found
}

/// What is found where nothing says which region is meant.
#[must_use]
pub fn without_region() -> Vec<Finding> {
    let reason = "AWS cannot be asked without a region";
    let rest = ASKING.iter().map(|it| skipped(it, reason));
    std::iter::once(skipped("credentials", reason)).chain([region::missing()]).chain(rest).collect()
}

async fn asking(subject: Subject<'_>, options: &AwsOptions) -> Vec<Finding> {
    // Boxed, for what the SDK keeps while it waits is large, and a stack is small.
    let found = tokio::join!(
        Box::pin(permissions::check(subject)),
        Box::pin(at_the_front(subject, "network", network::check(subject))),
        Box::pin(at_the_front(subject, "certificate", certificate::check(subject))),
        Box::pin(at_the_front(subject, "listener", listener::check(subject))),
        Box::pin(secrets::check(subject)),
        Box::pin(image::check(subject)),
        Box::pin(names::check(subject, options.gate)),
    );
    let (permissions, network, certificate, listener, secrets, image, names) = found;
    [permissions, network, certificate, listener, secrets, image, names].concat()
}

/// Checks what a balancer needs, where there is one.
async fn at_the_front(
    subject: Subject<'_>,
    check: &'static str,
    asked: impl Future<Output = Vec<Finding>>,
) -> Vec<Finding> {
    let stack = subject.stack;
    match stack.target == Target::Lambda && stack.lambda.front != Front::LoadBalancer {
        true => vec![skipped(check, "the function has no load balancer before it")],
        false => asked.await,
    }
}

fn skipped(check: &'static str, reason: &str) -> Finding {
    Finding { check, state: State::Skipped, what: reason.to_owned(), remedy: None }
}
