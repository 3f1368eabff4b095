//! Values and keys as they are written into a file.

use super::super::tree::Kind;
use super::super::yaml;
use super::NewValue;

/// A value as YAML; `like` is the text that it replaces, whose quotes it keeps.
pub(super) fn value(value: &NewValue, like: &str) -> String {
    match value {
        NewValue::Switch(on) => on.to_string(),
        NewValue::Number(number) => number.to_string(),
        NewValue::Text(text) => match like.chars().next() {
            Some('\'') if !text.contains(['\'', '\n']) => format!("'{text}'"),
            Some('"') => in_double_quotes(text),
            _ if is_plain(text) => text.clone(),
            _ => in_double_quotes(text),
        },
    }
}

fn in_double_quotes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a text means itself without quotes, between brackets too.
fn is_plain(text: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || " _-./:()*?+@=%~".contains(c);
    text.starts_with(|c: char| c.is_alphanumeric() || c == '/')
        && text.chars().all(inside)
        && !text.contains(": ")
        && !text.ends_with([' ', ':'])
        && yaml::kind_of_word(text) == Some(Kind::Text)
}

/// Keys and the value of the last one as lines, each level deeper by `step`; without a line break
/// at the end.
pub(super) fn nested(
    keys: &[&str],
    new: &NewValue,
    indentation: usize,
    step: usize,
    newline: &str,
) -> String {
    let mut lines = Vec::new();
    for (depth, key) in keys.iter().enumerate() {
        let blank = " ".repeat(indentation + depth * step);
        let is_last = depth + 1 == keys.len();
        let written = if is_last { format!(" {}", value(new, "")) } else { String::new() };
        lines.push(format!("{blank}{key}:{written}"));
    }
    lines.join(newline)
}

/// Keys and the value of the last one between braces: `a: {b: 1}`.
pub(super) fn in_flow(keys: &[&str], new: &NewValue) -> String {
    match keys {
        [] => value(new, ""),
        [key] => format!("{key}: {}", value(new, "")),
        [key, rest @ ..] => format!("{key}: {{{}}}", in_flow(rest, new)),
    }
}
