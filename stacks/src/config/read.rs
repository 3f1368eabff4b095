//! From the merged tree to a [`StackFile`], with every mistake on the way.
//!
//! Serde stops at its first error. So each one is recorded, the bad node is replaced by its default
//! (or taken out), and the tree is read again until it can be.

use serde_path_to_error::Segment;

use super::de::{Cause, ReadError, one_of};
use super::file::StackFile;
use super::mistake::{MOST_MISTAKES, Mistake};
use super::near;
use super::place;
use super::ruled;
use super::tree::{Entry, Kind, Layer, Node, Place, Scalar, Value};
use crate::stack::ValueError;

/// What came of reading a tree.
pub(super) struct Reading {
    /// The file as far as it could be read; `None` when there was too much wrong with it.
    pub(super) file: Option<StackFile>,
    /// The tree, in which a default stands for each mistake.
    pub(super) tree: Node,
    pub(super) mistakes: Vec<Mistake>,
    /// The paths of the mistakes: nothing that follows from them is worth telling.
    pub(super) spoiled: Vec<Vec<String>>,
}

/// Reads a tree that has the defaults in it already; `defaults` mends it.
pub(super) fn stack_file(tree: Node, defaults: &Node, text: &str) -> Reading {
    let mut reading = Reading { file: None, tree, mistakes: Vec::new(), spoiled: Vec::new() };
    while reading.mistakes.len() <= MOST_MISTAKES {
        let error = match serde_path_to_error::deserialize::<_, StackFile>(&reading.tree) {
            Ok(file) => {
                reading.file = Some(file);
                break;
            }
            Err(error) => error,
        };
        let mut path: Vec<String> = error.path().iter().filter_map(key_of).collect();
        let error = error.into_inner();
        if let Cause::Missing { field } = &error.cause
            && !path.is_empty()
            && is_told(&reading.spoiled, &path, field)
        {
            // It was there, and wrong; without it, what it belongs to says nothing.
            mend(&mut reading.tree, defaults, &path, false);
            reading.spoiled.push(path);
            continue;
        }
        reading.mistakes.push(told(&error, &path, &reading.tree, text));
        if let Cause::Missing { field } = &error.cause {
            path.push((*field).to_owned());
        }
        let is_item = is_item(&path, &reading.tree);
        mend(&mut reading.tree, defaults, &path, error.at_key);
        if is_item {
            // What is left of the list is not what was meant.
            path.pop();
        }
        reading.spoiled.push(path);
    }
    reading
}

fn key_of(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Map { key } => Some(key.clone()),
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// Whether a mistake at a field was told already.
fn is_told(spoiled: &[Vec<String>], above: &[String], field: &str) -> bool {
    spoiled
        .iter()
        .any(|it| it.split_last().is_some_and(|(last, rest)| last == field && rest == above))
}

/// Whether a path leads to an item of a list.
fn is_item(path: &[String], tree: &Node) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let above = path.split_last().and_then(|(_, above)| tree.at(above));
    above.is_some_and(|it| matches!(it.value, Value::List(_)))
}

/// Puts the default where the mistake was, or takes the mistake out.
fn mend(tree: &mut Node, defaults: &Node, path: &[String], at_key: bool) {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let Some((last, above)) = path.split_last() else { return };
    let default = match path.as_slice() {
        ["stack"] => Some(name_that_stands_in()),
        _ => defaults.at(&path).cloned().filter(|_| !at_key),
    };
    let Some(parent) = tree.at_mut(above) else { return };
    if let (Value::List(items), Ok(index)) = (&mut parent.value, last.parse::<usize>()) {
        items.remove(index);
        return;
    }
    parent.remove(last);
    if let (Some(node), Some(entries)) = (default, parent.entries_mut()) {
        let key_place = node.place;
        entries.push(Entry { key: (*last).to_owned(), key_place, node });
    }
}

fn name_that_stands_in() -> Node {
    let place = Place { start: 0, end: 0, layer: Layer::Default };
    let scalar = Scalar { text: "stack".to_owned(), kind: Kind::Text };
    Node { value: Value::Scalar(scalar), place, shown: place }
}

/// Whether a secret may stand at a path, so that a message must not show it.
fn may_hold_a_secret(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        path.as_slice(),
        ["service", "secrets", ..] | ["models", _, "api_key", ..] | ["store", "url", ..]
    )
}

