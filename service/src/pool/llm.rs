//! The pool that writes answers.

use std::{ops::Deref, sync::Arc};

use futures_util::{FutureExt, stream::BoxStream};

use super::{CallError, Limits, Piece, Pool, Priority};
use crate::{
    ports::{Generator, Message, Prompt},
    traces,
};

/// The workers that may call the generator.
pub struct LlmPool {
    pool: Pool,
    generator: Arc<dyn Generator>,
}

impl LlmPool {
    /// A cold pool. `provider` names the generator in messages.
    #[must_use]
    pub fn new(generator: Arc<dyn Generator>, provider: String, limits: Limits) -> Self {
        let warmed = Arc::clone(&generator);
        let pool = Pool::new("llm", provider, limits, move || {
            let generator = Arc::clone(&warmed);
            async move { generator.warm().await }.boxed()
        });
        Self { pool, generator }
    }

    /// Answers `prompt`, piece by piece. The worker is free again when the stream ended or was dropped.
    ///
    /// # Errors
    ///
    /// [`CallError`], as of [`Pool::stream_for`].
    pub async fn answer(&self, prompt: Prompt) -> Result<BoxStream<'static, Piece>, CallError> {
        let generator = Arc::clone(&self.generator);
        let call = move || {
            let (generator, prompt) = (Arc::clone(&generator), prompt.clone());
            async move { generator.answer(prompt).await }.boxed()
        };
        self.pool.stream_for(Priority::Query, traces::generate(), call).await
    }

    /// Goes on with a conversation, piece by piece, as of [`Self::answer`].
    ///
    /// # Errors
    ///
    /// [`CallError`], as of [`Pool::stream_for`].
    pub async fn chat(
        &self,
        priority: Priority,
        messages: Vec<Message>,
    ) -> Result<BoxStream<'static, Piece>, CallError> {
        let generator = Arc::clone(&self.generator);
        let call = move || {
            let (generator, messages) = (Arc::clone(&generator), messages.clone());
            async move { generator.chat(messages).await }.boxed()
        };
        self.pool.stream_for(priority, traces::generate(), call).await
    }

    /// Whether the model can do what it is told.
    #[must_use]
    pub fn follows_instructions(&self) -> bool {
        self.generator.follows_instructions()
    }

    /// Names the model.
    #[must_use]
    pub fn model(&self) -> &str {
        self.generator.model()
    }
}

impl Deref for LlmPool {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.pool
    }
}
