//! What a stack needs: its resources, by address.

use std::collections::BTreeMap;

use crate::{address::Address, plan::Scope, resource::Resource};

/// The resources that a stack needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// Whose they are.
    pub scope: Scope,
    resources: BTreeMap<Address, Resource>,
}

impl Desired {
    /// These resources, wanted by `scope`.
    pub fn new(scope: Scope, resources: impl IntoIterator<Item = Resource>) -> Self {
        let resources = resources.into_iter().map(|it| (it.address(), it)).collect();
        Self { scope, resources }
    }

    /// Nothing: what is left when a stack is destroyed.
    #[must_use]
    pub fn nothing(scope: Scope) -> Self {
        Self::new(scope, [])
    }

    /// What is wanted at `address`.
    #[must_use]
    pub fn at(&self, address: &Address) -> Option<&Resource> {
        self.resources.get(address)
    }

    /// All that is wanted, by address.
    pub fn iter(&self) -> impl Iterator<Item = (&Address, &Resource)> {
        self.resources.iter()
    }

    /// The addresses of all that is wanted.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.resources.keys()
    }

    /// A wanted resource and what it needs that is not wanted, if there is such a pair.
    #[must_use]
    pub fn unmet_need(&self) -> Option<(Address, Address)> {
        let needs = |it: &Resource| it.needs().into_iter().find(|need| self.at(need).is_none());
        self.resources.iter().find_map(|(address, it)| Some((address.clone(), needs(it)?)))
    }
}
