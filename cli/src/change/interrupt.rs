//! Being told to stop.

use std::future::Future;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// Who tells this process to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Somebody, who pressed Ctrl-C.
    Pressed,
    /// The system, or another program.
    Asked,
}

/// Listens for being told to stop, from when it is made.
pub(crate) struct Interruptions(Option<(Signal, Signal)>);

impl Interruptions {
    pub(crate) fn new() -> Self {
        let both = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        Self(match both {
            (Ok(pressed), Ok(asked)) => Some((pressed, asked)),
            // Without a handler the signals end the process by themselves.
            _ => None,
        })
    }

    /// Returns when this process is told to stop once more.
    pub(crate) async fn next(&mut self) -> Told {
        match &mut self.0 {
            None => std::future::pending().await,
            Some((pressed, asked)) => tokio::select! {
                _ = pressed.recv() => Told::Pressed,
                _ = asked.recv() => Told::Asked,
            },
        }
    }
}

/// Returns when somebody presses Ctrl-C, or the system asks this process to end.
pub(crate) async fn interrupted() {
    Interruptions::new().next().await;
}

/// What comes of `work`, which is dropped where it is when somebody interrupts it.
pub(crate) async fn unless_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        // First, so that it is listened before anything is begun.
        biased;
        () = interrupted() => Err(Failure::Interrupted { steps: None }),
        done = work => done,
    }
}
