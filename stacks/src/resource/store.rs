//! Where documents and their vectors lie.

use serde::{Deserialize, Serialize};

use super::{Fixed, Managed, ReplaceOrder};
use crate::address::{Address, Kind, Name};

/// A folder with one SQLite file. Deleting it deletes the documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Its name.
    pub name: Name,
    /// The folder. A store elsewhere is another store: documents do not move.
    pub path: String,
}

impl Managed for Store {
    const KIND: Kind = Kind::Store;
    const FIXED: Fixed = Fixed::Everything(ReplaceOrder::CreateThenDelete);

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        Vec::new()
    }

    fn in_short(&self) -> String {
        format!("documents in {}", self.path)
    }

    fn loss(&self) -> String {
        format!("deletes all documents in {}", self.path)
    }
}
