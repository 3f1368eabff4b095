//! One question to a language model, and its whole answer.

use futures_util::StreamExt;

use crate::{
    pool::{CallError, LlmPool, Priority},
    ports::{Message, Role},
};

/// The most of an answer that is read. A model that never ends must not fill the memory.
const LONGEST_ANSWER_BYTES: usize = 256 * 1024;

/// What ends the thoughts of a model that thinks aloud.
const THOUGHT_END: &str = "</think>";

/// Asks, and waits for the answer. What comes after the most that is read is left out.
///
/// # Errors
///
/// [`CallError`], as of [`LlmPool::chat`], also when the answer breaks off.
pub async fn ask(
    llm: &LlmPool,
    priority: Priority,
    messages: Vec<Message>,
) -> Result<String, CallError> {
    let mut pieces = llm.chat(priority, messages).await?;
    let mut answer = String::new();
    while let Some(piece) = pieces.next().await {
        answer.push_str(&piece?);
        if answer.len() > LONGEST_ANSWER_BYTES {
            break;
        }
    }
    Ok(answer)
}

/// The conversation of our rules, and what they are to be applied to.
#[must_use]
pub fn told(rules: String, words: String) -> Vec<Message> {
    let message = |role, content| Message { role, content };
    vec![message(Role::System, rules), message(Role::User, words)]
}

/// An answer without what the model thought aloud before it.
#[must_use]
pub fn without_thoughts(answer: &str) -> &str {
    answer.rsplit_once(THOUGHT_END).map_or(answer, |(_, answer)| answer).trim()
}
