//! YAML as a tree in which every node knows where it stands.

/// Which text a node comes from.
///
/// Ordered by how much it is the user's last word: a mistake between two values is shown at the
/// one that ranks higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// `defaults.yaml`, which no user sees.
    Default,
    /// The user's file.
    File,
    /// The chosen environment of the user's file.
    Overlay,
}

/// A range of bytes in the text of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) layer: Layer,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    /// Where its text stands; empty where nothing is written.
    pub(super) place: Place,
    /// Where a mistake about it points: a value on one line, else the key that it belongs to.
    pub(super) shown: Place,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A single value, as it is written and as YAML takes it.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text,
}

/// A key of a mapping, with what it stands for.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_place: Place,
    pub(super) node: Node,
}

impl Node {
    /// The entries of a mapping; of anything else, none.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Null | Value::Scalar(_) | Value::List(_) => &[],
        }
    }

    pub(super) fn entries_mut(&mut self) -> Option<&mut Vec<Entry>> {
        match &mut self.value {
            Value::Map(entries) => Some(entries),
            Value::Null | Value::Scalar(_) | Value::List(_) => None,
        }
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of a key, or of a list the item with this number.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::List(items) => items.get(key.parse::<usize>().ok()?),
            Value::Null | Value::Scalar(_) | Value::Map(_) => {
                self.entry(key).map(|entry| &entry.node)
            }
        }
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match &mut self.value {
            Value::List(items) => items.get_mut(key.parse::<usize>().ok()?),
            Value::Map(entries) => {
                entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node)
            }
            Value::Null | Value::Scalar(_) => None,
        }
    }

    /// The entry that a path of keys leads to.
    pub(super) fn entry_at(&self, path: &[&str]) -> Option<&Entry> {
        let (last, above) = path.split_last()?;
        self.at(above)?.entry(last)
    }

    /// The node that a path of keys leads to.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(super) fn at_mut(&mut self, path: &[&str]) -> Option<&mut Self> {
        path.iter().try_fold(self, |node, key| node.get_mut(key))
    }

    /// Removes a key, and hands out what stood there.
    pub(super) fn remove(&mut self, key: &str) -> Option<Entry> {
        let entries = self.entries_mut()?;
        let index = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(index))
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Says of which layer the node and all below it are.
    pub(super) fn set_layer(&mut self, layer: Layer) {
        self.place.layer = layer;
        self.shown.layer = layer;
        match &mut self.value {
            Value::Null | Value::Scalar(_) => {}
            Value::List(items) => items.iter_mut().for_each(|item| item.set_layer(layer)),
            Value::Map(entries) => {
                for entry in entries {
                    entry.key_place.layer = layer;
                    entry.node.set_layer(layer);
                }
            }
        }
    }

    /// What the node is, in words: `the number 3`, `a list`.
    pub(super) fn words(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
            Value::Scalar(Scalar { text, kind }) => match kind {
                Kind::Bool(_) => format!("`{text}`"),
                Kind::Unsigned(_) | Kind::Signed(_) | Kind::Float(_) => {
                    format!("the number {text}")
                }
                Kind::Text => format!("the text {}", crate::stack::value::quoted(text)),
            },
        }
    }
}
