//! DP: how one revision takes over from another.

use super::{
    facts::Facts,
    finding::Found,
    rule::{Decided, On, Rule, Severity},
};
use crate::config::edit::NewValue;

const CONFIGURATION: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html";
const BREAKER: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html";
const BLUE_GREEN: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html";

const HEALTHY: &str = "deployment.minimum_healthy_percent";

pub(super) static RULES: [Rule; 7] = [
    Rule {
        id: "DP01",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "a broken revision is not rolled back",
        why: "Without the circuit breaker, tasks of a revision that never gets healthy are started \
              and stopped for ever, and paid for.",
        source: BREAKER,
        remedy: "Write `circuit_breaker: true`.",
        decided: Decided::File(no_breaker),
    },
    Rule {
        id: "DP02",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "a deployment that cannot begin",
        why: "Where as many tasks must stay as may run, none can be started or stopped.",
        source: CONFIGURATION,
        remedy: "Write `maximum_percent: 200`, which starts new tasks before it stops old ones.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "DP03",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "nobody serves during a deployment",
        why: "Where no task must stay healthy, the old ones may stop before a new one serves.",
        source: CONFIGURATION,
        remedy: "Write `minimum_healthy_percent: 100`.",
        decided: Decided::File(nobody_serves),
    },
    Rule {
        id: "DP04",
        severity: Severity::Error,
        on: On::Fargate,
        title: "a blue-green deployment that lacks something",
        why: "It needs a second target group, a rule, a role and a time to bake.",
        source: BLUE_GREEN,
        remedy: "Add what is missing.",
        decided: Decided::Design("`deployment.strategy` is `rolling`, which needs none of it"),
    },
    Rule {
        id: "DP05",
        severity: Severity::Error,
        on: On::Fargate,
        title: "a blue-green deployment of a service that sleeps",
        why: "Both change the weights of the same rule of the load balancer.",
        source: BLUE_GREEN,
        remedy: "Use `rolling`.",
        decided: Decided::Design("`deployment.strategy` is `rolling`, which changes no weights"),
    },
    Rule {
        id: "DP06",
        severity: Severity::Note,
        on: On::Fargate,
        title: "a first deployment has nothing to go back to",
        why: "The circuit breaker goes back to a revision that served before. The first time, there \
              is none, and ECS goes on trying.",
        source: BREAKER,
        remedy: "Let whoever deploys watch it.",
        decided: Decided::Design(
            "`ragctl deploy` watches the rollout until `deployment.timeout`, says why its tasks \
             stop, and ends with 1",
        ),
    },
    Rule {
        id: "DP08",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "the deployment is given up before a task can be ready",
        why: "A task that warms for longer than `deployment.timeout` is rolled back each time.",
        source: CONFIGURATION,
        remedy: "Raise `deployment.timeout`, or lower `strategies.prewarm.warm_up`.",
        decided: Decided::Strategy("prewarm", given_up),
    },
];

fn no_breaker(facts: &Facts<'_>) -> Option<Found> {
    (!facts.file.deployment.circuit_breaker).then(|| {
        let path = "deployment.circuit_breaker";
        let found = Found::at(
            &[path],
            "a revision that never gets healthy is started again and again, and never rolled back",
            "write `circuit_breaker: true`",
        );
        found.mended(path, NewValue::Switch(true), "a broken revision is rolled back")
    })
}

fn nobody_serves(facts: &Facts<'_>) -> Option<Found> {
    let (deployment, tasks) = (facts.file.deployment, facts.file.autoscaling.minimum.get());
    (deployment.fewest(tasks) == 0).then(|| {
        let found = Found::at(
            &[HEALTHY],
            format!(
                "`minimum_healthy_percent` is {}, so that of {tasks} {} none must serve during a \
                 deployment",
                facts.shown(HEALTHY, deployment.minimum_healthy_percent),
                if tasks == 1 { "task" } else { "tasks" }
            ),
            "write `minimum_healthy_percent: 100` and `maximum_percent: 200`",
        );
        let found = found.mended(HEALTHY, NewValue::Number(100), "somebody serves meanwhile");
        if deployment.maximum_percent.get() == 200 {
            return found;
        }
        let (path, reason) = ("deployment.maximum_percent", "new tasks start before old ones stop");
        found.mended(path, NewValue::Number(200), reason)
    })
}

fn given_up(facts: &Facts<'_>) -> Option<Found> {
    let warm_up = facts.file.strategies.prewarm?.warm_up;
    let timeout = facts.file.deployment.timeout;
    (warm_up.get() >= timeout.get()).then(|| {
        let path = "deployment.timeout";
        let found = Found::at(
            &[path, "strategies.prewarm.warm_up"],
            format!("`ragctl deploy` gives up after {timeout}, before a task that warms for {warm_up} can be ready"),
            "raise `deployment.timeout`, or lower `strategies.prewarm.warm_up`",
        );
        let better = NewValue::Text(format!("{}s", (warm_up.get() * 2).max(600)));
        found.mended(path, better, format!("a task warms for {warm_up}"))
    })
}
