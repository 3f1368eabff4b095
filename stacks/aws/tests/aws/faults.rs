//! Throttled, failing and lost calls, and a program that is killed at any of them.

use ragctl_cloud::Faults;
use ragctl_stacks::backend::Backend;

use crate::support::{Home, MINIMAL, killed_at, lines, stalled};

/// A second state of the file, in which something of every sort differs.
fn changed() -> String {
    format!(
        "{}autoscaling: {{maximum: 4, requests_in_flight: auto}}\nload_balancer: {{idle_timeout: 90s}}\n\
         logs: {{retention: 30}}\nidle: {{after: 10m}}\nstrategies: {{keepalive: true, edge-prewarm: true}}\n",
        MINIMAL.replace(":good", ":better")
    )
}

/// Twenty rounds, each in an account of its own with luck of its own, side by side, for most of a round is waiting.
#[tokio::test]
async fn with_a_quarter_of_all_calls_refused_everything_converges() {
    futures_util::future::join_all((0..20).map(round)).await;
}

async fn round(seed: u64) {
    let home = Home::new().await;
    let (first, second) = (MINIMAL.to_owned(), changed());
    home.cloud.set_faults(Faults {
        throttle_rate: 0.2,
        fail_rate: 0.05,
        seed,
        ..Faults::default()
    });
    home.deploy(&first).await.well();
    home.deploy(&second).await.well();
    let plan = home.plan(&second).await;
    assert!(plan.is_empty(), "seed {seed}: {}", lines(&plan));
    home.destroy(&second).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new(), "seed {seed}");
}

#[tokio::test]
async fn answers_that_get_lost_make_nothing_twice() {
    let home = Home::new().await;
    home.cloud.set_faults(Faults { lose_rate: 0.1, seed: 7, ..Faults::default() });
    home.deploy(MINIMAL).await.well();
    home.cloud.set_faults(Faults::default());
    let plan = home.plan(MINIMAL).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
    home.destroy(MINIMAL).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

/// A program that is killed forgets all that it knows; what it has sent is done, or not.
#[tokio::test]
async fn killed_at_any_call_it_converges_when_it_is_run_again() {
    let text = format!(
        "{MINIMAL}idle: {{after: 10m}}\nstrategies: {{keepalive: true, edge-prewarm: true}}\n"
    );
    for call in 1.. {
        let home = Home::new().await;
        if !killed_at(&home, &text, call).await {
            assert!(call > 20, "a deployment has more calls than {call} that change something");
            return;
        }
        home.deploy(&text).await.well();
        let plan = home.plan(&text).await;
        assert!(plan.is_empty(), "killed at call {call}: {}", lines(&plan));
        home.destroy(&text).await.well();
        assert_eq!(home.cloud.leftovers(), Vec::<String>::new(), "killed at call {call}");
    }
}

#[tokio::test]
async fn a_destruction_that_is_killed_is_finished_by_the_next() {
    let text = format!(
        "{MINIMAL}idle: {{after: 10m}}\nstrategies: {{keepalive: true, edge-prewarm: true}}\n"
    );
    for call in (1..80).step_by(4) {
        let home = Home::new().await;
        home.deploy(&text).await.well();
        home.cloud.stall_at(Some(call));
        tokio::select! {
            _ = home.destroy(&text) => {}
            () = stalled(&home) => {}
        }
        home.cloud.stall_at(None);
        home.destroy(&text).await.well();
        // A revision that was deregistered and not deleted is found by nobody, and costs nothing.
        let mut left = home.cloud.leftovers();
        left.retain(|it| !it.starts_with("ecs task definition"));
        assert_eq!(left, Vec::<String>::new(), "killed at call {call}");
        assert!(home.backend(&text).await.live().await.unwrap().is_empty());
    }
}
