//! Who puts passages in order.

use std::time::Duration;

use super::{OpenAiBinding, Secret, provider, read::Reader};
use crate::pool::Limits;

/// The reranker and its pool.
#[derive(Debug, Clone, PartialEq)]
pub struct RerankSettings {
    /// How it is spoken to. `RERANK_BINDING`.
    pub shape: RerankShape,
    /// Where it is, as a whole URL, its key and its model. `RERANK_BINDING_HOST`, `RERANK_BINDING_API_KEY`, `RERANK_MODEL`.
    pub binding: OpenAiBinding,
    /// Workers, queue and time limits (30/60/75 s by default).
    pub limits: Limits,
    /// Passages that are judged lower are left out; 0 keeps all. `MIN_RERANK_SCORE`, default 0.
    pub least_score: f32,
    /// Whether it is asked when a client does not say. `RERANK_BY_DEFAULT`, default true.
    pub by_default: bool,
}

/// How a reranker is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RerankShape {
    /// As Cohere and Jina are: `{model, query, documents, top_n}`.
    Flat,
    /// As Aliyun is: the same in `input` and `parameters`.
    Nested,
}

/// What a binding is when nothing else is said, as in LightRAG.
#[derive(Clone, Copy)]
struct Known {
    shape: RerankShape,
    url: &'static str,
    model: &'static str,
}

const COHERE: Known = Known {
    shape: RerankShape::Flat,
    url: "https://api.cohere.com/v2/rerank",
    model: "rerank-v3.5",
};

const JINA: Known = Known {
    shape: RerankShape::Flat,
    url: "https://api.jina.ai/v1/rerank",
    model: "jina-reranker-v2-base-multilingual",
};

const ALIYUN: Known = Known {
    shape: RerankShape::Nested,
    url: "https://dashscope.aliyuncs.com/api/v1/services/rerank/text-rerank/text-rerank",
    model: "gte-rerank-v2",
};

impl RerankSettings {
    /// None without a binding: what else is set is looked at all the same, so that mistakes are told.
    pub(super) fn read<L: Fn(&str) -> Option<String>>(
        from: &mut Reader<L>,
        workers: usize,
        queue: usize,
    ) -> Option<Self> {
        let words = [
            ("null", None),
            ("cohere", Some(COHERE)),
            ("jina", Some(JINA)),
            ("aliyun", Some(ALIYUN)),
        ];
        let workers = from.number("MAX_ASYNC_RERANK", workers, 1..=256);
        let limit: Duration = from.seconds("RERANK_TIMEOUT", 30, 1..=3600);
        let least_score = from.number("MIN_RERANK_SCORE", 0.0, -1000.0..=1000.0);
        let truth = [("true", true), ("false", false)];
        let by_default = from.choice("RERANK_BY_DEFAULT", true, &truth);
        let known = from.choice("RERANK_BINDING", None, &words)?;
        let url = from.url("RERANK_BINDING_HOST", known.url);
        let key = provider::key(from, "RERANK_BINDING_API_KEY").map(Secret::new);
        let model = from.text("RERANK_MODEL").unwrap_or_else(|| known.model.to_owned());
        Some(Self {
            shape: known.shape,
            binding: OpenAiBinding { url, key, model },
            limits: Limits::of_function(workers, queue, limit),
            least_score,
            by_default,
        })
    }
}
