//! Finds what there is on a question, and has the answer written.

use std::sync::Arc;

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};

use super::{Mode, Query, QueryError, find};
use crate::{
    config::Retrieval,
    pool::{EmbeddingPool, LlmPool, Piece},
    ports::{Context, Graph, Message, Prompt, Reranker, Role, Store},
};

/// What is said when nothing fits. Not an answer of the LLM, and marked so.
const NO_CONTEXT: &str = "No document here holds an answer to this question.";

/// What a mode needs that has no model to talk to.
const A_LANGUAGE_MODEL: &str =
    "a language model that follows instructions: set LLM_BINDING_HOST and LLM_MODEL";

/// What a mode needs that has no graph.
const A_GRAPH: &str = "a graph, which is off";

/// Answers questions.
pub struct Answers {
    /// Questions to vectors.
    pub embedding: Arc<EmbeddingPool>,
    /// Context to answers.
    pub llm: Arc<LlmPool>,
    /// The chunks.
    pub store: Arc<dyn Store>,
    /// The things and relations.
    pub graph: Arc<dyn Graph>,
    /// Puts passages in order.
    pub reranker: Option<Arc<dyn Reranker>>,
    /// The defaults.
    pub retrieval: Retrieval,
}

/// What there is on a question.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// For the answer.
    pub context: Context,
    /// What the question is about, as the model or the client said.
    pub high_level_keywords: Vec<String>,
    /// What the question names, as the model or the client said.
    pub low_level_keywords: Vec<String>,
}

/// An answer as it is written, and what it is written from.
pub struct Answer {
    /// What it is written from.
    pub found: Found,
    /// Its words.
    pub words: BoxStream<'static, Piece>,
    /// False when nothing was found, so that no model was asked.
    pub is_generated: bool,
}

impl Answers {
    /// The mode of a question that names none.
    #[must_use]
    pub fn default_mode(&self) -> Mode {
        Mode::Naive
    }

    /// A question with the defaults of the settings.
    #[must_use]
    pub fn query(&self, text: &str) -> Query {
        Query {
            text: text.trim().to_owned(),
            mode: self.default_mode(),
            top_k: 40,
            chunk_top_k: self.retrieval.top_k,
            max_entity_tokens: 6000,
            max_relation_tokens: 8000,
            max_total_tokens: 30_000,
            high_level_keywords: Vec::new(),
            low_level_keywords: Vec::new(),
            history: Vec::new(),
            wishes: None,
            form: None,
            rerank: true,
        }
    }

    /// Finds what there is on a question.
    ///
    /// # Errors
    ///
    /// [`QueryError`] by its cause.
    pub async fn find(&self, query: &Query) -> Result<Found, QueryError> {
        let mode = query.mode;
        match mode {
            Mode::Bypass => Ok(Found::default()),
            Mode::Naive => {
                let passages =
                    find::passages(&self.embedding, &*self.store, query, self.retrieval.threshold)
                        .await?;
                let context = Context { passages, ..Context::default() };
                Ok(Found { context, ..Found::default() })
            }
            Mode::Local | Mode::Global | Mode::Hybrid | Mode::Mix => {
                Err(QueryError::NotSetUp { mode, needs: A_GRAPH })
            }
        }
    }

    /// What a model is asked.
    #[must_use]
    pub fn prompt(query: &Query, found: &Found) -> Prompt {
        Prompt {
            question: query.text.clone(),
            context: found.context.clone(),
            history: query.history.clone(),
            wishes: query.wishes.clone(),
            form: query.form.clone(),
        }
    }

    /// Answers a question, piece by piece; the pieces are not begun.
    ///
    /// # Errors
    ///
    /// [`QueryError`] by its cause.
    pub async fn answer(&self, query: Query) -> Result<Answer, QueryError> {
        if query.mode == Mode::Bypass {
            return self.bypass(query).await;
        }
        let found = self.find(&query).await?;
        if found.context.is_empty() {
            let words = stream::iter([Ok(NO_CONTEXT.to_owned())]).boxed();
            return Ok(Answer { found, words, is_generated: false });
        }
        let words = self.llm.answer(Self::prompt(&query, &found)).await?;
        Ok(Answer { found, words, is_generated: true })
    }

    /// Asks the model as it is.
    async fn bypass(&self, query: Query) -> Result<Answer, QueryError> {
        if !self.llm.follows_instructions() {
            return Err(QueryError::NotSetUp { mode: query.mode, needs: A_LANGUAGE_MODEL });
        }
        let mut messages = query.history;
        messages.push(Message { role: Role::User, content: query.text });
        let words = self.llm.chat(messages).await?;
        Ok(Answer { found: Found::default(), words, is_generated: true })
    }
}
