//! From settings to adapters: the one place that knows which adapter stands behind which port.

use std::sync::Arc;

use crate::{
    adapters::{
        built_in::{QuotingGenerator, StaticEmbedder},
        openai::{self, OpenAiEmbedder, OpenAiGenerator},
        rerank::HttpReranker,
        sqlite::SqliteStore,
    },
    config::{Binding, Settings},
    ports::{Embedder, Generator, Graph, Reranker, Store, StoreError},
};

/// What the service is made of.
pub struct Parts {
    /// Documents and their chunks.
    pub store: Arc<dyn Store>,
    /// What the documents mention; the same store.
    pub graph: Arc<dyn Graph>,
    /// Texts to vectors.
    pub embedder: Arc<dyn Embedder>,
    /// Questions to answers.
    pub generator: Arc<dyn Generator>,
    /// Passages to an order, when one is set.
    pub reranker: Option<Arc<dyn Reranker>>,
}

/// Why the service cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There can be no HTTP client.
    #[error("the HTTP client cannot be made")]
    Client(#[from] reqwest::Error),
}

/// Opens the store and binds the providers. Calls nobody.
///
/// # Errors
///
/// [`ComposeError`] by its cause.
pub async fn compose(settings: &Settings) -> Result<Parts, ComposeError> {
    let (embedding, llm) = (&settings.embedding, &settings.llm);
    // Made only when it is needed, and once, so that all providers share its connections.
    let bindings = [&embedding.binding, &llm.binding];
    let is_called = bindings.iter().any(|binding| matches!(binding, Binding::OpenAi(_)));
    let client = match is_called || settings.rerank.is_some() {
        true => Some(openai::client()?),
        false => None,
    };
    let embedder: Arc<dyn Embedder> = match (&embedding.binding, &client) {
        (Binding::OpenAi(binding), Some(client)) => Arc::new(OpenAiEmbedder::new(
            client.clone(),
            binding.clone(),
            embedding.batch,
            embedding.dimension,
        )),
        _ => Arc::new(StaticEmbedder::new()),
    };
    let generator: Arc<dyn Generator> = match (&llm.binding, &client) {
        (Binding::OpenAi(binding), Some(client)) => {
            Arc::new(OpenAiGenerator::new(client.clone(), binding.clone()))
        }
        _ => Arc::new(QuotingGenerator::new()),
    };
    let reranker = settings.rerank.as_ref().zip(client).map(|(rerank, client)| {
        Arc::new(HttpReranker::new(client, rerank.shape, rerank.binding.clone())) as _
    });
    let store = Arc::new(SqliteStore::open(&settings.data_dir, embedder.model())?);
    Ok(Parts { graph: Arc::clone(&store) as _, store, embedder, generator, reranker })
}
