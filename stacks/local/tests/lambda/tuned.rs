//! A function's memory, tuned. Bounds are loose: this machine may be busy with other things.

use std::collections::BTreeSet;

use ragctl_local::lambda::{CpuLimit, Limiter, TunedFunction};
use ragctl_stacks::{
    cost::Prices,
    stack::Architecture,
    tune::{Goal, MemorySize, SizeFigures, Subject, Tariff, Trial, Tried, compare, tune},
};
use serde_json::json;

use crate::support::stand_in;

fn sizes(mb: impl IntoIterator<Item = u32>) -> BTreeSet<MemorySize> {
    mb.into_iter().map(|it| MemorySize::new(it).unwrap()).collect()
}

fn tariff() -> Tariff {
    Tariff::of(&Prices::built_in(), Architecture::X86_64, None)
}

#[tokio::test]
async fn work_bound_by_the_processor_is_shorter_with_more_memory_and_dearer_beyond_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stand_in(folder.path());
    settings.cpu = CpuLimit::ByMemory;
    let mut function = TunedFunction::new(settings, json!({ "cpu_ms": 60 }).to_string());
    let trial = Trial { sizes: sizes([128, 442, 1769, 10_240]), cold: 1, warm: 3 };
    let tried = tune(&mut function, &trial, &tariff(), &|_| {}).await.unwrap();
    function.restore().await.unwrap();
    let all: Vec<SizeFigures> = tried.iter().map(|it| *it.figures().unwrap()).collect();
    let (time, usd) =
        (|at: usize| all[at].warm.duration.p50, |at: usize| all[at].warm_usd_per_million);
    // 14 times and 4 times, if nothing else is there.
    assert!(time(0) > 2.0 * time(2) && time(1) > 1.3 * time(2), "{all:#?}");
    // 5.8 times: there is no more than one processor to be used.
    assert!(usd(3) > 1.5 * usd(2), "{all:#?}");
    assert!(Goal::Speed.choose(&all).unwrap().memory_mb.get() >= 1769);
    for it in &all {
        assert!(it.cold.init.is_some() && it.warm.init.is_none(), "{it:?}");
        assert!(it.cold.billed.p50 >= it.warm.duration.p50.min(it.cold.duration.p50), "{it:?}");
        assert!(it.warm.peak_mb > 0.0);
    }
    let limiter = function.limiter();
    assert!(matches!(limiter, Some(Limiter::Cgroup | Limiter::Signals)), "the others: {limiter:?}");
}

#[tokio::test]
async fn a_size_with_which_the_function_fails_is_told_and_the_next_one_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let mut function =
        TunedFunction::new(stand_in(folder.path()), json!({ "error": true }).to_string());
    let trial = Trial { sizes: sizes([128, 256]), cold: 2, warm: 1 };
    let tried = tune(&mut function, &trial, &tariff(), &|_| {}).await.unwrap();
    let reasons = tried.iter().map(|it| match it {
        Tried::Failed(it) => it.reason.lines().next().unwrap_or_default(),
        Tried::Measured(it) => panic!("{it:?}"),
    });
    assert_eq!(reasons.collect::<Vec<_>>(), ["Function.Refused: no"; 2]);
    let Tried::Failed(first) = &tried[0] else { unreachable!("it was looked at above") };
    assert!(first.reason.contains("\n  | event 1"), "with what it printed: {}", first.reason);
}

#[tokio::test]
async fn cold_warm_and_set_up_ahead_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stand_in(folder.path());
    settings.environment.insert("INIT_MS".to_owned(), "100".to_owned());
    let mut function = TunedFunction::new(settings, "{}");
    let memory = MemorySize::new(1769).unwrap();
    let compared = compare(&mut function, memory, 2, &|_| {}).await.unwrap().unwrap();
    function.restore().await.unwrap();
    let ahead = compared.ahead.unwrap();
    assert_eq!((compared.cold.runs, compared.warm.runs, ahead.runs), (2, 2, 2));
    assert!(compared.cold.init.unwrap().p50 >= 100.0, "it waits for that long");
    assert!(compared.cold.answer.p50 >= 100.0, "whoever asks waits for the init");
    assert!(compared.warm.init.is_none() && ahead.init.is_none(), "{compared:?}");
}

#[tokio::test]
async fn what_cannot_be_started_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stand_in(folder.path());
    settings.program = folder.path().join("missing");
    let mut function = TunedFunction::new(settings, "{}");
    let error = function.cold().await.unwrap_err();
    assert!(error.to_string().contains("missing cannot be run"), "{error}");
}
