//! The right to change the stack: taken, renewed while it is needed, given back.

use std::{future::Future, time::Duration};

use jiff::Timestamp;
use ragctl_stacks::{
    backend::{Backend, BackendError},
    lease::Lease,
};
use tokio::time::{Instant, sleep};

use super::{Terms, interrupted};
use crate::{
    backend::AnyBackend,
    environment,
    failure::Failure,
    output::{
        Output,
        human::text::span,
        progress::{Wait, during, waiting},
    },
};

/// A third of the time that a lease lasts: two renewals may fail before it is lost.
const RENEW_EVERY: Duration = Duration::from_secs(Lease::LASTS.as_secs() / 3);

/// How often it is tried while somebody else holds it.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// A lease that this command holds.
pub(crate) struct Lent<'a> {
    output: Output,
    backend: &'a AnyBackend,
    lease: Lease,
}

impl<'a> Lent<'a> {
    /// Takes the lease, waiting for its holder as long as the terms say.
    pub(crate) async fn take(
        output: Output,
        backend: &'a AnyBackend,
        terms: &Terms,
    ) -> Result<Self, Failure> {
        let began = Instant::now();
        let mut waits = None;
        let lease = new(terms.command);
        loop {
            let lease = lease.renewed(Timestamp::now());
            let held =
                match waiting("asking for the stack's lease", backend.take_lease(&lease)).await {
                    Ok(()) => return Ok(Self { output, backend, lease }),
                    Err(BackendError::Leased(held)) if began.elapsed() < terms.lease_wait => held,
                    Err(error) => return Err(error.into()),
                };
            let left = terms.lease_wait.saturating_sub(began.elapsed());
            // Rounded up: whole seconds are what was asked for.
            let seconds = span(left + Duration::from_millis(999));
            let told = waits.get_or_insert_with(Wait::open);
            told.say(format!("{}; waiting up to {seconds}", who(&held)));
            tokio::select! {
                () = during(&*told, sleep(TRY_EVERY.min(left))) => {}
                () = interrupted() => return Err(Failure::Interrupted { steps: None }),
            }
        }
    }

    /// Works under the lease, renews it meanwhile, and gives it back, however the work ends.
    pub(crate) async fn during<T>(
        self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let done = tokio::select! {
            // The work comes first: what is done is done. It also minds being interrupted, for it knows what that means.
            biased;
            done = work => done,
            error = self.renew() => Err(Failure::LeaseLost(error)),
        };
        if let Err(error) = self.backend.release_lease(&self.lease.id).await {
            let after = span(Lease::LASTS);
            self.output.warn(&format!(
                "the lease was not given back, and runs out after {after}: {error}"
            ));
        }
        done
    }

    /// Renews until somebody else holds the lease. What else may fail, may work again next time.
    async fn renew(&self) -> BackendError {
        loop {
            sleep(RENEW_EVERY).await;
            let renewed = self.lease.renewed(Timestamp::now());
            if let Err(error @ BackendError::Leased(_)) = self.backend.take_lease(&renewed).await {
                return error;
            }
        }
    }
}

fn new(command: &str) -> Lease {
    let now = Timestamp::now();
    Lease {
        format: Lease::FORMAT,
        id: format!("{:x}-{:x}", now.as_nanosecond(), std::process::id()),
        holder: environment::user(),
        host: environment::host(),
        process: Some(ragctl_local::this_process()),
        command: command.to_owned(),
        taken_at: now,
        expires_at: now,
    }
}

/// Who holds a lease, in words.
pub(crate) fn who(lease: &Lease) -> String {
    let Lease { holder, host, command, .. } = lease;
    format!("{holder} on {host} is changing the stack (`{command}`)")
}
