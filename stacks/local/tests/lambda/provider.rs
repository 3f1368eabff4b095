//! A provider that streams, hangs, and counts; and a parameter store with one value.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{net::TcpListener, task::JoinSet, time::sleep};

/// Between two pieces of an answer; and what it takes to embed.
pub(crate) const PAUSE: Duration = Duration::from_millis(200);

#[derive(Default)]
pub(crate) struct Said {
    /// The key of each question.
    pub(crate) keys: Mutex<Vec<String>>,
    /// Texts that were embedded.
    pub(crate) texts: AtomicUsize,
    /// Whether questions are left without an answer.
    pub(crate) hangs: AtomicBool,
    /// What the parameter store holds.
    pub(crate) parameter: Mutex<String>,
    connections: Mutex<JoinSet<()>>,
}

pub(crate) struct Provider {
    pub(crate) url: String,
    pub(crate) said: Arc<Said>,
    server: tokio::task::AbortHandle,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let said = Arc::new(Said::default());
        let shared = Arc::clone(&said);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let said = Arc::clone(&shared);
                let service = service_fn(move |request| answer(request, Arc::clone(&said)));
                let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                shared.connections.lock().unwrap().spawn(async move { drop(served.await) });
            }
        });
        Self { url, said, server: server.abort_handle() }
    }

    /// Closes all connections, as a provider does with those that nobody uses.
    pub(crate) async fn hang_up(&self) {
        let mut connections = std::mem::take(&mut *self.said.connections.lock().unwrap());
        connections.shutdown().await;
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

async fn answer(request: Request<Incoming>, said: Arc<Said>) -> Result<Response<Body>, Infallible> {
    let whole = |value: serde_json::Value| {
        let body: Body = Full::new(Bytes::from(value.to_string())).boxed_unsync();
        let json = http::HeaderValue::from_static("application/json");
        let mut response = Response::new(body);
        response.headers_mut().insert("content-type", json);
        Ok(response)
    };
    if request.uri().path() == "/" {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let asked: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let value = said.parameter.lock().unwrap().clone();
        return whole(json!({"Parameters": [{"Name": asked["Names"][0], "Value": value}]}));
    }
    let key = request.headers().get("authorization").map(|it| it.to_str().unwrap().to_owned());
    said.keys.lock().unwrap().push(key.unwrap_or_default());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    if said.hangs.load(SeqCst) {
        sleep(Duration::from_secs(600)).await;
    }
    let asked: serde_json::Value = serde_json::from_slice(&body).unwrap();
    if let Some(texts) = asked["input"].as_array() {
        said.texts.fetch_add(texts.len(), SeqCst);
        sleep(PAUSE).await;
        let vectors: Vec<_> =
            texts.iter().map(|_| json!({"embedding": [1.0, 0.0, 0.0, 0.0]})).collect();
        return whole(json!({ "data": vectors }));
    }
    if asked["stream"] != true {
        return whole(json!({"choices": [{"message": {"content": "yes"}}]}));
    }
    let pieces = ["one ", "two ", "three"].map(|word| {
        let event = json!({"choices": [{"delta": {"content": word}}]});
        format!("data: {event}\n\n")
    });
    let pieces = stream::iter(pieces.into_iter().chain(["data: [DONE]\n\n".to_owned()]));
    let frames = pieces.then(|piece| async move {
        sleep(PAUSE).await;
        Ok::<_, Infallible>(Frame::data(Bytes::from(piece)))
    });
    let mut response = Response::new(BodyExt::boxed_unsync(StreamBody::new(frames)));
    let kind = http::HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert("content-type", kind);
    Ok(response)
}
