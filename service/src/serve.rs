//! Serves HTTP until it is told to stop, then finishes what is in flight.

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};

use crate::{app::App, routes};

/// How long background work may take to give back what it holds.
const LONGEST_HAND_BACK: Duration = Duration::from_secs(2);

/// Connections at once; more wait to be accepted. Ours: below the usual limit of 1,024 open files.
const CONNECTIONS: usize = 896;

/// How much longer than a request a connection may be silent, also between requests.
///
/// A balancer that keeps connections open must be the first to close them, or it meets a closed one and answers 502.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout>
const SILENCE: Duration = Duration::from_secs(60);

/// The pause after a connection could not be accepted, for want of open files say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `app` on `listener` until `shutdown`.
///
/// Then no connection is accepted any more, and requests in flight have `STOP_TIMEOUT` to be answered.
pub async fn serve<S>(listener: TcpListener, app: Arc<App>, shutdown: S)
where
    S: Future<Output = ()> + Send + 'static,
{
    let work = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.work().await }
    });
    let connections = GracefulShutdown::new();
    tokio::select! {
        () = accept(&listener, &app, &connections) => {}
        () = shutdown => {}
    }
    drop(listener);
    tracing::info!("stopping: requests in flight are finished");
    app.stopping.cancel();
    let limit = app.settings.stop_timeout;
    tokio::select! {
        () = connections.shutdown() => {}
        () = sleep(limit) => {
            tracing::warn!(limit_s = limit.as_secs(), "stopped with requests in flight");
        }
    }
    if timeout(LONGEST_HAND_BACK, work).await.is_err() {
        tracing::warn!("stopped with documents in work; they are taken up again");
    }
    tracing::info!("stopped");
}

/// Accepts connections, for ever.
async fn accept(listener: &TcpListener, app: &Arc<App>, connections: &GracefulShutdown) {
    let router = routes::router(Arc::clone(app));
    let silence = app.settings.request_timeout + SILENCE;
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await.expect("nobody closes it");
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let connection = connections.watch(connection(stream, router.clone(), silence));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
}

fn connection(
    stream: TcpStream,
    router: Router,
    silence: Duration,
) -> http1::Connection<TokioIo<TcpStream>, TowerToHyperService<Router>> {
    // Small answers must not wait for the client's acknowledgements. Without it they are but slower.
    stream.set_nodelay(true).ok();
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(silence)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
}
