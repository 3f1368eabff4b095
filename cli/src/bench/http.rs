//! A small HTTP server for what stands in for others: JSON in, JSON out.

use std::{convert::Infallible, future::Future, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};

/// The longest body that is read, in bytes.
const LONGEST: usize = 16 << 20;

/// A request, as far as a stand-in looks at it.
pub(super) struct Asked {
    /// Its path.
    pub(super) path: String,
    /// Its JSON; null where it has none.
    pub(super) body: Value,
}

/// What is answered.
pub(super) struct Answer {
    status: StatusCode,
    kind: &'static str,
    body: Bytes,
}

impl Answer {
    /// 200 with JSON.
    pub(super) fn json(body: &Value) -> Self {
        Self::with(StatusCode::OK, body)
    }

    /// JSON with a status.
    pub(super) fn with(status: StatusCode, body: &Value) -> Self {
        Self { status, kind: "application/json", body: body.to_string().into() }
    }

    /// 200 with events of a stream, which come all at once.
    pub(super) fn events(body: String) -> Self {
        Self { status: StatusCode::OK, kind: "text/event-stream", body: body.into() }
    }
}

/// Serves until it is dropped, and all connections with it. Each connection has a handler of its own, which `of_connection` makes.
pub(super) async fn serve<H, F>(listener: TcpListener, of_connection: impl Fn() -> H) -> Infallible
where
    H: Fn(Asked) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, of_connection()))),
                // No more files may be opened, say: that passes.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection<H, F>(stream: TcpStream, handler: H)
where
    H: Fn(Asked) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let service = service_fn(move |request| {
        let handler = handler.clone();
        async move { Ok::<_, Infallible>(answered(request, handler).await) }
    });
    let mut server = http1::Builder::new();
    // A connection that is kept waits for its next request as long as its client wants; by itself it would be closed after 30 s.
    server.header_read_timeout(None);
    // A client that goes away is no error, and takes its request with it.
    drop(server.serve_connection(TokioIo::new(stream), service).await);
}

async fn answered<H, F>(request: Request<Incoming>, handler: H) -> Response<Full<Bytes>>
where
    H: Fn(Asked) -> F,
    F: Future<Output = Answer>,
{
    let path = request.uri().path().to_owned();
    let bytes = Limited::new(request.into_body(), LONGEST).collect().await;
    let bytes = bytes.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    let Answer { status, kind, body } = handler(Asked { path, body }).await;
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
