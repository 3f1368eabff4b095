//! A question as clients write it, for all routes that answer one. The fields and their bounds are LightRAG's.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    app::App,
    config::{LARGEST_BUDGET, MOST_TOP_K},
    error::ApiError,
    pipeline::query::{Output, Query},
    ports::{Message, Passage, Role},
};

/// Letters of a question, and of what else is wished of its answer.
const LONGEST_QUESTION: usize = 64 * 1024;

/// Letters of the form of an answer.
const LONGEST_FORM: usize = 256;

/// Keywords of a sort, and letters of one.
const MOST_KEYWORDS: usize = 64;
const LONGEST_KEYWORD: usize = 512;

/// Messages of a history, and letters of one.
const MOST_MESSAGES: usize = 128;
const LONGEST_MESSAGE: usize = 32 * 1024;

/// Letters of all that a question brings along.
const MOST_LETTERS: usize = 128 * 1024;

/// A question as clients write it. What they add to it for other servers is not looked at.
#[derive(Deserialize, ToSchema)]
#[schema(as = QueryRequest)]
pub(super) struct Asked {
    /// The question: 3 letters at least, of which one of Chinese, Japanese or Korean counts 2.
    #[schema(min_length = 1, max_length = 65536)]
    query: String,
    /// `naive`, `local`, `global`, `hybrid`, `mix` or `bypass`; by default `mix` where there is a graph, else `naive`.
    mode: Option<String>,
    /// Whether what was found is the answer, as a model would be told it.
    only_need_context: Option<bool>,
    /// Whether all that a model would be told is the answer.
    only_need_prompt: Option<bool>,
    /// The form of the answer, such as `Bullet Points`.
    #[schema(max_length = 256)]
    response_type: Option<String>,
    /// Things and relations to find, each.
    #[schema(minimum = 1, maximum = 1000)]
    top_k: Option<usize>,
    /// Passages to find.
    #[schema(minimum = 1, maximum = 1000)]
    chunk_top_k: Option<usize>,
    /// The most tokens of things that the model is told.
    #[schema(minimum = 1, maximum = 1_000_000)]
    max_entity_tokens: Option<usize>,
    /// The most tokens of relations that the model is told.
    #[schema(minimum = 1, maximum = 1_000_000)]
    max_relation_tokens: Option<usize>,
    /// The most tokens of all that the model is told.
    #[schema(minimum = 1, maximum = 1_000_000)]
    max_total_tokens: Option<usize>,
    /// What the question is about; with either sort, the model is not asked for them.
    #[schema(max_items = 64)]
    hl_keywords: Option<Vec<String>>,
    /// What the question names.
    #[schema(max_items = 64)]
    ll_keywords: Option<Vec<String>>,
    /// What was said before, oldest first.
    #[schema(max_items = 128)]
    conversation_history: Option<Vec<Turn>>,
    /// What else is wished of the answer.
    #[schema(max_length = 65536)]
    user_prompt: Option<String>,
    /// Whether the reranker puts passages in order, where there is one.
    enable_rerank: Option<bool>,
    /// Whether sources are told; true by default.
    include_references: Option<bool>,
    /// Whether their passages are told, too.
    include_chunk_content: Option<bool>,
    /// Whether the stages of the answer are told; of `/query/stream`.
    include_progress: Option<bool>,
    /// Whether the answer comes piece by piece; of `/query/stream`, true by default.
    stream: Option<bool>,
}

/// Something said before.
#[derive(Deserialize, ToSchema)]
#[schema(as = QueryMessage)]
struct Turn {
    /// `user` or `assistant`.
    role: String,
    #[schema(max_length = 32768)]
    content: String,
}

/// A question that can be answered.
pub(super) struct Checked {
    pub(super) query: Query,
    /// Whether the stages of the answer are told.
    pub(super) progress: bool,
    /// Whether the answer comes piece by piece where it can.
    pub(super) stream: bool,
    references: Wanted,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Nothing,
    Names,
    NamesAndContent,
}

/// A source that the answer may cite.
#[derive(Debug, Serialize, PartialEq, ToSchema)]
pub(super) struct Reference {
    /// The number that the answer cites it by.
    reference_id: String,
    file_path: String,
    /// Its passages, when they were wanted.
    content: Option<Vec<String>>,
}

impl Asked {
    pub(super) fn checked(self, app: &App) -> Result<Checked, ApiError> {
        let mut query = self.question(app)?;
        self.limits(&mut query)?;
        let is = |flag: Option<bool>| flag.unwrap_or(false);
        // As in LightRAG, who asks for both gets the prompt, which holds the context.
        query.output = match (is(self.only_need_prompt), is(self.only_need_context)) {
            (true, _) => Output::Prompt,
            (false, true) => Output::Context,
            (false, false) => Output::Answer,
        };
        if self.enable_rerank == Some(true) && app.answers.reranker.is_none() {
            tracing::info!("reranking is asked for, and RERANK_BINDING names no reranker");
        }
        query.rerank = self.enable_rerank.unwrap_or(query.rerank);
        let content = is(self.include_chunk_content);
        let references = match (self.include_references.unwrap_or(true), content) {
            (false, _) => Wanted::Nothing,
            (true, false) => Wanted::Names,
            (true, true) => Wanted::NamesAndContent,
        };
        let (progress, stream) = (is(self.include_progress), self.stream.unwrap_or(true));
        query.high_level_keywords = keywords("hl_keywords", self.hl_keywords)?;
        query.low_level_keywords = keywords("ll_keywords", self.ll_keywords)?;
        query.history = history(self.conversation_history.unwrap_or_default())?;
        query.form = words("response_type", self.response_type, LONGEST_FORM)?;
        query.wishes = words("user_prompt", self.user_prompt, LONGEST_QUESTION)?;
        bounded(&query)?;
        Ok(Checked { query, progress, stream, references })
    }

