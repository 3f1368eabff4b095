//! HC: health checks, the container's own and the load balancer's.

use super::{
    bounds,
    facts::{Facts, asked},
    finding::Found,
    rule::{Decided, On, Rule, Severity},
};
use crate::{
    config::edit::NewValue,
    stack::{HttpPath, Target},
};

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
        on: On::EveryTarget,
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
        on: On::EveryTarget,
        title: "the container's check kills a task that is still warming",
        why: "Where the container's check asks whether the service is warm (HEALTHCHECK_PATH), its \
              start period and retries, or the grace period, must last longer than warming does.",
        source: CONTAINER,
        remedy: "Raise `health_check.start_period`, or let the check ask `/livez`.",
        decided: Decided::File(container_kills),
    },
    Rule {
        id: "HC04",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "the load balancer's check kills a task that is still warming",
        why: "ECS stops a task that the load balancer calls unhealthy after the grace period, \
              which is 0 s by default. It starts the next one at once, without a limit.",
        source: KILL_LOOP,
        remedy: "Raise `deployment.health_check_grace_period`.",
        decided: Decided::File(balancer_kills),
    },
    Rule {
        id: "HC05",
        severity: Severity::Warning,
        on: On::EveryTarget,
        title: "a broken revision is seen late",
        why: "While failed checks do not count, a revision that will never get healthy looks like \
              one that is still starting.",
        source: GRACE,
        remedy: "Lower the grace period or the start period to what a start needs.",
        decided: Decided::File(seen_late),
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
        on: On::EveryTarget,
        title: "a new task is found late",
        why: "A task gets its first request after the load balancer's next check, half an interval \
              later on average, in each cold start: when a service wakes, when tasks are added, \
              and in deployments.",
        source: FIRST_PROBE,
        remedy: "Write `interval: 5s`, with a timeout below it and a threshold that keeps 30 s of \
                 patience. On this machine it matters where `idle` is on.",
        decided: Decided::File(found_late),
    },
    Rule {
        id: "HC08",
        severity: Severity::Note,
        on: On::EveryTarget,
        title: "an unhealthy task comes back late",
        why: "A new task needs one good check, whatever the threshold is. A higher one only delays \
              tasks that were unhealthy for a moment.",
        source: FIRST_PROBE,
        remedy: "Write `healthy_threshold: 2`.",
        decided: Decided::File(back_late),
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
        on: On::EveryTarget,
        title: "no answer of the health check counts as healthy",
        why: "Where the path never answers with a code of the matcher, such as a 202 or a 404 where \
              200 is expected, each task is unhealthy for ever and is replaced again and again.",
        source: TARGETS,
        remedy: "Ask `/health`, `/livez` or `/readyz`, and expect 200.",
        decided: Decided::File(never_healthy),
    },
    Rule {
        id: "HC11",
        severity: Severity::Warning,
        on: On::EveryTarget,
        title: "cold tasks answer among warm ones",
        why: "With async-init alone, a task counts as healthy while it is cold. Where more than one \
              task runs, it gets queries that warm ones could answer, and answers 202.",
        source: TARGETS,
        remedy: "Switch `prewarm` on as well: tasks then get requests when they are warm.",
        decided: Decided::Strategy("async-init", cold_among_warm),
    },
    Rule {
        id: "HC12",
        severity: Severity::Warning,
        on: On::EveryTarget,
        title: "prewarm does not hold the traffic back",
        why: "Prewarm promises that no query meets a cold task. A health path that answers 200 \
              before the service is warm breaks that promise.",
        source: TARGETS,
        remedy: "Let the load balancer ask `/readyz`.",
        decided: Decided::Strategy("prewarm", not_held_back),
    },
    Rule {
        id: "HC13",
        severity: Severity::Warning,
        on: On::EveryTarget,
        title: "the health check asks the store",
        why: "A store that is slow for a moment makes all tasks unhealthy at once, and ECS replaces \
              them all.",
        source: "https://aws.amazon.com/builders-library/implementing-health-checks/",
        remedy: "Let the load balancer ask `/health` or `/readyz`.",
        decided: Decided::File(asks_the_store),
    },
    Rule {
        id: "HC14",
        severity: Severity::Warning,
        on: On::EveryTarget,
        title: "the container's check asks `localhost`",
        why: "Where `localhost` means an IPv6 address on which nothing listens, the check fails.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html",
        remedy: "Ask 127.0.0.1.",
        decided: Decided::Design("the check asks 127.0.0.1"),
    },
    Rule {
        id: "HC15",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "the checks ask another port than the service's",
        why: "A task that is asked on another port is never healthy.",
        source: TARGETS,
        remedy: "Use one port.",
        decided: Decided::Design("there is one field, `service.port`, for all of them"),
    },
    Rule {
        id: "HC16",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "nothing makes the service ready",
        why: "`/readyz` answers 200 when both pools are warm. Where neither prewarm nor async-init \
              warms them, only a query would, and none arrives before the service is ready.",
        source: KILL_LOOP,
        remedy: "Switch `prewarm` on, or let the load balancer ask `/health`.",
        decided: Decided::File(never_ready),
    },
];

