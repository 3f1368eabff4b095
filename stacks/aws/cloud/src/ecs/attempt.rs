//! Service deployments, ECS's other record of rollouts: one for each change, with its rollback.

use serde_json::{Value, json};

use super::deployment::{Rollout, Target};
use super::names::known_cluster;
use super::rollout::{self, breaker, threshold};
use super::service::{Service, position};
use crate::account::{Here, Region};
use crate::input::{need, text, texts};
use crate::refusal::{Refusal, Reply};
use crate::time::Time;

/// One change of a service, from its start to its end.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    arn: String,
    deployment: String,
    target: Target,
    source: Option<Target>,
    created: Time,
    finished: Option<Time>,
    status: &'static str,
    reason: Option<String>,
    tripped: bool,
    /// When it began to roll back, and by which deployment.
    rollback: Option<(Time, String)>,
}

/// Records that a deployment began; what was going on stops.
pub(super) fn began(region: &mut Region, service: &mut Service, at: Time) {
    for attempt in service.attempts.iter_mut().filter(|each| each.finished.is_none()) {
        attempt.status = "STOPPED";
        attempt.reason = Some("The deployment was replaced by a newer one.".into());
        attempt.finished = Some(at);
    }
    let Some(primary) = service.primary() else { return };
    let place = format!("{}/{}", service.cluster, service.name);
    let id = region.ids.letters(22);
    let attempt = Attempt {
        arn: region.arn("ecs", &format!("service-deployment/{place}/{id}")),
        deployment: primary.id.clone(),
        target: primary.target.clone(),
        source: service.settled.as_ref().map(|(_, target)| target.clone()),
        created: at,
        finished: None,
        status: "IN_PROGRESS",
        reason: None,
        tripped: false,
        rollback: None,
    };
    service.attempts.push(attempt);
}

fn of<'a>(service: &'a mut Service, deployment: &str) -> Option<&'a mut Attempt> {
    service.attempts.iter_mut().rev().find(|each| {
        each.deployment == deployment
            || each.rollback.as_ref().is_some_and(|(_, back)| back == deployment)
    })
}

/// Records that a deployment completed.
pub(super) fn completed(service: &mut Service, deployment: &str, at: Time) {
    if let Some(attempt) = of(service, deployment) {
        let back = attempt.rollback.is_some();
        attempt.status = if back { "ROLLBACK_SUCCESSFUL" } else { "SUCCESSFUL" };
        attempt.finished = Some(at);
    }
}

/// Records that the circuit breaker tripped.
pub(super) fn tripped(service: &mut Service, deployment: &str, at: Time) {
    if let Some(attempt) = of(service, deployment) {
        attempt.tripped = true;
        let back = attempt.rollback.is_some();
        attempt.status = if back { "ROLLBACK_FAILED" } else { "STOPPED" };
        attempt.reason = Some("Service deployment failed: circuit breaker triggered.".into());
        attempt.finished = Some(at);
    }
}

/// Records that a deployment is rolled back by another.
pub(super) fn rolls_back(service: &mut Service, failed: &str, by: &str, at: Time) {
    if let Some(attempt) = of(service, failed) {
        attempt.status = "ROLLBACK_IN_PROGRESS";
        attempt.finished = None;
        attempt.rollback = Some((at, by.to_owned()));
        attempt.reason = Some("Service deployment rolled back because of the failure.".into());
    }
}

/// The ARN of the revision of a service that a target makes.
fn revision(service: &Service, target: &Target) -> String {
    let sum = target.definition.bytes().fold(7_u64, |s, b| s.wrapping_mul(131) + u64::from(b));
    let arn = service.arn.replace(":service/", ":service-revision/");
    format!("{arn}/{}", sum % 10_000_000_000 + 10_000_000_000)
}

