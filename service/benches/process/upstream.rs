//! The provider, on a thread of its own.

use tokio::runtime::Runtime;

use crate::provider::{Options, Provider};

/// A running provider; gone when dropped.
pub(crate) struct Upstream {
    provider: Provider,
    // Dropped after the provider, which runs on it.
    _runtime: Runtime,
}

impl Upstream {
    pub(crate) fn start(options: Options) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        let provider = runtime.block_on(Provider::start(0, options)).unwrap();
        Self { provider, _runtime: runtime }
    }

    pub(crate) fn url(&self) -> &str {
        &self.provider.url
    }
}
