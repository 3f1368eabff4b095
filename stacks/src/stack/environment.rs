//! The environment that a task of the stack gets.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Models, Provider, SecretReference, Stack, Store, Target};

/// The value of a variable in a task's environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Setting {
    /// Text that anybody may see.
    Plain(String),
    /// A secret, by where it is kept.
    Secret(SecretReference),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Secret(reference) => reference.fmt(f),
        }
    }
}

impl Stack {
    /// The whole environment of a task, with the names of `docs/reference/service.md`.
    ///
    /// Secrets stay references. The strategies that are on must have been applied before. On this
    /// machine the supervisor replaces `PORT` by the port that it chose for the task, and lets a
    /// relative `DATA_DIR` begin at the folder of the stack's file.
    pub fn service_environment(&self) -> BTreeMap<String, Setting> {
        let mut all = Variables::default();
        let service = &self.service;
        all.plain("HOST", if self.target == Target::Local { "127.0.0.1" } else { "0.0.0.0" });
        all.plain("PORT", service.port);
        match &self.store {
            Store::Sqlite { path } => all.plain("DATA_DIR", path.display()),
            Store::Postgres { url } => all.secret("DATABASE_URL", url),
        }
        all.plain("MAX_ASYNC", service.max_async);
        all.plain("REQUEST_TIMEOUT", service.request_timeout.get());
        all.plain("STOP_TIMEOUT", service.stop_timeout.get());
        all.plain("WARMUP_ON_STARTUP", service.warm_at_start);
        all.plain("ASYNC_INIT", service.answer_while_warming);
        all.models(&self.models);
        for (name, value) in &service.environment {
            all.plain(name.as_str(), value);
        }
        for (name, reference) in &service.secrets {
            all.secret(name.as_str(), reference);
        }
        all.0
    }
}

#[derive(Default)]
struct Variables(BTreeMap<String, Setting>);

impl Variables {
    fn plain(&mut self, name: &str, value: impl fmt::Display) {
        self.0.insert(name.to_owned(), Setting::Plain(value.to_string()));
    }

    fn secret(&mut self, name: &str, reference: &SecretReference) {
        self.0.insert(name.to_owned(), Setting::Secret(reference.clone()));
    }

    fn models(&mut self, models: &Models) {
        let Models { embedding, llm } = models;
        self.provider("EMBEDDING", &embedding.provider);
        self.plain("EMBEDDING_TIMEOUT", embedding.timeout.get());
        self.plain("EMBEDDING_FUNC_MAX_ASYNC", embedding.workers);
        if let Some(dimension) = embedding.dimension {
            self.plain("EMBEDDING_DIM", dimension);
        }
        self.provider("LLM", &llm.provider);
        self.plain("LLM_TIMEOUT", llm.timeout.get());
        self.plain("MAX_ASYNC_LLM", llm.workers);
    }

    fn provider(&mut self, model_of: &str, provider: &Provider) {
        match provider {
            Provider::BuiltIn => self.plain(&format!("{model_of}_BINDING"), "built-in"),
            Provider::OpenAi { host, model, api_key } => {
                self.plain(&format!("{model_of}_BINDING"), "openai");
                self.plain(&format!("{model_of}_BINDING_HOST"), host);
                self.plain(&format!("{model_of}_MODEL"), model);
                if let Some(api_key) = api_key {
                    self.secret(&format!("{model_of}_BINDING_API_KEY"), api_key);
                }
            }
        }
    }
}
