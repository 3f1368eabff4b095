//! The balancer as the core uses it: its port, its targets, and what it has counted.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use ragctl_stacks::{
    backend::{BackendError, Reply},
    status::Requests,
    timing::idle::Activity,
};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Input;
use crate::{
    balancer::{Balancer, Limits, Settings, TargetState, Targets, Waker},
    clock::Clock,
};

/// The balancer, and what runs for it.
pub(super) struct Front {
    balancer: Balancer,
    settings: Settings,
    inputs: mpsc::Sender<Input>,
    serving: Option<Serving>,
    /// What balancers before this one counted: each time scale has its own.
    earlier: Requests,
    /// Ends probing and telling.
    _running: DropGuard,
}

struct Serving {
    port: u16,
    listener: TcpListener,
    stop: CancellationToken,
    ends: JoinHandle<()>,
}

/// Tells the core that a request found nobody to answer it.
struct Knock(mpsc::Sender<Input>);

impl Waker for Knock {
    fn wake(&self) {
        // A full queue means that the core will look soon anyway, and the balancer asks again.
        drop(self.0.try_send(Input::Knocked));
    }
}

impl Front {
    /// A balancer that probes, and serves nobody yet.
    pub(super) fn new(settings: Settings, clock: Clock, inputs: mpsc::Sender<Input>) -> Self {
        Self::continuing(settings, clock, inputs, Requests::default())
    }

    fn continuing(
        settings: Settings,
        clock: Clock,
        inputs: mpsc::Sender<Input>,
        earlier: Requests,
    ) -> Self {
        let waker = Arc::new(Knock(inputs.clone()));
        let balancer = Balancer::new(settings.clone(), Limits::default(), waker, clock);
        let running = CancellationToken::new();
        let (probing, probed) = (running.clone(), balancer.clone());
        tokio::spawn(async move { probed.probe(probing).await });
        tokio::spawn(tell_changes(balancer.clone(), inputs.clone(), running.clone()));
        let _running = running.drop_guard();
        Self { balancer, settings, inputs, serving: None, earlier, _running }
    }

    /// The same balancer at another time scale: same port, same targets, which have to show their health anew.
    pub(super) fn rescaled(mut self, clock: Clock) -> Self {
        let mut new =
            Self::continuing(self.settings.clone(), clock, self.inputs.clone(), self.requests());
        for target in self.targets().iter() {
            new.register(&target.id, target.address);
            if target.state == TargetState::Draining {
                new.drain(&target.id);
            }
        }
        if let Some(old) = self.serving.take() {
            // The new one accepts from the same queue, so that no connection is lost.
            if let Err(error) = new.serve_on(old.port, old.listener) {
                tracing::error!(%error, "could not go on listening");
            }
            old.stop.cancel();
        }
        new
    }

    /// Takes over edited settings.
    pub(super) fn edit(&mut self, settings: Settings) {
        self.settings = settings.clone();
        self.balancer.edit(settings);
    }

    /// Serves at `port`; a port served before is given up once the new one is held.
    pub(super) fn serve(&mut self, port: u16) -> Reply<()> {
        if self.port() == Some(port) {
            return Ok(());
        }
        let listener = bind(port)?;
        let old = self.serving.take();
        let served = self.serve_on(port, listener);
        if served.is_err() {
            self.serving = old;
        } else if let Some(old) = old {
            old.stop.cancel();
        }
        served.map_err(|error| refused(port, &error))
    }

    /// The port that is served.
    pub(super) fn port(&self) -> Option<u16> {
        self.serving.as_ref().map(|it| it.port)
    }

    fn serve_on(&mut self, port: u16, listener: TcpListener) -> io::Result<()> {
        let accepting = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
        let stop = CancellationToken::new();
        let (balancer, stopped) = (self.balancer.clone(), stop.clone());
        let ends = tokio::spawn(async move { balancer.serve(accepting, stopped).await });
        self.serving = Some(Serving { port, listener, stop, ends });
        Ok(())
    }

    /// Takes no more connections. The handle ends once what is in flight is answered.
    pub(super) fn close(&mut self) -> Option<JoinHandle<()>> {
        let serving = self.serving.take()?;
        serving.stop.cancel();
        Some(serving.ends)
    }

    /// Adds a task that listens on a loopback port.
    pub(super) fn register(&self, task: &str, address: SocketAddr) {
        self.balancer.table().register(task, address);
    }

    /// Lets a task finish what it has.
    pub(super) fn drain(&self, task: &str) {
        self.balancer.table().drain(task);
    }

    /// Takes a task out.
    pub(super) fn deregister(&self, task: &str) {
        self.balancer.table().deregister(task);
    }

    /// All targets now.
    pub(super) fn targets(&self) -> Arc<Targets> {
        self.balancer.table().targets()
    }

    /// What it has seen.
    pub(super) fn activity(&self) -> Activity {
        self.balancer.counts().activity()
    }

    /// The requests of users that are not answered yet, waiting ones included.
    pub(super) fn in_flight(&self) -> u32 {
        self.balancer.counts().in_flight()
    }

    /// Requests so far.
    pub(super) fn requests(&self) -> Requests {
        let counts = self.balancer.counts();
        Requests {
            users: self.earlier.users + counts.users(),
            pings: self.earlier.pings + counts.pings(),
            failed: self.earlier.failed + counts.failed(),
            wakes: self.earlier.wakes,
        }
    }
}

async fn tell_changes(balancer: Balancer, inputs: mpsc::Sender<Input>, until: CancellationToken) {
    let mut changes = balancer.table().subscribe();
    loop {
        tokio::select! {
            () = until.cancelled() => return,
            changed = changes.changed() => {
                if changed.is_err() || inputs.send(Input::TargetsChanged).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Holds a port for clients.
fn bind(port: u16) -> Reply<TcpListener> {
    if port == 0 {
        return Err(refused(port, &io::Error::other("clients need a port that stays the same")));
    }
    let bound = TcpListener::bind(("127.0.0.1", port)).and_then(|it| {
        it.set_nonblocking(true)?;
        Ok(it)
    });
    bound.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => BackendError::PortTaken { host: "127.0.0.1".to_owned(), port },
        _ => refused(port, &error),
    })
}

fn refused(port: u16, error: &io::Error) -> BackendError {
    BackendError::Refused {
        operation: format!("listening on port {port}"),
        reason: error.to_string(),
    }
}
