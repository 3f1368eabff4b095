//! Finds what there is on a question, and has the answer written.

use std::sync::Arc;

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tracing::Instrument;

use super::{
    AnswerCache, KeywordsCache, Mode, Output, Query, QueryError, Stage, Watch, budget, cache::key,
    chunks, graph, passages,
};
use crate::{
    config::{QuerySettings, Retrieval},
    metrics::{self, Kept},
    pipeline::prompt,
    pool::{EmbeddingPool, LlmPool, Piece, Priority, RerankPool},
    ports::{Context, Graph, Message, Prompt, Role, Store},
    traces,
};

/// What is said when nothing fits. Not an answer of the LLM, and marked so, as LightRAG marks it.
const NO_CONTEXT: &str = "No document here holds an answer to this question.[no-context]";

/// What a mode needs that has no model to talk to.
const A_LANGUAGE_MODEL: &str =
    "a language model that follows instructions: set LLM_BINDING_HOST and LLM_MODEL";

/// What a mode needs that has no graph.
const A_GRAPH: &str = "a graph of what the documents mention: set ENABLE_GRAPH=true, and a language model that reads them by \
    LLM_BINDING_HOST and LLM_MODEL";

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
    /// Whether there are any.
    pub has_graph: bool,
    /// Puts passages in order.
    pub reranker: Option<Arc<RerankPool>>,
    /// Whether it does when a question does not say.
    pub rerank_by_default: bool,
    /// Passages that it judges lower are left out; 0 keeps all.
    pub least_rerank_score: f32,
    /// How documents are cut and found.
    pub retrieval: Retrieval,
    /// The defaults of a question.
    pub defaults: QuerySettings,
    /// What the model said of questions before.
    pub keywords: KeywordsCache,
    /// What it answered before; none: that is not kept.
    pub cache: Option<AnswerCache>,
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
    /// How much there was before the model's limits.
    pub tally: Tally,
}

/// How much was found, before it was cut to what the model may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Things.
    pub entities_found: usize,
    /// Relations.
    pub relations_found: usize,
    /// Chunks.
    pub chunks_found: usize,
}

/// An answer as it is written, and what it is written from.
pub struct Answer {
    /// What it is written from.
    pub found: Found,
    /// Its words.
    pub words: BoxStream<'static, Piece>,
    /// False when no model was asked: nothing was found, or something else was wanted.
    pub is_generated: bool,
}

impl Answers {
    /// The mode of a question that names none: the most that there is.
    #[must_use]
    pub fn default_mode(&self) -> Mode {
        if self.has_graph { Mode::Mix } else { Mode::Naive }
    }

    /// A question with the defaults of the settings.
    #[must_use]
    pub fn query(&self, text: &str) -> Query {
        Query {
            text: text.trim().to_owned(),
            mode: self.default_mode(),
            top_k: self.defaults.top_k,
            chunk_top_k: self.retrieval.top_k,
            max_entity_tokens: self.defaults.max_entity_tokens,
            max_relation_tokens: self.defaults.max_relation_tokens,
            max_total_tokens: self.defaults.max_total_tokens,
            high_level_keywords: Vec::new(),
            low_level_keywords: Vec::new(),
            history: Vec::new(),
            wishes: None,
            form: None,
            rerank: self.rerank_by_default,
            output: Output::Answer,
        }
    }

    /// Finds what there is on a question; each thing and relation names chunks that mention it.
    ///
    /// # Errors
    ///
    /// [`QueryError`] by its cause.
    pub async fn find(&self, query: &Query) -> Result<Found, QueryError> {
        self.retrieve(query, &Watch::default(), true).await
    }

    /// What a model is asked.
    #[must_use]
    pub fn prompt(query: &Query, found: &Found) -> Prompt {
        Prompt {
            question: query.text.clone(),
            context: found.context.clone(),
            history: budget::history(query),
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
        self.answer_watched(query, &Watch::default()).await
    }

    /// The same, and tells of each stage as it begins; of none with [`Mode::Bypass`], which has but one.
    ///
    /// # Errors
    ///
    /// [`QueryError`] by its cause.
    pub async fn answer_watched(&self, query: Query, watch: &Watch) -> Result<Answer, QueryError> {
        if query.mode == Mode::Bypass {
            return self.bypass(query).await;
        }
        let found = self.retrieve(&query, watch, false).await?;
        let instead = match query.output {
            _ if found.context.is_empty() => Some(NO_CONTEXT.to_owned()),
            Output::Context => Some(prompt::context(&found.context)),
            Output::Prompt => Some(prompt::transcript(&Self::prompt(&query, &found))),
            Output::Answer => None,
        };
        if let Some(instead) = instead {
            let words = stream::iter([Ok(instead)]).boxed();
            return Ok(Answer { found, words, is_generated: false });
        }
        watch.tell(Stage::GeneratingResponse);
        let words = self.written(Self::prompt(&query, &found)).await?;
        Ok(Answer { found, words, is_generated: true })
    }

    /// Forgets all answers, and all keywords.
    pub fn clear_cache(&self) {
        self.keywords.clear();
        if let Some(cache) = &self.cache {
            cache.clear();
        }
    }

    async fn retrieve(
        &self,
        query: &Query,
        watch: &Watch,
        is_detailed: bool,
    ) -> Result<Found, QueryError> {
        let search = async {
            let found = self.search(query, watch, is_detailed).await?;
            traces::retrieved(found.context.passages.len());
            Ok(found)
        };
        search.instrument(traces::retrieve(query.mode.word())).await
    }

    async fn search(
        &self,
        query: &Query,
        watch: &Watch,
        is_detailed: bool,
    ) -> Result<Found, QueryError> {
        let mode = query.mode;
        match mode {
            Mode::Bypass => Ok(Found::default()),
            Mode::Naive => {
                let hits = chunks::found(self, query, watch).await?;
                let tally = Tally { chunks_found: hits.len(), ..Tally::default() };
                let context = Context::default();
                let passages = passages::passages(self, query, &context, hits, watch).await?;
                Ok(Found { context: Context { passages, ..context }, tally, ..Found::default() })
            }
            Mode::Local | Mode::Global | Mode::Hybrid | Mode::Mix => {
                if !self.has_graph || !self.llm.follows_instructions() {
                    return Err(QueryError::NotSetUp { mode, needs: A_GRAPH });
                }
                graph::find(self, query, watch, is_detailed).await
            }
        }
    }

    /// The answer to a prompt: one that was given before to the very same, else a new one.
    async fn written(&self, prompt: Prompt) -> Result<BoxStream<'static, Piece>, QueryError> {
        let Some(cache) = self.cache.as_ref().filter(|_| self.llm.follows_instructions()) else {
            return Ok(self.llm.answer(prompt).await?);
        };
        let key = key(self.llm.model(), &prompt::messages(&prompt));
        if let Some(words) = cache.get(&key) {
            tracing::debug!("the answer was given before");
            metrics::answer_cache(Kept::Hit);
            return Ok(words);
        }
        metrics::answer_cache(Kept::Miss);
        Ok(cache.keeping(key, self.llm.answer(prompt).await?))
    }

    /// Asks the model as it is.
    async fn bypass(&self, query: Query) -> Result<Answer, QueryError> {
        if !self.llm.follows_instructions() {
            return Err(QueryError::NotSetUp { mode: query.mode, needs: A_LANGUAGE_MODEL });
        }
        let mut messages = budget::newest(&query.history, query.max_total_tokens);
        messages.push(Message { role: Role::User, content: query.text });
        let words = self.llm.chat(Priority::Query, messages).await?;
        Ok(Answer { found: Found::default(), words, is_generated: true })
    }
}
