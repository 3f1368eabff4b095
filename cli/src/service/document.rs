//! Documents of the service.

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
#[serde(default)]
pub(crate) struct StatusCounts {
    /// Those that wait.
    pub(crate) pending: u64,
    /// Those being cut and embedded.
    pub(crate) processing: u64,
    /// Those that can be asked about.
    pub(crate) processed: u64,
    /// Those that could not be processed.
    pub(crate) failed: u64,
}

impl StatusCounts {
    /// Those that are still to be processed.
    pub(crate) const fn left(self) -> u64 {
        self.pending + self.processing
    }
}

/// A page of documents.
#[derive(Debug, Deserialize)]
pub(crate) struct DocumentPage {
    pub(crate) documents: Vec<Document>,
    #[serde(default)]
    pub(crate) status_counts: StatusCounts,
}

/// What a document is acknowledged with.
#[derive(Debug, Deserialize)]
pub(crate) struct Kept {
    #[serde(default)]
    pub(crate) track_id: String,
}

/// A document to keep.
#[derive(Serialize)]
struct New<'a> {
    text: &'a str,
    file_source: &'a str,
}

/// The most documents of a page.
const PAGE: usize = 200;

impl Client {
    /// Sends a document under `name`; it is safe on disk once this returns.
    ///
    /// As text rather than as a file: of a file's name the service keeps the last part alone.
    pub(crate) async fn add(&self, name: &str, text: &str) -> Result<Kept, CallError> {
        self.json(self.post("/documents/text").json(&New { text, file_source: name })).await
    }

    /// How many documents there are.
    pub(crate) async fn document_counts(&self) -> Result<StatusCounts, CallError> {
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