fn seconds(number: u32) -> NewValue {
    NewValue::Text(format!("{number}s"))
}

fn container_kills(facts: &Facts<'_>) -> Option<Found> {
    if !facts.is_container_gated() || !facts.warms() {
        return None;
    }
    let check = facts.runs.health_check;
    let warm = facts.warm_s();
    let allowed = check.start_period.get() + (check.retries.get() - 1) * check.interval.get();
    let grace = facts.runs.deployment.health_check_grace_period.get();
    if allowed > warm || grace > warm {
        return None;
    }
    let period = (warm * 13).div_ceil(10).min(300);
    let found = Found::at(
        &["health_check.start_period", CONTAINER_PATH],
        format!(
            "the container's check asks /readyz and gives up after {allowed}s, and warming takes up to {warm}s"
        ),
        format!("write `start_period: {period}s`, or let the check ask /livez"),
    );
    let reason = format!("1.3 times the {warm}s that a start takes");
    Some(found.mended("health_check.start_period", seconds(period), reason))
}

fn balancer_kills(facts: &Facts<'_>) -> Option<Found> {
    let (ready, check) = (facts.ready_s(), facts.probe());
    let (flagged, grace) =
        (bounds::flagged_s(check), facts.runs.deployment.health_check_grace_period);
    let needed = ready + bounds::recovery_s(check);
    if ready < flagged || grace.get() >= needed {
        return None;
    }
    let path = "deployment.health_check_grace_period";
    let better = bounds::grace_s(ready, check);
    let found = Found::at(
        &[path, "load_balancer.health_check.path"],
        format!(
            "a task is ready after up to {ready}s, the load balancer calls it unhealthy after \
             {flagged}s, and the grace period is {}: it is stopped before it serves, again and again",
            facts.shown(path, grace)
        ),
        format!("write `health_check_grace_period: {better}s`"),
    );
    let reason = format!("1.5 times the {ready}s of a start, and time to be found healthy");
    Some(found.mended(path, seconds(better), reason))
}

fn seen_late(facts: &Facts<'_>) -> Option<Found> {
    let ready = facts.ready_s();
    let late = (ready * 5).max(120);
    let grace_path = "deployment.health_check_grace_period";
    // What a strategy has raised is as long as it must be.
    let grace = facts.file.deployment.health_check_grace_period;
    let better = bounds::grace_s(ready, facts.probe());
    if grace.get() > late.max(2 * better) {
        let found = Found::at(
            &[grace_path],
            format!(
                "the grace period is {grace}, and a task is ready after up to {ready}s, so that a broken revision is seen late"
            ),
            format!("write `health_check_grace_period: {better}s`"),
        );
        let reason = format!("1.5 times the {ready}s of a start, and time to be found healthy");
        return Some(found.mended(grace_path, seconds(better), reason));
    }
    let (path, period) = ("health_check.start_period", facts.file.health_check.start_period);
    (period.get() > late).then(|| {
        let found = Found::at(
            &[path],
            format!("the start period is {period}, and a task is ready after up to {ready}s, so that a broken revision is seen late"),
            "write `start_period: 60s`",
        );
        found.mended(path, seconds(60), format!("a start takes up to {ready}s"))
    })
}

fn found_late(facts: &Facts<'_>) -> Option<Found> {
    let check = &facts.file.load_balancer.health_check;
    let interval = check.interval;
    let starts = match (facts.file.target, facts.file.idle) {
        (_, Some(_)) => "each time the service wakes",
        (Target::Fargate, None) => "in each deployment, and whenever a task is added",
        (Target::Local | Target::Lambda, None) => return None,
    };
    if interval.get() <= 10 {
        return None;
    }
    let path = "load_balancer.health_check.interval";
    let mut found = Found::at(
        &[path],
        format!(
            "the load balancer asks a task every {}, so that a new one waits {}s on average before \
             it gets a request, {starts}",
            facts.shown(path, interval),
            interval.get() / 2
        ),
        "write `interval: 5s`, `timeout: 4s` and `unhealthy_threshold: 6` beneath \
         `load_balancer.health_check:`",
    );
    let reason = format!("a new task is found within 5s, not {}s", interval.get());
    found = found.mended(path, seconds(5), reason);
    if check.timeout.get() > 4 {
        let reason = "less than the interval";
        found = found.mended("load_balancer.health_check.timeout", seconds(4), reason);
    }
    if check.unhealthy_threshold.get() < 6 {
        let (path, reason) = ("load_balancer.health_check.unhealthy_threshold", "30s of patience");
        found = found.mended(path, NewValue::Number(6), reason);
    }
    Some(found)
}

