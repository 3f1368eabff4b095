//! Questions, and answers as they come.

use reqwest::Response;
use serde::{Deserialize, Serialize};

use super::client::{CallError, Client};

/// A question.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Question {
    /// Its words.
    pub(crate) query: String,
    /// Where the answer is looked for; the service's own choice when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<Mode>,
    /// How many chunks to look at; the service's own number when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chunk_top_k: Option<u32>,
}

/// Where an answer is looked for.
#[derive(Clone, Copy, Debug, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// In the chunks of documents, by meaning and by words
    Naive,
    /// In the things that the question names, and what surrounds them
    Local,
    /// In the relations that the question is about, and what they connect
    Global,
    /// `local` and `global`
    Hybrid,
    /// `hybrid` and `naive`
    Mix,
    /// Nowhere: the language model is asked as it is
    Bypass,
}

/// A source of an answer.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Reference {
    /// The number that the answer cites it by.
    pub(crate) reference_id: String,
    /// Its document.
    pub(crate) file_path: String,
}

/// An answer in one piece.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Answer {
    /// Its text.
    pub(crate) response: String,
    /// Its sources.
    #[serde(default)]
    pub(crate) references: Vec<Reference>,
}

/// A piece of an answer that comes in pieces: each has one of these.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Piece {
    #[serde(default)]
    pub(crate) references: Option<Vec<Reference>>,
    #[serde(default)]
    pub(crate) response: Option<String>,
    #[serde(default)]
    pub(crate) error: Option<String>,
}

/// An answer that is coming in.
pub(crate) struct Pieces {
    client: Client,
    response: Response,
    lines: Lines,
}

impl Client {
    /// Asks, and waits for the whole answer.
    pub(crate) async fn query(&self, question: &Question) -> Result<Answer, CallError> {
        self.json(self.post("/query").json(question)).await
    }

    /// Asks, and returns as soon as the answer begins.
    pub(crate) async fn query_stream(&self, question: &Question) -> Result<Pieces, CallError> {
        let response = self.send(self.post("/query/stream").json(question)).await?;
        Ok(Pieces { client: self.clone(), response, lines: Lines::default() })
    }
}

impl Pieces {
    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Piece>, CallError> {
        loop {
            if let Some(line) = self.lines.next() {
                let piece = serde_json::from_slice(&line);
                return piece.map(Some).map_err(|error| self.client.not_understood(&error));
            }
            if self.lines.ended {
                return Ok(None);
            }
            match self.response.chunk().await.map_err(|error| self.client.broken(&error))? {
                Some(bytes) => self.lines.push(&bytes),
                None => self.lines.end(),
            }
        }
    }
}

/// Bytes cut into lines; a line may come in many parts, and many lines in one.
#[derive(Debug, Default)]
struct Lines {
    rest: Vec<u8>,
    ended: bool,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
    }

    fn end(&mut self) {
        self.rest.push(b'\n');
        self.ended = true;
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            if !line.trim_ascii().is_empty() {
                return Some(line);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_however_they_come() {
        let mut lines = Lines::default();
        lines.push(b"{\"a\"");
        assert_eq!(lines.next(), None);
        lines.push(b":1}\n\n{\"b\":2}\n{");
        assert_eq!(lines.next().unwrap(), b"{\"a\":1}\n");
        assert_eq!(lines.next().unwrap(), b"{\"b\":2}\n");
        assert_eq!(lines.next(), None);
        lines.push(b"}");
        lines.end();
        assert_eq!(lines.next().unwrap(), b"{}\n");
        assert_eq!(lines.next(), None);
    }
}
