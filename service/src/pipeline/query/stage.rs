//! How far a question has come, for whoever waits for its answer.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What is being done for a question. The words are LightRAG's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The model says what the question is about.
    ExtractingKeywords,
    /// Things are looked for.
    RetrievingEntities,
    /// Relations are looked for.
    RetrievingRelations,
    /// Chunks are looked for.
    RetrievingChunks,
    /// The reranker puts passages in order.
    Reranking,
    /// The model answers.
    GeneratingResponse,
}

impl Stage {
    /// Its word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ExtractingKeywords => "extracting_keywords",
            Self::RetrievingEntities => "retrieving_entities",
            Self::RetrievingRelations => "retrieving_relations",
            Self::RetrievingChunks => "retrieving_chunks",
            Self::Reranking => "reranking",
            Self::GeneratingResponse => "generating_response",
        }
    }
}

/// Tells somebody of each stage as it begins; by default nobody.
#[derive(Debug, Default)]
pub struct Watch(Option<UnboundedSender<Stage>>);

impl Watch {
    /// A watch, and where its stages come out. They are few: each begins once a question at most.
    #[must_use]
    pub fn new() -> (Self, UnboundedReceiver<Stage>) {
        let (sender, receiver) = unbounded_channel();
        (Self(Some(sender)), receiver)
    }

    pub(super) fn tell(&self, stage: Stage) {
        if let Some(sender) = &self.0 {
            // Nobody listens any more: the question is about to be dropped.
            sender.send(stage).ok();
        }
    }
}
