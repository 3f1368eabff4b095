//! A stack, and the backend for it in an account in memory.

use ragctl_aws::{AwsBackend, AwsOptions, Gate};
use ragctl_cloud::{Cloud, Region};
use ragctl_stacks::{config, strategy};

/// Where the account's things are.
pub(crate) const REGION: &str = "us-east-1";

/// An image that every registry but AWS's could have.
pub(crate) const IMAGE: &str = "ghcr.io/example/rag-service:1.4";

/// The backend of the stack that `file` asks for.
pub(crate) async fn backend(cloud: &Cloud, file: &str) -> AwsBackend {
    let stack = config::load(file, "ragctl.yaml", None).unwrap_or_else(|it| panic!("{it}"));
    let options = AwsOptions {
        archives: None,
        image: None,
        stack: strategy::applied(&stack),
        failures: std::env::temp_dir().join("ragctl-aws-tests"),
        gate: Gate::Settled,
        endpoint: None,
        is_abandoned: |_| false,
    };
    AwsBackend::at(options, &cloud.endpoint(), REGION).await
}

/// A stack file with an image that is not AWS's, and with `more` in it.
pub(crate) fn stack(more: &str) -> String {
    stack_of(IMAGE, more)
}

/// A stack file with this image, and with `more` in it.
pub(crate) fn stack_of(image: &str, more: &str) -> String {
    format!("stack: handbook\ntarget: fargate\nservice:\n  image: {image}\n{more}\n")
}

/// Works on the account's region.
pub(crate) fn within<T>(cloud: &Cloud, work: impl FnOnce(&mut Region) -> T) -> T {
    cloud.with(|account| work(account.region(REGION)))
}
