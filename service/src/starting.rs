//! What is answered while the service is put together: that it is alive, and to come again.
//!
//! That takes milliseconds, unless the server of the store is not there yet. Whoever watches over the service must not
//! take it for dead meanwhile.

use std::convert::Infallible;

use axum::{
    Json, Router,
    http::{StatusCode, header::RETRY_AFTER},
    response::IntoResponse,
    routing::get,
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use serde_json::json;
use tokio::{net::TcpListener, task::JoinSet};

/// When to come again, in seconds.
const RETRY: &str = "2";

/// Waits for `start`, and answers on `listener` until then. Each connection gets one answer.
pub async fn answer_until<T>(listener: &TcpListener, start: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        started = start => started,
        never = answer(listener) => match never {},
    }
}

/// Answers for ever. What is not answered when it is dropped is cut off.
async fn answer(listener: &TcpListener) -> Infallible {
    let router = Router::new()
        .route("/livez", get(|| async { Json(json!({ "status": "alive" })) }))
        .fallback(|| async {
            let told = json!({ "detail": "the service is starting", "code": "starting" });
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, RETRY)], Json(told)).into_response()
        });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .keep_alive(false)
                    .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
                connections.spawn(async move { drop(connection.await) });
            }
        }
    }
}
