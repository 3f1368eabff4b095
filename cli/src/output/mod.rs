//! The only place that prints. Results go to stdout, all else to stderr; colour only where it is wanted.

mod advice;
pub(crate) mod chart;
pub(crate) mod failure;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod style;

use std::io::{self, BufRead, IsTerminal, Write};

use serde::Serialize;

use self::human::{Human, Page};
use crate::failure::Failure;

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Text for people.
    Human,
    /// JSON for programs.
    Json,
}

/// Where everything that a command says goes through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    format: Format,
}

impl Output {
    pub(crate) const fn new(format: Format) -> Self {
        Self { format }
    }

    pub(crate) fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// Writes the one result of a command.
    pub(crate) fn result<T: Human + Serialize>(self, result: &T) -> Result<(), Failure> {
        match self.format {
            Format::Human => self.text(&result.human(Page::of_stdout())),
            Format::Json => self.text(&json::document(result)),
        }
    }

    /// Writes one of many results: text, or a line of JSON.
    pub(crate) fn item<T: Human + Serialize>(self, item: &T) -> Result<(), Failure> {
        match self.format {
            Format::Human => self.text(&item.human(Page::of_stdout())),
            Format::Json => self.event(item),
        }
    }

    /// Writes a line of JSON where JSON is wanted, else nothing.
    pub(crate) fn event<T: Serialize>(self, event: &T) -> Result<(), Failure> {
        match self.format {
            Format::Human => Ok(()),
            Format::Json => self.text(&json::line(event)),
        }
    }

    /// Writes text to stdout as it is, its line ends included.
    pub(crate) fn text(self, text: &str) -> Result<(), Failure> {
        let mut stdout = anstream::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::Output)
    }

    /// Tells something in passing, on stderr.
    pub(crate) fn note(self, text: &str) {
        say(text);
    }

    /// Shows a value in passing, on stderr.
    pub(crate) fn note_value(self, value: &impl Human) {
        say(value.human(Page::of_stdout()).trim_end());
    }

    /// Says in passing which rules the file of a plan breaks, a line each, on stderr.
    pub(crate) fn warnings(self, findings: &[ragctl_stacks::check::Finding]) {
        if !findings.is_empty() && !self.is_json() {
            say(human::findings::short(findings).trim_end());
        }
    }

    /// Warns, on stderr.
    pub(crate) fn warn(self, text: &str) {
        say(&format!("{} {text}", style::styled(style::LOOK, "warning:")));
    }

    /// Tells the mistakes in a stack file, on stderr.
    pub(crate) fn mistakes(self, mistakes: &ragctl_stacks::config::Mistakes) {
        say(&human::mistakes::text(mistakes));
    }

    /// Whether somebody is there to answer a question.
    pub(crate) fn can_ask(self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks on stderr, and reads a line from stdin; without spaces around it.
    pub(crate) fn ask(self, question: &str) -> Result<String, Failure> {
        {
            let mut stderr = anstream::stderr().lock();
            write!(stderr, "{question} ").and_then(|()| stderr.flush()).map_err(Failure::Output)?;
            // Given back before anybody thinks: others may have something to say meanwhile.
        }
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(Failure::Output)?;
        Ok(line.trim().to_owned())
    }

    /// Reads the next line from stdin, without spaces around it; `None` when there is none any more.
    pub(crate) fn answer(self) -> Option<String> {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        matches!(read, Ok(1..)).then(|| line.trim().to_owned())
    }
}

/// Writes a line to stderr. That nobody reads it is no reason to fail.
fn say(line: &str) {
    drop(writeln!(anstream::stderr().lock(), "{line}"));
}
