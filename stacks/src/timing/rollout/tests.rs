//! Rollouts played to their end with tasks that obey.

use proptest::prelude::*;

use super::*;

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn rules(minimum: u32, maximum: u32) -> Rules {
    Rules {
        minimum_healthy_percent: minimum,
        maximum_percent: maximum,
        circuit_breaker: true,
        timeout: s(600),
    }
}

fn tasks(running: u32, healthy: u32) -> Tasks {
    Tasks { running, healthy }
}

/// One look at a fresh rollout of two desired tasks or as many as given.
fn first(rules: Rules, desired: u32, wanted: Tasks, others: Tasks) -> Work {
    Rollout::begin(s(0), "b", Some("a"), rules).next(s(1), desired, wanted, others)
}

fn work(start: u32, drain_others: u32, drain_wanted: u32) -> Work {
    Work { start, drain_others, drain_wanted }
}

#[test]
fn what_is_done_in_which_situation() {
    let none = tasks(0, 0);
    let table = [
        // minimum, maximum, desired, wanted, others, work
        (100, 200, 1, none, none, work(1, 0, 0)),
        (100, 200, 1, none, tasks(1, 1), work(1, 0, 0)),
        (100, 200, 1, tasks(1, 0), tasks(1, 1), work(0, 0, 0)),
        (100, 200, 1, tasks(1, 1), tasks(1, 1), work(0, 1, 0)),
        (100, 200, 4, tasks(4, 1), tasks(4, 4), work(0, 1, 0)),
        (100, 150, 4, none, tasks(4, 4), work(2, 0, 0)),
        (100, 150, 4, tasks(2, 2), tasks(4, 4), work(0, 2, 0)),
        // No room above the desired count: an old task goes first.
        (0, 100, 1, none, tasks(1, 1), work(0, 1, 0)),
        (0, 100, 1, none, none, work(1, 0, 0)),
        (50, 100, 4, none, tasks(4, 4), work(0, 2, 0)),
        // With room, old tasks stay until they are replaced, even where fewer would do.
        (50, 200, 4, none, tasks(4, 4), work(4, 0, 0)),
        // Neither more nor fewer: nothing can be done, and the deadline ends it.
        (100, 100, 1, none, tasks(1, 1), work(0, 0, 0)),
        // Unhealthy old tasks stay while they may be all that answers …
        (100, 200, 2, tasks(2, 0), tasks(2, 0), work(0, 0, 0)),
        (100, 200, 2, tasks(2, 1), tasks(2, 0), work(0, 0, 0)),
        (100, 200, 2, tasks(2, 2), tasks(2, 0), work(0, 2, 0)),
        // … unless their place is needed.
        (0, 100, 2, none, tasks(2, 0), work(0, 2, 0)),
        (100, 150, 2, none, tasks(2, 1), work(1, 1, 0)),
        // The desired count has fallen meanwhile.
        (100, 200, 1, tasks(3, 3), none, work(0, 0, 2)),
        (100, 200, 2, tasks(3, 2), none, work(0, 0, 1)),
        (100, 200, 0, none, tasks(3, 3), work(0, 3, 0)),
        (100, 200, 0, tasks(2, 1), tasks(3, 1), work(0, 3, 2)),
    ];
    for (minimum, maximum, desired, wanted, others, expected) in table {
        let found = first(rules(minimum, maximum), desired, wanted, others);
        let case = (minimum, maximum, desired, wanted, others);
        assert_eq!(found, expected, "{case:?}");
    }
}

#[test]
fn it_is_complete_when_all_desired_tasks_are_new_and_healthy_and_no_old_one_is_left() {
    let mut rollout = Rollout::begin(s(0), "b", Some("a"), rules(100, 200));
    rollout.next(s(1), 2, tasks(2, 2), tasks(1, 1));
    assert_eq!(rollout.state(), RolloutState::InProgress);
    rollout.next(s(2), 2, tasks(2, 1), tasks(0, 0));
    assert_eq!(rollout.state(), RolloutState::InProgress);
    rollout.next(s(3), 2, tasks(2, 2), tasks(0, 0));
    assert_eq!((rollout.state(), rollout.failure()), (RolloutState::Completed, None));
    assert_eq!(rollout.next(s(9999), 2, tasks(0, 0), tasks(0, 0)), Work::default());
    assert_eq!(rollout.state(), RolloutState::Completed, "what ended stays ended");
}

#[test]
fn the_breaker_trips_at_half_of_the_desired_tasks_between_3_and_200() {
    for (desired, threshold) in [(0, 3), (1, 3), (6, 3), (7, 4), (10, 5), (400, 200), (9999, 200)] {
        assert_eq!(breaker_threshold(desired), threshold, "{desired} desired");
    }
}

#[test]
fn failing_tasks_bring_the_last_complete_revision_back() {
    let mut rollout = Rollout::begin(s(0), "b", Some("a"), rules(100, 200));
    for _ in 0..2 {
        rollout.task_failed();
        rollout.next(s(10), 1, tasks(0, 0), tasks(1, 1));
        assert_eq!(*rollout.wanted(), "b");
    }
    rollout.task_failed();
    assert_eq!(rollout.next(s(20), 1, tasks(0, 0), tasks(1, 1)), Work::default());
    assert_eq!((*rollout.wanted(), rollout.state()), ("a", RolloutState::InProgress));
    assert_eq!(rollout.failure(), Some(Failure::TasksFailed(3)));
    // Seen from here, the tasks of `a` are the wanted ones.
    rollout.next(s(21), 1, tasks(1, 1), tasks(1, 0));
    rollout.next(s(22), 1, tasks(1, 1), tasks(0, 0));
    assert_eq!((*rollout.wanted(), rollout.state()), ("a", RolloutState::RolledBack));
    assert_eq!(rollout.failure().unwrap().to_string(), "3 tasks failed in a row");
}

