//! The models that the service calls, and who provides them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::number::{Whole, Workers};
use super::seconds::Seconds;
use super::secret::SecretReference;
use super::url::HttpUrl;
use super::value::{FromText, ValueError, quoted, text_value};

/// How long one call of a model may take.
pub type ModelTimeout = Seconds<1, 3600>;

/// How many numbers an embedding has.
pub type Dimension = Whole<1, 8192>;

/// The models that the service calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Models {
    /// The model that turns text into a vector.
    pub embedding: EmbeddingModel,
    /// The model that writes the answer.
    pub llm: LanguageModel,
}

/// The model that turns text into a vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddingModel {
    /// Who provides it.
    pub provider: Provider,
    /// How many numbers to expect; absent: whatever the provider answers.
    pub dimension: Option<Dimension>,
    /// How long one call may take.
    pub timeout: ModelTimeout,
    /// How many calls may run at once.
    pub workers: Workers,
}

/// The model that writes the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageModel {
    /// Who provides it.
    pub provider: Provider,
    /// How long one call may take.
    pub timeout: ModelTimeout,
    /// How many calls may run at once.
    pub workers: Workers,
}

/// Who provides a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// The one inside the service; it needs no key and no network.
    BuiltIn,
    /// A server that speaks OpenAI's protocol.
    #[serde(rename = "openai")]
    OpenAi {
        /// Its base address.
        host: HttpUrl,
        /// The model to ask for.
        model: ModelName,
        /// The key that it asks for; absent: it asks for none.
        api_key: Option<SecretReference>,
    },
}

/// The name of a model, as its provider writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModelName(String);

impl ModelName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for ModelName {
    const EXPECTED: &'static str = "the name of a model, such as `gpt-4o-mini`";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let inside = |c: char| !c.is_whitespace() && !c.is_control();
        if !text.is_empty() && text.len() <= 255 && text.chars().all(inside) {
            return Ok(Self(text.to_owned()));
        }
        Err(ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED))
    }
}

text_value!(ModelName, { "pattern": "^\\S+$", "maxLength": 255 });
