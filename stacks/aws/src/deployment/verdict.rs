//! Whether a rollout goes on, has come to its end, or has failed. Pure: a look goes in, a verdict comes out.

use ragctl_stacks::seconds;

use super::{
    Rollout,
    look::{Look, RolloutState},
};
use crate::options::Gate;

/// How a rollout stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on.
    Going,
    /// It has come to its good end.
    Completed,
    /// It has failed, and why.
    Failed(String),
}

/// Judges a look.
///
/// ECS's own breaker counts to half of the tasks, three at least, and has the first word. Where it says nothing after
/// twice as many failures, it is not going to.
pub(crate) fn judge(look: &Look, rollout: &Rollout, is_late: bool) -> Verdict {
    let Some(ours) = &look.ours else { return Verdict::Failed(taken_over(look, rollout)) };
    let is_primary = look.primary.as_ref().is_some_and(|it| it.id == ours.id);
    match ours.state {
        RolloutState::Failed => return Verdict::Failed(ours.reason.clone()),
        RolloutState::Completed if is_primary => return Verdict::Completed,
        RolloutState::Completed | RolloutState::InProgress => {}
    }
    if !is_primary {
        return Verdict::Failed(taken_over(look, rollout));
    }
    if rollout.gate == Gate::Settled && has_settled(look) {
        return Verdict::Completed;
    }
    if is_late {
        let limit = seconds::text(rollout.service.timeout);
        let counts = look.counts;
        return Verdict::Failed(format!(
            "not done after {limit}: {} of {} tasks run, {} healthy",
            counts.running, counts.wanted, counts.healthy
        ));
    }
    let patience = look.counts.wanted.div_ceil(2).clamp(3, 200) * 2;
    if rollout.service.circuit_breaker && look.counts.failed >= patience {
        return Verdict::Failed(format!("{} of its tasks have failed", look.counts.failed));
    }
    Verdict::Going
}

/// Why another deployment is the one that the service goes by, as far as it can be told: ECS's breaker says so only while
/// it rolls back.
fn taken_over(look: &Look, rollout: &Rollout) -> String {
    let Some(primary) = &look.primary else { return "the service has no deployment".to_owned() };
    let is_breaker =
        ["circuit breaker", "rolling back"].iter().any(|it| primary.reason.contains(it));
    if is_breaker {
        return primary.reason.clone();
    }
    if rollout.previous.as_ref() == Some(&primary.task_definition) {
        return "ECS has rolled it back".to_owned();
    }
    "another deployment has taken its place".to_owned()
}

/// All tasks of the new revision run and are healthy, and no other runs.
fn has_settled(look: &Look) -> bool {
    let counts = look.counts;
    counts.running >= counts.wanted && counts.healthy >= counts.wanted && counts.old == 0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ragctl_stacks::{
        address::{Address, Kind, Name},
        event::RolloutCounts,
        resource::{Digest, Service},
    };

    use super::super::look::Ours;
    use super::*;

    fn rollout(gate: Gate) -> Rollout {
        Rollout {
            address: Address::app(Kind::Service),
            service: Service {
                name: Name::app(),
                task_definition: Address::app(Kind::TaskDefinition),
                revision: Digest::of(&"new"),
                target_group: Address::app(Kind::TargetGroup),
                minimum_healthy_percent: 100,
                maximum_percent: 200,
                circuit_breaker: true,
                health_check_grace_period: Duration::ZERO,
                timeout: Duration::from_secs(600),
                behind: Address::of(Kind::Listener, "http"),
                fargate: None,
            },
            deployment: "ecs-svc/2".to_owned(),
            definition: "handbook:2".to_owned(),
            previous: Some("handbook:1".to_owned()),
            gate,
        }
    }

    fn deployment(id: &str, state: RolloutState, reason: &str) -> Ours {
        Ours {
            id: id.to_owned(),
            task_definition: "handbook:2".to_owned(),
            state,
            reason: reason.to_owned(),
        }
    }

    fn look(ours: Option<Ours>, primary: Option<Ours>, failed: u32) -> Look {
        let counts = RolloutCounts { wanted: 1, running: 1, healthy: 1, failed, old: 0 };
        Look { counts, ours, primary, ..Look::default() }
    }

    fn ours(state: RolloutState) -> Option<Ours> {
        Some(deployment(
            "ecs-svc/2",
            state,
            "ECS deployment circuit breaker: tasks failed to start.",
        ))
    }

    #[test]
    fn only_our_deployment_primary_and_completed_is_success() {
        let completed = ours(RolloutState::Completed);
        let rollout = rollout(Gate::Completed);
        assert_eq!(
            judge(&look(completed.clone(), completed.clone(), 0), &rollout, false),
            Verdict::Completed
        );
        let other = Some(deployment("ecs-svc/3", RolloutState::Completed, "rolling back"));
        let failed = Verdict::Failed("rolling back".to_owned());
        assert_eq!(judge(&look(completed, other.clone(), 0), &rollout, false), failed);
        assert_eq!(judge(&look(None, other, 0), &rollout, false), failed);
    }

    #[test]
    fn tasks_that_run_are_no_success_until_ecs_says_so() {
        let going = ours(RolloutState::InProgress);
        let seen = look(going.clone(), going, 0);
        assert_eq!(judge(&seen, &rollout(Gate::Completed), false), Verdict::Going);
        assert_eq!(judge(&seen, &rollout(Gate::Settled), false), Verdict::Completed);
    }

    #[test]
    fn a_failed_deployment_says_why() {
        let failed = ours(RolloutState::Failed);
        let verdict = judge(&look(failed.clone(), failed, 3), &rollout(Gate::Completed), false);
        assert_eq!(
            verdict,
            Verdict::Failed("ECS deployment circuit breaker: tasks failed to start.".to_owned())
        );
    }

    #[test]
    fn the_deadline_and_too_many_failures_end_it() {
        let going = ours(RolloutState::InProgress);
        let rollout = rollout(Gate::Completed);
        let late = judge(&look(going.clone(), going.clone(), 0), &rollout, true);
        assert!(matches!(late, Verdict::Failed(why) if why.contains("not done after 10m")));
        let seen = |failed| look(going.clone(), going.clone(), failed);
        assert_eq!(judge(&seen(5), &rollout, false), Verdict::Going);
        assert!(matches!(judge(&seen(6), &rollout, false), Verdict::Failed(_)));
    }
}
