//! The runtime API of one sandbox: what its process asks, and says.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::{AbortHandle, JoinSet},
};

use super::failure::FunctionError;

/// What may wait to be heard. A process that streams faster waits.
const AHEAD: usize = 256;

/// The most of an answer that is not streamed.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LARGEST_ANSWER: usize = 6_291_556;

const VERSION: &str = "/2018-06-01/runtime/";
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";

/// What a process says.
#[derive(Debug)]
pub(super) enum Said {
    /// It asks for an event, which is to be sent here.
    Next(oneshot::Sender<Event>),
    /// Its answer begins.
    Begun(Form),
    /// A part of its answer.
    Part(Bytes),
    /// Its answer has ended, before its time when there is an error.
    Answered(Option<FunctionError>),
    /// It has no answer.
    Failed(FunctionError),
    /// It will have none to any event.
    InitFailed(FunctionError),
}

/// How an answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As one payload.
    Whole,
    /// As it is made, with a head before it.
    StreamedWithHead,
    /// As it is made.
    Streamed,
}

/// An event for a process.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) trace: String,
    pub(super) deadline_ms: u128,
    pub(super) body: Bytes,
}

/// The API, until it is dropped.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    pub(super) address: SocketAddr,
    pub(super) said: mpsc::Receiver<Said>,
    server: AbortHandle,
}

impl RuntimeApi {
    pub(super) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (sender, said) = mpsc::channel(AHEAD);
        let desk = Desk { said: sender, event: Arc::default() };
        let server = tokio::spawn(serve(listener, desk)).abort_handle();
        Ok(Self { address, said, server })
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Where requests come together.
#[derive(Clone)]
struct Desk {
    said: mpsc::Sender<Said>,
    /// The id of the event that has no answer yet.
    event: Arc<Mutex<Option<String>>>,
}

async fn serve(listener: TcpListener, desk: Desk) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(connection(stream, desk.clone()));
            }
        }
    }
}

async fn connection(stream: TcpStream, desk: Desk) {
    stream.set_nodelay(true).ok();
    let service = service_fn(|request| {
        let desk = desk.clone();
        async move { Ok::<_, Infallible>(desk.answer(request).await) }
    });
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
    {
        tracing::debug!(%error, "a sandbox hung up");
    }
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let parts: Vec<&str> = path.strip_prefix(VERSION).unwrap_or_default().split('/').collect();
        let is_get = request.method() == Method::GET;
        match parts[..] {
            ["invocation", "next"] if is_get => self.next().await,
            ["invocation", id, "response"] if !is_get => self.response(id, request).await,
            ["invocation", id, "error"] if !is_get => {
                let error = read_error(request).await;
                if !self.take(id) {
                    return unknown_id();
                }
                self.say(Said::Failed(error)).await
            }
            ["init", "error"] if !is_get => {
                let error = read_error(request).await;
                self.say(Said::InitFailed(error)).await
            }
            _ => refusal(StatusCode::NOT_FOUND, "Runtime.UnknownPath", "there is no such path"),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        let (sender, event) = oneshot::channel();
        let asked = self.said.send(Said::Next(sender)).await;
        let (Ok(()), Ok(event)) = (asked, event.await) else {
            return refusal(StatusCode::GONE, "Sandbox.Over", "the sandbox is over");
        };
        *self.event.lock().unwrap_or_else(PoisonError::into_inner) = Some(event.id.clone());
        Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", event.id)
            .header("lambda-runtime-deadline-ms", event.deadline_ms.to_string())
            .header("lambda-runtime-invoked-function-arn", event.arn)
            .header("lambda-runtime-trace-id", event.trace)
            .body(Full::new(event.body))
            .expect("the headers are ours")
    }

    async fn response(&self, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let form = form(request.headers());
        if !self.take(id) {
            return unknown_id();
        }
        self.say(Said::Begun(form)).await;
        let mut body = request.into_body();
        let (mut length, mut trailers) = (0, None);
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                let broken = json!({"errorType": "Runtime.TruncatedResponse", "errorMessage": "the response was cut off"});
                let error = FunctionError::told(broken.to_string().as_bytes(), None);
                return self.say(Said::Answered(Some(error))).await;
            };
            match frame.into_data() {
                Ok(part) => {
                    length += part.len();
                    if form == Form::Whole && length > LARGEST_ANSWER {
                        self.say(Said::Failed(too_large())).await;
                        let words = "the response is too large";
                        return refusal(
                            StatusCode::PAYLOAD_TOO_LARGE,
                            "RequestEntityTooLarge",
                            words,
                        );
                    }
                    self.say(Said::Part(part)).await;
                }
                Err(frame) => trailers = frame.into_trailers().ok(),
            }
        }
        self.say(Said::Answered(trailers.as_ref().and_then(broken_off))).await
    }

    /// Whether `id` is of the event that has no answer yet. It has one now.
    fn take(&self, id: &str) -> bool {
        let mut event = self.event.lock().unwrap_or_else(PoisonError::into_inner);
        event.take_if(|event| event == id).is_some()
    }

    async fn say(&self, said: Said) -> Response<Full<Bytes>> {
        // Nobody hears it when the sandbox is over; then its process is, too.
        self.said.send(said).await.ok();
        told(StatusCode::ACCEPTED, &json!({ "status": "OK" }))
    }
}

fn form(headers: &HeaderMap) -> Form {
    let is = |name: &str, value: &str| headers.get(name).is_some_and(|it| it == value);
    if !is("lambda-runtime-function-response-mode", "streaming") {
        return Form::Whole;
    }
    match is("content-type", "application/vnd.awslambda.http-integration-response") {
        true => Form::StreamedWithHead,
        false => Form::Streamed,
    }
}

/// What the trailers of an answer say, when it broke off.
fn broken_off(trailers: &HeaderMap) -> Option<FunctionError> {
    let kind = trailers.get(ERROR_TYPE)?.to_str().ok()?;
    let body = trailers.get(ERROR_BODY).and_then(|it| STANDARD.decode(it).ok());
    Some(FunctionError::told(&body.unwrap_or_default(), Some(kind)))
}

async fn read_error(request: Request<Incoming>) -> FunctionError {
    let kind = request.headers().get(ERROR_TYPE).and_then(|it| it.to_str().ok()).map(str::to_owned);
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    FunctionError::told(&body, kind.as_deref())
}

fn too_large() -> FunctionError {
    FunctionError {
        error_type: "Function.ResponseSizeTooLarge".to_owned(),
        error_message: format!(
            "Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
        ),
    }
}

fn unknown_id() -> Response<Full<Bytes>> {
    refusal(
        StatusCode::BAD_REQUEST,
        "InvalidRequestID",
        "there is no such event, or it was answered",
    )
}

fn refusal(status: StatusCode, kind: &str, words: &str) -> Response<Full<Bytes>> {
    told(status, &json!({ "errorType": kind, "errorMessage": words }))
}

fn told(status: StatusCode, body: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    response
}
