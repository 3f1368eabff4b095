//! The runtime API: where events come from, and answers go to.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming>

use std::error::Error;

use axum::{
    body::Body,
    http::{HeaderValue, Method, Request, Response, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::{StreamExt, future, stream};
use http_body::Frame;
use http_body_util::{BodyExt, BodyStream, StreamBody};
use hyper::{body::Incoming, http};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::{Failure, Invocation};

/// Stands between the head of a streamed answer and its body.
const BORDER: [u8; 8] = [0; 8];

const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";

/// Why an event does not come, or an answer does not arrive.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeApiError {
    /// There is no connection, or it broke off.
    #[error("the runtime API does not answer")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// It says no.
    #[error("the runtime API answered {status}: {reason}")]
    Refused {
        /// Its status.
        status: StatusCode,
        /// Its words.
        reason: String,
    },
    /// Its address is none.
    #[error("AWS_LAMBDA_RUNTIME_API is not a host and a port")]
    Address(#[from] http::Error),
    /// It sends what is no event.
    #[error("an event came without an id")]
    Nameless,
}

/// The runtime API, over one connection that stays open: it is on the same machine, and stands still with the process.
pub struct RuntimeApi {
    base: String,
    client: Client<HttpConnector, Body>,
}

impl RuntimeApi {
    /// At `address`, a host and a port. Calls nobody yet.
    #[must_use]
    pub fn new(address: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(None).build(connector);
        Self { base: format!("http://{address}/2018-06-01/runtime"), client }
    }

    /// Waits for an event, however long; the process stands still meanwhile.
    pub(super) async fn next(&self) -> Result<Invocation, RuntimeApiError> {
        let request = self.request(Method::GET, "invocation/next");
        let (head, event) = self.call(request.body(Body::empty())?).await?;
        Invocation::new(&head.headers, event).ok_or(RuntimeApiError::Nameless)
    }

    /// Sends an answer that is whole.
    pub(super) async fn respond(
        &self,
        invocation: &Invocation,
        payload: Bytes,
    ) -> Result<(), RuntimeApiError> {
        let request = self.about(invocation, "response");
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.call(request.body(Body::from(payload))?).await.map(drop)
    }

    /// Sends an answer as it is made. An end before its time is told in trailers.
    pub(super) async fn stream(
        &self,
        invocation: &Invocation,
        head: Bytes,
        body: Body,
    ) -> Result<(), RuntimeApiError> {
        let request = self
            .about(invocation, "response")
            .header("lambda-runtime-function-response-mode", "streaming")
            .header(header::CONTENT_TYPE, "application/vnd.awslambda.http-integration-response")
            .header(header::TRANSFER_ENCODING, "chunked")
            .header(header::TRAILER, ERROR_TYPE)
            .header(header::TRAILER, ERROR_BODY);
        let head = [head, Bytes::from_static(&BORDER)].map(|part| Ok(Frame::data(part)));
        let rest = BodyStream::new(body).scan(false, |is_over, frame| {
            if *is_over {
                return future::ready(None);
            }
            *is_over = frame.is_err();
            let frame = frame.unwrap_or_else(|error| broken_off(&error));
            future::ready(Some(Ok::<_, std::convert::Infallible>(frame)))
        });
        let body = Body::new(StreamBody::new(stream::iter(head).chain(rest)));
        self.call(request.body(body)?).await.map(drop)
    }

    /// Says that an event has no answer.
    pub(super) async fn fail(
        &self,
        invocation: &Invocation,
        failure: &Failure,
    ) -> Result<(), RuntimeApiError> {
        self.tell(self.about(invocation, "error"), failure).await
    }

    /// Says that there will be no answers at all.
    ///
    /// # Errors
    ///
    /// [`RuntimeApiError`] when that is not heard either.
    pub async fn fail_init(&self, failure: &Failure) -> Result<(), RuntimeApiError> {
        self.tell(self.request(Method::POST, "init/error"), failure).await
    }

    async fn tell(
        &self,
        request: http::request::Builder,
        failure: &Failure,
    ) -> Result<(), RuntimeApiError> {
        let body = serde_json::to_vec(failure).expect("words can be written");
        let request = request
            .header(ERROR_TYPE, failure.error_type)
            .header(header::CONTENT_TYPE, "application/vnd.aws.lambda.error+json");
        self.call(request.body(Body::from(body))?).await.map(drop)
    }

    fn about(&self, invocation: &Invocation, what: &str) -> http::request::Builder {
        let request = self.request(Method::POST, &format!("invocation/{}/{what}", invocation.id));
        match &invocation.sequence {
            Some(sequence) => request.header("lambda-runtime-invocation-id", sequence),
            None => request,
        }
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let agent = concat!("rag-service/", env!("CARGO_PKG_VERSION"));
        let uri = format!("{}/{path}", self.base);
        Request::builder().method(method).uri(uri).header(header::USER_AGENT, agent)
    }

    async fn call(
        &self,
        request: Request<Body>,
    ) -> Result<(http::response::Parts, Bytes), RuntimeApiError> {
        let unreachable = |error: Box<dyn Error + Send + Sync>| RuntimeApiError::Unreachable(error);
        let response: Response<Incoming> =
            self.client.request(request).await.map_err(|error| unreachable(error.into()))?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| unreachable(error.into()))?.to_bytes();
        if head.status.is_success() {
            return Ok((head, body));
        }
        let reason = String::from_utf8_lossy(&body).into_owned();
        Err(RuntimeApiError::Refused { status: head.status, reason })
    }
}

/// The end of an answer that breaks off.
fn broken_off(error: &axum::Error) -> Frame<Bytes> {
    let failure = Failure::of("Function.BrokenOff", error);
    let body = STANDARD.encode(serde_json::to_vec(&failure).expect("words can be written"));
    let mut trailers = http::HeaderMap::new();
    trailers.insert(ERROR_TYPE, HeaderValue::from_static(failure.error_type));
    trailers.insert(ERROR_BODY, HeaderValue::try_from(body).expect("base64 is a header value"));
    Frame::trailers(trailers)
}
