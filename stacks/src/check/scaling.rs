//! AS: how many tasks run.

use super::{
    facts::Facts,
    finding::Found,
    rule::{Decided, On, Rule, Severity},
};
use crate::{
    budget::{ColdStart, Phase},
    config::edit::NewValue,
    cost::Prices,
    outlook,
    shape::{Shape, Tasks},
    stack::InFlight,
};

const TRACKING: &str = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html";
const TARGET: &str = "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html";

/// Tasks that are removed sooner than this after the last were removed or added, flap.
const SETTLED_S: u32 = 60;

pub(super) static RULES: [Rule; 11] = [
    Rule {
        id: "AS01",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "fewer tasks at most than at least",
        why: "AWS refuses bounds of which the minimum is more than the maximum.",
        source: TARGET,
        remedy: "Raise the maximum or lower the minimum.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "AS02",
        severity: Severity::Error,
        on: On::Tasks,
        title: "a service that may sleep and must not",
        why: "A minimum of one task keeps a service from scaling to zero.",
        source: TARGET,
        remedy: "Use `idle`.",
        decided: Decided::Design(
            "`autoscaling.minimum` is the fewest tasks while the service is awake; `idle` takes \
             the bounds down to 0 when it sleeps, and back when it wakes",
        ),
    },
    Rule {
        id: "AS03",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "no tasks, and nothing that would start one",
        why: "At 0 tasks there is no CPU use and no request that a target could get, so that \
              autoscaling never starts one.",
        source: TRACKING,
        remedy: "Write `minimum: 1`, and `idle: {after: 15m}` to let the service sleep.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "AS04",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "only CPU decides about more tasks, and the work is waiting",
        why: "A task that waits for a provider's model uses hardly any CPU. All of its workers can \
              be taken while its CPU says that nothing is to do.",
        source: TRACKING,
        remedy: "Write `requests_in_flight: auto`, and `answer_time` as long as answers take.",
        decided: Decided::File(blind),
    },
    Rule {
        id: "AS05",
        severity: Severity::Error,
        on: On::Fargate,
        title: "requests are counted without saying of which target group",
        why: "AWS refuses a policy for requests for each target without the target group's label.",
        source: TRACKING,
        remedy: "Name the target group.",
        decided: Decided::Design("ragctl writes the label of the stack's own target group"),
    },
    Rule {
        id: "AS06",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "an alarm puts the service to sleep again while it wakes",
        why: "An alarm with an autoscaling action acts again each minute, and stops the task that \
              was just woken.",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html",
        remedy: "Let no alarm act on the bounds.",
        decided: Decided::Design(
            "no alarm acts on the bounds: `idle` looks at the requests itself",
        ),
    },
    Rule {
        id: "AS07",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "more tasks are added before the last ones serve",
        why: "After the cooldown, autoscaling counts again. Where a task takes longer to serve, it \
              finds the same load and adds more. Removing tasks within a minute makes their number \
              go up and down.",
        source: TRACKING,
        remedy: "Make `scale_out_cooldown` as long as a task takes to serve, and \
                 `scale_in_cooldown` at least 60 s.",
        decided: Decided::File(too_soon),
    },
    Rule {
        id: "AS08",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "a deployment resets the number of tasks",
        why: "Writing the number of tasks in each deployment undoes what autoscaling did, and wakes \
              a service that sleeps.",
        source: TARGET,
        remedy: "Leave the number to autoscaling.",
        decided: Decided::Design(
            "the number of tasks is written once, when the service is made, and never again",
        ),
    },
    Rule {
        id: "AS09",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "all tasks together cost more than a month may",
        why: "Autoscaling adds tasks up to the maximum, whatever they cost.",
        source: "https://aws.amazon.com/fargate/pricing/",
        remedy: "Lower `autoscaling.maximum`, or raise `budget.monthly`.",
        decided: Decided::File(dearer_than_allowed),
    },
    Rule {
        id: "AS10",
        severity: Severity::Warning,
        on: On::EveryTarget,
        title: "reduced-workers changes nothing",
        why: "No pool has more workers than it allows.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/capacity-autoscaling.html",
        remedy: "Lower `strategies.reduced-workers.workers`, or switch it off.",
        decided: Decided::Strategy("reduced-workers", changes_nothing),
    },
    Rule {
        id: "AS11",
        severity: Severity::Warning,
        on: On::Tasks,
        title: "more requests for each task than it has workers",
        why: "Requests wait for a worker before autoscaling adds a task.",
        source: TRACKING,
        remedy: "Write no more `requests_in_flight` than the pool of the LLM has workers, or `auto`.",
        decided: Decided::Strategy("reduced-workers", queues_first),
    },
];

