//! Why an invocation has no answer, in Lambda's words.

use std::{io, os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use serde::{Deserialize, Serialize};

/// Why a function was not invoked at all.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// As many invocations are on their way as there may be.
    #[error("Rate Exceeded.")]
    Throttled,
    /// A sandbox could not be set up ahead.
    #[error("a sandbox could not be set up: {0}")]
    Init(String),
    /// The program cannot be started.
    #[error("the function cannot be started")]
    Start(#[from] io::Error),
}

/// What a caller gets when the function fails.
/// <https://docs.aws.amazon.com/lambda/latest/dg/rust-handler.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionError {
    /// `Runtime.ExitError`, say, or a word of the function's own.
    #[serde(default)]
    pub error_type: String,
    /// A sentence.
    #[serde(default)]
    pub error_message: String,
}

impl FunctionError {
    /// It took too long.
    pub(super) fn timed_out(id: &str, limit: Duration) -> Self {
        Self {
            error_type: "Sandbox.Timedout".to_owned(),
            error_message: format!(
                "RequestId: {id} Error: Task timed out after {:.2} seconds",
                limit.as_secs_f64()
            ),
        }
    }

    /// The process ended.
    pub(super) fn exited(id: &str, status: Option<ExitStatus>) -> Self {
        let how = match (status.and_then(|it| it.code()), status.and_then(|it| it.signal())) {
            (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
            (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
            (None, Some(9)) => "Runtime exited with error: signal: killed".to_owned(),
            (None, Some(signal)) => format!("Runtime exited with error: signal: {signal}"),
            (None, None) => "Runtime exited".to_owned(),
        };
        Self {
            error_type: "Runtime.ExitError".to_owned(),
            error_message: format!("RequestId: {id} Error: {how}"),
        }
    }

    /// What the function says itself; whatever that is.
    pub(super) fn told(body: &[u8], kind: Option<&str>) -> Self {
        let told = serde_json::from_slice(body).ok();
        let mut told: Self = told.unwrap_or_else(|| Self {
            error_type: String::new(),
            error_message: String::from_utf8_lossy(body).into_owned(),
        });
        if told.error_type.is_empty() {
            kind.unwrap_or("Runtime.Unknown").clone_into(&mut told.error_type);
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_in_lambdas_words() {
        let told = FunctionError::timed_out("a", Duration::from_secs(3));
        assert_eq!(told.error_message, "RequestId: a Error: Task timed out after 3.00 seconds");
        let killed = FunctionError::exited("a", Some(ExitStatus::from_raw(9)));
        assert!(killed.error_message.ends_with("Runtime exited with error: signal: killed"));
        let failed = FunctionError::exited("a", Some(ExitStatus::from_raw(0x100)));
        assert!(failed.error_message.ends_with("exit status 1"));
        let own = FunctionError::told(br#"{"errorType":"A","errorMessage":"b"}"#, Some("C"));
        assert_eq!((own.error_type.as_str(), own.error_message.as_str()), ("A", "b"));
        assert_eq!(FunctionError::told(b"words", None).error_message, "words");
    }
}
