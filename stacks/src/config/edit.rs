//! Edits of the user's file that keep everything else in it: comments, order, quotes, line endings.
//!
//! An edit changes one line or adds a few. Then the text is read again, and unless exactly the
//! wanted value has changed, the edit is refused with what to write by hand.

mod note;
mod site;
mod write;

use serde_json::{Value as Json, json};

use super::layer;
use super::tree::{Kind, Node, Value};
use super::yaml;
pub use note::{Note, note};
use serde::Serialize;
use site::Site;

/// A value to write into a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum NewValue {
    /// On or off.
    Switch(bool),
    /// A whole number.
    Number(u32),
    /// A text; quotes are put where YAML needs them.
    Text(String),
}

/// Why a file was not edited. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is not YAML, or has a key twice.
    #[error("the file has mistakes, so that editing it would be a guess")]
    NotReadable,
    /// The place is written in a way that cannot be edited without touching something else.
    #[error("`{path}` cannot be edited without touching something else")]
    NotAlone {
        /// The path of the value.
        path: String,
        /// What to write by hand.
        by_hand: String,
    },
}

/// Sets one value of a stack file, in an environment's overlay or in the file itself.
///
/// `path` is written with points, as `strategies.keepalive`. A switch that has settings keeps
/// them: `keepalive: {schedule: …}` gets an `enabled`. What is missing on the way is added at the
/// end of the section that it belongs to.
///
/// # Errors
///
/// [`EditError::NotReadable`] when the text has mistakes already, [`EditError::NotAlone`] when the
/// result would not differ in exactly this value: behind an alias, say.
pub fn set(
    text: &str,
    environment: Option<&str>,
    path: &str,
    value: &NewValue,
) -> Result<String, EditError> {
    let body = super::without_mark(text);
    let mark = &text[..text.len() - body.len()];
    let root = readable(body).ok_or(EditError::NotReadable)?;
    let mut keys = keys_of(environment, path);
    if is_switch_with_settings(&root, &keys, value) {
        keys.push("enabled");
    }
    let wanted = wanted(&root, &keys, value);
    if plain(&root) == wanted {
        return Ok(text.to_owned());
    }
    let edited = Site::find(body, &root, &keys).and_then(|site| site.edited(body, &keys, value));
    match edited {
        Some(edited) if readable(&edited).is_some_and(|root| plain(&root) == wanted) => {
            Ok(format!("{mark}{edited}"))
        }
        Some(_) | None => Err(EditError::NotAlone {
            path: keys.join("."),
            by_hand: format!("write\n{}", write::nested(&keys, value, 0, 2, "\n")),
        }),
    }
}

/// The keys that lead to a value, in an environment's overlay or in the file itself.
fn keys_of<'a>(environment: Option<&'a str>, path: &'a str) -> Vec<&'a str> {
    let above = environment.into_iter().flat_map(|name| ["environments", name]);
    above.chain(path.split('.')).collect()
}

/// The tree of a text that has no mistakes as YAML; what a stack may have is not asked.
fn readable(text: &str) -> Option<Node> {
    yaml::read(text).ok().filter(|document| document.mistakes.is_empty()).map(|read| read.root)
}

/// Whether the value goes to the `enabled` of a mapping of settings.
fn is_switch_with_settings(root: &Node, keys: &[&str], value: &NewValue) -> bool {
    matches!(value, NewValue::Switch(_))
        && layer::is_switch(keys)
        && root.at(keys).is_some_and(|node| matches!(node.value, Value::Map(_)))
}

/// What the tree is to be after the edit.
fn wanted(root: &Node, keys: &[&str], value: &NewValue) -> Json {
    let mut tree = plain(root);
    let settings_of_a_word = keys.len() > 1 && layer::is_switch(&keys[..keys.len() - 1]);
    let mut at = &mut tree;
    for (depth, key) in keys.iter().enumerate() {
        let is_last = depth + 1 == keys.len();
        if is_last && settings_of_a_word {
            // `keepalive: false` stays off when it gets a setting.
            match word_of(at) {
                Some(true) => *at = json!({}),
                Some(false) => *at = json!({ "enabled": { "bool": false } }),
                None => {}
            }
        }
        if !at.is_object() || at.get("scalar").is_some() || at.get("bool").is_some() {
            *at = json!({});
        }
        at = &mut at[*key];
    }
    *at = match value {
        NewValue::Switch(on) => json!({ "bool": on }),
        NewValue::Number(number) => json!({ "scalar": number }),
        NewValue::Text(text) => json!({ "scalar": text }),
    };
    let setting_of_an_enabled = matches!(value, NewValue::Switch(true))
        && keys.last() == Some(&"enabled")
        && root.at(keys).is_none();
    // A mapping of settings is on already unless it says otherwise.
    if setting_of_an_enabled { plain(root) } else { tree }
}

fn word_of(json: &Json) -> Option<bool> {
    json.get("bool").and_then(Json::as_bool)
}

/// A tree without its places, for comparison.
fn plain(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar(scalar) => match scalar.kind {
            Kind::Bool(value) => json!({ "bool": value }),
            Kind::Unsigned(number) => json!({ "scalar": number }),
            Kind::Signed(number) => json!({ "scalar": number }),
            Kind::Float(number) => json!({ "scalar": number }),
            Kind::Text => json!({ "scalar": scalar.text }),
        },
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Map(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), plain(&entry.node))).collect()
        }
    }
}

#[cfg(test)]
mod tests;
