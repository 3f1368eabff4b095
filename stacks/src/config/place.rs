//! From bytes of a text to lines and columns, and to mistakes that stand there.

use super::mistake::Mistake;
use super::tree::{Layer, Place};

/// The line and column of a byte, both counted from 1, the column in characters.
pub(super) fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// A mistake at a place of the text.
pub(super) fn mistake(
    text: &str,
    place: Place,
    title: impl Into<String>,
    label: impl Into<String>,
    help: impl Into<String>,
) -> Mistake {
    let (line, column) = line_and_column(text, place.start);
    Mistake {
        line,
        column,
        rule: None,
        title: title.into().into(),
        label: label.into().into(),
        help: help.into().into(),
        environment: None,
        span: place.start..place.end.max(place.start),
        conceal: false,
    }
}

/// A mistake about the whole text, shown at its start.
pub(super) fn whole(text: &str, title: &str, label: &str, help: &str) -> Mistake {
    let first = text.chars().next().filter(|c| !matches!(c, '\r' | '\n'));
    let end = first.map_or(0, char::len_utf8);
    mistake(text, Place { start: 0, end, layer: Layer::File }, title, label, help)
}

/// The place of bytes in the user's text.
pub(super) fn bytes(start: usize, end: usize) -> Place {
    Place { start, end, layer: Layer::File }
}
