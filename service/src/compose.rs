//! From settings to adapters: the one place that knows which adapter stands behind which port.

use std::{io, path::PathBuf, sync::Arc};

use crate::{
    adapters::{
        built_in::{FileError, MinilmEmbedder, QuotingGenerator, StaticEmbedder, Table},
        extract::{SandboxedReader, own_program},
        openai::{self, Connections, OpenAiEmbedder, OpenAiGenerator},
        postgres::PostgresStore,
        rerank::HttpReranker,
        sqlite::SqliteStore,
        trust,
    },
    config::{Binding, BuiltInModel, EmbeddingSettings, Settings, TableSource},
    pipeline::spool,
    ports::{Embedder, FileReader, Generator, Graph, Reranker, Store, StoreError},
};

/// Files of untrusted formats that are read at once: each may take half a gigabyte of memory.
const READ_AT_ONCE: usize = 1;

/// Why a model that the program runs itself is there where no provider is called.
const BOUND: &str = "what no provider is called for is built in";

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
    trust::tell_what_was_skipped();
    let (embedding, llm) = (&settings.embedding, &settings.llm);
    // Made only when it is needed, and once, so that all connections can be given up together.
    let bindings = [&embedding.binding, &llm.binding];
    let is_called = bindings.iter().any(|binding| matches!(binding, Binding::OpenAi(_)));
    let client = match is_called || settings.rerank.is_some() {
        true => Some(Connections::from(openai::client()?)),
        false => None,
    };
    // The first begins to read files on another thread; the second opens a file on this one meanwhile.
    let (built_in, (store, graph)) = tokio::try_join!(built_in(settings), async {
        Ok::<_, ComposeError>(open(settings, model(embedding)).await?)
    })?;
    let embedder: Arc<dyn Embedder> = match (&embedding.binding, &client) {
        (Binding::OpenAi(binding), Some(client)) => Arc::new(OpenAiEmbedder::new(
            client.clone(),
            binding.clone(),
            embedding.batch,
            embedding.dimension,
        )),
        _ => built_in.embedder.expect(BOUND),
    };
    let generator: Arc<dyn Generator> = match (&llm.binding, &client) {
        (Binding::OpenAi(binding), Some(client)) => {
            Arc::new(OpenAiGenerator::new(client.clone(), binding.clone()))
        }
        _ => built_in.generator.expect(BOUND),
    };
    let reranker = settings.rerank.as_ref().zip(client.as_ref()).map(|(rerank, client)| {
        Arc::new(HttpReranker::new(client.clone(), rerank.shape, rerank.binding.clone())) as _
    });
    let files = Arc::new(files(settings)?);
    Ok(Parts { store, graph, embedder, generator, reranker, files, connections: client })
}

/// What reads files, each in a process of its own where it may be dangerous.
fn files(settings: &Settings) -> Result<SandboxedReader, ComposeError> {
    let path = settings.spool_dir.clone();
    if let Err(source) = spool::make(&path) {
        return Err(ComposeError::Spool { path, source });
    }
    Ok(SandboxedReader::new(own_program(), path, settings.extract, READ_AT_ONCE))
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

/// Names the embedding model, before it is there.
fn model(embedding: &EmbeddingSettings) -> &str {
    match (&embedding.binding, &embedding.built_in) {
        (Binding::OpenAi(binding), _) => &binding.model,
        (Binding::BuiltIn, BuiltInModel::StaticTable) => StaticEmbedder::MODEL,
        (Binding::BuiltIn, BuiltInModel::Minilm(_)) => MinilmEmbedder::MODEL,
    }
}

/// The models that the program runs itself, as far as they are bound.
#[derive(Default)]
struct BuiltIn {
    embedder: Option<Arc<dyn Embedder>>,
    generator: Option<Arc<dyn Generator>>,
}

/// Opens the models; files are read on a thread that may block.
async fn built_in(settings: &Settings) -> Result<BuiltIn, ComposeError> {
    let Some(source) = settings.table.clone() else { return Ok(BuiltIn::default()) };
    let (embedding, llm) = (&settings.embedding, &settings.llm);
    let model = (embedding.binding == Binding::BuiltIn).then(|| embedding.built_in.clone());
    let has_file =
        matches!(source, TableSource::File(_)) || matches!(model, Some(BuiltInModel::Minilm(_)));
    let is_quoting = llm.binding == Binding::BuiltIn;
    let read = move || -> Result<BuiltIn, FileError> {
        let table = table(&source)?;
        Ok(BuiltIn {
            embedder: model.map(|model| embedder(&model, table)).transpose()?,
            generator: is_quoting.then(|| Arc::new(QuotingGenerator::new(table)) as _),
        })
    };
    Ok(match has_file {
        true => tokio::task::spawn_blocking(read).await.expect("reading does not panic")?,
        false => read()?,
    })
}

fn table(source: &TableSource) -> Result<Table<'static>, FileError> {
    match source {
        TableSource::Inside => Ok(Table::inside().expect("settings know whether it is inside")),
        TableSource::File(path) => Table::open(path),
    }
}

fn embedder(model: &BuiltInModel, table: Table<'static>) -> Result<Arc<dyn Embedder>, FileError> {
    Ok(match model {
        BuiltInModel::StaticTable => Arc::new(StaticEmbedder::new(table)),
        BuiltInModel::Minilm(file) => Arc::new(MinilmEmbedder::open(file, table)?),
    })
}
