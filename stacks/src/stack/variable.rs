//! Names of environment variables, and which of them ragctl sets itself.

use std::fmt;

use super::value::{FromText, ValueError, quoted, text_value};

/// The name of an environment variable: letters, digits and `_`, not beginning with a digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariableName(String);

/// The variables that ragctl sets itself, and the field of the file that each comes from.
///
/// `docs/reference/service.md` says what they mean.
const SET_BY_RAGCTL: [(&str, &str); 22] = [
    ("ASYNC_INIT", "strategies.async-init"),
    ("DATABASE_URL", "store.url"),
    ("DATA_DIR", "store.path"),
    ("EMBEDDING_BINDING", "models.embedding.provider"),
    ("EMBEDDING_BINDING_API_KEY", "models.embedding.api_key"),
    ("EMBEDDING_BINDING_HOST", "models.embedding.host"),
    ("EMBEDDING_DIM", "models.embedding.dimension"),
    ("EMBEDDING_FUNC_MAX_ASYNC", "models.embedding.max_async"),
    ("EMBEDDING_MODEL", "models.embedding.model"),
    ("EMBEDDING_TIMEOUT", "models.embedding.timeout"),
    ("HOST", "target"),
    ("LLM_BINDING", "models.llm.provider"),
    ("LLM_BINDING_API_KEY", "models.llm.api_key"),
    ("LLM_BINDING_HOST", "models.llm.host"),
    ("LLM_MODEL", "models.llm.model"),
    ("LLM_TIMEOUT", "models.llm.timeout"),
    ("MAX_ASYNC", "service.max_async"),
    ("MAX_ASYNC_LLM", "models.llm.max_async"),
    ("PORT", "service.port"),
    ("REQUEST_TIMEOUT", "service.request_timeout"),
    ("STOP_TIMEOUT", "service.stop_timeout"),
    ("WARMUP_ON_STARTUP", "strategies.prewarm"),
];

impl VariableName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The field of the file that sets this variable, when ragctl sets it itself.
    pub fn field(&self) -> Option<&'static str> {
        SET_BY_RAGCTL.iter().find(|(name, _)| *name == self.0).map(|(_, field)| *field)
    }
}

impl fmt::Display for VariableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for VariableName {
    const EXPECTED: &'static str = "a name of letters, digits and `_`, not beginning with a digit";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_name = (1..=255).contains(&text.len())
            && text.chars().all(inside)
            && !text.starts_with(|c: char| c.is_ascii_digit());
        if is_name {
            return Ok(Self(text.to_owned()));
        }
        let error = ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED);
        let near = text.replace(['-', '.', ' '], "_");
        let is_near = near != text && Self::from_text(&near).is_ok();
        Err(if is_near { error.suggest(near) } else { error })
    }
}

text_value!(VariableName, { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 255 });
