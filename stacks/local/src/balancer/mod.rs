//! The one address for clients: an HTTP/1.1 balancer that behaves as an Application Load Balancer does.
//!
//! In: connections, a [`Table`] of targets that the supervisor registers and drains, and [`Settings`]. Out: requests passed on, the
//! targets' health in the table (told by [`Table::subscribe`]), [`Counts`] of what was seen, and a [`Waker`] called when a request
//! finds nobody to answer it. It starts and stops no task.
//!
//! Intervals run in virtual time. Limits of waiting (idle timeout, probe timeout, how long a request is held) run in real time: they
//! bound what the world does, which is not faster because the timings are.

mod body;
mod connection;
mod counts;
mod edge;
mod forward;
mod header;
mod probe;
mod refusal;
mod settings;
mod table;
mod upstream;
mod wake;

use std::sync::Arc;

use crate::clock::Clock;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;

pub use self::{
    counts::{Counts, PURPOSE, Purpose},
    settings::{Limits, Settings},
    table::{Table, Target, TargetState, Targets},
    wake::Waker,
};

/// The balancer. Clones are the same balancer.
#[derive(Clone)]
pub struct Balancer {
    inner: Arc<Inner>,
}

struct Inner {
    settings: watch::Sender<Settings>,
    limits: Limits,
    door: wake::Door,
    clock: Clock,
    table: Table,
    counts: Counts,
    pool: upstream::Pool,
}

impl Balancer {
    /// A balancer without targets.
    #[must_use]
    pub fn new(settings: Settings, limits: Limits, waker: Arc<dyn Waker>, clock: Clock) -> Self {
        let inner = Inner {
            settings: watch::Sender::new(settings),
            limits,
            door: wake::Door::new(waker, limits.held),
            clock,
            table: Table::default(),
            counts: Counts::default(),
            pool: upstream::pool(&limits),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The routing table.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.inner.table
    }

    /// What it has seen.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.inner.counts
    }

    /// Takes over edited settings, for the next request and the next probe.
    pub fn edit(&self, settings: Settings) {
        self.inner.settings.send_if_modified(|now| {
            let changed = *now != settings;
            *now = settings;
            changed
        });
    }

    /// Probes every target of the table until `shutdown`, and reports into the table. To be run once, beside [`serve`](Self::serve).
    pub async fn probe(&self, shutdown: CancellationToken) {
        probe::run(self.inner.clone(), shutdown).await;
    }

    /// Serves clients until `shutdown`; then accepts nothing new, and returns once what is in flight is answered or
    /// [`Limits::stop_timeout`] has passed. To move to another port, call it again with another listener.
    pub async fn serve(&self, listener: TcpListener, shutdown: CancellationToken) {
        connection::accept(self.inner.clone(), listener, shutdown).await;
    }
}