    /// The question with the defaults of the settings, and its mode.
    fn question(&self, app: &App) -> Result<Query, ApiError> {
        short("query", &self.query, LONGEST_QUESTION)?;
        let mut query = app.answers.query(&self.query);
        if query.text.is_empty() {
            return wrong("query: there is nothing but blanks in it");
        }
        if let Some(mode) = &self.mode {
            query.mode = match mode.parse() {
                Ok(mode) => mode,
                Err(error) => return wrong(format!("mode: `{mode}` is {error}")),
            };
        }
        if query.is_too_short() {
            return wrong("query: fewer than 3 letters, or 2 of Chinese, Japanese or Korean");
        }
        Ok(query)
    }

    /// How much is to be found, and told.
    fn limits(&self, query: &mut Query) -> Result<(), ApiError> {
        let limit = |name: &str, asked: Option<usize>, default: usize, most: usize| {
            let asked = asked.unwrap_or(default);
            match (1..=most).contains(&asked) {
                true => Ok(asked),
                false => wrong(format!("{name}: not a number from 1 to {most}")),
            }
        };
        let top = |name, asked, default| limit(name, asked, default, MOST_TOP_K);
        query.top_k = top("top_k", self.top_k, query.top_k)?;
        query.chunk_top_k = top("chunk_top_k", self.chunk_top_k, query.chunk_top_k)?;
        let tokens = |name, asked, default| limit(name, asked, default, LARGEST_BUDGET);
        let (entities, relations) = (self.max_entity_tokens, self.max_relation_tokens);
        query.max_entity_tokens = tokens("max_entity_tokens", entities, query.max_entity_tokens)?;
        query.max_relation_tokens =
            tokens("max_relation_tokens", relations, query.max_relation_tokens)?;
        let all = self.max_total_tokens;
        query.max_total_tokens = tokens("max_total_tokens", all, query.max_total_tokens)?;
        Ok(())
    }
}

impl Reference {
    /// One reference a source, in the order of their numbers, without what stands there.
    pub(super) fn list(passages: &[Passage]) -> Vec<Self> {
        Self::of(passages, false)
    }

    fn of(passages: &[Passage], is_with_content: bool) -> Vec<Self> {
        let mut references: Vec<Self> = Vec::new();
        for passage in passages {
            if passage.reference > references.len() {
                references.push(Self {
                    reference_id: passage.reference.to_string(),
                    file_path: passage.source.clone(),
                    content: is_with_content.then(Vec::new),
                });
            }
            if let Some(content) = &mut references[passage.reference - 1].content {
                content.push(passage.text.clone());
            }
        }
        references
    }
}

impl Checked {
    /// One reference a source, in the order of their numbers; none when none are wanted.
    pub(super) fn references(&self, passages: &[Passage]) -> Option<Vec<Reference>> {
        match self.references {
            Wanted::Nothing => None,
            Wanted::Names => Some(Reference::list(passages)),
            Wanted::NamesAndContent => Some(Reference::of(passages, true)),
        }
    }
}

impl Reference {
    /// References in a line of a stream, where LightRAG leaves out what is not wanted.
    pub(super) fn line(references: &[Self]) -> Value {
        let references = references.iter().map(|Self { reference_id, file_path, content }| {
            let mut line = json!({ "reference_id": reference_id, "file_path": file_path });
            if let Some(content) = content {
                line["content"] = json!(content);
            }
            line
        });
        references.collect()
    }
}

fn wrong<T>(words: impl Into<String>) -> Result<T, ApiError> {
    Err(ApiError::Unprocessable(words.into()))
}

fn short(name: &str, words: &str, longest: usize) -> Result<(), ApiError> {
    if words.chars().count() > longest {
        return wrong(format!("{name}: longer than {longest} letters"));
    }
    Ok(())
}

/// What is nothing but blanks counts as not said.
fn words(name: &str, words: Option<String>, longest: usize) -> Result<Option<String>, ApiError> {
    let words = words.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty());
    if let Some(words) = &words {
        short(name, words, longest)?;
    }
    Ok(words)
}

fn keywords(name: &str, words: Option<Vec<String>>) -> Result<Vec<String>, ApiError> {
    let words = words.unwrap_or_default();
    if words.len() > MOST_KEYWORDS {
        return wrong(format!("{name}: more than {MOST_KEYWORDS} keywords"));
    }
    words.iter().try_for_each(|word| short(name, word, LONGEST_KEYWORD))?;
    let words = words.into_iter().map(|word| word.trim().to_owned());
    Ok(words.filter(|word| !word.is_empty()).collect())
}

/// What was said before, by the user and by the model. The rules are ours: nobody else speaks as the system.
fn history(turns: Vec<Turn>) -> Result<Vec<Message>, ApiError> {
    let name = "conversation_history";
    if turns.len() > MOST_MESSAGES {
        return wrong(format!("{name}: more than {MOST_MESSAGES} messages"));
    }
    let message = |Turn { role, content }: Turn| {
        short(name, &content, LONGEST_MESSAGE)?;
        let role = match role.as_str() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            _ => return wrong(format!("{name}: a role that is neither `user` nor `assistant`")),
        };
        Ok(Message { role, content })
    };
    turns.into_iter().map(message).collect()
}

/// Each part may be long, all of them together not.
fn bounded(query: &Query) -> Result<(), ApiError> {
    let history = query.history.iter().map(|message| message.content.as_str());
    let said = history.chain([query.text.as_str()]).chain(query.wishes.as_deref());
    if said.map(|words| words.chars().count()).sum::<usize>() > MOST_LETTERS {
        return wrong(format!("query: with its history, longer than {MOST_LETTERS} letters"));
    }
    Ok(())
}
