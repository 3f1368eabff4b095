//! The process that reads one file, which comes as its standard input: text goes to standard output, why there is none
//! to standard error.
//!
//! It limits itself before it looks at the file: memory, time, and that it opens nothing.

use std::{
    any::Any,
    fs::{self, File},
    io::{self, Write},
    os::fd::AsFd,
    process::ExitCode,
    thread,
};

use rustix::process::{Resource, Rlimit, nice, setrlimit};

use super::{docx, html, pdf};
use crate::pipeline::format::Format;

/// The stack of the reader, in bytes: documents are trees, and their readers call themselves.
const STACK: usize = 64 << 20;

/// How much the process gives way to the service.
const NICENESS: i32 = 10;

/// What the process's exit code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Standard error says why.
    Refused = 10,
    /// There is no text.
    Blank = 11,
    /// There is not enough memory.
    Memory = 12,
    /// The reader panicked.
    Panicked = 13,
}

impl Told {
    /// What a code tells; none when it is no code of ours.
    pub(super) fn of_code(code: i32) -> Option<Self> {
        let all = [Self::Refused, Self::Blank, Self::Memory, Self::Panicked];
        all.into_iter().find(|told| *told as i32 == code)
    }
}

/// Why a reader has no text.
#[derive(Debug)]
pub(super) enum Fault {
    /// The file is to blame, for a reason that completes "the file could not be read: ".
    Refused(String),
    /// There is none.
    Blank,
    /// The bytes cannot be read, or the text cannot be written.
    Io(io::Error),
}

impl Fault {
    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads standard input as `format`, with at most `memory_bytes` of address space and `cpu_seconds` of a processor.
///
/// For a process of its own: it can never open a file again.
#[must_use]
pub fn run(format: Format, memory_bytes: u64, cpu_seconds: u64) -> ExitCode {
    let file = io::stdin().as_fd().try_clone_to_owned().map(File::from);
    let ready = file.and_then(|file| limit(memory_bytes, cpu_seconds).map(|()| file));
    let file = match ready {
        Ok(file) => file,
        Err(error) => return told(Told::Refused, &format!("it cannot be opened: {error}")),
    };
    let reader = thread::Builder::new().stack_size(STACK).spawn(move || read(format, file));
    match reader.map(thread::JoinHandle::join) {
        Ok(result) => outcome(result),
        // There is no room for its stack.
        Err(_) => told(Told::Memory, ""),
    }
}

fn outcome(result: Result<Result<Vec<String>, Fault>, Box<dyn Any + Send>>) -> ExitCode {
    match result {
        Ok(Ok(warnings)) => {
            say(&warnings.join("; "));
            ExitCode::SUCCESS
        }
        Ok(Err(Fault::Refused(reason))) => told(Told::Refused, &reason),
        Ok(Err(Fault::Blank)) => told(Told::Blank, ""),
        Ok(Err(Fault::Io(error))) if error.kind() == io::ErrorKind::OutOfMemory => {
            told(Told::Memory, "")
        }
        Ok(Err(Fault::Io(error))) => told(Told::Refused, &error.to_string()),
        // The hook has said what.
        Err(_) => told(Told::Panicked, ""),
    }
}

/// Writes the text of a file; returns what is missing from it.
fn read(format: Format, file: File) -> Result<Vec<String>, Fault> {
    let mut out = Output { to: io::stdout().lock(), has_words: false };
    let missing = match format {
        Format::Html => html::write(file, &mut out)?,
        Format::Pdf => pdf::write(file, &mut out)?,
        Format::Docx => docx::write(file, &mut out)?,
        Format::Text | Format::Markdown => {
            return Err(Fault::refused("text needs no process of its own"));
        }
    };
    out.to.flush()?;
    match out.has_words {
        true => Ok(missing),
        false => Err(Fault::Blank),
    }
}

fn told(told: Told, words: &str) -> ExitCode {
    say(words);
    ExitCode::from(told as u8)
}

fn say(words: &str) {
    // Nobody may be left to hear it.
    writeln!(io::stderr(), "{words}").ok();
}

/// Limits this process.
fn limit(memory_bytes: u64, cpu_seconds: u64) -> io::Result<()> {
    // Where memory runs out all the same, this process is to go, not the service.
    fs::write("/proc/self/oom_score_adj", "1000").ok();
    nice(NICENESS).ok();
    for (resource, limit, last) in [
        (Resource::As, memory_bytes, memory_bytes),
        // The first ends it by a signal that says why, the last by one that does not.
        (Resource::Cpu, cpu_seconds, cpu_seconds + 1),
        (Resource::Core, 0, 0),
        (Resource::Fsize, 0, 0),
        (Resource::Nofile, 0, 0),
    ] {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(last) })?;
    }
    Ok(())
}

/// Where text goes.
pub(super) struct Output<W> {
    to: W,
    has_words: bool,
}

impl<W: Write> Output<W> {
    /// Writes text, without the control characters that it should not hold.
    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        self.has_words = self.has_words || text.contains(|letter: char| !is_blank(letter));
        for part in text.split(is_unwanted) {
            self.to.write_all(part.as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
impl Output<Vec<u8>> {
    /// What `write` writes.
    pub(super) fn of(
        write: impl FnOnce(&mut Self) -> Result<Vec<String>, Fault>,
    ) -> Result<String, Fault> {
        let mut out = Self { to: Vec::new(), has_words: false };
        write(&mut out)?;
        Ok(String::from_utf8(out.to).expect("it is text"))
    }
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || is_unwanted(letter)
}

fn is_unwanted(letter: char) -> bool {
    (letter.is_control() && !matches!(letter, '\n' | '\t')) || letter == '\u{feff}'
}
