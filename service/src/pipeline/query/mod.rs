//! From a question to what the documents hold on it, and to its answer.
//!
//! ```text
//! keywords ─▶ graph ─┐
//!                    ├─▶ passages ─▶ budget ─▶ prompt ─▶ cache or LLM
//!            chunks ─┘
//! ```

mod answer;
mod budget;
mod cache;
mod chunks;
mod graph;
mod keywords;
mod passages;
mod pick;
mod stage;

use std::str::FromStr;

pub use answer::{Answer, Answers, Found, Tally};
pub use cache::AnswerCache;
pub use chunks::rehearse;
pub use keywords::{Keywords, KeywordsCache};
pub use stage::{Stage, Watch};

use super::terms::is_unspaced;
use crate::{
    pool::CallError,
    ports::{Message, StoreError},
};

/// What a question has to weigh at least.
const LEAST_WEIGHT: usize = 3;

/// Where an answer is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// In the chunks, by vector and by words.
    Naive,
    /// In the things that the question names, and what surrounds them.
    Local,
    /// In the relations that the question is about, and what they connect.
    Global,
    /// `Local` and `Global`.
    Hybrid,
    /// `Hybrid` and `Naive`.
    Mix,
    /// Nowhere: the model is asked as it is.
    Bypass,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Naive, Self::Local, Self::Global, Self::Hybrid, Self::Mix, Self::Bypass];

    /// Its word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::Local => "local",
            Self::Global => "global",
            Self::Hybrid => "hybrid",
            Self::Mix => "mix",
            Self::Bypass => "bypass",
        }
    }
}

/// A word that is no mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of naive, local, global, hybrid, mix, bypass")]
pub struct UnknownMode;

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(word: &str) -> Result<Self, UnknownMode> {
        Self::ALL.into_iter().find(|mode| mode.word() == word).ok_or(UnknownMode)
    }
}

/// What a question is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// The model's answer.
    #[default]
    Answer,
    /// What was found, as the model would be told it.
    Context,
    /// All that the model would be told.
    Prompt,
}

/// What is asked, checked. `Answers::query` makes one with the defaults of the settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The user's words, without blanks around them.
    pub text: String,
    /// Where the answer is looked for.
    pub mode: Mode,
    /// Things and relations to find, each, 1 to 1000.
    pub top_k: usize,
    /// Passages to find, 1 to 1000.
    pub chunk_top_k: usize,
    /// The most tokens of all things in the context.
    pub max_entity_tokens: usize,
    /// The most tokens of all relations in the context.
    pub max_relation_tokens: usize,
    /// The most tokens of all that the model is told.
    pub max_total_tokens: usize,
    /// What the question is about; empty lets the model find it.
    pub high_level_keywords: Vec<String>,
    /// What the question names; empty lets the model find it.
    pub low_level_keywords: Vec<String>,
    /// What was said before, oldest first; no system messages.
    pub history: Vec<Message>,
    /// What else the user asks of the answer.
    pub wishes: Option<String>,
    /// The form of the answer.
    pub form: Option<String>,
    /// Whether passages are put in order by the reranker, when there is one.
    pub rerank: bool,
    /// What it is answered with.
    pub output: Output,
}

impl Query {
    /// Whether there is too little to search by. A letter counts 1, one of Chinese, Japanese or Korean 2, as in LightRAG.
    ///
    /// [`Mode::Bypass`] searches nothing, and takes any question.
    #[must_use]
    pub fn is_too_short(&self) -> bool {
        let weight = |letter| if is_unspaced(letter) { 2 } else { 1 };
        // Enough letters are enough: a long question is not read to its end.
        let weight: usize = self.text.chars().take(LEAST_WEIGHT).map(weight).sum();
        self.mode != Mode::Bypass && weight < LEAST_WEIGHT
    }
}

/// Why a question has no answer. That nothing was found is not an error.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The mode needs what is not set up.
    #[error("mode: `{mode}` needs {needs}", mode = mode.word())]
    NotSetUp {
        /// The mode.
        mode: Mode,
        /// What it needs, and the setting that gives it.
        needs: &'static str,
    },
    /// A provider failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
