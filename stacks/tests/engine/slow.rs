//! A backend whose steps overlap, to see what runs side by side.

use std::sync::atomic::{AtomicUsize, Ordering};

use ragctl_stacks::{
    backend::{Backend, Reply},
    event::Events,
    fake::Fake,
    lease::Lease,
    live::Live,
    plan::Step,
    status::Status,
};

/// The fake, but each step lets the others go first.
#[derive(Default)]
pub(crate) struct Slow {
    fake: Fake,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Slow {
    pub(crate) fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

impl Backend for Slow {
    async fn live(&self) -> Reply<Live> {
        self.fake.live().await
    }

    async fn perform(&self, step: &Step, events: &dyn Events) -> Reply<()> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::task::yield_now().await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        self.fake.perform(step, events).await
    }

    async fn take_lease(&self, lease: &Lease) -> Reply<()> {
        self.fake.take_lease(lease).await
    }

    async fn release_lease(&self, id: &str) -> Reply<()> {
        self.fake.release_lease(id).await
    }

    async fn lease(&self) -> Reply<Option<Lease>> {
        self.fake.lease().await
    }

    async fn status(&self) -> Reply<Option<Status>> {
        self.fake.status().await
    }

    async fn wake(&self) -> Reply<bool> {
        self.fake.wake().await
    }

    async fn sleep(&self) -> Reply<bool> {
        self.fake.sleep().await
    }
}
