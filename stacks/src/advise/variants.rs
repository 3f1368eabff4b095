//! Which variants are worth a look.

use super::variant::{Change, File, Variant};
use crate::{
    check,
    config::edit::NewValue,
    stack::{Stack, Target},
    strategy,
    traffic::Traffic,
};

/// The days as cron expressions have them, from Monday.
const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// The rules that say of a strategy that it has no effect there, or that another one hides its effect.
const NO_EFFECT: [&str; 6] = ["KA01", "KA02", "AS10", "ED08", "ED09", "LA08"];

/// Every combination of the strategies of the stack's target that makes sense, the one without any first.
///
/// Those are left out of which a rule says that a strategy has no effect there, or is hidden by another.
#[must_use]
pub fn of_strategies(file: &File<'_>) -> Vec<Variant> {
    let Some(opened) = file.opened(file.text) else { return Vec::new() };
    let names: Vec<&str> = strategy::ALL
        .iter()
        .map(|it| it.name())
        .filter(|it| fits(it, opened.stack.target))
        .collect();
    let makes_sense = |variant: &Variant| {
        let opened = variant.written(file).and_then(|it| file.opened(&it));
        opened.is_some_and(|opened| {
            !check::findings(&opened).iter().any(|it| NO_EFFECT.contains(&it.rule.id))
        })
    };
    (0_u32..1 << names.len()).map(|set| combination(&names, set)).filter(makes_sense).collect()
}

fn fits(strategy: &str, target: Target) -> bool {
    match (strategy, target) {
        ("provisioned-concurrency", target) => target == Target::Lambda,
        ("edge-prewarm", Target::Lambda) => false,
        _ => true,
    }
}

fn combination(names: &[&str], set: u32) -> Variant {
    let is_on = |at: usize| set >> at & 1 == 1;
    let changes = names.iter().enumerate().map(|(at, name)| {
        let path = format!("strategies.{name}");
        Change::switch(&path, is_on(at), "one of all combinations")
    });
    let on: Vec<&str> =
        names.iter().enumerate().filter(|(at, _)| is_on(*at)).map(|(_, name)| *name).collect();
    let name = if on.is_empty() { "none".to_owned() } else { on.join(" + ") };
    Variant { name, changes: changes.collect() }
}

/// Ways to write the file that differ in what decides over seconds and dollars: sleep, keep-alive, warming, probes, tasks.
#[must_use]
pub fn of_everything(stack: &Stack, traffic: &Traffic) -> Vec<Variant> {
    let groups = match stack.target {
        Target::Lambda => vec![ahead(), warming_of_function()],
        Target::Local | Target::Fargate => vec![awake(traffic), warming(), probes()],
    };
    let mut all = vec![Variant::as_it_is()];
    let none = Part::default();
    let combined = groups.iter().fold(vec![none], |so_far, group| {
        so_far.iter().flat_map(|it| group.iter().map(move |part| it.and(part))).collect()
    });
    all.extend(
        combined.into_iter().map(|it| Variant { name: it.words.join(", "), changes: it.changes }),
    );
    all
}

/// A part of a variant.
#[derive(Clone, Debug, Default)]
struct Part {
    words: Vec<String>,
    changes: Vec<Change>,
}

impl Part {
    fn new(words: &str, changes: Vec<Change>) -> Self {
        Self { words: vec![words.to_owned()], changes }
    }

    /// Without a word of its own.
    fn quiet(changes: Vec<Change>) -> Self {
        Self { words: Vec::new(), changes }
    }

    fn and(&self, other: &Self) -> Self {
        Self {
            words: [self.words.as_slice(), &other.words].concat(),
            changes: [self.changes.as_slice(), &other.changes].concat(),
        }
    }
}

