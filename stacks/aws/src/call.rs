//! A call to AWS, and what its refusal means.

use std::future::Future;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use ragctl_stacks::backend::BackendError;

/// A call that was not answered as hoped.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// `ecs CreateService`.
    pub(crate) operation: &'static str,
    /// AWS's name for the reason; empty when no answer came.
    pub(crate) code: String,
    /// AWS's words, or those of the transport.
    pub(crate) message: String,
    /// By which AWS's support finds the call.
    request: Option<String>,
    sort: Sort,
}

/// Who refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// The service, for a reason.
    Service,
    /// Nobody: no answer came in time.
    TimedOut,
    /// Nobody: there was no way to ask.
    Transport,
    /// Ourselves: there are no credentials to ask with.
    NoCredentials,
}

/// Sends a call, tried again as often as makes sense.
///
/// It is boxed, for what the SDK keeps while it waits is large, and a stack is small.
pub(crate) fn call<T, E>(
    operation: &'static str,
    sent: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
) -> impl Future<Output = Result<T, Refusal>> + Send
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let sent = Box::pin(sent);
    async move { sent.await.map_err(|error| Refusal::of(operation, &error)) }
}

impl Refusal {
    fn of<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let code = error.meta().code().unwrap_or_default().to_owned();
        let message = error.meta().message().map(ToOwned::to_owned);
        let message = message.unwrap_or_else(|| causes(error));
        let sort = match error {
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => Sort::Service,
            SdkError::TimeoutError(_) => Sort::TimedOut,
            SdkError::ConstructionFailure(_) => Sort::NoCredentials,
            SdkError::DispatchFailure(it) if it.is_timeout() => Sort::TimedOut,
            SdkError::DispatchFailure(_) if message.contains("credential") => Sort::NoCredentials,
            _ => Sort::Transport,
        };
        let request = error.meta().extra("aws_request_id").map(ToOwned::to_owned);
        Self { operation, code, message, request, sort }
    }

    /// Whether AWS gave one of these reasons.
    pub(crate) fn is(&self, codes: &[&str]) -> bool {
        codes.contains(&self.code.as_str())
    }

    /// Whether AWS's words contain these.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.message.contains(words)
    }

    /// Whether the caller may not do it.
    pub(crate) fn is_denied(&self) -> bool {
        self.is(&[
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
            "AuthorizationError",
        ]) || self.says("is not authorized to perform")
    }
}

impl From<Refusal> for BackendError {
    fn from(refusal: Refusal) -> Self {
        let is_denied = refusal.is_denied();
        let operation = refusal.operation.to_owned();
        let request = refusal.request.map_or_else(String::new, |id| format!(" (request {id})"));
        match refusal.sort {
            Sort::Service => {
                let code = if refusal.code.is_empty() { "an error" } else { &refusal.code };
                let reason = format!("{code}: {}{request}", refusal.message);
                if is_denied {
                    Self::NotAllowed { operation, reason }
                } else {
                    Self::Refused { operation, reason }
                }
            }
            Sort::TimedOut => Self::Unreachable {
                who: format!("AWS ({operation})"),
                reason: "no answer came in time".to_owned(),
            },
            Sort::Transport => {
                Self::Unreachable { who: format!("AWS ({operation})"), reason: refusal.message }
            }
            Sort::NoCredentials => Self::NoCredentials { reason: refusal.message },
        }
    }
}

/// The causes of an error that AWS did not word, each once: none of the SDK's own forms is fit for a person.
fn causes(error: &dyn std::error::Error) -> String {
    let mut told: Vec<String> = Vec::new();
    for cause in std::iter::successors(error.source(), |it| (*it).source()) {
        let words = cause.to_string();
        if !told.iter().any(|it| it.contains(&words)) {
            told.push(words);
        }
    }
    told.join(": ")
}

/// Whether a marker leads to another page; an empty one leads to none.
#[expect(clippy::ptr_arg, reason = "the form that `Option::filter` asks for")]
pub(crate) fn is_another_page(marker: &String) -> bool {
    !marker.is_empty()
}

/// What exists, or nothing where AWS says that it is not there.
pub(crate) trait OrAbsent<T> {
    /// `None` for a refusal with one of these codes.
    fn or_absent(self, codes: &[&str]) -> Result<Option<T>, Refusal>;
}

impl<T> OrAbsent<T> for Result<T, Refusal> {
    fn or_absent(self, codes: &[&str]) -> Result<Option<T>, Refusal> {
        match self {
            Ok(it) => Ok(Some(it)),
            Err(refusal) if refusal.is(codes) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}

/// Done, and also where AWS says that it was done before.
pub(crate) trait OrDone {
    /// Succeeds for a refusal with one of these codes.
    fn or_done(self, codes: &[&str]) -> Result<(), Refusal>;
}

impl<T> OrDone for Result<T, Refusal> {
    fn or_done(self, codes: &[&str]) -> Result<(), Refusal> {
        self.or_absent(codes).map(|_| ())
    }
}
