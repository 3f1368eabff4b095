//! What kind of file a document is: told by its name, and checked against how it begins.

use std::fmt;

/// A kind of file that text can be taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Plain text of any sort.
    Text,
    /// Markdown.
    Markdown,
    /// A web page.
    Html,
    /// A PDF.
    Pdf,
    /// A Word document of 2007 or later.
    Docx,
}

/// The endings of names, each with what it says. Those of text are the ones that LightRAG 1.5 takes
/// (`lightrag/parser/registry.py`), and a few more of that sort.
const ENDINGS: [(&str, Format); 50] = [
    ("txt", Format::Text),
    ("md", Format::Markdown),
    ("markdown", Format::Markdown),
    ("mdx", Format::Markdown),
    ("html", Format::Html),
    ("htm", Format::Html),
    ("xhtml", Format::Html),
    ("pdf", Format::Pdf),
    ("docx", Format::Docx),
    ("text", Format::Text),
    ("rst", Format::Text),
    ("adoc", Format::Text),
    ("tex", Format::Text),
    ("csv", Format::Text),
    ("tsv", Format::Text),
    ("json", Format::Text),
    ("jsonl", Format::Text),
    ("xml", Format::Text),
    ("yaml", Format::Text),
    ("yml", Format::Text),
    ("toml", Format::Text),
    ("log", Format::Text),
    ("conf", Format::Text),
    ("ini", Format::Text),
    ("properties", Format::Text),
    ("sql", Format::Text),
    ("bat", Format::Text),
    ("sh", Format::Text),
    ("c", Format::Text),
    ("h", Format::Text),
    ("cpp", Format::Text),
    ("hpp", Format::Text),
    ("cs", Format::Text),
    ("py", Format::Text),
    ("java", Format::Text),
    ("kt", Format::Text),
    ("js", Format::Text),
    ("ts", Format::Text),
    ("jsx", Format::Text),
    ("tsx", Format::Text),
    ("swift", Format::Text),
    ("go", Format::Text),
    ("rs", Format::Text),
    ("rb", Format::Text),
    ("php", Format::Text),
    ("css", Format::Text),
    ("scss", Format::Text),
    ("less", Format::Text),
    ("vtt", Format::Text),
    ("srt", Format::Text),
];

/// Why a file is not what its name says. Completes "the file …".
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum WrongContent {
    /// A text with bytes that no text has.
    #[error("is no text: it holds NUL bytes")]
    Binary,
    /// A text in an encoding that is not known.
    #[error("is no text in UTF-8, or in UTF-16 with a byte order mark")]
    NotUtf8,
    /// No PDF.
    #[error("is no PDF: it does not begin with %PDF-")]
    NotPdf,
    /// No ZIP archive, as DOCX files are.
    #[error("is no DOCX: it does not begin as a ZIP archive")]
    NotDocx,
    /// What Word wrote before 2007, or a DOCX with a password.
    #[error("is no DOCX: it is a document of Word 97 to 2003, or one that is encrypted")]
    OldWord,
    /// Something else under the name of a web page.
    #[error("is no HTML")]
    NotHtml,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Text, Self::Markdown, Self::Html, Self::Pdf, Self::Docx];

    /// How many bytes from the beginning of a file [`check`](Self::check) looks at.
    pub const HEAD: usize = 1024;

    /// What the ending of a file's name says, in upper case or lower.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.rsplit(['/', '\\']).next()?;
        // A name that is nothing but an ending (`.md`) is that of a hidden file.
        let (stem, ending) = name.rsplit_once('.')?;
        let known = ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending));
        known.filter(|_| !stem.is_empty()).map(|&(_, format)| format)
    }

    /// The word that stands for it in the store and between processes; it never changes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
        }
    }

    /// What a word of [`word`](Self::word) stands for.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// The endings of names that are known, without the dot.
    pub fn endings() -> impl Iterator<Item = &'static str> {
        ENDINGS.iter().map(|&(ending, _)| ending)
    }

    /// Checks how a file begins: `head` is its first [`HEAD`](Self::HEAD) bytes, or all of them.
    ///
    /// What passes may still be unreadable further on.
    ///
    /// # Errors
    ///
    /// [`WrongContent`] by what is there instead.
    pub fn check(self, head: &[u8]) -> Result<(), WrongContent> {
        match self {
            Self::Text | Self::Markdown => check_text(head),
            Self::Html => check_html(head),
            Self::Pdf => match pdf_start(head) {
                Some(_) => Ok(()),
                None => Err(WrongContent::NotPdf),
            },
            Self::Docx if head.starts_with(b"PK\x03\x04") => Ok(()),
            Self::Docx if head.starts_with(OLE) => Err(WrongContent::OldWord),
            Self::Docx => Err(WrongContent::NotDocx),
        }
    }
}

impl fmt::Display for Format {
    /// As it is called in a sentence: "the PDF".
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text => "text",
            Self::Markdown => "Markdown",
            Self::Html => "HTML",
            Self::Pdf => "PDF",
            Self::Docx => "DOCX",
        })
    }
}

