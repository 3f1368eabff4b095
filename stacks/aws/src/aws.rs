//! What all kinds work with: the clients, the names, and the ids that have been found so far.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use ragctl_stacks::{
    address::Address,
    backend::{BackendError, Reply},
    lease::Lease,
    stack::{self, Stack, Target},
};
use tokio::sync::OnceCell;

use crate::{
    call::call,
    clients::Clients,
    names::Names,
    network::{self, Network},
};

/// What all kinds work with.
#[derive(Debug)]
pub(crate) struct Aws {
    pub(crate) clients: Clients,
    pub(crate) names: Names,
    /// The target that the file names.
    pub(crate) target: Target,
    /// The network as the file names it.
    pub(crate) wanted_network: stack::Network,
    /// The account that the file names.
    wanted_account: Option<String>,
    /// See [`AwsOptions::is_abandoned`](crate::AwsOptions::is_abandoned).
    pub(crate) is_abandoned: fn(&Lease) -> bool,
    ids: Mutex<BTreeMap<Address, String>>,
    account: OnceCell<String>,
    network: OnceCell<Network>,
}

impl Aws {
    pub(crate) fn new(
        clients: Clients,
        names: Names,
        stack: &Stack,
        is_abandoned: fn(&Lease) -> bool,
    ) -> Self {
        Self {
            clients,
            names,
            target: stack.target,
            wanted_network: stack.network.clone(),
            wanted_account: stack.aws.account.as_ref().map(ToString::to_string),
            is_abandoned,
            ids: Mutex::default(),
            account: OnceCell::new(),
            network: OnceCell::new(),
        }
    }

    /// The account that the credentials belong to; refused when the file names another.
    pub(crate) async fn account(&self) -> Reply<&str> {
        let ask = async || -> Reply<String> {
            let asked = self.clients.sts.get_caller_identity().send();
            let identity = call("sts GetCallerIdentity", asked).await?;
            let found = identity.account.unwrap_or_default();
            match &self.wanted_account {
                Some(wanted) if *wanted != found => {
                    Err(BackendError::OtherAccount { found, wanted: wanted.clone() })
                }
                _ => Ok(found),
            }
        };
        self.account.get_or_try_init(ask).await.map(String::as_str)
    }

    /// The network that the file means where it names none, or no subnets of it.
    pub(crate) async fn network(&self) -> Reply<&Network> {
        self.network.get_or_try_init(|| network::find(self)).await
    }

    /// What a resource is called by AWS (an ARN, an id), if it was found or made already.
    pub(crate) fn known_id(&self, address: &Address) -> Option<String> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }

    /// The resource that is called so by AWS, if one was found or made.
    pub(crate) fn address_known_as(&self, id: &str) -> Option<Address> {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.iter().find(|(_, it)| it.as_str() == id).map(|(address, _)| address.clone())
    }

    /// Remembers what a resource is called by AWS.
    pub(crate) fn learn(&self, address: &Address, id: impl Into<String>) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(address.clone(), id.into());
    }

    /// Forgets a resource that is gone.
    pub(crate) fn forget(&self, address: &Address) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).remove(address);
    }

    /// What a resource of the stack's own is called by AWS, which must be there.
    pub(crate) fn id(&self, address: &Address, needed_by: &Address) -> Reply<String> {
        let missing =
            || BackendError::Missing { address: needed_by.clone(), needs: address.clone() };
        self.known_id(address).ok_or_else(missing)
    }

    /// A security group by what a resource calls it: an address of the stack's own, or an id.
    pub(crate) fn group_id(&self, called: &str, needed_by: &Address) -> Reply<String> {
        match called.parse::<Address>() {
            Ok(address) => self.id(&address, needed_by),
            Err(_) => Ok(called.to_owned()),
        }
    }

    /// What a resource calls a security group: the address of one of the stack's own, or the id.
    pub(crate) fn group_called(&self, id: &str) -> String {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = ids.iter().find(|(address, it)| {
            address.kind == ragctl_stacks::address::Kind::SecurityGroup && it.as_str() == id
        });
        ours.map_or_else(|| id.to_owned(), |(address, _)| address.to_string())
    }
}
