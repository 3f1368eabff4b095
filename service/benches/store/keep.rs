//! How stores are filled.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use rag_service::{
    adapters::sqlite::SqliteStore,
    ports::{
        Store,
        store::{Content, Measured, NewChunk, NewDocument, Portion},
    },
};

/// The model of all vectors here.
pub(crate) const MODEL: &str = "bench-384";

/// Chunks of a document, and of a portion of it.
pub(crate) const PER_DOCUMENT: usize = 500;
const PER_PORTION: usize = 50;

pub(crate) fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, MODEL).unwrap()
}

/// A document of this number, with a short text for what it holds.
pub(crate) fn document(number: usize) -> (NewDocument, Content) {
    let text = format!("document {number}");
    let made = NewDocument {
        id: format!("doc-{number:06}"),
        source: format!("folder-{}/document-{number:06}.md", number * 7919 % 1000),
        hash: text.clone(),
        format: "text".into(),
        bytes: text.len() as u64,
        summary: "The first words of the document, which a list of documents shows. ".repeat(3),
        length: text.len() as u64,
        track_id: format!("track-{}", number / 100),
        created_at: Timestamp::UNIX_EPOCH
            + SignedDuration::from_secs(i64::try_from(number).unwrap()),
    };
    (made, text.into())
}

/// Adds and finishes a document of these chunks.
pub(crate) async fn keep(store: &dyn Store, number: usize, chunks: Vec<NewChunk>) {
    let (new, content) = document(number);
    let id = new.id.clone();
    store.add(new, content).await.unwrap();
    let now = Timestamp::now();
    let claimed = store.claim("bench".into(), now, now + Duration::from_secs(600)).await.unwrap();
    assert_eq!(claimed.unwrap().id, id);
    let count = chunks.len();
    let mut chunks = chunks.into_iter().peekable();
    for from in (0..count).step_by(PER_PORTION) {
        let portion: Vec<_> = chunks.by_ref().take(PER_PORTION).collect();
        let end = chunks.peek().is_none().then(|| Measured { summary: String::new(), length: 1 });
        let from = u32::try_from(from).unwrap();
        let portion = Portion { from, chunks: portion, model: MODEL.into(), end };
        assert!(store.put(id.clone(), "bench".into(), portion).await.unwrap());
    }
}

/// Fills a store; gives how many chunks a second were stored, for each tenth of them.
#[expect(clippy::cast_precision_loss, reason = "a rate")]
pub(crate) async fn fill(
    store: &dyn Store,
    count: usize,
    mut chunks: impl Iterator<Item = NewChunk>,
) -> Vec<f64> {
    let mut spent = [Duration::ZERO; 10];
    for number in 0..count / PER_DOCUMENT {
        let of_document = chunks.by_ref().take(PER_DOCUMENT).collect();
        let began = Instant::now();
        keep(store, number, of_document).await;
        spent[number * PER_DOCUMENT * 10 / count] += began.elapsed();
    }
    spent.iter().map(|spent| count as f64 / 10.0 / spent.as_secs_f64()).collect()
}
