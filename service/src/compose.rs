//! From settings to adapters: the one place that knows which adapter stands behind which port.

use std::{io, path::PathBuf, sync::Arc};

use crate::{
    adapters::{
        built_in::{FileError, MinilmEmbedder, QuotingGenerator, StaticEmbedder},
        extract::{OWN_PROGRAM, SandboxedReader},
        openai::{self, Connections, OpenAiEmbedder, OpenAiGenerator},
        postgres::PostgresStore,
        rerank::HttpReranker,
        sqlite::SqliteStore,
    },
    config::{Binding, BuiltInModel, Settings},
    pipeline::spool,
    ports::{Embedder, FileReader, Generator, Graph, Reranker, Store, StoreError},
};

/// Files of untrusted formats that are read at once: each may take half a gigabyte of memory.
const READ_AT_ONCE: usize = 1;

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
    /// Files to texts.
    pub files: Arc<dyn FileReader>,
    /// The connections to providers, when one is called over the network.
    pub connections: Option<Connections>,
}

/// Why the service cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no place for files while they are sent and read.
    #[error("the folder {} cannot be used", .path.display())]
    Spool {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
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
pub async fn compose(settings: &Settings) -> Result<Parts, ComposeError> {
    let (embedding, llm) = (&settings.embedding, &settings.llm);
    // Made only when it is needed, and once, so that all providers share its connections.
    let bindings = [&embedding.binding, &llm.binding];
    let is_called = bindings.iter().any(|binding| matches!(binding, Binding::OpenAi(_)));
    let client = match is_called || settings.rerank.is_some() {
        true => Some(Connections::from(openai::client()?)),
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
    let reranker = settings.rerank.as_ref().zip(client.as_ref()).map(|(rerank, client)| {
        Arc::new(HttpReranker::new(client.clone(), rerank.shape, rerank.binding.clone())) as _
    });
    let (store, graph) = open(settings, embedder.model()).await?;
    let files = Arc::new(files(settings)?);
    Ok(Parts { store, graph, embedder, generator, reranker, files, connections: client })
}

/// What reads files, each in a process of its own where it may be dangerous.
fn files(settings: &Settings) -> Result<SandboxedReader, ComposeError> {
    let path = settings.spool_dir.clone();
    if let Err(source) = spool::make(&path) {
        return Err(ComposeError::Spool { path, source });
    }
    Ok(SandboxedReader::new(PathBuf::from(OWN_PROGRAM), path, settings.extract, READ_AT_ONCE))
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

fn built_in(model: &BuiltInModel) -> Result<Arc<dyn Embedder>, FileError> {
    Ok(match model {
        BuiltInModel::StaticTable => Arc::new(StaticEmbedder::new()),
        BuiltInModel::Minilm(file) => Arc::new(MinilmEmbedder::open(file)?),
    })
}
