//! Texts to vectors.

use futures_util::future::BoxFuture;

use super::ProviderError;

/// Turns texts into vectors of one length.
pub trait Embedder: Send + Sync + 'static {
    /// Names the model, as stored beside the vectors that it made.
    fn model(&self) -> &str;

    /// The most texts that one call may carry.
    fn batch(&self) -> usize;

    /// How much of `text` it has learnt to read, 0 … 1: what its vector can be trusted.
    fn knows(&self, _text: &str) -> f32 {
        1.0
    }

    /// Embeds `texts`, in their order. One real call; no retry of its own beyond its deadline.
    fn embed(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, ProviderError>>;
}
