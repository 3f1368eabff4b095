//! A document, as lists show it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::ports::store::{Counts, Document, DocumentStatus};

/// A document and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocStatusResponse)]
pub(super) struct Entry {
    /// `doc-` and the hash of its source's name.
    id: String,
    /// Its source, as it was sent.
    file_path: String,
    /// `text`, `markdown`, `html`, `pdf` or `docx`.
    format: String,
    status: DocumentStatus,
    /// Its first characters.
    content_summary: String,
    /// Characters of its text; 0 until it was read.
    content_length: u64,
    chunks_count: u64,
    created_at: Timestamp,
    /// When its status last changed.
    updated_at: Timestamp,
    /// The request that brought it.
    track_id: String,
    /// Why it failed.
    error_msg: Option<String>,
    /// Empty: LightRAG's clients expect it.
    #[schema(value_type = Object)]
    metadata: Value,
}

impl From<Document> for Entry {
    fn from(document: Document) -> Self {
        Self {
            id: document.id,
            file_path: document.source,
            format: document.format,
            status: document.status,
            content_summary: document.summary,
            content_length: document.length,
            chunks_count: document.chunks,
            created_at: document.created_at,
            updated_at: document.updated_at,
            track_id: document.track_id,
            error_msg: document.error,
            metadata: Value::Object(serde_json::Map::new()),
        }
    }
}

/// How many documents there are, by status.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatusCounts {
    /// Kept, not yet taken up.
    pending: u64,
    /// Always 0: a document that is read is `processing` here.
    parsing: u64,
    /// Always 0.
    analyzing: u64,
    /// Being read, cut and embedded.
    processing: u64,
    /// Always 0.
    preprocessed: u64,
    /// Can be found.
    processed: u64,
    failed: u64,
    all: u64,
}

impl From<Counts> for StatusCounts {
    fn from(Counts { pending, processing, processed, failed }: Counts) -> Self {
        let all = pending + processing + processed + failed;
        let (parsing, analyzing, preprocessed) = (0, 0, 0);
        Self { pending, parsing, analyzing, processing, preprocessed, processed, failed, all }
    }
}
