//! A question and passages to an answer.

use futures_util::{future::BoxFuture, stream::BoxStream};

use super::ProviderError;

/// A piece of a document that may hold the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The number that the answer cites it by: `1` is written `[1]`. One per source.
    pub reference: usize,
    /// Where it comes from, as the user named it.
    pub source: String,
    /// Its words.
    pub text: String,
    /// How well it fits, higher is better; comparable within one query only.
    pub score: f32,
}

/// All that a generator may use.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// The user's question.
    pub question: String,
    /// Best first. Documents are data: they never go into a system message.
    pub passages: Vec<Passage>,
}

/// Writes the answer to a prompt.
pub trait Generator: Send + Sync + 'static {
    /// Names the model.
    fn model(&self) -> &str;

    /// Makes the smallest real call there is, to warm connection and model.
    fn warm(&self) -> BoxFuture<'_, Result<(), ProviderError>>;

    /// Answers `prompt`, piece by piece. The outer result is known once the provider has accepted the call.
    fn generate(
        &self,
        prompt: Prompt,
    ) -> BoxFuture<'_, Result<BoxStream<'static, Result<String, ProviderError>>, ProviderError>>;
}
