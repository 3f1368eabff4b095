//! `POST chat/completions`: one token to warm up, a stream to answer.

use std::{collections::VecDeque, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use reqwest::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Connections, LONGEST_CHAT_BYTES, Provider, Reply, sse::Events};
use crate::{
    config::OpenAiBinding,
    pipeline::prompt::messages,
    ports::{Generator, Message, Prompt, ProviderError, generator::Words},
};

const PATH: &str = "chat/completions";

/// How long the end of the body may take after the end of the answer.
const LONGEST_DRAIN: Duration = Duration::from_millis(50);

/// A generator behind OpenAI's protocol.
pub struct OpenAiGenerator {
    provider: Provider,
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: &'a [Message],
    stream: bool,
}

/// A whole answer or a piece of one. Whatever else a provider sends is not looked at.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Answer {
    choices: Option<Vec<Choice>>,
    error: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Choice {
    delta: Option<Said>,
    message: Option<Said>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Said {
    content: Option<String>,
}

impl Answer {
    fn words(self) -> Option<String> {
        let choice = self.choices?.into_iter().next()?;
        choice.delta.or(choice.message)?.content.filter(|content| !content.is_empty())
    }
}

impl OpenAiGenerator {
    /// A generator that asks `binding`.
    #[must_use]
    pub fn new(connections: impl Into<Connections>, binding: OpenAiBinding) -> Self {
        Self { provider: Provider::new(connections.into(), binding) }
    }

    async fn call_once(&self, limit_name: &str) -> Result<(), ProviderError> {
        let request = json!({
            "model": self.model(),
            "messages": [{"role": "user", "content": "Hello"}],
            limit_name: 1,
        });
        let reply = self.provider.post(PATH, &request).await?;
        let answer: Answer = self.provider.read(reply, LONGEST_CHAT_BYTES).await?;
        match answer.error {
            // What it says is of no interest, and one token may well be empty.
            None => Ok(()),
            Some(error) => Err(self.provider.failures.told(&error)),
        }
    }
}

impl Generator for OpenAiGenerator {
    fn model(&self) -> &str {
        &self.provider.binding.model
    }

    fn follows_instructions(&self) -> bool {
        true
    }

    fn warm(&self) -> BoxFuture<'_, Result<(), ProviderError>> {
        async move {
            match self.call_once("max_tokens").await {
                // Models that reason know the limit by another name only.
                Err(ProviderError::Refused { status: 400, reason, .. })
                    if reason.contains("max_completion_tokens") =>
                {
                    self.call_once("max_completion_tokens").await
                }
                result => result,
            }
        }
        .boxed()
    }

    fn answer(&self, prompt: Prompt) -> BoxFuture<'_, Result<Words, ProviderError>> {
        self.chat(messages(&prompt))
    }

    fn chat(&self, messages: Vec<Message>) -> BoxFuture<'_, Result<Words, ProviderError>> {
        async move {
            let request = Request { model: self.model(), messages: &messages, stream: true };
            let reply = self.provider.post(PATH, &request).await?;
            let kind = reply.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            if kind.is_some_and(|kind| kind.starts_with("application/json")) {
                // A provider that cannot stream sends the answer whole.
                let answer: Answer = self.provider.read(reply, LONGEST_CHAT_BYTES).await?;
                let answer = whole(&self.provider, answer)?;
                return Ok(stream::iter([Ok(answer)]).boxed());
            }
            Ok(Reading::new(self.provider.clone(), reply).pieces())
        }
        .boxed()
    }
}

fn whole(provider: &Provider, answer: Answer) -> Result<String, ProviderError> {
    if let Some(error) = &answer.error {
        return Err(provider.failures.told(error));
    }
    answer.words().ok_or_else(|| provider.failures.unusable("the answer is empty"))
}

/// An answer while it comes in.
struct Reading {
    provider: Provider,
    reply: Reply,
    events: Events,
    waiting: VecDeque<String>,
    has_words: bool,
    is_over: bool,
}

impl Reading {
    fn new(provider: Provider, reply: Reply) -> Self {
        let (events, waiting) = Default::default();
        Self { provider, reply, events, waiting, has_words: false, is_over: false }
    }

    /// The pieces up to the end, or up to the first error.
    fn pieces(self) -> Words {
        stream::unfold(Some(self), |reading| async move {
            let mut reading = reading?;
            match reading.next().await {
                Ok(Some(words)) => Some((Ok(words), Some(reading))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed()
    }

    async fn next(&mut self) -> Result<Option<String>, ProviderError> {
        loop {
            while let Some(event) = self.waiting.pop_front() {
                if event == "[DONE]" {
                    self.drain().await;
                } else if let Some(words) = self.words(&event)? {
                    self.has_words = true;
                    return Ok(Some(words));
                }
            }
            if self.is_over {
                // An empty answer is no answer, whatever the status said.
                let is_empty = || self.provider.failures.unusable("the answer is empty");
                return if self.has_words { Ok(None) } else { Err(is_empty()) };
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Result<(), ProviderError> {
        let failures = &self.provider.failures;
        match self.reply.chunk().await.map_err(|error| failures.transport(error))? {
            Some(bytes) => {
                let events = self.events.push(&bytes);
                let too_long = |_| failures.unusable("a line of the stream is too long");
                self.waiting.extend(events.map_err(too_long)?);
            }
            None => {
                self.waiting.extend(self.events.finish());
                self.is_over = true;
            }
        }
        Ok(())
    }

    /// Reads to the end of the body, so that the connection can be used again; but waits for nobody.
    async fn drain(&mut self) {
        let rest = async { while let Ok(Some(_)) = self.reply.chunk().await {} };
        timeout(LONGEST_DRAIN, rest).await.ok();
        self.waiting.clear();
        self.is_over = true;
    }

    fn words(&self, event: &str) -> Result<Option<String>, ProviderError> {
        let failures = &self.provider.failures;
        let answer: Answer = serde_json::from_str(event)
            .map_err(|error| failures.unusable(format!("an event is not as expected: {error}")))?;
        match &answer.error {
            Some(error) => Err(failures.told(error)),
            None => Ok(answer.words()),
        }
    }
}
