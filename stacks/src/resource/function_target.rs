//! The door by which a load balancer calls a function.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::address::{Address, Kind, Name};

/// A target group whose one target is a function. Its health is not checked: a check would call the function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionTarget {
    /// Its name.
    pub name: Name,
    /// The function.
    pub function: Address,
}

impl Managed for FunctionTarget {
    const KIND: Kind = Kind::FunctionTarget;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.function.clone()]
    }

    fn in_short(&self) -> String {
        format!("calls {}", self.function)
    }
}
