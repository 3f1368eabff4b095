//! HC: health checks, the container's own and the load balancer's.

mod answer;
mod timing;

use super::rule::{Decided, On, Rule, Severity};

const KILL_LOOP: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html";
const CONTAINER: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html";
const TARGETS: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html";
const FIRST_PROBE: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html";
const GRACE: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html";

/// The variable by which the container's check asks another path than `/health`.
const CONTAINER_PATH: &str = "service.environment.HEALTHCHECK_PATH";

pub(super) static RULES: [Rule; 16] = [
    Rule {
        id: "HC01",
        severity: Severity::Error,
        on: On::Tasks,
        title: "the container's check needs a program that is not in the image",
        why: "Without a shell or curl in the image, the check never succeeds, and ECS replaces the \
              container again and again.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html",
        remedy: "Let the service's own program check it.",
        decided: Decided::Design(
            "the check is always `/rag-service healthcheck`: no shell, no curl",
        ),
    },
    Rule {
        id: "HC02",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "the container's check has a value that ECS refuses",
        why: "ECS takes an interval of 5 to 300 s, a timeout of 2 to 60 s, 1 to 10 retries and a \
              start period of 0 to 300 s; a check that lasts longer than its interval runs into \
              the next one.",
        source: CONTAINER,
        remedy: "Write a value within the limits; the message names the nearest one.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "HC03",
        severity: Severity::Error,
        on: On::Tasks,
        title: "the container's check kills a task that is still warming",
        why: "Where the container's check asks whether the service is warm (HEALTHCHECK_PATH), its \
              start period and retries, or the grace period, must last longer than warming does.",
        source: CONTAINER,
        remedy: "Raise `health_check.start_period`, or let the check ask `/livez`.",
        decided: Decided::File(timing::container_kills),
    },
    Rule {
        id: "HC04",
        severity: Severity::Error,
        on: On::Tasks,
        title: "the load balancer's check kills a task that is still warming",
        why: "ECS stops a task that the load balancer calls unhealthy after the grace period, \
              which is 0 s by default. It starts the next one at once, without a limit.",
        source: KILL_LOOP,
        remedy: "Raise `deployment.health_check_grace_period`.",
        decided: Decided::File(timing::balancer_kills),
    },
    Rule {
        id: "HC05",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "a broken revision is seen late",
        why: "While failed checks do not count, a revision that will never get healthy looks like \
              one that is still starting.",
        source: GRACE,
        remedy: "Lower the grace period or the start period to what a start needs.",
        decided: Decided::File(timing::seen_late),
    },
    Rule {
        id: "HC06",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "the load balancer's check has a value that AWS refuses",
        why: "A load balancer takes an interval of 5 to 300 s, a timeout of 2 to 120 s that is \
              less than the interval, and thresholds of 2 to 10.",
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
        remedy: "Write a value within the limits; the message names the nearest one.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "HC07",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "a new task is found late",
        why: "A task gets its first request after the load balancer's next check, half an interval \
              later on average, in each cold start: when a service wakes, when tasks are added, \
              and in deployments.",
        source: FIRST_PROBE,
        remedy: "Write `interval: 5s`, with a timeout below it and a threshold that keeps 30 s of \
                 patience. On this machine it matters where `idle` is on.",
        decided: Decided::File(timing::found_late),
    },
    Rule {
        id: "HC08",
        severity: Severity::Note,
        on: On::Tasks,
        title: "an unhealthy task comes back late",
        why: "A new task needs one good check, whatever the threshold is. A higher one only delays \
              tasks that were unhealthy for a moment.",
        source: FIRST_PROBE,
        remedy: "Write `healthy_threshold: 2`.",
        decided: Decided::File(timing::back_late),
    },
    Rule {
        id: "HC09",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "a status code that cannot be healthy",
        why: "A load balancer takes the codes 200 to 499 for healthy, and no other.",
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html",
        remedy: "Write codes from 200 to 499, such as `matcher: \"200\"`.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "HC10",
        severity: Severity::Error,
        on: On::Tasks,
        title: "no answer of the health check counts as healthy",
        why: "Where the path never answers with a code of the matcher, such as a 202 or a 404 where \
              200 is expected, each task is unhealthy for ever and is replaced again and again.",
        source: TARGETS,
        remedy: "Ask `/health`, `/livez` or `/readyz`, and expect 200.",
        decided: Decided::File(answer::never_healthy),
    },
    Rule {
        id: "HC11",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "cold tasks answer among warm ones",
        why: "With async-init alone, a task counts as healthy while it is cold. Where more than one \
              task runs, it gets queries that warm ones could answer, and answers 202.",
        source: TARGETS,
        remedy: "Switch `prewarm` on as well: tasks then get requests when they are warm.",
        decided: Decided::Strategy("async-init", answer::cold_among_warm),
    },
    Rule {
        id: "HC12",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "prewarm does not hold the traffic back",
        why: "Prewarm promises that no query meets a cold task. A health path that answers 200 \
              before the service is warm breaks that promise.",
        source: TARGETS,
        remedy: "Let the load balancer ask `/readyz`.",
        decided: Decided::Strategy("prewarm", answer::not_held_back),
    },
    Rule {
        id: "HC13",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "the health check asks the store",
        why: "A store that is slow for a moment makes all tasks unhealthy at once, and ECS replaces \
              them all.",
        source: "https://aws.amazon.com/builders-library/implementing-health-checks/",
        remedy: "Let the load balancer ask `/health` or `/readyz`.",
        decided: Decided::File(answer::asks_the_store),
    },
    Rule {
        id: "HC14",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "the container's check asks `localhost`",
        why: "Where `localhost` means an IPv6 address on which nothing listens, the check fails.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html",
        remedy: "Ask 127.0.0.1.",
        decided: Decided::Design("the check asks 127.0.0.1"),
    },
    Rule {
        id: "HC15",
        severity: Severity::Error,
        on: On::Tasks,
        title: "the checks ask another port than the service's",
        why: "A task that is asked on another port is never healthy.",
        source: TARGETS,
        remedy: "Use one port.",
        decided: Decided::Design("there is one field, `service.port`, for all of them"),
    },
    Rule {
        id: "HC16",
        severity: Severity::Error,
        on: On::Tasks,
        title: "nothing makes the service ready",
        why: "`/readyz` answers 200 when both pools are warm. Where neither prewarm nor async-init \
              warms them, only a query would, and none arrives before the service is ready.",
        source: KILL_LOOP,
        remedy: "Switch `prewarm` on, or let the load balancer ask `/health`.",
        decided: Decided::File(answer::never_ready),
    },
];
