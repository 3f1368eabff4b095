//! Steps in an order in which each comes after those it waits for.

use std::collections::{BTreeMap, BTreeSet};

use super::{PlanError, Step};
use crate::address::Address;

/// Sorts `steps` (Kahn's algorithm); among those that are free, the lowest address comes first, so that the order is one.
pub(super) fn by_need(steps: Vec<Step>) -> Result<Vec<Step>, PlanError> {
    let mut waiting: BTreeMap<Address, Step> =
        steps.into_iter().map(|step| (step.address.clone(), step)).collect();
    let mut done = BTreeSet::new();
    let mut sorted = Vec::with_capacity(waiting.len());
    while let Some(free) = waiting.values().find(|step| step.after.is_subset(&done)) {
        let address = free.address.clone();
        sorted.extend(waiting.remove(&address));
        done.insert(address);
    }
    if waiting.is_empty() {
        Ok(sorted)
    } else {
        Err(PlanError::Ring(waiting.into_keys().collect()))
    }
}
