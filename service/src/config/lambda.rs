//! What AWS Lambda tells a function of itself, and how its answers go out.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>

use super::read::Reader;

/// The variable by which a process knows that it is a function on Lambda.
pub const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// The service as a function on Lambda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LambdaSettings {
    /// Host and port of the runtime API. `AWS_LAMBDA_RUNTIME_API`.
    pub runtime_api: String,
    /// How answers go out. `LAMBDA_RESPONSE`, default `buffer`.
    pub response: LambdaResponse,
    /// When the sandbox is set up. `AWS_LAMBDA_INITIALIZATION_TYPE`.
    pub initialization: Initialization,
}

/// How answers go out.
///
/// It has to be what the function URL's invoke mode is, and no event says that: a streamed answer is
/// garbled where a buffered one is expected, and a buffered one comes out as its own wrapping where a streamed one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LambdaResponse {
    /// Whole, `BUFFERED`. Answers through a load balancer or an API always are.
    Buffer,
    /// As they are made, `RESPONSE_STREAM`.
    Stream,
}

/// When a sandbox is set up, which decides how long that may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initialization {
    /// When somebody waits for an answer.
    OnDemand,
    /// Ahead.
    Provisioned,
}

impl LambdaSettings {
    /// None where the program is no function.
    pub(super) fn read<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Option<Self> {
        let words = [("buffer", LambdaResponse::Buffer), ("stream", LambdaResponse::Stream)];
        let response = from.choice("LAMBDA_RESPONSE", LambdaResponse::Buffer, &words);
        // Whatever else it may be one day is held to the shorter time.
        let initialization = match from.text("AWS_LAMBDA_INITIALIZATION_TYPE").as_deref() {
            Some("provisioned-concurrency") => Initialization::Provisioned,
            _ => Initialization::OnDemand,
        };
        let runtime_api = from.text(RUNTIME_API)?;
        Some(Self { runtime_api, response, initialization })
    }
}
