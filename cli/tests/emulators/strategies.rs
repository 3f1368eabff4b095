//! All 32 sets of the five strategies, one switch at a time by the command that users type.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use crate::home::{FILE, Home};

/// The strategies, one a bit.
const ALL: [&str; 5] = ["keepalive", "async-init", "reduced-workers", "prewarm", "edge-prewarm"];

/// Into how many parts the sets are cut, each with a stack of its own, for nearly all of the time is waiting for tasks.
const PARTS: usize = 4;

/// What a switch took.
struct Took {
    command: String,
    time: Duration,
}

#[test]
fn each_strategy_is_switched_on_and_off_and_all_32_sets_are_reached() {
    let parts = thread::scope(|threads| {
        let parts: Vec<_> = (0..PARTS).map(|part| threads.spawn(move || through(part))).collect();
        parts.into_iter().map(|it| it.join().unwrap()).collect::<Vec<_>>()
    });
    let reached: BTreeSet<usize> = parts.iter().flat_map(|(sets, _)| sets).copied().collect();
    assert_eq!(reached.len(), 1 << ALL.len());
    // Told where they are asked for: `-- --nocapture`.
    for Took { command, time } in parts.into_iter().flat_map(|(_, took)| took) {
        println!("{command:32} {:5.1} s", time.as_secs_f64());
    }
}

/// Goes through a part of the sets: the switches of its first set at once in the file, then one switch at a time.
fn through(part: usize) -> (Vec<usize>, Vec<Took>) {
    let count = (1 << ALL.len()) / PARTS;
    // Each differs from the one before by one bit; the last is the first of the next part.
    let gray = |it: usize| (it ^ it >> 1) % (1 << ALL.len());
    let sets: Vec<usize> =
        (part * count..=(part + 1) * count).map(|it| gray(it % (1 << ALL.len()))).collect();
    let home = Home::new(&file(sets[0]));
    home.must(&["deploy", "--yes"]);
    home.is_settled();
    let mut took = Vec::new();
    for pair in sets.windows(2) {
        let changed = (pair[0] ^ pair[1]).trailing_zeros() as usize;
        let verb = if pair[1] >> changed & 1 == 1 { "enable" } else { "disable" };
        let began = Instant::now();
        home.must(&["strategy", verb, ALL[changed], "--yes"]);
        took.push(Took { command: format!("{verb} {}", ALL[changed]), time: began.elapsed() });
        home.is_settled();
    }
    home.must(&["destroy", "--yes"]);
    assert_eq!(home.account.holds("handbook"), Vec::<&str>::new());
    (sets, took)
}

fn file(set: usize) -> String {
    let is_on = |at: usize| set >> at & 1 == 1;
    let switches: Vec<String> =
        ALL.iter().enumerate().map(|(at, name)| format!("{name}: {}", is_on(at))).collect();
    format!("{FILE}strategies: {{{}}}\n", switches.join(", "))
}
