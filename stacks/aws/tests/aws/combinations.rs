//! Any subset of the strategies can be on, and what there is then does not depend on the order in which they were switched.

use std::collections::BTreeMap;

use ragctl_stacks::{backend::Backend, strategy};

use crate::support::{Home, MINIMAL, lines};

/// The strategies that there are on Fargate.
fn all() -> impl Iterator<Item = &'static str> {
    let names = strategy::ALL.into_iter().map(|it| it.name());
    names.filter(|it| *it != "provisioned-concurrency")
}

/// A file in which the strategies of `set` are on, one a bit.
fn file(set: usize, rest: &str) -> String {
    let is_on = |at: usize| if set >> at & 1 == 1 { "true" } else { "false" };
    let switches: Vec<String> =
        all().enumerate().map(|(at, name)| format!("{name}: {}", is_on(at))).collect();
    format!("{MINIMAL}{rest}strategies: {{{}}}\n", switches.join(", "))
}

/// Brings the account to each set in turn; what exists then, as text, by set.
async fn through(home: &Home, sets: &[usize], rest: &str) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    for set in sets {
        let text = file(*set, rest);
        home.deploy(&text).await.well();
        let live = home.backend(&text).await.live().await.unwrap();
        let plan = crate::support::planned(&crate::support::desired(&text), &live);
        assert!(plan.is_empty(), "{text}: {}", lines(&plan));
        let all: Vec<String> =
            live.iter().map(|(_, it)| serde_json::to_string(it).unwrap()).collect();
        found.insert(*set, all.join("\n"));
    }
    found
}

async fn each_is_the_same_in_any_order(rest: &str) {
    let count = 1 << all().count();
    assert_eq!(count, 32, "five strategies");
    // One switch at a time, each set once; then from set to set by leaps, several at a time.
    let one_at_a_time: Vec<usize> = (0..count).map(|it| it ^ it >> 1).collect();
    let by_leaps: Vec<usize> = (0..count).map(|it| (it * 11 + 5) % count).collect();
    let (first, second) = (Home::new().await, Home::new().await);
    let (stepped, leapt) =
        tokio::join!(through(&first, &one_at_a_time, rest), through(&second, &by_leaps, rest));
    assert_eq!(stepped.len(), count);
    for (set, is) in &stepped {
        assert_eq!(is, &leapt[set], "{}", file(*set, rest));
    }
    for (home, last) in [(&first, one_at_a_time[count - 1]), (&second, by_leaps[count - 1])] {
        home.destroy(&file(last, rest)).await.well();
        assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn all_32_sets_of_strategies_end_in_the_same_place_whatever_the_order() {
    each_is_the_same_in_any_order("").await;
}

#[tokio::test]
async fn and_so_they_do_where_the_service_sleeps() {
    each_is_the_same_in_any_order("idle: {after: 10m}\n").await;
}
