//! What is advised for a few stacks.

use std::time::Duration;

use super::*;
use crate::{
    config,
    cost::Prices,
    outlook::Facts,
    simulate::DAY,
    traffic::{Rate, Traffic},
};

const FARGATE: &str = "stack: handbook\ntarget: fargate\nservice: {image: 'rag-service:1'}\n";

fn judged(
    text: &str,
    traffic: &Traffic,
    variants: impl Fn(&config::Opened) -> Vec<Variant>,
) -> Vec<Judged> {
    let file = file(text);
    let opened = file.opened(text).unwrap();
    let facts = Facts {
        budget: opened.stack.budget,
        measured: None,
        prices: Prices::built_in(),
        region: Some("us-east-1".to_owned()),
    };
    let length: Duration = 7 * DAY;
    let judge = Judge { facts: &facts, traffic, length, seed: 1 };
    judge.all(&file, &variants(&opened))
}

fn file(text: &str) -> File<'_> {
    File { text, name: "ragctl.yaml", environment: None }
}

fn everything(text: &str, pattern: &str) -> Vec<Judged> {
    let traffic = Traffic::Week(pattern.parse().unwrap());
    judged(text, &traffic, |opened| of_everything(&opened.stack, &traffic))
}

fn aim(goal: Option<&str>, monthly: Option<f64>) -> Aim {
    Aim { goal: goal.map(|it| it.parse().unwrap()), monthly }
}

#[test]
fn a_tight_goal_needs_a_task_that_always_runs_and_a_loose_one_sleeps() {
    let all = everything(FARGATE, "mon-fri 9-17 2/h");
    let tight = choose(aim(Some("p95=5s"), None), all.clone()).unwrap();
    assert_eq!(tight.is_fast_enough, Some(true));
    assert!(tight.choice().simulated.latency.as_ref().unwrap().p95 <= 5.0);
    let loose = choose(aim(Some("p95=200s"), None), all.clone()).unwrap();
    assert!(loose.choice().strategies.iter().all(|it| *it != "keepalive"));
    assert!(loose.choice().variant.name.starts_with("sleeps"), "{}", loose.choice().variant.name);
    assert!(loose.choice().cost < tight.choice().cost);
    let poor = choose(aim(Some("p95=5s"), Some(30.0)), all).unwrap();
    assert_eq!((poor.is_fast_enough, poor.is_cheap_enough), (Some(true), Some(false)));
    assert!(poor.why.starts_with("none of at most 30 $ a month has p95=5s"), "{}", poor.why);
}

#[test]
fn keep_alive_around_the_clock_costs_what_a_task_costs_that_always_runs() {
    let advice = choose(aim(None, Some(100.0)), everything(FARGATE, "10/h")).unwrap();
    let note = advice.notes.first().unwrap();
    assert!(note.starts_with("keep-alive around the clock costs what a minimum"), "{note}");
    let cost = |name: &str| {
        let found = advice.judged.iter().find(|it| it.variant.name == name);
        found.unwrap_or_else(|| panic!("{name}")).cost
    };
    let (pinged, always) = (cost("sleeps after 15m, pinged always"), cost("as it is"));
    assert!((pinged - always).abs() < 0.05 * always, "{pinged} {always}");
}

#[test]
fn what_chance_alone_tells_apart_is_decided_by_what_changes_least() {
    let all = everything(FARGATE, "mon-fri 9-17 2/h");
    let one = all.iter().find(|it| it.variant.changes.is_empty()).unwrap().clone();
    let mut other = all.iter().find(|it| !it.variant.changes.is_empty()).unwrap().clone();
    let shifted = |factor: f64| {
        let mut it = one.simulated.clone();
        let latency = it.latency.as_mut().unwrap();
        latency.mean *= factor;
        latency.p95 *= factor;
        latency.p99 *= factor;
        it
    };
    other.cost = one.cost * 0.999;
    let chosen = |other: &Judged| {
        let advice = choose(aim(Some("p95=200s"), None), vec![one.clone(), other.clone()]).unwrap();
        advice.choice().variant.name.clone()
    };
    other.simulated = shifted(0.99);
    assert_eq!(chosen(&other), one.variant.name);
    other.simulated = shifted(0.9);
    assert_eq!(chosen(&other), other.variant.name);
}

#[test]
fn what_is_advised_is_what_the_file_says_then() {
    let advice = choose(aim(Some("p95=5s"), None), everything(FARGATE, "office 20/h")).unwrap();
    let text = advice.choice().variant.written(&file(FARGATE)).unwrap();
    let opened = file(FARGATE).opened(&text).unwrap();
    let on: Vec<_> = crate::strategy::names_on(&opened.stack);
    assert_eq!(on, advice.choice().strategies);
}

#[test]
fn combinations_of_strategies_leave_out_what_has_no_effect() {
    let names =
        |text: &str| of_strategies(&file(text)).into_iter().map(|it| it.name).collect::<Vec<_>>();
    let always = names(FARGATE);
    assert_eq!(always[0], "none");
    assert!(always.iter().all(|it| !it.contains("keepalive")), "{always:?}");
    let sleeps = names(&format!("{FARGATE}idle: true\n"));
    assert!(sleeps.iter().any(|it| it == "prewarm + keepalive"), "{sleeps:?}");
    assert!(sleeps.iter().all(|it| !it.contains("provisioned")));
}

#[test]
fn all_variants_meet_the_same_requests() {
    let traffic = Traffic::steady(Rate::an_hour(5.0));
    let all = judged(FARGATE, &traffic, |opened| of_everything(&opened.stack, &traffic));
    assert!(all.len() > 10, "{}", all.len());
    assert!(all.windows(2).all(|it| it[0].simulated.requests == it[1].simulated.requests));
}
