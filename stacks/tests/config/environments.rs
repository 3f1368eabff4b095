//! Overlays: what an environment changes, and what it leaves.

use ragctl_stacks::config;
use ragctl_stacks::stack::{Stack, Target};

const FILE: &str = "\
stack: handbook
service:
  max_async: 4
  environment: {LOG_LEVEL: debug, EXTRA: x}
strategies:
  prewarm: {warm_up: 40s}
  keepalive: false
idle: {after: 5m}
environments:
  staging:
  production:
    target: fargate
    service:
      image: registry.example/rag:1
      environment: {LOG_LEVEL: info, EXTRA: null}
    strategies:
      prewarm: false
      keepalive: {schedule: rate(5 minutes)}
    idle: null
  eager:
    strategies: {prewarm: true}
    service: null
";

fn load(environment: Option<&str>) -> Stack {
    config::load(FILE, "ragctl.yaml", environment).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn an_overlay_changes_what_it_names_and_nothing_else() {
    let base = load(None);
    let production = load(Some("production"));
    assert_eq!(production.target, Target::Fargate);
    assert_eq!(production.service.max_async, base.service.max_async);
    let level = &production.service_environment()["LOG_LEVEL"];
    assert_eq!(level.to_string(), "info");
    assert_eq!(production.load_balancer.port.number(), 80, "the target's defaults follow");
}

#[test]
fn null_takes_a_value_back_to_its_default() {
    assert!(load(None).idle.is_some());
    let production = load(Some("production"));
    assert!(production.idle.is_none());
    assert!(!production.service_environment().contains_key("EXTRA"));
    assert_eq!(load(Some("eager")).service.max_async.get(), 8);
}

#[test]
fn a_word_of_an_overlay_meets_the_settings_of_the_file() {
    let production = load(Some("production"));
    assert!(production.strategies.prewarm.is_none());
    let keepalive = production.strategies.keepalive.unwrap();
    assert_eq!(keepalive.schedule.to_string(), "rate(5 minutes)");
    let eager = load(Some("eager")).strategies.prewarm.unwrap();
    assert_eq!(eager.warm_up.get(), 40);
}

#[test]
fn a_stack_in_an_environment_is_named_after_both() {
    assert_eq!(load(None).name.as_str(), "handbook");
    let staging = load(Some("staging"));
    assert_eq!(staging.name.as_str(), "handbook-staging");
    assert_eq!(staging.environment.unwrap().as_str(), "staging");
}

#[test]
fn environments_are_listed_in_their_order() {
    let names = config::environments(FILE, "ragctl.yaml").unwrap();
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["staging", "production", "eager"]);
    assert!(config::environments("stack: a\n", "ragctl.yaml").unwrap().is_empty());
    assert!(config::environments("stack: a: b\n", "ragctl.yaml").is_err());
}

#[test]
fn an_unknown_environment_names_the_nearest() {
    let said = |name: &str| config::load(FILE, "f.yaml", Some(name)).unwrap_err().to_string();
    assert!(said("prodution").contains("did you mean `production`?"));
    assert!(said("test").contains("it has one of `staging`, `production`, `eager`"));
    let none = config::load("stack: a\n", "f.yaml", Some("test")).unwrap_err();
    assert!(none.to_string().contains("add `environments:`"), "{none}");
}

#[test]
fn load_tells_what_concerns_its_environment_and_check_all_tells_everything() {
    let text =
        "stack: handbook\nenvironments:\n  one: {service: {port: 0}}\n  two: {service: {cpu: 1}}\n";
    assert!(config::load(text, "f.yaml", None).is_ok());
    let one = config::load(text, "f.yaml", Some("one")).unwrap_err();
    assert!(one.to_string().contains("port") && !one.to_string().contains("cpu"), "{one}");
    assert_eq!(config::check_all(text, "f.yaml").len(), 2);
}

#[test]
fn a_mistake_that_an_environment_mends_does_not_stop_it() {
    let text = "stack: handbook\nservice: {port: 0}\nenvironments:\n  one: {service: {port: 1}}\n";
    assert!(config::load(text, "f.yaml", Some("one")).is_ok());
    assert!(config::load(text, "f.yaml", None).is_err());
}
