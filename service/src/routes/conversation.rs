//! From a conversation, as clients of Ollama and OpenAI send it, to a question.
//!
//! The last message is the question. It may begin with where to look, as LightRAG's clients write it: `/local …`,
//! `/naive[in French] …`, `/context …` for what would be answered from.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::{
    app::App,
    error::ApiError,
    pipeline::query::{Mode, Output, Query},
    ports::{Message, Role},
};

/// The most messages of a conversation.
const MOST_MESSAGES: usize = 1000;

/// How `Open WebUI` asks for titles and the like: about the conversation, not about the documents.
const ABOUT_THE_CONVERSATION: [&str; 2] = ["\n<chat_history>\nUSER:", "### Task:\n"];

/// A message as clients send it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = ChatMessage)]
pub(super) struct Said {
    /// `system`, `user` or `assistant`; `developer` is `system`.
    role: String,
    /// A text, or a list of parts with texts.
    #[serde(default, deserialize_with = "text")]
    #[schema(value_type = String)]
    content: String,
}

impl Said {
    pub(super) fn user(content: String) -> Self {
        Self { role: "user".to_owned(), content }
    }

    pub(super) fn system(content: String) -> Self {
        Self { role: "system".to_owned(), content }
    }
}

/// A part of a message.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Option::<Content>::deserialize(deserializer)? {
        None => String::new(),
        Some(Content::Text(text)) => text,
        Some(Content::Parts(parts)) => {
            parts.into_iter().filter_map(|part| part.text).collect::<Vec<_>>().join("\n")
        }
    })
}

/// Reads a conversation; `named` is the mode that the model's name says.
pub(super) fn read(app: &App, said: Vec<Said>, named: Option<Mode>) -> Result<Query, ApiError> {
    let wrong = |words: &str| Err(ApiError::Unprocessable(words.to_owned()));
    if said.len() > MOST_MESSAGES {
        return wrong(&format!("messages: more than {MOST_MESSAGES}"));
    }
    let mut messages = Vec::with_capacity(said.len());
    for Said { role, content } in said {
        let role = match role.as_str() {
            "system" | "developer" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            _ => return wrong("messages: a role is system, user or assistant"),
        };
        messages.push(Message { role, content });
    }
    let Some(last) = messages.pop() else { return wrong("messages: there is none") };
    if last.role != Role::User {
        return wrong("messages: the last one is not the user's");
    }
    let prefixed = Prefixed::read(&last.content);
    if prefixed.text.trim().is_empty() {
        return wrong("messages: there is nothing but blanks in the last one");
    }
    let is_about = ABOUT_THE_CONVERSATION.iter().any(|mark| last.content.contains(mark));
    let can_talk = app.answers.llm.follows_instructions();
    let mut query = app.answers.query(prefixed.text);
    query.mode = match prefixed.mode.or(named) {
        Some(mode) => mode,
        None if is_about && can_talk => Mode::Bypass,
        None => query.mode,
    };
    if query.mode == Mode::Bypass {
        // The model is asked as it is, so what the client says to it is passed on as it is.
        query.history = messages;
        return Ok(query);
    }
    // What a client puts into the system role are wishes: the rules of an answer are the service's own.
    let (wishes, history): (Vec<_>, Vec<_>) =
        messages.into_iter().partition(|message| message.role == Role::System);
    let wishes = wishes.into_iter().map(|message| message.content);
    let wishes: Vec<String> = wishes.chain(prefixed.wishes.map(ToOwned::to_owned)).collect();
    query.history = history;
    query.wishes = (!wishes.is_empty()).then(|| wishes.join("\n\n"));
    if prefixed.only_context {
        query.output = Output::Context;
    }
    Ok(query)
}

/// A question, and what stands before it.
#[derive(Debug, PartialEq, Eq)]
struct Prefixed<'a> {
    text: &'a str,
    mode: Option<Mode>,
    only_context: bool,
    wishes: Option<&'a str>,
}

impl<'a> Prefixed<'a> {
    /// Takes off `/mode`, `/modecontext`, `/context`, each with `[wishes]` behind it, or `/[wishes]` alone.
    fn read(text: &'a str) -> Self {
        Self::taken_off(text).unwrap_or(Self {
            text,
            mode: None,
            only_context: false,
            wishes: None,
        })
    }

    fn taken_off(text: &'a str) -> Option<Self> {
        let rest = text.trim_start().strip_prefix('/')?;
        let end = rest.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        let (wishes, rest) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (wishes, rest) = rest.split_once(']')?;
                (Some(wishes), rest)
            }
            None if word.is_empty()
                || !(rest.is_empty() || rest.starts_with(char::is_whitespace)) =>
            {
                return None;
            }
            None => (None, rest),
        };
        let (mode, only_context) = match word.strip_suffix("context") {
            Some(mode) => (mode, true),
            None => (word, false),
        };
        let mode = match mode {
            "" => None,
            mode => Some(mode.parse().ok()?),
        };
        if only_context && mode == Some(Mode::Bypass) {
            return None;
        }
        Some(Self { text: rest.trim_start(), mode, only_context, wishes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixed(text: &str) -> (&str, Option<Mode>, bool, Option<&str>) {
        let Prefixed { text, mode, only_context, wishes } = Prefixed::read(text);
        (text, mode, only_context, wishes)
    }

    #[test]
    fn a_question_says_where_to_look() {
        let local = Some(Mode::Local);
        assert_eq!(prefixed("/local who?"), ("who?", local, false, None));
        assert_eq!(prefixed(" /local  who?\nand why?"), ("who?\nand why?", local, false, None));
        assert_eq!(prefixed("/local[in French] who?"), ("who?", local, false, Some("in French")));
        assert_eq!(prefixed("/[in French] who?"), ("who?", None, false, Some("in French")));
        assert_eq!(prefixed("/context who?"), ("who?", None, true, None));
        assert_eq!(prefixed("/naivecontext who?"), ("who?", Some(Mode::Naive), true, None));
        assert_eq!(prefixed("/bypass hello"), ("hello", Some(Mode::Bypass), false, None));
        assert_eq!(prefixed("/local"), ("", local, false, None));
    }

    #[test]
    fn what_only_looks_like_it_is_the_question() {
        for text in [
            "who?",
            "/etc/passwd",
            "/",
            "/localhost is down",
            "/local/x",
            "/unknown who?",
            "/local[x",
            "/bypasscontext x",
            "/Local x",
            "1/2",
        ] {
            assert_eq!(prefixed(text), (text, None, false, None));
        }
    }
}
