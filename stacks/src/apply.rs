//! A plan carried out. Decides nothing: where a step needs a choice, the planner has made it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::{
    address::Address,
    backend::{Backend, BackendError},
    event::{Event, Events},
    live::Live,
    plan::{Plan, Step},
};

/// How many steps are under way at once. Ours: more than a stack ever has side by side.
const STEPS_AT_ONCE: usize = 16;

/// How a plan ended.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Steps that are done, in the order in which they ended.
    pub done: Vec<Address>,
    /// Steps that failed, with the reason.
    pub failed: Vec<Failed>,
    /// Steps that were not tried, and the failed step that they needed.
    pub skipped: BTreeMap<Address, Address>,
    /// Steps that a later run does, and what they wait for. Nothing is wrong with them.
    pub postponed: BTreeMap<Address, String>,
}

/// A step that failed.
#[derive(Debug, thiserror::Error)]
#[error("could not {} `{}`", .step.action.verb(), .step.address)]
pub struct Failed {
    /// The step.
    pub step: Step,
    /// Why.
    pub source: BackendError,
}

impl Outcome {
    /// Whether every step is done, but for those that only time can do.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.failed.is_empty()
    }
}

/// Why nothing was attempted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ApplyError {
    /// Something changed between planning and applying.
    #[error("the plan is out of date: `{0}` has changed since")]
    Stale(Address),
}

/// Carries out `plan`: steps that do not need each other run side by side; after a failure, steps that need the failed
/// one are skipped and the others go on.
///
/// What only time can do is postponed, with what waits for it. Running again continues.
///
/// # Errors
///
/// [`ApplyError::Stale`] when `live` is not what the plan was made from; nothing was attempted then.
pub async fn apply<B: Backend>(
    plan: &Plan,
    live: &Live,
    backend: &B,
    events: &dyn Events,
) -> Result<Outcome, ApplyError> {
    if let Some(address) = plan.stale_at(live) {
        return Err(ApplyError::Stale(address));
    }
    let mut outcome = Outcome::default();
    let mut waiting: BTreeMap<&Address, &Step> =
        plan.steps.iter().map(|step| (&step.address, step)).collect();
    let mut done: BTreeSet<Address> = BTreeSet::new();
    let mut running = FuturesUnordered::new();
    loop {
        let free: Vec<&Step> = waiting
            .values()
            .filter(|step| step.after.is_subset(&done))
            .take(STEPS_AT_ONCE - running.len())
            .copied()
            .collect();
        for step in free {
            waiting.remove(&step.address);
            running.push(perform(step, backend, events));
        }
        match running.next().await {
            None => break,
            Some((step, Ok(()))) => {
                done.insert(step.address.clone());
                outcome.done.push(step.address.clone());
            }
            Some((step, Err(BackendError::Postponed { reason }))) => {
                postpone_what_needs(&step.address, &mut waiting, &mut outcome, events);
                outcome.postponed.insert(step.address.clone(), reason);
            }
            Some((step, Err(source))) => {
                skip_what_needs(&step.address, &mut waiting, &mut outcome, events);
                outcome.failed.push(Failed { step: step.clone(), source });
            }
        }
    }
    Ok(outcome)
}

async fn perform<'a, B: Backend>(
    step: &'a Step,
    backend: &B,
    events: &dyn Events,
) -> (&'a Step, Result<(), BackendError>) {
    let (address, verb) = (step.address.clone(), step.action.verb());
    events.tell(Event::StepStarted { address: address.clone(), verb });
    let result = backend.perform(step, events).await;
    events.tell(match &result {
        Ok(()) => Event::StepFinished { address, verb },
        Err(BackendError::Postponed { reason }) => {
            Event::StepPostponed { address, verb, reason: reason.clone() }
        }
        Err(error) => Event::StepFailed { address, verb, reason: chain(error) },
    });
    (step, result)
}

/// Takes out the steps that need one that was not done, and those that need them.
fn take_what_needs<'a>(
    left: &Address,
    waiting: &mut BTreeMap<&'a Address, &'a Step>,
) -> Vec<&'a Step> {
    let mut lost = BTreeSet::from([left.clone()]);
    let mut taken = Vec::new();
    while let Some(step) = waiting.values().find(|step| !step.after.is_disjoint(&lost)).copied() {
        waiting.remove(&step.address);
        lost.insert(step.address.clone());
        taken.push(step);
    }
    taken
}

fn skip_what_needs<'a>(
    failed: &Address,
    waiting: &mut BTreeMap<&'a Address, &'a Step>,
    outcome: &mut Outcome,
    events: &dyn Events,
) {
    for step in take_what_needs(failed, waiting) {
        let (address, verb) = (step.address.clone(), step.action.verb());
        outcome.skipped.insert(address.clone(), failed.clone());
        events.tell(Event::StepSkipped { address, verb, because: failed.clone() });
    }
}

fn postpone_what_needs<'a>(
    postponed: &Address,
    waiting: &mut BTreeMap<&'a Address, &'a Step>,
    outcome: &mut Outcome,
    events: &dyn Events,
) {
    for step in take_what_needs(postponed, waiting) {
        let (address, verb) = (step.address.clone(), step.action.verb());
        let reason = format!("`{postponed}` needs it until then");
        outcome.postponed.insert(address.clone(), reason.clone());
        events.tell(Event::StepPostponed { address, verb, reason });
    }
}

/// An error and its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}
