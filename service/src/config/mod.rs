//! Settings, from the environment, or a file of such lines. All wrong ones are told at once.
//!
//! Names, units, ranges and defaults: `docs/reference/service.md`.

mod access;
mod built_in;
mod database;
mod environment;
mod extract;
mod graph;
mod lambda;
mod provider;
mod query;
mod read;
mod rerank;
mod secret;
#[cfg(test)]
mod tests;
mod traces;
mod trust;

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::Duration,
};

pub use access::{Access, Origins, Whitelist};
pub use built_in::{BuiltInModel, TableSource};
pub use database::{DatabaseSettings, TlsMode};
pub use environment::Environment;
pub use extract::ExtractLimits;
pub use graph::GraphSettings;
pub use lambda::{Initialization, LambdaResponse, LambdaSettings, RUNTIME_API};
pub use provider::{Binding, OpenAiBinding};
pub use query::{ChunkRetrieval, LARGEST_BUDGET, MOST_TOP_K, QuerySettings};
pub use read::WrongSettings;
pub use rerank::{RerankSettings, RerankShape};
pub use secret::Secret;
pub use traces::{TraceSettings, TraceTarget};
use tracing::level_filters::LevelFilter;

use self::read::Reader;
use crate::pool::Limits;

/// What the service was told to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Address to listen on. `HOST`, default `127.0.0.1`.
    pub host: IpAddr,
    /// Port to listen on; 0 lets the system choose. `PORT`, default 8000.
    pub port: u16,
    /// Where the store lies. `DATA_DIR` or `WORKING_DIR`, default `./data`; on AWS Lambda `/tmp/data`, for nothing else can be
    /// written to there.
    pub data_dir: PathBuf,
    /// Where files without a name lie while they are sent and read: `spool` in the folder above. When that is not set and
    /// the store is a server, in `TMPDIR`, default `/tmp`: a container may have no other folder to write to.
    pub spool_dir: PathBuf,
    /// The server that is the store instead. `DATABASE_URL`.
    pub database: Option<DatabaseSettings>,
    /// When the pools are warmed. `WARMUP_ON_STARTUP`, `ASYNC_INIT`.
    pub warm_up: WarmUp,
    /// What `POST /warmup` has to show; none: nothing. `WARMUP_KEY`.
    pub warmup_key: Option<Secret>,
    /// Who may ask what.
    pub access: Access,
    /// What the service calls itself as a model, to clients of Ollama and OpenAI. `OLLAMA_EMULATING_MODEL_NAME`, default
    /// `lightrag`, and `OLLAMA_EMULATING_MODEL_TAG`, default `latest`.
    pub model_name: String,
    /// Limit of one HTTP request. `REQUEST_TIMEOUT`, default 180 s.
    pub request_timeout: Duration,
    /// How long a stop waits for requests in flight. `STOP_TIMEOUT`, default 30 s.
    pub stop_timeout: Duration,
    /// Largest upload in bytes. `MAX_UPLOAD_SIZE`, default 100 MiB.
    pub max_upload_bytes: usize,
    /// What the process that reads a file may take.
    pub extract: ExtractLimits,
    /// Documents that are worked on at once. `MAX_PARALLEL_INSERT`, default 2.
    pub documents_at_once: usize,
    /// The least that is logged. `LOG_LEVEL`, default `info`.
    pub log_level: LevelFilter,
    /// What AWS Lambda says, when the service is a function there.
    pub lambda: Option<LambdaSettings>,
    /// How long values that were fetched by reference are taken for new. `SECRETS_LIFETIME`, default 15 minutes.
    pub secrets_lifetime: Duration,
    /// Where spans go; none: nowhere. `OTEL_EXPORTER_OTLP_ENDPOINT`, `AWS_XRAY_DAEMON_ADDRESS`.
    pub traces: Option<TraceSettings>,
    /// Texts to vectors.
    pub embedding: EmbeddingSettings,
    /// Questions to answers.
    pub llm: LlmSettings,
    /// Where the built-in models find words; none: no such model is bound.
    pub table: Option<TableSource>,
    /// How documents are cut and found again.
    pub retrieval: Retrieval,
    /// How questions are answered.
    pub query: QuerySettings,
    /// What the documents are read for.
    pub graph: GraphSettings,
    /// Certificates in PEM that are trusted instead of the public ones; see [`Settings::trusted_file`]. `SSL_CERT_FILE`.
    pub ca_file: Option<PathBuf>,
    /// Who puts passages in order; none: nobody.
    pub rerank: Option<RerankSettings>,
}

/// When the pools are warmed, and what a query does meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarmUp {
    /// The first query sets the pools up by its own calls.
    Lazy,
    /// Warmed at start; a query waits.
    OnStartup,
    /// Warmed at start; a query is told to come again.
    Async,
}

