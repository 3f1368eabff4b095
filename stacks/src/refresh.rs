//! What exists now. Reads only.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{TryStreamExt, future::try_join, stream, stream::StreamExt};
use serde::{Deserialize, Serialize};

use crate::{
    address::Address,
    backend::{Backend, Reply},
    desired::Desired,
    resource::{Digest, Resource},
};

/// How many reads are under way at once. Ours: enough for all that a stack has, few enough not to be throttled.
const READS_AT_ONCE: usize = 32;

/// What exists of a stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Live {
    resources: BTreeMap<Address, Resource>,
}

impl Live {
    /// What exists at `address`.
    #[must_use]
    pub fn at(&self, address: &Address) -> Option<&Resource> {
        self.resources.get(address)
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

    /// Identifies what each resource is, so that a plan can tell when it has become stale.
    #[must_use]
    pub fn fingerprint(&self) -> BTreeMap<Address, Digest> {
        self.resources.iter().map(|(address, it)| (address.clone(), it.digest())).collect()
    }
}

impl FromIterator<Resource> for Live {
    fn from_iter<I: IntoIterator<Item = Resource>>(resources: I) -> Self {
        Self { resources: resources.into_iter().map(|it| (it.address(), it)).collect() }
    }
}

/// Reads all that is wanted and all that is owned, side by side: nothing is read twice.
///
/// # Errors
///
/// The first error of the backend.
pub async fn refresh<B: Backend>(desired: &Desired, backend: &B) -> Reply<Live> {
    let wanted: BTreeSet<Address> = desired.addresses().cloned().collect();
    let (mut found, owned) = try_join(read_all(&wanted, backend), backend.owned()).await?;
    let unwanted = owned.into_iter().filter(|it| !wanted.contains(it)).collect();
    found.extend(read_all(&unwanted, backend).await?);
    Ok(found.into_iter().collect())
}

async fn read_all<B: Backend>(addresses: &BTreeSet<Address>, backend: &B) -> Reply<Vec<Resource>> {
    let reads = addresses.iter().map(|address| backend.read(address));
    let read: Vec<Option<Resource>> =
        stream::iter(reads).buffer_unordered(READS_AT_ONCE).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}
