//! How rollouts go: phase after phase, as far as the time since the last look allows.

use std::collections::BTreeMap;

use super::attempt;
use super::deployment::{Deployment, Rollout, Target};
use super::image::Fare;
use super::schedule;
use super::service::{Life, Service};
use super::task::{Status, Task};
use crate::account::Here;
use crate::input::{flag, set};
use crate::time::Time;

/// How many phases one look makes up for at the most.
const MOST: usize = 2000;

/// How many stopped tasks are remembered for each service.
const REMEMBERED: usize = 100;

/// Lets happen what should have happened by now.
pub(super) fn advance(here: &mut Here<'_>) {
    let mut services = std::mem::take(&mut here.region.ecs.services);
    let mut tasks = std::mem::take(&mut here.region.ecs.tasks);
    for service in services.iter_mut().filter(|service| !service.inactive()) {
        catch_up(here, service, &mut tasks);
    }
    here.region.ecs.services = services;
    here.region.ecs.tasks = tasks;
}

fn catch_up(here: &mut Here<'_>, service: &mut Service, tasks: &mut Vec<Task>) {
    let phase = here.pace.phase.max(std::time::Duration::from_micros(20));
    let mut ticks = 0;
    while service.next_tick <= here.now && !service.quiet {
        if ticks == MOST {
            service.next_tick = here.now;
            break;
        }
        let at = service.next_tick;
        tick(here, service, tasks, at);
        service.next_tick = at.plus(phase);
        ticks += 1;
    }
    if let Life::Draining(until) = service.life
        && until <= here.now
        && !tasks.iter().any(|task| task.service == service.arn && task.last != Status::Stopped)
    {
        service.life = Life::Inactive(here.now);
        service.deployments.clear();
    }
}

/// Passes one phase of one service.
pub(super) fn tick(here: &mut Here<'_>, service: &mut Service, tasks: &mut Vec<Task>, at: Time) {
    let mut notes = Notes::default();
    let arn = service.arn.clone();
    for task in tasks.iter_mut().filter(|task| task.service == arn) {
        let (before, sick) = (task.last, task.sick);
        let failure = task.pass(here, at);
        notes.changed |= before != task.last;
        notes.take(task, before, sick);
        if failure.is_some() {
            notes.changed = true;
            blame(service, task);
        }
    }
    notes.say(here, service, at);
    complain(here, service, at);
    break_circuit(here, service, at);
    let moved = schedule::schedule(here, service, tasks, at);
    let completed = complete(here, service, tasks, at);
    forget(service, tasks);
    service.quiet = !(notes.changed || moved || completed) && still(service, tasks);
}

/// Counts a failure against the deployment of its task.
fn blame(service: &mut Service, task: &Task) {
    if let Some(deployment) = service.deployments.iter_mut().find(|d| d.id == task.deployment) {
        if deployment.rollout == Rollout::InProgress {
            deployment.failed += 1;
        }
        deployment.wait = deployment.failed.min(10);
    }
}

/// What happened in a phase, for the service's events.
#[derive(Default)]
struct Notes {
    changed: bool,
    registered: BTreeMap<String, usize>,
    deregistered: BTreeMap<String, usize>,
    sick: Vec<(String, i64)>,
}

impl Notes {
    fn take(&mut self, task: &Task, before: Status, sick: bool) {
        for (arn, port) in &task.places {
            if before < Status::Running && task.last == Status::Running {
                *self.registered.entry(arn.clone()).or_default() += 1;
            }
            if before == Status::Running && task.last > Status::Running {
                *self.deregistered.entry(arn.clone()).or_default() += 1;
            }
            if !sick && task.sick && task.fare == Fare::Sick {
                self.changed = true;
                self.sick.push((arn.clone(), *port));
            }
        }
    }

    fn say(&self, here: &mut Here<'_>, service: &mut Service, at: Time) {
        let registered = self.registered.iter().map(|(arn, n)| ("registered", arn, n));
        let gone = self.deregistered.iter().map(|(arn, n)| ("deregistered", arn, n));
        for (verb, arn, n) in registered.chain(gone) {
            let words = format!("{verb} {n} targets in (target-group {arn})");
            service.say(here.region.ids.uuid(), at, &words);
        }
        for (arn, port) in &self.sick {
            let words = format!(
                "(port {port}) is unhealthy in (target-group {arn}) due to (reason Health checks \
                 failed with these codes: [503])."
            );
            service.say(here.region.ids.uuid(), at, &words);
        }
    }
}

/// Says, once a deployment has failed a few times, that it does.
fn complain(here: &mut Here<'_>, service: &mut Service, at: Time) {
    let words = "is unable to consistently start tasks successfully. For more information, see the \
                 Troubleshooting section.";
    let failing = service.primary().is_some_and(|primary| primary.failed >= 3);
    let said = service.primary().is_none_or(|primary| {
        let since = |event: &&(Time, String, String)| event.0 >= primary.created;
        service.events.iter().filter(since).any(|event| event.2.contains("unable to consistently"))
    });
    if failing && !said {
        service.say(here.region.ids.uuid(), at, words);
    }
}

