//! What exists of a stack, as a backend reads it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    address::Address,
    mark::Mark,
    resource::{Digest, Resource},
};

/// What exists of a stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Live {
    resources: BTreeMap<Address, Resource>,
    #[serde(skip)]
    marks: BTreeMap<Address, Mark>,
    #[serde(skip)]
    foreign: BTreeMap<Address, Foreign>,
}

/// Something that has the name of a resource of ours, and is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// What it is called where it exists.
    pub id: String,
    /// The stack that its tag names; `None` when nothing says whose it is.
    pub owner: Option<String>,
}

impl Live {
    /// What exists at `address`.
    #[must_use]
    pub fn at(&self, address: &Address) -> Option<&Resource> {
        self.resources.get(address)
    }

    /// What was there when ragctl last wrote the resource at `address`, where the backend can tell.
    #[must_use]
    pub fn mark(&self, address: &Address) -> Option<&Mark> {
        self.marks.get(address)
    }

    /// What stands at `address` and is not ours.
    #[must_use]
    pub fn foreign(&self, address: &Address) -> Option<&Foreign> {
        self.foreign.get(address)
    }

    /// All that exists, by address.
    pub fn iter(&self) -> impl Iterator<Item = (&Address, &Resource)> {
        self.resources.iter()
    }

    /// Whether nothing exists.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// Adds a resource, and what was there when ragctl last wrote it.
    pub fn insert(&mut self, resource: Resource, mark: Option<Mark>) {
        let address = resource.address();
        self.marks.extend(mark.map(|mark| (address.clone(), mark)));
        self.resources.insert(address, resource);
    }

    /// Adds what is not ours.
    pub fn insert_foreign(&mut self, address: Address, foreign: Foreign) {
        self.foreign.insert(address, foreign);
    }

    /// Identifies what each resource is, so that a plan can tell when it has become stale.
    #[must_use]
    pub fn fingerprint(&self) -> BTreeMap<Address, Digest> {
        self.resources.iter().map(|(address, it)| (address.clone(), it.digest())).collect()
    }
}

impl FromIterator<Resource> for Live {
    fn from_iter<I: IntoIterator<Item = Resource>>(resources: I) -> Self {
        let mut live = Self::default();
        resources.into_iter().for_each(|it| live.insert(it, None));
        live
    }
}
