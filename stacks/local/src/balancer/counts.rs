//! Counts of requests, for the scaler, the idle timer and `ragctl status`.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use http::StatusCode;
use ragctl_stacks::timing::idle::Activity;

use super::Inner;

/// The header that says what a request is for, when it is not a user's.
pub const PURPOSE: &str = "x-ragctl-purpose";

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A user's.
    User,
    /// Keep-alive's: `X-Ragctl-Purpose: ping`.
    Ping,
    /// A health check's: `X-Ragctl-Purpose: probe`.
    Probe,
}

impl Purpose {
    /// What the headers of a request say.
    #[must_use]
    pub fn of(headers: &http::HeaderMap) -> Self {
        match headers.get(PURPOSE).map(http::HeaderValue::as_bytes) {
            Some(b"ping") => Self::Ping,
            Some(b"probe") => Self::Probe,
            _ => Self::User,
        }
    }
}

/// Requests since the balancer was made.
#[derive(Debug, Default)]
pub struct Counts {
    users: AtomicU64,
    pings: AtomicU64,
    failed: AtomicU64,
    in_flight: AtomicU32,
    held: AtomicU32,
    last: Mutex<Last>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Last {
    user: Option<Duration>,
    ping: Option<Duration>,
}

impl Counts {
    /// Users' requests.
    #[must_use]
    pub fn users(&self) -> u64 {
        self.users.load(Ordering::Relaxed)
    }

    /// Pings.
    #[must_use]
    pub fn pings(&self) -> u64 {
        self.pings.load(Ordering::Relaxed)
    }

    /// Users' requests and pings that were answered with 5xx, by a target or by the balancer.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Users' requests that are not answered yet, held ones included.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::SeqCst)
    }

    /// Users' requests that wait for a waking stack.
    #[must_use]
    pub fn held(&self) -> u32 {
        self.held.load(Ordering::Relaxed)
    }

    /// What the idle timer asks for.
    #[must_use]
    pub fn activity(&self) -> Activity {
        // The count first: a request that ends in between has noted its end before it leaves the count.
        let in_flight = self.in_flight();
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        Activity { last_user: last.user, last_ping: last.ping, in_flight }
    }
}

/// One request, counted from its head to its last byte.
pub(super) struct Counted {
    inner: Arc<Inner>,
    purpose: Purpose,
}

impl Counted {
    pub(super) fn begin(inner: Arc<Inner>, purpose: Purpose) -> Self {
        let counts = &inner.counts;
        match purpose {
            Purpose::User => {
                counts.users.fetch_add(1, Ordering::Relaxed);
                counts.in_flight.fetch_add(1, Ordering::SeqCst);
            }
            Purpose::Ping => {
                counts.pings.fetch_add(1, Ordering::Relaxed);
            }
            Purpose::Probe => {}
        }
        let counted = Self { inner, purpose };
        counted.note();
        counted
    }

    pub(super) fn answered(&self, status: StatusCode) {
        if status.is_server_error() && self.purpose != Purpose::Probe {
            self.inner.counts.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn note(&self) {
        let now = self.inner.clock.now();
        let mut last = self.inner.counts.last.lock().unwrap_or_else(PoisonError::into_inner);
        match self.purpose {
            Purpose::User => last.user = last.user.max(Some(now)),
            Purpose::Ping => last.ping = last.ping.max(Some(now)),
            Purpose::Probe => {}
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.note();
        if self.purpose == Purpose::User {
            self.inner.counts.in_flight.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// One request that waits for a waking stack.
pub(super) struct Held<'a>(&'a Counts);

impl<'a> Held<'a> {
    pub(super) fn count(counts: &'a Counts) -> Self {
        counts.held.fetch_add(1, Ordering::Relaxed);
        Self(counts)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::Relaxed);
    }
}
