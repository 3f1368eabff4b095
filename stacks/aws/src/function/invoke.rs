//! Calls of the service's function, which may take as long as Lambda lets them.

use std::time::Duration;

use aws_sdk_lambda::{
    config::{Builder, timeout::TimeoutConfig},
    operation::invoke::InvokeOutput,
    types::LogType,
};
use aws_smithy_types::Blob;
use ragctl_stacks::backend::Reply;

use crate::{aws::Aws, call::call};

/// The longest that a function may take, and some more for the way.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const PATIENCE: Duration = Duration::from_secs(900 + 30);

/// Calls a version with an event. The answer has the end of its log, and a failure of the function is one too.
pub(crate) async fn invoke(
    aws: &Aws,
    called: &str,
    version: &str,
    event: Blob,
) -> Reply<InvokeOutput> {
    let patience = TimeoutConfig::builder()
        .operation_timeout(PATIENCE)
        .operation_attempt_timeout(PATIENCE)
        .read_timeout(PATIENCE)
        .build();
    let ask = aws.clients.lambda.invoke().function_name(called).qualifier(version);
    let ask = ask.log_type(LogType::Tail).payload(event).customize();
    let ask = ask.config_override(Builder::default().timeout_config(patience));
    Ok(call("lambda Invoke", ask.send()).await?)
}
