//! Serves HTTP until it is told to stop, then finishes what is in flight.

use std::{io, sync::Arc, time::Duration};

use axum::serve::ListenerExt;
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};

use crate::{app::App, routes};

/// How long background work may take to give back what it holds.
const LONGEST_HAND_BACK: Duration = Duration::from_secs(2);

/// Serves `app` on `listener` until `shutdown`.
///
/// Then no connection is accepted any more, and requests in flight have `STOP_TIMEOUT` to be answered.
///
/// # Errors
///
/// What the listener says.
pub async fn serve<S>(listener: TcpListener, app: Arc<App>, shutdown: S) -> io::Result<()>
where
    S: Future<Output = ()> + Send + 'static,
{
    let work = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.work().await }
    });
    let stopping = app.stopping.clone();
    let listener = listener.tap_io(|stream| {
        // Small answers must not wait for the client's acknowledgements. Without it they are but slower.
        stream.set_nodelay(true).ok();
    });
    let told = stopping.clone();
    let server = axum::serve(listener, routes::router(Arc::clone(&app))).with_graceful_shutdown(
        async move {
            shutdown.await;
            tracing::info!("stopping: requests in flight are finished");
            told.cancel();
        },
    );
    let limit = app.settings.stop_timeout;
    let result = tokio::select! {
        result = server.into_future() => result,
        () = async { stopping.cancelled().await; sleep(limit).await } => {
            tracing::warn!(limit_s = limit.as_secs(), "stopped with requests in flight");
            Ok(())
        }
    };
    stopping.cancel();
    if timeout(LONGEST_HAND_BACK, work).await.is_err() {
        tracing::warn!("stopped with documents in work; they are taken up again");
    }
    tracing::info!("stopped");
    result
}
