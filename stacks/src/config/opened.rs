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
    /// Which of these fields is shown, written with points, and where: the one among them that is
    /// the user's last word; else the innermost section that somebody wrote, the target, or the
    /// first line.
    pub fn shown<'f>(&self, fields: &[&'f str]) -> (&'f str, Spot) {
        let paths: Vec<Vec<&str>> = fields.iter().map(|path| path.split('.').collect()).collect();
        if let Some((index, place)) = last_word(&self.tree, &paths) {
            return (fields[index], self.spot(place));
        }
        let target = self.tree.entry("target").map(|entry| entry.node.shown).filter(is_written);
        let above = paths.iter().find_map(|path| section(&self.tree, path));
        let place = above.or(target).unwrap_or_else(|| blamed(&self.tree, &paths));
        (fields[0], self.spot(place))
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

    fn spot(&self, place: Place) -> Spot {
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
    // Where nobody wrote a value: the section that it would stand in, or the first line.
    last_word(tree, paths)
        .map(|(_, place)| place)
        .or_else(|| paths.iter().find_map(|path| section(tree, path)))
        .or_else(|| tree.entry("stack").map(|entry| entry.node.shown).filter(is_written))
        .unwrap_or(place::bytes(0, 0))
}

/// The first path among those of the uppermost layer, if somebody wrote any, and its place.
fn last_word(tree: &Node, paths: &[Vec<&str>]) -> Option<(usize, Place)> {
    let mut best: Option<(usize, Place)> = None;
    for (index, path) in paths.iter().enumerate() {
        let Some(place) = tree.at(path).map(|node| node.shown).filter(is_written) else { continue };
        if best.is_none_or(|(_, best)| place.layer > best.layer) {
            best = Some((index, place));
        }
    }
    best
}

fn is_written(place: &Place) -> bool {
    place.layer != Layer::Default
}

/// The key of the innermost section above a path that somebody wrote.
fn section(tree: &Node, path: &[&str]) -> Option<Place> {
    let above = (1..path.len()).rev().filter_map(|depth| tree.entry_at(&path[..depth]));
    above.map(|entry| entry.key_place).find(is_written)
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