fn back_late(facts: &Facts<'_>) -> Option<Found> {
    let check = facts.probe();
    let path = "load_balancer.health_check.healthy_threshold";
    (check.healthy_threshold.get() > 2).then(|| {
        let found = Found::at(
            &[path],
            format!(
                "a task that was unhealthy for a moment comes back after {}s, and new tasks need \
                 one good check in any case",
                check.healthy_threshold.get() * check.interval.get()
            ),
            "write `healthy_threshold: 2`",
        );
        found.mended(path, NewValue::Number(2), "a new task needs one good check in any case")
    })
}

/// What the service answers on a path once it is warm; `docs/reference/service.md`.
fn answer(path: &HttpPath) -> u16 {
    match asked(path) {
        HttpPath::HEALTH | HttpPath::READY | "/livez" | "/documents" => 200,
        "/query" | "/query/stream" | "/warmup" | "/documents/text" | "/documents/upload" => 405,
        _ => 404,
    }
}

fn never_healthy(facts: &Facts<'_>) -> Option<Found> {
    let check = facts.probe();
    let answer = answer(&check.path);
    (!check.matcher.matches(answer)).then(|| {
        Found::at(
            &["load_balancer.health_check.path", "load_balancer.health_check.matcher"],
            format!(
                "`{}` answers {answer}, and `matcher: {}` takes that for unhealthy, so that no task \
                 ever serves",
                check.path, check.matcher
            ),
            "ask `/health` or `/readyz`, and write `matcher: \"200\"`",
        )
    })
}

fn cold_among_warm(facts: &Facts<'_>) -> Option<Found> {
    let most = facts.runs.autoscaling.maximum.get();
    let is_cold = facts.runs.service.answer_while_warming && !facts.is_gated();
    (is_cold && most > 1).then(|| {
        let found = Found::at(
            &["strategies.async-init", "autoscaling.maximum"],
            format!(
                "of up to {most} tasks, one that was just added answers some queries with 202 while \
                 warm ones could answer them"
            ),
            "switch `prewarm` on as well: tasks then get requests when they are warm",
        );
        let reason = "no query meets a cold task";
        found.mended("strategies.prewarm", NewValue::Switch(true), reason)
    })
}

fn not_held_back(facts: &Facts<'_>) -> Option<Found> {
    let path = &facts.probe().path;
    let is_on = facts.file.strategies.prewarm.is_some();
    // A path that never answers well is told by another rule.
    (is_on && !facts.is_gated() && answer(path) == 200).then(|| {
        let found = Found::at(
            &["load_balancer.health_check.path", "strategies.prewarm"],
            format!("`{path}` answers 200 before the pools are warm, so that queries meet cold tasks in spite of prewarm"),
            "write `path: /readyz`",
        );
        let value = NewValue::Text(HttpPath::READY.to_owned());
        found.mended("load_balancer.health_check.path", value, "200 when both pools are warm")
    })
}

fn asks_the_store(facts: &Facts<'_>) -> Option<Found> {
    let path = &facts.probe().path;
    (asked(path) == "/documents").then(|| {
        let found = Found::at(
            &["load_balancer.health_check.path"],
            format!(
                "`{path}` reads the store, so that a slow disk makes every task unhealthy at once"
            ),
            "write `path: /health`",
        );
        let value = NewValue::Text(HttpPath::HEALTH.to_owned());
        found.mended("load_balancer.health_check.path", value, "reads nothing that can be slow")
    })
}

fn never_ready(facts: &Facts<'_>) -> Option<Found> {
    if facts.warms() {
        return None;
    }
    let path = match (facts.is_gated(), facts.is_container_gated()) {
        (true, _) => "load_balancer.health_check.path",
        (false, true) => CONTAINER_PATH,
        (false, false) => return None,
    };
    let found = Found::at(
        &[path, "strategies.prewarm"],
        "`/readyz` answers 503 until both pools are warm, and without prewarm or async-init nothing \
         warms them",
        "write `strategies: {prewarm: true}`, or let the check ask `/health`",
    );
    Some(found.mended("strategies.prewarm", NewValue::Switch(true), "what /readyz waits for"))
}
