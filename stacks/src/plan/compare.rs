//! Which addresses need a step, and which steps each must wait for.

use std::collections::BTreeSet;

use super::{Action, Reason, Step};
use crate::{
    address::Address,
    desired::Desired,
    live::Live,
    resource::{Changes, Difference, ReplaceOrder, Resource},
};

/// One step for each address at which `live` is not what `desired` says; not yet ordered.
pub(super) fn steps(desired: &Desired, live: &Live) -> Vec<Step> {
    let mut steps: Vec<Step> =
        desired.iter().filter_map(|(address, to)| towards(address, to, live)).collect();
    with_what_they_are_part_of(&mut steps, desired, live);
    let unwanted = live.iter().filter(|(address, _)| desired.at(address).is_none());
    let removed = unwanted.map(|(address, gone)| Step {
        address: address.clone(),
        action: Action::Delete(gone.clone()),
        because: Reason::NotWanted,
        after: BTreeSet::new(),
    });
    steps.extend(removed);
    let after: Vec<_> = steps.iter().map(|step| waits_for(step, &steps, live)).collect();
    for (step, after) in steps.iter_mut().zip(after) {
        step.after = after;
    }
    steps
}

fn towards(address: &Address, to: &Resource, live: &Live) -> Option<Step> {
    let to = to.clone();
    let (action, because) = match live.at(address) {
        None => (Action::Create(to), Reason::NotThere),
        Some(is) => match to.changes_from(is)? {
            Difference::Update(changes) => {
                let changes = noted(changes, address, live);
                (Action::Update { to, changes }, Reason::Differs)
            }
            Difference::Replace(order, changes) => {
                let changes = noted(changes, address, live);
                (Action::Replace { to, order, changes }, Reason::Differs)
            }
        },
    };
    Some(Step { address: address.clone(), action, because, after: BTreeSet::new() })
}

/// The changes, with a note at those fields that are not what ragctl has written.
fn noted(changes: Changes, address: &Address, live: &Live) -> Changes {
    match live.mark(address) {
        Some(mark) => changes.noting_outside(|it| mark.differs(&it.field, &it.from)),
        None => changes,
    }
}

/// What is part of a resource that goes first and comes again goes and comes with it.
fn with_what_they_are_part_of(steps: &mut Vec<Step>, desired: &Desired, live: &Live) {
    let goes = |it: &Step| {
        matches!(it.action, Action::Replace { order: ReplaceOrder::DeleteThenCreate, .. })
    };
    let gone: BTreeSet<Address> =
        steps.iter().filter(|it| goes(it)).map(|it| it.address.clone()).collect();
    for (address, to) in desired.iter() {
        let Some(whole) = to.within().filter(|whole| gone.contains(whole)) else { continue };
        if live.at(address).is_none() {
            continue;
        }
        steps.retain(|it| it.address != *address);
        steps.push(Step {
            address: address.clone(),
            action: Action::Create(to.clone()),
            because: Reason::GoesWith(whole),
            after: BTreeSet::new(),
        });
    }
}

/// The steps that must be done before `step`: those that make what it needs; for a deletion, those after which nothing
/// refers any more to what is deleted.
fn waits_for(step: &Step, all: &[Step], live: &Live) -> BTreeSet<Address> {
    let before = |other: &Step| match step.action.wanted() {
        Some(wanted) => other.action.wanted().is_some() && wanted.needs().contains(&other.address),
        None => live.at(&other.address).is_some_and(|it| it.needs().contains(&step.address)),
    };
    all.iter()
        .filter(|other| other.address != step.address && before(other))
        .map(|it| it.address.clone())
        .collect()
}
