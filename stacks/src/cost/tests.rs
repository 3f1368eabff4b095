use super::*;
use crate::{
    budget::tests::{on_fargate, shape, stack, tasks},
    shape::On,
};

fn estimate_of(lines: &str, edit: impl FnOnce(&mut Tasks)) -> Estimate {
    let stack = on_fargate(lines);
    let mut tasks = tasks(&stack);
    edit(&mut tasks);
    let shape = Shape::Tasks(Box::new(tasks));
    let cold = ColdStart::of(&shape, &stack.budget, None);
    Estimate::of(&shape, &stack.budget, &cold, &Prices::built_in(), Some("us-east-1")).unwrap()
}

fn estimate(lines: &str) -> Estimate {
    estimate_of(lines, |_| ())
}

fn cents(usd: f64) -> String {
    format!("{usd:.2}")
}

fn item(estimate: &Estimate, name: &str) -> Option<String> {
    estimate.items.iter().find(|it| it.name == name).map(|it| cents(it.usd))
}

#[test]
fn a_task_costs_what_the_table_of_sizes_says() {
    for (cpu, memory, x86, arm) in [
        (256, 512, "9.01", "7.21"),
        (512, 1024, "18.02", "14.42"),
        (1024, 2048, "36.04", "28.84"),
        (1024, 4096, "42.53", "34.03"),
        (2048, 4096, "72.08", "57.67"),
        (2048, 8192, "85.06", "68.07"),
    ] {
        for (architecture, wanted) in [("x86_64", x86), ("arm64", arm)] {
            let lines = format!(
                "service: {{image: 'a:1', cpu: {cpu}, memory: {memory}, architecture: {architecture}}}\n"
            );
            let task = item(&estimate(&lines), "Fargate tasks");
            assert_eq!(task.as_deref(), Some(wanted), "{cpu} {memory} {architecture}");
        }
    }
}

#[test]
fn always_on_the_seeds_stack_costs_63_dollars() {
    let always = estimate("");
    assert_eq!(item(&always, "load balancer").as_deref(), Some("16.43"));
    assert_eq!(item(&always, "balancer's addresses").as_deref(), Some("7.30"));
    assert_eq!(item(&always, "tasks' addresses").as_deref(), Some("3.65"));
    assert_eq!(cents(always.total), "63.42");
    assert_eq!((always.asleep, always.awake_hours), (None, 730.0));
}

#[test]
fn asleep_but_for_two_hours_a_day_it_costs_27_dollars_of_which_most_is_the_floor() {
    let asleep = estimate("idle: {after: 15m}\nbudget: {active_hours: 2}\n");
    // 2 hours are 3.00; the tail of 15 minutes and a cold start is paid once a day.
    let hours = hours::DAYS * 2.0;
    let task = 0.04048 + 2.0 * 0.004445;
    assert_eq!(cents(hours * task), "3.00");
    assert!((27.0..28.5).contains(&asleep.total), "{asleep:?}");
    // The balancer and its addresses, 23.73, and the function that wakes, 0.52.
    assert_eq!(asleep.asleep.map(cents).as_deref(), Some("24.24"));
}

#[test]
fn keeping_a_sleeper_awake_costs_what_never_sleeping_costs() {
    let kept = estimate("idle: true\nstrategies: {keepalive: true}\n");
    let always = estimate("");
    assert!((kept.awake_hours - 730.0).abs() < 1.0);
    assert!((kept.total - always.total).abs() < 0.6, "{} {}", kept.total, always.total);
    assert_eq!(item(&kept, "keep-alive").as_deref(), Some("0.01"));
}

#[test]
fn each_thing_that_costs_is_an_item() {
    let lines = "service: {image: 'a:1', ephemeral_storage: 30, secrets: {A: 'secretsmanager:a', \
                 B: 'secretsmanager:a', C: 'secretsmanager:c', D: 'ssm:/d'}}\n\
                 autoscaling: {minimum: 2}\n\
                 budget: {requests_per_hour: 1000000, active_hours: 24}\n";
    let all = estimate_of(lines, |tasks| tasks.edge = Some(std::time::Duration::from_secs(30)));
    let of = |name| item(&all, name);
    assert_eq!(of("Fargate tasks").as_deref(), Some("72.08"));
    assert_eq!(of("task storage").as_deref(), Some("1.62"));
    assert_eq!(of("secrets").as_deref(), Some("0.80"));
    // 1e6 connections an hour are 278 a second, 11.1 units.
    assert_eq!(of("capacity units").as_deref(), Some("64.89"));
    // 730 GB a month taken in, and 14 days of them kept.
    assert_eq!(of("logs").as_deref(), Some("375.08"));
    // 730e6 requests at 0.6 and 1 dollar a million, their function and their answers.
    assert_eq!(of("edge").as_deref(), Some("2244.84"));
    assert!((all.total - all.items.iter().map(|it| it.usd).sum::<f64>()).abs() < 1e-6);
}

#[test]
fn anothers_balancer_and_a_private_network_cost_nothing_of_ours() {
    let lines = "load_balancer: {listener: {arn: 'arn:aws:elasticloadbalancing:us-east-1:\
                 123456789012:listener/app/a/0123456789abcdef/0123456789abcdef', priority: 1, \
                 paths: [/a]}}\n\
                 network: {security_groups: {balancer: [sg-0123456789abcdef0]}}\n";
    let shared = estimate_of(lines, |tasks| {
        if let On::Fargate(it) = &mut tasks.on {
            it.public_ip = false;
        }
    });
    let names: Vec<&str> = shared.items.iter().map(|it| it.name).collect();
    assert_eq!(names, ["Fargate tasks", "logs"]);
}

#[test]
fn another_region_says_which_prices_stand_in() {
    let stack = on_fargate("service: {image: 'a:1', architecture: arm64}\n");
    let shape = shape(&stack);
    let cold = ColdStart::of(&shape, &stack.budget, None);
    let of =
        |region| Estimate::of(&shape, &stack.budget, &cold, &Prices::built_in(), region).unwrap();
    let canada = of(Some("ca-central-1"));
    assert_eq!(item(&canada, "Fargate tasks").as_deref(), Some("31.70"));
    assert!(!canada.stand_ins.contains(&Priced::FargateVcpuHour));
    assert!(canada.stand_ins.contains(&Priced::LoadBalancerHour));
    assert_eq!(of(Some("us-east-1")).stand_ins, []);
    let nowhere = of(None);
    assert_eq!(nowhere.region, STAND_IN);
    assert!(nowhere.assumptions.iter().any(|it| it.contains("no region")), "{nowhere:?}");
}

#[test]
fn a_database_is_not_the_stacks_and_not_counted() {
    let with = estimate("store: {engine: postgres, url: 'secretsmanager:handbook/database'}\n");
    let without = estimate("");
    let is_told = |it: &Estimate| it.assumptions.iter().any(|it| it.contains("the database"));
    assert!(is_told(&with) && !is_told(&without), "{with:?}");
    // Its address is a secret like any other.
    assert_eq!(item(&with, "secrets").as_deref(), Some("0.40"));
    assert_eq!(cents(with.total - without.total), "0.40");
}

#[test]
fn this_machine_costs_nothing() {
    let stack = stack("");
    let shape = shape(&stack);
    let cold = ColdStart::of(&shape, &stack.budget, None);
    assert_eq!(Estimate::of(&shape, &stack.budget, &cold, &Prices::built_in(), None), None);
}
