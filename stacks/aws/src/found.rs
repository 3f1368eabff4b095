//! What is found where a resource of the stack would be.

use ragctl_stacks::{
    live::{Foreign, Live},
    mark::Mark,
    resource::Resource,
};

use crate::tags::Tags;

/// What is found where a resource of the stack would be.
#[derive(Clone, Debug)]
pub(crate) enum Found<T> {
    /// Nothing.
    Nothing,
    /// One of ours.
    Ours(T),
    /// Somebody else's.
    Foreign(Foreign),
}

impl<T> Found<T> {
    /// Ours when the tags say so.
    pub(crate) fn by_tags(it: T, tags: &Tags, stack: &str, id: &str) -> Self {
        match tags.belongs_to(stack, id) {
            Ok(()) => Self::Ours(it),
            Err(foreign) => Self::Foreign(foreign),
        }
    }

    /// What is ours.
    pub(crate) fn ours(&self) -> Option<&T> {
        match self {
            Self::Ours(it) => Some(it),
            Self::Nothing | Self::Foreign(_) => None,
        }
    }
}

/// A resource of ours, and what it was when it was last written.
pub(crate) type Marked = (Resource, Option<Mark>);

/// Puts what was found into what is live.
pub(crate) fn put(live: &mut Live, address: ragctl_stacks::address::Address, found: Found<Marked>) {
    match found {
        Found::Nothing => {}
        Found::Ours((resource, mark)) => live.insert(resource, mark),
        Found::Foreign(foreign) => live.insert_foreign(address, foreign),
    }
}