/// What a name ends in, for whoever sent another: the endings of the formats, and how many more there are of text.
#[must_use]
pub fn told_endings() -> String {
    let telling = ENDINGS.iter().take_while(|(ending, _)| *ending != "text");
    let telling: Vec<String> = telling.map(|(ending, _)| format!(".{ending}")).collect();
    let others = ENDINGS.len() - telling.len();
    format!("{}, or one of {others} more of text files", telling.join(", "))
}

/// How the containers of old Microsoft Office begin.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Where a PDF begins in its file: readers allow for other bytes before it.
///
/// Source: PDF 1.7, Adobe's implementation note 13: the header may be within the first 1024 bytes.
#[must_use]
pub fn pdf_start(head: &[u8]) -> Option<usize> {
    head[..head.len().min(Format::HEAD)].windows(5).position(|bytes| bytes == b"%PDF-")
}

/// Whether a text begins with a mark of UTF-16.
#[must_use]
pub fn is_utf16(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")
}

fn check_text(head: &[u8]) -> Result<(), WrongContent> {
    if is_utf16(head) {
        return Ok(());
    }
    if head.contains(&0) {
        return Err(WrongContent::Binary);
    }
    match std::str::from_utf8(head) {
        // A letter may go on after the head.
        Err(error) if error.error_len().is_some() || head.len() < Format::HEAD => {
            Err(WrongContent::NotUtf8)
        }
        _ => Ok(()),
    }
}

/// A page may be in any encoding, and begin with anything but what is surely something else.
fn check_html(head: &[u8]) -> Result<(), WrongContent> {
    let is_other = [b"%PDF-", b"PK\x03\x04\0", b"PK\x03\x04\x14", b"\xd0\xcf\x11\xe0\xa1"]
        .iter()
        .any(|start| head.starts_with(*start));
    match is_other || (!is_utf16(head) && head.contains(&0)) {
        true => Err(WrongContent::NotHtml),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_format_by_its_ending() {
        for (name, format) in [
            ("README.MD", Some(Format::Markdown)),
            ("a.b.txt", Some(Format::Text)),
            ("notes/../Report.Pdf", Some(Format::Pdf)),
            ("C:\\docs\\a.docx", Some(Format::Docx)),
            ("index.xhtml", Some(Format::Html)),
            ("main.rs", Some(Format::Text)),
            ("image.png", None),
            ("a.doc", None),
            ("md", None),
            (".md", None),
            ("a.pdf/b", None),
            ("", None),
        ] {
            assert_eq!(Format::of_name(name), format, "{name}");
        }
    }

    #[test]
    fn each_ending_is_named_once_and_each_word_stands_for_its_format() {
        let mut endings: Vec<_> = Format::endings().collect();
        endings.sort_unstable();
        endings.dedup();
        assert_eq!(endings.len(), ENDINGS.len());
        for format in Format::ALL {
            assert_eq!(Format::of_word(format.word()), Some(format));
            assert!(ENDINGS.iter().any(|(_, of)| *of == format));
        }
        assert_eq!(
            told_endings(),
            ".txt, .md, .markdown, .mdx, .html, .htm, .xhtml, .pdf, .docx, or one of 41 more of text files"
        );
    }

    #[test]
    fn what_a_file_begins_with_is_held_against_its_name() {
        let wide = "é".repeat(Format::HEAD);
        for (format, head, result) in [
            (Format::Text, &b"plain"[..], Ok(())),
            (Format::Text, b"", Ok(())),
            (Format::Markdown, b"\xef\xbb\xbf# Title", Ok(())),
            (Format::Text, b"\xff\xfea\0", Ok(())),
            (Format::Text, b"a\0b", Err(WrongContent::Binary)),
            (Format::Text, b"caf\xe9", Err(WrongContent::NotUtf8)),
            (Format::Text, b"caf\xc3", Err(WrongContent::NotUtf8)),
            (Format::Text, &wide.as_bytes()[..Format::HEAD - 1], Err(WrongContent::NotUtf8)),
            (Format::Text, &[b"x", &wide.as_bytes()[..Format::HEAD - 1]].concat(), Ok(())),
            (Format::Pdf, b"%PDF-1.7\n", Ok(())),
            (Format::Pdf, b"\r\n\r\n%PDF-1.7\n", Ok(())),
            (Format::Pdf, b"PK\x03\x04", Err(WrongContent::NotPdf)),
            (Format::Docx, b"PK\x03\x04\x14\0", Ok(())),
            (Format::Docx, OLE, Err(WrongContent::OldWord)),
            (Format::Docx, b"%PDF-1.7\n", Err(WrongContent::NotDocx)),
            (Format::Html, b"<p>caf\xe9", Ok(())),
            (Format::Html, b"%PDF-1.7\n", Err(WrongContent::NotHtml)),
            (Format::Html, b"\x7fELF\0", Err(WrongContent::NotHtml)),
        ] {
            assert_eq!(format.check(head), result, "{format} {head:?}");
        }
    }
}
