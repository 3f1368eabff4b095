//! PDFs, page by page. A page whose reader breaks down is left out, and told.

use std::{
    cell::RefCell,
    fmt,
    fs::File,
    io::{self, Read, Write},
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    rc::Rc,
};

use pdf_extract::{
    ConvertToFmt, Document, Error, MediaBox, OutputDev, OutputError, PlainTextOutput, Transform,
    output_doc, output_doc_page,
};

use super::child::{Fault, Output};
use crate::pipeline::{format::pdf_start, terms::is_unspaced};

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
    text: Page,
    device: PlainTextOutput<Page>,
    /// Why text could not be written.
    hindered: Option<io::Error>,
}

/// The text of a page.
#[derive(Clone, Default)]
struct Page(Rc<RefCell<String>>);

impl fmt::Write for Page {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.borrow_mut().push_str(text);
        Ok(())
    }
}

impl ConvertToFmt for Page {
    type Writer = Self;

    fn convert(self) -> Self {
        self
    }
}

impl<'a, W: Write> Pages<'a, W> {
    fn new(out: &'a mut Output<W>) -> Self {
        let text = Page::default();
        let device = PlainTextOutput::new(text.clone());
        Self { out, done: 0, number: 0, text, device, hindered: None }
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
        media: &MediaBox,
        art: Option<(f64, f64, f64, f64)>,
    ) -> Result<(), OutputError> {
        self.number = number;
        self.text.0.borrow_mut().clear();
        self.device = PlainTextOutput::new(self.text.clone());
        self.device.begin_page(number, media, art)
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        self.device.end_page()?;
        let text = self.text.0.borrow();
        self.done = self.number;
        let written = self.out.text(&joined(text.trim())).and_then(|()| self.out.text("\n\n"));
        written.map_err(|error| {
            self.hindered = Some(error);
            OutputError::FormatError(fmt::Error)
        })
    }

    fn output_character(
        &mut self,
        place: &Transform,
        width: f64,
        spacing: f64,
        size: f64,
        letters: &str,
    ) -> Result<(), OutputError> {
        self.device.output_character(place, width, spacing, size, letters)
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        self.device.begin_word()
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        self.device.end_word()
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        self.device.end_line()
    }
}

/// Puts together the words that the end of a line parts: those with a hyphen there, and Chinese and Japanese.
fn joined(page: &str) -> String {
    let mut text = String::with_capacity(page.len() + 1);
    for line in page.split('\n').map(str::trim_end) {
        let before = text.trim_end_matches('\n');
        let is_next = before.len() + 1 == text.len();
        match line.chars().next().filter(|_| is_next) {
            Some(first) if is_hyphenated(before, first) => {
                let end = before.trim_end_matches(is_hyphen).len();
                text.truncate(end);
            }
            Some(first) if is_unspaced(first) && before.ends_with(is_unspaced) => {
                let end = before.len();
                text.truncate(end);
            }
            _ => {}
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn is_hyphenated(before: &str, next: char) -> bool {
    let word = before.strip_suffix(is_hyphen);
    next.is_lowercase() && word.is_some_and(|word| word.ends_with(char::is_lowercase))
}

fn is_hyphen(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_a_line_parts_are_put_together() {
        for (page, text) in [
            ("an exam-\nple of it", "an example of it\n"),
            ("Smith-\nJones\nnext", "Smith-\nJones\nnext\n"),
            ("混合检\n索系统", "混合检索系统\n"),
            ("混合。\n\n检索", "混合。\n\n检索\n"),
            ("one  \ntwo\n\nthree-\n\nfour", "one\ntwo\n\nthree-\n\nfour\n"),
            ("", "\n"),
        ] {
            assert_eq!(joined(page), text);
        }
    }
}
