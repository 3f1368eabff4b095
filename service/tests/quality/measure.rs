//! How well the service finds: chunks, store, search and fusion as they are.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use rag_service::{
    adapters::sqlite::SqliteStore,
    pipeline::{
        chunk::{ChunkSize, cut},
        document::document,
        fuse::fuse,
    },
    ports::{
        Embedder, Store,
        store::{Added, Hit, Measured, NewChunk, Portion, Search},
    },
};

use crate::set::{Passage, Question};

/// Ranks that count.
const RANKS: usize = 10;

/// What the service retrieves by default, and twice as many candidates of each kind.
const LIMIT: usize = 20;

/// The service's default.
const THRESHOLD: f32 = 0.2;

/// How well one question was answered: a figure for each way, which are vectors, words, and both fused.
pub(crate) struct Answered {
    pub(crate) question: Question,
    pub(crate) ndcg: [f64; 3],
    pub(crate) recall: [f64; 3],
}

/// Puts the passages into a store and asks all questions.
pub(crate) async fn measure(
    embedder: Arc<dyn Embedder>,
    passages: &[Passage],
    questions: Vec<Question>,
) -> Vec<Answered> {
    let folder = tempfile::tempdir().expect("there is room for a store");
    let store = SqliteStore::open(folder.path(), embedder.model()).expect("it can be opened");
    fill(&store, &*embedder, passages).await;
    let mut answered = Vec::new();
    for question in questions {
        let found = found(&store, &*embedder, &question.text).await;
        let ndcg = found.each_ref().map(|names| ndcg(names, &question.relevant));
        let recall = found.each_ref().map(|names| recall(names, &question.relevant));
        answered.push(Answered { question, ndcg, recall });
    }
    answered
}

async fn fill(store: &SqliteStore, embedder: &dyn Embedder, passages: &[Passage]) {
    let now = Timestamp::now();
    for Passage { name, text } in passages {
        let (document, content) =
            document(Some(name), text.clone(), "quality", now).expect("it is fit");
        let added = store.add(document, content).await.expect("it is kept");
        assert_eq!(added, Added::New, "{name} says what another says");
        let until = now + std::time::Duration::from_secs(60);
        let claimed = store.claim("quality".into(), now, until).await.expect("it is claimed");
        let claimed = claimed.expect("it waits");
        let texts = cut(text, ChunkSize { tokens: 1200, overlap: 100 });
        let vectors = embedder.embed(texts.clone()).await.expect("it is embedded");
        let chunks = texts.into_iter().zip(vectors);
        let chunk = |(text, vector)| NewChunk { text, vector, ..NewChunk::default() };
        let end = Some(Measured { summary: String::new(), length: 1 });
        let model = embedder.model().to_owned();
        let portion = Portion { from: 0, chunks: chunks.map(chunk).collect(), model, end };
        assert!(store.put(claimed.id, "quality".into(), portion).await.expect("it is stored"));
    }
}

/// The names of the passages that each way finds, best first.
async fn found(store: &SqliteStore, embedder: &dyn Embedder, question: &str) -> [Vec<String>; 3] {
    let vectors = embedder.embed(vec![question.to_owned()]).await.expect("it is embedded");
    let search = Search {
        vector: vectors.into_iter().next(),
        text: Some(question.to_owned()),
        limit: 2 * LIMIT,
        threshold: THRESHOLD,
    };
    let candidates = store.candidates(search).await.expect("the store is well");
    let fused = fuse(&candidates, embedder.knows(question), LIMIT);
    [
        names(store, &candidates.near).await,
        names(store, &candidates.matching).await,
        names(store, &fused).await,
    ]
}

async fn names(store: &SqliteStore, hits: &[Hit]) -> Vec<String> {
    let ids = hits.iter().take(RANKS).map(|hit| hit.chunk).collect();
    let chunks = store.chunks(ids).await.expect("the store is well");
    chunks.into_iter().map(|chunk| chunk.source).collect()
}

/// The discounted gain of what was found, 1 for the best order that there could be.
fn ndcg(found: &[String], relevant: &[String]) -> f64 {
    let gain =
        |rank: usize| 1.0 / (f64::from(u32::try_from(rank).unwrap_or(u32::MAX)) + 2.0).log2();
    let ranks = found.iter().enumerate().filter(|(_, name)| relevant.contains(name));
    let best: f64 = (0..relevant.len().min(RANKS)).map(gain).sum();
    ranks.map(|(rank, _)| gain(rank)).sum::<f64>() / best
}

/// The share of what is relevant that was found.
fn recall(found: &[String], relevant: &[String]) -> f64 {
    let hits = relevant.iter().filter(|name| found.contains(name)).count();
    mean_of(hits, relevant.len())
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred questions")]
fn mean_of(part: usize, all: usize) -> f64 {
    part as f64 / all as f64
}

/// The mean of a figure over some questions, for each way.
pub(crate) fn mean<'a>(
    answered: impl Iterator<Item = &'a Answered>,
    figure: impl Fn(&'a Answered) -> [f64; 3],
) -> [f64; 3] {
    let (mut sums, mut count) = ([0.0; 3], 0_u32);
    for answered in answered {
        for (sum, figure) in sums.iter_mut().zip(figure(answered)) {
            *sum += figure;
        }
        count += 1;
    }
    sums.map(|sum| sum / f64::from(count))
}

/// The means by a property of the questions: `en`, or `name`.
pub(crate) fn by<'a>(
    answered: &'a [Answered],
    property: impl Fn(&Question) -> &'static str,
    figure: impl Fn(&'a Answered) -> [f64; 3] + Copy,
) -> HashMap<&'static str, [f64; 3]> {
    let mut groups: HashMap<&'static str, Vec<&Answered>> = HashMap::new();
    for it in answered {
        groups.entry(property(&it.question)).or_default().push(it);
    }
    groups.into_iter().map(|(name, group)| (name, mean(group.into_iter(), figure))).collect()
}
