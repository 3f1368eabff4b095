//! PDFs, page by page. A page whose reader breaks down is left out, and told.

mod fonts;
mod page;

use std::{
    fmt,
    fs::File,
    io::{self, Read, Write},
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
};

use pdf_extract::{
    Document, Error, MediaBox, OutputDev, OutputError, Transform, output_doc, output_doc_page,
};

use self::page::Page;
use super::child::{Fault, Output};
use crate::pipeline::format::pdf_start;

/// Writes the text of a PDF.
pub(super) fn write<W: Write>(mut file: File, out: &mut Output<W>) -> Result<Vec<String>, Fault> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let start = pdf_start(&bytes).unwrap_or_default();
    let mut document = Document::load_mem(&bytes[start..]).map_err(fault)?;
    drop(bytes);
    if document.is_encrypted() {
        // Many are, with an empty password: to forbid printing, not reading.
        document.decrypt("").map_err(fault)?;
    }
    fonts::mend(&mut document);
    let last = u32::try_from(document.page_iter().count()).unwrap_or(u32::MAX);
    if last == 0 {
        return Err(Fault::refused("it has no pages"));
    }
    let mut pages = Pages::new(out);
    let missing = without_words(|| pages.read(&document, last));
    match pages.hindered {
        Some(error) => Err(error.into()),
        None if missing.len() == last as usize => {
            Err(Fault::refused("it is damaged, or its fonts are of a kind that is not known"))
        }
        None => Ok(told(&missing, last)),
    }
}

/// Why a file that does not load is given up.
fn fault(error: Error) -> Fault {
    match error {
        Error::Decryption(_) | Error::InvalidPassword => Fault::refused("it is encrypted"),
        Error::IO(error) => Fault::Io(error),
        error => Fault::refused(format!("it is damaged: {error}")),
    }
}

/// Does what may panic without that being said.
fn without_words<T>(work: impl FnOnce() -> T) -> T {
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let result = work();
    set_hook(hook);
    result
}

fn told(missing: &[u32], last: u32) -> Vec<String> {
    match missing {
        [] => Vec::new(),
        [page] => vec![format!("page {page} of {last} could not be read")],
        [first, ..] => vec![format!(
            "{} of {last} pages could not be read, the first of them page {first}",
            missing.len()
        )],
    }
}

/// Writes pages as they end.
struct Pages<'a, W> {
    out: &'a mut Output<W>,
    /// The page that was written last.
    done: u32,
    number: u32,
    page: Page,
    /// Why text could not be written.
    hindered: Option<io::Error>,
}

impl<'a, W: Write> Pages<'a, W> {
    fn new(out: &'a mut Output<W>) -> Self {
        Self { out, done: 0, number: 0, page: Page::default(), hindered: None }
    }

    /// Reads all pages; returns those that could not be read.
    fn read(&mut self, document: &Document, last: u32) -> Vec<u32> {
        let mut missing = Vec::new();
        // In one go where all is well: to find a page alone goes through all before it.
        if is_well(|| output_doc(document, self)) {
            return missing;
        }
        for page in self.done + 1..=last {
            // The first of them is the one that stopped us.
            if self.hindered.is_none()
                && (missing.is_empty() || !is_well(|| output_doc_page(document, self, page)))
            {
                missing.push(page);
            }
        }
        missing
    }
}

fn is_well(work: impl FnOnce() -> Result<(), OutputError>) -> bool {
    catch_unwind(AssertUnwindSafe(work)).is_ok_and(|result| result.is_ok())
}

impl<W: Write> OutputDev for Pages<'_, W> {
    fn begin_page(
        &mut self,
        number: u32,
        _: &MediaBox,
        _: Option<(f64, f64, f64, f64)>,
    ) -> Result<(), OutputError> {
        self.number = number;
        self.page = Page::default();
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        self.done = self.number;
        let written = self.out.text(&self.page.text()).and_then(|()| self.out.text("\n"));
        written.map_err(|error| {
            self.hindered = Some(error);
            OutputError::FormatError(fmt::Error)
        })
    }

    fn output_character(
        &mut self,
        place: &Transform,
        width: f64,
        _: f64,
        size: f64,
        letters: &str,
    ) -> Result<(), OutputError> {
        self.page.put(place, width, size, letters);
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        self.page.begin();
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}
