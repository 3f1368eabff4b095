//! From settings to adapters: the one place that knows which adapter stands behind which port.

use std::sync::Arc;

use crate::{
    adapters::{
        built_in::{QuotingGenerator, StaticEmbedder},
        openai::{self, OpenAiEmbedder, OpenAiGenerator},
        postgres::PostgresStore,
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
    // Made only when it is needed, and once, so that both providers share its connections.
    let bindings = [&embedding.binding, &llm.binding];
    let client = match bindings.iter().any(|binding| matches!(binding, Binding::OpenAi(_))) {
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
    let (store, graph) = open(settings, embedder.model()).await?;
    Ok(Parts { store, graph, embedder, generator, reranker: None })
}

/// Opens the server that is set, or else the file.
async fn open(
    settings: &Settings,
    model: &str,
) -> Result<(Arc<dyn Store>, Arc<dyn Graph>), StoreError> {
    if let Some(database) = &settings.database {
        let store = Arc::new(PostgresStore::open(database, model).await?);
        return Ok((Arc::clone(&store) as _, store));
    }
    let store = Arc::new(SqliteStore::open(&settings.data_dir, model)?);
    Ok((Arc::clone(&store) as _, store))
}
