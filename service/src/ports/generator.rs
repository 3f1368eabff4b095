//! A question and what is known to an answer.

use futures_util::{future::BoxFuture, stream::BoxStream};

use super::ProviderError;

/// A piece of a document that may hold the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The number that the answer cites it by: `1` is written `[1]`. One per source.
    pub reference: usize,
    /// What clients know the chunk by.
    pub chunk: String,
    /// Where it comes from, as the user named it.
    pub source: String,
    /// Its words.
    pub text: String,
    /// How well it fits, higher is better; comparable within one query only.
    pub score: f32,
}

/// A thing that the documents speak of.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownEntity {
    /// Its name.
    pub name: String,
    /// What sort of thing it is.
    pub kind: String,
    /// What is said of it.
    pub description: String,
    /// The names of the chunks that mention it.
    pub chunks: Vec<String>,
    /// The sources of these.
    pub sources: Vec<String>,
    /// When the oldest of its documents came.
    pub created_at: jiff::Timestamp,
}

/// How two things are related.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownRelation {
    /// One.
    pub source: String,
    /// The other.
    pub target: String,
    /// What it is about, separated by commas.
    pub keywords: String,
    /// What is said of it.
    pub description: String,
    /// How strong it is.
    pub weight: f32,
    /// The names of the chunks that mention it.
    pub chunks: Vec<String>,
    /// The sources of these.
    pub sources: Vec<String>,
    /// When the oldest of its documents came.
    pub created_at: jiff::Timestamp,
}

/// What the documents hold on a question. It is data: it never goes into a system message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Context {
    /// Best first.
    pub passages: Vec<Passage>,
    /// Best first; empty without a graph.
    pub entities: Vec<KnownEntity>,
    /// Best first; empty without a graph.
    pub relations: Vec<KnownRelation>,
}

impl Context {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.passages.is_empty() && self.entities.is_empty() && self.relations.is_empty()
    }
}

/// All that a generator may use.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prompt {
    /// The user's question.
    pub question: String,
    /// What the documents hold on it.
    pub context: Context,
    /// What was said before, oldest first.
    pub history: Vec<Message>,
    /// What else the user asks of the answer, such as its language.
    pub wishes: Option<String>,
    /// The form of the answer, such as `Multiple Paragraphs`.
    pub form: Option<String>,
}

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The service itself. Nothing that a document or a client wrote.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
}

/// Something said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Message {
    /// By whom.
    pub role: Role,
    /// What.
    pub content: String,
}

/// Pieces of an answer, as it is written.
pub type Words = BoxStream<'static, Result<String, ProviderError>>;

/// Writes answers.
pub trait Generator: Send + Sync + 'static {
    /// Names the model.
    fn model(&self) -> &str;

    /// Whether it can do what it is told, as keywords, a graph and a free chat need it. One that only quotes cannot.
    fn follows_instructions(&self) -> bool;

    /// Makes the smallest real call there is, to warm connection and model.
    fn warm(&self) -> BoxFuture<'_, Result<(), ProviderError>>;

    /// Answers `prompt`, piece by piece. The outer result is known once the provider has accepted the call.
    fn answer(&self, prompt: Prompt) -> BoxFuture<'_, Result<Words, ProviderError>>;

    /// Goes on with a conversation, piece by piece. One that does not follow instructions refuses.
    fn chat(&self, messages: Vec<Message>) -> BoxFuture<'_, Result<Words, ProviderError>>;
}