#[test]
fn with_nothing_to_go_back_to_it_fails() {
    for before in [None, Some("b")] {
        let mut rollout = Rollout::begin(s(0), "b", before, rules(100, 200));
        (0..3).for_each(|_| rollout.task_failed());
        rollout.next(s(10), 1, tasks(0, 0), tasks(0, 0));
        assert_eq!((*rollout.wanted(), rollout.state()), ("b", RolloutState::Failed));
    }
}

#[test]
fn a_task_that_gets_healthy_resets_the_breaker() {
    let mut rollout = Rollout::begin(s(0), "b", Some("a"), rules(100, 200));
    for _ in 0..10 {
        (0..2).for_each(|_| rollout.task_failed());
        rollout.task_got_healthy();
    }
    rollout.next(s(10), 1, tasks(0, 0), tasks(1, 1));
    assert_eq!(*rollout.wanted(), "b");
}

#[test]
fn without_a_breaker_failing_tasks_are_tried_until_the_deadline() {
    let rules = Rules { circuit_breaker: false, ..rules(100, 200) };
    let mut rollout = Rollout::begin(s(0), "b", Some("a"), rules);
    (0..100).for_each(|_| rollout.task_failed());
    assert_eq!(rollout.next(s(599), 1, tasks(0, 0), tasks(1, 1)), work(1, 0, 0));
    rollout.next(s(600), 1, tasks(1, 0), tasks(1, 1));
    assert_eq!((*rollout.wanted(), rollout.state()), ("b", RolloutState::Failed));
    assert_eq!(
        rollout.failure().unwrap().to_string(),
        "the new tasks were not all healthy within 10m"
    );
}

#[test]
fn past_the_deadline_it_goes_back_and_the_way_back_has_a_deadline_too() {
    let mut rollout = Rollout::begin(s(0), "b", Some("a"), rules(100, 200));
    rollout.next(s(600), 1, tasks(1, 0), tasks(1, 1));
    assert_eq!((*rollout.wanted(), rollout.state()), ("a", RolloutState::InProgress));
    rollout.next(s(1199), 1, tasks(1, 0), tasks(1, 0));
    assert_eq!(rollout.state(), RolloutState::InProgress);
    rollout.next(s(1200), 1, tasks(1, 0), tasks(1, 0));
    assert_eq!(rollout.state(), RolloutState::Failed);
    assert_eq!(rollout.failure(), Some(Failure::TimedOut(s(600))));
}

#[test]
fn a_rollout_that_is_complete_at_its_deadline_is_complete() {
    let mut rollout = Rollout::begin(s(0), "b", Some("a"), rules(100, 200));
    rollout.next(s(600), 1, tasks(1, 1), tasks(0, 0));
    assert_eq!(rollout.state(), RolloutState::Completed);
}

#[test]
fn bounds_that_allow_no_step_are_known() {
    assert!(rules(100, 200).can_move(1) && rules(0, 100).can_move(1));
    assert!(rules(100, 150).can_move(2) && rules(100, 100).can_move(0));
    assert!(!rules(100, 100).can_move(3) && !rules(100, 150).can_move(1));
    assert!(!rules(50, 100).can_move(1), "half of one task is one");
}

proptest! {
    /// Tasks that start become healthy after some looks; drained ones go at once.
    #[test]
    fn it_ends_and_never_breaks_its_bounds_on_the_way(
        desired in 0_u32..12,
        old in 0_u32..12,
        ailing in 0_u32..12,
        minimum in 0_u32..=100,
        maximum in 100_u32..=300,
        slowness in 1_usize..4,
    ) {
        let rules = rules(minimum, maximum);
        prop_assume!(rules.can_move(desired));
        let mut others = tasks(old, old.saturating_sub(ailing));
        let (mut starting, mut healthy) = (Vec::new(), 0);
        let healthy_at_first = others.healthy;
        let mut rollout = Rollout::begin(s(0), "b", Some("a"), rules);
        for look in 0..400_usize {
            let running = u32::try_from(starting.len()).unwrap() + healthy;
            let wanted = tasks(running, healthy);
            let work = rollout.next(s(1), desired, wanted, others);
            if rollout.state() != RolloutState::InProgress {
                break;
            }
            let ill = others.running - others.healthy;
            prop_assert!(work.drain_others <= others.running);
            let drained_healthy = work.drain_others.saturating_sub(ill);
            others.running -= work.drain_others;
            others.healthy -= drained_healthy;
            prop_assert_eq!(work.drain_wanted, 0, "none was started too many");
            if drained_healthy > 0 {
                prop_assert!(others.healthy + healthy >= rules.fewest(desired).min(healthy_at_first));
            }
            if work.start > 0 {
                let most = rules.most(desired);
                prop_assert!(running + work.start <= desired);
                prop_assert!(running + work.start + others.running <= most);
            }
            starting.extend((0..work.start).map(|_| look + slowness));
            let before = starting.len();
            starting.retain(|ready| *ready > look);
            healthy += u32::try_from(before - starting.len()).unwrap();
        }
        prop_assert_eq!(rollout.state(), RolloutState::Completed);
        prop_assert_eq!((healthy, others.running), (desired, 0));
    }
}
