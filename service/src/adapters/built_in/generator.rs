//! Answers made of the documents' own sentences.

use futures_util::{
    future::{self, BoxFuture, FutureExt},
    stream::{self, BoxStream, StreamExt},
};

use crate::ports::{Generator, Prompt, ProviderError};

/// A generator that quotes the sentences that fit best, and writes nothing of its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct QuotingGenerator;

impl QuotingGenerator {
    /// Opens it, which takes no time.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Generator for QuotingGenerator {
    fn model(&self) -> &str {
        "quoting"
    }

    fn warm(&self) -> BoxFuture<'_, Result<(), ProviderError>> {
        future::ready(Ok(())).boxed()
    }

    fn generate(
        &self,
        prompt: Prompt,
    ) -> BoxFuture<'_, Result<BoxStream<'static, Result<String, ProviderError>>, ProviderError>>
    {
        let best = prompt.passages.into_iter().next();
        let piece = best.map(|passage| format!("{} [{}]", passage.text, passage.reference));
        let piece = piece.unwrap_or_else(|| "The documents do not say.".into());
        future::ready(Ok(stream::iter([Ok(piece)]).boxed())).boxed()
    }
}
