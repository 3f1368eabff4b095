//! The text of a file, whatever its format, in memory that does not grow with it.
//!
//! Text and Markdown are read here. HTML, PDF and DOCX come from strangers and have readers that panic, loop and take
//! what memory there is: they are read by another process of the same program ([`child`]), which may take so much
//! memory and time and no more, opens no files, and whose end is never that of the service.

pub mod child;
mod docx;
mod html;
mod other;
mod pdf;
mod plain;
mod unreadable;

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    path::PathBuf,
    time::Duration,
};

use tokio::{sync::Semaphore, task::spawn_blocking};

pub use self::unreadable::{ExtractError, Unreadable};
use crate::pipeline::{format::Format, segment::Segments};

/// What the process that reads a file may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Its address space, in bytes. Default: 512 MiB.
    pub memory_bytes: u64,
    /// Its time on a processor, in whole seconds. Default: 2 minutes.
    pub cpu: Duration,
    /// The time until it has ended. Default: 10 minutes, what the above takes on a quarter of a processor, and a fifth
    /// more.
    pub time: Duration,
    /// The text that it finds, in bytes. Default: 64 MiB.
    pub text_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 512 << 20,
            cpu: Duration::from_mins(2),
            time: Duration::from_mins(10),
            text_bytes: 64 << 20,
        }
    }
}

/// Takes the text from files.
pub struct Extractor {
    program: PathBuf,
    folder: PathBuf,
    limits: Limits,
    turns: Semaphore,
}

/// This process's own program, even when its file has been replaced since.
pub const OWN_PROGRAM: &str = "/proc/self/exe";

impl Extractor {
    /// Reads by `program`, which is [`OWN_PROGRAM`] but in tests, up to `at_once` files at a time (at least one).
    ///
    /// Texts lie in files without a name in `folder`, which has to be there.
    #[must_use]
    pub fn new(program: PathBuf, folder: PathBuf, limits: Limits, at_once: usize) -> Self {
        Self { program, folder, limits, turns: Semaphore::new(at_once.max(1)) }
    }

    /// The text of `file`, which is read from its beginning.
    ///
    /// Dropping the future ends the process that reads.
    ///
    /// # Errors
    ///
    /// [`ExtractError`]: whether the file is to blame or not.
    pub async fn text(&self, format: Format, file: File) -> Result<Extracted, ExtractError> {
        let folder = self.folder.clone();
        match format {
            Format::Text | Format::Markdown => {
                blocking(move || plain::text(format, file, &folder)).await
            }
            Format::Html | Format::Pdf | Format::Docx => {
                let file = blocking(move || checked(format, file)).await?;
                let _turn = self.turns.acquire().await.expect("turns are never closed");
                other::text(&self.program, &self.folder, self.limits, format, file).await
            }
        }
    }
}

/// The text of a file: UTF-8, with more in it than blanks and without NUL bytes, in a file without a name.
#[derive(Debug)]
pub struct Extracted {
    file: File,
    start: u64,
    end: u64,
    warning: Option<String>,
}

impl Extracted {
    /// How long the text is, in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether there is no text; never so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is missing from the text, such as pages that could not be read.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// Reads the text from its beginning. Several readers do not mind each other.
    #[must_use]
    pub fn reader(&self) -> impl Read + '_ {
        TextReader { file: &self.file, at: self.start, end: self.end }
    }

    /// Reads the text from its beginning, and keeps it while it does.
    #[must_use]
    pub fn into_reader(self) -> impl Read + Send + 'static {
        OwnReader { at: self.start, text: self }
    }

    /// The segments of the text.
    #[must_use]
    pub fn segments(&self) -> Segments<impl Read + '_> {
        Segments::new(self.reader())
    }
}

/// Reads a text that nobody else needs.
struct OwnReader {
    text: Extracted,
    at: u64,
}

impl Read for OwnReader {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut reader = TextReader { file: &self.text.file, at: self.at, end: self.text.end };
        let read = reader.read(room)?;
        self.at = reader.at;
        Ok(read)
    }
}

/// Reads a part of a file without moving its cursor.
struct TextReader<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for TextReader<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let length = room.len().min(left);
        let read = self.file.read_at(&mut room[..length], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// The file, when it begins as its format does.
fn checked(format: Format, file: File) -> Result<File, ExtractError> {
    format.check(&head(&file)?).map_err(Unreadable::Wrong)?;
    Ok(file)
}

/// The first bytes of a file.
fn head(file: &File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    TextReader { file, at: 0, end: Format::HEAD as u64 }.read_to_end(&mut head)?;
    Ok(head)
}

/// Does what may block where it may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ExtractError> + Send + 'static,
) -> Result<T, ExtractError> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}
