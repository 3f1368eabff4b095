//! What every backend must do: one suite, run by the tests of each backend's package.
//!
//! Each part panics, with what was expected, when the backend breaks the contract.

use std::sync::Mutex;

use jiff::{Timestamp, ToSpan};

use crate::{
    apply::apply,
    backend::{Backend, BackendError},
    desired::Desired,
    event::Event,
    lease::Lease,
    plan::{Plan, plan},
};

/// Brings the backend to `desired` and tells the plan and the events.
async fn converge<B: Backend>(backend: &B, desired: &Desired) -> (Plan, Vec<Event>) {
    let live = backend.live().await.expect("a backend can be read");
    let plan = plan(desired, &live).expect("the wanted resources can be planned");
    let events = Mutex::new(Vec::new());
    let tell = |event: Event| events.lock().expect("no test panics while telling").push(event);
    let outcome = apply(&plan, &live, backend, &tell).await.expect("the plan is fresh");
    assert!(outcome.is_complete(), "every step is carried out: {:?}", outcome.failed);
    (plan, events.into_inner().expect("no test panics while telling"))
}

/// A whole life: made, found unchanged, changed, and removed without a trace.
///
/// # Panics
///
/// When the backend breaks the contract.
pub async fn a_stack_lives_and_dies<B: Backend>(backend: &B, first: &Desired, second: &Desired) {
    let (made, events) = converge(backend, first).await;
    assert!(!made.is_empty(), "a stack that is not there needs steps");
    for step in &made.steps {
        let told = |wanted: &dyn Fn(&Event) -> bool| events.iter().any(wanted);
        assert!(told(
            &|e| matches!(e, Event::StepStarted { address, .. } if *address == step.address)
        ));
        assert!(told(
            &|e| matches!(e, Event::StepFinished { address, .. } if *address == step.address)
        ));
    }
    assert_eq!(
        converge(backend, first).await.0.steps,
        [],
        "what was made is found as it was wanted"
    );
    assert!(!converge(backend, second).await.0.is_empty(), "a change of the file needs steps");
    assert_eq!(
        converge(backend, second).await.0.steps,
        [],
        "what was changed is found as it was wanted"
    );
    let nothing = Desired::nothing(first.scope.clone());
    converge(backend, &nothing).await;
    assert!(backend.live().await.expect("a backend can be read").is_empty(), "nothing is left");
    assert_eq!(converge(backend, &nothing).await.0.steps, [], "removing again changes nothing");
}

/// Every step can be carried out twice in a row with the same end.
///
/// # Panics
///
/// When the backend breaks the contract.
pub async fn a_step_can_be_repeated<B: Backend>(backend: &B, desired: &Desired) {
    for wanted in [desired.clone(), Desired::nothing(desired.scope.clone())] {
        let live = backend.live().await.expect("a backend can be read");
        let plan = plan(&wanted, &live).expect("the wanted resources can be planned");
        for step in &plan.steps {
            for _ in 0..2 {
                backend.perform(step, &|_: Event| {}).await.expect("a step can be repeated");
            }
        }
        assert_eq!(
            converge(backend, &wanted).await.0.steps,
            [],
            "steps done twice end in the same place"
        );
    }
}

/// One holder at a time; its own renewal passes; what has run out is taken over.
///
/// # Panics
///
/// When the backend breaks the contract.
pub async fn a_lease_has_one_holder<B: Backend>(backend: &B) {
    let now = Timestamp::UNIX_EPOCH + 50_000.hours();
    let lease = |id: &str, at: Timestamp| Lease {
        format: Lease::FORMAT,
        id: id.to_owned(),
        holder: "someone".to_owned(),
        host: "here".to_owned(),
        process: None,
        command: "ragctl deploy".to_owned(),
        taken_at: at,
        expires_at: at + Lease::LASTS,
    };
    let ours = lease("ours", now);
    backend.take_lease(&ours).await.expect("a free lease can be taken");
    assert_eq!(backend.lease().await.expect("a lease can be read"), Some(ours.clone()));
    let refused = backend.take_lease(&lease("theirs", now + 1.second())).await;
    assert!(
        matches!(refused, Err(BackendError::Leased(held)) if *held == ours),
        "it names the holder"
    );
    let renewed = ours.renewed(now + 30.seconds());
    backend.take_lease(&renewed).await.expect("a holder can renew");
    let late = lease("theirs", renewed.expires_at);
    backend.take_lease(&late).await.expect("what has run out is taken over");
    backend.release_lease("ours").await.expect("giving back what is gone does nothing");
    assert_eq!(backend.lease().await.expect("a lease can be read"), Some(late));
    backend.release_lease("theirs").await.expect("a holder can give it back");
    assert_eq!(backend.lease().await.expect("a lease can be read"), None);
}
