//! Passages to an order.

use futures_util::future::BoxFuture;

use super::ProviderError;

/// Judges how well passages answer a question.
pub trait Reranker: Send + Sync + 'static {
    /// Names the model.
    fn model(&self) -> &str;

    /// Judges `texts`; gives the best `top`, best first. One real call.
    fn rerank(
        &self,
        question: String,
        texts: Vec<String>,
        top: usize,
    ) -> BoxFuture<'_, Result<Vec<Ranked>, ProviderError>>;
}

/// A text and how well it answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Its position among the texts that were given.
    pub index: usize,
    /// Higher is better; comparable within one call only.
    pub score: f32,
}