/// The embedding provider and its pool.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingSettings {
    /// Which provider.
    pub binding: Binding,
    /// Which of the built-in models, where none else is bound. `EMBEDDING_MODEL`, `EMBEDDING_MODEL_FILE`, `EMBEDDER_DIR`.
    pub built_in: BuiltInModel,
    /// Workers, queue and time limits (30/60/75 s by default).
    pub limits: Limits,
    /// The dimension to expect; none takes what the provider answers. `EMBEDDING_DIM`.
    pub dimension: Option<usize>,
    /// Texts of one call. `EMBEDDING_BATCH_NUM`, default 10.
    pub batch: usize,
}

/// The LLM provider and its pool.
#[derive(Debug, Clone, PartialEq)]
pub struct LlmSettings {
    /// Which provider.
    pub binding: Binding,
    /// Workers, queue and time limits (180/360/375 s by default).
    pub limits: Limits,
}

/// How documents are cut and found again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retrieval {
    /// Size of a chunk in tokens. `CHUNK_SIZE`, default 1200.
    pub chunk_tokens: usize,
    /// What a chunk shares with the one before, in tokens. `CHUNK_OVERLAP_SIZE`, default 100.
    pub chunk_overlap: usize,
    /// Chunks that a query retrieves. `CHUNK_TOP_K`, default 20.
    pub top_k: usize,
    /// The least cosine. `COSINE_THRESHOLD`, default 0.2.
    pub threshold: f32,
}

impl Settings {
    /// Reads settings that `lookup` finds by name.
    ///
    /// # Errors
    ///
    /// [`WrongSettings`] with every setting that cannot be used.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, WrongSettings> {
        let mut from = Reader::new(lookup);
        let workers = from.number("MAX_ASYNC", 8, 1..=256);
        let queue = from.number("MAX_QUEUE", 1000, 1..=65536);
        let database = DatabaseSettings::read(&mut from);
        let lambda = LambdaSettings::read(&mut from);
        let (data_dir, spool_dir) = folders(&from, database.is_some(), lambda.is_some());
        let mut settings = Self {
            host: from.parsed("HOST", IpAddr::V4(Ipv4Addr::LOCALHOST), "an IP address"),
            port: from.number("PORT", 8000, 0..=65535),
            data_dir,
            spool_dir,
            database,
            warm_up: warm_up(&mut from),
            warmup_key: from.text("WARMUP_KEY").map(Secret::new),
            access: Access::read(&mut from),
            model_name: model_name(&from),
            request_timeout: from.seconds("REQUEST_TIMEOUT", 180, 1..=3600),
            stop_timeout: from.seconds("STOP_TIMEOUT", 30, 1..=120),
            max_upload_bytes: from.number("MAX_UPLOAD_SIZE", 104_857_600, 1..=usize::MAX),
            extract: ExtractLimits::read(&mut from),
            documents_at_once: from.number("MAX_PARALLEL_INSERT", 2, 1..=32),
            log_level: log_level(&mut from),
            lambda,
            secrets_lifetime: from.seconds("SECRETS_LIFETIME", 900, 1..=86_400),
            traces: TraceSettings::read(&mut from),
            embedding: embedding(&mut from, workers, queue),
            llm: LlmSettings {
                binding: Binding::read(&mut from, "LLM", "gpt-4o-mini"),
                limits: Limits::of_function(
                    from.number("MAX_ASYNC_LLM", workers, 1..=256),
                    queue,
                    from.seconds("LLM_TIMEOUT", 180, 1..=3600),
                ),
            },
            table: None,
            retrieval: retrieval(&mut from),
            query: QuerySettings::read(&mut from),
            graph: GraphSettings::read(&mut from),
            ca_file: from.text("SSL_CERT_FILE").map(PathBuf::from),
            rerank: RerankSettings::read(&mut from, workers, queue),
        };
        settings.table = table(&mut from, &settings);
        access::refuse_what_would_be_missed(&mut from);
        settings.graph.check(&mut from, &settings.llm.binding);
        from.finish(settings)
    }

    /// The key that is set by `name`. It can be [replaced](Secret::replace) while the service runs.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&Secret> {
        match name {
            "LIGHTRAG_API_KEY" => self.access.key.as_ref(),
            "WARMUP_KEY" => self.warmup_key.as_ref(),
            "EMBEDDING_BINDING_API_KEY" => self.embedding.binding.key(),
            "LLM_BINDING_API_KEY" => self.llm.binding.key(),
            "RERANK_BINDING_API_KEY" => self.rerank.as_ref()?.binding.key.as_ref(),
            _ => None,
        }
    }
}

/// What the `healthcheck` command asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Healthcheck {
    /// `PORT`, default 8000.
    pub port: u16,
    /// `HEALTHCHECK_PATH`, default `/health`.
    pub path: String,
}