/// How many tasks run while nobody asks.
fn awake(traffic: &Traffic) -> Vec<Part> {
    let no_keepalive =
        || Change::switch("strategies.keepalive", false, "nothing sleeps that it could keep awake");
    let minimum =
        |tasks: u32, why: &str| Change::new("autoscaling.minimum", NewValue::Number(tasks), why);
    let always = |words: &str, tasks: u32, why: &str| {
        let awake =
            Change::switch("idle.enabled", false, "a task that always runs meets no cold start");
        Part::new(words, vec![awake, no_keepalive(), minimum(tasks, why)])
    };
    let sleeps = |words: &str, after: &str, keepalive: Vec<Change>| {
        let idle = Change::switch("idle.enabled", true, "nobody pays for tasks while nobody asks");
        let after = Change::text("idle.after", after, "how long it waits for the next request");
        let minimum = minimum(1, "one task is enough while few ask");
        Part::new(words, [vec![idle, after, minimum], keepalive].concat())
    };
    let off =
        || vec![Change::switch("strategies.keepalive", false, "whoever comes after a pause waits")];
    let asks = |schedule: &str, why: &str| {
        vec![
            Change::switch("strategies.keepalive", true, why),
            Change::text("strategies.keepalive.schedule", schedule, why),
        ]
    };
    let mut all = vec![
        always("1 task always", 1, "one task is enough while few ask"),
        always("2 tasks always", 2, "one task may fail or be replaced"),
        sleeps("sleeps after 15m", "15m", off()),
        sleeps("sleeps after 1h", "1h", off()),
        sleeps(
            "sleeps after 15m, pinged always",
            "15m",
            asks("rate(10 minutes)", "it never sleeps"),
        ),
    ];
    if let Some(hours) = working_hours(traffic) {
        let why = "it is awake before the first request of the hours in which most ask";
        all.push(sleeps("sleeps after 15m, pinged in the busy hours", "15m", asks(&hours, why)));
    }
    all
}

/// A cron expression for the hours of the week in which most of the requests come; none where that is each hour alike.
fn working_hours(traffic: &Traffic) -> Option<String> {
    let Traffic::Week(week) = traffic else { return None };
    let (days, hours) = week.busy()?;
    let names: Vec<&str> = days.iter().filter_map(|day| DAYS.get(*day).copied()).collect();
    let (from, to) = (hours.start, hours.end - 1);
    Some(format!("cron(0/10 {from}-{to} ? * {} *)", names.join(",")))
}

fn warming() -> Vec<Part> {
    let switch = |prewarm, why: &str| Change::switch("strategies.prewarm", prewarm, why);
    let behind = |on, why: &str| Change::switch("strategies.async-init", on, why);
    let no_behind = || {
        behind(false, "a request that waits is answered sooner than one that is told to come again")
    };
    vec![
        Part::quiet(vec![switch(false, "the first query warms the pools"), no_behind()]),
        Part::new(
            "prewarm",
            vec![
                switch(true, "both pools are warmed side by side, before anybody asks"),
                no_behind(),
            ],
        ),
        Part::new(
            "async-init",
            vec![
                switch(false, "async-init warms the pools by itself"),
                behind(true, "both pools are warmed behind a service that answers at once"),
            ],
        ),
    ]
}

/// How soon the balancer finds a task that is ready.
fn probes() -> Vec<Part> {
    let why = "a task that is ready is found 12 s sooner on average";
    let check = "load_balancer.health_check";
    vec![
        Part::quiet(Vec::new()),
        Part::new(
            "probed every 5s",
            vec![
                Change::text(&format!("{check}.interval"), "5s", why),
                Change::text(
                    &format!("{check}.timeout"),
                    "4s",
                    "a probe has to end before the next",
                ),
                Change::new(
                    &format!("{check}.unhealthy_threshold"),
                    NewValue::Number(6),
                    "a task may still be slow for 30 s",
                ),
            ],
        ),
    ]
}

/// Sandboxes that are set up ahead.
fn ahead() -> Vec<Part> {
    let switch = |on, why: &str| Change::switch("strategies.provisioned-concurrency", on, why);
    let pings = |on, why: &str| Change::switch("strategies.keepalive", on, why);
    let sandboxes = |count: u32| {
        let why = "as many requests at once meet no cold start";
        let path = "strategies.provisioned-concurrency";
        vec![
            switch(true, why),
            Change::new(&format!("{path}.minimum"), NewValue::Number(count), why),
            Change::new(&format!("{path}.maximum"), NewValue::Number(count), why),
            pings(false, "a sandbox that is set up ahead needs no pings"),
        ]
    };
    let on_demand = || switch(false, "sandboxes are set up when they are needed");
    vec![
        Part::new("on demand", vec![on_demand(), pings(false, "nothing is kept warm")]),
        Part::new("pinged", vec![on_demand(), pings(true, "one sandbox is kept warm")]),
        Part::new("1 sandbox ahead", sandboxes(1)),
        Part::new("2 sandboxes ahead", sandboxes(2)),
        Part::new("5 sandboxes ahead", sandboxes(5)),
    ]
}

fn warming_of_function() -> Vec<Part> {
    vec![
        Part::quiet(vec![Change::switch(
            "strategies.prewarm",
            false,
            "the first query warms the pools",
        )]),
        Part::new(
            "prewarm",
            vec![Change::switch("strategies.prewarm", true, "both pools are warmed in the init")],
        ),
    ]
}
