//! Layers of a file: an environment over the file, the file over the defaults.
//!
//! Each node keeps its own place, so that a mistake is shown where its value was written.

use super::tree::{Entry, Kind, Layer, Node, Place, Scalar, Value};

/// Lays a tree over another: mappings are merged, everything else replaces what is under it.
///
/// A key without a value takes away what stands under it.
pub(super) fn over(upper: Node, lower: Node) -> Node {
    match (upper.value, lower.value) {
        (Value::Map(upper_entries), Value::Map(mut entries)) => {
            for entry in upper_entries {
                lay(entry, &mut entries);
            }
            Node { value: Value::Map(entries), place: upper.place, shown: upper.shown }
        }
        (value, _) => without_nulls(Node { value, place: upper.place, shown: upper.shown }),
    }
}

fn lay(entry: Entry, entries: &mut Vec<Entry>) {
    let index = entries.iter().position(|lower| lower.key == entry.key);
    match (index, &entry.node.value) {
        (Some(index), Value::Null) => {
            entries.remove(index);
        }
        (None, Value::Null) => {}
        (Some(index), _) => {
            let lower = entries.remove(index);
            let node = over(entry.node, lower.node);
            entries.insert(index, Entry { node, ..entry });
        }
        (None, _) => entries.push(Entry { node: without_nulls(entry.node), ..entry }),
    }
}

/// Takes out keys without a value, which stand for the default.
pub(super) fn without_nulls(mut node: Node) -> Node {
    if let Value::Map(entries) = node.value {
        let kept = entries.into_iter().filter(|entry| !matches!(entry.node.value, Value::Null));
        let kept = kept.map(|entry| Entry { node: without_nulls(entry.node), ..entry });
        node.value = Value::Map(kept.collect());
    }
    node
}

/// A node below a path of keys.
pub(super) fn wrapped(path: &[&str], node: Node) -> Node {
    path.iter().rev().fold(node, |node, key| {
        let place = node.place;
        let entry = Entry { key: (*key).to_owned(), key_place: place, node };
        Node { value: Value::Map(vec![entry]), place, shown: place }
    })
}

/// What goes on and off with one word.
const SWITCHES: [&[&str]; 7] = [
    &["idle"],
    &["strategies", "prewarm"],
    &["strategies", "reduced-workers"],
    &["strategies", "async-init"],
    &["strategies", "keepalive"],
    &["strategies", "edge-prewarm"],
    &["strategies", "provisioned-concurrency"],
];

/// Makes `prewarm: true` a mapping, and writes the `enabled: true` that may be left out.
///
/// Done to each layer by itself, so that one layer's word and another's settings can be merged.
pub(super) fn spell_out_switches(root: &mut Node) {
    for path in SWITCHES {
        let Some(node) = root.at_mut(path) else { continue };
        let word = match &mut node.value {
            Value::Scalar(Scalar { kind: Kind::Bool(_), .. }) => node.value.clone(),
            Value::Map(entries) if entries.iter().all(|entry| entry.key != "enabled") => {
                let enabled = Scalar { text: "true".to_owned(), kind: Kind::Bool(true) };
                entries.push(enabled_entry(Value::Scalar(enabled), node.place, node.shown));
                continue;
            }
            Value::Null | Value::Scalar(_) | Value::List(_) | Value::Map(_) => continue,
        };
        node.value = Value::Map(vec![enabled_entry(word, node.place, node.shown)]);
    }
}

/// Whether a path, in the file or in one of its environments, leads to a switch.
pub(super) fn is_switch(path: &[&str]) -> bool {
    let path = match path {
        ["environments", _, within @ ..] => within,
        path => path,
    };
    SWITCHES.contains(&path)
}

fn enabled_entry(value: Value, place: Place, shown: Place) -> Entry {
    let node = Node { value, place, shown };
    Entry { key: "enabled".to_owned(), key_place: shown, node }
}

/// The switches that a layer names without saying on or off.
pub(super) fn open_switches(root: &Node) -> impl Iterator<Item = &Entry> {
    let open = |entry: &&Entry| matches!(entry.node.value, Value::Null);
    SWITCHES.iter().filter_map(|path| root.entry_at(path)).filter(open)
}

/// What a file names without a value although that says nothing, with the section that it is in.
pub(super) fn open_variables(root: &Node) -> impl Iterator<Item = (&'static str, &Entry)> {
    ["service.environment", "service.secrets", "allow"].into_iter().flat_map(move |section| {
        let path: Vec<&str> = section.split('.').collect();
        let entries = root.at(&path).map(Node::entries).unwrap_or_default();
        let open = entries.iter().filter(|entry| matches!(entry.node.value, Value::Null));
        open.map(move |entry| (section, entry))
    })
}

/// Lays an environment over the file that it stands in.
pub(super) fn environment_over(mut overlay: Node, file: Node) -> Node {
    overlay.set_layer(Layer::Overlay);
    over(overlay, file)
}
