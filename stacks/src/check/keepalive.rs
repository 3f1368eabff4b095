//! KA: pings on a schedule, and whether there is anything to keep alive.

use super::{
    facts::Facts,
    finding::Found,
    rule::{Decided, On, Rule, Severity},
};
use crate::stack::{Idle, Keepalive};

const NEVER_IDLE: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html";
const SCHEDULE: &str =
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html";
const DESTINATION: &str =
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html";

const WORKING_HOURS: &str = "give the schedule working hours, such as \
                             `cron(0/10 8-18 ? * MON-FRI *)`, or switch one of the two off";

pub(super) static RULES: [Rule; 7] = [
    Rule {
        id: "KA01",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "keepalive asks too seldom to keep anything awake",
        why: "The service sleeps between one ping and the next, and each ping wakes it for nobody.",
        source: NEVER_IDLE,
        remedy: "Ask more often than `idle.after`, or switch keepalive off.",
        decided: Decided::Strategy("keepalive", too_seldom),
    },
    Rule {
        id: "KA02",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "keepalive has nothing to keep alive",
        why: "ECS never stops an idle task by itself. Without `idle`, at least one task always runs.",
        source: NEVER_IDLE,
        remedy: "Switch keepalive off, or `idle` on.",
        decided: Decided::Strategy("keepalive", nothing_sleeps),
    },
    Rule {
        id: "KA03",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "keepalive keeps the service from ever sleeping",
        why: "A task that is kept awake all day costs what `idle` was to save: about 33 dollars a \
              month for 1 vCPU and 2 GB on Fargate.",
        source: "https://aws.amazon.com/fargate/pricing/",
        remedy: "Give the schedule working hours, or switch one of the two off.",
        decided: Decided::Strategy("keepalive", never_sleeps),
    },
    Rule {
        id: "KA04",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "a schedule that EventBridge refuses",
        why: "`rate(…)` takes a number and `minutes`, `hours` or `days`, without the `s` for 1; \
              `cron(…)` takes six fields, of which one of the two days is `?`. One minute is the \
              shortest.",
        source: SCHEDULE,
        remedy: "Write `rate(10 minutes)` or `cron(0/10 * * * ? *)`.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "KA05",
        severity: Severity::Error,
        on: On::Fargate,
        title: "the pings cannot reach the load balancer",
        why: "EventBridge itself asks public addresses with a certificate, and no other.",
        source: DESTINATION,
        remedy: "Let a function ask, in the stack's network where that is the only way.",
        decided: Decided::Design(
            "EventBridge asks by itself where there is a domain with a certificate; anything else \
             is asked by a function, which lies in the stack's network where it must",
        ),
    },
    Rule {
        id: "KA06",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "a ping that fails is repeated 185 times",
        why: "EventBridge repeats what fails for 24 hours unless it is told otherwise, and a cold \
              back end fails often.",
        source: DESTINATION,
        remedy: "Let it try once.",
        decided: Decided::Design(
            "a ping is sent once, and dropped after 60 s; the next one comes soon enough",
        ),
    },
    Rule {
        id: "KA07",
        severity: Severity::Error,
        on: On::Fargate,
        title: "a schedule that asks an address by itself",
        why: "EventBridge Scheduler cannot send HTTP requests.",
        source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html",
        remedy: "Let something ask that can.",
        decided: Decided::Design(
            "a rule of EventBridge asks, by a destination or by a small function",
        ),
    },
];

/// The settings of keepalive and of `idle`, where both are on.
fn both<'a>(facts: &'a Facts<'_>) -> Option<(&'a Keepalive, Idle)> {
    Some((facts.file.strategies.keepalive.as_ref()?, facts.file.idle?))
}

fn too_seldom(facts: &Facts<'_>) -> Option<Found> {
    let (keepalive, idle) = both(facts)?;
    (keepalive.schedule.period()? >= idle.after.duration()).then(|| {
        Found::at(
            &["strategies.keepalive.schedule", "idle.after", "idle"],
            format!(
                "the service sleeps after {}, between one ping and the next of {}",
                idle.after, keepalive.schedule
            ),
            "ask more often than `idle.after`, or switch keepalive off",
        )
    })
}

fn nothing_sleeps(facts: &Facts<'_>) -> Option<Found> {
    facts.file.strategies.keepalive.as_ref()?;
    if facts.file.idle.is_some() {
        return None;
    }
    let tasks = match facts.file.autoscaling.minimum.get() {
        1 => "one task and more".to_owned(),
        minimum => format!("{minimum} tasks and more"),
    };
    Some(Found::at(
        &["strategies.keepalive", "idle"],
        format!(
            "{tasks} always run, because `idle` is off, so that there is nothing to keep alive"
        ),
        "switch keepalive off, or `idle` on",
    ))
}

fn never_sleeps(facts: &Facts<'_>) -> Option<Found> {
    let (keepalive, idle) = both(facts)?;
    (keepalive.schedule.period()? < idle.after.duration()).then(|| {
        Found::at(
            &["strategies.keepalive.schedule", "idle.after", "idle"],
            format!(
                "{} is more often than `idle.after` of {}, so that the service never sleeps",
                keepalive.schedule, idle.after
            ),
            WORKING_HOURS,
        )
    })
}
