use super::*;
use crate::budget::tests::{on_fargate, shape, stack, tasks};

fn tasks_with(deployment: &str) -> Tasks {
    tasks(&on_fargate(&format!("{deployment}\nautoscaling: {{minimum: 4}}\n")))
}

#[test]
fn batches_follow_from_the_percentages() {
    for (minimum, maximum, wanted) in [
        (100, 200, Some(1)),
        (100, 150, Some(2)),
        (100, 125, Some(4)),
        (50, 100, Some(2)),
        (0, 100, Some(1)),
        (50, 125, Some(2)),
    ] {
        let deployment = format!(
            "deployment: {{minimum_healthy_percent: {minimum}, maximum_percent: {maximum}}}"
        );
        assert_eq!(batches(&tasks_with(&deployment), 4), wanted, "{minimum} {maximum}");
    }
    let stuck = Tasks { maximum_percent: 100, ..tasks_with("") };
    assert_eq!(batches(&stuck, 4), None);
}

#[test]
fn a_rollout_is_new_tasks_and_then_the_end_of_the_old_ones() {
    let stack = on_fargate(
        "budget: {image_size: 600, bind: 3s, warm_up: 30s}\nstrategies: {prewarm: true}\n",
    );
    let (shape, tasks) = (shape(&stack), tasks(&stack));
    let cold = ColdStart::of(&shape, &stack.budget, None);
    let rollout = TaskRollout::of(&tasks, &cold).unwrap();
    assert_eq!((rollout.tasks, rollout.batches), (1, 1));
    // Place 17, pull 20, start 3.5, listening and warm 33, found 15; then the delay of 30 s.
    assert!((rollout.seconds.typical - (88.5 + 30.0)).abs() < 1e-9, "{rollout:?}");
    assert_eq!(rollout.drain, Range::new(30.0, 30.0, 60.0));
}

#[test]
fn a_task_counts_once_its_own_check_has_passed_too() {
    let stack = on_fargate("");
    let cold = ColdStart::of(&shape(&stack), &stack.budget, None);
    let rollout = TaskRollout::of(&tasks(&stack), &cold).unwrap();
    // The balancer finds it after 15 s, the container's first check comes after 30 s.
    let before = 17.0 + 15.0 / 30.0 + 3.5;
    assert!((rollout.start.typical - (before + 30.0)).abs() < 1e-9, "{rollout:?}");
}

#[test]
fn a_second_batch_waits_at_worst_for_the_end_of_the_first() {
    let stack = on_fargate("deployment: {maximum_percent: 150}\nautoscaling: {minimum: 2}\n");
    let (shape, tasks) = (shape(&stack), tasks(&stack));
    let rollout = TaskRollout::of(&tasks, &ColdStart::of(&shape, &stack.budget, None)).unwrap();
    let TaskRollout { seconds, batches, start, drain, .. } = rollout;
    assert_eq!(batches, 2);
    assert!((seconds.typical - (2.0 * start.typical + drain.typical)).abs() < 1e-9);
    assert!((seconds.worst - 2.0 * (start.worst + drain.worst)).abs() < 1e-9);
}

#[test]
fn on_this_machine_nobody_waits_for_old_tasks() {
    let stack = stack("");
    let (shape, tasks) = (shape(&stack), tasks(&stack));
    let rollout = TaskRollout::of(&tasks, &ColdStart::of(&shape, &stack.budget, None)).unwrap();
    assert!(rollout.seconds.worst < 0.2, "{rollout:?}");
}
