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

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use futures_util::future::BoxFuture;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
    config::ExtractLimits,
    pipeline::format::Format,
    ports::{
        FileReader,
        reader::{Part, ReadError, Text, Unreadable},
    },
};

/// Reads files, those of strangers in a process with limits.
pub struct SandboxedReader {
    program: PathBuf,
    folder: PathBuf,
    limits: ExtractLimits,
    turns: Semaphore,
}

/// This process's own program: as Linux tells it, even when its file has been replaced since, or, in a container without
/// `/proc`, the path by which it was started.
#[must_use]
pub fn own_program() -> PathBuf {
    let told = PathBuf::from("/proc/self/exe");
    if told.is_symlink() {
        return told;
    }
    let started = std::env::args_os().next().map(PathBuf::from);
    // A bare name was found by a `PATH` that need not be ours.
    let path = started.filter(|path| path.components().nth(1).is_some());
    path.and_then(|path| path.canonicalize().ok()).unwrap_or(told)
}

impl SandboxedReader {
    /// Reads by `program`, which is [`own_program`] but in tests, up to `at_once` files at a time (at least one).
    ///
    /// Texts lie in files without a name in `folder`, which has to be there.
    #[must_use]
    pub fn new(program: PathBuf, folder: PathBuf, limits: ExtractLimits, at_once: usize) -> Self {
        Self { program, folder, limits, turns: Semaphore::new(at_once.max(1)) }
    }
}

impl FileReader for SandboxedReader {
    fn text(&self, format: Format, file: File) -> BoxFuture<'_, Result<Text, ReadError>> {
        Box::pin(async move {
            match format {
                Format::Text | Format::Markdown => {
                    let folder = self.folder.clone();
                    blocking(move || plain::text(format, file, &folder)).await
                }
                Format::Html | Format::Pdf | Format::Docx => {
                    let file = blocking(move || checked(format, file)).await?;
                    let _turn = self.turns.acquire().await.expect("turns are never closed");
                    other::text(&self.program, &self.folder, self.limits, format, file).await
                }
            }
        })
    }
}

/// The file, when it begins as its format does.
fn checked(format: Format, file: File) -> Result<File, ReadError> {
    format.check(&head(&file)?).map_err(Unreadable::Wrong)?;
    Ok(file)
}

/// The first bytes of a file.
fn head(file: &File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    Part::new(file, 0..Format::HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Does what may block where it may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ReadError> + Send + 'static,
) -> Result<T, ReadError> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}
