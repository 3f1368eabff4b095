//! The chunks that fit a question, by vector and by words.

use super::{Answers, Query, QueryError, Stage, Watch};
use crate::{
    config::ChunkRetrieval,
    metrics::{self, StoreCall},
    pipeline::fuse::fuse,
    ports::{
        Store,
        store::{Candidates, Hit, Search},
    },
};

/// Candidates of each kind for one passage, so that the two rankings have something to agree on.
const CANDIDATES_PER_PASSAGE: usize = 2;

/// What is looked for when nobody asks: words that most collections have, so that pages are really read.
const REHEARSAL: &str = "how many first used need time line service document";

/// Finds the chunks that fit a question, best first.
///
/// # Errors
///
/// [`QueryError`] as the embedding pool or the store fails. One way of finding does not stand in for the other: half of
/// what there is would look like all of it.
pub(super) async fn found(
    answers: &Answers,
    query: &Query,
    watch: &Watch,
) -> Result<Vec<Hit>, QueryError> {
    watch.tell(Stage::RetrievingChunks);
    let vector = match answers.defaults.chunk_retrieval {
        ChunkRetrieval::Fused | ChunkRetrieval::Vector => {
            answers.embedding.embed(vec![query.text.clone()]).await?.pop()
        }
        ChunkRetrieval::Words => None,
    };
    let text =
        (answers.defaults.chunk_retrieval != ChunkRetrieval::Vector).then(|| query.text.clone());
    let limit = query.chunk_top_k * CANDIDATES_PER_PASSAGE;
    let threshold = answers.retrieval.threshold;
    let candidates = answers.store.candidates(Search { vector, text, limit, threshold });
    let candidates = metrics::store(StoreCall::Candidates, candidates).await?;
    Ok(best(answers, candidates, query))
}

/// Both kinds of candidates as one ranking.
pub(super) fn best(answers: &Answers, mut candidates: Candidates, query: &Query) -> Vec<Hit> {
    let limit = query.chunk_top_k * CANDIDATES_PER_PASSAGE;
    candidates.near.truncate(limit);
    candidates.matching.truncate(limit);
    fuse(&candidates, answers.embedding.knows(&query.text), query.chunk_top_k)
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
