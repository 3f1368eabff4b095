//! From settings to adapters: the one place that knows which adapter stands behind which port.

use std::sync::Arc;

use crate::{
    adapters::{
        built_in::{FileError, MinilmEmbedder, QuotingGenerator, StaticEmbedder},
        openai::{self, OpenAiEmbedder, OpenAiGenerator},
        sqlite::SqliteStore,
    },
    config::{Binding, BuiltInModel, Settings},
    ports::{Embedder, Generator, Store, StoreError},
};

/// What the service is made of.
pub struct Parts {
    /// Documents and their chunks.
    pub store: Arc<dyn Store>,
    /// Texts to vectors.
    pub embedder: Arc<dyn Embedder>,
    /// Questions to answers.
    pub generator: Arc<dyn Generator>,
}

/// Why the service cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The embedding model cannot be read.
    #[error(transparent)]
    Model(#[from] FileError),
    /// There can be no HTTP client.
    #[error("the HTTP client cannot be made")]
    Client(#[from] reqwest::Error),
}

/// Opens the store and binds the providers. Calls nobody.
///
/// # Errors
///
/// [`ComposeError`] by its cause.
pub fn compose(settings: &Settings) -> Result<Parts, ComposeError> {
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
        _ => built_in(&embedding.built_in)?,
    };
    let generator: Arc<dyn Generator> = match (&llm.binding, &client) {
        (Binding::OpenAi(binding), Some(client)) => {
            Arc::new(OpenAiGenerator::new(client.clone(), binding.clone()))
        }
        _ => Arc::new(QuotingGenerator::new()),
    };
    let store = Arc::new(SqliteStore::open(&settings.data_dir, embedder.model())?);
    Ok(Parts { store, embedder, generator })
}

fn built_in(model: &BuiltInModel) -> Result<Arc<dyn Embedder>, FileError> {
    Ok(match model {
        BuiltInModel::StaticTable => Arc::new(StaticEmbedder::new()),
        BuiltInModel::Minilm(file) => Arc::new(MinilmEmbedder::open(file)?),
    })
}
