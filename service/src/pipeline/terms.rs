//! Text to the terms that full text search knows, the same for documents and for questions.

/// The terms of a document, separated by spaces.
#[must_use]
pub fn indexed(text: &str) -> String {
    text.to_lowercase()
}
