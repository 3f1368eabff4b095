//! How questions are answered.

use super::read::Reader;

/// The most of what a client may ask for, as LightRAG bounds it.
pub const MOST_TOP_K: usize = 1000;

/// The largest budget that a client may ask for, in tokens, as LightRAG bounds it.
pub const LARGEST_BUDGET: usize = 1_000_000;

/// The defaults of a question, and what is done with its answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuerySettings {
    /// Things and relations to find, each. `TOP_K`, default 40.
    pub top_k: usize,
    /// The most tokens of things in the context. `MAX_ENTITY_TOKENS`, default 6000.
    pub max_entity_tokens: usize,
    /// The most tokens of relations in the context. `MAX_RELATION_TOKENS`, default 8000.
    pub max_relation_tokens: usize,
    /// The most tokens of all that the model is told. `MAX_TOTAL_TOKENS`, default 30,000.
    pub max_total_tokens: usize,
    /// Chunks of one thing or relation. `RELATED_CHUNK_NUMBER`, default 5.
    pub related_chunks: usize,
    /// How chunks are found. `CHUNK_RETRIEVAL`, default `fused`.
    pub chunk_retrieval: ChunkRetrieval,
    /// Whether answers are kept and given again. `ENABLE_LLM_CACHE`, default false.
    pub is_cached: bool,
}

/// How chunks are found. How things and relations are found, it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkRetrieval {
    /// By vector and by words, both rankings put together.
    Fused,
    /// By vector alone.
    Vector,
    /// By words alone; the embedder is not called.
    Words,
}

impl QuerySettings {
    pub(super) fn read<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Self {
        let ways = [
            ("fused", ChunkRetrieval::Fused),
            ("vector", ChunkRetrieval::Vector),
            ("words", ChunkRetrieval::Words),
        ];
        Self {
            top_k: from.number("TOP_K", 40, 1..=MOST_TOP_K),
            max_entity_tokens: from.number("MAX_ENTITY_TOKENS", 6000, 1..=LARGEST_BUDGET),
            max_relation_tokens: from.number("MAX_RELATION_TOKENS", 8000, 1..=LARGEST_BUDGET),
            max_total_tokens: from.number("MAX_TOTAL_TOKENS", 30_000, 1..=LARGEST_BUDGET),
            related_chunks: from.number("RELATED_CHUNK_NUMBER", 5, 1..=100),
            chunk_retrieval: from.choice("CHUNK_RETRIEVAL", ChunkRetrieval::Fused, &ways),
            is_cached: from.switch("ENABLE_LLM_CACHE"),
        }
    }
}
