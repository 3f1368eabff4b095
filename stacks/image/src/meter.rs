//! How far a push has come, for whoever watches it.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

/// Counts what is sent. Whoever watches looks when they like.
#[derive(Debug)]
pub struct Meter {
    began: Instant,
    total: AtomicU64,
    sent: AtomicU64,
    /// When something was last sent, in milliseconds from the beginning.
    last: AtomicU64,
}

impl Default for Meter {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self { began: Instant::now(), total: zero(), sent: zero(), last: zero() }
    }
}

impl Meter {
    /// Bytes that are to be sent, as far as is known.
    pub fn total(&self) -> u64 {
        self.total.load(Relaxed)
    }

    /// Bytes sent so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Relaxed)
    }

    pub(crate) fn expect(&self, bytes: u64) {
        self.total.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Relaxed);
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Relaxed);
    }

    /// Takes back what was sent in vain.
    pub(crate) fn take_back(&self, bytes: u64) {
        self.sent.fetch_sub(bytes, Relaxed);
    }

    /// Since something was last sent.
    pub(crate) fn silence(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.last.load(Relaxed)))
    }
}
