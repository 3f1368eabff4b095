//! Rerankers over HTTP, as Cohere, Jina and Aliyun speak, and many who speak like them.
//!
//! One call here is one HTTP request. Limits and retries belong to the pool.
//! <https://docs.cohere.com/reference/rerank>, <https://jina.ai/reranker/>,
//! <https://help.aliyun.com/zh/model-studio/text-rerank-api>

#[cfg(test)]
mod tests;

use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};

use super::openai::{Connections, Provider};
use crate::{
    config::{OpenAiBinding, RerankShape},
    ports::{ProviderError, Reranker, reranker::Ranked},
};

/// The longest answer that is read: a thousand judgements, some with the texts that they are about.
const LONGEST_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// A reranker over HTTP.
pub struct HttpReranker {
    provider: Provider,
    shape: RerankShape,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Request<'a> {
    Flat { model: &'a str, query: &'a str, documents: &'a [String], top_n: usize },
    Nested { model: &'a str, input: Input<'a>, parameters: Parameters },
}

#[derive(Serialize)]
struct Input<'a> {
    query: &'a str,
    documents: &'a [String],
}

#[derive(Serialize)]
struct Parameters {
    top_n: usize,
}

/// Both shapes of an answer. Whatever else a provider sends is not looked at.
#[derive(Deserialize)]
struct Answer {
    results: Option<Vec<Judged>>,
    output: Option<Output>,
}

#[derive(Deserialize)]
struct Output {
    results: Vec<Judged>,
}

#[derive(Deserialize)]
struct Judged {
    index: usize,
    relevance_score: f32,
}

impl HttpReranker {
    /// A reranker that asks `binding`, whose URL is the whole of it.
    #[must_use]
    pub fn new(
        connections: impl Into<Connections>,
        shape: RerankShape,
        binding: OpenAiBinding,
    ) -> Self {
        Self { provider: Provider::new(connections.into(), binding), shape }
    }

    async fn call(
        &self,
        query: &str,
        documents: &[String],
        top_n: usize,
    ) -> Result<Vec<Ranked>, ProviderError> {
        let model = self.model();
        let request = match self.shape {
            RerankShape::Flat => Request::Flat { model, query, documents, top_n },
            RerankShape::Nested => {
                let (input, parameters) = (Input { query, documents }, Parameters { top_n });
                Request::Nested { model, input, parameters }
            }
        };
        let reply = self.provider.post("", &request).await?;
        let answer: Answer = self.provider.read(reply, LONGEST_ANSWER_BYTES).await?;
        let results = answer.results.or(answer.output.map(|output| output.results));
        let Some(results) = results else {
            return Err(self.provider.unusable("there are no results in it"));
        };
        let ranked = |Judged { index, relevance_score }| Ranked { index, score: relevance_score };
        Ok(results.into_iter().map(ranked).collect())
    }
}

impl Reranker for HttpReranker {
    fn model(&self) -> &str {
        self.provider.model()
    }

    fn rerank(
        &self,
        question: String,
        texts: Vec<String>,
        top: usize,
    ) -> BoxFuture<'_, Result<Vec<Ranked>, ProviderError>> {
        // To ask for more than there is, is an error to some.
        let top = top.min(texts.len());
        async move { self.call(&question, &texts, top).await }.boxed()
    }
}
