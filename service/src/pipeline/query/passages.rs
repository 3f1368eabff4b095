//! From chunks found to passages: read, put in order, as many as the model may be told, numbered by source.

use std::collections::HashMap;

use super::{Answers, Query, QueryError, Stage, Watch, budget};
use crate::{
    metrics::{self, StoreCall},
    ports::{
        Context, Passage,
        store::{Chunk, Hit},
    },
};

/// Chunks that a reranker judges for one passage: to judge a chunk costs more than to find it, and a graph finds many.
const JUDGED_PER_PASSAGE: usize = 4;

/// Reads the chunks of `hits` and makes passages of them, beside what is in `context` already.
///
/// # Errors
///
/// [`QueryError`] as the store or the reranker fails.
pub(super) async fn passages(
    answers: &Answers,
    query: &Query,
    context: &Context,
    mut hits: Vec<Hit>,
    watch: &Watch,
) -> Result<Vec<Passage>, QueryError> {
    let is_reranked = query.rerank && answers.reranker.is_some();
    let per_passage = if is_reranked { JUDGED_PER_PASSAGE } else { 1 };
    hits.truncate(query.chunk_top_k * per_passage);
    if hits.is_empty() {
        return Ok(Vec::new());
    }
    let chunks = answers.store.chunks(hits.iter().map(|hit| hit.chunk).collect());
    let chunks = metrics::store(StoreCall::Chunks, chunks).await?;
    let scores: HashMap<i64, f32> = hits.iter().map(|hit| (hit.chunk, hit.score)).collect();
    let mut passages: Vec<Passage> =
        chunks.into_iter().map(|chunk| passage(&scores, chunk)).collect();
    if is_reranked {
        passages = reranked(answers, query, passages, watch).await?;
    }
    Ok(numbered(budget::passages(query, context, passages)))
}

fn passage(scores: &HashMap<i64, f32>, chunk: Chunk) -> Passage {
    let score = scores.get(&chunk.id).copied().unwrap_or_default();
    Passage { reference: 0, chunk: chunk.name(), source: chunk.source, text: chunk.text, score }
}

/// In the order of the reranker, without those that it finds too bad.
async fn reranked(
    answers: &Answers,
    query: &Query,
    passages: Vec<Passage>,
    watch: &Watch,
) -> Result<Vec<Passage>, QueryError> {
    let Some(reranker) = &answers.reranker else { return Ok(passages) };
    if passages.is_empty() {
        return Ok(passages);
    }
    watch.tell(Stage::Reranking);
    let texts = passages.iter().map(|passage| passage.text.clone()).collect();
    let ranked = reranker.rerank(query.text.clone(), texts, query.chunk_top_k).await?;
    let mut passages: Vec<Option<Passage>> = passages.into_iter().map(Some).collect();
    let least = answers.least_rerank_score;
    let kept = ranked.into_iter().filter(|ranked| least <= 0.0 || ranked.score >= least);
    let taken = kept.filter_map(|ranked| {
        let passage = passages.get_mut(ranked.index)?.take()?;
        Some(Passage { score: ranked.score, ..passage })
    });
    Ok(taken.collect())
}

/// Gives each source a number, in the order in which they first appear.
fn numbered(mut passages: Vec<Passage>) -> Vec<Passage> {
    let mut sources: Vec<String> = Vec::new();
    for passage in &mut passages {
        let known = sources.iter().position(|source| *source == passage.source);
        let position = known.unwrap_or_else(|| {
            sources.push(passage.source.clone());
            sources.len() - 1
        });
        passage.reference = position + 1;
    }
    passages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passages_of_one_source_share_its_number() {
        let scores = HashMap::from([(3, 0.9), (1, 0.5), (4, 0.1)]);
        let chunk = |id: i64, source: &str| Chunk {
            id,
            document: format!("doc-{source}"),
            position: 7,
            source: source.to_owned(),
            text: format!("chunk {id}"),
        };
        let chunks = [chunk(3, "b.md"), chunk(1, "a.md"), chunk(4, "b.md")];
        let found = numbered(chunks.into_iter().map(|chunk| passage(&scores, chunk)).collect());
        let short: Vec<_> = found
            .iter()
            .map(|passage| (passage.reference, passage.chunk.as_str(), passage.score))
            .collect();
        let wanted = [
            (1, "doc-b.md-chunk-007", 0.9),
            (2, "doc-a.md-chunk-007", 0.5),
            (1, "doc-b.md-chunk-007", 0.1),
        ];
        assert_eq!(short, wanted);
    }
}
