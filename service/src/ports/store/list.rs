//! A list of documents, page by page.

use super::{Document, DocumentStatus};

/// A part of the list of documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Counted from 1.
    pub page: u32,
    /// Documents a page.
    pub size: u32,
    /// Only those of one request.
    pub track_id: Option<String>,
    /// Only those of these statuses; all when there is none.
    pub statuses: Vec<DocumentStatus>,
    /// What they are ordered by.
    pub sort: Sort,
}

/// What a list is ordered by; equals by arrival, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Whether the greatest comes last.
    pub ascending: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self { by: SortBy::Created, ascending: false }
    }
}

/// What of a document a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// When it came.
    Created,
    /// When its status last changed.
    Updated,
    /// Its id.
    Id,
    /// Its source.
    Source,
}

/// A page of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentPage {
    /// The documents.
    pub documents: Vec<Document>,
    /// How many there are on all pages.
    pub total: u64,
}
