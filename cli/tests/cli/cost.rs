use insta::assert_snapshot;

use crate::sandbox::{Sandbox, fargate};

fn with(lines: &str) -> Sandbox {
    Sandbox::with(&format!("{}{lines}", fargate("good")))
}

#[test]
fn a_month_is_told_item_by_item_with_what_is_assumed() {
    let sandbox = with("aws: {region: us-east-1}\nbudget: {active_hours: 2}\n");
    assert_snapshot!(sandbox.run(&["cost"]).told(), @r"
    exit code: 0
    stdout:
    handbook (fargate): a month in us-east-1
      item                  $        because
      Fargate tasks           36.04  1 task × 730 h × 1 vCPU, 2 GB, x86_64
      load balancer           16.43  730 h
      capacity units           0.00  a new connection a request
      balancer's addresses     7.30  2 zones × 730 h
      tasks' addresses         3.65  1 task × 730 h
      logs                     0.00  0.6 MB a month
      a month                 63.42  awake for 730 h of the month

    Prices of 2026-09-11 and later.

    Assumed: a month has 730 hours; 10 requests an hour for 2 hours a day (`budget`
    in the file); 1 of at most 10 tasks run: `autoscaling.minimum`; the default
    network has 2 zones; a request logs 1 kB; no NAT, traffic to the internet,
    taxes, free tiers or discounts.
    ");
}

#[test]
fn a_database_is_said_not_to_be_counted() {
    let sandbox = with("store: {engine: postgres, url: \"ssm:/handbook/database-url\"}\n");
    let told = sandbox.run(&["cost"]).stdout;
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("the database is not counted: it is not the stack's"), "{told}");
    assert!(!with("").run(&["cost"]).stdout.contains("database"));
}

#[test]
fn another_region_says_whose_prices_stand_in() {
    let sandbox = with("aws: {region: eu-west-1}\n");
    let told = sandbox.run(&["cost"]).stdout;
    assert!(told.contains("a month in eu-west-1"), "{told}");
    assert!(told.contains("load balancer           18.40"), "{told}");
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains(
            "For load balancer unit hour, log gb, log gb month no price in eu-west-1 is known: that of us-east-1 stands in."
        ),
        "{words}"
    );
    let widest = told.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 80, "{told}");
}

#[test]
fn this_machine_costs_nothing() {
    let sandbox = Sandbox::handbook();
    assert_eq!(
        sandbox.run(&["cost"]).told(),
        "exit code: 0\nstdout:\nhandbook (local): costs nothing on this machine\n"
    );
    assert!(sandbox.run(&["cost", "--json"]).document()["month"].is_null());
}

#[test]
fn more_than_the_file_allows_is_an_exit_code_and_a_warning_of_the_plan() {
    let sandbox = with("aws: {region: us-east-1}\nbudget: {monthly: 60}\n");
    let ran = sandbox.run(&["cost"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stdout.contains("3.42 $ above `budget.monthly` of 60 $"), "{}", ran.stdout);
    let plan = sandbox.run(&["plan"]);
    assert_eq!(plan.code, 0);
    let told = "warning: 63.42 $ a month are more than `budget.monthly` of 60 $; `ragctl cost` says for what\n";
    assert!(plan.stderr.starts_with(told), "{}", plan.stderr);
    let sandbox = with("budget: {monthly: 70}\n");
    assert_eq!(sandbox.run(&["cost"]).code, 0);
    assert!(!sandbox.run(&["plan"]).stderr.contains("budget.monthly"));
}

#[test]
fn prices_of_ones_own_lie_over_the_built_in_ones() {
    let sandbox = with("aws: {region: us-east-1}\n");
    let price = r#"{"format": 1, "prices": [{"item": "fargate_vcpu_hour", "region": "us-east-1",
        "usd": 0.02, "date": "2026-11-01", "source": "our contract"}]}"#;
    sandbox.write("prices.json", price);
    let told = sandbox.run(&["cost", "--prices", "prices.json", "--json"]).document();
    assert_eq!(told["month"]["items"][0]["usd"], 21.09);
    assert_eq!(told["month"]["total_usd"], 48.466);
    sandbox.write("prices.json", &price.replace("fargate_vcpu_hour", "gold"));
    let ran = sandbox.run(&["cost", "--prices", "prices.json"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("the prices in prices.json cannot be used"), "{}", ran.stderr);
    assert!(ran.stderr.contains("unknown variant `gold`"), "{}", ran.stderr);
}

#[test]
fn what_sleeps_costs_its_balancer_and_what_keeps_it_awake_costs_the_task() {
    let sandbox = with("aws: {region: us-east-1}\nidle: true\nbudget: {active_hours: 2}\n");
    let told = sandbox.run(&["cost"]).stdout;
    assert!(told.contains("Fargate tasks            3.4"), "{told}");
    assert!(told.contains("asleep                  24.24  of it, if nobody ever asked"), "{told}");
    let listed = sandbox.run(&["strategy", "list"]).stdout;
    let keepalive = listed.lines().skip_while(|it| !it.contains("keepalive")).nth(1).unwrap();
    assert!(keepalive.contains("switched on: cost +3"), "{listed}");
    assert!(keepalive.contains("$/month, awake +6"), "{listed}");
}

#[test]
fn a_function_costs_what_its_requests_take_and_what_is_set_up_ahead() {
    let lambda = "stack: handbook\ntarget: lambda\naws: {region: us-east-1}\n\
                  strategies: {provisioned-concurrency: true}\n";
    let sandbox = Sandbox::with(lambda);
    assert_snapshot!(sandbox.run(&["cost"]).told(), @r"
    exit code: 0
    stdout:
    handbook (lambda): a month in us-east-1
      item          $        because
      function         0.10  1521 requests × 4 s × 1.73 GB, x86_64
      set up ahead    18.92  1 × 730 h × 1.73 GB, x86_64
      logs             0.00  1.5 MB a month
      a month         19.02  awake for 730 h of the month
      asleep          18.92  of it, if nobody ever asked

    Prices of 2026-09-11 and later.

    Assumed: a month has 730 hours; 10 requests an hour for 5 hours a day (`budget`
    in the file); an answer takes 4s (`autoscaling.answer_time`); requests come at
    equal distances; setting sandboxes up is not counted; no more sandboxes are set
    up ahead than `minimum`; a request logs 1 kB; no NAT, traffic to the internet,
    taxes, free tiers or discounts.
    ");
    let listed = sandbox.run(&["strategy", "list"]).stdout;
    let words = listed.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("switched off: first answer +0.31 s, cost -18.84 $/month"), "{listed}");
}
