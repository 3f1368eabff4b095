//! The network behind the embedder's port.

use std::{num::NonZero, path::Path, sync::Arc, thread::available_parallelism};

use futures_util::future::{BoxFuture, FutureExt};
use tokio::sync::Semaphore;

use super::network::Network;
use crate::{
    adapters::built_in::{FileError, Table, word_piece},
    ports::{Embedder, ProviderError},
};

/// More threads than this would not leave enough of those that may block to the store.
const MOST_AT_ONCE: usize = 4;

/// An embedder that runs all-MiniLM-L6-v2: English, 384 dimensions.
///
/// It reads the first 254 word pieces of a text, as the model's card has it; what comes after does not count.
pub struct MinilmEmbedder {
    network: Arc<Network>,
    /// A permit for each text that is worked on: more than there are processors would only wait for each other.
    at_once: Semaphore,
}

impl MinilmEmbedder {
    /// Names the model, as stored beside its vectors.
    pub const MODEL: &str = "all-minilm-l6-v2-int8";

    /// Reads the model's file; the table has its vocabulary.
    ///
    /// # Errors
    ///
    /// [`FileError`] when it is not there, or not the file that `service/model/make-minilm` makes.
    pub fn open(path: &Path, table: Table<'static>) -> Result<Self, FileError> {
        let network = Arc::new(Network::open(path, table)?);
        let processors = available_parallelism().map_or(1, NonZero::get);
        Ok(Self { network, at_once: Semaphore::new(processors.min(MOST_AT_ONCE)) })
    }

    /// One text's vector; whoever waits is served in turn, a question between the chunks of a document.
    async fn vector(&self, text: String) -> Result<Vec<f32>, ProviderError> {
        let permit = self.at_once.acquire().await.expect("it is never closed");
        let network = Arc::clone(&self.network);
        let vector = tokio::task::spawn_blocking(move || network.vector(&text)).await;
        drop(permit);
        vector.map_err(|failure| ProviderError::Unusable {
            provider: "the built-in embedder".into(),
            reason: failure.to_string(),
        })
    }
}

impl Embedder for MinilmEmbedder {
    fn model(&self) -> &str {
        Self::MODEL
    }

    /// One: several at once are no faster, and a call of many could outlast its limit on a small machine.
    fn batch(&self) -> usize {
        1
    }

    /// Stops between two texts when nobody waits any more.
    fn embed(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, ProviderError>> {
        async move {
            let mut vectors = Vec::with_capacity(texts.len());
            for text in texts {
                vectors.push(self.vector(text).await?);
            }
            Ok(vectors)
        }
        .boxed()
    }

    fn knows(&self, text: &str) -> f32 {
        word_piece::known_share(self.network.table(), text)
    }
}
