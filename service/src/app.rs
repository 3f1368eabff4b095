//! All that the routes share.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    adapters::openai::Connections,
    compose::Parts,
    config::{Settings, WarmUp},
    metrics,
    pipeline::{
        chunk::ChunkSize,
        graph,
        ingest::{Ingest, Workshop},
        query::{self, AnswerCache, Answers, KeywordsCache},
    },
    pool::{self, EmbeddingPool, LlmPool, RerankPool},
    ports::{FileReader, Store},
};

/// The service while it runs.
pub struct App {
    /// What it was told to be.
    pub settings: Settings,
    /// Documents and their chunks.
    pub store: Arc<dyn Store>,
    /// Answers questions.
    pub answers: Answers,
    /// The workers that may call the embedder.
    pub embedding: Arc<EmbeddingPool>,
    /// The workers that may call the generator.
    pub llm: Arc<LlmPool>,
    /// Works on documents behind the answers.
    pub ingest: Ingest,
    /// Cancelled when the service is to stop.
    pub stopping: CancellationToken,
    connections: Option<Connections>,
    clock: Clock,
}

/// When the service reached which point of its start.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    bound: OnceLock<Instant>,
    opened: OnceLock<Instant>,
}

/// Milliseconds from the start of the process; none for what has not happened yet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Phases {
    /// The port is bound.
    pub bind_ms: Option<f64>,
    /// The store is open.
    pub store_ms: Option<f64>,
    /// The embedding provider has answered.
    pub embedding_ms: Option<f64>,
    /// The LLM provider has answered.
    pub llm_ms: Option<f64>,
    /// Both have.
    pub warm_ms: Option<f64>,
}

impl Clock {
    /// A clock of a process that started at `started`.
    #[must_use]
    pub fn new(started: Instant) -> Self {
        Self { started, bound: OnceLock::new(), opened: OnceLock::new() }
    }

    /// The port is bound.
    pub fn bound(&self) {
        self.bound.get_or_init(Instant::now);
    }

    /// The store is open.
    pub fn opened(&self) {
        self.opened.get_or_init(Instant::now);
    }
}

impl App {
    /// A service made of `parts`, with cold pools.
    #[must_use]
    pub fn new(settings: Settings, parts: Parts, clock: Clock) -> Self {
        let Parts { store, graph, embedder, generator, reranker, files, connections } = parts;
        let (embedding, llm) = (&settings.embedding, &settings.llm);
        let provider = embedding.binding.provider();
        let embedding = Arc::new(EmbeddingPool::new(embedder, provider, embedding.limits));
        let llm = Arc::new(LlmPool::new(generator, llm.binding.provider(), llm.limits));
        let workshop = workshop(&settings, files, &embedding, &llm);
        let ingest = Ingest::new(Arc::clone(&store), workshop);
        let rerank = settings.rerank.as_ref();
        let reranker = reranker.zip(rerank).map(|(reranker, rerank)| {
            Arc::new(RerankPool::new(reranker, rerank.binding.provider(), rerank.limits))
        });
        let answers = Answers {
            embedding: Arc::clone(&embedding),
            llm: Arc::clone(&llm),
            store: Arc::clone(&store),
            graph,
            has_graph: settings.graph.is_on,
            reranker,
            rerank_by_default: rerank.is_none_or(|rerank| rerank.by_default),
            least_rerank_score: rerank.map_or(0.0, |rerank| rerank.least_score),
            retrieval: settings.retrieval,
            defaults: settings.query,
            keywords: KeywordsCache::default(),
            cache: settings.query.is_cached.then(AnswerCache::default),
        };
        let stopping = CancellationToken::new();
        Self { settings, store, answers, embedding, llm, ingest, stopping, connections, clock }
    }

    /// Whether both providers have answered.
    #[must_use]
    pub fn is_warm(&self) -> bool {
        self.embedding.is_ready() && self.llm.is_ready()
    }

    /// Whether a query is to be told to come again.
    #[must_use]
    pub fn is_initializing(&self) -> bool {
        self.settings.warm_up == WarmUp::Async && !self.is_warm()
    }

    /// How long the start took, up to which point.
    #[must_use]
    pub fn phases(&self) -> Phases {
        let after = |moment: Option<Instant>| {
            let elapsed = moment?.duration_since(self.clock.started);
            // Whole microseconds: more digits would be noise.
            Some((elapsed.as_secs_f64() * 1e6).round() / 1e3)
        };
        let (embedding, llm) = (self.embedding.ready_at(), self.llm.ready_at());
        Phases {
            bind_ms: after(self.clock.bound.get().copied()),
            store_ms: after(self.clock.opened.get().copied()),
            embedding_ms: after(embedding),
            llm_ms: after(llm),
            warm_ms: after(embedding.zip(llm).map(|(one, other)| one.max(other))),
        }
    }

    /// The time that a request has from now on: `REQUEST_TIMEOUT`, or less where its caller gives up sooner.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        pool::time_left()
            .map_or(self.settings.request_timeout, |left| left.min(self.settings.request_timeout))
    }

    /// To be called when the process goes on after it stood still for long, before anything is asked of it.
    ///
    /// All connections that are not in use are given up, to providers and to the store: nobody knows which of them are
    /// still connections. What the pools know of their providers is old, and what they wait for will not come.
    pub fn thawed(&self) {
        self.embedding.thawed();
        self.llm.thawed();
        if let Some(reranker) = &self.answers.reranker {
            reranker.thawed();
        }
        if let Some(connections) = &self.connections {
            connections.renew();
        }
        self.store.forget_connections();
    }

    /// How long the process has run.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.clock.started.elapsed()
    }

    /// What goes on beside requests, until the service stops: documents, warming when it was asked for, and upkeep.
    pub async fn work(&self) {
        tokio::join!(self.warm_up(), self.go_on());
    }

    /// Warms both pools and the store, when the settings ask for it, however often it takes; or until the service stops.
    pub async fn warm_up(&self) {
        let warm = async {
            if self.settings.warm_up != WarmUp::Lazy {
                tokio::join!(
                    self.embedding.warm_until_ready(),
                    self.llm.warm_until_ready(),
                    query::rehearse(&*self.store, self.settings.retrieval.top_k),
                );
            }
        };
        tokio::select! {
            () = warm => {}
            () = self.stopping.cancelled() => {}
        }
    }

    /// Documents and upkeep, until the service stops.
    pub async fn go_on(&self) {
        let upkeep = async {
            tokio::select! {
                () = metrics::upkeep() => {}
                () = self.stopping.cancelled() => {}
            }
        };
        tokio::join!(upkeep, self.ingest.run(&self.stopping));
    }
}

/// What documents are made of chunks by, from the settings.
#[must_use]
pub fn workshop(
    settings: &Settings,
    files: Arc<dyn FileReader>,
    embedding: &Arc<EmbeddingPool>,
    llm: &Arc<LlmPool>,
) -> Workshop {
    let retrieval = &settings.retrieval;
    Workshop {
        embedding: Arc::clone(embedding),
        files,
        mentions: graph::Extractor::wanted(&settings.graph, llm, embedding),
        folder: settings.spool_dir.clone(),
        size: ChunkSize { tokens: retrieval.chunk_tokens, overlap: retrieval.chunk_overlap },
        at_once: settings.documents_at_once,
    }
}