fn told(error: &ReadError, path: &[String], tree: &Node, text: &str) -> Mistake {
    let keys: Vec<&str> = path.iter().map(String::as_str).collect();
    let key = keys.last().copied().unwrap_or_default();
    let above = keys[..keys.len().saturating_sub(1)].join(".");
    let is_item = is_item(path, tree);
    let name =
        if is_item { format!("an item of `{above}`") } else { format!("`{}`", keys.join(".")) };
    let at = match (tree.entry_at(&keys), tree.at(&keys)) {
        (Some(entry), _) if error.at_key => entry.key_place,
        (_, Some(node)) => node.shown,
        _ => tree.shown,
    };
    let say = |title: String, label: String, help: String| {
        let mut mistake = place::mistake(text, at, title, label, help);
        // A text of several lines is shown at its key, so that none of it is seen anyway.
        let is_at_value = tree.entry_at(&keys).is_some_and(|entry| at != entry.key_place);
        mistake.conceal = may_hold_a_secret(path) && is_at_value;
        mistake
    };
    match &error.cause {
        Cause::Value(error_of_key) if error.at_key => {
            let ValueError { problem, expected, suggestion, why } = error_of_key;
            let help = match (suggestion, why) {
                (Some(meant), _) => format!("write `{meant}:`"),
                (None, Some(why)) => format!("rename it: {why}"),
                (None, None) => format!("rename it to {expected}"),
            };
            say(format!("a name in `{above}` {problem}"), format!("expected {expected}"), help)
        }
        Cause::Value(error) => {
            let title = format!("{name} {}", error.problem);
            let help = remedy(&keys, is_item, error);
            let mut mistake = say(title, format!("expected {}", error.expected), help);
            mistake.rule = ruled::rule_of(&keys, &error.problem);
            mistake
        }
        Cause::UnknownField { known } => {
            let owner = if above.is_empty() { "a stack file" } else { &format!("`{above}`") };
            let title = format!("{owner} has no field `{key}`");
            let (label, help) = near::field(&keys, known);
            say(title, label, help)
        }
        Cause::UnknownWord { word, known } => {
            let help = match near::word(word, known) {
                Some(meant) => format!("write `{key}: {meant}`"),
                None if known.len() == 1 => format!("write `{key}: {}`", known[0]),
                None => format!("write `{key}: {}`, or another of them", known[0]),
            };
            let title = format!("{name} cannot be {}", crate::stack::value::quoted(word));
            say(title, format!("expected {}", one_of(known)), help)
        }
        Cause::Missing { field } if path.is_empty() => place::whole(
            text,
            &format!("the file has no `{field}`"),
            &format!("`{field}:` is missing"),
            &format!("add a line such as `{field}: handbook` at the top"),
        ),
        Cause::Missing { field } => say(
            format!("{name} has no `{field}`"),
            format!("`{field}:` is missing"),
            format!("add a line `{field}:` and its value"),
        ),
        Cause::Type { found, expected } => {
            let found = if may_hold_a_secret(path) { "this" } else { found };
            let title = format!("{name} cannot be {found}");
            say(title, format!("expected {expected}"), remedy_for_type(key, found, expected))
        }
        Cause::Said(said) => say(
            format!("{name} cannot be read"),
            said.clone(),
            format!("see {name} in the reference of the stack file"),
        ),
    }
}

fn remedy(path: &[&str], is_item: bool, error: &ValueError) -> String {
    if *path == ["autoscaling", "minimum"] && error.problem == "cannot be 0" {
        return "write `minimum: 1`; to let the service sleep when nobody asks, add \
                `idle: {after: 15m}`"
            .to_owned();
    }
    let key = path.last().copied().unwrap_or_default();
    let key = if is_item { String::new() } else { format!("{key}: ") };
    match (&error.suggestion, &error.why) {
        (Some(value), Some(why)) => format!("write `{key}{value}` ({why})"),
        (Some(value), None) => format!("write `{key}{value}`"),
        (None, Some(why)) => why.clone(),
        (None, None) => format!("replace it by {}", error.expected),
    }
}

fn remedy_for_type(key: &str, found: &str, expected: &str) -> String {
    let said = |word: &str| found.eq_ignore_ascii_case(&format!("the text `{word}`"));
    if expected.contains("`true`") {
        if ["yes", "on", "y"].iter().any(|word| said(word)) {
            return format!("write `{key}: true`");
        }
        if ["no", "off", "n"].iter().any(|word| said(word)) {
            return format!("write `{key}: false`");
        }
    }
    match expected {
        // One word is what others take, and an address is what is at hand.
        "a mapping" if key == "store" && found.starts_with("the text `postgres") => {
            "write `store: {engine: postgres, url: …}`, with where its address is kept".to_owned()
        }
        "a mapping" => {
            format!("write `{key}:`, and beneath it its fields as `name: value`, indented")
        }
        "a list" => format!("write `{key}: […]`"),
        _ => format!("write `{key}:` and behind it {expected}"),
    }
}
