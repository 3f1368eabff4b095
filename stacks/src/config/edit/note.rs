//! A reason, written beside a value or above it as a comment.

use super::super::tree::{Node, Value};
use super::{keys_of, plain, readable};

/// A reason for a value.
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    /// What it is about: the name of a rule.
    pub about: &'a str,
    /// The reason.
    pub text: &'a str,
    /// Whether it is the first of several about the same thing: above values that share a line,
    /// only the first one stands.
    pub is_first: bool,
}

/// Longer lines than this get the comment above them.
const WIDEST: usize = 100;

/// Writes a reason beside a value of a stack file, or above it where something stands beside it
/// already. A reason about the same thing that stands there is replaced.
///
/// The text stays as it is where a comment would change what it says, or there is no such value.
pub fn note(text: &str, environment: Option<&str>, path: &str, note: Note<'_>) -> String {
    let body = super::super::without_mark(text);
    let mark = &text[..text.len() - body.len()];
    let noted = readable(body).and_then(|root| {
        let keys = keys_of(environment, path);
        let noted = with_note(body, &root, &keys, note)?;
        let is_same = readable(&noted).is_some_and(|after| plain(&after) == plain(&root));
        is_same.then_some(noted)
    });
    noted.map_or_else(|| text.to_owned(), |noted| format!("{mark}{noted}"))
}

fn with_note(text: &str, root: &Node, keys: &[&str], note: Note<'_>) -> Option<String> {
    let entry = root.entry_at(keys)?;
    let begin = format!("# {}: ", note.about);
    let comment = format!("{begin}{}", note.text);
    let start = text[..entry.key_place.start].rfind('\n').map_or(0, |found| found + 1);
    let is_alone = text[start..entry.key_place.start].trim().is_empty();
    let is_word = matches!(entry.node.value, Value::Scalar(_));
    if is_alone && is_word {
        let value_end = entry.node.place.end;
        let end = text[value_end..].find('\n').map_or(text.len(), |found| value_end + found);
        let end = if text[..end].ends_with('\r') { end - 1 } else { end };
        let beside = text[value_end..end].trim();
        let is_free = beside.is_empty() || beside.starts_with(&begin);
        let width = text[start..value_end].chars().count() + 2 + comment.chars().count();
        if is_free && width <= WIDEST {
            return Some(format!("{}  {comment}{}", &text[..value_end], &text[end..]));
        }
    }
    above(text, start, &begin, &comment, note.is_first)
}

/// The comment in a line of its own before the one that starts at a byte.
fn above(text: &str, start: usize, begin: &str, comment: &str, is_first: bool) -> Option<String> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = text[start..].lines().next()?;
    let blank = &line[..line.len() - line.trim_start_matches(' ').len()];
    let before = text[..start].trim_end_matches(['\n', '\r']);
    let last = before.rfind('\n').map_or(0, |found| found + 1);
    let is_known = start > 0 && text[last..start].trim_start().starts_with(begin);
    if is_known && !is_first {
        return None;
    }
    let from = if is_known { last } else { start };
    Some(format!("{}{blank}{comment}{newline}{}", &text[..from], &text[start..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(text: &str, path: &str, is_first: bool) -> String {
        note(text, None, path, Note { about: "HC07", text: "sooner", is_first })
    }

    #[test]
    fn a_reason_stands_beside_its_value() {
        for (before, after) in [
            ("logs:\n  buffer: 25\n", "logs:\n  buffer: 25  # HC07: sooner\n"),
            ("logs:\n  buffer: 25  \n", "logs:\n  buffer: 25  # HC07: sooner\n"),
            ("logs:\n  buffer: 25", "logs:\n  buffer: 25  # HC07: sooner"),
            ("logs:\r\n  buffer: 25\r\n", "logs:\r\n  buffer: 25  # HC07: sooner\r\n"),
            ("logs:\n  buffer: 25 # HC07: later\n", "logs:\n  buffer: 25  # HC07: sooner\n"),
            ("logs:\n  buffer: '#'\n", "logs:\n  buffer: '#'  # HC07: sooner\n"),
        ] {
            assert_eq!(noted(before, "logs.buffer", true), after);
        }
    }

    #[test]
    fn where_something_stands_beside_it_a_reason_stands_above() {
        for (before, after) in [
            ("logs:\n  buffer: 25  # mine\n", "logs:\n  # HC07: sooner\n  buffer: 25  # mine\n"),
            ("logs: {buffer: 25}\n", "# HC07: sooner\nlogs: {buffer: 25}\n"),
            ("# HC07: later\nlogs: {buffer: 25}\n", "# HC07: sooner\nlogs: {buffer: 25}\n"),
            ("a: b\r\nlogs: {buffer: 25}\r\n", "a: b\r\n# HC07: sooner\r\nlogs: {buffer: 25}\r\n"),
        ] {
            assert_eq!(noted(before, "logs.buffer", true), after);
        }
    }

    #[test]
    fn a_second_reason_above_the_same_line_is_left_out() {
        let text = "# HC07: first\nlogs: {buffer: 25}\n";
        assert_eq!(noted(text, "logs.buffer", false), text);
    }

    #[test]
    fn a_comment_that_would_be_text_is_not_written() {
        let text = "{x: \"a\n  b\", logs: {buffer: 25}}\n";
        assert_eq!(noted(text, "logs.buffer", true), text);
        assert_eq!(noted("logs: {}\n", "logs.buffer", true), "logs: {}\n");
    }
}
