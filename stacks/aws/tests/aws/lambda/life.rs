//! From nothing to nothing: the contract, all strategies, faults, and a program that is killed.

use std::collections::BTreeMap;

use ragctl_cloud::Faults;
use ragctl_stacks::{backend::Backend, contract};

use super::{AHEAD, LAMBDA, home};
use crate::support::{MINIMAL, desired, killed_at, lines};

/// What every part of the target is in.
fn everything() -> String {
    format!(
        "{LAMBDA}lambda: {{memory: 512, tracing: true, in_network: true, concurrency: 20}}\n\
         logs: {{retention: 30}}\nservice: {{secrets: {{LIGHTRAG_API_KEY: 'ssm:/handbook/key'}}}}\n\
         strategies: {{prewarm: true, keepalive: true, provisioned-concurrency: {{minimum: 2, maximum: 5}}}}\n"
    )
}

#[tokio::test]
async fn a_stack_lives_and_dies() {
    let home = home().await;
    let second = everything();
    let backend = home.backend(&second).await;
    contract::a_stack_lives_and_dies(&backend, &desired(LAMBDA), &desired(&second)).await;
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn a_step_can_be_repeated() {
    let home = home().await;
    let text = format!("{LAMBDA}{AHEAD}");
    let backend = home.backend(&text).await;
    contract::a_step_can_be_repeated(&backend, &desired(&text)).await;
}

#[tokio::test]
async fn an_unchanged_stack_is_planned_without_a_change() {
    let home = home().await;
    home.deploy(&everything()).await.well();
    let backend = home.backend(&everything()).await;
    home.cloud.clear_calls();
    backend.live().await.unwrap();
    let calls = home.cloud.calls();
    assert!(calls.iter().all(|it| !it.mutating), "{calls:#?}");
    assert!(calls.len() <= 30, "{}: {calls:#?}", calls.len());
    assert!(home.plan(&everything()).await.is_empty());
}

/// The strategies that there are on Lambda, one a bit.
const STRATEGIES: [(&str, &str); 4] = [
    ("prewarm", "true"),
    ("reduced-workers", "true"),
    ("keepalive", "true"),
    ("provisioned-concurrency", "{minimum: 2, maximum: 5}"),
];

fn with(set: usize) -> String {
    let is_on = |at: usize| set >> at & 1 == 1;
    let switches: Vec<String> = STRATEGIES
        .iter()
        .enumerate()
        .map(|(at, (name, on))| format!("{name}: {}", if is_on(at) { on } else { "false" }))
        .collect();
    format!("{LAMBDA}strategies: {{{}}}\n", switches.join(", "))
}

#[tokio::test]
async fn all_sets_of_strategies_end_in_the_same_place_whatever_the_order() {
    let count = 1 << STRATEGIES.len();
    let through = async |sets: Vec<usize>| {
        let (home, mut found) = (home().await, BTreeMap::new());
        for set in &sets {
            let text = with(*set);
            home.deploy(&text).await.well();
            let plan = home.plan(&text).await;
            assert!(plan.is_empty(), "{text}: {}", lines(&plan));
            let live = home.backend(&text).await.live().await.unwrap();
            let all: Vec<String> =
                live.iter().map(|(_, it)| serde_json::to_string(it).unwrap()).collect();
            found.insert(*set, all.join("\n"));
        }
        home.destroy(&with(sets[count - 1])).await.well();
        assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
        found
    };
    let (stepped, leapt) = tokio::join!(
        through((0..count).map(|it| it ^ it >> 1).collect()),
        through((0..count).map(|it| (it * 11 + 5) % count).collect())
    );
    assert_eq!((stepped.len(), stepped), (count, leapt));
}

#[tokio::test]
async fn with_a_quarter_of_all_calls_refused_everything_converges() {
    futures_util::future::join_all((0..10).map(async |seed| {
        let home = home().await;
        home.cloud.set_faults(Faults {
            throttle_rate: 0.2,
            fail_rate: 0.05,
            seed,
            ..Faults::default()
        });
        home.deploy(LAMBDA).await.well();
        home.deploy(&everything()).await.well();
        let plan = home.plan(&everything()).await;
        assert!(plan.is_empty(), "seed {seed}: {}", lines(&plan));
        home.destroy(&everything()).await.well();
        assert_eq!(home.cloud.leftovers(), Vec::<String>::new(), "seed {seed}");
    }))
    .await;
}

#[tokio::test]
async fn answers_that_get_lost_make_nothing_twice() {
    let home = home().await;
    let text = everything();
    home.cloud.set_faults(Faults { lose_rate: 0.1, seed: 7, ..Faults::default() });
    home.deploy(&text).await.well();
    home.cloud.set_faults(Faults::default());
    let plan = home.plan(&text).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
    home.destroy(&text).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

/// A change of a stack that serves, killed at each of its calls that change something.
#[tokio::test]
async fn killed_at_any_call_it_converges_when_it_is_run_again() {
    let before = format!("{LAMBDA}{AHEAD}lambda: {{memory: 256}}\n");
    let text = everything();
    for call in 1.. {
        let home = home().await;
        home.deploy(&before).await.well();
        if !killed_at(&home, &text, call).await {
            assert!(call > 10, "a deployment has more calls than {call} that change something");
            return;
        }
        home.deploy(&text).await.well();
        let plan = home.plan(&text).await;
        assert!(plan.is_empty(), "killed at call {call}: {}", lines(&plan));
        assert_eq!(super::set_up(&home).len(), 1, "killed at call {call}");
        home.destroy(&text).await.well();
        assert_eq!(home.cloud.leftovers(), Vec::<String>::new(), "killed at call {call}");
    }
}

#[tokio::test]
async fn a_stack_that_runs_on_another_target_is_refused_until_it_is_taken_down_there() {
    let home = home().await;
    let refused = async |file: &str| home.backend(file).await.live().await.unwrap_err().to_string();
    home.deploy(MINIMAL).await.well();
    assert_eq!(refused(LAMBDA).await, "the stack runs on fargate, and the file says lambda");
    home.destroy(MINIMAL).await.well();
    home.deploy(LAMBDA).await.well();
    assert_eq!(refused(MINIMAL).await, "the stack runs on lambda, and the file says fargate");
}
