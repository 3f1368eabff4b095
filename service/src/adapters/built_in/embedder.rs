//! Vectors from the static table: the normalised sum of a text's word pieces.

use futures_util::future::{self, BoxFuture, FutureExt};

use super::{
    table::{DIMENSION, Table},
    word_piece,
};
use crate::ports::{Embedder, ProviderError};

/// Up to so many bytes are embedded at once (about 1 ms); more go to a thread that may block.
const AT_ONCE_BYTES: usize = 16 * 1024;

/// An embedder that is a table: English, 256 dimensions, microseconds a text.
///
/// A bag of word pieces: it knows no word order and no negation.
#[derive(Debug, Clone, Copy)]
pub struct StaticEmbedder {
    table: Table<'static>,
}

impl StaticEmbedder {
    /// Names the model, as stored beside its vectors: another table needs another name.
    pub const MODEL: &str = "static-minilm-256-v2";

    /// Takes the table, which is open.
    #[must_use]
    pub fn new(table: Table<'static>) -> Self {
        Self { table }
    }
}

impl Embedder for StaticEmbedder {
    fn model(&self) -> &str {
        Self::MODEL
    }

    fn batch(&self) -> usize {
        64
    }

    fn embed(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, ProviderError>> {
        let bytes: usize = texts.iter().map(String::len).sum();
        let table = self.table;
        let all = move || texts.iter().map(|it| vector(&table, it).to_vec()).collect::<Vec<_>>();
        if bytes <= AT_ONCE_BYTES {
            return future::ready(Ok(all())).boxed();
        }
        async move {
            tokio::task::spawn_blocking(all).await.map_err(|failure| ProviderError::Unusable {
                provider: "the built-in embedder".into(),
                reason: failure.to_string(),
            })
        }
        .boxed()
    }

    fn knows(&self, text: &str) -> f32 {
        word_piece::known_share(&self.table, text)
    }
}

/// What `text` means: of unit length, or all zeros when it has no word.
pub(super) fn vector(table: &Table<'_>, text: &str) -> [f32; DIMENSION] {
    let mut sum = [0.0; DIMENSION];
    word_piece::each_piece(table, text, |piece| table.add(piece, &mut sum));
    let length = sum.iter().map(|cell| cell * cell).sum::<f32>().sqrt();
    if length > 0.0 {
        for cell in &mut sum {
            *cell /= length;
        }
    }
    sum
}
