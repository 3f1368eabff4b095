//! The work behind an acknowledged document, with tokio's clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use jiff::Timestamp;
use rag_service::{
    config::Settings,
    pipeline::{
        chunk::ChunkSize,
        document::document,
        ingest::{Ingest, Workshop},
    },
    pool::{EmbeddingPool, Limits},
    ports::{Embedder, ProviderError, Store, store::*},
};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{service::reader, store::MemoryStore};

/// An embedder that takes a time, and cannot be reached for its first calls.
struct Slow {
    latency: Duration,
    failures: usize,
    calls: AtomicUsize,
}

impl Embedder for Slow {
    fn model(&self) -> &'static str {
        "slow"
    }

    fn batch(&self) -> usize {
        10
    }

    fn embed(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, ProviderError>> {
        async move {
            sleep(self.latency).await;
            if self.calls.fetch_add(1, SeqCst) < self.failures {
                let (provider, reason) = ("models:1".to_owned(), "refused".to_owned());
                return Err(ProviderError::Unreachable { provider, reason });
            }
            Ok(texts.iter().map(|_| vec![1.0, 0.0]).collect())
        }
        .boxed()
    }
}

struct Bench {
    store: Arc<MemoryStore>,
    embedder: Arc<Slow>,
    embedding: Arc<EmbeddingPool>,
    ingest: Arc<Ingest>,
    _folder: TempDir,
}

impl Bench {
    /// One document that waits, and an embedder as told.
    async fn new(latency: Duration, failures: usize) -> Self {
        let store = Arc::new(MemoryStore::default());
        let (new, content) =
            document(Some("a.md"), "One.".to_owned(), "t", Timestamp::now()).unwrap();
        store.add(new, content).await.unwrap();
        let embedder = Arc::new(Slow { latency, failures, calls: AtomicUsize::new(0) });
        let settings =
            Settings::read(|name| (name == "EMBEDDER_DIR").then(|| "/".to_owned())).unwrap();
        let limits = Limits::of_function(2, 10, Duration::from_secs(180));
        let pool = EmbeddingPool::new(embedder.clone(), "models:1".to_owned(), limits);
        let embedding = Arc::new(pool);
        let folder = tempfile::tempdir().unwrap();
        let workshop = Workshop {
            embedding: Arc::clone(&embedding),
            files: Arc::new(reader(folder.path(), settings.extract)),
            mentions: None,
            folder: folder.path().to_owned(),
            size: ChunkSize { tokens: 1200, overlap: 100 },
            at_once: 2,
        };
        let ingest = Arc::new(Ingest::new(store.clone(), workshop));
        Self { store, embedder, embedding, ingest, _folder: folder }
    }

    async fn listed(&self) -> Vec<Document> {
        let (track_id, statuses, sort) = (None, Vec::new(), Sort::default());
        let page = Page { page: 1, size: 10, track_id, statuses, sort };
        self.store.documents(page).await.unwrap().documents
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_comes_back_is_waited_for() {
    // Three calls a try, and pauses of half to all of 1, 2, 4 and 8 s.
    let bench = Bench::new(Duration::ZERO, 12).await;
    let began = Instant::now();
    bench.ingest.drain().await.unwrap();
    assert_eq!(bench.listed().await[0].status, DocumentStatus::Processed);
    assert!((7.5..=20.0).contains(&began.elapsed().as_secs_f64()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_comes_back_fails_the_document() {
    let bench = Bench::new(Duration::ZERO, usize::MAX).await;
    bench.ingest.drain().await.unwrap();
    let document = &bench.listed().await[0];
    assert_eq!(document.status, DocumentStatus::Failed);
    assert_eq!(document.error.as_deref(), Some("models:1 cannot be reached: refused"));
    // Five calls of three tries open the breaker; the seven that are left are trials of one.
    assert_eq!(bench.embedder.calls.load(SeqCst), 5 * 3 + 7);
}

#[tokio::test(start_paused = true)]
async fn a_document_waits_while_the_breaker_is_open() {
    // Queries take the trials; what the document is told at once is no call of its own and costs none of its patience.
    let bench = Bench::new(Duration::ZERO, 30).await;
    let pool = Arc::clone(&bench.embedding);
    let queries = tokio::spawn(async move {
        loop {
            pool.embed(vec!["cold".to_owned()]).await.ok();
            sleep(Duration::from_millis(100)).await;
        }
    });
    bench.ingest.drain().await.unwrap();
    queries.abort();
    assert_eq!(bench.listed().await[0].status, DocumentStatus::Processed);
}

#[tokio::test(start_paused = true)]
async fn a_document_waits_for_a_full_disk_and_is_embedded_once() {
    let bench = Bench::new(Duration::ZERO, 0).await;
    bench.store.is_full.store(true, SeqCst);
    let stopping = CancellationToken::new();
    let working = tokio::spawn({
        let (ingest, stopping) = (Arc::clone(&bench.ingest), stopping.clone());
        async move { ingest.run(&stopping).await }
    });
    sleep(Duration::from_mins(5)).await;
    assert_eq!(bench.listed().await[0].status, DocumentStatus::Processing);
    assert_eq!(bench.ingest.obstacle(), Some("no space is left on the disk of the documents"));
    bench.store.is_full.store(false, SeqCst);
    sleep(Duration::from_secs(3)).await;
    assert_eq!(bench.listed().await[0].status, DocumentStatus::Processed);
    assert_eq!((bench.ingest.obstacle(), bench.embedder.calls.load(SeqCst)), (None, 1));
    stopping.cancel();
    working.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_the_last_document_is_told_that_the_disk_is_full() {
    let bench = Bench::new(Duration::ZERO, 0).await;
    bench.store.is_full.store(true, SeqCst);
    assert!(matches!(bench.ingest.drain().await, Err(StoreError::Full { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_claim_is_renewed_for_as_long_as_the_work_takes() {
    let bench = Bench::new(Duration::from_secs(62), 0).await;
    bench.ingest.drain().await.unwrap();
    assert_eq!(bench.listed().await[0].status, DocumentStatus::Processed);
    assert_eq!(bench.store.renewals.load(SeqCst), 12, "every 5 s");
}

#[tokio::test(start_paused = true)]
async fn a_document_that_is_deleted_meanwhile_is_let_go() {
    let bench = Bench::new(Duration::from_secs(100), 0).await;
    let began = Instant::now();
    let working = tokio::spawn({
        let ingest = Arc::clone(&bench.ingest);
        async move { ingest.drain().await }
    });
    sleep(Duration::from_secs(1)).await;
    let id = bench.listed().await[0].id.clone();
    assert_eq!(bench.store.delete(vec![id]).await.unwrap().len(), 1);
    working.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(bench.listed().await, []);
}