fn shown(service: &Service, attempt: &Attempt) -> Value {
    let failed = service.deployments.iter().find(|each| each.id == attempt.deployment);
    let failures = failed.map_or(0, |deployment| deployment.failed);
    let breaker_status = match (breaker(service, "enable"), attempt.tripped, attempt.finished) {
        (false, ..) => "DISABLED",
        (_, true, _) => "TRIGGERED",
        (_, _, Some(_)) => "MONITORING_COMPLETE",
        _ => "MONITORING",
    };
    let back = attempt.rollback.as_ref().zip(attempt.source.as_ref()).map(|((at, _), source)| {
        json!({"startedAt": at.seconds(), "serviceRevisionArn": revision(service, source),
               "reason": attempt.reason})
    });
    let source = attempt.source.as_ref().map(|source| json!({"arn": revision(service, source)}));
    json!({
        "serviceDeploymentArn": attempt.arn, "serviceArn": service.arn,
        "clusterArn": service.fields["clusterArn"],
        "createdAt": attempt.created.seconds(), "startedAt": attempt.created.seconds(),
        "finishedAt": attempt.finished.map(Time::seconds),
        "updatedAt": attempt.finished.unwrap_or(attempt.created).seconds(),
        "status": attempt.status, "statusReason": attempt.reason,
        "sourceServiceRevisions": source.into_iter().collect::<Vec<_>>(),
        "targetServiceRevision": {"arn": revision(service, &attempt.target),
            "requestedTaskCount": service.desired},
        "deploymentConfiguration": service.fields["deploymentConfiguration"],
        "rollback": back,
        "deploymentCircuitBreaker": {"status": breaker_status, "failureCount": failures,
            "threshold": threshold(service.desired)},
    })
}

/// The ARN of what a service is at, for `DescribeServices`.
pub(super) fn current(service: &Service) -> Option<&str> {
    service.attempts.last().filter(|each| each.finished.is_none()).map(|each| each.arn.as_str())
}

pub(super) fn list(region: &Region, input: &Value) -> Reply {
    let cluster = known_cluster(region, input)?;
    let at = position(region, cluster, need(input, "service")?);
    let service = at.and_then(|at| region.ecs.services.get(at));
    let service =
        service.ok_or_else(|| Refusal::new("ServiceNotFoundException", "Service not found."))?;
    let statuses = texts(input, "status");
    let fits = |each: &&Attempt| statuses.is_empty() || statuses.iter().any(|s| s == each.status);
    let brief = |each: &Attempt| {
        crate::input::keep(
            &shown(service, each),
            &[
                "serviceDeploymentArn",
                "serviceArn",
                "clusterArn",
                "createdAt",
                "startedAt",
                "finishedAt",
                "status",
                "statusReason",
            ],
        )
    };
    let all: Value = service.attempts.iter().rev().filter(fits).map(brief).collect();
    Ok(json!({"serviceDeployments": all}))
}

/// The service and the place among its attempts that an ARN names.
fn find(region: &Region, arn: &str) -> Option<(usize, usize)> {
    region.ecs.services.iter().enumerate().find_map(|(n, service)| {
        let at = service.attempts.iter().position(|each| each.arn == arn)?;
        Some((n, at))
    })
}

pub(super) fn describe(region: &Region, input: &Value) -> Value {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in texts(input, "serviceDeploymentArns") {
        let place = find(region, &arn).and_then(|(n, at)| {
            let service = region.ecs.services.get(n)?;
            Some(shown(service, service.attempts.get(at)?))
        });
        match place {
            Some(shown) => found.push(shown),
            None => failures.push(json!({"arn": arn, "reason": "MISSING"})),
        }
    }
    json!({"serviceDeployments": found, "failures": failures})
}

pub(super) fn stop(here: &mut Here<'_>, input: &Value) -> Reply {
    let missing =
        || Refusal::new("ServiceDeploymentNotFoundException", "Service deployment not found.");
    let arn = need(input, "serviceDeploymentArn")?;
    let (n, at) = find(here.region, arn).ok_or_else(missing)?;
    let mut service = here.region.ecs.services.get(n).cloned().ok_or_else(missing)?;
    let attempt = service.attempts.get_mut(at).ok_or_else(missing)?;
    if attempt.finished.is_some() || attempt.rollback.is_some() {
        let message = "The service deployment cannot be stopped in its current state.";
        return Err(Refusal::new("ConflictException", message));
    }
    attempt.status = "STOPPED";
    attempt.reason = Some("The deployment was stopped by a user.".into());
    attempt.finished = Some(here.now);
    if let Some(primary) = service.deployments.first_mut() {
        let reason = "ECS deployment was stopped by a user request.";
        primary.end(Rollout::Failed, reason.into(), here.now);
    }
    if text(input, "stopType") != Some("ABORT") {
        let prefix = "ECS deployment stopped by a user request: rolling back to deploymentId";
        rollout::roll_back(here, &mut service, here.now, prefix);
    }
    service.wake(here.now, here.pace);
    if let Some(place) = here.region.ecs.services.get_mut(n) {
        *place = service;
    }
    Ok(json!({"serviceDeploymentArn": arn}))
}
