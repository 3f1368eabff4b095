//! From a chunk to what it mentions, with vectors.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::extract;
use crate::{
    config::GraphSettings,
    pipeline::patience::patiently,
    pool::{CallError, EmbeddingPool, LlmPool, Priority},
    ports::graph::{EntityMention, Mentions, RelationMention},
};

/// Reads chunks for things and relations, a few at once, so that questions find a worker.
pub struct Extractor {
    llm: Arc<LlmPool>,
    embedding: Arc<EmbeddingPool>,
    settings: GraphSettings,
    places: Semaphore,
}

impl Extractor {
    /// An extractor, when there is to be a graph. It takes half of the LLM's workers at most.
    #[must_use]
    pub fn wanted(
        settings: &GraphSettings,
        llm: &Arc<LlmPool>,
        embedding: &Arc<EmbeddingPool>,
    ) -> Option<Arc<Self>> {
        let places = Semaphore::new((llm.limits().workers / 2).max(1));
        let (llm, embedding) = (Arc::clone(llm), Arc::clone(embedding));
        settings
            .is_on
            .then(|| Arc::new(Self { llm, embedding, settings: settings.clone(), places }))
    }

    /// Chunks that are read at once.
    #[must_use]
    pub fn at_once(&self) -> usize {
        (self.llm.limits().workers / 2).max(1)
    }

    /// What a chunk mentions, with vectors of unit length.
    ///
    /// A failure that may pass is met with patience; dropping the future stops it.
    ///
    /// # Errors
    ///
    /// [`CallError`] as a provider fails for good.
    pub async fn mentions(&self, text: &str) -> Result<Mentions, CallError> {
        let mut mentions = {
            let _place = self.places.acquire().await.expect("nobody closes it");
            extract(&self.llm, text, &self.settings).await?
        };
        let entities = mentions.entities.iter().map(words_of_entity);
        let relations = mentions.relations.iter().map(words_of_relation);
        let texts: Vec<String> = entities.chain(relations).collect();
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(self.embedding.batch()) {
            let embed = || {
                let (embedding, batch) = (Arc::clone(&self.embedding), batch.to_vec());
                async move { embedding.embed_for(Priority::Ingest, batch).await }
            };
            vectors.extend(patiently(embed).await?);
        }
        let entities = mentions.entities.iter_mut().map(|entity| &mut entity.vector);
        let relations = mentions.relations.iter_mut().map(|relation| &mut relation.vector);
        entities.chain(relations).zip(vectors).for_each(|(place, vector)| *place = vector);
        Ok(mentions)
    }
}

/// What a thing is found by.
fn words_of_entity(EntityMention { name, description, .. }: &EntityMention) -> String {
    format!("{name}\n{description}")
}

/// What a relation is found by: what it is about first.
fn words_of_relation(relation: &RelationMention) -> String {
    let RelationMention { source, target, keywords, description, .. } = relation;
    format!("{keywords}\t{source}\n{target}\n{description}")
}
