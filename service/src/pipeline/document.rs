//! What a document is called, and what may be one.

use std::io;

use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};

use super::{
    format::{Format, WrongContent, told_endings},
    spool::Spool,
};
use crate::ports::store::{Content, NewDocument};

/// Characters of a text that stand for it in a list.
pub(super) const SUMMARY: usize = 250;

/// The longest name of a source, in bytes.
const LONGEST_SOURCE: usize = 1024;

/// Why a text cannot be kept. Completes "the document …".
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum UnfitDocument {
    /// Nothing but blanks.
    #[error("text: there is nothing but blanks in it")]
    Blank,
    /// A name that is too long, or holds control characters.
    #[error("file_source: a name has 1 to 1024 bytes and no control characters")]
    Source,
}

impl UnfitDocument {
    /// What is wrong, without the name of a field.
    #[must_use]
    pub fn without_field(&self) -> String {
        let words = self.to_string();
        words.split_once(": ").map_or(words.clone(), |(_, fault)| fault.to_owned())
    }
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
    let hash = hash(text.as_bytes());
    let source = match source.map(str::trim).filter(|source| !source.is_empty()) {
        Some(source) => source.to_owned(),
        None => format!("text-{}", &hash[..12]),
    };
    check(&source)?;
    // Whatever its source is called, it is text.
    let format = match Format::of_name(&source) {
        Some(Format::Markdown) => Format::Markdown,
        _ => Format::Text,
    };
    let document = NewDocument {
        id: id(&source),
        source,
        hash,
        format: format.word().to_owned(),
        bytes: text.len() as u64,
        summary: summary(&text),
        length: text.chars().count() as u64,
        track_id: track_id.to_owned(),
        created_at: now,
    };
    Ok((document, text.into()))
}

/// Names and checks a file that was sent, and looks at how it begins.
///
/// # Errors
///
/// [`UnfitFile`] by its cause.
pub fn file(
    name: &str,
    mut spool: Spool,
    track_id: &str,
    now: Timestamp,
) -> Result<(NewDocument, Content), UnfitFile> {
    check(name)?;
    let format = Format::of_name(name).ok_or_else(|| UnfitFile::Name { name: name.to_owned() })?;
    if spool.is_empty() {
        return Err(UnfitDocument::Blank.into());
    }
    let head = spool.head(Format::HEAD)?;
    format.check(&head)?;
    let is_text = matches!(format, Format::Text | Format::Markdown);
    let beginning = head.utf8_chunks().next().filter(|_| is_text);
    let beginning = beginning.map_or("", |chunk| chunk.valid().trim_start_matches('\u{feff}'));
    if is_text && spool.len() == head.len() as u64 && beginning.trim().is_empty() {
        return Err(UnfitDocument::Blank.into());
    }
    let document = NewDocument {
        id: id(name),
        source: name.to_owned(),
        hash: hexadecimal(&spool.hash()),
        format: format.word().to_owned(),
        bytes: spool.len(),
        summary: summary(beginning),
        length: 0,
        track_id: track_id.to_owned(),
        created_at: now,
    };
    Ok((document, spool.into_content()?))
}

/// Why a file cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum UnfitFile {
    /// Its name tells no format that can be read.
    #[error("file: `{name}` does not end in {}", told_endings())]
    Name {
        /// The name.
        name: String,
    },
    /// It does not begin as its name says.
    #[error("file: it {0}")]
    Content(#[from] WrongContent),
    /// It is empty, or its name cannot be kept.
    #[error(transparent)]
    Document(#[from] UnfitDocument),
    /// It cannot be read where it lies.
    #[error("the file cannot be read")]
    Disk(#[from] io::Error),
}

fn check(source: &str) -> Result<(), UnfitDocument> {
    if source.is_empty() || source.len() > LONGEST_SOURCE || source.contains(char::is_control) {
        return Err(UnfitDocument::Source);
    }
    Ok(())
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

/// Names what came in one request, such as `insert_20261121_081500_1a2b3c4d`.
#[must_use]
pub fn track_id(kind: &str, now: Timestamp, random: u32) -> String {
    let time = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d_%H%M%S");
    format!("{kind}_{time}_{random:08x}")
}

/// SHA-256, hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

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
    }

    async fn sent(name: &str, bytes: &'static [u8]) -> Result<(NewDocument, Content), UnfitFile> {
        let parts = futures_util::stream::iter([Ok::<_, io::Error>(bytes.into())]);
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::take(parts, folder.path(), 1000).await.unwrap();
        file(name, spool, "t", Timestamp::UNIX_EPOCH)
    }

    #[tokio::test]
    async fn a_file_is_named_and_told_by_its_beginning() {
        let (document, mut content) = sent("Guide.MD", b"\xef\xbb\xbf# Guide\n").await.unwrap();
        assert_eq!((document.format.as_str(), document.summary.as_str()), ("markdown", "# Guide"));
        assert_eq!((document.bytes, document.length), (11, 0));
        let text = named(Some("Guide.MD"), "\u{feff}# Guide\n").unwrap();
        assert_eq!((document.id, document.hash), (text.id, text.hash));
        let mut bytes = Vec::new();
        content.reader().unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 11);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_kept_is_refused() {
        for (name, bytes, words) in [
            ("a.exe", &b"x"[..], "file: `a.exe` does not end in .txt"),
            ("a.md", b"", "nothing but blanks"),
            ("a.md", b" \n", "nothing but blanks"),
            ("a.pdf", b"hello", "file: it "),
            ("a.docx", b"%PDF-1.4", "file: it "),
            ("a.txt", b"a\0b", "file: it "),
            ("a\nb.txt", b"x", "control characters"),
        ] {
            let told = sent(name, bytes).await.unwrap_err().to_string();
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn a_text_is_text_whatever_its_source_is_called() {
        for (source, format) in [("a.pdf", "text"), ("a.md", "markdown"), ("a", "text")] {
            assert_eq!(named(Some(source), "x").unwrap().format, format);
        }
    }

    #[test]
    fn a_track_id_tells_its_time() {
        let id = track_id("insert", "2026-11-21T08:15:00Z".parse().unwrap(), 0x1a2b);
        assert_eq!(id, "insert_20261121_081500_00001a2b");
    }
}
