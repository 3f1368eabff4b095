//! Being told to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Returns when somebody presses Ctrl-C, or the system asks this process to end.
pub(crate) async fn interrupted() {
    let (Ok(mut pressed), Ok(mut asked)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without a handler the signals end the process by themselves.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = pressed.recv() => {}
        _ = asked.recv() => {}
    }
}
