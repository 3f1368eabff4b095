//! A real question to a version before anybody else may ask it one.

use aws_smithy_types::Blob;
use ragctl_stacks::{
    backend::{BackendError, Reply},
    event::Event,
    resource::Alias,
};
use serde_json::{Value, json};

use crate::{aws::Aws, deployment::Watch, function, request_event::request_event};

/// What is asked. Nothing hangs on the answer but that there is one.
const QUESTION: &str = "What is in these documents?";

/// What ends the head of an answer that is streamed.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>
const END_OF_HEAD: [u8; 8] = [0; 8];

/// Asks a version; an error says what it answered instead.
pub(super) async fn ask(aws: &Aws, called: &str, version: u64, watch: &Watch<'_>) -> Reply<()> {
    let question = request_event("/query", Some(&json!({ "query": QUESTION })));
    let answer = asked(aws, called, version, &question).await?;
    if answer.status == 200 {
        return Ok(());
    }
    if !matches!(answer.status, 401 | 403) {
        return Err(no_answer(version, &answer.told()));
    }
    // It wants a key that only the service knows. That it lives can be seen without one.
    let answer = asked(aws, called, version, &request_event("/health", None)).await?;
    if answer.status != 200 {
        return Err(no_answer(version, &answer.told()));
    }
    let note = "the service wants a key for questions, so that only /health was asked".to_owned();
    watch.events.tell(Event::StepNoted { address: Alias::live(), note });
    Ok(())
}

/// What a function answered.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u64,
    body: String,
}

impl Answer {
    fn told(&self) -> String {
        const MOST: usize = 300;
        let body: String = self.body.chars().take(MOST).collect();
        format!("status {}: {}", self.status, body.trim())
    }
}

async fn asked(aws: &Aws, called: &str, version: u64, event: &Value) -> Reply<Answer> {
    let event = Blob::new(event.to_string());
    let answer = function::invoke(aws, called, &version.to_string(), event).await?;
    let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
    match answer.function_error() {
        None => read(payload).ok_or_else(|| no_answer(version, &lossy(payload))),
        Some(_) => {
            let said: Value = serde_json::from_slice(payload).unwrap_or_default();
            let why = said["errorMessage"].as_str().unwrap_or("its log says why");
            Err(no_answer(version, why))
        }
    }
}

/// An answer: one payload, or a head and what follows it.
fn read(payload: &[u8]) -> Option<Answer> {
    let end = payload.windows(END_OF_HEAD.len()).position(|it| it == END_OF_HEAD);
    let (head, rest) = match end {
        Some(end) => (&payload[..end], Some(&payload[end + END_OF_HEAD.len()..])),
        None => (payload, None),
    };
    let head: Value = serde_json::from_slice(head).ok()?;
    let body = match rest {
        Some(rest) => lossy(rest),
        None => head["body"].as_str().unwrap_or_default().to_owned(),
    };
    Some(Answer { status: head["statusCode"].as_u64()?, body })
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn no_answer(version: u64, why: &str) -> BackendError {
    BackendError::Refused {
        operation: format!("asking version {version} before it serves"),
        reason: format!("it did not answer: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whole_and_streamed() {
        let whole = read(br#"{"statusCode":200,"body":"yes"}"#);
        assert_eq!(whole, Some(Answer { status: 200, body: "yes".to_owned() }));
        let mut streamed = br#"{"statusCode":503}"#.to_vec();
        streamed.extend([0; 8]);
        streamed.extend(b"cold");
        assert_eq!(read(&streamed), Some(Answer { status: 503, body: "cold".to_owned() }));
        assert_eq!(read(b"null"), None);
    }
}
