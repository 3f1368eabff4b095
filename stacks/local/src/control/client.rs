//! The command's side.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use ragctl_stacks::{backend::BackendError, event::Events, status::Status};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{net::TcpStream, time::timeout};

use super::{Hello, Line, Perform, SILENCE, Settings};
use crate::{process, record::Supervisor};

/// How long a short question may take.
const SHORT: Duration = Duration::from_secs(5);

/// How a call went wrong.
#[derive(Debug)]
pub(crate) enum CallError {
    /// Nothing was asked: nobody listens. Asking again elsewhere is safe.
    NotSent(String),
    /// It was told to end, and takes nothing on. Asking the next one is safe.
    Ending,
    /// It was asked, and no answer came.
    NoAnswer(String),
    /// The supervisor's own words.
    Refused(BackendError),
}

impl From<CallError> for BackendError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotSent(reason) | CallError::NoAnswer(reason) => unreachable(reason),
            CallError::Ending => unreachable("it is about to end".to_owned()),
            CallError::Refused(error) => error,
        }
    }
}

fn unreachable(reason: String) -> BackendError {
    BackendError::SupervisorGone { reason }
}

/// Talks to one supervisor.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    supervisor: Supervisor,
}

impl Client {
    /// Talks to `supervisor`.
    pub(crate) const fn new(supervisor: Supervisor) -> Self {
        Self { supervisor }
    }

    /// Whether the supervisor's process lives.
    pub(crate) fn is_alive(&self) -> bool {
        process::is_alive(self.supervisor.pid, self.supervisor.started)
    }

    /// Whether the supervisor answers, and takes commands.
    pub(crate) async fn hello(&self) -> Result<(), CallError> {
        let hello: Hello = self.ask(Method::GET, "/hello", &()).await?;
        if hello.pid == self.supervisor.pid {
            Ok(())
        } else {
            Err(CallError::NotSent(format!("process {} answers in its place", hello.pid)))
        }
    }

    /// How the stack is doing; `None` when nothing of it exists.
    pub(crate) async fn status(&self) -> Result<Option<Status>, CallError> {
        self.ask(Method::GET, "/status", &()).await
    }

    /// Changes what may change without a step.
    pub(crate) async fn settings(&self, settings: &Settings) -> Result<(), CallError> {
        self.ask(Method::POST, "/settings", settings).await
    }

    /// Carries out one step; tells whether nothing is left after it.
    pub(crate) async fn perform(
        &self,
        perform: &Perform,
        events: &dyn Events,
    ) -> Result<bool, CallError> {
        let answer = timeout(SHORT, self.send(Method::POST, "/perform", perform)).await;
        let answer = answer.map_err(|_| CallError::NoAnswer("it is silent".to_owned()))??;
        let mut lines = Lines { body: answer, held: Vec::new() };
        loop {
            match lines.next().await? {
                Line::Working => {}
                Line::Event(event) => events.tell(event),
                Line::Done { leaving } => return Ok(leaving),
                Line::Refused(refusal) => return Err(CallError::Refused(refusal.into())),
            }
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        let asked = async {
            let answer = self.send(method, path, body).await?;
            let bytes = answer.collect().await.map_err(no_answer)?.to_bytes();
            serde_json::from_slice(&bytes).map_err(no_answer)
        };
        timeout(SHORT, asked)
            .await
            .map_err(|_| CallError::NoAnswer(format!("no answer within {} s", SHORT.as_secs())))?
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Incoming, CallError> {
        let not_sent = |error: &dyn std::error::Error| CallError::NotSent(error.to_string());
        let address = ("127.0.0.1", self.supervisor.port);
        let stream = TcpStream::connect(address).await.map_err(|error| not_sent(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| not_sent(&error))?;
        // It ends with the request: the sender is dropped then.
        tokio::spawn(connection);
        let body = serde_json::to_vec(body).expect("requests have a JSON form");
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.supervisor.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .expect("the parts of a request are valid");
        let answer = sender.send_request(request).await.map_err(no_answer)?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            StatusCode::SERVICE_UNAVAILABLE => Err(CallError::Ending),
            status => Err(CallError::NotSent(format!("it answers {status}"))),
        }
    }
}

fn no_answer(error: impl std::error::Error) -> CallError {
    CallError::NoAnswer(error.to_string())
}

/// The lines of an answer as they come in.
struct Lines {
    body: Incoming,
    held: Vec<u8>,
}

impl Lines {
    async fn next(&mut self) -> Result<Line, CallError> {
        loop {
            if let Some(end) = self.held.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.held.drain(..=end).collect();
                return serde_json::from_slice(&line).map_err(no_answer);
            }
            let frame = timeout(SILENCE, self.body.frame()).await;
            match frame.map_err(|_| CallError::NoAnswer("it fell silent".to_owned()))? {
                None => return Err(CallError::NoAnswer("it went away in the middle".to_owned())),
                Some(frame) => {
                    let frame = frame.map_err(no_answer)?;
                    self.held.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new()));
                }
            }
        }
    }
}
