//! From text to a tree that knows where each of its nodes stands.
//!
//! The one module that knows the YAML crates. `serde_yaml` decides what a value is, and
//! `saphyr-parser` says where it stands; both read the same text, and their trees are laid over
//! each other. Where the two do not agree, the text is refused.

mod events;
mod raw;
mod syntax;

use super::mistake::Mistake;
use super::place;
use super::tree::{Entry, Kind, Node, Place, Scalar, Value};
use raw::Raw;

/// The largest text that is read.
const LARGEST: usize = 1024 * 1024;

/// A tree, and the mistakes that it could be read in spite of.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) root: Node,
    pub(super) mistakes: Vec<Mistake>,
}

/// Reads one document whose root is a mapping.
pub(super) fn read(text: &str) -> Result<Document, Mistake> {
    if text.len() > LARGEST {
        return Err(place::whole(
            text,
            "the file is larger than 1 MiB",
            "the file starts here",
            "a stack file is a few pages long; check that this is the right file",
        ));
    }
    let shape = events::tree(text)?;
    let raw: Raw = serde_yaml::from_str(text).map_err(|error| syntax::of_serde(&error, text))?;
    let mut root = shape;
    values(&mut root, raw).map_err(|place| {
        place::mistake(
            text,
            place,
            "this can be read in two ways",
            "YAML readers do not agree here",
            "put quotes around the value, or write it on one line",
        )
    })?;
    match &root.value {
        Value::Map(_) => {}
        Value::Null => {
            let help = "run `ragctl init` to make one, or write at least `stack:` and a name";
            return Err(place::whole(text, "the file is empty", "no stack here", help));
        }
        Value::Scalar(_) | Value::List(_) => {
            return Err(place::mistake(
                text,
                root.shown,
                format!("a stack file is a mapping, but this is {}", root.words()),
                "expected `key: value` lines",
                "write `stack: ` and a name; after each colon comes a space",
            ));
        }
    }
    let mut mistakes = Vec::new();
    tidy(&mut root, text, &mut mistakes);
    Ok(Document { root, mistakes })
}

/// Reads a file that is no stack file, in YAML or in JSON, which YAML contains.
///
/// # Errors
///
/// What is wrong, with its line and column.
pub(crate) fn plain<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

/// Takes the value of each scalar from `raw`, which `serde_yaml` read from the same text.
fn values(node: &mut Node, raw: Raw) -> Result<(), Place> {
    let place = node.shown;
    match (&mut node.value, raw) {
        (Value::List(items), Raw::List(raws)) if items.len() == raws.len() => {
            items.iter_mut().zip(raws).try_for_each(|(item, raw)| values(item, raw))
        }
        (Value::Map(entries), Raw::Map(raws)) if entries.len() == raws.len() => {
            for (entry, (key, raw)) in entries.iter_mut().zip(raws) {
                if matches!(key, Raw::List(_) | Raw::Map(_)) {
                    return Err(entry.key_place);
                }
                values(&mut entry.node, raw)?;
            }
            Ok(())
        }
        (Value::Null | Value::Scalar(_), Raw::Null) => {
            node.value = Value::Null;
            Ok(())
        }
        (Value::Scalar(scalar), raw) => match raw.kind() {
            Some(kind) => {
                if let Raw::Text(text) = raw {
                    scalar.text = text;
                }
                scalar.kind = kind;
                Ok(())
            }
            None => Err(place),
        },
        (Value::Null | Value::List(_) | Value::Map(_), _) => Err(place),
    }
}

impl Raw {
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Null | Self::List(_) | Self::Map(_) => None,
            Self::Bool(value) => Some(Kind::Bool(*value)),
            Self::Unsigned(number) => Some(Kind::Unsigned(*number)),
            Self::Signed(number) => Some(Kind::Signed(*number)),
            Self::Float(number) => Some(Kind::Float(*number)),
            Self::Text(_) => Some(Kind::Text),
        }
    }
}

/// Takes out keys that stand twice and merge keys, and says so; decides where nodes are shown.
fn tidy(node: &mut Node, text: &str, mistakes: &mut Vec<Mistake>) {
    match &mut node.value {
        Value::Null | Value::Scalar(_) => {}
        Value::List(items) => items.iter_mut().for_each(|item| tidy(item, text, mistakes)),
        Value::Map(entries) => {
            let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
            for mut entry in entries.drain(..) {
                if let Some(first) = kept.iter().find(|first| first.key == entry.key) {
                    let (line, _) = place::line_and_column(text, first.key_place.start);
                    mistakes.push(place::mistake(
                        text,
                        entry.key_place,
                        format!("`{}` is written twice", entry.key),
                        "the second one",
                        format!("keep one of the two; the first is on line {line}"),
                    ));
                } else if entry.key == "<<" {
                    mistakes.push(place::mistake(
                        text,
                        entry.key_place,
                        "merge keys are not read",
                        "a merge key",
                        "write the fields out; what differs between environments belongs under \
                         `environments:`",
                    ));
                } else {
                    show_at_key(&mut entry, text);
                    tidy(&mut entry.node, text, mistakes);
                    kept.push(entry);
                }
            }
            *entries = kept;
        }
    }
}

/// Lets a node that is empty, or longer than a line, be shown at its key.
fn show_at_key(entry: &mut Entry, text: &str) {
    let Place { start, end, .. } = entry.node.place;
    let written = &text[start..end];
    let is_on_its_line = match &entry.node.value {
        Value::Null => false,
        Value::Scalar(_) => !written.contains('\n'),
        Value::List(_) | Value::Map(_) => {
            written.starts_with(['[', '{', '*']) && !written.contains('\n')
        }
    };
    if written.is_empty() || !is_on_its_line {
        entry.node.shown = entry.key_place;
    }
}

/// How `serde_yaml` takes a single word, for whoever writes one into a file.
pub(super) fn kind_of_word(word: &str) -> Option<Kind> {
    let raw: Raw = serde_yaml::from_str(word).ok()?;
    raw.kind()
}

impl Scalar {
    /// A scalar whose kind is not known yet.
    fn unread(text: String) -> Self {
        Self { text, kind: Kind::Text }
    }
}
