//! The connections to all providers, which can be given up together.

use std::sync::{Arc, PoisonError, RwLock};

use reqwest::Client;

/// Connections that stay open and are used again. All clones are one.
#[derive(Clone, Debug)]
pub struct Connections(Arc<RwLock<Client>>);

impl Connections {
    /// Who calls over them.
    #[must_use]
    pub fn client(&self) -> Client {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives all of them up: the next call sets one up anew.
    ///
    /// For a process that stood still: the other end may have closed them meanwhile, and who sits between may have
    /// forgotten them without a word. Each call over one of those would fail, and there may be more of them than a call
    /// is made again.
    pub fn renew(&self) {
        // As long as the process could make the first one, it can make another; else the old ones are as good.
        if let Ok(client) = super::client() {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = client;
        }
    }
}

impl From<Client> for Connections {
    fn from(client: Client) -> Self {
        Self(Arc::new(RwLock::new(client)))
    }
}
