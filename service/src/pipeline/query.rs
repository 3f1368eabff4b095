//! From a question to the passages that may answer it.

use super::fuse::fuse;
use crate::{
    pool::{CallError, EmbeddingPool},
    ports::{
        Passage, Store, StoreError,
        store::{Chunk, Hit, Search},
    },
};

/// Candidates of each kind for one passage, so that the two rankings have something to agree on.
const CANDIDATES_PER_PASSAGE: usize = 2;

/// What is looked for when nobody asks: words that most collections have, so that pages are really read.
const REHEARSAL: &str = "how many first used need time line service document";

/// Why no passages were found for a question. That there are none is not an error.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The question has no vector.
    #[error(transparent)]
    Embedding(#[from] CallError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The user's words.
    pub text: String,
    /// The most passages to find.
    pub limit: usize,
    /// The least cosine.
    pub threshold: f32,
}

/// Finds the passages that fit a question, best first, numbered by source.
///
/// # Errors
///
/// [`QueryError`] as the embedding pool or the store fails.
pub async fn passages(
    embedding: &EmbeddingPool,
    store: &dyn Store,
    question: &Question,
) -> Result<Vec<Passage>, QueryError> {
    let vector = embedding.embed(vec![question.text.clone()]).await?.pop();
    let candidates = store
        .candidates(Search {
            vector,
            text: Some(question.text.clone()),
            limit: question.limit * CANDIDATES_PER_PASSAGE,
            threshold: question.threshold,
        })
        .await?;
    let known = embedding.knows(&question.text);
    let hits = fuse(&candidates, known, question.limit);
    if hits.is_empty() {
        return Ok(Vec::new());
    }
    let chunks = store.chunks(hits.iter().map(|hit| hit.chunk).collect()).await?;
    Ok(numbered(chunks, &hits))
}

/// Finds something, for nobody: opens what the first question would have to open, and loads what it would search.
///
/// A failure is logged; the first question will meet it again.
pub async fn rehearse(store: &dyn Store, limit: usize) {
    let search = Search { vector: None, text: Some(REHEARSAL.to_owned()), limit, threshold: 0.0 };
    let found = async {
        let hits = store.candidates(search).await?.matching;
        store.chunks(hits.iter().map(|hit| hit.chunk).collect()).await
    };
    if let Err(error) = found.await {
        tracing::warn!(%error, "the store could not be searched at the start");
    }
}

/// Gives each source a number, in the order in which they first appear.
fn numbered(chunks: Vec<Chunk>, hits: &[Hit]) -> Vec<Passage> {
    let mut sources: Vec<String> = Vec::new();
    let mut passages = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let known = sources.iter().position(|source| *source == chunk.source);
        let position = known.unwrap_or_else(|| {
            sources.push(chunk.source.clone());
            sources.len() - 1
        });
        let hit = hits.iter().find(|hit| hit.chunk == chunk.id);
        let score = hit.map_or(0.0, |hit| hit.score);
        passages.push(Passage {
            reference: position + 1,
            source: chunk.source,
            text: chunk.text,
            score,
        });
    }
    passages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passages_of_one_source_share_its_number() {
        let chunk = |id: i64, source: &str| Chunk {
            id,
            document: format!("doc-{source}"),
            source: source.to_owned(),
            text: format!("chunk {id}"),
        };
        let hit = |chunk, score| Hit { chunk, score };
        let chunks = vec![chunk(3, "b.md"), chunk(1, "a.md"), chunk(4, "b.md")];
        let found = numbered(chunks, &[hit(3, 0.9), hit(1, 0.5), hit(4, 0.1)]);
        let short: Vec<_> =
            found.iter().map(|passage| (passage.reference, passage.score)).collect();
        assert_eq!(short, [(1, 0.9), (2, 0.5), (1, 0.1)]);
    }
}
