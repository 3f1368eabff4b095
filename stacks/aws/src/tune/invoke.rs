//! One call of a version, and what its log says that it took.

use aws_smithy_types::Blob;
use base64::{Engine, engine::general_purpose::STANDARD};
use ragctl_stacks::{
    backend::{BackendError, Reply},
    tune::{Ran, RunFailed},
};
use serde_json::Value;

use super::report;
use crate::{aws::Aws, function};

/// Calls a version with an event.
pub(super) async fn once(aws: &Aws, called: &str, version: &str, event: &Blob) -> Reply<Ran> {
    let answer = function::invoke(aws, called, version, event.clone()).await?;
    let said = answer.payload().map(Blob::as_ref).unwrap_or_default();
    if let Some(reason) = failure(said, answer.function_error()) {
        return Ok(Err(RunFailed(reason)));
    }
    let log = answer.log_result().and_then(|it| STANDARD.decode(it).ok()).unwrap_or_default();
    match report::read(&String::from_utf8_lossy(&log)) {
        Some(run) => Ok(Ok(run)),
        None => Err(BackendError::Refused {
            operation: format!("measuring {called}"),
            reason: "its log has no report; a function that logs JSON writes one with the system level INFO"
                .to_owned(),
        }),
    }
}

/// Why a call is no run: the function failed, or its answer over HTTP says that something did.
fn failure(said: &[u8], error: Option<&str>) -> Option<String> {
    // Behind the head of an answer that would be streamed stands its body, which is no JSON.
    let head = serde_json::Deserializer::from_slice(said).into_iter().next();
    let head: Value = head.and_then(Result::ok).unwrap_or_default();
    if let Some(error) = error {
        let words = |key: &str| head[key].as_str().unwrap_or_default().to_owned();
        let (kind, message) = (words("errorType"), words("errorMessage"));
        let kind = if kind.is_empty() { error.to_owned() } else { kind };
        return Some(format!("{kind}: {message}"));
    }
    let status = head["statusCode"].as_u64().filter(|it| *it >= 400)?;
    let body = head["body"].as_str().unwrap_or_default();
    Some(format!("it answered {status}: {body}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_in_the_functions_words() {
        let failed = br#"{"errorType":"Runtime.ExitError","errorMessage":"exit status 1"}"#;
        let told = failure(failed, Some("Unhandled"));
        assert_eq!(told.as_deref(), Some("Runtime.ExitError: exit status 1"));
        assert_eq!(failure(b"", Some("Unhandled")).as_deref(), Some("Unhandled: "));
        assert_eq!(failure(b"null", Some("Unhandled")).as_deref(), Some("Unhandled: "));
        let refused = br#"{"statusCode":401,"body":"no key"}"#;
        assert_eq!(failure(refused, None).as_deref(), Some("it answered 401: no key"));
    }

    #[test]
    fn answers_of_all_forms_are_none() {
        let streamed = b"{\"statusCode\":200}\0\0\0\0\0\0\0\0words";
        for said in [&b""[..], b"words", b"[1]", br#"{"statusCode":200}"#, streamed] {
            assert_eq!(failure(said, None), None, "{}", String::from_utf8_lossy(said));
        }
    }
}
