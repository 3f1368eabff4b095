//! A service on a free port, with a provider and a store that obey the test.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rag_service::{
    adapters::{
        extract::SandboxedReader,
        openai::{self, OpenAiEmbedder, OpenAiGenerator},
        rerank::HttpReranker,
    },
    app::{App, Clock},
    compose::Parts,
    config::{Binding, ExtractLimits, Settings},
    serve::serve,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::sleep};

use crate::{
    provider::{Mood, Options, Provider, Stats},
    store::MemoryStore,
};

/// The longest that a test waits for what is to happen soon.
const SOON: Duration = Duration::from_secs(20);

pub(crate) struct Service {
    pub(crate) app: Arc<App>,
    pub(crate) provider: Provider,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) client: Client,
    pub(crate) url: String,
    _folder: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

/// Reads files by the real program.
pub(crate) fn reader(folder: &Path, limits: ExtractLimits) -> SandboxedReader {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_rag-service"));
    SandboxedReader::new(program, folder.to_owned(), limits, 1)
}

/// A status and its JSON.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
}

impl Service {
    /// A service with a provider that answers at once.
    pub(crate) async fn start() -> Self {
        Self::with(Options::default(), &[], |_| {}).await
    }

    pub(crate) async fn with_environment(environment: &[(&str, &str)]) -> Self {
        Self::with(Options::default(), environment, |_| {}).await
    }

    /// A service whose settings are read from `environment` and then changed by `change`, which may go below the
    /// whole seconds that a person can set.
    pub(crate) async fn with(
        options: Options,
        environment: &[(&str, &str)],
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let provider = Provider::start(0, options).await.unwrap();
        let mut variables: HashMap<&str, &str> = environment.iter().copied().collect();
        variables.entry("EMBEDDING_BINDING_HOST").or_insert(&provider.url);
        variables.entry("LLM_BINDING_HOST").or_insert(&provider.url);
        variables.entry("LLM_BINDING_API_KEY").or_insert("sk-test");
        let reranker = format!("{}/rerank", provider.url);
        variables.entry("RERANK_BINDING_HOST").or_insert(&reranker);
        let mut settings =
            Settings::read(|name| variables.get(name).map(|value| (*value).to_owned())).unwrap();
        change(&mut settings);
        let (Binding::OpenAi(embedding), Binding::OpenAi(llm)) =
            (settings.embedding.binding.clone(), settings.llm.binding.clone())
        else {
            panic!("the tests' providers are OpenAI's")
        };
        let store = Arc::new(MemoryStore::default());
        let http = openai::client().unwrap();
        let batch = settings.embedding.batch;
        let dimension = settings.embedding.dimension;
        let folder = tempfile::tempdir().unwrap();
        settings.data_dir = folder.path().to_owned();
        settings.spool_dir = folder.path().join("spool");
        std::fs::create_dir(&settings.spool_dir).unwrap();
        let parts = Parts {
            files: Arc::new(reader(&settings.spool_dir, settings.extract)),
            store: Arc::clone(&store) as _,
            graph: Arc::clone(&store) as _,
            reranker: settings.rerank.as_ref().map(|rerank| {
                let binding = rerank.binding.clone();
                Arc::new(HttpReranker::new(http.clone(), rerank.shape, binding)) as _
            }),
            embedder: Arc::new(OpenAiEmbedder::new(http.clone(), embedding, batch, dimension)),
            generator: Arc::new(OpenAiGenerator::new(http, llm)),
            connections: None,
        };
        let clock = Clock::new(std::time::Instant::now());
        let app = Arc::new(App::new(settings, parts, clock));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(listener, Arc::clone(&app), async {
            stopped.await.ok();
        }));
        let client = openai::client().unwrap();
        Self { app, provider, store, client, url, _folder: folder, stop: Some(stop), serving }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url)).json(body)
    }

    pub(crate) async fn query(&self, words: &str) -> Answer {
        answer(self.post("/query", &json!({ "query": words }))).await
    }

    /// Adds a document and waits until it can be found. Warms the embedding pool.
    pub(crate) async fn add(&self, source: &str, text: &str) {
        let body = json!({ "text": text, "file_source": source });
        let added = answer(self.post("/documents/text", &body)).await;
        assert_eq!(added.status, StatusCode::OK, "{}", added.body);
        self.settled().await;
    }

    /// Waits until no document waits.
    pub(crate) async fn settled(&self) {
        until(async || {
            let counts = answer(self.get("/health")).await.body["documents"].clone();
            counts["pending"] == 0 && counts["processing"] == 0
        })
        .await;
    }

    /// Puts a document into the store as if another process had indexed it, so that all pools stay cold.
    pub(crate) async fn seed(&self, source: &str, text: &str) {
        self.seed_as(source, text, vec![1.0 / 8.0; 64]).await;
    }

    /// The same, with the vector that the chunk has.
    pub(crate) async fn seed_as(&self, source: &str, text: &str, vector: Vec<f32>) {
        use rag_service::{
            pipeline::document::document,
            ports::{
                Store,
                store::{Measured, NewChunk, Portion},
            },
        };
        let now = jiff::Timestamp::now();
        let (new, content) = document(Some(source), text.to_owned(), "seed", now).unwrap();
        let (id, holder) = (new.id.clone(), || "seed".to_owned());
        self.store.add(new, content).await.unwrap();
        self.store.claim(holder(), now, jiff::Timestamp::MAX).await.unwrap();
        let chunk = NewChunk { text: text.to_owned(), vector, ..NewChunk::default() };
        let end = Some(Measured { summary: text.to_owned(), length: 1 });
        let portion = Portion { from: 0, chunks: vec![chunk], model: "test".to_owned(), end };
        assert!(self.store.put(id, holder(), portion).await.unwrap());
    }

    /// Changes how the provider treats `embeddings` or `chat`.
    pub(crate) fn provider_is(&self, endpoint: &str, mood: Mood) {
        self.provider.shared.set(endpoint, mood);
    }

    pub(crate) fn stats(&self) -> Stats {
        self.provider.shared.stats()
    }

    /// What was asked of the model last.
    pub(crate) fn last_chat(&self) -> Value {
        self.provider.shared.last_chat()
    }

    pub(crate) fn begin_stop(&mut self) {
        self.stop.take().expect("stopped once").send(()).unwrap();
    }

    /// Stops the service, and gives back what it ended with.
    pub(crate) async fn stop(mut self) {
        if self.stop.is_some() {
            self.begin_stop();
        }
        (&mut self.serving).await.unwrap();
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    Answer::of(request.send().await.unwrap()).await
}

impl Answer {
    async fn of(response: Response) -> Self {
        let status = response.status();
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
        Self { status, retry_after, body: response.json().await.unwrap() }
    }

    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }
}

/// Waits until something holds.
pub(crate) async fn until(holds: impl AsyncFn() -> bool) {
    let end = tokio::time::Instant::now() + SOON;
    while !holds().await {
        assert!(tokio::time::Instant::now() < end, "it did not happen within {SOON:?}");
        sleep(Duration::from_millis(2)).await;
    }
}