/// How many failures trip the circuit breaker.
pub(super) fn threshold(desired: i64) -> i64 {
    ((desired + 1) / 2).clamp(3, 200)
}

/// A setting of the service's circuit breaker.
pub(super) fn breaker(service: &Service, setting: &str) -> bool {
    let configuration = service.fields.get("deploymentConfiguration");
    let breaker = configuration.and_then(|it| it.get("deploymentCircuitBreaker"));
    breaker.is_some_and(|breaker| flag(breaker, setting) == Some(true))
}

fn break_circuit(here: &mut Here<'_>, service: &mut Service, at: Time) {
    let limit = threshold(service.desired);
    let enabled = breaker(service, "enable");
    let Some(primary) = service.deployments.first_mut() else { return };
    if !enabled || primary.rollout != Rollout::InProgress || primary.failed < limit {
        return;
    }
    let reason = "ECS deployment circuit breaker: tasks failed to start.";
    primary.end(Rollout::Failed, reason.into(), at);
    let id = primary.id.clone();
    let words = format!("(deployment {id}) deployment failed: tasks failed to start.");
    service.say(here.region.ids.uuid(), at, &words);
    attempt::tripped(service, &id, at);
    if breaker(service, "rollback") {
        let prefix = "ECS deployment circuit breaker: rolling back to deploymentId";
        roll_back(here, service, at, prefix);
    }
}

/// Makes a new deployment of what last completed; false when nothing did.
pub(super) fn roll_back(
    here: &mut Here<'_>,
    service: &mut Service,
    at: Time,
    prefix: &str,
) -> bool {
    let Some((old, target)) = service.settled.clone() else { return false };
    let failed = service.primary().map(|primary| primary.id.clone()).unwrap_or_default();
    let words = format!("rolling back to deployment {old}.");
    service.say(here.region.ids.uuid(), at, &words);
    let id = begin(here, service, target, at);
    if let Some(primary) = service.deployments.first_mut() {
        primary.reason = format!("{prefix} {old}.");
    }
    attempt::rolls_back(service, &failed, &id, at);
    true
}

/// Puts a new primary deployment before the others; its id.
pub(super) fn begin(
    here: &mut Here<'_>,
    service: &mut Service,
    target: Target,
    at: Time,
) -> String {
    let id = format!("ecs-svc/{}", here.region.ids.digits(19));
    set(&mut service.fields, "taskDefinition", target.definition.clone());
    set(&mut service.fields, "networkConfiguration", target.network.clone());
    set(&mut service.fields, "loadBalancers", target.balancers.clone());
    service.deployments.insert(0, Deployment::new(id.clone(), target, at));
    service.wake(here.now, here.pace);
    id
}

/// Completes the primary deployment when all is as it should be.
pub(super) fn complete(
    here: &mut Here<'_>,
    service: &mut Service,
    tasks: &[Task],
    at: Time,
) -> bool {
    let desired = service.desired;
    let Some(primary) = service.deployments.first_mut() else { return false };
    let own = |task: &&Task| task.service == service.arn && task.last != Status::Stopped;
    let mut ready = 0;
    for task in tasks.iter().filter(own) {
        if task.deployment != primary.id || task.stopping || !task.ready {
            return false;
        }
        ready += 1;
    }
    if ready != desired || primary.rollout != Rollout::InProgress || service.life != Life::Active {
        return false;
    }
    let id = primary.id.clone();
    primary.end(Rollout::Completed, format!("ECS deployment {id} completed."), at);
    service.settled = Some((id.clone(), primary.target.clone()));
    service.deployments.truncate(1);
    attempt::completed(service, &id, at);
    service.say(here.region.ids.uuid(), at, &format!("(deployment {id}) deployment completed."));
    service.say(here.region.ids.uuid(), at, "has reached a steady state.");
    true
}

/// Whether nothing more will happen by itself.
fn still(service: &Service, tasks: &[Task]) -> bool {
    let own = tasks.iter().filter(|task| task.service == service.arn);
    let mut live = own.filter(|task| task.last != Status::Stopped);
    let settled = live.all(|task| !task.stopping && (task.ready || task.fare == Fare::Stuck));
    let waits = |primary: &Deployment| primary.wait > 0 && primary.rollout != Rollout::Failed;
    let waiting = service.primary().is_some_and(waits);
    settled && !waiting && service.active()
}

/// Forgets all but the last stopped tasks of a service, and what it said long ago.
fn forget(service: &mut Service, tasks: &mut Vec<Task>) {
    let stopped = |task: &Task| task.service == service.arn && task.last == Status::Stopped;
    let mut over = tasks.iter().filter(|task| stopped(task)).count().saturating_sub(REMEMBERED);
    tasks.retain(|task| {
        let goes = over > 0 && stopped(task);
        over -= usize::from(goes);
        !goes
    });
    let old = service.events.len().saturating_sub(REMEMBERED);
    service.events.drain(..old);
}
