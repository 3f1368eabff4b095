//! A stack with the text that it was read from.

use serde::Serialize;

use super::place;
use super::tree::{Layer, Node, Place, Value};
use crate::check::Rule;
use crate::stack::{Stack, WarmUp};

/// A stack file without mistakes, read in one of its environments or without.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The stack that it asks for.
    pub stack: Stack,
    /// Where it says what.
    pub source: Source,
}

/// Where a stack file says what.
#[derive(Clone)]
pub struct Source {
    pub(super) text: String,
    pub(super) tree: Node,
    pub(super) warm_up: WarmUp,
    pub(super) allowances: Vec<Allowance>,
}

/// A place in the text of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Spot {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

/// A rule that the file allows to be broken.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// The rule.
    pub rule: &'static Rule,
    /// Why, if the file says so.
    pub reason: Option<String>,
    /// Where the file allows it.
    pub at: Spot,
}

impl Source {
    /// Where fields stand, written with points: the one among them that is the user's last word;
    /// else the innermost section that somebody wrote; else the first line.
    pub fn spot(&self, fields: &[&str]) -> Spot {
        let paths: Vec<Vec<&str>> = fields.iter().map(|path| path.split('.').collect()).collect();
        self.spot_of(blamed(&self.tree, &paths))
    }

    /// Whether the file, or the environment, wrote a value at a path.
    pub fn is_written(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('.').collect();
        self.tree.at(&path).is_some_and(|node| node.shown.layer != Layer::Default)
    }

    /// The time that warming is expected to take, whether prewarm is on or not.
    pub fn warm_up(&self) -> WarmUp {
        self.warm_up
    }

    /// The rules that the file allows to be broken.
    pub fn allowances(&self) -> &[Allowance] {
        &self.allowances
    }

    /// Whether the file allows a rule to be broken.
    pub fn allows(&self, id: &str) -> bool {
        self.allowances.iter().any(|it| it.rule.id == id)
    }

    fn spot_of(&self, place: Place) -> Spot {
        let (line, column) = place::line_and_column(&self.text, place.start);
        Spot { line, column }
    }
}

// The text may hold what somebody should not have written into it, so it stays out of logs.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("allowances", &self.allowances).finish_non_exhaustive()
    }
}

/// Where something between these fields is shown: at the one among them that is the user's last
/// word.
pub(super) fn blamed(tree: &Node, paths: &[Vec<&str>]) -> Place {
    let mut best: Option<Place> = None;
    for path in paths {
        let Some(node) = tree.at(path) else { continue };
        if best.is_none_or(|best| node.shown.layer > best.layer) {
            best = Some(node.shown);
        }
    }
    // Nobody wrote a value: show the section that it would stand in, or the first line.
    let written = |place: &Place| place.layer != Layer::Default;
    best.filter(written)
        .or_else(|| paths.iter().find_map(|path| section(tree, path)))
        .or_else(|| tree.entry("stack").map(|entry| entry.node.shown).filter(written))
        .unwrap_or(place::bytes(0, 0))
}

/// The key of the innermost section above a path that somebody wrote.
fn section(tree: &Node, path: &[&str]) -> Option<Place> {
    let above = (1..path.len()).rev().filter_map(|depth| tree.entry_at(&path[..depth]));
    above.map(|entry| entry.key_place).find(|place| place.layer != Layer::Default)
}

/// The rules that a file allows to be broken, as its tree has them.
pub(super) fn allowances(tree: &Node, text: &str) -> Vec<Allowance> {
    let Some(node) = tree.get("allow") else { return Vec::new() };
    let allowance = |id: &str, reason: Option<String>, place: Place| {
        let (line, column) = place::line_and_column(text, place.start);
        let rule = crate::check::find(id)?;
        Some(Allowance { rule, reason, at: Spot { line, column } })
    };
    match &node.value {
        Value::List(items) => items
            .iter()
            .filter_map(|item| allowance(item.text()?, comment(text, item.place.end), item.place))
            .collect(),
        Value::Map(entries) => entries
            .iter()
            .filter_map(|entry| {
                let reason = entry.node.text().map(str::to_owned);
                allowance(&entry.key, reason, entry.key_place)
            })
            .collect(),
        Value::Null | Value::Scalar(_) => Vec::new(),
    }
}

/// The comment behind a byte, in its line. What stands between are names of rules and punctuation.
pub(super) fn comment(text: &str, at: usize) -> Option<String> {
    let line = text[at..].lines().next().unwrap_or_default();
    let comment = line.split_once(" #").map(|(_, comment)| comment.trim())?;
    (!comment.is_empty()).then(|| comment.to_owned())
}
