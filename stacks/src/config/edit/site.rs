//! Where in a text an edit goes.

use super::super::layer;
use super::super::tree::{Entry, Kind, Node, Scalar, Value};
use super::{NewValue, write};

/// Where an edit goes.
pub(super) enum Site {
    /// A value stands there: it is replaced.
    Replace { start: usize, end: usize },
    /// A key stands there without a value.
    Fill { at: usize },
    /// The word of a switch stands where a mapping of its settings is to stand.
    Expand { start: usize, end: usize, on: bool },
    /// A mapping between braces gets a key before its end.
    Flow { at: usize, is_empty: bool, known: usize },
    /// A mapping gets lines behind its last one.
    Lines { at: usize, indentation: usize, step: usize, known: usize },
}

impl Site {
    /// Finds the place for a value; `None` where nothing can be written safely.
    pub(super) fn find(text: &str, root: &Node, keys: &[&str]) -> Option<Self> {
        let mut node = root;
        let mut last: Option<&Entry> = None;
        let mut known = 0;
        while known < keys.len() {
            let Some(entry) = node.entry(keys[known]) else { break };
            if is_borrowed(text, &entry.node) {
                return None;
            }
            node = &entry.node;
            last = Some(entry);
            known += 1;
        }
        let place = node.place;
        let step = step(text, root);
        match &node.value {
            Value::Scalar(_) if known == keys.len() => {
                Some(Self::Replace { start: place.start, end: place.end })
            }
            Value::Null if known == keys.len() => {
                Some(Self::Fill { at: behind_colon(text, last?)? })
            }
            Value::Scalar(Scalar { kind: Kind::Bool(on), .. })
                if known + 1 == keys.len() && layer::is_switch(&keys[..known]) =>
            {
                Some(Self::Expand { start: place.start, end: place.end, on: *on })
            }
            Value::Null => {
                let entry = last?;
                let colon = behind_colon(text, entry)?;
                let indentation = column(text, entry.key_place.start)? + step;
                Some(Self::Lines { at: line_end(text, colon), indentation, step, known })
            }
            Value::Map(entries) if text[place.start..].starts_with('{') => {
                let inside = text[..place.end - 1].trim_end();
                Some(Self::Flow { at: inside.len(), is_empty: entries.is_empty(), known })
            }
            Value::Map(entries) => {
                let first = entries.first()?;
                let indentation = column(text, first.key_place.start)?;
                let end = match known {
                    0 => text.len(),
                    _ => line_end(text, last_byte(text, entries.last()?)),
                };
                Some(Self::Lines { at: end, indentation, step, known })
            }
            Value::Scalar(_) | Value::List(_) => None,
        }
    }

    /// The text with the value written there.
    pub(super) fn edited(&self, text: &str, keys: &[&str], value: &NewValue) -> Option<String> {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let put = |start: usize, end: usize, new: &str| {
            format!("{}{new}{}", &text[..start], &text[end..])
        };
        Some(match *self {
            Self::Replace { start, end } => {
                put(start, end, &write::value(value, &text[start..end]))
            }
            Self::Fill { at } => put(at, at, &format!(" {}", write::value(value, ""))),
            Self::Expand { start, end, on } => {
                let setting = write::in_flow(&[*keys.last()?], value);
                let enabled = if on { "" } else { "enabled: false, " };
                put(start, end, &format!("{{{enabled}{setting}}}"))
            }
            Self::Flow { at, is_empty, known } => {
                let comma = match text[..at].ends_with(',') {
                    _ if is_empty => "",
                    true => " ",
                    false => ", ",
                };
                put(at, at, &format!("{comma}{}", write::in_flow(&keys[known..], value)))
            }
            Self::Lines { at, indentation, step, known } => {
                let lines = write::nested(&keys[known..], value, indentation, step, newline);
                // At the end of a file that ends its last line, the new lines are ended too.
                if at == text.len() && (text.is_empty() || text.ends_with('\n')) {
                    put(at, at, &format!("{lines}{newline}"))
                } else {
                    put(at, at, &format!("{newline}{lines}"))
                }
            }
        })
    }
}

/// Whether a node is an alias, or has an anchor or a tag that an edit would break.
fn is_borrowed(text: &str, node: &Node) -> bool {
    text[node.place.start..].starts_with(['*', '&', '!']) && node.place.end > node.place.start
}

/// The spaces in front of a byte; `None` when something else stands there.
fn column(text: &str, at: usize) -> Option<usize> {
    let start = text[..at].rfind('\n').map_or(0, |found| found + 1);
    let blank = &text[start..at];
    blank.chars().all(|c| c == ' ').then_some(blank.len())
}

fn behind_colon(text: &str, entry: &Entry) -> Option<usize> {
    let end = entry.key_place.end;
    let colon = text[end..].find(|c: char| !matches!(c, ' ' | '\t'))?;
    text[end + colon..].starts_with(':').then_some(end + colon + 1)
}

/// The end of the line that a byte is in, before its line break.
fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |found| at + found);
    if text[..end].ends_with('\r') { end - 1 } else { end }
}

/// The last byte that belongs to an entry. The place of a block text ends where the next line
/// begins, so that the blank end is taken off.
fn last_byte(text: &str, entry: &Entry) -> usize {
    let end = match entry.node.entries().last() {
        Some(last) if !text[entry.node.place.start..].starts_with(['{', '*']) => {
            last_byte(text, last)
        }
        _ => entry.node.place.end.max(entry.key_place.end),
    };
    text[..end].trim_end().len()
}

/// By how much the first nested mapping of the file is indented; two where there is none.
fn step(text: &str, root: &Node) -> usize {
    let nested =
        root.entries().iter().filter(|entry| !text[entry.node.place.start..].starts_with('{'));
    nested
        .filter_map(|entry| column(text, entry.node.entries().first()?.key_place.start))
        .find(|column| (1..=8).contains(column))
        .unwrap_or(2)
}
