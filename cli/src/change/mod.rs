//! Changing a stack: what `deploy`, `destroy` and `strategy` have in common, from the lease to the last step.

mod consent;
mod interrupt;
mod lease;
mod stop;

pub(crate) use self::{
    consent::Consent,
    interrupt::{interrupted, unless_interrupted},
    lease::Lent,
};

use std::{
    collections::BTreeMap,
    future::Future,
    time::{Duration, Instant},
};

use ragctl_local::Healed;
use ragctl_stacks::{
    address::Address,
    apply::{Outcome, apply},
    backend::{Backend, BackendError},
    desired::Desired,
    live::Live,
    outlook::OutlookChange,
    plan::{Plan, Summary, plan},
};
use serde::Serialize;

use self::{interrupt::Interruptions, stop::Left};
use crate::{
    backend::AnyBackend,
    facts,
    failure::{Failure, StepsDone},
    output::{
        Output,
        human::plan::Shown,
        progress::{Steps, during, waiting},
    },
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
    /// Whether a stack that sleeps is woken first.
    pub(crate) wake: bool,
}

/// What was carried out.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    /// How many steps of each sort.
    pub(crate) summary: Summary,
    /// How long they took; none were needed when `None`.
    pub(crate) took: Option<Duration>,
    /// What only time can do, and what it waits for.
    pub(crate) postponed: BTreeMap<Address, String>,
}

/// The plan, as programs see it before it is carried out.
#[derive(Serialize)]
struct Planned<'a> {
    event: &'static str,
    plan: &'a Plan,
    outlook: Option<OutlookChange>,
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
    let mut interruptions = Interruptions::new();
    if terms.wake {
        woken(output, backend).await?;
    }
    let planned = planned(output, backend, wanted);
    let (plan, live) = or_interrupted(planned, &mut interruptions).await?;
    let outlook = facts::in_passing(project, output).change(&plan, &live);
    if output.is_json() {
        output.event(&Planned { event: "planned", plan: &plan, outlook })?;
    } else {
        output.note_value(&Shown { plan: &plan, outlook });
    }
    Shown { plan: &plan, outlook }.warn_of(project.stack.budget.monthly, output);
    if plan.is_empty() {
        return Ok(Carried { summary: plan.summary(), took: None, postponed: BTreeMap::new() });
    }
    output.warnings(&project.warnings);
    let consent = terms.consent.given(session, project, &plan, terms.command);
    or_interrupted(consent, &mut interruptions).await?;
    let began = Instant::now();
    let carried = carry_out(output, &plan, &live, backend, terms.again, &mut interruptions);
    let postponed = carried.await?;
    Ok(Carried { summary: plan.summary(), took: Some(began.elapsed()), postponed })
}

/// Wakes it, so that a new revision is tried at once; one that never sleeps, or is not there yet, is awake.
async fn woken(output: Output, backend: &AnyBackend) -> Result<(), Failure> {
    match backend.wake().await {
        Ok(true) => output.note("it slept, and is woken"),
        Ok(false) | Err(BackendError::NeverSleeps) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn planned(
    output: Output,
    backend: &AnyBackend,
    wanted: Wanted,
) -> Result<(Plan, Live), Failure> {
    if backend.heal().await? == Healed::Restarted {
        output.warn("the supervisor was gone; it was started again, and has taken over the tasks");
    }
    let live = waiting("reading what exists", backend.live()).await?;
    let plan = match wanted {
        Wanted::Resources(desired) => plan(&desired.leaving_to_others(&live), &live)?,
        Wanted::Planned(plan) => plan,
    };
    Ok((plan, live))
}

/// What comes of `work`, or the failure of having been interrupted before anything was changed.
async fn or_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
    interruptions: &mut Interruptions,
) -> Result<T, Failure> {
    tokio::select! {
        biased;
        done = work => done,
        _ = interruptions.next() => Err(Failure::Interrupted { steps: None }),
    }
}

/// Applies the plan, telling its steps; what is left for later. An interruption stops it at once: each step can be repeated, so nothing is lost.
/// On a rollout on AWS, whoever is there is asked first.
async fn carry_out(
    output: Output,
    plan: &Plan,
    live: &Live,
    backend: &AnyBackend,
    again: &'static str,
    interruptions: &mut Interruptions,
) -> Result<BTreeMap<Address, String>, Failure> {
    let steps = Steps::on(output);
    let outcome = tokio::select! {
        biased;
        outcome = during(&steps, apply(plan, live, backend, &steps)) => Ok(outcome?),
        left = stop::left(plan, backend, output, &steps, interruptions) => Err(left),
    };
    steps.end();
    let left = StepsDone { done: steps.done(), of: plan.steps.len(), again };
    match outcome {
        Ok(outcome) => judged(outcome, again),
        Err(Left::AtOnce) => Err(Failure::Interrupted { steps: Some(left) }),
        Err(Left::Running) => Err(Failure::LeftRunning(left)),
    }
}

fn judged(outcome: Outcome, again: &'static str) -> Result<BTreeMap<Address, String>, Failure> {
    let is_complete = outcome.is_complete();
    let Outcome { done, failed, skipped, postponed } = outcome;
    if is_complete {
        return Ok(postponed);
    }
    let skipped = skipped.len() + postponed.len();
    Err(Failure::StepsFailed { failed, done: done.len(), skipped, again })
}
