//! Documents of the service.

use reqwest::multipart::{Form, Part};
use serde::{Deserialize, Serialize};

use super::client::{CallError, Client};

/// A document, as far as ragctl looks at it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Document {
    /// Its id.
    pub(crate) id: String,
    /// The name of its source.
    pub(crate) file_path: String,
    /// `pending`, `processing`, `processed` or `failed`.
    pub(crate) status: String,
    /// How many chunks it was cut into.
    #[serde(default)]
    pub(crate) chunks_count: Option<u64>,
    /// The request that it came with.
    #[serde(default)]
    pub(crate) track_id: Option<String>,
    /// Why it failed.
    #[serde(default)]
    pub(crate) error_msg: Option<String>,
}

/// How many documents there are of each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct StatusCounts {
    /// Those that wait.
    #[serde(default)]
    pub(crate) pending: u64,
    /// Those being cut and embedded.
    #[serde(default)]
    pub(crate) processing: u64,
}

/// A page of documents.
#[derive(Debug, Deserialize)]
pub(crate) struct DocumentPage {
    pub(crate) documents: Vec<Document>,
    #[serde(default)]
    pub(crate) status_counts: StatusCounts,
}

/// What an upload is answered with.
#[derive(Debug, Deserialize)]
pub(crate) struct Uploaded {
    #[serde(default)]
    pub(crate) track_id: String,
}

/// The most documents of a page.
const PAGE: usize = 200;

impl Client {
    /// Uploads a document under `name`; it is safe on disk once this returns.
    pub(crate) async fn upload(&self, name: &str, bytes: Vec<u8>) -> Result<Uploaded, CallError> {
        let part = Part::bytes(bytes).file_name(name.to_owned());
        // Names go as they are: the service shows them as sources.
        let form = Form::new().percent_encode_noop().part("file", part);
        self.json(self.post("/documents/upload").multipart(form)).await
    }

    /// How many documents are still to be processed.
    pub(crate) async fn unprocessed(&self) -> Result<StatusCounts, CallError> {
        let page: DocumentPage = self.json(self.get("/documents?page=1&page_size=1")).await?;
        Ok(page.status_counts)
    }

    /// All documents.
    pub(crate) async fn documents(&self) -> Result<Vec<Document>, CallError> {
        let mut all = Vec::new();
        for number in 1_usize.. {
            let path = format!("/documents?page={number}&page_size={PAGE}");
            let page: DocumentPage = self.json(self.get(&path)).await?;
            let last = page.documents.len() < PAGE;
            all.extend(page.documents);
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// Deletes a document; succeeds when it is gone already.
    pub(crate) async fn delete_document(&self, id: &str) -> Result<(), CallError> {
        match self.send(self.delete(&format!("/documents/{id}"))).await {
            Err(error) if error.status() != Some(404) => Err(error),
            _ => Ok(()),
        }
    }
}
