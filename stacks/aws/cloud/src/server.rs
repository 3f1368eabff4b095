//! The loopback server: reads calls, lets fate have its way, and answers.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use crate::calls::Call;
use crate::cloud::{State, lock};
use crate::faults::Fate;
use crate::naming;
use crate::protocol::{self, Protocol, Request, Written};
use crate::refusal::{Refusal, Reply};

/// Serves `state` on a loopback port until told to stop.
///
/// # Errors
///
/// When no port or no thread is to be had.
pub(crate) fn spawn(state: Arc<State>, stop: oneshot::Receiver<()>) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("cloud".into()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                () = listen(listener, state) => {}
                _ = stop => {}
            }
        });
    })?;
    Ok(address)
}

async fn listen(listener: TcpListener, state: Arc<State>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Small answers must not wait for more to send. Without it they are only slower.
        let _slower = stream.set_nodelay(true);
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        drop(tokio::spawn(async move {
            let io = TokioIo::new(stream);
            // A caller that went away in the middle of a call is what some tests are about.
            let _ended =
                hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
        }));
    }
}

/// A call in flight, until it is answered or its caller goes away.
struct Flight(Arc<State>);

impl Flight {
    fn begin(state: &Arc<State>) -> Self {
        lock(&state.desk).counter.enter();
        Self(Arc::clone(state))
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        lock(&self.0.desk).counter.leave();
    }
}

async fn answer(
    state: Arc<State>,
    request: http::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let _flight = Flight::begin(&state);
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let (id, delay) = {
        let mut desk = lock(&state.desk);
        desk.requests += 1;
        (request_id(desk.requests), desk.dice.delay())
    };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    if crate::ecr::is_registry(&head) {
        let (answer, stalls) = crate::ecr::answer_registry(&state, &head, &body);
        if stalls {
            std::future::pending::<()>().await;
        }
        return Ok(answer);
    }
    let written = match Request::read(&head, &body) {
        Ok(request) => {
            let (reply, stalls) = carry_out(&state, &request);
            if stalls {
                std::future::pending::<()>().await;
            }
            match reply {
                Ok(output) => protocol::written(&request, &output, &id),
                Err(refusal) => protocol::refused(Some(request.protocol), &refusal, &id),
            }
        }
        Err(refusal) => {
            let form = head.headers.get("content-type").is_some_and(|kind| {
                kind.as_bytes().starts_with(b"application/x-www-form-urlencoded")
            });
            protocol::refused(form.then_some(Protocol::Query), &refusal, &id)
        }
    };
    Ok(response(written, &id))
}

/// Does the work of a call as fate allows, and remembers the call.
///
/// Also tells whether the answer is never to come.
pub(crate) fn carry_out(state: &State, request: &Request) -> (Reply, bool) {
    let fate = lock(&state.desk).dice.roll();
    let reply = match fate {
        Fate::Throttled | Fate::Failed => Err(request.misfortune(fate)),
        Fate::Spared | Fate::Lost => lock(&state.account).serve(request),
    };
    let resources = naming::resources(request, reply.as_ref().ok());
    let version = naming::version(request, reply.as_ref().ok());
    let worked = matches!(fate, Fate::Spared | Fate::Lost);
    let reply = if fate == Fate::Lost { Err(request.misfortune(fate)) } else { reply };

    let mut desk = lock(&state.desk);
    let stalls = worked && request.mutates() && counted_down(&mut desk.stall_in);
    desk.stalled |= stalls;
    desk.calls.push(Call {
        service: request.service.clone(),
        action: request.action.clone(),
        region: request.region.clone(),
        resources,
        version,
        mutating: request.mutates(),
        error: reply.as_ref().err().map(|Refusal { code, .. }| code.clone()),
    });
    (reply, stalls)
}

/// Counts down to the call that stalls; true when this is the one.
fn counted_down(left: &mut Option<usize>) -> bool {
    match left {
        Some(0 | 1) => {
            *left = None;
            true
        }
        Some(n) => {
            *n -= 1;
            false
        }
        None => false,
    }
}

fn request_id(n: u64) -> String {
    format!("c10d0000-0000-4000-8000-{n:012x}")
}

fn response(written: Written, id: &str) -> Response<Full<Bytes>> {
    let mut builder = Response::builder()
        .status(StatusCode::from_u16(written.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        .header("content-type", written.kind)
        .header("x-amzn-requestid", id);
    for (name, value) in &written.headers {
        builder = builder.header(*name, value);
    }
    if let Some(error) = &written.error {
        builder = builder.header("x-amzn-errortype", error);
    }
    builder
        .body(Full::new(Bytes::from(written.body)))
        .expect("a status, ASCII headers and bytes make a response")
}
