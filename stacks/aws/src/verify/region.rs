//! Which region is meant.

use ragctl_stacks::stack::Stack;

use super::finding::{Finding, Findings};

/// Tells which region is used, and who says so.
pub(super) fn check(region: &str, stack: &Stack) -> Vec<Finding> {
    let mut found = Findings::of("region");
    let said_by = match stack.aws.region {
        Some(_) => "as the file says",
        None => "as AWS_REGION or the profile says",
    };
    found.passed(format!("{region}, {said_by}"));
    found.done()
}

/// Nothing says which one.
pub(super) fn missing() -> Finding {
    let mut found = Findings::of("region");
    found.failed(
        "nothing says which one is meant",
        "write `aws: {region: eu-west-1}` in the file, or set AWS_REGION",
    );
    found.done().remove(0)
}