fn blind(facts: &Facts<'_>) -> Option<Found> {
    let scaling = &facts.file.autoscaling;
    let grows = scaling.maximum > scaling.minimum;
    if !grows || scaling.requests_in_flight.is_some() || !facts.waits_for_a_provider() {
        return None;
    }
    let path = "autoscaling.requests_in_flight";
    let workers = facts.runs.models.llm.workers;
    let found = Found::at(
        &[path, "autoscaling.cpu"],
        format!(
            "only CPU use above {} % adds tasks, and {workers} workers that all wait for a \
             provider use hardly any",
            scaling.cpu
        ),
        "write `requests_in_flight: auto` beneath `autoscaling:`",
    );
    let reason = format!("70 % of the {workers} workers of a task");
    Some(found.mended(path, NewValue::Text("auto".to_owned()), reason))
}

fn too_soon(facts: &Facts<'_>) -> Option<Found> {
    let scaling = &facts.file.autoscaling;
    if scaling.maximum <= scaling.minimum {
        return None;
    }
    let (placed, serves) = until_it_serves(facts)?;
    let (path, cooldown) = ("autoscaling.scale_out_cooldown", scaling.scale_out_cooldown);
    if cooldown.get() < serves {
        let better = serves.next_multiple_of(10);
        let found = Found::at(
            &[path],
            format!(
                "tasks may be added every {}, and one takes about {serves}s to serve ({placed}s \
                 until it starts, the rest to be found)",
                facts.shown(path, cooldown)
            ),
            format!("write `scale_out_cooldown: {better}s` beneath `autoscaling:`"),
        );
        let reason = format!("a task takes about {serves}s to serve");
        return Some(found.mended(path, NewValue::Text(format!("{better}s")), reason));
    }
    let (path, cooldown) = ("autoscaling.scale_in_cooldown", scaling.scale_in_cooldown);
    (cooldown.get() < SETTLED_S).then(|| {
        let found = Found::at(
            &[path],
            format!("tasks may be removed every {cooldown}, so that their number goes up and down"),
            "write `scale_in_cooldown: 300s`",
        );
        found.mended(path, NewValue::Text("300s".to_owned()), "fewer ups and downs")
    })
}

/// Seconds from the wish for one more task until it is started, and until it gets requests, typically.
fn until_it_serves(facts: &Facts<'_>) -> Option<(u32, u32)> {
    let shape = facts.shape();
    let tasks = shape.tasks()?;
    let cold = ColdStart::of(&shape, &facts.file.budget, None);
    let typically = |phases: &[Phase]| {
        let seconds: f64 = phases.iter().map(|it| cold.time(*it).typical).sum();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some minutes at most"
        )]
        let whole = seconds.ceil() as u32;
        whole
    };
    let start = [Phase::Place, Phase::Pull, Phase::Start];
    let warm = tasks.waits_for_warm().then_some(Phase::Warm);
    let to_answers = [Phase::Bind, Phase::Register].into_iter().chain(warm);
    let all: Vec<Phase> = start.into_iter().chain(to_answers).collect();
    Some((typically(&start), typically(&all)))
}

fn changes_nothing(facts: &Facts<'_>) -> Option<Found> {
    let allowed = facts.file.strategies.reduced_workers?.workers;
    let models = &facts.file.models;
    let most = models.embedding.workers.max(models.llm.workers);
    (most < allowed).then(|| {
        Found::at(
            &["strategies.reduced-workers", "service.max_async"],
            format!("it allows {allowed} workers, and no pool has more than {most}, so that it changes nothing"),
            "lower `strategies.reduced-workers.workers`, or switch it off",
        )
    })
}

fn queues_first(facts: &Facts<'_>) -> Option<Found> {
    let InFlight::Count(wanted) = facts.file.autoscaling.requests_in_flight? else { return None };
    let workers = facts.runs.models.llm.workers;
    (wanted.get() > workers.get()).then(|| {
        let path = "autoscaling.requests_in_flight";
        let found = Found::at(
            &[path, "strategies.reduced-workers"],
            format!("a task works on {workers} queries at once, so that {wanted} in flight mean a queue before a task is added"),
            format!("write `requests_in_flight: {workers}` or less, or `auto`"),
        );
        let reason = format!("70 % of the {workers} workers of a task");
        found.mended(path, NewValue::Text("auto".to_owned()), reason)
    })
}
/// What it would cost if as many tasks as there may be ran whenever the service is awake.
fn dearer_than_allowed(facts: &Facts<'_>) -> Option<Found> {
    let budget = facts.file.budget;
    let monthly = budget.monthly?;
    let maximum = facts.file.autoscaling.maximum;
    let shape = Shape::Tasks(Box::new(Tasks { minimum: maximum.get(), ..facts.tasks()? }));
    let region = facts.file.aws.region.as_ref().map(ToString::to_string);
    let of = outlook::Facts { budget, measured: None, prices: Prices::built_in(), region };
    let all = of.estimate(&shape)?.total;
    (all > f64::from(monthly.get())).then(|| {
        Found::at(
            &["autoscaling.maximum", "budget.monthly"],
            format!(
                "{maximum} tasks cost about {all:.0} dollars a month, and `budget.monthly` allows \
                 {monthly}"
            ),
            "lower `autoscaling.maximum`, or raise `budget.monthly`",
        )
    })
}
