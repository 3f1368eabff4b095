//! What texts are made into chunks by.

use std::{path::PathBuf, sync::Arc};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    pipeline::{chunk::ChunkSize, graph::Extractor, patience::patiently},
    pool::{CallError, EmbeddingPool, Priority},
    ports::{FileReader, graph::Mentions},
};

/// What documents are made of chunks by.
pub struct Workshop {
    /// The workers that may call the embedder.
    pub embedding: Arc<EmbeddingPool>,
    /// Reads files of all formats.
    pub files: Arc<dyn FileReader>,
    /// Reads chunks for a graph, when there is to be one.
    pub mentions: Option<Arc<Extractor>>,
    /// Where files without a name lie while they are read.
    pub folder: PathBuf,
    /// How large a chunk is.
    pub size: ChunkSize,
    /// Documents that are worked on at once, so that a long one does not hold up the short ones.
    pub at_once: usize,
}

impl Workshop {
    /// Embeds in batches, and leaves half of the workers to queries.
    pub(super) async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, CallError> {
        let embedding = &self.embedding;
        let at_once = (embedding.limits().workers / 2).max(1);
        let batches: Vec<Vec<String>> =
            texts.chunks(embedding.batch()).map(<[String]>::to_vec).collect();
        let vectors: Vec<Vec<Vec<f32>>> = stream::iter(batches)
            .map(|batch| self.embed_batch(batch))
            .buffered(at_once)
            .try_collect()
            .await?;
        Ok(vectors.into_iter().flatten().collect())
    }

    /// Embeds one batch, with more patience than a query has.
    async fn embed_batch(&self, batch: Vec<String>) -> Result<Vec<Vec<f32>>, CallError> {
        patiently(|| {
            let (embedding, batch) = (Arc::clone(&self.embedding), batch.clone());
            async move { embedding.embed_for(Priority::Ingest, batch).await }
        })
        .await
    }

    /// What each chunk mentions; nothing without a graph.
    pub(super) async fn read(&self, texts: &[String]) -> Result<Vec<Mentions>, CallError> {
        let Some(extractor) = &self.mentions else {
            return Ok(vec![Mentions::default(); texts.len()]);
        };
        stream::iter(texts.to_vec())
            .map(|text| {
                let extractor = Arc::clone(extractor);
                async move { extractor.mentions(&text).await }
            })
            .buffered(extractor.at_once())
            .try_collect()
            .await
    }
}
