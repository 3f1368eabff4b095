//! Changing a stack: what `deploy`, `destroy` and `strategy` have in common, from the lease to the last step.

mod consent;
mod interrupt;
mod lease;

pub(crate) use self::{consent::Consent, interrupt::interrupted, lease::Lent};

use std::time::{Duration, Instant};

use ragctl_local::Healed;
use ragctl_stacks::{
    apply::{Outcome, apply},
    backend::Backend,
    desired::Desired,
    live::Live,
    plan::{Plan, Summary, plan},
};
use serde::Serialize;

use crate::{
    backend::AnyBackend,
    failure::{Failure, StepsDone},
    output::progress::{Steps, during},
    session::{Project, Session},
};

/// What the stack shall be.
pub(crate) enum Wanted {
    /// These resources, planned now.
    Resources(Desired),
    /// What a plan says that was made before.
    Planned(Plan),
}

/// Under which terms a stack is changed.
pub(crate) struct Terms {
    /// The command, as others see it who wait for its end.
    pub(crate) command: &'static str,
    /// The command that does the rest when this one does not come to its end.
    pub(crate) again: &'static str,
    /// Who must agree.
    pub(crate) consent: Consent,
    /// How long to wait for whoever else is changing the stack.
    pub(crate) lease_wait: Duration,
}

/// What was carried out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carried {
    /// How many steps of each sort.
    pub(crate) summary: Summary,
    /// How long they took; none were needed when `None`.
    pub(crate) took: Option<Duration>,
}

/// The plan, as programs see it before it is carried out.
#[derive(Serialize)]
struct Planned<'a> {
    event: &'static str,
    plan: &'a Plan,
}

/// Takes the lease, plans, asks, and carries the plan out. Gives the lease back, however it ends.
pub(crate) async fn change(
    session: &Session,
    project: &Project,
    backend: &AnyBackend,
    wanted: Wanted,
    terms: &Terms,
) -> Result<Carried, Failure> {
    let lent = Lent::take(session.output, backend, terms).await?;
    lent.during(plan_and_carry_out(session, project, backend, wanted, terms)).await
}

async fn plan_and_carry_out(
    session: &Session,
    project: &Project,
    backend: &AnyBackend,
    wanted: Wanted,
    terms: &Terms,
) -> Result<Carried, Failure> {
    let output = session.output;
    if backend.heal().await? == Healed::Restarted {
        output.warn("the supervisor was gone; it was started again, and has taken over the tasks");
    }
    let (plan, live) = match wanted {
        Wanted::Resources(desired) => {
            let live = backend.live().await?;
            (plan(&desired.leaving_to_others(&live), &live)?, live)
        }
        Wanted::Planned(plan) => {
            let live = backend.live().await?;
            (plan, live)
        }
    };
    if output.is_json() {
        output.event(&Planned { event: "planned", plan: &plan })?;
    } else {
        output.note_value(&plan);
    }
    if plan.is_empty() {
        return Ok(Carried { summary: plan.summary(), took: None });
    }
    terms.consent.given(session, project, &plan, terms.command).await?;
    let began = Instant::now();
    carry_out(session, &plan, &live, backend, terms.again).await?;
    Ok(Carried { summary: plan.summary(), took: Some(began.elapsed()) })
}

/// Applies the plan, telling its steps. An interruption stops it at once: each step can be repeated, so nothing is lost.
async fn carry_out(
    session: &Session,
    plan: &Plan,
    live: &Live,
    backend: &AnyBackend,
    again: &'static str,
) -> Result<(), Failure> {
    let steps = Steps::on(session.output);
    let outcome = tokio::select! {
        biased;
        outcome = during(&steps, apply(plan, live, backend, &steps)) => Some(outcome?),
        () = interrupted() => None,
    };
    steps.end();
    match outcome {
        Some(outcome) => judged(outcome, again),
        None => {
            let (done, of) = (steps.done(), plan.steps.len());
            Err(Failure::Interrupted { steps: Some(StepsDone { done, of, again }) })
        }
    }
}

fn judged(outcome: Outcome, again: &'static str) -> Result<(), Failure> {
    if outcome.is_complete() {
        return Ok(());
    }
    let Outcome { done, failed, skipped } = outcome;
    Err(Failure::StepsFailed { failed, done: done.len(), skipped: skipped.len(), again })
}
