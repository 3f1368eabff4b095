use super::*;
use crate::config;
use crate::stack::Setting;

/// A file that switches a strategy on, for a target that has it.
fn switched_on(name: &str) -> String {
    let target = if name == "provisioned-concurrency" { "lambda" } else { "local" };
    format!("target: {target}\nstrategies: {{{name}: true}}\n")
}

fn stack(rest: &str) -> Stack {
    let text = format!("stack: handbook\n{rest}");
    config::load(&text, "ragctl.yaml", None).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn plain(stack: &Stack, name: &str) -> String {
    match &stack.service_environment()[name] {
        Setting::Plain(text) => text.clone(),
        Setting::Secret(reference) => panic!("{reference} is secret"),
    }
}

#[test]
fn a_stack_without_strategies_stays_as_it_is() {
    let stack = stack("");
    assert_eq!(applied(&stack), stack);
}

#[test]
fn each_strategy_is_found_by_the_name_that_the_file_has_for_it() {
    for strategy in ALL {
        let name = strategy.name();
        assert_eq!(find(name).map(Strategy::name), Some(name));
        let on = stack(&switched_on(name));
        let others = ALL.into_iter().filter(|other| other.is_on(&on)).count();
        assert!(strategy.is_on(&on) && others == 1, "{name}");
        assert_ne!(applied(&on), on, "{name} changes something");
        assert_eq!(applied(&applied(&on)), applied(&on), "{name} is applied once");
    }
    assert!(find("warm").is_none());
}

#[test]
fn prewarm_holds_readiness_and_gives_the_checks_time() {
    let edited = applied(&stack("strategies: {prewarm: true}\n"));
    assert_eq!(plain(&edited, "WARMUP_ON_STARTUP"), "true");
    assert_eq!(plain(&edited, "ASYNC_INIT"), "false");
    assert_eq!(edited.load_balancer.health_check.path.as_str(), "/readyz");
    // 30 s: 39 s are less than the 60 s of the file; ceil(1.5 × 30) + 2 × 30 + 5 = 110.
    assert_eq!(edited.health_check.start_period.get(), 60);
    assert_eq!(edited.deployment.health_check_grace_period.get(), 110);
}

#[test]
fn prewarm_never_shortens_what_the_file_asks_for() {
    let text = "strategies: {prewarm: {warm_up: 61s}}\n\
                deployment: {health_check_grace_period: 10m}\n\
                load_balancer: {health_check: {path: /livez}}\n";
    let edited = applied(&stack(text));
    assert_eq!(edited.health_check.start_period.get(), 80);
    assert_eq!(edited.deployment.health_check_grace_period.get(), 600);
    assert_eq!(edited.load_balancer.health_check.path.as_str(), "/livez");
}

#[test]
fn a_long_warm_up_is_cut_to_what_the_container_check_allows() {
    let edited = applied(&stack("strategies: {prewarm: {warm_up: 10m}}\n"));
    assert_eq!(edited.health_check.start_period.get(), 300);
    assert_eq!(edited.deployment.health_check_grace_period.get(), 965);
}

#[test]
fn reduced_workers_lowers_each_pool_and_raises_none() {
    let text = "strategies: {reduced-workers: true}\n\
                models: {embedding: {max_async: 2}, llm: {max_async: 16}}\n";
    let edited = applied(&stack(text));
    let names = ["MAX_ASYNC", "EMBEDDING_FUNC_MAX_ASYNC", "MAX_ASYNC_LLM"];
    assert_eq!(names.map(|name| plain(&edited, name)), ["4", "2", "4"]);
}

#[test]
fn async_init_keeps_the_health_path_unless_prewarm_is_on_too() {
    let alone = applied(&stack("strategies: {async-init: true}\n"));
    assert_eq!(plain(&alone, "ASYNC_INIT"), "true");
    assert_eq!(alone.load_balancer.health_check.path.as_str(), "/health");
    let both = applied(&stack("strategies: {async-init: true, prewarm: true}\n"));
    assert_eq!(both.load_balancer.health_check.path.as_str(), "/readyz");
    assert_eq!(plain(&both, "WARMUP_ON_STARTUP"), "true");
}

#[test]
fn keepalive_adds_its_schedule() {
    let edited = applied(&stack("strategies: {keepalive: {path: /livez}}\n"));
    let ping = edited.ping.unwrap();
    assert_eq!(
        (ping.schedule.to_string().as_str(), ping.path.as_str()),
        ("rate(10 minutes)", "/livez")
    );
}

#[test]
fn edge_prewarm_adds_what_stands_at_the_edge() {
    let edited = applied(&stack("strategies: {edge-prewarm: true}\n"));
    let edge = edited.edge.unwrap();
    assert_eq!((edge.retry_after.get(), edge.limit.get()), (30, 1));
}

#[test]
fn provisioned_concurrency_asks_for_sandboxes_ahead() {
    let on = "target: lambda\nstrategies: {provisioned-concurrency: {maximum: 3}}\n";
    let ahead = applied(&stack(on)).provisioned.unwrap();
    assert_eq!((ahead.minimum.get(), ahead.maximum.get()), (1, 3));
}

#[test]
fn every_explanation_says_what_is_bought_and_what_is_not() {
    for strategy in ALL {
        let text = strategy.explain();
        for part in ["What it buys:", "What it does not buy:", "What changes:"] {
            assert!(text.contains(part), "{}: {part}", strategy.name());
        }
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{}", strategy.name());
    }
}

#[test]
fn a_slip_of_the_hand_is_recognised() {
    for (typed, meant) in [
        ("keep-alive", Some("keepalive")),
        ("keepalve", Some("keepalive")),
        ("Prewarm", Some("prewarm")),
        ("async_init", Some("async-init")),
        ("reduced-worker", Some("reduced-workers")),
        ("idle", None),
    ] {
        assert_eq!(nearest(typed), meant, "{typed}");
    }
}
