//! Which tasks a service starts and stops in a phase.

use super::deployment::Rollout;
use super::service::{Life, Service};
use super::task::{Status, Task};
use crate::account::Here;
use crate::input::whole;
use crate::time::Time;

/// The bounds of a service's healthy and running tasks while it is being deployed.
fn bounds(service: &Service) -> (i64, i64) {
    let configuration = service.fields.get("deploymentConfiguration");
    let percent = |key, default| configuration.and_then(|it| whole(it, key)).unwrap_or(default);
    let least = (percent("minimumHealthyPercent", 100) * service.desired + 99) / 100;
    let most = percent("maximumPercent", 200) * service.desired / 100;
    (least, most)
}

/// Starts and stops tasks; whether it did.
pub(super) fn schedule(
    here: &mut Here<'_>,
    service: &mut Service,
    tasks: &mut Vec<Task>,
    at: Time,
) -> bool {
    let Some(primary) = service.primary().cloned() else { return false };
    let dead = service.life != Life::Active;
    let failed = primary.rollout == Rollout::Failed;
    let own = |task: &Task| task.service == service.arn && !task.stopping;
    let count = |fits: &dyn Fn(&Task) -> bool| {
        i64::try_from(tasks.iter().filter(|task| own(task) && fits(task)).count()).unwrap_or(0)
    };
    let mine = count(&|task| task.deployment == primary.id);
    let ready = count(&|task| task.ready);
    let all = count(&|_| true);
    let (least, most) = bounds(service);

    let wanted = if dead || failed { 0 } else { service.desired };
    let lacking = (wanted - mine).max(0);
    let room = (most - all).max(0);
    let waits = service.deployments.first_mut().is_some_and(|primary| {
        let waits = primary.wait > 0 && lacking > 0;
        primary.wait -= i64::from(waits);
        waits
    });
    let starts = if waits { 0 } else { lacking.min(room) };

    let mut stops = Vec::new();
    let surplus = (mine - wanted).max(0);
    // The newest go first, those that are not ready before those that are.
    let mut own_tasks: Vec<&Task> =
        tasks.iter().filter(|task| own(task) && task.deployment == primary.id).collect();
    own_tasks.sort_by_key(|task| (task.ready, std::cmp::Reverse(task.created)));
    let surplus = usize::try_from(surplus).unwrap_or(0);
    stops.extend(own_tasks.iter().take(surplus).map(|task| task.arn.clone()));
    let spared = if lacking > room { least } else { least.max(service.desired) };
    let mut spare = if dead { i64::MAX } else { (ready - spared).max(0) };
    for task in tasks.iter().filter(|task| own(task) && task.deployment != primary.id) {
        if failed && !dead {
            break;
        }
        if !task.ready {
            stops.push(task.arn.clone());
        } else if spare > 0 {
            spare -= 1;
            stops.push(task.arn.clone());
        }
    }
    stop(here, service, tasks, &stops, at);
    start(here, service, tasks, starts, at);
    starts > 0 || waits || !stops.is_empty()
}

fn stop(
    here: &mut Here<'_>,
    service: &mut Service,
    tasks: &mut [Task],
    stops: &[String],
    at: Time,
) {
    let mut names = Vec::new();
    for task in tasks.iter_mut().filter(|task| stops.contains(&task.arn)) {
        let reason = format!("Scaling activity initiated by (deployment {})", task.deployment);
        task.stop("ServiceSchedulerInitiated", reason, at);
        names.push(format!("(task {})", task.id));
    }
    if !names.is_empty() {
        let words = format!("has stopped {} running tasks: {}.", names.len(), names.join(" "));
        service.say(here.region.ids.uuid(), at, &words);
    }
}

fn start(here: &mut Here<'_>, service: &mut Service, tasks: &mut Vec<Task>, starts: i64, at: Time) {
    let Some(primary) = service.primary().cloned() else { return };
    let mut names = Vec::new();
    for _ in 0..starts {
        let n = service.started;
        let task = Task::start(here.region, service, &primary, n, at);
        service.started += 1;
        names.push(format!("(task {})", task.id));
        debug_assert!(task.last == Status::Provisioning, "tasks begin at the beginning");
        tasks.push(task);
    }
    if !names.is_empty() {
        let words = format!("has started {} tasks: {}.", names.len(), names.join(" "));
        service.say(here.region.ids.uuid(), at, &words);
    }
}
