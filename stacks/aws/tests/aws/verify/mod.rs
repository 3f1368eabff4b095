//! Each check where it finds what it looks for, and where it does not.

mod certificate;
mod credentials;
mod image;
mod listener;
mod names;
mod network;
mod permissions;
mod secrets;
mod support;

use ragctl_aws::{Finding, State};
use ragctl_cloud::Cloud;

use self::support::backend;

/// What the stack's checks find.
async fn verified(cloud: &Cloud, file: &str) -> Vec<Finding> {
    backend(cloud, file).await.verify().await
}

/// What one check finds.
async fn found(cloud: &Cloud, file: &str, check: &str) -> Vec<Finding> {
    let mut all = verified(cloud, file).await;
    all.retain(|it| it.check == check);
    assert!(!all.is_empty(), "{check} tells nothing");
    all
}

/// Each finding as `state: what`, with its remedy behind an arrow.
fn told(found: &[Finding]) -> String {
    let line = |it: &Finding| {
        let state = match it.state {
            State::Passed => "passed",
            State::Warning => "warning",
            State::Failed => "failed",
            State::Skipped => "skipped",
        };
        let remedy = it.remedy.as_ref().map(|it| format!(" -> {it}")).unwrap_or_default();
        format!("{state}: {}{remedy}", it.what)
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The one finding of a check, as [`told`].
async fn only(cloud: &Cloud, file: &str, check: &str) -> String {
    let found = found(cloud, file, check).await;
    assert_eq!(found.len(), 1, "{}", told(&found));
    told(&found)
}

#[tokio::test]
async fn a_sound_stack_in_an_empty_account_passes_and_changes_nothing() {
    let cloud = Cloud::start().await;
    let found = verified(&cloud, &support::stack("")).await;
    assert!(
        found.iter().all(|it| matches!(it.state, State::Passed | State::Skipped)),
        "{}",
        told(&found)
    );
    let checks: Vec<&str> = found.iter().map(|it| it.check).collect();
    assert_eq!(
        checks,
        [
            "credentials",
            "region",
            "permissions",
            "network",
            "certificate",
            "listener",
            "secrets",
            "image",
            "names"
        ]
    );
    assert_eq!(cloud.leftovers(), Vec::<String>::new());
    assert!(cloud.calls().iter().all(|it| !it.mutating), "something was written");
}
