//! The fake keeps the contract that every backend keeps.

use ragctl_stacks::{contract, fake::Fake};

use crate::stacks::{Choice, desired};

#[tokio::test]
async fn a_stack_lives_and_dies() {
    let first = desired(&Choice::default());
    let second = desired(&Choice { cpu: 256, interval: 5, idle: Some(15), ..Choice::default() });
    contract::a_stack_lives_and_dies(&Fake::default(), &first, &second).await;
}

#[tokio::test]
async fn a_step_can_be_repeated() {
    contract::a_step_can_be_repeated(&Fake::default(), &desired(&Choice::default())).await;
}

#[tokio::test]
async fn a_lease_has_one_holder() {
    contract::a_lease_has_one_holder(&Fake::default()).await;
}
