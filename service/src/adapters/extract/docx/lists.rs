//! The lists of a document: which have numbers, and at which we are.

use std::collections::HashMap;

use super::xml::{Node, Xml};
use crate::adapters::extract::child::Fault;

/// Lists are no deeper in Word.
const DEEPEST: usize = 9;

/// The lists, by their ids.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Which levels have numbers, by the id of what lists build upon.
    patterns: HashMap<String, [bool; DEEPEST]>,
    /// The pattern of each list.
    lists: HashMap<String, String>,
    /// The numbers of the last items, by list.
    counts: HashMap<String, [usize; DEEPEST]>,
}

impl Lists {
    /// Reads `numbering.xml`.
    pub(super) fn read(xml: &mut Xml<'_>) -> Result<Self, Fault> {
        let mut lists = Self::default();
        let (mut pattern, mut list, mut level) = (String::new(), String::new(), 0);
        loop {
            match xml.next()? {
                Node::Start(element) => match element.name.as_str() {
                    "abstractNum" => {
                        pattern = element.value("abstractNumId").unwrap_or_default().to_owned();
                    }
                    "lvl" => {
                        let number = element.value("ilvl").and_then(|level| level.parse().ok());
                        level = number.unwrap_or(0).min(DEEPEST - 1);
                    }
                    "numFmt" => {
                        let is_number = !matches!(element.val(), Some("bullet" | "none"));
                        lists.patterns.entry(pattern.clone()).or_default()[level] = is_number;
                    }
                    "num" => list = element.value("numId").unwrap_or_default().to_owned(),
                    "abstractNumId" => {
                        let of = element.val().unwrap_or_default().to_owned();
                        lists.lists.insert(list.clone(), of);
                    }
                    _ => {}
                },
                Node::Eof => return Ok(lists),
                Node::End(_) | Node::Text(_) => {}
            }
        }
    }

    /// What stands before the next item of a list; none when the paragraph is taken out of all lists.
    pub(super) fn mark(&mut self, list: &str, level: usize) -> Option<String> {
        if list == "0" {
            return None;
        }
        let level = level.min(DEEPEST - 1);
        let indent = "  ".repeat(level);
        let pattern = self.lists.get(list).and_then(|pattern| self.patterns.get(pattern));
        if !pattern.is_some_and(|levels| levels[level]) {
            return Some(format!("{indent}- "));
        }
        let counts = self.counts.entry(list.to_owned()).or_default();
        counts[level] += 1;
        counts[level + 1..].fill(0);
        Some(format!("{indent}{}. ", counts[level]))
    }
}
