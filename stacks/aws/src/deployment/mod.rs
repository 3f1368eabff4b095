//! A rollout, followed to its end: by its id, with what its tasks did and why they stopped.
//!
//! Success is said only when ECS has completed *this* deployment. When it fails, ECS rolls back if it can, and ragctl does
//! where ECS does not; what is known of the failure is kept before tasks and logs are gone.

mod evidence;
mod look;
mod rollback;
mod stopped;
mod verdict;

pub(crate) use self::{evidence::Evidence, rollback::stop};

use std::{collections::BTreeSet, time::Duration};

use ragctl_image::Archives;
use ragctl_stacks::{
    address::Address,
    backend::{BackendError, Reply},
    event::{Event, Events, RolloutCounts},
    resource::{Digest, Service},
};
use tokio::time::{Instant, sleep};

use self::{
    look::Look,
    stopped::StoppedTask,
    verdict::{Verdict, judge},
};
use crate::{aws::Aws, image::Push, options::Gate};

/// The first pause between two looks.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest: tasks of Fargate take many seconds for anything.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// How long a rollback by ECS is watched.
const ROLLBACK_LIMIT: Duration = Duration::from_secs(900);

/// A rollout to follow.
#[derive(Clone, Debug)]
pub(crate) struct Rollout {
    /// The service.
    pub(crate) address: Address,
    /// What it should be.
    pub(crate) service: Service,
    /// ECS's id of the deployment.
    pub(crate) deployment: String,
    /// The task definition that its tasks run.
    pub(crate) definition: String,
    /// The task definition before, if there was one.
    pub(crate) previous: Option<String>,
    /// What makes it complete.
    pub(crate) gate: Gate,
}

/// How rollouts are watched.
pub(crate) struct Watch<'a> {
    /// What makes one complete.
    pub(crate) gate: Gate,
    /// Where what is known of a failed one is kept.
    pub(crate) evidence: &'a Evidence,
    /// What becomes of the image that was built.
    pub(crate) push: Push<'a>,
    /// Where the archives are that were made.
    pub(crate) archives: Option<&'a Archives>,
    /// Who is told how it goes.
    pub(crate) events: &'a dyn Events,
}

/// What has been told already.
#[derive(Debug, Default)]
struct Told {
    counts: Option<RolloutCounts>,
    events: BTreeSet<String>,
    stopped: BTreeSet<String>,
    reasons: BTreeSet<String>,
}

/// Follows the rollout to its end.
pub(crate) async fn follow(aws: &Aws, rollout: &Rollout, watch: &Watch<'_>) -> Reply<()> {
    let events = watch.events;
    let (began, mut pause) = (Instant::now(), FIRST_PAUSE);
    let mut told = Told::default();
    loop {
        let look = look::take(aws, rollout).await?;
        tell(aws, rollout, &look, &mut told, events).await;
        let is_late = began.elapsed() >= rollout.service.timeout;
        match judge(&look, rollout, is_late) {
            Verdict::Completed => return Ok(()),
            Verdict::Going => {}
            Verdict::Failed(why) => return fail(aws, rollout, &look, why, watch).await,
        }
        let left = rollout.service.timeout.saturating_sub(began.elapsed());
        sleep(pause.min(left.max(FIRST_PAUSE))).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}

/// Tells what is new since the last look.
async fn tell(aws: &Aws, rollout: &Rollout, look: &Look, told: &mut Told, events: &dyn Events) {
    if told.counts != Some(look.counts) {
        told.counts = Some(look.counts);
        events.tell(Event::Rollout {
            address: rollout.address.clone(),
            revision: rollout.service.revision.clone(),
            counts: look.counts,
        });
    }
    for (id, message) in &look.events {
        if told.events.insert(id.clone()) && worth_telling(message) {
            let note = message.clone();
            events.tell(Event::StepNoted { address: rollout.address.clone(), note });
        }
    }
    for task in &look.stopped {
        if !told.stopped.insert(task.id.clone()) {
            continue;
        }
        // The log of the first task of each reason is enough: the others say the same.
        let is_new = told.reasons.insert(task.why());
        let log = if is_new { stopped::log(aws, task).await } else { Vec::new() };
        events.tell(Event::TaskStopped {
            address: rollout.address.clone(),
            task: task.id.clone(),
            reason: task.why(),
            exit_code: task.exit_code(),
            log,
        });
    }
}

/// What the counts do not say already.
fn worth_telling(message: &str) -> bool {
    let said = [
        "has started",
        "registered",
        "deregistered",
        "has stopped",
        "steady state",
        "deployment completed",
        "has begun draining",
    ];
    !said.iter().any(|it| message.contains(it))
}

/// Keeps the evidence, sees that the old revision serves again, and says why.
async fn fail(
    aws: &Aws,
    rollout: &Rollout,
    look: &Look,
    why: String,
    watch: &Watch<'_>,
) -> Reply<()> {
    let log = match look.stopped.first() {
        Some(task) => stopped::log(aws, task).await,
        None => stopped::log_of_running(aws, rollout).await,
    };
    let reason = reason(&why, &look.stopped);
    let kept = watch.evidence.keep(aws, rollout, look, &reason, &log).await;
    let back_to = rollback::after_failure(aws, rollout, look, watch.events).await?;
    Err(BackendError::RolledBack {
        revision: rollout.service.revision.clone(),
        reason,
        back_to,
        log,
        evidence: kept.map(Box::new),
    })
}

/// Why, with what the tasks said: the same reasons together.
fn reason(why: &str, stopped: &[StoppedTask]) -> String {
    let groups = stopped::grouped(stopped);
    if groups.is_empty() {
        return why.to_owned();
    }
    format!("{why}: {}", groups.join("; "))
}

/// The revision that serves: its digest, where it is one of ours.
pub(crate) type BackTo = Option<Digest>;
