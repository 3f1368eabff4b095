//! The backends that this program can use, behind the one door that the engine knows.

mod fake;

use ragctl_aws::AwsBackend;
use ragctl_local::{Healed, LocalBackend};
use ragctl_stacks::{
    backend::{Backend, Reply},
    event::Events,
    lease::Lease,
    live::Live,
    plan::Step,
    status::Status,
};

pub(crate) use self::fake::FakeFile;

/// A backend of any sort.
#[derive(Debug)]
pub(crate) enum AnyBackend {
    /// This machine.
    Local(LocalBackend),
    /// AWS.
    Aws(Box<AwsBackend>),
    /// One that only remembers.
    Fake(FakeFile),
}

/// Does the same on whichever backend it is.
macro_rules! each {
    ($self:ident, $it:ident => $call:expr) => {
        match $self {
            AnyBackend::Local($it) => $call,
            AnyBackend::Aws($it) => $call,
            AnyBackend::Fake($it) => $call,
        }
    };
}

impl AnyBackend {
    /// Brings back what should run by itself and does not, before anything is planned.
    pub(crate) async fn heal(&self) -> Reply<Healed> {
        match self {
            Self::Local(it) => it.heal().await,
            Self::Aws(_) | Self::Fake(_) => Ok(Healed::NothingThere),
        }
    }

    /// Lets timings run at the speed that the backend was made with.
    pub(crate) async fn set_time_scale(&self) -> Reply<()> {
        match self {
            Self::Local(it) => it.set_time_scale().await,
            Self::Aws(_) | Self::Fake(_) => Ok(()),
        }
    }
}

impl AnyBackend {
    /// AWS, where a rollout goes on by itself when nobody waits for it.
    pub(crate) fn aws(&self) -> Option<&AwsBackend> {
        match self {
            Self::Aws(it) => Some(it),
            Self::Local(_) | Self::Fake(_) => None,
        }
    }
}

impl Backend for AnyBackend {
    async fn live(&self) -> Reply<Live> {
        each!(self, it => it.live().await)
    }

    async fn perform(&self, step: &Step, events: &dyn Events) -> Reply<()> {
        each!(self, it => it.perform(step, events).await)
    }

    async fn take_lease(&self, lease: &Lease) -> Reply<()> {
        each!(self, it => it.take_lease(lease).await)
    }

    async fn release_lease(&self, id: &str) -> Reply<()> {
        each!(self, it => it.release_lease(id).await)
    }

    async fn lease(&self) -> Reply<Option<Lease>> {
        each!(self, it => it.lease().await)
    }

    async fn status(&self) -> Reply<Option<Status>> {
        each!(self, it => it.status().await)
    }

    async fn wake(&self) -> Reply<bool> {
        each!(self, it => it.wake().await)
    }

    async fn sleep(&self) -> Reply<bool> {
        each!(self, it => it.sleep().await)
    }
}
