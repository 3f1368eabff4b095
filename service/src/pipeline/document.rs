//! What a document is called, and what may be one.

use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};

use crate::ports::store::{Content, NewDocument};

/// Characters of a text that stand for it in a list.
const SUMMARY: usize = 250;

/// The longest name of a source, in bytes.
const LONGEST_SOURCE: usize = 1024;

/// File names that end so can be read as text.
const ENDINGS: [&str; 3] = [".txt", ".md", ".markdown"];

/// Why a text cannot be kept. Completes "the document …".
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum UnfitDocument {
    /// Nothing but blanks.
    #[error("text: there is nothing but blanks in it")]
    Blank,
    /// Bytes that are no text.
    #[error("text: it is not UTF-8")]
    NotUtf8,
    /// A name that is too long, or holds control characters.
    #[error("file_source: a name has 1 to 1024 bytes and no control characters")]
    Source,
}

/// Names and checks a document. Without a source it is named for its text, so that it is kept once.
///
/// # Errors
///
/// [`UnfitDocument`] by its cause.
pub fn document(
    source: Option<&str>,
    text: String,
    track_id: &str,
    now: Timestamp,
) -> Result<(NewDocument, Content), UnfitDocument> {
    if text.trim().is_empty() {
        return Err(UnfitDocument::Blank);
    }
    let source = match source.map(str::trim).filter(|source| !source.is_empty()) {
        Some(source) => source.to_owned(),
        None => format!("text-{}", &hash(text.as_bytes())[..12]),
    };
    if source.len() > LONGEST_SOURCE || source.contains(char::is_control) {
        return Err(UnfitDocument::Source);
    }
    let document = NewDocument {
        id: id(&source),
        source,
        hash: hash(text.as_bytes()),
        format: "text".to_owned(),
        bytes: text.len() as u64,
        summary: summary(&text),
        length: text.chars().count() as u64,
        track_id: track_id.to_owned(),
        created_at: now,
    };
    Ok((document, text.into()))
}

/// What clients know the document of a source by.
fn id(source: &str) -> String {
    format!("doc-{}", &hash(source.as_bytes())[..32])
}

/// The first characters of a text.
#[must_use]
pub fn summary(text: &str) -> String {
    let start: String = text.trim_start().chars().take(SUMMARY).collect();
    start.trim_end().to_owned()
}

/// Reads the bytes of a file as text, without the mark that some editors put first.
///
/// # Errors
///
/// [`UnfitDocument::NotUtf8`].
pub fn text(bytes: Vec<u8>) -> Result<String, UnfitDocument> {
    let text = String::from_utf8(bytes).map_err(|_| UnfitDocument::NotUtf8)?;
    Ok(text.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(text))
}

/// Whether a file of this name can be read.
#[must_use]
pub fn is_readable(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Names what came in one request, such as `insert_20261121_081500_1a2b3c4d`.
#[must_use]
pub fn track_id(kind: &str, now: Timestamp, random: u32) -> String {
    let time = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d_%H%M%S");
    format!("{kind}_{time}_{random:08x}")
}

/// SHA-256, hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(source: Option<&str>, text: &str) -> Result<NewDocument, UnfitDocument> {
        let made = document(source, text.to_owned(), "t", Timestamp::UNIX_EPOCH);
        made.map(|(document, _)| document)
    }

    #[test]
    fn an_id_follows_the_source_alone() {
        let (one, other) = (named(Some("a.md"), "x").unwrap(), named(Some("a.md"), "y").unwrap());
        assert_eq!(one.id, other.id);
        assert_eq!(one.id.len(), "doc-".len() + 32);
        assert_ne!(one.id, named(Some("b.md"), "x").unwrap().id);
    }

    #[test]
    fn a_text_without_a_source_is_named_for_its_words() {
        let (one, other) = (named(None, "x").unwrap(), named(Some(" "), "x").unwrap());
        assert_eq!(one, other);
        assert!(one.source.starts_with("text-"));
        assert_ne!(one.id, named(None, "y").unwrap().id);
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        assert_eq!(named(None, " \n"), Err(UnfitDocument::Blank));
        assert_eq!(named(Some("a\0b"), "x"), Err(UnfitDocument::Source));
        assert_eq!(named(Some(&"a".repeat(1025)), "x"), Err(UnfitDocument::Source));
        assert_eq!(text(vec![0xff, 0xfe]), Err(UnfitDocument::NotUtf8));
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(text("\u{feff}x".into()), Ok("x".to_owned()));
    }

    #[test]
    fn text_and_markdown_can_be_read() {
        assert!(is_readable("README.MD") && is_readable("a.markdown") && is_readable("a.txt"));
        assert!(!is_readable("a.pdf") && !is_readable("md"));
    }

    #[test]
    fn a_track_id_tells_its_time() {
        let id = track_id("insert", "2026-11-21T08:15:00Z".parse().unwrap(), 0x1a2b);
        assert_eq!(id, "insert_20261121_081500_00001a2b");
    }
}
