//! `POST embeddings`.

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};

use super::{Connections, LONGEST_VECTOR_BYTES, MARGIN_BYTES, Provider};
use crate::{
    config::OpenAiBinding,
    ports::{Embedder, ProviderError},
};

/// An embedder behind OpenAI's protocol.
pub struct OpenAiEmbedder {
    provider: Provider,
    batch: usize,
    dimension: Option<usize>,
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'static str,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: Option<usize>,
    embedding: Vector,
}

/// Numbers, or the same as base64 of little-endian floats: some providers send it unasked.
enum Vector {
    Floats(Vec<f32>),
    Base64(String),
}

impl<'de> Deserialize<'de> for Vector {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Vector;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("numbers or base64")
            }

            fn visit_str<E>(self, text: &str) -> Result<Vector, E> {
                Ok(Vector::Base64(text.to_owned()))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Vector, A::Error> {
                let deserializer = serde::de::value::SeqAccessDeserializer::new(seq);
                Vec::deserialize(deserializer).map(Vector::Floats)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl OpenAiEmbedder {
    /// An embedder that asks `binding`, `batch` texts a call, and expects vectors of `dimension`.
    #[must_use]
    pub fn new(
        connections: impl Into<Connections>,
        binding: OpenAiBinding,
        batch: usize,
        dimension: Option<usize>,
    ) -> Self {
        Self { provider: Provider::new(connections.into(), binding), batch, dimension }
    }

    fn vectors(&self, answer: Answer, wanted: usize) -> Result<Vec<Vec<f32>>, ProviderError> {
        let mut vectors = vec![Vec::new(); wanted];
        for (position, item) in answer.data.into_iter().enumerate() {
            let index = item.index.unwrap_or(position);
            let Some(place) = vectors.get_mut(index) else {
                return Err(self.unusable(format!("vector {index} for {wanted} texts")));
            };
            *place = self.vector(item.embedding)?;
        }
        let found = vectors.iter().filter(|vector| !vector.is_empty()).count();
        if found < wanted {
            return Err(self.unusable(format!("{found} vectors for {wanted} texts")));
        }
        let is_other = |len: &usize| self.dimension.is_some_and(|dimension| dimension != *len);
        if let Some(dimension) = self.dimension
            && let Some(found) = vectors.iter().map(Vec::len).find(is_other)
        {
            let reason = format!("vectors of dimension {found}, and EMBEDDING_DIM is {dimension}");
            return Err(self.unusable(reason));
        }
        Ok(vectors)
    }

    fn vector(&self, vector: Vector) -> Result<Vec<f32>, ProviderError> {
        match vector {
            Vector::Floats(floats) => Ok(floats),
            Vector::Base64(text) => {
                let bytes = STANDARD.decode(text).ok().filter(|bytes| bytes.len() % 4 == 0);
                let bytes = bytes.ok_or_else(|| self.unusable("a vector that is not base64"))?;
                let floats = bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four));
                Ok(floats.collect())
            }
        }
    }

    fn unusable(&self, reason: impl Into<String>) -> ProviderError {
        self.provider.failures.unusable(reason)
    }
}

impl Embedder for OpenAiEmbedder {
    fn model(&self) -> &str {
        &self.provider.binding.model
    }

    fn batch(&self) -> usize {
        self.batch
    }

    fn embed(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, ProviderError>> {
        async move {
            let model = self.model();
            let request = Request { model, input: &texts, encoding_format: "float" };
            let reply = self.provider.post("embeddings", &request).await?;
            let limit = MARGIN_BYTES + texts.len() * LONGEST_VECTOR_BYTES;
            let answer = self.provider.read(reply, limit).await?;
            self.vectors(answer, texts.len())
        }
        .boxed()
    }
}
