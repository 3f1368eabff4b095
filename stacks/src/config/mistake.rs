//! Mistakes in a stack file: where, what, why, and what to do.

use std::fmt;
use std::ops::Range;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::render;
use crate::stack::value::without_passwords;

/// One mistake in a stack file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The rule that is broken, where there is one to explain.
    pub rule: Option<&'static str>,
    /// What is wrong.
    pub title: Box<str>,
    /// What stands, or may stand, at the place itself.
    pub label: Box<str>,
    /// What to do about it.
    pub help: Box<str>,
    /// The environment that it shows in, when it does not show without one.
    pub environment: Option<Box<str>>,
    /// The place, in bytes of the text.
    #[serde(skip)]
    pub(super) span: Range<usize>,
    /// Whether a secret may stand at the place, so that it must not be shown.
    #[serde(skip)]
    pub(super) conceal: bool,
}

/// Everything that is wrong with a stack file, in the order of its lines.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes {
    file_name: String,
    /// What mistakes show of the file: its text without a byte order mark.
    text: String,
    list: Vec<Mistake>,
    /// How many more there are than are told.
    more: usize,
}

/// A file with more mistakes than this is not read on: it is not a stack file.
pub(super) const MOST_MISTAKES: usize = 100;

impl Mistakes {
    pub(super) fn new(file_name: &str, text: &str, list: Vec<Mistake>) -> Self {
        let mut all = Self {
            file_name: file_name.to_owned(),
            text: text.to_owned(),
            list: Vec::new(),
            more: 0,
        };
        all.add(list);
        all
    }

    /// No mistakes, in this file.
    pub(crate) fn none(file_name: &str, text: &str) -> Self {
        Self::new(file_name, text, Vec::new())
    }

    /// Adds mistakes; one that is there already, in whatever environment, is not added again.
    pub(super) fn add(&mut self, mistakes: Vec<Mistake>) {
        for mistake in mistakes {
            let known =
                |other: &Mistake| other.span == mistake.span && other.title == mistake.title;
            if !self.list.iter().any(known) {
                self.list.push(mistake);
            }
        }
        self.list.sort_by_key(|mistake| (mistake.span.start, mistake.span.end));
        self.more += self.list.len().saturating_sub(MOST_MISTAKES);
        self.list.truncate(MOST_MISTAKES);
    }

    /// The text with stars for what may be a secret, in which every byte keeps its place.
    fn text_without_secrets(&self) -> String {
        let mut text = without_passwords(&self.text);
        for mistake in self.list.iter().filter(|mistake| mistake.conceal) {
            let stars = "*".repeat(mistake.span.len());
            text.replace_range(mistake.span.clone(), &stars);
        }
        text
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many mistakes are told.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The mistakes, in the order of their lines.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.list.iter()
    }

    /// The file that they are in.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// All mistakes as text for people, with the lines that they are in; without a line break at
    /// the end.
    pub fn render(&self, colour: render::Colour) -> String {
        let text = self.text_without_secrets();
        let rendered = |mistake| render::mistake(mistake, &self.file_name, &text, colour);
        let mut all: Vec<String> = self.list.iter().map(rendered).collect();
        if self.more > 0 {
            all.push(format!("and {} more mistakes", self.more));
        }
        all.join("\n\n")
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(render::Colour::Plain))
    }
}

// The text may hold what somebody should not have written into it, so it stays out of logs.
impl fmt::Debug for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mistakes")
            .field("file_name", &self.file_name)
            .field("list", &self.list)
            .finish_non_exhaustive()
    }
}

impl Serialize for Mistakes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut all = to.serialize_struct("Mistakes", 2)?;
        all.serialize_field("file", &self.file_name)?;
        all.serialize_field("mistakes", &self.list)?;
        all.end()
    }
}
