//! The event that a function is measured with.

use std::{fs, path::PathBuf};

use ragctl_local::lambda::HttpRequest;
use serde_json::json;

use crate::{failure::Failure, session::Session};

/// About the documents that the store has where the service is measured on this machine.
const QUESTION: &str = "For how many seconds does balancer 42 drain?";

/// The event that a function is measured with.
#[derive(clap::Args, Debug)]
pub(super) struct EventArgs {
    /// File with the event to send [default: a question, as a function URL hands it over]
    #[arg(long, value_name = "FILE", conflicts_with = "question")]
    payload: Option<PathBuf>,

    /// Question to ask the service
    #[arg(long, value_name = "TEXT", default_value = QUESTION)]
    question: String,
}

impl EventArgs {
    /// The event's bytes.
    pub(super) fn bytes(&self, session: &Session) -> Result<Vec<u8>, Failure> {
        match &self.payload {
            Some(path) => {
                fs::read(path).map_err(|source| Failure::Unreadable { path: path.clone(), source })
            }
            None => {
                let request = HttpRequest::json("POST", "/query", &json!({"query": self.question}));
                Ok(with_key(request, session).url_event().to_string().into_bytes())
            }
        }
    }
}

/// A request that shows the service's key, where there is one.
pub(crate) fn with_key(mut request: HttpRequest, session: &Session) -> HttpRequest {
    let key = session.api_key().map(|it| it.header());
    if let Some(key) = key.as_ref().and_then(|it| it.to_str().ok()) {
        request.headers.push(("x-api-key".to_owned(), key.to_owned()));
    }
    request
}
