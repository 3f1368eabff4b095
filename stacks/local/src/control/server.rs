//! The supervisor's side.

use std::{convert::Infallible, io, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Method, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, Either, Full, Limited, StreamBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use ragctl_stacks::status::Status;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;

use super::{HEARTBEAT, Hello, Line, Perform, Settings};

/// The largest request that is read. A step is a few kilobytes.
const LARGEST: usize = 1024 * 1024;

/// How long a request may take to come in.
const READ_LIMIT: Duration = Duration::from_secs(10);

/// How many lines of a step's answer may wait for a slow reader.
const LINES_AHEAD: usize = 256;

/// What commands ask for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// To carry out a step. What comes of it goes to the channel; its end is the last line.
    Perform(Box<Perform>, mpsc::Sender<Line>),
    /// How the stack is doing.
    Status(oneshot::Sender<Option<Status>>),
    /// Whether it takes commands. Like every question, it is left unanswered when it does not.
    Hello(oneshot::Sender<()>),
    /// To change what may change without a step.
    Settings(Settings, oneshot::Sender<()>),
}

type Body = Either<Full<Bytes>, http_body_util::combinators::UnsyncBoxBody<Bytes, Infallible>>;

/// Answers commands until the supervisor ends.
pub(crate) async fn serve(
    listener: TcpListener,
    token: String,
    to: mpsc::Sender<Asked>,
    connections: TaskTracker,
) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                drop(connections.spawn(connection(stream, token.clone(), to.clone())));
            }
            // Out of file descriptors, mostly: waiting is all that helps.
            Err(error) => {
                tracing::warn!(%error, "could not take a command's connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, token: String, to: mpsc::Sender<Asked>) {
    let service = service_fn(|request| {
        let (token, to) = (token.clone(), to.clone());
        async move { Ok::<_, Infallible>(answer(request, &token, &to).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_LIMIT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a command went away");
    }
}

async fn answer(
    request: Request<Incoming>,
    token: &str,
    to: &mpsc::Sender<Asked>,
) -> Response<Body> {
    if !is_allowed(&request, token) {
        return empty(StatusCode::UNAUTHORIZED);
    }
    let route = (request.method().clone(), request.uri().path().to_owned());
    let answered = match (&route.0, route.1.as_str()) {
        (&Method::GET, "/hello") => {
            ask(to, Asked::Hello).await.map(|()| json(&Hello { pid: std::process::id() }))
        }
        (&Method::GET, "/status") => ask(to, Asked::Status).await.map(|it| json(&it)),
        (&Method::POST, "/settings") => match body(request).await {
            Ok(settings) => {
                ask(to, |reply| Asked::Settings(settings, reply)).await.map(|()| json(&()))
            }
            Err(status) => Err(status),
        },
        (&Method::POST, "/perform") => match body(request).await {
            Ok(step) => perform(to, step).await,
            Err(status) => Err(status),
        },
        _ => Err(StatusCode::NOT_FOUND),
    };
    answered.unwrap_or_else(empty)
}

/// Whether the request carries the token. Every byte is compared, so that the time taken tells nothing.
fn is_allowed<B>(request: &Request<B>, token: &str) -> bool {
    let given = request.headers().get(header::AUTHORIZATION).map_or(&[][..], |it| it.as_bytes());
    let wanted = format!("Bearer {token}");
    let differing = given.iter().zip(wanted.as_bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == wanted.len() && differing == 0
}

async fn body<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, StatusCode> {
    let read = timeout(READ_LIMIT, Limited::new(request.into_body(), LARGEST).collect()).await;
    let read = read.map_err(|_| StatusCode::REQUEST_TIMEOUT)?;
    let bytes = read.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|_| StatusCode::BAD_REQUEST)
}

/// Asks the core. It is gone when the supervisor is about to end.
async fn ask<T>(
    to: &mpsc::Sender<Asked>,
    question: impl FnOnce(oneshot::Sender<T>) -> Asked,
) -> Result<T, StatusCode> {
    let (reply, answer) = oneshot::channel();
    let gone = |()| StatusCode::SERVICE_UNAVAILABLE;
    to.send(question(reply)).await.map_err(|_| gone(()))?;
    answer.await.map_err(|_| gone(()))
}

async fn perform(to: &mpsc::Sender<Asked>, step: Perform) -> Result<Response<Body>, StatusCode> {
    let (told, lines) = mpsc::channel(LINES_AHEAD);
    let asked = Asked::Perform(Box::new(step), told);
    to.send(asked).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let frames = stream::unfold(lines, |mut lines| async move {
        let line = match timeout(HEARTBEAT, lines.recv()).await {
            Ok(line) => line?,
            Err(_) => Line::Working,
        };
        Some((line, lines))
    });
    let frames = frames.map(|line| Ok(Frame::data(Bytes::from(line_bytes(&line)))));
    let body = Either::Right(StreamBody::new(frames).boxed_unsync());
    let answer = Response::builder().header(header::CONTENT_TYPE, "application/x-ndjson");
    Ok(answer.body(body).expect("the parts of an answer are valid"))
}

fn line_bytes(line: &Line) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(line).expect("lines have a JSON form");
    bytes.push(b'\n');
    bytes
}

fn json(value: &impl Serialize) -> Response<Body> {
    let bytes = serde_json::to_vec(value).expect("answers have a JSON form");
    let answer = Response::builder().header(header::CONTENT_TYPE, "application/json");
    answer.body(Either::Left(Full::from(bytes))).expect("the parts of an answer are valid")
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Either::Left(Full::default()));
    *answer.status_mut() = status;
    answer
}

/// Listens on the loopback interface, on a port that the system chooses.
pub(crate) async fn listen() -> io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_let_in() {
        let with = |value: &str| {
            let request = Request::builder().header(header::AUTHORIZATION, value);
            is_allowed(&request.body(()).unwrap(), "secret")
        };
        assert!(with("Bearer secret"));
        for wrong in ["", "secret", "Bearer ", "Bearer secre", "Bearer secrets", "Bearer Secret"] {
            assert!(!with(wrong), "{wrong:?}");
        }
        assert!(!is_allowed(&Request::new(()), "secret"));
    }
}
