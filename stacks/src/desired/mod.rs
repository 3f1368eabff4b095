//! What a stack needs: its resources, by address.

mod common;
mod fargate;
mod image;
mod lambda;
mod local;
mod network;
mod ownership;
mod role;

pub use self::{
    fargate::{EDGE, PING, WAKE, key_path, public},
    lambda::layer_names,
};

use std::collections::BTreeMap;

use crate::{
    address::Address,
    plan::Scope,
    resource::{Program, Resource},
    stack::{Stack, Target},
};

/// The resources that a stack needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// Whose they are.
    pub scope: Scope,
    resources: BTreeMap<Address, Resource>,
}

impl Scope {
    /// Whose plan it is when `stack` is planned.
    #[must_use]
    pub fn of(stack: &Stack) -> Self {
        Self {
            stack: stack.name.to_string(),
            target: stack.target.to_string(),
            environment: stack.environment.as_ref().map(ToString::to_string),
        }
    }
}

impl Desired {
    /// What `stack`, with its strategies applied, needs to run `program`.
    #[must_use]
    pub fn of(stack: &Stack, program: &Program) -> Self {
        let resources = match stack.target {
            Target::Local => local::resources(stack, program),
            Target::Fargate => fargate::resources(stack, program),
            Target::Lambda => lambda::resources(stack, program),
        };
        Self::new(Scope::of(stack), resources)
    }

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

    /// The same, with the size of the image that was built for it, in bytes.
    #[must_use]
    pub fn with_image_size(mut self, size: u64) -> Self {
        for resource in self.resources.values_mut() {
            if let Resource::Image(image) = resource {
                image.size = Some(size);
            }
        }
        self
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