impl Healthcheck {
    /// Reads settings that `lookup` finds by name.
    ///
    /// # Errors
    ///
    /// [`WrongSettings`] with every setting that cannot be used.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, WrongSettings> {
        let mut from = Reader::new(lookup);
        let port = from.number("PORT", 8000, 1..=65535);
        let path = from.text("HEALTHCHECK_PATH").unwrap_or_else(|| "/health".to_owned());
        if !path.starts_with('/') || path.contains(|c: char| c.is_whitespace() || c.is_control()) {
            from.complain(format!("HEALTHCHECK_PATH: `{path}` is not a path such as /health"));
        }
        from.finish(Self { port, path })
    }
}

/// The folders of the store and of what is sent and read.
fn folders<L: Fn(&str) -> Option<String>>(
    from: &Reader<L>,
    on_server: bool,
    on_lambda: bool,
) -> (PathBuf, PathBuf) {
    // The second is what LightRAG calls it.
    let named = from.text("DATA_DIR").or_else(|| from.text("WORKING_DIR")).map(PathBuf::from);
    let is_named = named.is_some();
    let usual = if on_lambda { "/tmp/data" } else { "./data" };
    let data = named.unwrap_or_else(|| usual.into());
    let spool = match on_server && !is_named {
        true => from.text("TMPDIR").unwrap_or_else(|| "/tmp".to_owned()).into(),
        false => data.join("spool"),
    };
    (data, spool)
}

fn model_name<L: Fn(&str) -> Option<String>>(from: &Reader<L>) -> String {
    let name = from.text("OLLAMA_EMULATING_MODEL_NAME").unwrap_or_else(|| "lightrag".to_owned());
    let tag = from.text("OLLAMA_EMULATING_MODEL_TAG").unwrap_or_else(|| "latest".to_owned());
    format!("{name}:{tag}")
}

fn warm_up<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> WarmUp {
    let on_startup = from.switch("WARMUP_ON_STARTUP");
    // With both, the service warms at start and listens at once: what `ASYNC_INIT` does by itself.
    match (from.switch("ASYNC_INIT"), on_startup) {
        (true, _) => WarmUp::Async,
        (false, true) => WarmUp::OnStartup,
        (false, false) => WarmUp::Lazy,
    }
}

fn embedding<L: Fn(&str) -> Option<String>>(
    from: &mut Reader<L>,
    workers: usize,
    queue: usize,
) -> EmbeddingSettings {
    let binding = Binding::read(from, "EMBEDDING", "text-embedding-3-small");
    EmbeddingSettings {
        built_in: BuiltInModel::read(from, &binding),
        binding,
        limits: Limits::of_function(
            from.number("EMBEDDING_FUNC_MAX_ASYNC", workers, 1..=256),
            queue,
            from.seconds("EMBEDDING_TIMEOUT", 30, 1..=3600),
        ),
        dimension: from.optional("EMBEDDING_DIM", 1..=8192),
        batch: from.number("EMBEDDING_BATCH_NUM", 10, 1..=2048),
    }
}

/// The quoting answerer reads by the table as the embedding models do.
fn table<L: Fn(&str) -> Option<String>>(
    from: &mut Reader<L>,
    settings: &Settings,
) -> Option<TableSource> {
    let embedding = &settings.embedding;
    let model = (embedding.binding == Binding::BuiltIn).then_some(&embedding.built_in);
    let is_read = model.is_some() || settings.llm.binding == Binding::BuiltIn;
    if is_read { TableSource::read(from, model) } else { None }
}

fn retrieval<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Retrieval {
    let chunk_tokens = from.number("CHUNK_SIZE", 1200, 1..=1_000_000);
    // A small CHUNK_SIZE alone must not clash with a default that nobody asked for.
    let overlap = 100.min(chunk_tokens / 2);
    let chunk_overlap = from.number("CHUNK_OVERLAP_SIZE", overlap, 0..=1_000_000);
    if chunk_overlap >= chunk_tokens {
        from.complain(format!(
            "CHUNK_OVERLAP_SIZE: `{chunk_overlap}` is not less than CHUNK_SIZE ({chunk_tokens})"
        ));
    }
    Retrieval {
        chunk_tokens,
        chunk_overlap,
        top_k: from.number("CHUNK_TOP_K", 20, 1..=1000),
        threshold: from.number("COSINE_THRESHOLD", 0.2, -1.0..=1.0),
    }
}

fn log_level<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> LevelFilter {
    let words = [
        ("error", LevelFilter::ERROR),
        ("warn", LevelFilter::WARN),
        ("info", LevelFilter::INFO),
        ("debug", LevelFilter::DEBUG),
        ("trace", LevelFilter::TRACE),
    ];
    let level = from.choice("LOG_LEVEL", LevelFilter::INFO, &words);
    // What the function's own logging settings say is in force on Lambda; nothing above an error is ever logged.
    let fatal = [("fatal", LevelFilter::ERROR)];
    let words: Vec<_> = words.into_iter().chain(fatal).collect();
    from.choice("AWS_LAMBDA_LOG_LEVEL", level, &words)
}
