//! The pool that turns texts into vectors.

use std::{ops::Deref, sync::Arc};

use futures_util::FutureExt;

use super::{CallError, Limits, Pool, Priority};
use crate::{
    ports::{Embedder, ProviderError},
    traces,
};

/// What a warm-up embeds.
const WARM_UP_TEXT: &str = "warm-up";

/// The workers that may call the embedder.
pub struct EmbeddingPool {
    pool: Pool,
    embedder: Arc<dyn Embedder>,
}

impl EmbeddingPool {
    /// A cold pool. `provider` names the embedder in messages.
    #[must_use]
    pub fn new(embedder: Arc<dyn Embedder>, provider: String, limits: Limits) -> Self {
        let warmed = Arc::clone(&embedder);
        let name = provider.clone();
        let pool = Pool::new("embedding", provider, limits, move || {
            let (embedder, name) = (Arc::clone(&warmed), name.clone());
            async move { embed(&*embedder, &name, vec![WARM_UP_TEXT.to_owned()]).await.map(drop) }
                .boxed()
        });
        Self { pool, embedder }
    }

    /// Embeds `texts` of a question, in their order, to vectors of unit length.
    ///
    /// # Errors
    ///
    /// [`CallError`], as of [`Pool::call`].
    pub async fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, CallError> {
        self.embed_for(Priority::Query, texts).await
    }

    /// As [`EmbeddingPool::embed`], for whoever waits.
    ///
    /// # Errors
    ///
    /// [`CallError`], as of [`Pool::call`].
    pub async fn embed_for(
        &self,
        priority: Priority,
        texts: Vec<String>,
    ) -> Result<Vec<Vec<f32>>, CallError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let trace = traces::embed(texts.len());
        let embedder = Arc::clone(&self.embedder);
        let provider = self.pool.shared.provider.clone();
        let call = move || {
            let (embedder, provider) = (Arc::clone(&embedder), provider.clone());
            let texts = texts.clone();
            async move { embed(&*embedder, &provider, texts).await }.boxed()
        };
        self.pool.call_for(priority, trace, call).await
    }

    /// Names the model, as stored beside its vectors.
    #[must_use]
    pub fn model(&self) -> &str {
        self.embedder.model()
    }

    /// How much of `text` the embedder has learnt to read, 0 … 1.
    #[must_use]
    pub fn knows(&self, text: &str) -> f32 {
        self.embedder.knows(text)
    }

    /// The most texts that one call may carry.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.embedder.batch().max(1)
    }
}

impl Deref for EmbeddingPool {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.pool
    }
}

/// One call, checked: whatever the embedder, nobody behind it has to think of a missing or broken vector.
async fn embed(
    embedder: &dyn Embedder,
    provider: &str,
    texts: Vec<String>,
) -> Result<Vec<Vec<f32>>, ProviderError> {
    let unusable =
        |reason: String| ProviderError::Unusable { provider: provider.to_owned(), reason };
    let wanted = texts.len();
    let mut vectors = embedder.embed(texts).await?;
    if vectors.len() != wanted {
        return Err(unusable(format!("{} vectors for {wanted} texts", vectors.len())));
    }
    let length = vectors[0].len();
    if length == 0 || vectors.iter().any(|vector| vector.len() != length) {
        return Err(unusable("vectors of no or of different length".to_owned()));
    }
    if vectors.iter().flatten().any(|value| !value.is_finite()) {
        return Err(unusable("a vector with a value that is not a number".to_owned()));
    }
    vectors.iter_mut().for_each(|vector| make_unit(vector));
    Ok(vectors)
}

/// Scales to length 1. A vector of zeros (a text without a known word) stays as it is.
fn make_unit(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}
